/* test_window_balance.c - budgets for a month, a quarter, a year, and of every TRES */
#include "window_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/adjustment.h"
#include "ledger/outlook.h"
#include "ledger/refund.h"

/* --- what is asked and held ---------------------------------------------------------- */

static void a_month_refuses_what_it_does_not_have(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 2, 1801);
        struct sq_verdict verdict;

        set_month(f, HOUR, NULL);
        verdict = fixture_reserve(f, &claim);
        assert_false(verdict.accepted);
        assert_int_equal(verdict.kind, SQ_ACCOUNT);
        assert_string_equal(verdict.tres, "cpu");
        assert_int_equal(verdict.window, SQ_WINDOW_MONTH);
        assert_int_equal(verdict.last_day, 20260331);
        assert_int_equal(verdict.asked.seconds, 3602);
        assert_int_equal(verdict.balance.budget.seconds, HOUR);
        assert_int_equal(verdict.longest, 1800);
        assert_true(reserve(f, UUID(2), 2, 1800));
        assert_int_equal(month(f).reserved, HOUR);
        assert_false(reserve(f, UUID(3), 1, 1));
        fixture_verify(f);
}

static void the_shorter_window_is_named_first_and_total_before_it(void **state) {
        static const struct {
                int64_t total, month, quarter, year;
                enum sq_window_kind window;
        } cases[] = {
                {1, 1, 1, 1, SQ_WINDOW_TOTAL},
                {-1, 1, 1, 1, SQ_WINDOW_MONTH},
                {-1, 9000, 1, 1, SQ_WINDOW_QUARTER},
                {-1, 9000, -1, 1, SQ_WINDOW_YEAR},
        };
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, HOUR);

        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_TOTAL, cases[i].total, NULL);
                set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_MONTH, cases[i].month, NULL);
                set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_QUARTER, cases[i].quarter,
                           NULL);
                set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_YEAR, cases[i].year, NULL);
                assert_int_equal(fixture_reserve(f, &claim).window, cases[i].window);
        }
        fixture_verify(f);
}

static void the_user_is_named_before_the_account_and_cpu_before_gpu(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, HOUR);
        struct sq_verdict verdict;

        sq_tres_set(&claim.tres, "gres/gpu", 1);
        set_budget(f, SQ_USER, "alice", "gpu", SQ_WINDOW_MONTH, 1, NULL);
        set_month(f, 1, NULL);
        verdict = fixture_reserve(f, &claim);
        assert_string_equal(verdict.tres, "cpu");
        assert_int_equal(verdict.kind, SQ_ACCOUNT);
        set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_MONTH, 1, NULL);
        assert_int_equal(fixture_reserve(f, &claim).kind, SQ_USER);
        set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_MONTH, -1, NULL);
        set_month(f, -1, NULL);
        verdict = fixture_reserve(f, &claim);
        assert_string_equal(verdict.tres, "gpu");
        assert_int_equal(verdict.resource, SQ_GPU);
}

static void only_what_can_fall_into_the_month_is_asked_of_it(void **state) {
        struct fixture *f = *state;

        set_month(f, HOUR, NULL);
        it_is(at(2026, 3, 31, 23, 0));
        assert_true(reserve(f, UUID(1), 1, 7 * DAY));
        assert_int_equal(month(f).reserved, HOUR);
        assert_false(reserve(f, UUID(2), 1, 1));
        fixture_verify(f);
}

static void a_job_that_waited_for_the_next_month_holds_all_of_it_there(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        it_is(at(2026, 3, 31, 23, 0));
        assert_true(reserve(f, UUID(1), 1, 6 * HOUR));
        it_is(at(2026, 4, 2, 0, 0));
        touch(f);
        count(f);
        assert_int_equal(month(f).reserved, 6 * HOUR);
        assert_int_equal(month(f).uncounted, 0);
        assert_false(reserve(f, UUID(2), 1, 4 * HOUR + 1));
        assert_true(reserve(f, UUID(3), 1, 4 * HOUR));
        charge(f, 1, UUID(1), 1, at(2026, 4, 1, 0, 0), at(2026, 4, 1, 1, 0));
        assert_int_equal(month(f).reserved, 4 * HOUR);
        assert_int_equal(month(f).consumed, HOUR);
        fixture_verify(f);
}

