#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/parameter.h"
#include "policy/policy.h"

static struct sq_policy fresh(void) {
        struct sq_policy policy;

        sq_policy_init(&policy);
        return policy;
}

static size_t number_of(const char *name) {
        size_t i = 0;

        assert_true(sq_parameter_find(name, &i));
        return i;
}

static void defaults_are_those_of_the_api(void **state) {
        const struct sq_policy p = fresh();

        (void)state;
        assert_int_equal(p.period, SQ_WINDOW_MONTH);
        assert_int_equal(p.limit_type, SQ_GRP_TRES_MINS);
        assert_true(p.billing_enabled);
        assert_int_equal(p.weights.n, 0);
        assert_ptr_equal(sq_policy_weights(&p), &sq_weights_builtin);
        assert_int_equal(p.grace_ratio.trillionths, SQ_DECIMAL_ONE / 5);
        assert_true(p.carryover_enabled);
        assert_int_equal(p.carryover_mode, SQ_CARRYOVER_CAPPED);
        assert_int_equal(p.carryover_factor.trillionths, 50 * SQ_DECIMAL_ONE);
        assert_int_equal(p.half_life, 15);
        assert_true(p.raw_usage_reset);
        assert_int_equal(p.qos_strategy, SQ_QOS_THRESHOLD);
        assert_int_equal(p.thresholds.n, 3);
        assert_int_equal(p.hysteresis.trillionths, 0);
        assert_int_equal(p.enforce, SQ_ENFORCE_BOTH);
        assert_true(p.fairshare);
        assert_int_equal(p.fiscal_start, 1);
        assert_false(p.apply_to_all);
        assert_int_equal(p.actions, 0);
        assert_string_equal(p.scope, "");
        assert_int_equal(sq_policy_check(&p, NULL), SQ_OK);
        assert_null(sq_policy_warning(&p, 0));
}

static void every_parameter_is_described(void **state) {
        struct sq_parameter p;
        size_t n = 0, i;

        (void)state;
        for (; sq_parameter_at(n, &p); n++) {
                assert_true(sq_parameter_find(p.name, &i));
                assert_int_equal(i, n);
                assert_true(strlen(p.help) > 5);
                assert_true(strlen(p.accepts) > 3);
                assert_true(strlen(p.accepts) < sizeof p.accepts - 1);
                assert_int_equal(p.default_value != NULL, p.type != SQ_PARAMETER_READ_ONLY);
        }
        assert_true(n > 30);
        assert_false(sq_parameter_find("grace", &i));
}

static void numbers_have_bounds(void **state) {
        static const struct {
                const char *name, *good[2], *bad[4];
        } cases[] = {
                {"grace_ratio", {"0", "1000"}, {"-0.1", "1000.1", "x", ""}},
                {"carryover_factor", {"0", "100"}, {"-1", "100.5", "1e9", "%"}},
                {"fairshare_decay_half_life", {"1", "36500"}, {"0", "1.5", "36501", "-1"}},
                {"fiscal_start", {"1", "12"}, {"0", "13", "1.5", ""}},
                {"period", {"1", "4"}, {"0", "5", "2.5", "month"}},
                {"hysteresis", {"0", "100"}, {"-1", "101", "", "1%"}},
        };
        struct sq_policy policy = fresh();
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const size_t p = number_of(cases[i].name);

                for (size_t k = 0; k < 2; k++)
                        assert_int_equal(sq_parameter_set_number(&policy, p, cases[i].good[k],
                                                                 &err), SQ_OK);
                for (size_t k = 0; k < 4; k++) {
                        assert_int_equal(sq_parameter_set_number(&policy, p, cases[i].bad[k],
                                                                 &err), SQ_EINVAL);
                        assert_memory_equal(err.text, cases[i].name, strlen(cases[i].name));
                        assert_memory_equal(err.hint, "It takes ", strlen("It takes "));
                }
        }
}

static void words_are_those_of_the_api(void **state) {
        struct sq_policy policy = fresh();
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_parameter_set_text(&policy, number_of("limit_type"), "GrpTRES",
                                               &err), SQ_OK);
        assert_int_equal(policy.limit_type, SQ_GRP_TRES);
        assert_string_equal(sq_parameter_text(&policy, number_of("limit_type")), "GrpTRES");
        assert_int_equal(sq_parameter_set_text(&policy, number_of("limit_type"), "grptres",
                                               &err), SQ_EINVAL);
        assert_string_equal(err.hint, "It takes \"GrpTRESMins\" or \"MaxTRESMins\" or"
                                      " \"GrpTRES\".");
        assert_int_equal(sq_parameter_set_text(&policy, number_of("period"), "quarter", &err),
                         SQ_OK);
        assert_int_equal(policy.period, SQ_WINDOW_QUARTER);
        assert_int_equal(sq_parameter_set_text(&policy, number_of("grace_ratio"), "0.2", &err),
                         SQ_EINVAL);
        assert_int_equal(sq_parameter_set_flag(&policy, number_of("period"), true, &err),
                         SQ_EINVAL);
        assert_int_equal(sq_parameter_set_number(&policy, number_of("fairshare"), "1", &err),
                         SQ_EINVAL);
}

