/* test_job.c - which unfinished jobs hold what */
#include "fixture.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/job.h"

#define NOW 1700010000

/* --- what is used ---------------------------------------------------------------- */

static int64_t used(int64_t whole, int64_t elapsed, int64_t seconds) {
        return sq_job_used(SQ_AMOUNT(whole), elapsed, seconds).seconds;
}

static void what_is_used_grows_with_the_time(void **state) {
        (void)state;
        assert_int_equal(used(2400, 0, 600), 0);
        assert_int_equal(used(2400, 1, 600), 4);
        assert_int_equal(used(2400, 300, 600), 1200);
        assert_int_equal(used(2400, 600, 600), 2400);
}

static void half_a_second_is_rounded_up(void **state) {
        (void)state;
        assert_int_equal(used(5, 1, 10), 1);
        assert_int_equal(used(4, 1, 10), 0);
        assert_int_equal(used(3, 1, 7), 0); /* 0.43 */
        assert_int_equal(used(4, 1, 7), 1); /* 0.57 */
        assert_int_equal(used(1, 1, 1), 1);
}

static void a_job_in_its_overtime_has_used_more_than_it_holds(void **state) {
        (void)state;
        assert_int_equal(used(2400, 660, 600), 2640);
}

static void no_time_is_nothing_used(void **state) {
        (void)state;
        assert_int_equal(used(2400, 60, 0), 0);
        assert_int_equal(used(2400, 60, -1), 0);
        assert_int_equal(used(2400, -60, 600), 0); /* a clock that was set back */
        assert_int_equal(used(0, 60, 600), 0);
}

static void large_amounts_are_exact_and_never_wrap(void **state) {
        const int64_t most = INT64_MAX;

        (void)state;
        assert_int_equal(used(most, 600, 600), most);
        assert_int_equal(used(most, 1, 2), most / 2 + 1);
        assert_int_equal(used(most - 1, most - 1, most), most - 2);
        assert_int_equal(used(most, 601, 600), most);
        assert_int_equal(used(most, most, 1), most);
}

static void states_have_slurms_names(void **state) {
        (void)state;
        assert_string_equal(sq_job_state_name(SQ_JOB_SUBMITTED), "SUBMITTED");
        assert_string_equal(sq_job_state_name(SQ_JOB_PENDING), "PENDING");
        assert_string_equal(sq_job_state_name(SQ_JOB_RUNNING), "RUNNING");
        assert_string_equal(sq_job_state_name(SQ_JOB_SUSPENDED), "SUSPENDED");
}

/* --- rows ------------------------------------------------------------------------ */

struct list {
        size_t n, most;
        struct sq_job_standing job[8];
        char user[8][32], account[8][32];
};

static int keep(const struct sq_job_standing *job, void *payload) {
        struct list *list = payload;

        assert_true(list->n < 8);
        strncpy(list->user[list->n], job->user, 31);
        strncpy(list->account[list->n], job->account, 31);
        list->job[list->n] = *job;
        list->n++;
        return list->n == list->most ? SQ_EBUSY : SQ_OK;
}

static struct list list_of(struct fixture *f, const char *user, const char *account) {
        const struct sq_job_filter filter = {.user = user, .account = account, .now = NOW};
        struct list list = {0};
        struct sq_error err;

        if (sq_job_each(f->ledger, &filter, keep, &list, &err))
                fail_msg("%s", err.text);
        return list;
}

static struct sq_job_standing only_one(struct fixture *f) {
        const struct list list = list_of(f, NULL, NULL);

        assert_int_equal(list.n, 1);
        return list.job[0];
}

/* Each of `tasks` holds 4 CPUs and 2 GPUs for 600 seconds. */
static void hold(struct fixture *f, const char *uuid, const char *user, const char *account,
                 int64_t tasks) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        sq_tres_set(&claim.tres, "gres/gpu", 2);
        claim.user = user;
        claim.account = account;
        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

/* An update shows the job with its id, and changes nothing. */
static void bind(struct fixture *f, const char *uuid, const char *user, const char *account,
                 int64_t job_id, int64_t array_task) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        sq_tres_set(&claim.tres, "gres/gpu", 2);
        claim.user = user;
        claim.account = account;
        claim.cluster = "test";
        claim.job_id = job_id;
        claim.submit_at = 1700000000;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, array_task, true, NULL, NULL),
                         SQ_OK);
}

