/* test_window_close.c - windows end, and nothing of them is lost */
#include "window_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/calendar.h"
#include "ledger/settlement.h"

static void the_first_touch_after_the_end_closes_the_window(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        charge(f, 1, NULL, 1, sq_now() - HOUR, sq_now());
        it_is(at(2026, 3, 31, 23, 59) + 59);
        touch(f);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 0);
        it_is(at(2026, 4, 1, 0, 0));
        assert_int_equal(month(f).consumed, 0); /* who only looks sees the new one */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 0);
        touch(f);
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        assert_int_equal(closed(f, "budget", 20260301), 10 * HOUR);
        assert_int_equal(closed(f, "carried_over", 20260301), 0);
        assert_int_equal(closed(f, "until_at", 20260301), at(2026, 4, 1, 0, 0));
        assert_int_equal(closed(f, "closed_at", 20260301), at(2026, 4, 1, 0, 0));
        assert_int_equal(month(f).span.first_day, 20260401);
        assert_int_equal(month(f).span.last_day, 20260430);
        assert_int_equal(month(f).consumed, 0);
        assert_int_equal(month(f).uncounted, 0); /* nobody had a job */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'close'"
                                           " AND actor = 'calendar'"), 1);
        fixture_verify(f);
}

static void a_run_across_the_end_is_split_to_the_second(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2026, 4, 1, 5, 0));
        charge(f, 1, NULL, 2, at(2026, 3, 31, 23, 0) + 1, at(2026, 4, 1, 0, 0) + 1);
        assert_int_equal(closed(f, "consumed", 20260301), 2 * (HOUR - 1));
        assert_int_equal(month(f).consumed, 2);
        fixture_verify(f);
}

static void months_without_a_touch_are_closed_one_by_one(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:50");
        charge(f, 1, NULL, 1, sq_now() - 9 * HOUR, sq_now());
        it_is(at(2026, 7, 9, 0, 0));
        charge(f, 2, NULL, 1, at(2026, 5, 3, 0, 0), at(2026, 5, 3, 2, 0));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 4);
        assert_int_equal(closed(f, "consumed", 20260501), 2 * HOUR);
        assert_int_equal(closed(f, "carried", 20260401), HOUR);
        assert_int_equal(closed(f, "carried_over", 20260401), 5 * HOUR);
        assert_int_equal(month(f).span.first_day, 20260701);
        assert_int_equal(month(f).carried, 5 * HOUR);
        fixture_verify(f);
}

static void a_clock_that_was_wrong_for_a_century_makes_no_record_for_each_month(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2300, 6, 2, 0, 0));
        touch(f);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 600);
        assert_int_equal(month(f).span.first_day, 23000601);
        it_is(at(2026, 3, 16, 0, 0)); /* and when it is right again, nobody goes back */
        touch(f);
        assert_int_equal(month(f).span.first_day, 23000601);
        charge(f, 1, NULL, 1, sq_now() - HOUR, sq_now());
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        fixture_verify(f);
}

static void who_used_something_tomorrow_says_that_it_is_tomorrow(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2026, 3, 31, 23, 59) + 58); /* the controller's clock is ahead of ours */
        charge(f, 1, NULL, 1, at(2026, 3, 31, 23, 0), at(2026, 4, 1, 0, 0) + 3);
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        assert_int_equal(month(f).consumed, 3);
        fixture_verify(f);
}

static void quarters_and_years_begin_where_the_site_says(void **state) {
        struct fixture *f = *state;

        sq_ledger_set_calendar(f->ledger, NULL, 10);
        set_budget(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR, HOUR, NULL);
        set_budget(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_QUARTER, HOUR, NULL);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR).span.first_day,
                20251001);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_QUARTER).span.last_day,
                20260331);
        it_is(at(2026, 10, 1, 0, 0));
        touch(f);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR).span.last_day,
                20270930);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 4);
        fixture_verify(f);
}

