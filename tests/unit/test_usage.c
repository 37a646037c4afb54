/* test_usage.c - the roll-up by days of the site's time zone */
#include "window_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/budget.h"
#include "ledger/factor.h"
#include "ledger/usage.h"

/* Back from 1:00 to 0:00, so that midnight comes twice. */
#define HAVANA "CST5CDT,M3.2.0/0,M11.1.0/1"

static const struct sq_calendar calendar = {.fiscal_start = 1};

static int start_in_paris(void **state) {
        be_in(PARIS);
        return fixture_start(state);
}

static void assert_part(int64_t from, int64_t to, int64_t day, int64_t end) {
        const struct sq_day_part part = sq_day_part_first(&calendar, from, to);

        assert_int_equal(part.day, day);
        assert_int_equal(part.from, from);
        assert_int_equal(part.to, end);
}

/* Walks from `from` to `to` and sees that each day comes once, in order, with
 * as many hours as `hours` says. */
static void assert_days(int64_t from, int64_t to, int64_t day, const int *hours, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const struct sq_day_part part = sq_day_part_first(&calendar, from, to);

                assert_int_equal(part.day, day + (int64_t)i);
                assert_int_equal(part.from, from);
                assert_int_equal(part.to - part.from, hours[i] * 3600);
                from = part.to;
        }
        assert_int_equal(from, to);
}

static void a_part_ends_at_the_next_midnight(void **state) {
        int64_t midnight;

        (void)state;
        be_in(PARIS);
        midnight = at(2024, 6, 2, 0, 0);
        assert_part(midnight - 1, midnight + 1, 20240601, midnight);
        assert_part(midnight - 7200, midnight, 20240601, midnight);
        assert_part(midnight, midnight + 1, 20240602, midnight + 1);
        assert_part(midnight, midnight + 200000, 20240602, midnight + 86400);
}

static void months_and_years_end_where_the_calendar_says(void **state) {
        (void)state;
        be_in(PARIS);
        assert_part(at(2023, 12, 31, 23, 59), at(2024, 1, 5, 0, 0), 20231231,
                    at(2024, 1, 1, 0, 0));
        assert_part(at(2024, 1, 1, 0, 0), at(2024, 1, 5, 0, 0), 20240101, at(2024, 1, 2, 0, 0));
        assert_part(at(2024, 2, 28, 12, 0), at(2024, 3, 5, 0, 0), 20240228,
                    at(2024, 2, 29, 0, 0));
        assert_part(at(2024, 2, 29, 12, 0), at(2024, 3, 5, 0, 0), 20240229,
                    at(2024, 3, 1, 0, 0));
        /* 2023-12-31 23:30 UTC is the new year in Paris already. */
        assert_part(1704065400, 1704065401, 20240101, 1704065401);
}

static void a_day_on_which_the_clock_changes_has_23_or_25_hours(void **state) {
        const int spring[] = {24, 24, 23}, autumn[] = {24, 25, 24};

        (void)state;
        be_in(PARIS);
        assert_days(at(2024, 3, 29, 0, 0), at(2024, 4, 1, 0, 0), 20240329, spring, 3);
        assert_days(at(2024, 10, 26, 0, 0), at(2024, 10, 29, 0, 0), 20241026, autumn, 3);
}

static void a_midnight_that_does_not_exist_ends_its_day_all_the_same(void **state) {
        const int spring[] = {24, 23, 24};
        int64_t start;

        (void)state;
        be_in(SAO_PAULO);
        start = at(2018, 11, 3, 0, 0); /* the 4th begins at 1:00 */
        assert_days(start, start + 71 * 3600, 20181103, spring, 3);
        /* From the last hour of the 3rd, too. */
        assert_part(start + 23 * 3600 + 60, start + 71 * 3600, 20181103, start + 24 * 3600);
}

static void a_midnight_that_comes_twice_ends_its_day_once(void **state) {
        const int back[] = {25, 24};
        int64_t start;

        (void)state;
        be_in(SAO_PAULO);
        start = at(2018, 2, 17, 0, 0); /* its last hour comes twice */
        assert_days(start, start + 49 * 3600, 20180217, back, 2);

        be_in(HAVANA);
        start = at(2023, 11, 4, 0, 0); /* the first hour of the 5th comes twice */
        assert_part(start, start + 200000, 20231104, start + 86400);
        assert_part(start + 86400, start + 200000, 20231105, start + 86400 + 25 * 3600);
        assert_part(start + 86400 + 3600, start + 200000, 20231105, start + 86400 + 25 * 3600);
}