static void a_job_that_was_not_seen_in_the_queue_is_submitted(void **state) {
        struct fixture *f = *state;
        const int64_t now = sq_now();
        struct sq_job_standing job;

        hold(f, UUID(1), "alice", "physics", 3);
        job = only_one(f);
        assert_int_equal(job.state, SQ_JOB_SUBMITTED);
        assert_string_equal(job.uuid, UUID(1));
        assert_int_equal(job.job_id, 0);
        assert_int_equal(job.raw_job_id, 0);
        assert_int_equal(job.array_task, SQ_NO_TASK);
        assert_int_equal(job.tasks, 3);
        assert_int_equal(job.reserved.of[SQ_CPU].seconds, 3 * 2400);
        assert_int_equal(job.reserved.of[SQ_GPU].seconds, 3 * 1200);
        assert_int_equal(job.used.of[SQ_CPU].seconds, 0);
        assert_int_equal(job.running_since, 0);
        assert_int_equal(job.until, 0);
        assert_in_range(job.created_at, now, now + 60);
}

static void a_job_that_was_seen_and_does_not_run_is_pending(void **state) {
        struct fixture *f = *state;
        struct sq_job_standing job;

        hold(f, UUID(1), "alice", "physics", 3);
        bind(f, UUID(1), "alice", "physics", 12, SQ_NO_TASK);
        job = only_one(f);
        assert_int_equal(job.state, SQ_JOB_PENDING);
        assert_int_equal(job.job_id, 12);
        assert_int_equal(job.until, 0);
}

static void a_running_job_says_what_it_has_used_and_until_when_it_may(void **state) {
        struct fixture *f = *state;
        struct sq_job_standing job;

        hold(f, UUID(1), "alice", "physics", 1);
        bind(f, UUID(1), "alice", "physics", 12, SQ_NO_TASK);
        fixture_sql(f, "UPDATE reservation SET job_id = 12, running_since = 1700010000 - 150");
        job = only_one(f);
        assert_int_equal(job.state, SQ_JOB_RUNNING);
        assert_int_equal(job.raw_job_id, 12);
        assert_int_equal(job.running_since, NOW - 150);
        assert_int_equal(job.until, NOW - 150 + 600);
        assert_int_equal(job.used.of[SQ_CPU].seconds, 600);
        assert_int_equal(job.used.of[SQ_GPU].seconds, 300);
        assert_int_equal(job.reserved.of[SQ_CPU].seconds, 2400);
}

static void a_suspended_job_uses_nothing_more(void **state) {
        struct fixture *f = *state;
        struct sq_job_standing job;

        hold(f, UUID(1), "alice", "physics", 1);
        bind(f, UUID(1), "alice", "physics", 12, SQ_NO_TASK);
        fixture_sql(f, "UPDATE reservation SET running_since = 1700010000 - 150,"
                       " paused_at = 1700010000 - 50");
        job = only_one(f);
        assert_int_equal(job.state, SQ_JOB_SUSPENDED);
        assert_int_equal(job.used.of[SQ_CPU].seconds, 400);
        assert_int_equal(job.until, 0); /* it moves with every second */
}

static void times_that_make_no_sense_are_no_trouble(void **state) {
        struct fixture *f = *state;
        struct sq_job_standing job;

        hold(f, UUID(1), "alice", "physics", 1);
        fixture_sql(f, "UPDATE reservation SET seconds = 0, running_since = 1700010000 - 150");
        job = only_one(f);
        assert_int_equal(job.state, SQ_JOB_RUNNING);
        assert_int_equal(job.used.of[SQ_CPU].seconds, 0);
        assert_int_equal(job.until, 0);
        fixture_sql(f, "UPDATE reservation SET seconds = 9223372036854775807");
        assert_int_equal(only_one(f).until, INT64_MAX);
        fixture_sql(f, "UPDATE reservation SET tasks = 9223372036854775807");
        assert_int_equal(only_one(f).reserved.of[SQ_CPU].seconds, INT64_MAX);
        fixture_sql(f, "UPDATE reservation SET running_since = 1700010000 + 5");
        assert_int_equal(only_one(f).used.of[SQ_CPU].seconds, 0);
}