static void another_fiscal_start_leaves_no_day_out_and_counts_none_twice(void **state) {
        struct fixture *f = *state;

        set_budget(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR, HOUR, NULL);
        sq_ledger_set_calendar(f->ledger, NULL, 4);
        it_is(at(2027, 1, 5, 0, 0));
        touch(f);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR).span.first_day,
                20270101);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR).span.last_day,
                20270331);
        charge(f, 1, NULL, 1, at(2026, 12, 31, 23, 0), at(2027, 1, 1, 1, 0));
        fixture_verify(f);
}

static void another_time_zone_leaves_no_day_out_and_counts_none_twice(void **state) {
        struct fixture *f = *state;

        set_month(f, HOUR, NULL);
        be_in("<-08>8");
        it_is(at(2026, 4, 1, 0, 0));
        charge(f, 1, NULL, 1, at(2026, 3, 31, 12, 0), at(2026, 4, 1, 0, 0));
        assert_int_equal(closed(f, "consumed", 20260301), 12 * HOUR);
        assert_int_equal(month(f).span.until_at, at(2026, 5, 1, 0, 0));
        fixture_verify(f);
}

static void midnights_that_the_clock_skips_or_repeats_end_a_window_once(void **state) {
        static const struct sq_calendar calendar = {.fiscal_start = 11};
        struct sq_span span;

        (void)state;
        be_in("<-03>3<-02>,M11.1.0/0,M3.1.0/0"); /* 2026-11-01 has no midnight, and */
        span = sq_calendar_span(&calendar, SQ_WINDOW_MONTH, 20261101);
        assert_int_equal(span.since_at, at(2026, 11, 1, 1, 0));
        assert_int_equal(sq_calendar_day(&calendar, span.since_at), 20261101);
        assert_int_equal(sq_calendar_day(&calendar, span.since_at - 1), 20261031);
        span = sq_calendar_span(&calendar, SQ_WINDOW_YEAR, 20261031);
        assert_int_equal(span.last_day, 20261031);
        assert_int_equal(span.until_at, at(2026, 11, 1, 1, 0));
        be_in("<-03>3<-02>,M10.1.0/0,M3.1.0/0"); /* 2026-02-28 has two of 23:00 */
        span = sq_calendar_span(&calendar, SQ_WINDOW_MONTH, 20260215);
        assert_int_equal(sq_calendar_day(&calendar, span.until_at - 1), 20260228);
        assert_int_equal(sq_calendar_day(&calendar, span.until_at), 20260301);
        assert_int_equal(sq_calendar_span(&calendar, SQ_WINDOW_MONTH, 20260301).since_at,
                         span.until_at);
}

static void all_of_time_has_no_end(void **state) {
        static const struct sq_calendar calendar = {.fiscal_start = 1};
        const struct sq_span span = sq_calendar_span(&calendar, SQ_WINDOW_TOTAL, 20260301);

        (void)state;
        assert_int_equal(span.first_day, 0);
        assert_int_equal(span.until_at, INT64_MAX);
}

/* --- late charges, corrections ------------------------------------------------------------ */

static void a_late_charge_belongs_to_the_window_in_which_it_ran(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2026, 4, 10, 0, 0));
        touch(f);
        charge(f, 1, NULL, 1, at(2026, 3, 20, 0, 0), at(2026, 3, 20, 1, 0));
        charge(f, 2, NULL, 1, at(2026, 2, 20, 0, 0), at(2026, 2, 20, 1, 0)); /* nobody's */
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        assert_int_equal(month(f).consumed, 0);
        fixture_verify(f);
}

static void a_correction_downwards_is_taken_off_where_it_was(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 1);
        const struct sq_earlier_sizes earlier = {0};
        struct sq_settled settled;

        set_month(f, 10 * HOUR, "capped:100");
        run.start_at = at(2026, 3, 31, 20, 0);
        run.end_at = at(2026, 4, 1, 4, 0);
        it_is(run.end_at);
        fixture_charge(f, &run);
        assert_int_equal(closed(f, "consumed", 20260301), 4 * HOUR);
        assert_int_equal(month(f).carried, 6 * HOUR);
        assert_int_equal(month(f).consumed, 4 * HOUR);
        run.end_at = at(2026, 3, 31, 22, 0);
        assert_int_equal(sq_settle(f->ledger, &run, &earlier, true, &settled, NULL), SQ_OK);
        assert_true(settled.corrected);
        assert_int_equal(closed(f, "consumed", 20260301), 2 * HOUR);
        assert_int_equal(month(f).consumed, 0);
        assert_int_equal(month(f).carried, 8 * HOUR);
        fixture_verify(f);
}

