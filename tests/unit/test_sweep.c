/* test_sweep.c - going through all reservations, and giving back what nobody uses */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/sweep.h"

/* --- pages ----------------------------------------------------------------------- */

struct page {
        size_t n, most;
        struct sq_swept row[40];
        char user[40][16], account[40][16], cluster[40][16];
};

static int keep(const struct sq_swept *row, void *payload) {
        struct page *page = payload;

        assert_true(page->n < 40);
        strncpy(page->user[page->n], row->user, 15);
        strncpy(page->account[page->n], row->account, 15);
        strncpy(page->cluster[page->n], row->cluster ? row->cluster : "", 15);
        page->row[page->n++] = *row;
        return page->n == page->most ? SQ_EBUSY : SQ_OK;
}

static struct page read_page(struct fixture *f, const char *uuid, int64_t task, int64_t most) {
        struct page page = {0};
        int64_t n = -1;

        assert_int_equal(sq_sweep_page(f->ledger, uuid, task, most, keep, &page, &n, NULL),
                         SQ_OK);
        assert_int_equal(n, page.n);
        return page;
}

static void hold(struct fixture *f, const char *uuid, int64_t tasks) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

/* An update shows the job with its id; it may be one task's alone. */
static void bind(struct fixture *f, const char *uuid, int64_t job_id, int64_t task) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.cluster = "test";
        claim.job_id = job_id;
        claim.submit_at = 1700000000;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, task, true, NULL, NULL), SQ_OK);
}

static void an_empty_ledger_has_an_empty_page(void **state) {
        assert_int_equal(read_page(*state, "", SQ_NO_TASK, 10).n, 0);
}

static void a_row_says_all_there_is_to_say(void **state) {
        struct fixture *f = *state;
        const int64_t now = sq_now();
        struct page page;

        hold(f, UUID(1), 3);
        page = read_page(f, "", SQ_NO_TASK, 10);
        assert_int_equal(page.n, 1);
        assert_string_equal(page.row[0].uuid, UUID(1));
        assert_int_equal(page.row[0].array_task, SQ_NO_TASK);
        assert_int_equal(page.row[0].tasks, 3);
        assert_int_equal(page.row[0].cpu.seconds, 7200);
        assert_in_range(page.row[0].created_at, now, now + 60);
        assert_in_range(page.row[0].changed_at, now, now + 60);
        assert_false(page.row[0].runs);
        assert_false(page.row[0].bound);
        assert_int_equal(page.row[0].job_id, 0);
        assert_int_equal(page.row[0].missing_since, 0);
        assert_string_equal(page.user[0], "alice");
        assert_string_equal(page.account[0], "physics");
        assert_null(page.row[0].cluster);

        bind(f, UUID(1), 12, 2);
        fixture_sql(f, "UPDATE reservation SET running_since = 1700000500 WHERE array_task = 2;"
                       " UPDATE binding SET missing_since = 1700000900");
        page = read_page(f, "", SQ_NO_TASK, 10);
        assert_int_equal(page.n, 2);
        assert_int_equal(page.row[0].array_task, SQ_NO_TASK);
        assert_int_equal(page.row[0].tasks, 2);
        assert_false(page.row[0].runs);
        assert_int_equal(page.row[1].array_task, 2);
        assert_int_equal(page.row[1].cpu.seconds, 2400);
        assert_true(page.row[1].runs);
        for (int i = 0; i < 2; i++) {
                assert_true(page.row[i].bound);
                assert_int_equal(page.row[i].job_id, 12);
                assert_int_equal(page.row[i].submit_at, 1700000000);
                assert_int_equal(page.row[i].missing_since, 1700000900);
                assert_string_equal(page.cluster[i], "test");
        }
}

static void a_row_that_holds_no_cpu_time_is_a_row(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 0);
        struct page page;

        assert_true(fixture_reserve(f, &claim).accepted);
        page = read_page(f, "", SQ_NO_TASK, 10);
        assert_int_equal(page.n, 1);
        assert_int_equal(page.row[0].cpu.seconds, 0);
}

/* However large the pages are, every row comes once, in order. */
static void pages_follow_each_other_without_gap(void **state) {
        struct fixture *f = *state;

        hold(f, UUID(1), 1);
        hold(f, UUID(2), 6);
        for (int64_t task = 0; task < 4; task++)
                bind(f, UUID(2), 12, task);
        hold(f, UUID(3), 1);
        for (int64_t most = 1; most <= 9; most++) {
                char uuid[SQ_UUID_SIZE] = "";
                int64_t task = SQ_NO_TASK, rows = 0;
                struct page page;

                do {
                        page = read_page(f, uuid, task, most);
                        for (size_t i = 0; i < page.n; i++) {
                                const int order = strcmp(page.row[i].uuid, uuid);

                                assert_true(order > 0 ||
                                            (order == 0 && page.row[i].array_task > task));
                                memcpy(uuid, page.row[i].uuid, sizeof uuid);
                                task = page.row[i].array_task;
                                rows++;
                        }
                        assert_true((int64_t)page.n <= most);
                } while (page.n);
                assert_int_equal(rows, 7);
        }
        assert_int_equal(read_page(f, UUID(2), 1, 10).n, 3);
        assert_int_equal(read_page(f, UUID(2), SQ_NO_TASK - 1, 10).n, 6);
}