static void a_share_is_rounded_up_and_never_more_than_all(void **state) {
        static const struct {
                int64_t created_at, seconds, per_task, tasks, share;
        } cases[] = {
                {1000, 3, 10, 1, 10}, /* all of it */
                {1099, 3, 10, 1, 4},  /* a third */
                {1099, 3, 10, 5, 20}, /* of each task */
                {1098, 3, 10, 1, 7},
                {1100, 3, 10, 1, 0}, /* it begins after the end */
                {0, 3, 10, 1, 10},
                {0, 500, 500, 1, 100}, /* the window is shorter */
                {1099, 0, 10, 2, 20},  /* nobody knows for how long */
                {1000, 3, INT64_MAX, 1, INT64_MAX},
        };
        const struct sq_span span = {20260301, 20260331, 1000, 1100};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct sq_promise promise = {
                        .created_at = cases[i].created_at,
                        .seconds = cases[i].seconds,
                        .per_task.of[SQ_GPU].seconds = cases[i].per_task};
                int64_t share;

                assert_true(sq_promise_share(&promise, 2, "gpu", &span, cases[i].tasks,
                                             &share));
                assert_int_equal(share, cases[i].share);
        }
}

static void the_longest_time_is_the_longest_that_is_accepted(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 3, 30 * DAY);

        sq_tres_set(&claim.tres, "gres/gpu", 2);
        set_month(f, 100001, NULL);
        set_budget(f, SQ_USER, "alice", "gpu", SQ_WINDOW_QUARTER, 55555, NULL);
        set_budget(f, SQ_USER, "alice", "gres/gpu", SQ_WINDOW_YEAR, 44443, NULL);
        for (int64_t hours = 1; hours < 20 * 24; hours += 37) {
                it_is(at(2026, 3, 31, 24, 0) - hours * HOUR);
                claim.seconds = 30 * DAY;
                claim.seconds = fixture_reserve(f, &claim).longest;
                if (claim.seconds == 0)
                        continue;
                claim.seconds++;
                assert_false(fixture_reserve(f, &claim).accepted);
                claim.seconds--;
                assert_true(fixture_reserve(f, &claim).accepted);
                charge(f, hours, UUID(1), 0, sq_now(), sq_now());
        }
        fixture_verify(f);
}

static void every_tres_can_have_a_budget(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, HOUR);
        struct sq_run run = fixture_run(1, UUID(1), 4, 1);

        sq_tres_set(&claim.tres, "node", 2);
        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_MONTH, 2 * HOUR, NULL);
        set_budget(f, SQ_ACCOUNT, "physics", "node", SQ_WINDOW_TOTAL, 3 * HOUR, NULL);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_MONTH).reserved,
                         2 * HOUR);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_TOTAL).budget, -1);
        claim.uuid = UUID(2);
        assert_string_equal(fixture_reserve(f, &claim).tres, "node");
        assert_int_equal(fixture_reserve(f, &claim).window, SQ_WINDOW_TOTAL);
        run.tres = claim.tres;
        run.start_at = sq_now();
        run.end_at = sq_now() + 1000;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_MONTH).consumed, 2000);
        assert_int_equal(standing(f, SQ_ACCOUNT, "physics", "node", SQ_WINDOW_TOTAL).consumed,
                         2000);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_MONTH).reserved, 0);
        fixture_verify(f);
}

/* --- what changes a reservation --------------------------------------------------------- */

static void a_change_of_the_job_is_a_change_of_its_share(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 2 * HOUR);
        struct sq_verdict verdict;

        set_month(f, 3 * HOUR, NULL);
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = 3 * HOUR + 1;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        assert_false(verdict.accepted);
        assert_int_equal(verdict.balance.reserved.seconds, 0); /* but its own */
        claim.seconds = 3 * HOUR;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        assert_true(verdict.accepted);
        assert_int_equal(month(f).reserved, 3 * HOUR);
        set_month(f, HOUR, NULL); /* what it holds already is not refused */
        claim.seconds = 2 * HOUR;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        assert_true(verdict.accepted);
        assert_int_equal(month(f).reserved, 2 * HOUR);
        claim.account = "biology";
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        assert_int_equal(month(f).reserved, 0);
        fixture_verify(f);
}

