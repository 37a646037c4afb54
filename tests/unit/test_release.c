/* test_release.c - what a charge does to the reservation of its job */
#include "fixture.h"

#include <string.h>

static void assert_held(struct fixture *f, int64_t seconds, int64_t jobs) {
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds,
                         seconds);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         seconds);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), jobs);
        fixture_verify(f);
}

static int64_t reservations(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM reservation");
}

/* Each of `tasks` holds 4 CPUs for 600 seconds. */
static void hold(struct fixture *f, int64_t tasks) {
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_held(f, tasks * 2400, tasks);
}

static struct sq_run task_run(int64_t task) {
        struct sq_run run = fixture_run(100 + task, UUID(1), 4, 300);

        run.array_job = 100;
        run.array_task = task;
        return run;
}

static void the_end_of_a_job_gives_its_reservation_back(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        hold(f, 1);
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
        assert_int_equal(reservations(f), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_amount"), 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 1200);
}

static void a_job_may_use_more_than_it_held(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 8, 6000);

        hold(f, 1);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 2400);
        assert_true(fixture_charge(f, &run).booked);
        assert_held(f, 0, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 48000);
}

static void the_same_end_twice_releases_once(void **state) {
        struct fixture *f = *state;
        struct sq_run run = task_run(1);

        hold(f, 3);
        assert_true(fixture_charge(f, &run).released);
        assert_false(fixture_charge(f, &run).released);
        assert_held(f, 2 * 2400, 2);
}

static void a_requeued_job_keeps_its_reservation(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_charged charged;

        hold(f, 1);
        run.goes_on = true;
        charged = fixture_charge(f, &run);
        assert_true(charged.booked);
        assert_false(charged.released);
        assert_held(f, 2400, 1);

        run.goes_on = false;
        run.restarts = 1;
        run.submit_at = run.end_at;
        run.start_at = run.end_at = run.end_at + 10; /* cancelled before it ran again */
        run.tres.n = 0;
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 1200);
}

static void a_resized_job_keeps_its_reservation_until_it_ends(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 100);

        hold(f, 1);
        run.goes_on = run.resized = true;
        assert_false(fixture_charge(f, &run).released);
        assert_held(f, 2400, 1);
        run.goes_on = run.resized = false;
        run.end_at += 100;
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
}

static void array_tasks_leave_the_pool_one_by_one_and_the_last_deletes_it(void **state) {
        struct fixture *f = *state;

        hold(f, 3);
        for (int64_t task = 0; task < 3; task++) {
                struct sq_run run = task_run(task);

                assert_true(fixture_charge(f, &run).released);
                assert_held(f, (2 - task) * 2400, 2 - task);
        }
        assert_int_equal(reservations(f), 0);
}

static void a_task_with_a_row_of_its_own_releases_that(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_verdict verdict;
        struct sq_run run;

        hold(f, 3);
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 1, false, &verdict, NULL),
                         SQ_OK);
        assert_held(f, 2 * 2400 + 60, 3);
        run = task_run(1);
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 2 * 2400, 2);
        run = task_run(0);
        assert_true(fixture_charge(f, &run).released);
        run = task_run(2);
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
        assert_int_equal(reservations(f), 0);
}

static void a_row_of_its_own_outlives_the_pool(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_verdict verdict;
        struct sq_run run;

        hold(f, 2);
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 1, false, &verdict, NULL),
                         SQ_OK);
        run = task_run(0);
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 60, 1);
        run = task_run(1);
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
}

static void what_is_left_of_a_pending_array_is_cancelled_as_a_whole(void **state) {
        struct fixture *f = *state;
        struct sq_run first = task_run(0), rest = fixture_run(100, UUID(1), 0, 0);

        hold(f, 5);
        assert_true(fixture_charge(f, &first).released);
        rest.start_at = 0;
        rest.tasks = 4;
        rest.state = "CANCELLED";
        assert_true(fixture_charge(f, &rest).released);
        assert_held(f, 0, 0);
        assert_int_equal(reservations(f), 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 1200);
}

static void no_more_is_released_than_is_held(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        hold(f, 2);
        run.tasks = INT64_MAX;
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
}

static void what_never_started_gives_its_reservation_back(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_charged charged;

        hold(f, 1);
        run.start_at = 0;
        charged = fixture_charge(f, &run);
        assert_true(charged.booked);
        assert_true(charged.released);
        assert_held(f, 0, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 0);
        assert_false(fixture_charge(f, &run).booked);
}

