#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/evaluation.h"

#define ALL (SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE)

static struct sq_policy policy;
static struct sq_facts facts;
static struct sq_evaluation evaluation;

/* A policy with everything enabled and without carryover, and an account with 1000 node
 * hours in a quarter. */
static int start(void **state) {
        (void)state;
        sq_policy_init(&policy);
        policy.actions = ALL;
        policy.period = SQ_WINDOW_QUARTER;
        policy.carryover_enabled = false;
        memset(&facts, 0, sizeof facts);
        facts.window = sq_window_of(SQ_WINDOW_QUARTER, 1, (struct sq_date){2026, 2, 1});
        return sq_quantities_set(&facts.base, "node", sq_quantity_from_hours(1000)) ? 0 : -1;
}

/* Evaluates with so much used, and takes the outcome over as the next one's facts. */
static void use(const char *hours) {
        struct sq_quantity used;

        assert_true(sq_quantity_parse_hours(hours, &used));
        assert_true(sq_quantities_set(&facts.usage, "node", used));
        assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_OK);
        facts.state = evaluation.next;
        for (size_t i = 0; i < evaluation.notify.n; i++)
                sq_notified_add(&facts.notified, evaluation.notify.percent[i]);
        facts.reset_done = facts.reset_done || evaluation.settings.reset_raw_usage;
}

/* The actions, as "pause,downscale". */
static void taken(const char *wanted) {
        char text[64] = "";

        for (int i = 0; i < SQ_REACTIONS; i++)
                if (evaluation.taken[i])
                        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                                 *text ? "," : "", sq_reaction_word((enum sq_reaction)i));
        assert_string_equal(text, wanted);
}

static void an_account_goes_through_all_states_and_back(void **state) {
        (void)state;
        use("799.99");
        taken("");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        assert_false(evaluation.changed);
        use("800");
        taken("notify");
        use("999.99");
        taken("");
        use("1000");
        taken("downscale");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        assert_true(evaluation.changed);
        use("1199.99");
        taken("downscale");
        assert_false(evaluation.changed);
        use("1200");
        taken("pause,downscale");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        use("1100");
        taken("downscale");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        use("500");
        taken("");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        assert_true(evaluation.changed);
}

static void somebody_is_notified_once_in_a_window(void **state) {
        (void)state;
        use("1300");
        taken("pause,downscale,notify");
        use("1300");
        taken("pause,downscale");
        facts.notified.n = 0; /* the next window */
        use("900");
        taken("notify");
}

static void each_notify_threshold_notifies_once(void **state) {
        (void)state;
        policy.thresholds.n = 4;
        policy.thresholds.item[3] = (struct sq_threshold){SQ_NOTIFY, false, SQ_DECIMAL(95), ""};
        use("850");
        assert_int_equal(evaluation.notify.n, 1);
        use("960");
        taken("notify");
        assert_int_equal(evaluation.notify.n, 1);
        assert_int_equal(evaluation.notify.percent[0].trillionths, 95 * SQ_DECIMAL_ONE);
        use("960");
        taken("");
}

static void only_enabled_actions_are_taken(void **state) {
        (void)state;
        policy.actions = SQ_ACTION_NOTIFY_OWNERS;
        use("5000");
        taken("notify");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        policy.actions = SQ_ACTION_PAUSE;
        use("1100");
        taken("");
        use("1200");
        taken("pause");
        policy.actions = 0;
        use("1200");
        taken("");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        policy.actions = SQ_ACTION_NOTIFY_EXTERNAL;
        facts.notified.n = 0;
        use("1200");
        taken("notify");
}

static void an_operators_hold_survives(void **state) {
        (void)state;
        facts.state.hold = SQ_PAUSED;
        use("10");
        taken("");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        assert_int_equal(evaluation.next.hold, SQ_PAUSED);
        use("1050");
        taken("downscale,notify");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        facts.state.hold = SQ_NORMAL;
        use("1050");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
}

static void with_no_grace_pausing_and_slowing_down_are_at_100(void **state) {
        (void)state;
        policy.grace_ratio = SQ_DECIMAL(0);
        use("999.999999");
        taken("notify");
        use("1000");
        taken("pause,downscale");
}