static void times_that_are_no_dates_are_one_part(void **state) {
        (void)state;
        be_in(PARIS);
        assert_int_equal(sq_day_part_first(&calendar, INT64_MAX - 10, INT64_MAX).to, INT64_MAX);
}

/* --- in the store --------------------------------------------------------- */

/* The amounts of one TRES by day, "20240330=7 20240331=8". */
static void assert_usage(struct fixture *f, const char *tres, const char *expected) {
        char sql[512];

        snprintf(sql, sizeof sql,
                 "SELECT coalesce((SELECT group_concat(day || '=' || amount, ' ') FROM"
                 " (SELECT day, amount FROM usage_day u JOIN resource r ON r.id = u.resource_id"
                 " WHERE r.name = '%s' ORDER BY day)), '') = '%s'",
                 tres, expected);
        if (!fixture_number(f, sql))
                fail_msg("%s is not %s", tres, expected);
}

static struct sq_run run_at(int64_t start, int64_t end) {
        struct sq_run run = fixture_run(1, NULL, 4, 0);

        run.start_at = start;
        run.end_at = end;
        return run;
}

static void every_tres_is_counted_in_its_own_unit(void **state) {
        struct fixture *f = *state;
        struct sq_run run = run_at(at(2024, 6, 1, 8, 0), at(2024, 6, 1, 8, 1));

        sq_tres_set(&run.tres, "mem", 1000);
        sq_tres_set(&run.tres, "gres/gpu:h100", 2);
        sq_tres_set(&run.tres, "license/matlab", 0);
        assert_true(fixture_charge(f, &run).booked);
        assert_usage(f, "cpu", "20240601=240");
        assert_usage(f, "mem", "20240601=60000");
        assert_usage(f, "gres/gpu:h100", "20240601=120");
        assert_usage(f, "gpu", "20240601=120");
        assert_usage(f, "license/matlab", "");
        fixture_verify(f);
}

static void the_runs_of_a_day_add_up_per_user_and_account(void **state) {
        struct fixture *f = *state;
        struct sq_run run = run_at(at(2024, 6, 1, 8, 0), at(2024, 6, 1, 8, 1));

        assert_true(fixture_charge(f, &run).booked);
        run.job_id = 2;
        assert_true(fixture_charge(f, &run).booked);
        assert_false(fixture_charge(f, &run).booked);
        assert_usage(f, "cpu", "20240601=480");
        run.job_id = 3;
        run.account = "chemistry";
        assert_true(fixture_charge(f, &run).booked);
        run.job_id = 4;
        run.user = "bob";
        assert_true(fixture_charge(f, &run).booked);
        assert_usage(f, "cpu", "20240601=480 20240601=240 20240601=240");
        fixture_verify(f);
}

static void a_run_of_several_days_sums_up_to_its_charge(void **state) {
        struct fixture *f = *state;
        /* Over the change of the clock: 30 minutes, 23 hours, 24 hours, 10 seconds. */
        struct sq_run run = run_at(at(2024, 3, 30, 23, 30), at(2024, 4, 2, 0, 0) + 10);
        int64_t charged = fixture_charge(f, &run).amounts.of[SQ_CPU].seconds;

        assert_int_equal(charged, 4 * (1800 + 23 * 3600 + 86400 + 10));
        assert_usage(f, "cpu",
                     "20240330=7200 20240331=331200 20240401=345600 20240402=40");
        assert_int_equal(fixture_number(f, "SELECT sum(amount) FROM usage_day"), charged);
        fixture_verify(f);
}

static void a_run_over_the_end_of_the_year_is_split_there(void **state) {
        struct fixture *f = *state;
        struct sq_run run = run_at(at(2023, 12, 31, 23, 59), at(2024, 1, 1, 0, 1));

        assert_true(fixture_charge(f, &run).booked);
        assert_usage(f, "cpu", "20231231=240 20240101=240");
}

static void a_run_until_midnight_leaves_nothing_on_the_next_day(void **state) {
        struct fixture *f = *state;
        struct sq_run run = run_at(at(2024, 6, 1, 23, 0), at(2024, 6, 2, 0, 0));

        assert_true(fixture_charge(f, &run).booked);
        assert_usage(f, "cpu", "20240601=14400");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM usage_day"), 1);
}