static void the_callback_may_end_a_page(void **state) {
        struct fixture *f = *state;
        struct page page = {.most = 1};
        int64_t n = -1;

        hold(f, UUID(1), 1);
        hold(f, UUID(2), 1);
        assert_int_equal(sq_sweep_page(f->ledger, "", SQ_NO_TASK, 10, keep, &page, &n, NULL),
                         SQ_EBUSY);
        assert_int_equal(page.n, 1);
        assert_int_equal(n, -1); /* only set on success */
        assert_int_equal(read_page(f, "", SQ_NO_TASK, 10).n, 2);
}

/* --- steps ----------------------------------------------------------------------- */

static struct sq_sweep_step step_of(const char *uuid, int64_t task, int64_t tasks) {
        struct sq_sweep_step step = {.array_task = task, .tasks = tasks};

        memcpy(step.uuid, uuid, sizeof step.uuid);
        return step;
}

/* Applies one as it would be a minute from now; says whether it was done. */
static bool take(struct fixture *f, struct sq_sweep_step *step) {
        struct sq_error err;

        if (sq_sweep_apply(f->ledger, step, 1, sq_now() + 60, &err))
                fail_msg("%s", err.text);
        fixture_verify(f);
        return step->done;
}

static void assert_held(struct fixture *f, int64_t seconds, int64_t jobs) {
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds,
                         seconds);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         seconds);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), jobs);
        fixture_verify(f);
}

static void what_nobody_uses_is_given_back(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 0);

        hold(f, UUID(1), 3);
        hold(f, UUID(2), 1);
        assert_true(take(f, &step));
        assert_held(f, 2400, 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_amount"), 1);
        assert_false(take(f, &step)); /* it is gone */
        assert_held(f, 2400, 1);
}

static void a_binding_goes_with_the_last_row(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step pool = step_of(UUID(1), SQ_NO_TASK, 0);
        struct sq_sweep_step task = step_of(UUID(1), 3, 0);

        hold(f, UUID(1), 3);
        bind(f, UUID(1), 12, 3);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_before"), 1);
        assert_true(take(f, &task));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_before"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 1);
        assert_held(f, 2 * 2400, 2);
        assert_true(take(f, &pool));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 0);
        assert_held(f, 0, 0);
}

static void a_pool_shrinks_and_grows(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 2);
        const int64_t as_of = sq_now() + 60;

        hold(f, UUID(1), 5);
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, as_of, NULL), SQ_OK);
        assert_true(step.done);
        assert_held(f, 2 * 2400, 2);
        assert_int_equal(fixture_number(f, "SELECT tasks FROM reservation"), 2);
        /* What was done does not look like something that has happened since. */
        assert_int_equal(fixture_number(f, "SELECT changed_at FROM reservation"), as_of - 1);
        step.tasks = 7;
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, as_of, NULL), SQ_OK);
        assert_true(step.done);
        assert_held(f, 7 * 2400, 7);
        assert_true(take(f, &step)); /* as many as there are */
        assert_held(f, 7 * 2400, 7);
}

static void a_pool_that_is_too_large_for_the_balances_stays(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step[] = {step_of(UUID(2), SQ_NO_TASK, 0),
                                       step_of(UUID(1), SQ_NO_TASK, INT64_MAX / 2400),
                                       step_of(UUID(3), SQ_NO_TASK, 1)};

        hold(f, UUID(1), 5);
        hold(f, UUID(2), 1);
        hold(f, UUID(3), 5);
        assert_int_equal(sq_sweep_apply(f->ledger, step, 3, sq_now() + 60, NULL), SQ_ERANGE);
        assert_held(f, 11 * 2400, 11); /* all or nothing */
        step[1].tasks = INT64_MAX;
        assert_int_equal(sq_sweep_apply(f->ledger, step + 1, 1, sq_now() + 60, NULL),
                         SQ_ERANGE);
        assert_held(f, 11 * 2400, 11);
}

static void a_row_that_changed_since_stays_as_it_is(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step[] = {step_of(UUID(1), SQ_NO_TASK, 0),
                                       step_of(UUID(2), SQ_NO_TASK, 1),
                                       step_of(UUID(3), SQ_NO_TASK, 0)};

        hold(f, UUID(1), 3);
        hold(f, UUID(2), 3);
        hold(f, UUID(3), 3);
        fixture_sql(f, "UPDATE reservation SET changed_at = 1700000060");
        fixture_sql(f, "UPDATE reservation SET changed_at = 1700000059"
                       " WHERE uuid = '" UUID(3) "'");
        assert_int_equal(sq_sweep_apply(f->ledger, step, 3, 1700000060, NULL), SQ_OK);
        assert_false(step[0].done);
        assert_false(step[1].done);
        assert_true(step[2].done);
        assert_held(f, 6 * 2400, 6);
}