static void hysteresis_keeps_an_account_where_it_is(void **state) {
        (void)state;
        policy.hysteresis = SQ_DECIMAL(5);
        use("1160");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        use("1200");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        use("1150");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        use("1149.99");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        use("950");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        use("949");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        use("999");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
}

static void a_ladder_names_the_qos_of_the_highest_step(void **state) {
        (void)state;
        policy.qos_strategy = SQ_QOS_PROGRESSIVE;
        policy.thresholds = (struct sq_thresholds){.n = 4, .item = {
                {SQ_PAUSE, true, {0}, ""},
                {SQ_DOWNSCALE, false, SQ_DECIMAL(110), "slower"},
                {SQ_DOWNSCALE, false, SQ_DECIMAL(100), ""},
                {SQ_DOWNSCALE, false, SQ_DECIMAL(90), "slow"},
        }};
        use("900");
        assert_string_equal(evaluation.qos_name, "slow");
        use("1000");
        assert_int_equal(evaluation.qos, SQ_DOWNSCALED);
        assert_string_equal(evaluation.qos_name, "");
        use("1100");
        assert_string_equal(evaluation.qos_name, "slower");
        use("1200");
        assert_int_equal(evaluation.qos, SQ_PAUSED);
        assert_string_equal(evaluation.qos_name, "");
        use("950");
        assert_string_equal(evaluation.qos_name, "slow");
}

static void a_ladders_steps_have_hysteresis_of_their_own(void **state) {
        (void)state;
        policy.qos_strategy = SQ_QOS_PROGRESSIVE;
        policy.hysteresis = SQ_DECIMAL(8);
        policy.thresholds = (struct sq_thresholds){.n = 2, .item = {
                {SQ_DOWNSCALE, false, SQ_DECIMAL(90), "slow"},
                {SQ_DOWNSCALE, false, SQ_DECIMAL(100), "slower"},
        }};
        use("950");
        assert_string_equal(evaluation.qos_name, "slow");
        use("1000");
        assert_string_equal(evaluation.qos_name, "slower");
        use("920");
        assert_string_equal(evaluation.qos_name, "slower");
        use("919");
        assert_string_equal(evaluation.qos_name, "slow");
        use("820");
        assert_string_equal(evaluation.qos_name, "slow");
        use("819");
        assert_int_equal(evaluation.qos, SQ_NORMAL);
}

static void blocking_refuses_submissions_and_leaves_the_qos(void **state) {
        (void)state;
        policy.actions = SQ_ACTION_BLOCK;
        policy.thresholds = (struct sq_thresholds){.n = 1, .item = {
                {SQ_BLOCK, false, SQ_DECIMAL(90), ""},
        }};
        use("900");
        taken("block");
        assert_true(sq_state_refuses(&evaluation.next));
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        use("899");
        assert_false(sq_state_refuses(&evaluation.next));
}

static void enforcing_at_submission_only_leaves_the_qos(void **state) {
        (void)state;
        policy.enforce = SQ_ENFORCE_SUBMIT;
        use("1300");
        taken("pause,downscale,notify");
        assert_true(sq_state_refuses(&evaluation.next));
        assert_int_equal(evaluation.qos, SQ_NORMAL);
        for (size_t i = 0; i < evaluation.plan.n; i++)
                assert_int_not_equal(evaluation.plan.step[i], SQ_PLAN_QOS);
}

static void without_an_allocation_nothing_triggers(void **state) {
        (void)state;
        facts.base.n = 0;
        policy.thresholds.item[0].percent.trillionths = 1;
        use("100000");
        taken("");
        assert_true(sq_percentage_double(&evaluation.percentage) == 0);
        assert_int_equal(evaluation.settings.limits.n, 0);
}

static void what_was_carried_over_counts(void **state) {
        (void)state;
        policy.carryover_enabled = true;
        policy.carryover_factor = SQ_DECIMAL(15);
        facts.previous_base = facts.base;
        assert_true(sq_quantities_set(&facts.previous_usage, "node",
                                      sq_quantity_from_hours(600)));
        use("1149.99");
        taken("notify");
        use("1150");
        taken("downscale");
        assert_true(sq_percentage_double(&evaluation.percentage) == 100);
        assert_int_equal(evaluation.settings.fairshare, 383);
}