static void the_weighted_gpus_of_the_days_sum_up_to_the_charge(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_run run = run_at(at(2024, 6, 1, 23, 59) + 59, at(2024, 6, 4, 0, 0) + 2);
        int64_t charged;

        assert_int_equal(sq_factor_set(f->ledger, "default", 500000, &actor, NULL), SQ_OK);
        sq_tres_set(&run.tres, "gres/gpu", 1);
        charged = fixture_charge(f, &run).amounts.of[SQ_GPU].seconds;
        /* 1 + 86400 + 86400 + 2 seconds at a half: 0.5, 43200, 43200 and 1.  Rounded
         * each by itself they would be one too many. */
        assert_int_equal(charged, 86402);
        assert_usage(f, "gpu", "20240601=1 20240602=43200 20240603=43200 20240604=1");
        assert_usage(f, "gres/gpu", "20240601=1 20240602=86400 20240603=86400 20240604=2");
        fixture_verify(f);
}

static void odd_weights_sum_up_too(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};

        assert_int_equal(sq_factor_set(f->ledger, "default", 333333, &actor, NULL), SQ_OK);
        for (int64_t i = 0; i < 50; i++) {
                struct sq_run run = run_at(at(2024, 6, 1, 12, 0) + i * 997,
                                           at(2024, 6, 4, 12, 0) + i * 7919);

                run.job_id = i;
                sq_tres_set(&run.tres, "gres/gpu", 1 + i % 5);
                assert_true(fixture_charge(f, &run).booked);
        }
        fixture_verify(f); /* compares the roll-up with the charges */
}

static void the_parts_of_a_resized_job_are_rolled_up_once(void **state) {
        struct fixture *f = *state;
        struct sq_run part = run_at(at(2024, 6, 1, 23, 0), at(2024, 6, 2, 1, 0));
        struct sq_run last = run_at(at(2024, 6, 1, 23, 0), at(2024, 6, 2, 2, 0));

        part.resized = part.goes_on = true;
        sq_tres_set(&last.tres, "cpu", 1);
        assert_true(fixture_charge(f, &part).booked);
        assert_true(fixture_charge(f, &last).booked);
        assert_usage(f, "cpu", "20240601=14400 20240602=18000");
        fixture_verify(f);
}

static void weighted_gpus_that_do_not_fit_on_a_day_are_an_error(void **state) {
        struct fixture *f = *state;
        struct sq_run run = run_at(at(2024, 6, 1, 8, 0), at(2024, 6, 1, 8, 1));
        struct sq_charged charged;

        sq_tres_set(&run.tres, "gres/gpu", 1);
        assert_true(fixture_charge(f, &run).booked);
        fixture_sql(f, "UPDATE usage_day SET amount = 9223372036854775800"
                       " WHERE resource_id = 2");
        run.job_id = 2;
        assert_int_equal(sq_charge(f->ledger, &run, &charged, NULL), SQ_ERANGE);
        assert_usage(f, "gpu", "20240601=9223372036854775800");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start_in_paris, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_part_ends_at_the_next_midnight),
                cmocka_unit_test(months_and_years_end_where_the_calendar_says),
                cmocka_unit_test(a_day_on_which_the_clock_changes_has_23_or_25_hours),
                cmocka_unit_test(a_midnight_that_does_not_exist_ends_its_day_all_the_same),
                cmocka_unit_test(a_midnight_that_comes_twice_ends_its_day_once),
                cmocka_unit_test(times_that_are_no_dates_are_one_part),
                A_TEST(every_tres_is_counted_in_its_own_unit),
                A_TEST(the_runs_of_a_day_add_up_per_user_and_account),
                A_TEST(a_run_of_several_days_sums_up_to_its_charge),
                A_TEST(a_run_over_the_end_of_the_year_is_split_there),
                A_TEST(a_run_until_midnight_leaves_nothing_on_the_next_day),
                A_TEST(the_weighted_gpus_of_the_days_sum_up_to_the_charge),
                A_TEST(odd_weights_sum_up_too),
                A_TEST(the_parts_of_a_resized_job_are_rolled_up_once),
                A_TEST(weighted_gpus_that_do_not_fit_on_a_day_are_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