static void actions_are_checked_by_name(void **state) {
        const char *all = "notify_organization_owners,notify_external_user,"
                          "block_creation_of_new_resources,request_slurm_resource_downscaling,"
                          "request_slurm_resource_pausing";
        char text[SQ_ACTIONS_SIZE];
        unsigned int actions = 7;
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_actions_parse(all, &actions, &err), SQ_OK);
        assert_int_equal(actions, 31);
        assert_string_equal(sq_actions_text(actions, text), all);
        assert_int_equal(sq_actions_parse("", &actions, &err), SQ_OK);
        assert_int_equal(actions, 0);
        assert_int_equal(sq_actions_parse("notify_organization_owners, notify_external_user",
                                          &actions, &err), SQ_EINVAL);
        assert_int_equal(sq_actions_parse("request_downscaling", &actions, &err), SQ_EINVAL);
        assert_string_equal(err.text, "\"request_downscaling\" is not an action");
        assert_int_equal(sq_actions_parse("notify_external_user,", &actions, &err), SQ_EINVAL);
        assert_int_equal(sq_actions_parse(",", &actions, &err), SQ_EINVAL);
}

static void a_policy_is_for_all_or_for_groups(void **state) {
        struct sq_policy p = fresh();
        struct sq_error err;

        (void)state;
        snprintf(p.scope, sizeof p.scope, "cluster");
        p.actions = SQ_ACTION_PAUSE;
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_EINVAL);
        p.apply_to_all = true;
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_OK);
        p.groups.n = 1;
        snprintf(p.groups.name[0], sizeof p.groups.name[0], "physics");
        assert_int_equal(sq_policy_check(&p, &err), SQ_EINVAL);
        p.apply_to_all = false;
        assert_int_equal(sq_policy_check(&p, &err), SQ_OK);
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_OK);
        p.actions = 0;
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_EINVAL);
        p.actions = SQ_ACTION_NOTIFY_EXTERNAL;
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_EINVAL);
        snprintf(p.external_addresses, sizeof p.external_addresses, "a@example.com");
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_OK);
        p.scope[0] = '\0';
        assert_int_equal(sq_policy_check_complete(&p, &err), SQ_EINVAL);
}

static void warned(struct sq_policy *policy, const char *about) {
        const char *warning = sq_policy_warning(policy, 0);

        if (!warning || !strstr(warning, about))
                fail_msg("no warning about %s", about);
        assert_int_equal(sq_policy_check(policy, NULL), SQ_OK);
        *policy = fresh();
}

static void what_does_not_do_what_it_looks_like_is_told(void **state) {
        struct sq_policy p = fresh();

        (void)state;
        p.limit_type = SQ_GRP_TRES;
        warned(&p, "GrpTRES ");
        p.limit_type = SQ_MAX_TRES_MINS;
        warned(&p, "MaxTRESMins");
        p.carryover_mode = SQ_CARRYOVER_DECAY;
        warned(&p, "decay");
        snprintf(p.external_addresses, sizeof p.external_addresses, "a@example.com");
        warned(&p, "notify_external_user");
        p.thresholds.n = 1;
        p.actions = SQ_ACTION_PAUSE;
        warned(&p, "request_slurm_resource_pausing");
        p.thresholds.n = 1;
        p.actions = SQ_ACTION_DOWNSCALE;
        warned(&p, "request_slurm_resource_downscaling");
        p.actions = SQ_ACTION_BLOCK;
        warned(&p, "block_creation_of_new_resources");
        p.thresholds.n = 0;
        p.actions = SQ_ACTION_NOTIFY_OWNERS;
        warned(&p, "notif");
        sq_weights_add(&p.weights, "gpus", SQ_DECIMAL(1));
        warned(&p, "tres_billing_weights");
        sq_weights_add(&p.weights, "GRES/gpu", SQ_DECIMAL(1));
        sq_weights_add(&p.weights, "nodeHours", SQ_DECIMAL(1));
        assert_null(sq_policy_warning(&p, 0));
        p = fresh();
        p.hysteresis = SQ_DECIMAL(100);
        warned(&p, "hysteresis");
        p.limit_type = SQ_GRP_TRES;
        p.hysteresis = SQ_DECIMAL(100);
        assert_non_null(sq_policy_warning(&p, 1));
        assert_null(sq_policy_warning(&p, 2));
}

static void carryover_is_off_by_flag_or_by_mode(void **state) {
        struct sq_policy p = fresh();

        (void)state;
        assert_int_equal(sq_policy_carryover(&p).mode, SQ_CARRYOVER_CAPPED);
        p.carryover_enabled = false;
        assert_int_equal(sq_policy_carryover(&p).mode, SQ_CARRYOVER_NONE);
        p.carryover_enabled = true;
        p.carryover_mode = SQ_CARRYOVER_NONE;
        assert_int_equal(sq_policy_carryover(&p).mode, SQ_CARRYOVER_NONE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(defaults_are_those_of_the_api),
                cmocka_unit_test(every_parameter_is_described),
                cmocka_unit_test(numbers_have_bounds),
                cmocka_unit_test(words_are_those_of_the_api),
                cmocka_unit_test(actions_are_checked_by_name),
                cmocka_unit_test(a_policy_is_for_all_or_for_groups),
                cmocka_unit_test(what_does_not_do_what_it_looks_like_is_told),
                cmocka_unit_test(carryover_is_off_by_flag_or_by_mode),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
