/* test_course.c - where the usage of an account under a policy leads */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/course.h"

/* An account with all that is known of it.  The policy: 80 notify, 100 downscale, 120 pause,
 * every hour counts 1, nothing is carried over, months. */
struct account {
        struct sq_policy policy;
        struct sq_facts facts;
        struct sq_evaluation evaluation;
        struct sq_lately lately;
        int64_t days_left;
};

static int setup(void **state) {
        struct account *a = calloc(1, sizeof *a);

        assert_non_null(a);
        sq_policy_init(&a->policy);
        a->policy.billing_enabled = false;
        a->policy.carryover_enabled = false;
        a->facts.window = sq_window_of(SQ_WINDOW_MONTH, 1, (struct sq_date){2026, 3, 1});
        a->lately.of[SQ_PACE_WEEK].days = 7;
        a->lately.of[SQ_PACE_MONTH].days = 30;
        a->days_left = -1;
        *state = a;
        return 0;
}

static int teardown(void **state) {
        free(*state);
        return 0;
}

static void set(struct sq_quantities *list, const char *tres, const char *hours) {
        const bool below = *hours == '-';
        struct sq_quantity quantity;

        assert_true(sq_quantity_parse_hours(hours + below, &quantity));
        if (below)
                quantity.units = -quantity.units;
        assert_true(sq_quantities_set(list, tres, quantity));
}

/* Hours of a TRES: allocated, used, and used in the week and in the month behind us. */
static void has(struct account *a, const char *tres, const char *base, const char *usage,
                const char *week, const char *month) {
        set(&a->facts.base, tres, base);
        set(&a->facts.usage, tres, usage);
        set(&a->lately.of[SQ_PACE_WEEK].used, tres, week);
        set(&a->lately.of[SQ_PACE_MONTH].used, tres, month);
}

static void weigh(struct account *a, const char *tres, const char *weight) {
        struct sq_decimal decimal;

        a->policy.billing_enabled = true;
        assert_true(sq_decimal_parse(weight, &decimal));
        assert_true(sq_weights_add(&a->policy.weights, tres, decimal));
}

static struct sq_course course_of(struct account *a) {
        struct sq_course course = {0};
        struct sq_error err = {.text = ""};

        if (sq_evaluate(&a->policy, &a->facts, &a->evaluation, &err) ||
            sq_course_make(&a->policy, &a->facts, &a->evaluation, &a->lately, a->days_left,
                           &course, &err))
                fail_msg("%s", err.text);
        return course;
}

static void expect(struct account *a, int64_t percent, enum sq_projected outlook, int64_t days,
                   int64_t earliest, int64_t latest) {
        const struct sq_course course = course_of(a);
        const struct sq_projection is = sq_course_reaches(&course, SQ_DECIMAL(percent));

        assert_int_equal(is.outlook, outlook);
        assert_int_equal(is.days, days);
        assert_int_equal(is.earliest, earliest);
        assert_int_equal(is.latest, latest);
}

static void expect_pace(struct account *a, enum sq_pace pace, double percent) {
        const struct sq_course course = course_of(a);

        /* Not about: it is the closest double. */
        assert_true(sq_course_percent_a_day(&course, pace) == percent);
}

static void expect_never(struct account *a, int64_t percent) {
        expect(a, percent, SQ_PROJECTED_NEVER, -1, -1, -1);
}

/* --- one TRES ------------------------------------------------------------------------ */

static void each_threshold_has_its_day(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "14", "30"); /* 2 and 1 percent a day */
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 15, 30);
        expect(a, 100, SQ_PROJECTED_AHEAD, 50, 25, 50);
        expect(a, 120, SQ_PROJECTED_AHEAD, 70, 35, 70);
        expect_pace(a, SQ_PACE_WEEK, 2);
        expect_pace(a, SQ_PACE_MONTH, 1);
}