static void the_copied_uuid_of_another_user_releases_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_charged charged;

        hold(f, 1);
        run.user = "mallory";
        charged = fixture_charge(f, &run);
        assert_true(charged.booked);
        assert_false(charged.released);
        assert_held(f, 2400, 1);
        assert_int_equal(fixture_balance(f, SQ_USER, "mallory", SQ_CPU).consumed.seconds, 1200);
}

static void the_charge_goes_to_the_runs_account_and_the_release_to_the_reservations(
        void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        hold(f, 1);
        run.account = "chemistry"; /* moved without our hook */
        assert_true(fixture_charge(f, &run).released);
        assert_held(f, 0, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).consumed.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "chemistry", SQ_CPU).consumed.seconds,
                         1200);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "chemistry", SQ_CPU).reserved.seconds,
                         0);
}

static void an_unknown_uuid_is_charged_and_releases_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(2), 4, 300);
        struct sq_charged charged;

        hold(f, 1);
        charged = fixture_charge(f, &run);
        assert_true(charged.booked);
        assert_false(charged.released);
        assert_held(f, 2400, 1);
}

static void gpus_are_given_back_too(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        sq_tres_set(&claim.tres, "gres/gpu", 2);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 1200);
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_GPU).reserved.seconds, 0);
        assert_held(f, 0, 0);
}

static void a_charge_that_does_not_fit_releases_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), INT64_MAX, 300);
        struct sq_charged charged;

        hold(f, 1);
        assert_int_equal(sq_charge(f->ledger, &run, &charged, NULL), SQ_ERANGE);
        run = fixture_run(1, UUID(1), 4, 300);
        run.tasks = -1;
        assert_int_equal(sq_charge(f->ledger, &run, &charged, NULL), SQ_ERANGE);
        assert_held(f, 2400, 1);
        run.tasks = 1;
        assert_true(fixture_charge(f, &run).released);
}

static void what_a_task_holds_can_be_read(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 8, 60);
        struct sq_job_key key = {
                .cluster = "test", .job_id = 7, .array_task = SQ_NO_TASK, .comment = UUID(1)};
        struct sq_found found;
        struct sq_verdict verdict;
        struct sq_error err;

        hold(f, 3);
        sq_tres_set(&claim.tres, "gres/gpu:h100", 2);
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 1, false, &verdict, NULL),
                         SQ_OK);
        assert_int_equal(sq_reservation_find(f->ledger, &key, &found, NULL), SQ_OK);
        assert_string_equal(found.tres, "cpu=4");
        key.array_task = 1;
        assert_int_equal(sq_reservation_find(f->ledger, &key, &found, NULL), SQ_OK);
        assert_string_equal(found.tres, "cpu=8,gres/gpu:h100=2");
        key.array_task = 2;
        assert_int_equal(sq_reservation_find(f->ledger, &key, &found, NULL), SQ_OK);
        assert_string_equal(found.tres, "cpu=4"); /* as the pool */
        key.comment = UUID(2);
        assert_int_equal(sq_reservation_find(f->ledger, &key, &found, &err), SQ_ENOTFOUND);
        assert_non_null(strstr(err.text, "job 7"));
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(the_end_of_a_job_gives_its_reservation_back),
                A_TEST(a_job_may_use_more_than_it_held),
                A_TEST(the_same_end_twice_releases_once),
                A_TEST(a_requeued_job_keeps_its_reservation),
                A_TEST(a_resized_job_keeps_its_reservation_until_it_ends),
                A_TEST(array_tasks_leave_the_pool_one_by_one_and_the_last_deletes_it),
                A_TEST(a_task_with_a_row_of_its_own_releases_that),
                A_TEST(a_row_of_its_own_outlives_the_pool),
                A_TEST(what_is_left_of_a_pending_array_is_cancelled_as_a_whole),
                A_TEST(no_more_is_released_than_is_held),
                A_TEST(what_never_started_gives_its_reservation_back),
                A_TEST(the_copied_uuid_of_another_user_releases_nothing),
                A_TEST(the_charge_goes_to_the_runs_account_and_the_release_to_the_reservations),
                A_TEST(an_unknown_uuid_is_charged_and_releases_nothing),
                A_TEST(gpus_are_given_back_too),
                A_TEST(a_charge_that_does_not_fit_releases_nothing),
                A_TEST(what_a_task_holds_can_be_read),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