static void all_of_time_has_nothing_to_carry_over_and_no_reset(void **state) {
        (void)state;
        policy.period = SQ_WINDOW_TOTAL;
        policy.carryover_enabled = true;
        facts.window = sq_window_of(SQ_WINDOW_TOTAL, 1, (struct sq_date){2026, 2, 1});
        facts.previous_base = facts.base;
        use("500");
        assert_int_equal(evaluation.carryover.reason, SQ_CARRYOVER_NO_PREVIOUS);
        assert_true(sq_percentage_double(&evaluation.percentage) == 50);
        assert_false(evaluation.settings.reset_raw_usage);
}

static void raw_usage_is_reset_once_in_a_window(void **state) {
        (void)state;
        use("10");
        assert_true(evaluation.settings.reset_raw_usage);
        use("20");
        assert_false(evaluation.settings.reset_raw_usage);
        facts.reset_done = false; /* the next window */
        use("0");
        assert_true(evaluation.settings.reset_raw_usage);
}

static void the_plan_has_its_order(void **state) {
        (void)state;
        use("1300");
        assert_int_equal(evaluation.plan.n, 4);
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(evaluation.plan.step[i], i);
        assert_string_equal(sq_plan_word(evaluation.plan.step[0]), "fairshare");
        assert_string_equal(sq_plan_word(evaluation.plan.step[1]), "limits");
        assert_string_equal(sq_plan_word(evaluation.plan.step[2]), "qos");
        assert_string_equal(sq_plan_word(evaluation.plan.step[3]), "reset_usage");
        policy.fairshare = false;
        use("1300");
        assert_int_equal(evaluation.plan.n, 2);
        assert_int_equal(evaluation.plan.step[0], SQ_PLAN_LIMITS);
}

static void what_cannot_be_counted_is_refused(void **state) {
        (void)state;
        assert_true(sq_quantities_set(&facts.base, "node",
                                      sq_quantity_from_hours(SQ_HOURS_MOST)));
        policy.grace_ratio = SQ_DECIMAL(1000);
        assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_ERANGE);
}

/* --- what holds for all numbers ---------------------------------------------------------- */

static void no_grace_ratio_has_a_boundary_beside_its_limit(void **state) {
        (void)state;
        char hours[32];

        for (int hundredths = 0; hundredths <= 200; hundredths++) {
                start(NULL);
                policy.grace_ratio.trillionths = hundredths * (SQ_DECIMAL_ONE / 100);
                snprintf(hours, sizeof hours, "%d.999999999999", 999 + 10 * hundredths);
                use(hours);
                if (evaluation.taken[SQ_PAUSE])
                        fail_msg("paused below the limit of grace 0.%02d", hundredths);
                snprintf(hours, sizeof hours, "%d", 1000 + 10 * hundredths);
                use(hours);
                if (!evaluation.taken[SQ_PAUSE])
                        fail_msg("not paused at the limit of grace 0.%02d", hundredths);
        }
}

static uint64_t seed = 88172645463325252ULL;

static int64_t random_below(int64_t n) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return (int64_t)(seed % (uint64_t)n);
}

/* An account with some TRES, whatever it used before and however it is held. */
static void make_anything(void) {
        static const char *const names[] = {"cpu", "mem", "node", "gres/gpu", "license/x"};

        start(NULL);
        facts.base.n = 0;
        policy.grace_ratio.trillionths = random_below(2 * SQ_DECIMAL_ONE);
        policy.hysteresis.trillionths = random_below(20 * SQ_DECIMAL_ONE);
        policy.carryover_enabled = random_below(4) > 0;
        policy.carryover_mode = random_below(2) ? SQ_CARRYOVER_CAPPED : SQ_CARRYOVER_DECAY;
        policy.half_life = 1 + random_below(100);
        policy.billing_enabled = random_below(2);
        policy.billing = (int)random_below(2);
        facts.state.hold = (enum sq_level)random_below(3);
        if (random_below(2))
                facts.state.downscaled_at = SQ_DECIMAL(100);
        for (size_t i = 0; i < 5; i++) {
                sq_quantities_set(&facts.base, names[i],
                                  (struct sq_quantity){random_below(INT64_MAX)});
                sq_quantities_set(&facts.previous_base, names[i],
                                  (struct sq_quantity){random_below(INT64_MAX)});
                sq_quantities_set(&facts.previous_usage, names[i],
                                  (struct sq_quantity){random_below(INT64_MAX)});
                sq_quantities_set(&facts.usage, names[i],
                                  (struct sq_quantity){random_below(INT64_MAX)});
        }
}

