#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/settings.h"

static struct sq_policy policy;

static struct sq_quantities list_of(const char *a, int64_t x, const char *b, int64_t y) {
        struct sq_quantities list = {.n = 0};

        assert_true(sq_quantities_set(&list, a, sq_quantity_from_hours(x)));
        if (b)
                assert_true(sq_quantities_set(&list, b, sq_quantity_from_hours(y)));
        return list;
}

static struct sq_settings settings(struct sq_quantities total) {
        struct sq_settings s;

        assert_int_equal(sq_settings_make(&policy, &total, true, &s, NULL), SQ_OK);
        return s;
}

static void the_message_of_the_ancestors_example(void **state) {
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        policy.billing_enabled = false;
        s = settings(list_of("node", 1150, NULL, 0));
        assert_true(s.has_fairshare);
        assert_int_equal(s.fairshare, 383);
        assert_int_equal(s.limits.n, 1);
        assert_int_equal(sq_tres_count(&s.limits, "node"), 82800);
        assert_int_equal(sq_tres_count(&s.qos_threshold, "node"), 69000);
        assert_int_equal(sq_tres_count(&s.grace_limit, "node"), 82800);
}

static void no_limit_of_nothing_is_set(void **state) {
        struct sq_settings s;
        struct sq_quantities little = {.n = 0};

        (void)state;
        sq_policy_init(&policy);
        /* The built-in weights do not know nodes: no billing=0, which would hold all jobs. */
        s = settings(list_of("node", 1000, NULL, 0));
        assert_int_equal(s.limits.n, 1);
        assert_int_equal(sq_tres_count(&s.limits, "node"), 72000);
        assert_int_equal(sq_tres_count(&s.qos_threshold, "node"), 60000);
        assert_true(sq_quantities_set(&little, "cpu", sq_quantity_of(SQ_AMOUNT(59))));
        s = settings(little);
        assert_int_equal(s.limits.n, 0);
        assert_int_equal(s.fairshare, 1);
        little.n = 0;
        s = settings(little);
        assert_int_equal(s.limits.n, 0);
        assert_int_equal(s.grace_limit.n, 0);
        assert_false(s.has_fairshare);
}

static void billing_is_limited_too(void **state) {
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        s = settings(list_of("cpu", 6400, "gres/gpu", 400)); /* 100 + 100 units */
        assert_int_equal(sq_tres_count(&s.limits, "cpu"), 6400 * 72);
        assert_int_equal(sq_tres_count(&s.limits, "gres/gpu"), 400 * 72);
        assert_int_equal(sq_tres_count(&s.limits, "billing"), 200 * 72);
        assert_int_equal(s.qos_threshold.n, 1);
        assert_int_equal(sq_tres_count(&s.qos_threshold, "billing"), 200 * 60);
        assert_int_equal(sq_tres_count(&s.grace_limit, "billing"), 200 * 72);
        s = settings(list_of("billing", 100, "cpu", 6400));
        assert_int_equal(sq_tres_count(&s.limits, "billing"), 7200);
}

static void without_grace_the_limit_is_the_allocation(void **state) {
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        policy.grace_ratio = SQ_DECIMAL(0);
        s = settings(list_of("node", 1000, NULL, 0));
        assert_int_equal(sq_tres_count(&s.limits, "node"), 60000);
}

/* 60000 * 1.14 is 68399.99 for a processor. */
static void grace_is_exact(void **state) {
        (void)state;
        sq_policy_init(&policy);
        for (int hundredths = 0; hundredths <= 200; hundredths++) {
                struct sq_settings s;

                policy.grace_ratio.trillionths = hundredths * (SQ_DECIMAL_ONE / 100);
                s = settings(list_of("node", 1000, NULL, 0));
                assert_int_equal(sq_tres_count(&s.limits, "node"), 600 * (100 + hundredths));
                assert_int_equal(sq_tres_count(&s.grace_limit, "node"),
                                 600 * (100 + hundredths));
        }
}

static void the_limit_has_the_name_of_its_type(void **state) {
        (void)state;
        assert_string_equal(sq_limit_type_member(SQ_GRP_TRES_MINS), "grp_tres_mins");
        assert_string_equal(sq_limit_type_member(SQ_MAX_TRES_MINS), "max_tres_mins");
        assert_string_equal(sq_limit_type_member(SQ_GRP_TRES), "grp_tres");
        assert_string_equal(sq_limit_type_word(SQ_MAX_TRES_MINS), "MaxTRESMins");
        sq_policy_init(&policy);
        policy.limit_type = SQ_MAX_TRES_MINS;
        assert_int_equal(settings(list_of("node", 1, NULL, 0)).limit_type, SQ_MAX_TRES_MINS);
}

static void raw_usage_is_reset_when_due_and_never_for_all_of_time(void **state) {
        const struct sq_quantities total = list_of("node", 1000, NULL, 0);
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        assert_true(settings(total).reset_raw_usage);
        assert_int_equal(sq_settings_make(&policy, &total, false, &s, NULL), SQ_OK);
        assert_false(s.reset_raw_usage);
        policy.period = SQ_WINDOW_TOTAL;
        assert_false(settings(total).reset_raw_usage);
        policy.period = SQ_WINDOW_MONTH;
        policy.raw_usage_reset = false;
        assert_false(settings(total).reset_raw_usage);
}

static void fairshare_can_be_left_alone(void **state) {
        (void)state;
        sq_policy_init(&policy);
        policy.fairshare = false;
        assert_false(settings(list_of("node", 1000, NULL, 0)).has_fairshare);
}

static void a_full_list_leaves_room_for_billing(void **state) {
        struct sq_quantities total = list_of("cpu", 64, NULL, 0);
        char name[32];
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        for (int i = 1; i < SQ_QUANTITIES_MAX; i++) {
                snprintf(name, sizeof name, "license/l%d", i);
                assert_true(sq_quantities_set(&total, name, sq_quantity_from_hours(1)));
        }
        assert_int_equal(total.n, SQ_QUANTITIES_MAX);
        s = settings(total);
        assert_int_equal(s.limits.n, SQ_TRES_MAX);
        assert_int_equal(sq_tres_count(&s.limits, "billing"), 72);
}

static void minutes_beyond_64_bits_are_refused(void **state) {
        const struct sq_quantities most = list_of("mem", SQ_HOURS_MOST, NULL, 0);
        struct sq_settings s;

        (void)state;
        sq_policy_init(&policy);
        assert_int_equal(sq_settings_make(&policy, &most, true, &s, NULL), SQ_OK);
        policy.grace_ratio = SQ_DECIMAL(1000);
        assert_int_equal(sq_settings_make(&policy, &most, true, &s, NULL), SQ_ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_message_of_the_ancestors_example),
                cmocka_unit_test(no_limit_of_nothing_is_set),
                cmocka_unit_test(billing_is_limited_too),
                cmocka_unit_test(without_grace_the_limit_is_the_allocation),
                cmocka_unit_test(grace_is_exact),
                cmocka_unit_test(the_limit_has_the_name_of_its_type),
                cmocka_unit_test(raw_usage_is_reset_when_due_and_never_for_all_of_time),
                cmocka_unit_test(fairshare_can_be_left_alone),
                cmocka_unit_test(a_full_list_leaves_room_for_billing),
                cmocka_unit_test(minutes_beyond_64_bits_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