static void each_task_of_an_array_gives_back_its_share(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, HOUR);
        struct sq_run run = fixture_run(10, UUID(1), 1, 60);
        struct sq_verdict verdict;

        set_month(f, 10 * HOUR, NULL);
        claim.tasks = 11;
        assert_false(fixture_reserve(f, &claim).accepted);
        claim.tasks = 10;
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = HOUR / 2;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 3, false, &verdict, NULL),
                         SQ_OK);
        assert_int_equal(month(f).reserved, 9 * HOUR + HOUR / 2);
        run.array_job = 9;
        run.array_task = 1;
        run.start_at = sq_now();
        run.end_at = sq_now() + 60;
        fixture_charge(f, &run);
        assert_int_equal(month(f).reserved, 8 * HOUR + HOUR / 2);
        run.job_id = 11;
        run.array_task = 3;
        fixture_charge(f, &run);
        assert_int_equal(month(f).reserved, 8 * HOUR);
        assert_int_equal(month(f).consumed, 120);
        fixture_verify(f);
}

static void a_requeued_job_keeps_its_share_and_is_charged_for_each_run(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 1, 60);

        set_month(f, 10 * HOUR, NULL);
        assert_true(reserve(f, UUID(1), 1, HOUR));
        run.start_at = sq_now();
        run.end_at = sq_now() + 60;
        run.goes_on = true;
        fixture_charge(f, &run);
        assert_int_equal(month(f).reserved, HOUR);
        assert_int_equal(month(f).consumed, 60);
        run.restarts = 1;
        run.goes_on = false;
        run.submit_at = run.start_at += 100;
        run.end_at += 200;
        fixture_charge(f, &run);
        assert_int_equal(month(f).reserved, 0);
        assert_int_equal(month(f).consumed, 220);
        fixture_verify(f);
}

static void a_reservation_without_time_holds_all_of_it_in_every_window(void **state) {
        struct fixture *f = *state;

        set_month(f, 10 * HOUR, NULL);
        assert_true(reserve(f, UUID(1), 1, HOUR));
        fixture_sql(f, "UPDATE reservation SET seconds = 0");
        fixture_verify(f);
}

/* --- what is set ------------------------------------------------------------------------- */

static void a_new_budget_begins_with_what_was_used_of_its_window(void **state) {
        struct fixture *f = *state;

        charge(f, 1, NULL, 1, at(2026, 1, 20, 0, 0), at(2026, 1, 20, 1, 0));
        charge(f, 2, NULL, 1, at(2026, 2, 28, 23, 0), at(2026, 3, 1, 2, 0));
        assert_true(reserve(f, UUID(1), 1, HOUR));
        set_month(f, 10 * HOUR, NULL);
        set_budget(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR, 10 * HOUR, NULL);
        set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_QUARTER, 10 * HOUR, NULL);
        assert_int_equal(month(f).consumed, 2 * HOUR);
        assert_int_equal(month(f).reserved, HOUR);
        assert_int_equal(month(f).uncounted, 0);
        assert_int_equal(
                standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR).consumed, 4 * HOUR);
        assert_int_equal(
                standing(f, SQ_USER, "alice", "cpu", SQ_WINDOW_QUARTER).consumed, 4 * HOUR);
        fixture_verify(f);
}

static void what_is_not_counted_yet_is_not_asked(void **state) {
        struct fixture *f = *state;

        set_month(f, HOUR, NULL);
        charge(f, 1, NULL, 1, sq_now() - HOUR, sq_now());
        fixture_sql(f, "UPDATE balance SET consumed = 0, uncounted = 3 WHERE window_id = 2");
        assert_true(reserve(f, UUID(1), 1, HOUR));
        charge(f, 2, NULL, 1, sq_now() - 60, sq_now());
        fixture_verify(f);
        count(f);
        assert_int_equal(month(f).consumed, HOUR + 60);
        assert_int_equal(month(f).reserved, HOUR);
        fixture_verify(f);
}

static void a_removed_budget_is_asked_no_more(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};

        set_month(f, 0, NULL);
        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_MONTH, 0, NULL);
        assert_false(reserve(f, UUID(1), 1, 1));
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                                 SQ_WINDOW_MONTH, &actor, NULL), SQ_OK);
        assert_true(reserve(f, UUID(1), 1, 1));
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                                 SQ_WINDOW_MONTH, &actor, NULL), SQ_ENOTFOUND);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "nobody", "cpu",
                                                 SQ_WINDOW_TOTAL, &actor, NULL), SQ_ENOTFOUND);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "alice", "node",
                                                 SQ_WINDOW_MONTH, &actor, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM balance"
                                           " WHERE resource_id > 2 OR window_id > 1"), 0);
        set_budget(f, SQ_USER, "alice", "cpu", SQ_WINDOW_TOTAL, 0, NULL);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "alice", "cpu",
                                                 SQ_WINDOW_TOTAL, &actor, NULL), SQ_OK);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, -1);
        fixture_verify(f);
}