static void what_is_reached_is_exceeded_from_its_last_second_on(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "80", "14", "30");
        expect(a, 80, SQ_PROJECTED_PAST, 0, 0, 0);
        set(&a->facts.usage, "node", "79.999722222222"); /* a second less */
        expect(a, 80, SQ_PROJECTED_AHEAD, 0, 0, 0);
        set(&a->facts.usage, "node", "79");
        expect(a, 80, SQ_PROJECTED_AHEAD, 1, 0, 1);
        set(&a->facts.usage, "node", "500");
        expect(a, 120, SQ_PROJECTED_PAST, 0, 0, 0);
}

static void days_are_rounded_down_and_never_by_a_float(void **state) {
        struct account *a = *state;

        /* 0.1 hours a day to 0.3 hours: doubles would say 2. */
        has(a, "node", "0.3", "0", "0.7", "3");
        expect(a, 100, SQ_PROJECTED_AHEAD, 3, 3, 3);
        /* A unit more, and it is on the third day. */
        a->lately.of[SQ_PACE_MONTH].used.item[0].of.units++;
        expect(a, 100, SQ_PROJECTED_AHEAD, 2, 2, 3);
}

static void nothing_is_told_beyond_the_last_day_of_the_window(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "14", "30");
        a->days_left = 30;
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 15, 30);
        expect(a, 100, SQ_PROJECTED_AHEAD, 25, 25, -1);
        expect_never(a, 120);
        a->days_left = 29;
        expect(a, 80, SQ_PROJECTED_AHEAD, 15, 15, -1);
        a->days_left = 0; /* it ends today */
        expect_never(a, 80);
        expect(a, 50, SQ_PROJECTED_PAST, 0, 0, 0);
        set(&a->facts.usage, "node", "79.5");
        expect(a, 80, SQ_PROJECTED_AHEAD, 0, 0, 0);
}

static void who_uses_nothing_gets_nowhere(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "0", "0");
        expect_never(a, 80);
        expect(a, 50, SQ_PROJECTED_PAST, 0, 0, 0);
        expect_pace(a, SQ_PACE_WEEK, 0);
        /* Not in the last week, but before it. */
        set(&a->lately.of[SQ_PACE_MONTH].used, "node", "30");
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 30, -1);
}

static void corrections_do_not_lead_backwards(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "-7", "-30");
        expect_never(a, 80);
        expect_pace(a, SQ_PACE_WEEK, 0);
        assert_true(sq_stretch_hours_a_day(&a->lately.of[SQ_PACE_WEEK], "node") == 0);
        /* Usage below nothing has farther to go. */
        has(a, "node", "100", "-20", "14", "30");
        expect(a, 80, SQ_PROJECTED_AHEAD, 100, 50, 100);
}

static void an_account_of_today_has_no_speed_yet(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "0", "0");
        a->lately.of[SQ_PACE_WEEK].days = a->lately.of[SQ_PACE_MONTH].days = 0;
        expect_never(a, 80);
        expect(a, 50, SQ_PROJECTED_PAST, 0, 0, 0);
        expect_pace(a, SQ_PACE_MONTH, 0);
}

static void a_young_account_is_measured_by_its_days(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "30", "30");
        a->lately.of[SQ_PACE_WEEK].days = a->lately.of[SQ_PACE_MONTH].days = 3;
        expect(a, 80, SQ_PROJECTED_AHEAD, 3, 3, 3);
        expect_pace(a, SQ_PACE_WEEK, 10);
        expect_pace(a, SQ_PACE_MONTH, 10);
        assert_true(sq_stretch_hours_a_day(&a->lately.of[SQ_PACE_MONTH], "node") == 10);
}

/* --- the allocation ------------------------------------------------------------------ */

static void without_an_allocation_there_is_nothing_to_reach(void **state) {
        struct account *a = *state;

        set(&a->lately.of[SQ_PACE_WEEK].used, "node", "70");
        expect_never(a, 80);
        expect_pace(a, SQ_PACE_WEEK, 0);
        has(a, "node", "0", "5", "70", "300");
        expect_never(a, 80);
        expect_pace(a, SQ_PACE_WEEK, 0);
}

static void what_was_carried_over_moves_the_days(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "7", "30");
        expect(a, 100, SQ_PROJECTED_AHEAD, 50, 50, 50);
        a->policy.carryover_enabled = true; /* half of what was left, at most */
        set(&a->facts.previous_base, "node", "100");
        expect(a, 100, SQ_PROJECTED_AHEAD, 100, 100, 100);
}