static void a_charge_of_another_account_is_taken_back_in_its_window(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 1);
        const struct sq_earlier_sizes earlier = {0};
        struct sq_settled settled;

        set_month(f, 10 * HOUR, NULL);
        set_budget(f, SQ_ACCOUNT, "biology", "cpu", SQ_WINDOW_MONTH, 10 * HOUR, NULL);
        run.start_at = sq_now() - HOUR;
        run.end_at = sq_now();
        fixture_charge(f, &run);
        assert_int_equal(month(f).consumed, HOUR);
        run.account = "biology";
        assert_int_equal(sq_settle(f->ledger, &run, &earlier, true, &settled, NULL), SQ_OK);
        assert_true(settled.corrected);
        assert_int_equal(month(f).consumed, 0);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "biology", "cpu", SQ_WINDOW_MONTH).consumed, HOUR);
        fixture_verify(f);
}

/* --- what is carried over --------------------------------------------------------------- */

static void a_share_of_the_budget_is_carried_over_at_most(void **state) {
        static const struct {
                const char *rule;
                int64_t used, carried;
        } cases[] = {
                {"none", 0, 0},
                {"capped:50", 0, 5 * HOUR},
                {"capped:50", 4 * HOUR, 5 * HOUR},
                {"capped:50", 7 * HOUR, 3 * HOUR},
                {"capped:100", 7 * HOUR, 3 * HOUR},
                {"capped:50", 12 * HOUR, 0},
                {"capped:0", 0, 0},
                {"decay:15", 0, 10 * HOUR},
                {"decay:90", 10 * HOUR, 5 * HOUR},
                {"decay:15", 10 * HOUR, 10 * HOUR - 10 * HOUR / 64 - 1},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const int year = 2026 + (int)i;
                const int64_t noon = at(year, 3, 15, 12, 0);

                it_is(noon);
                touch(f);
                set_month(f, 10 * HOUR, cases[i].rule);
                if (cases[i].used)
                        charge(f, 1, NULL, 1, noon - cases[i].used, noon);
                it_is(at(year, 4, 1, 0, 0));
                touch(f);
                assert_int_equal(month(f).carried, cases[i].carried);
                fixture_verify(f);
        }
}

static void what_was_carried_over_can_be_spent(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:50");
        it_is(at(2026, 4, 1, 0, 0));
        assert_false(reserve(f, UUID(1), 1, 15 * HOUR + 1));
        assert_true(reserve(f, UUID(1), 1, 15 * HOUR));
        fixture_verify(f);
}