static void the_total_of_a_tres_stays_while_it_has_windows(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};

        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_TOTAL, 7, NULL);
        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_YEAR, 5, NULL);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "alice", "node",
                                                 SQ_WINDOW_TOTAL, &actor, NULL), SQ_OK);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_TOTAL).budget, -1);
        fixture_verify(f);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "alice", "node",
                                                 SQ_WINDOW_YEAR, &actor, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM balance"
                                           " WHERE resource_id > 2"), 0);
        fixture_verify(f);
}

static void nonsense_is_refused(void **state) {
        static const char *const carryovers[] = {"", "some", "capped", "capped:", "capped:101",
                                                 "capped:-1", "decay:0", "decay:x",
                                                 "decay:99999999999999999999", "none "};
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_window_budget budget = {"cpu", SQ_WINDOW_MONTH, SQ_AMOUNT(-2), false, {0}};
        struct sq_carryover_choice choice;
        char name[32];

        for (size_t i = 0; i < sizeof carryovers / sizeof carryovers[0]; i++)
                assert_int_equal(sq_carryover_parse(carryovers[i], &choice, NULL), SQ_EINVAL);
        assert_int_equal(sq_window_budget_set(f->ledger, SQ_USER, "alice", &budget, 1, &actor,
                                              NULL), SQ_EINVAL);
        budget = (struct sq_window_budget){"cpu", SQ_WINDOW_TOTAL, SQ_AMOUNT(1), true,
                                           {SQ_CARRYOVER_CAPPED, 50}};
        assert_int_equal(sq_window_budget_set(f->ledger, SQ_USER, "alice", &budget, 1, &actor,
                                              NULL), SQ_EINVAL);
        budget = (struct sq_window_budget){name, SQ_WINDOW_TOTAL, SQ_AMOUNT(1), false, {0}};
        for (int i = 0; i <= SQ_WINDOW_BALANCES_MOST; i++) {
                snprintf(name, sizeof name, "gres/thing%d", i);
                assert_int_equal(sq_window_budget_set(f->ledger, SQ_USER, "alice", &budget, 1,
                                                      &actor, NULL),
                                 i < SQ_WINDOW_BALANCES_MOST ? SQ_OK : SQ_ERANGE);
        }
        fixture_verify(f);
}

static void what_does_not_fit_is_refused_and_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, HOUR);
        struct sq_verdict verdict;
        struct sq_charged charged;
        struct sq_run run = fixture_run(1, UUID(2), 1, HOUR);

        sq_tres_set(&claim.tres, "mem", INT64_MAX / 4);
        set_budget(f, SQ_USER, "alice", "mem", SQ_WINDOW_MONTH, -1, NULL);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        sq_tres_set(&claim.tres, "mem", INT64_MAX / HOUR);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_OK);
        claim.uuid = UUID(2);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        run.tres = claim.tres;
        run.start_at = sq_now() - HOUR;
        run.end_at = sq_now();
        assert_int_equal(sq_charge(f->ledger, &run, &charged, NULL), SQ_OK);
        run.job_id++;
        run.user = "bob"; /* his days have room, but so has not what physics used */
        set_budget(f, SQ_ACCOUNT, "physics", "mem", SQ_WINDOW_MONTH, -1, NULL);
        assert_int_equal(sq_charge(f->ledger, &run, &charged, NULL), SQ_ERANGE);
        fixture_verify(f);
}

/* --- other ways to consume --------------------------------------------------------- */

static void a_refund_is_given_back_to_the_days_it_is_of(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 3, 1);
        struct sq_refunds rules;

        assert_int_equal(sq_refunds_parse("node_fail:33%", &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        set_month(f, 100 * HOUR, NULL);
        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_QUARTER, 100 * HOUR, NULL);
        sq_tres_set(&run.tres, "node", 1);
        run.state = "NODE_FAIL";
        run.start_at = at(2026, 2, 28, 22, 0);
        run.end_at = at(2026, 3, 1, 1, 0);
        assert_int_equal(fixture_charge(f, &run).refund_percent, 33);
        assert_int_equal(month(f).consumed, 3 * HOUR - 3 * HOUR * 33 / 100);
        assert_int_equal(standing(f, SQ_USER, "alice", "node", SQ_WINDOW_QUARTER).consumed,
                         3 * HOUR - 3 * HOUR * 33 / 100);
        fixture_verify(f);
}