/* --- several TRES -------------------------------------------------------------------- */

static void several_tres_are_weighed_as_the_percentage_is(void **state) {
        struct account *a = *state;

        weigh(a, "cpu", "0.25");
        weigh(a, "gres/gpu", "10");
        /* 1000 + 1000 are allocated, 250 + 250 used; a day 2.5 + 10 and 5 + 20. */
        has(a, "cpu", "4000", "1000", "140", "300");
        has(a, "gres/gpu", "100", "25", "14", "30");
        expect_pace(a, SQ_PACE_WEEK, 1.25);
        expect_pace(a, SQ_PACE_MONTH, 0.625);
        expect(a, 80, SQ_PROJECTED_AHEAD, 88, 44, 88);
        expect(a, 100, SQ_PROJECTED_AHEAD, 120, 60, 120);
        assert_true(sq_stretch_hours_a_day(&a->lately.of[SQ_PACE_WEEK], "cpu") == 20);
        assert_true(sq_stretch_hours_a_day(&a->lately.of[SQ_PACE_MONTH], "gres/gpu") == 1);
}

static void a_tres_of_weight_0_leads_nowhere(void **state) {
        struct account *a = *state;

        weigh(a, "cpu", "0");
        weigh(a, "node", "1");
        has(a, "cpu", "100", "99", "700", "3000");
        has(a, "node", "100", "50", "7", "30");
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 30, 30);
        expect_pace(a, SQ_PACE_WEEK, 1);
        assert_true(sq_stretch_hours_a_day(&a->lately.of[SQ_PACE_WEEK], "cpu") == 100);
}

static void with_no_weight_at_all_there_is_no_percentage(void **state) {
        struct account *a = *state;

        weigh(a, "node", "0");
        has(a, "node", "100", "99", "700", "3000");
        expect_never(a, 80);
        expect_pace(a, SQ_PACE_WEEK, 0);
}

static void a_tres_without_an_allocation_is_left_out(void **state) {
        struct account *a = *state;

        has(a, "node", "100", "50", "7", "30");
        set(&a->lately.of[SQ_PACE_WEEK].used, "cpu", "7000");
        set(&a->lately.of[SQ_PACE_MONTH].used, "cpu", "7000");
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 30, 30);
}

static void a_correction_of_one_tres_slows_the_others(void **state) {
        struct account *a = *state;

        has(a, "cpu", "50", "25", "-7", "-30");
        has(a, "node", "50", "25", "14", "60");
        expect(a, 80, SQ_PROJECTED_AHEAD, 30, 30, 30);
}

/* The bill is that of the largest TRES, and another one may become it on the way. */
static void with_max_tres_the_first_sum_that_gets_there_counts(void **state) {
        struct account *a = *state;

        a->policy.billing = SQ_BILLING_MAX_TRES;
        weigh(a, "cpu", "1");
        weigh(a, "node", "1");
        weigh(a, "license/a", "1");
        has(a, "cpu", "100", "50", "7", "30");
        has(a, "node", "80", "10", "70", "300");
        expect(a, 80, SQ_PROJECTED_AHEAD, 7, 7, 7);   /* node: 10 + 7 * 10 */
        expect(a, 60, SQ_PROJECTED_AHEAD, 5, 5, 5);
        expect_pace(a, SQ_PACE_WEEK, 10);
        /* A license comes on top of whichever it is: 80 of 200 are reached by both. */
        has(a, "license/a", "100", "50", "0", "0");
        expect(a, 65, SQ_PROJECTED_AHEAD, 7, 7, 7);
        expect(a, 50, SQ_PROJECTED_PAST, 0, 0, 0);
}

/* --- how large ----------------------------------------------------------------------- */