static void a_task_of_its_own_is_a_row_beside_those_that_wait(void **state) {
        struct fixture *f = *state;
        struct list list;

        hold(f, UUID(1), "alice", "physics", 5);
        bind(f, UUID(1), "alice", "physics", 12, 3);
        fixture_sql(f, "UPDATE reservation SET job_id = 15, running_since = 1700009990"
                       " WHERE array_task = 3");
        list = list_of(f, NULL, NULL);
        assert_int_equal(list.n, 2);
        assert_int_equal(list.job[0].array_task, SQ_NO_TASK);
        assert_int_equal(list.job[0].tasks, 4);
        assert_int_equal(list.job[0].state, SQ_JOB_PENDING);
        assert_int_equal(list.job[1].array_task, 3);
        assert_int_equal(list.job[1].tasks, 1);
        assert_int_equal(list.job[1].job_id, 12);
        assert_int_equal(list.job[1].raw_job_id, 15);
        assert_int_equal(list.job[1].state, SQ_JOB_RUNNING);
        assert_int_equal(list.job[1].used.of[SQ_CPU].seconds, 40);
}

static void a_job_without_gpus_holds_none(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(only_one(f).reserved.of[SQ_GPU].seconds, 0);
}

static void rows_come_by_user_and_job_and_new_ones_last(void **state) {
        struct fixture *f = *state;
        struct list list;

        hold(f, UUID(1), "bob", "physics", 1);
        hold(f, UUID(2), "alice", "physics", 1);
        hold(f, UUID(3), "alice", "chemistry", 1);
        hold(f, UUID(4), "alice", "physics", 1);
        bind(f, UUID(1), "bob", "physics", 5, SQ_NO_TASK);
        bind(f, UUID(3), "alice", "chemistry", 30, SQ_NO_TASK);
        bind(f, UUID(4), "alice", "physics", 7, SQ_NO_TASK);
        list = list_of(f, NULL, NULL);
        assert_int_equal(list.n, 4);
        assert_string_equal(list.job[0].uuid, UUID(4));
        assert_string_equal(list.job[1].uuid, UUID(3));
        assert_string_equal(list.job[2].uuid, UUID(2));
        assert_string_equal(list.job[3].uuid, UUID(1));
        assert_string_equal(list.user[3], "bob");
        assert_string_equal(list.account[1], "chemistry");
}

static void jobs_are_those_of_a_user_or_of_an_account(void **state) {
        struct fixture *f = *state;
        struct list list;

        hold(f, UUID(1), "alice", "physics", 1);
        hold(f, UUID(2), "alice", "chemistry", 1);
        hold(f, UUID(3), "bob", "chemistry", 1);
        list = list_of(f, "alice", NULL);
        assert_int_equal(list.n, 2);
        assert_string_equal(list.user[0], "alice");
        assert_string_equal(list.user[1], "alice");
        list = list_of(f, NULL, "chemistry");
        assert_int_equal(list.n, 2);
        assert_string_equal(list.account[0], "chemistry");
        assert_string_equal(list.account[1], "chemistry");
        assert_int_equal(list_of(f, "nobody", NULL).n, 0);
        /* A user may be called as an account is. */
        assert_int_equal(list_of(f, "chemistry", NULL).n, 0);
}

static void the_callback_may_end_it(void **state) {
        struct fixture *f = *state;
        const struct sq_job_filter filter = {.now = NOW};
        struct list list = {.most = 1};

        hold(f, UUID(1), "alice", "physics", 1);
        hold(f, UUID(2), "alice", "physics", 1);
        assert_int_equal(sq_job_each(f->ledger, &filter, keep, &list, NULL), SQ_EBUSY);
        assert_int_equal(list.n, 1);
        assert_int_equal(list_of(f, NULL, NULL).n, 2);
}

static void an_empty_ledger_has_no_jobs(void **state) {
        assert_int_equal(list_of(*state, NULL, NULL).n, 0);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_used_grows_with_the_time),
                cmocka_unit_test(half_a_second_is_rounded_up),
                cmocka_unit_test(a_job_in_its_overtime_has_used_more_than_it_holds),
                cmocka_unit_test(no_time_is_nothing_used),
                cmocka_unit_test(large_amounts_are_exact_and_never_wrap),
                cmocka_unit_test(states_have_slurms_names),
                A_TEST(a_job_that_was_not_seen_in_the_queue_is_submitted),
                A_TEST(a_job_that_was_seen_and_does_not_run_is_pending),
                A_TEST(a_running_job_says_what_it_has_used_and_until_when_it_may),
                A_TEST(a_suspended_job_uses_nothing_more),
                A_TEST(times_that_make_no_sense_are_no_trouble),
                A_TEST(a_task_of_its_own_is_a_row_beside_those_that_wait),
                A_TEST(a_job_without_gpus_holds_none),
                A_TEST(rows_come_by_user_and_job_and_new_ones_last),
                A_TEST(jobs_are_those_of_a_user_or_of_an_account),
                A_TEST(the_callback_may_end_it),
                A_TEST(an_empty_ledger_has_no_jobs),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
