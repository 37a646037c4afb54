/* test_forecast.c - when a threshold is reached, if things go on as they have */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/forecast.h"

static struct sq_burn burn(int64_t week, int64_t month) {
        return (struct sq_burn){{week, 7}, {month, 30}};
}

static void expect(struct sq_projection is, enum sq_projected outlook, int64_t days,
                   int64_t earliest, int64_t latest) {
        assert_int_equal(is.outlook, outlook);
        assert_int_equal(is.days, days);
        assert_int_equal(is.earliest, earliest);
        assert_int_equal(is.latest, latest);
}

static void what_is_reached_is_reached_today(void **state) {
        const struct sq_burn steady = burn(70, 300);

        (void)state;
        expect(sq_forecast(100, 100, &steady, -1), SQ_PROJECTED_PAST, 0, 0, 0);
        expect(sq_forecast(101, 100, &steady, 0), SQ_PROJECTED_PAST, 0, 0, 0);
        expect(sq_forecast(0, 0, &steady, -1), SQ_PROJECTED_PAST, 0, 0, 0);
}

static void the_month_says_when_and_both_speeds_say_between_when(void **state) {
        const struct sq_burn steady = burn(70, 300), faster = burn(140, 300);
        const struct sq_burn slower = burn(35, 300);

        (void)state;
        expect(sq_forecast(0, 100, &steady, -1), SQ_PROJECTED_AHEAD, 10, 10, 10);
        expect(sq_forecast(0, 100, &faster, -1), SQ_PROJECTED_AHEAD, 10, 5, 10);
        expect(sq_forecast(0, 100, &slower, -1), SQ_PROJECTED_AHEAD, 10, 10, 20);
}

static void days_are_whole_and_today_is_none(void **state) {
        const struct sq_burn steady = burn(70, 300);

        (void)state;
        expect(sq_forecast(91, 100, &steady, -1), SQ_PROJECTED_AHEAD, 0, 0, 0);
        expect(sq_forecast(90, 100, &steady, -1), SQ_PROJECTED_AHEAD, 1, 1, 1);
        expect(sq_forecast(81, 100, &steady, -1), SQ_PROJECTED_AHEAD, 1, 1, 1);
}

static void who_uses_nothing_never_gets_there(void **state) {
        const struct sq_burn none = burn(0, 0), gone = burn(0, 300), began = burn(70, 0);
        const struct sq_burn corrected = burn(-70, -1), unknown = {{0, 0}, {0, 0}};

        (void)state;
        expect(sq_forecast(0, 100, &none, -1), SQ_PROJECTED_NEVER, -1, -1, -1);
        expect(sq_forecast(0, 100, &corrected, -1), SQ_PROJECTED_NEVER, -1, -1, -1);
        expect(sq_forecast(0, 100, &unknown, -1), SQ_PROJECTED_NEVER, -1, -1, -1);
        expect(sq_forecast(0, 100, &gone, -1), SQ_PROJECTED_AHEAD, 10, 10, -1);
        expect(sq_forecast(0, 100, &began, -1), SQ_PROJECTED_AHEAD, 10, 10, -1);
}

static void what_comes_after_the_window_does_not_come(void **state) {
        const struct sq_burn faster = burn(140, 300);

        (void)state;
        expect(sq_forecast(0, 100, &faster, 10), SQ_PROJECTED_AHEAD, 10, 5, 10);
        expect(sq_forecast(0, 100, &faster, 9), SQ_PROJECTED_AHEAD, 5, 5, -1);
        expect(sq_forecast(0, 100, &faster, 4), SQ_PROJECTED_NEVER, -1, -1, -1);
        expect(sq_forecast(99, 100, &faster, 0), SQ_PROJECTED_AHEAD, 0, 0, 0);
}

static void nobody_plans_for_a_hundred_years(void **state) {
        const struct sq_burn slow = burn(7, 30);

        (void)state;
        assert_int_equal(sq_forecast(0, 36525, &slow, -1).days, 36525);
        expect(sq_forecast(0, 36526, &slow, -1), SQ_PROJECTED_NEVER, -1, -1, -1);
}

static void the_largest_numbers_fit(void **state) {
        const struct sq_burn most = burn(INT64_MAX, INT64_MAX);

        (void)state;
        expect(sq_forecast(INT64_MIN, INT64_MAX, &most, -1), SQ_PROJECTED_AHEAD, 60, 14, 60);
        assert_int_equal(sq_speed_per_day(&most.week), INT64_MAX / 7);
}

static void a_days_use_is_rounded_half_up(void **state) {
        const struct sq_speed half = {7, 2}, less = {7, 3}, none = {7, 0}, back = {-7, 3};

        (void)state;
        assert_int_equal(sq_speed_per_day(&half), 4);
        assert_int_equal(sq_speed_per_day(&less), 2);
        assert_int_equal(sq_speed_per_day(&none), 0);
        assert_int_equal(sq_speed_per_day(&back), 0);
}

/* The more there is to use, the later; the faster, the earlier; the words are the API's. */
static void more_takes_longer_and_faster_is_earlier(void **state) {
        unsigned seed = 7;

        (void)state;
        for (int i = 0; i < 100000; i++) {
                const int64_t used = rand_r(&seed) % 1000, to = used + 1 + rand_r(&seed) % 9000;
                const struct sq_burn slow = burn(20 + rand_r(&seed) % 500,
                                                 90 + rand_r(&seed) % 2000);
                const struct sq_burn fast = burn(slow.week.used + 1, slow.month.used + 1);
                const struct sq_projection p = sq_forecast(used, to, &slow, -1);

                assert_true(sq_forecast(used, to + 1, &slow, -1).days >= p.days);
                assert_true(sq_forecast(used, to, &fast, -1).earliest <= p.earliest);
                assert_true(p.earliest <= p.days && p.days <= p.latest);
        }
        assert_string_equal(sq_projected_word(SQ_PROJECTED_NEVER), "never");
        assert_string_equal(sq_projected_word(SQ_PROJECTED_AHEAD), "projected");
        assert_string_equal(sq_projected_word(SQ_PROJECTED_PAST), "exceeded");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_reached_is_reached_today),
                cmocka_unit_test(the_month_says_when_and_both_speeds_say_between_when),
                cmocka_unit_test(days_are_whole_and_today_is_none),
                cmocka_unit_test(who_uses_nothing_never_gets_there),
                cmocka_unit_test(what_comes_after_the_window_does_not_come),
                cmocka_unit_test(nobody_plans_for_a_hundred_years),
                cmocka_unit_test(the_largest_numbers_fit),
                cmocka_unit_test(a_days_use_is_rounded_half_up),
                cmocka_unit_test(more_takes_longer_and_faster_is_earlier),
        };

        return cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
}