static void the_largest_numbers_are_counted(void **state) {
        struct account *a = *state;

        has(a, "node", "1000000000000000", "500000000000000", "70000000000000",
            "300000000000000");
        expect(a, 100, SQ_PROJECTED_AHEAD, 50, 50, 50);
        expect(a, 8999999, SQ_PROJECTED_NEVER, -1, -1, -1);
        weigh(a, "node", "0.000000000001");
        weigh(a, "cpu", "1000");
        has(a, "cpu", "1000000000", "500000000", "7000000", "30000000");
        /* The node's trillionths of weight bring it a little earlier than after 500 days. */
        expect(a, 100, SQ_PROJECTED_AHEAD, 499, 499, 499);
        set(&a->lately.of[SQ_PACE_WEEK].used, "node", "7000000000000");
        set(&a->lately.of[SQ_PACE_MONTH].used, "node", "30000000000000");
        expect(a, 100, SQ_PROJECTED_AHEAD, 500, 500, 500);
}

static void a_sum_of_more_than_105_bits_still_has_its_day(void **state) {
        struct account *a = *state;

        weigh(a, "cpu", "1000.000000000001");
        weigh(a, "node", "1");
        has(a, "cpu", "100000000", "50000000", "700000", "3000000");
        has(a, "node", "100000000", "50000000", "700000", "3000000");
        expect(a, 100, SQ_PROJECTED_AHEAD, 500, 500, 500);
        expect_pace(a, SQ_PACE_WEEK, 0.1);
}

static void what_cannot_be_counted_is_refused(void **state) {
        struct account *a = *state;
        struct sq_course course;
        struct sq_error err;

        weigh(a, "cpu", "1000.000000000001");
        weigh(a, "node", "1");
        has(a, "cpu", "1000", "500", "1000000000000000", "0");
        has(a, "node", "1000", "500", "0", "0");
        assert_int_equal(sq_evaluate(&a->policy, &a->facts, &a->evaluation, &err), SQ_OK);
        assert_int_equal(sq_course_make(&a->policy, &a->facts, &a->evaluation, &a->lately, -1,
                                        &course, &err), SQ_ERANGE);
}

/* More usage, or faster: no threshold comes later; a higher one never earlier. */
static void more_usage_never_comes_later(void **state) {
        struct account *a = *state;
        int64_t before = INT64_MAX;

        weigh(a, "cpu", "0.015625");
        weigh(a, "node", "0.333333333333");
        has(a, "cpu", "7777", "0", "70", "300");
        has(a, "node", "333", "0", "11", "47");
        for (int i = 0; i < 400; i++) {
                struct sq_course course;
                int64_t lower = 0;

                a->facts.usage.item[1].of = sq_quantity_from_hours(i);
                course = course_of(a);
                for (int percent = 70; percent < 130; percent += 10) {
                        const int64_t days =
                                sq_course_reaches(&course, SQ_DECIMAL(percent)).days;

                        assert_true(days >= lower);
                        lower = days;
                        if (percent != 100)
                                continue;
                        assert_true(days <= before);
                        before = days;
                }
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(each_threshold_has_its_day),
                TEST(what_is_reached_is_exceeded_from_its_last_second_on),
                TEST(days_are_rounded_down_and_never_by_a_float),
                TEST(nothing_is_told_beyond_the_last_day_of_the_window),
                TEST(who_uses_nothing_gets_nowhere),
                TEST(corrections_do_not_lead_backwards),
                TEST(an_account_of_today_has_no_speed_yet),
                TEST(a_young_account_is_measured_by_its_days),
                TEST(without_an_allocation_there_is_nothing_to_reach),
                TEST(what_was_carried_over_moves_the_days),
                TEST(several_tres_are_weighed_as_the_percentage_is),
                TEST(a_tres_of_weight_0_leads_nowhere),
                TEST(with_no_weight_at_all_there_is_no_percentage),
                TEST(a_tres_without_an_allocation_is_left_out),
                TEST(a_correction_of_one_tres_slows_the_others),
                TEST(with_max_tres_the_first_sum_that_gets_there_counts),
                TEST(the_largest_numbers_are_counted),
                TEST(a_sum_of_more_than_105_bits_still_has_its_day),
                TEST(what_cannot_be_counted_is_refused),
                TEST(more_usage_never_comes_later),
        };

        return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