static void what_a_job_has_turned_up_for_is_not_given_back(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 0);

        hold(f, UUID(1), 1);
        hold(f, UUID(2), 1);
        bind(f, UUID(1), 12, SQ_NO_TASK);
        step.if_unbound = true;
        assert_false(take(f, &step));
        assert_held(f, 2 * 2400, 2);
        step = step_of(UUID(2), SQ_NO_TASK, 0);
        step.if_unbound = true;
        assert_true(take(f, &step));
        assert_held(f, 2400, 1);
}

static int64_t missing_since(struct fixture *f) {
        return fixture_number(f, "SELECT coalesce(missing_since, 0) FROM binding");
}

static void what_is_missing_is_noted_once(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 0);
        const int64_t as_of = sq_now() + 60;

        hold(f, UUID(1), 1);
        bind(f, UUID(1), 12, SQ_NO_TASK);
        step.miss = true;
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, as_of, NULL), SQ_OK);
        assert_true(step.done);
        assert_int_equal(missing_since(f), as_of);
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, as_of + 60, NULL), SQ_OK);
        assert_int_equal(missing_since(f), as_of);
        assert_held(f, 2400, 1);
}

static void what_changed_since_is_not_missing(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 0);

        hold(f, UUID(1), 1);
        bind(f, UUID(1), 12, SQ_NO_TASK);
        step.miss = true;
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, sq_now() - 60, NULL), SQ_OK);
        assert_false(step.done);
        assert_int_equal(missing_since(f), 0);
        fixture_sql(f, "DELETE FROM reservation; DELETE FROM reservation_amount");
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, sq_now() + 60, NULL), SQ_OK);
        assert_false(step.done); /* nothing is left of it */
        assert_int_equal(missing_since(f), 0);
}

/* An array of which every task has begun has no pool any more. */
static void a_job_is_missing_with_whatever_rows_it_has(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step = step_of(UUID(1), SQ_NO_TASK, 0);
        const int64_t as_of = sq_now() + 60;

        hold(f, UUID(1), 2);
        bind(f, UUID(1), 12, 0);
        bind(f, UUID(1), 12, 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"
                                           " WHERE array_task = -1"), 0);
        step.miss = true;
        fixture_sql(f, "UPDATE reservation SET changed_at = 1700000000 WHERE array_task = 0");
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, sq_now() - 60, NULL), SQ_OK);
        assert_false(step.done); /* one of them has changed */
        assert_int_equal(sq_sweep_apply(f->ledger, &step, 1, as_of, NULL), SQ_OK);
        assert_true(step.done);
        assert_int_equal(missing_since(f), as_of);
}

static void failures_change_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_sweep_step step[] = {step_of(UUID(1), SQ_NO_TASK, 0),
                                       step_of(UUID(2), SQ_NO_TASK, 0)};
        struct page page = {0};
        int64_t n = -1;

        hold(f, UUID(1), 1);
        hold(f, UUID(2), 1);
        bind(f, UUID(2), 12, SQ_NO_TASK);
        step[1].miss = true;
        fixture_sql(f, "ALTER TABLE binding RENAME COLUMN missing_since TO gone_since");
        assert_int_not_equal(sq_sweep_apply(f->ledger, step, 2, sq_now() + 60, NULL), SQ_OK);
        assert_int_not_equal(
                sq_sweep_page(f->ledger, "", SQ_NO_TASK, 10, keep, &page, &n, NULL), SQ_OK);
        assert_int_equal(n, -1);
        fixture_sql(f, "ALTER TABLE binding RENAME COLUMN gone_since TO missing_since");
        assert_held(f, 2 * 2400, 2);
        fixture_sql(f, "ALTER TABLE binding RENAME COLUMN uuid TO name");
        assert_int_not_equal(sq_sweep_apply(f->ledger, step, 1, sq_now() + 60, NULL), SQ_OK);
        fixture_sql(f, "ALTER TABLE binding RENAME COLUMN name TO uuid");
        assert_held(f, 2 * 2400, 2);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(an_empty_ledger_has_an_empty_page),
                A_TEST(a_row_says_all_there_is_to_say),
                A_TEST(a_row_that_holds_no_cpu_time_is_a_row),
                A_TEST(pages_follow_each_other_without_gap),
                A_TEST(the_callback_may_end_a_page),
                A_TEST(what_nobody_uses_is_given_back),
                A_TEST(a_binding_goes_with_the_last_row),
                A_TEST(a_pool_shrinks_and_grows),
                A_TEST(a_pool_that_is_too_large_for_the_balances_stays),
                A_TEST(a_row_that_changed_since_stays_as_it_is),
                A_TEST(what_a_job_has_turned_up_for_is_not_given_back),
                A_TEST(what_is_missing_is_noted_once),
                A_TEST(what_changed_since_is_not_missing),
                A_TEST(a_job_is_missing_with_whatever_rows_it_has),
                A_TEST(failures_change_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