static void a_job_that_runs_across_the_end_may_have_used_what_is_left(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:100");
        it_is(at(2026, 3, 31, 18, 0));
        assert_true(reserve(f, UUID(1), 1, 24 * HOUR));
        assert_int_equal(month(f).reserved, 6 * HOUR);
        it_is(at(2026, 4, 1, 0, 0));
        touch(f);
        assert_int_equal(closed(f, "promised", 20260301), 6 * HOUR);
        assert_int_equal(month(f).carried, 4 * HOUR);
        fixture_verify(f);
        count(f);
        fixture_verify(f);
        it_is(at(2026, 4, 1, 3, 0)); /* it ran for one hour of March and for two of April */
        charge(f, 1, UUID(1), 1, at(2026, 3, 31, 23, 0), at(2026, 4, 1, 2, 0));
        assert_int_equal(closed(f, "promised", 20260301), 0);
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        assert_int_equal(closed(f, "carried_over", 20260301), 9 * HOUR);
        assert_int_equal(month(f).carried, 9 * HOUR);
        assert_int_equal(month(f).consumed, 2 * HOUR);
        assert_true(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'carry'") > 0);
        assert_int_equal(fixture_number(f, "SELECT sum(l.amount) FROM entry e JOIN entry_line l"
                                           " ON l.entry_id = e.id"
                                           " WHERE e.kind IN ('carry', 'close')"),
                         9 * HOUR);
        fixture_verify(f);
}

static void a_late_charge_takes_off_what_was_carried_over(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:100");
        it_is(at(2026, 4, 5, 0, 0));
        touch(f);
        assert_int_equal(month(f).carried, 10 * HOUR);
        charge(f, 1, NULL, 1, at(2026, 3, 31, 17, 0), at(2026, 4, 1, 1, 0));
        assert_int_equal(month(f).carried, 3 * HOUR);
        assert_int_equal(month(f).consumed, HOUR);
        fixture_verify(f);
}

static void what_was_carried_over_once_is_not_corrected_two_windows_later(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:100");
        it_is(at(2026, 5, 5, 0, 0));
        touch(f);
        charge(f, 1, NULL, 1, at(2026, 3, 31, 17, 0), at(2026, 3, 31, 20, 0));
        assert_int_equal(closed(f, "consumed", 20260301), 3 * HOUR);
        assert_int_equal(closed(f, "carried_over", 20260301), 10 * HOUR);
        assert_int_equal(month(f).carried, 10 * HOUR);
        fixture_verify(f);
}

static void a_new_rule_holds_from_the_next_end_on(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:50");
        set_month(f, 20 * HOUR, NULL); /* the rule stays */
        it_is(at(2026, 4, 1, 0, 0));
        touch(f);
        assert_int_equal(month(f).carried, 10 * HOUR);
        set_month(f, 20 * HOUR, "none");
        assert_int_equal(month(f).carried, 10 * HOUR);
        charge(f, 1, NULL, 1, at(2026, 3, 20, 0, 0), at(2026, 3, 20, 12, 0));
        assert_int_equal(month(f).carried, 8 * HOUR);
        it_is(at(2026, 5, 1, 0, 0));
        touch(f);
        assert_int_equal(month(f).carried, 0);
        fixture_verify(f);
}

static void a_budget_that_was_away_begins_without_what_was_left_before(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};

        set_month(f, 10 * HOUR, "capped:100");
        it_is(at(2026, 4, 1, 0, 0));
        touch(f);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                                 SQ_WINDOW_MONTH, &actor, NULL), SQ_OK);
        set_month(f, 10 * HOUR, "capped:100");
        assert_int_equal(month(f).carried, 0);
        charge(f, 1, NULL, 1, at(2026, 3, 20, 0, 0), at(2026, 3, 20, 1, 0));
        assert_int_equal(closed(f, "consumed", 20260301), HOUR);
        assert_int_equal(month(f).carried, 0);
        fixture_verify(f);
}

/* --- counting -------------------------------------------------------------------------- */

static void a_window_begins_without_looking_at_the_reservations(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(NULL, 1, HOUR);
        char uuid[SQ_UUID_SIZE];

        set_month(f, 100 * HOUR, "capped:100");
        for (int i = 0; i < 50; i++) {
                claim.uuid = uuid;
                snprintf(uuid, sizeof uuid, "01900000-0000-7000-8000-%012d", 100 + i);
                assert_true(fixture_reserve(f, &claim).accepted);
        }
        it_is(at(2026, 4, 1, 0, 0));
        claim.seconds = 101 * HOUR; /* 50 h are left of March, 50 h are promised to jobs */
        claim.uuid = UUID(1);
        assert_false(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_reserve(f, &claim).balance.reserved.seconds, 50 * HOUR);
        claim.seconds = 100 * HOUR;
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(month(f).uncounted, SQ_UNCOUNTED_RESERVED);
        assert_int_equal(month(f).reserved, 150 * HOUR); /* as it is told: at most */
        fixture_verify(f);
        count(f);
        assert_int_equal(month(f).uncounted, 0);
        assert_int_equal(month(f).reserved, 150 * HOUR);
        fixture_verify(f);
}