static void more_usage_never_means_less(void **state) {
        (void)state;
        for (int round = 0; round < 3000; round++) {
                static struct sq_evaluation before;

                make_anything();
                assert_int_equal(sq_evaluate(&policy, &facts, &before, NULL), SQ_OK);
                facts.usage.item[random_below(5)].of.units += random_below(INT64_MAX / 2);
                assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_OK);
                assert_true(sq_percentage_double(&evaluation.percentage) >=
                            sq_percentage_double(&before.percentage));
                assert_true(evaluation.qos >= before.qos);
                for (int i = 0; i < SQ_REACTIONS; i++)
                        assert_true(evaluation.taken[i] >= before.taken[i]);
        }
}

static void evaluating_again_changes_nothing(void **state) {
        (void)state;
        for (int round = 0; round < 3000; round++) {
                static struct sq_evaluation before;

                make_anything();
                assert_int_equal(sq_evaluate(&policy, &facts, &before, NULL), SQ_OK);
                facts.state = before.next;
                facts.notified = before.notify;
                assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_OK);
                assert_false(evaluation.changed);
                assert_int_equal(evaluation.notify.n, 0);
                assert_int_equal(evaluation.qos, before.qos);
                assert_true(sq_state_equal(&evaluation.next, &before.next));
        }
}

static void no_evaluation_touches_what_an_operator_did(void **state) {
        (void)state;
        for (int round = 0; round < 3000; round++) {
                make_anything();
                assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_OK);
                assert_int_equal(evaluation.next.hold, facts.state.hold);
                assert_true(evaluation.qos >= facts.state.hold);
        }
}

static void what_is_shown_agrees_with_what_is_decided(void **state) {
        (void)state;
        for (int round = 0; round < 3000; round++) {
                double percent;

                make_anything();
                facts.state = (struct sq_state){.hold = SQ_NORMAL};
                assert_int_equal(sq_evaluate(&policy, &facts, &evaluation, NULL), SQ_OK);
                percent = sq_percentage_double(&evaluation.percentage);
                if (percent > 100.0000001)
                        assert_true(evaluation.taken[SQ_DOWNSCALE]);
                if (percent < 99.9999999)
                        assert_false(evaluation.taken[SQ_DOWNSCALE]);
        }
}

/* Each begins anew. */
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, NULL)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(an_account_goes_through_all_states_and_back),
                CASE(somebody_is_notified_once_in_a_window),
                CASE(each_notify_threshold_notifies_once),
                CASE(only_enabled_actions_are_taken),
                CASE(an_operators_hold_survives),
                CASE(with_no_grace_pausing_and_slowing_down_are_at_100),
                CASE(hysteresis_keeps_an_account_where_it_is),
                CASE(a_ladder_names_the_qos_of_the_highest_step),
                CASE(a_ladders_steps_have_hysteresis_of_their_own),
                CASE(blocking_refuses_submissions_and_leaves_the_qos),
                CASE(enforcing_at_submission_only_leaves_the_qos),
                CASE(without_an_allocation_nothing_triggers),
                CASE(what_was_carried_over_counts),
                CASE(all_of_time_has_nothing_to_carry_over_and_no_reset),
                CASE(raw_usage_is_reset_once_in_a_window),
                CASE(the_plan_has_its_order),
                CASE(what_cannot_be_counted_is_refused),
                CASE(no_grace_ratio_has_a_boundary_beside_its_limit),
                CASE(more_usage_never_means_less),
                CASE(evaluating_again_changes_nothing),
                CASE(no_evaluation_touches_what_an_operator_did),
                CASE(what_is_shown_agrees_with_what_is_decided),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