static void an_adjustment_counts_for_the_window_that_it_names(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_adjusted adjusted;

        set_month(f, 100 * HOUR, NULL);
        charge(f, 1, NULL, 1, sq_now() - HOUR, sq_now());
        assert_int_equal(sq_adjust_window(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                          SQ_WINDOW_MONTH, SQ_AMOUNT(-HOUR / 2), &actor,
                                          &adjusted, NULL), SQ_OK);
        assert_int_equal(adjusted.consumed.seconds, HOUR / 2);
        assert_int_equal(month(f).consumed, HOUR / 2);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).consumed.seconds,
                         HOUR);
        assert_int_equal(sq_adjust_window(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                          SQ_WINDOW_MONTH, SQ_AMOUNT(-HOUR), &actor,
                                          &adjusted, NULL), SQ_OK);
        assert_int_equal(adjusted.applied.seconds, -HOUR / 2);
        assert_int_equal(month(f).consumed, 0);
        assert_int_equal(sq_adjust_window(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                          SQ_WINDOW_YEAR, SQ_AMOUNT(1), &actor, &adjusted,
                                          NULL), SQ_ENOTFOUND);
        fixture_verify(f);
        it_is(at(2026, 4, 1, 0, 0)); /* and not for the next one */
        touch(f);
        assert_int_equal(month(f).consumed, 0);
        assert_int_equal(closed(f, "consumed", 20260301), 0);
        fixture_verify(f);
}

/* --- looking without touching ------------------------------------------------------- */

static void an_outlook_asks_the_windows_for_all_components(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claims[] = {fixture_claim(UUID(1), 1, HOUR),
                                          fixture_claim(UUID(2), 1, HOUR)};
        struct sq_outlook outlook[2];
        int64_t longest;

        set_month(f, HOUR + 1200, NULL);
        it_is(at(2026, 4, 3, 0, 0)); /* over, and nobody has closed it */
        assert_int_equal(sq_outlook_read(f->ledger, claims, 2, 1000, outlook, &longest, NULL),
                         SQ_OK);
        assert_true(outlook[0].verdict.accepted);
        assert_false(outlook[1].verdict.accepted);
        assert_int_equal(outlook[1].verdict.window, SQ_WINDOW_MONTH);
        assert_int_equal(outlook[1].verdict.last_day, 20260430);
        assert_int_equal(longest, 40);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM window_close"), 0);
        fixture_verify(f);
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define A_TEST(name) cmocka_unit_test_setup_teardown(name, window_start, window_stop)
                A_TEST(a_month_refuses_what_it_does_not_have),
                A_TEST(the_shorter_window_is_named_first_and_total_before_it),
                A_TEST(the_user_is_named_before_the_account_and_cpu_before_gpu),
                A_TEST(only_what_can_fall_into_the_month_is_asked_of_it),
                A_TEST(a_job_that_waited_for_the_next_month_holds_all_of_it_there),
                A_TEST(a_share_is_rounded_up_and_never_more_than_all),
                A_TEST(the_longest_time_is_the_longest_that_is_accepted),
                A_TEST(every_tres_can_have_a_budget),
                A_TEST(a_change_of_the_job_is_a_change_of_its_share),
                A_TEST(each_task_of_an_array_gives_back_its_share),
                A_TEST(a_requeued_job_keeps_its_share_and_is_charged_for_each_run),
                A_TEST(a_reservation_without_time_holds_all_of_it_in_every_window),
                A_TEST(a_new_budget_begins_with_what_was_used_of_its_window),
                A_TEST(what_is_not_counted_yet_is_not_asked),
                A_TEST(a_removed_budget_is_asked_no_more),
                A_TEST(the_total_of_a_tres_stays_while_it_has_windows),
                A_TEST(nonsense_is_refused),
                A_TEST(what_does_not_fit_is_refused_and_changes_nothing),
                A_TEST(a_refund_is_given_back_to_the_days_it_is_of),
                A_TEST(an_adjustment_counts_for_the_window_that_it_names),
                A_TEST(an_outlook_asks_the_windows_for_all_components),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