static void what_is_uncounted_is_taken_for_more_and_never_for_less(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 3 * HOUR);
        struct sq_verdict verdict;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2026, 4, 29, 0, 0));
        assert_true(fixture_reserve(f, &claim).accepted);
        it_is(at(2026, 4, 30, 23, 0));
        claim.uuid = UUID(2);
        assert_true(fixture_reserve(f, &claim).accepted); /* one hour of it in April */
        fixture_sql(f, "UPDATE balance SET uncounted = 1 WHERE window_id = 2");
        assert_int_equal(month(f).reserved, 6 * HOUR);
        claim.uuid = UUID(3);
        claim.seconds = HOUR;
        claim.tasks = 5;
        assert_false(fixture_reserve(f, &claim).accepted);
        claim.tasks = 4;
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(2); /* what is its own does not stand in its way */
        claim.tasks = 1;
        claim.seconds = 2 * HOUR;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        assert_true(verdict.accepted);
        count(f);
        assert_int_equal(month(f).reserved, 3 * HOUR + HOUR + 4 * HOUR);
        fixture_verify(f);
}

static void another_tres_is_bounded_by_all_that_is_reserved_of_it(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 4 * HOUR);

        sq_tres_set(&claim.tres, "node", 1);
        set_budget(f, SQ_ACCOUNT, "physics", "node", SQ_WINDOW_MONTH, 6 * HOUR, NULL);
        assert_true(fixture_reserve(f, &claim).accepted);
        it_is(at(2026, 4, 1, 0, 0));
        claim.uuid = UUID(2);
        claim.seconds = 2 * HOUR + 1;
        assert_false(fixture_reserve(f, &claim).accepted);
        claim.seconds = 2 * HOUR;
        assert_true(fixture_reserve(f, &claim).accepted);
        count(f);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "node", SQ_WINDOW_MONTH).reserved, 6 * HOUR);
        fixture_verify(f);
}

static void a_window_that_ends_uncounted_leaves_nothing_until_it_is_counted(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, "capped:100");
        assert_true(reserve(f, UUID(1), 1, 2 * HOUR));
        it_is(at(2026, 5, 2, 0, 0)); /* nobody counted in April */
        touch(f);
        assert_int_equal(closed(f, "uncounted", 20260401), SQ_UNCOUNTED_RESERVED);
        assert_int_equal(month(f).carried, 0);
        fixture_verify(f);
        count(f);
        assert_int_equal(closed(f, "promised", 20260401), 2 * HOUR);
        assert_int_equal(month(f).carried, 8 * HOUR);
        fixture_verify(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define A_TEST(name) cmocka_unit_test_setup_teardown(name, window_start, window_stop)
                A_TEST(the_first_touch_after_the_end_closes_the_window),
                A_TEST(a_run_across_the_end_is_split_to_the_second),
                A_TEST(months_without_a_touch_are_closed_one_by_one),
                A_TEST(a_clock_that_was_wrong_for_a_century_makes_no_record_for_each_month),
                A_TEST(who_used_something_tomorrow_says_that_it_is_tomorrow),
                A_TEST(quarters_and_years_begin_where_the_site_says),
                A_TEST(another_fiscal_start_leaves_no_day_out_and_counts_none_twice),
                A_TEST(another_time_zone_leaves_no_day_out_and_counts_none_twice),
                A_TEST(midnights_that_the_clock_skips_or_repeats_end_a_window_once),
                A_TEST(all_of_time_has_no_end),
                A_TEST(a_late_charge_belongs_to_the_window_in_which_it_ran),
                A_TEST(a_correction_downwards_is_taken_off_where_it_was),
                A_TEST(a_charge_of_another_account_is_taken_back_in_its_window),
                A_TEST(a_share_of_the_budget_is_carried_over_at_most),
                A_TEST(what_was_carried_over_can_be_spent),
                A_TEST(a_job_that_runs_across_the_end_may_have_used_what_is_left),
                A_TEST(a_late_charge_takes_off_what_was_carried_over),
                A_TEST(what_was_carried_over_once_is_not_corrected_two_windows_later),
                A_TEST(a_new_rule_holds_from_the_next_end_on),
                A_TEST(a_budget_that_was_away_begins_without_what_was_left_before),
                A_TEST(a_window_begins_without_looking_at_the_reservations),
                A_TEST(what_is_uncounted_is_taken_for_more_and_never_for_less),
                A_TEST(another_tres_is_bounded_by_all_that_is_reserved_of_it),
                A_TEST(a_window_that_ends_uncounted_leaves_nothing_until_it_is_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
