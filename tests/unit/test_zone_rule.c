#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/zone_rule.h"

static struct sq_zone_rule rule_of(const char *text) {
        struct sq_zone_rule rule;

        if (!sq_zone_rule_parse(text, &rule))
                fail_msg("%s is refused", text);
        return rule;
}

static void a_rule_without_summer_is_an_offset(void **state) {
        struct sq_zone_rule rule = rule_of("CET-1");

        (void)state;
        assert_int_equal(sq_zone_rule_offset(&rule, 0), 3600);
        rule = rule_of("<+0545>-5:45");
        assert_int_equal(sq_zone_rule_offset(&rule, 0), 20700);
        rule = rule_of("EST5");
        assert_int_equal(sq_zone_rule_offset(&rule, 0), -18000);
}

static void summer_begins_and_ends_to_the_second(void **state) {
        const struct sq_zone_rule rule = rule_of("CET-1CEST,M3.5.0,M10.5.0/3");

        (void)state;
        assert_int_equal(sq_zone_rule_offset(&rule, 1774745999), 3600); /* 2026-03-29 */
        assert_int_equal(sq_zone_rule_offset(&rule, 1774746000), 7200);
        assert_int_equal(sq_zone_rule_offset(&rule, 1792889999), 7200); /* 2026-10-25 */
        assert_int_equal(sq_zone_rule_offset(&rule, 1792890000), 3600);
}

static void in_the_south_summer_goes_over_the_new_year(void **state) {
        const struct sq_zone_rule rule = rule_of("AEST-10AEDT,M10.1.0,M4.1.0/3");

        (void)state;
        assert_int_equal(sq_zone_rule_offset(&rule, 1767225600), 39600); /* 2026-01-01 */
        assert_int_equal(sq_zone_rule_offset(&rule, 1782864000), 36000); /* 2026-07-01 */
}

static void days_are_counted_in_three_ways(void **state) {
        /* 1 March is day 60 without the leap day, and 59 or 60 with it, counted from 0. */
        const struct sq_zone_rule julian = rule_of("AAA0BBB,J60/0,J365/0");
        const struct sq_zone_rule ordinal = rule_of("AAA0BBB,59/0,364/0");

        (void)state;
        assert_int_equal(sq_zone_rule_offset(&julian, 1709251199), 0);    /* 2024-02-29 */
        assert_int_equal(sq_zone_rule_offset(&julian, 1709251200), 3600); /* 2024-03-01 */
        assert_int_equal(sq_zone_rule_offset(&ordinal, 1709164799), 0);
        assert_int_equal(sq_zone_rule_offset(&ordinal, 1709164800), 3600); /* 2024-02-29 */
}

static void summer_may_last_for_ever(void **state) {
        const struct sq_zone_rule rule = rule_of("XXX3EDT4,0/0,J365/23");

        (void)state;
        for (int64_t at = 1767225600; at < 1767225600 + 800LL * 86400; at += 43200)
                assert_int_equal(sq_zone_rule_offset(&rule, at), -14400);
}

static void what_is_no_rule_is_refused(void **state) {
        static const char *const bad[] = {
                "", "CET", "C-1", "<+05-5", "CET-168", "CET-1CEST", "CET-1CEST,M3.5.0",
                "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
                "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0",
                "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "CET-1CEST,366,1",
                "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.5.0/,M10.5.0", "CET-1:60",
                "CET-1CEST,M3.5.0,M10.5.0,", "-1", "CET-1CEST-",
        };
        struct sq_zone_rule rule;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                if (sq_zone_rule_parse(bad[i], &rule))
                        fail_msg("%s is read", bad[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_rule_without_summer_is_an_offset),
                cmocka_unit_test(summer_begins_and_ends_to_the_second),
                cmocka_unit_test(in_the_south_summer_goes_over_the_new_year),
                cmocka_unit_test(days_are_counted_in_three_ways),
                cmocka_unit_test(summer_may_last_for_ever),
                cmocka_unit_test(what_is_no_rule_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
