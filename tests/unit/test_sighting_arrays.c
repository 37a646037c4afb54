/* test_sighting_arrays.c - tasks of arrays, jobs without a reservation, what has ended since */
#include "sighting_fixture.h"

#include "base/clock.h"

/* --- jobs without a reservation -------------------------------------------------- */

static void a_job_from_before_we_were_here_gets_a_reservation(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, NULL, &tres);
        struct sq_sighted s;

        s = look(f, &line);
        assert_true(s.held);
        assert_string_equal(s.uuid, "");
        s = see(f, &line);
        assert_true(s.held);
        assert_false(s.bound || s.corrected || s.tracked || s.moving || s.own_row);
        assert_true(sq_uuid_is_valid(s.uuid));
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         2400);
        assert_progress(f, 12, now - 60, 0);
        assert_int_equal(fixture_number(f, "SELECT job_id FROM binding"), 12);
}

static void what_was_given_back_too_early_is_held_again_under_its_name(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = waiting(12, UUID(1), &tres);
        const struct sq_sighted s = see(f, &line);

        assert_true(s.held);
        assert_false(s.bound);
        assert_string_equal(s.uuid, UUID(1));
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 1);
}

static void what_is_bound_and_holds_nothing_is_held_again(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = pool_of(5, UUID(1), &tres);
        const struct sq_sighting task = task_of(running(103, UUID(1), &tres), 3);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see(f, &task); /* the last one of the pool: now there is none */
        assert_int_equal(rows(f), 1);
        s = see(f, &line);
        assert_true(s.held);
        assert_false(s.own_row);
        assert_string_equal(s.uuid, UUID(1));
        assert_int_equal(reserved(f), 6 * 2400);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 1);
}

static void a_job_without_an_account_cannot_be_held(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, NULL, &tres);
        struct sq_sighted s;

        line.account = "";
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_false(s.moving);
        assert_int_equal(rows(f), 0);
}

static void a_job_that_ends_already_gets_none(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = running(12, NULL, &tres);
        struct sq_sighted s;

        line.state = SQ_SIGHT_ENDING;
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_true(s.moving);
        assert_int_equal(rows(f), 0);
}

static void a_limit_that_is_not_known_holds_nothing_until_it_is(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, NULL, &tres);

        line.seconds = SQ_SECONDS_UNKNOWN;
        assert_true(see(f, &line).held);
        assert_int_equal(rows(f), 1);
        assert_int_equal(reserved(f), 0);
        line.seconds = 600;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
}

static void an_array_without_a_reservation_is_held_as_a_whole(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line[] = {
                pool_of(5, NULL, &tres),
                task_of(running(103, NULL, &tres), 3),
                task_of(running(104, NULL, &tres), 4),
        };
        struct sq_sighted s[3];

        bring(f, line, 3, false, s);
        assert_true(s[0].held && s[1].held && s[2].held);
        bring(f, line, 3, true, s);
        assert_true(s[0].held);
        assert_false(s[0].own_row);
        /* Those that run are taken out of it first; the sweep adds what is missing. */
        assert_true(s[1].own_row && s[1].tracked && !s[1].held);
        assert_true(s[2].own_row && s[2].tracked && !s[2].held);
        assert_string_equal(s[0].uuid, s[1].uuid);
        assert_string_equal(s[0].uuid, s[2].uuid);
        assert_int_equal(rows(f), 3);
        fixture_verify(f);
        for (int i = 0; i < 3; i++)
                see_nothing(f, &line[i]);
}

static void a_task_without_a_reservation_is_held_by_itself_when_it_runs(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = task_of(running(103, NULL, &tres), 3);
        struct sq_sighted s;

        line.tasks = -1; /* squeue did not say */
        s = see(f, &line);
        assert_true(s.held && s.own_row);
        assert_int_equal(fixture_number(f, "SELECT array_task FROM reservation"), 3);
        assert_int_equal(fixture_number(f, "SELECT tasks FROM reservation"), 1);
        assert_int_equal(fixture_number(f, "SELECT job_id FROM binding"), 100);
        assert_progress(f, 103, now - 60, 0);
}

static void a_task_without_a_reservation_is_held_in_the_pool_while_it_waits(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = task_of(waiting(103, NULL, &tres), 3);
        const struct sq_sighted s = see(f, &line);

        assert_true(s.held);
        assert_false(s.own_row);
        assert_int_equal(fixture_number(f, "SELECT array_task FROM reservation"), -1);
        assert_int_equal(reserved(f), 2400);
}

/* --- what has ended since -------------------------------------------------------- */

/* Its end was told `later` than the queue was read. */
static struct sq_run end_of(int64_t job_id, const char *uuid, int64_t later) {
        struct sq_run run = fixture_run(job_id, uuid, 4, 300);

        run.start_at = now - 60;
        run.end_at = now + later;
        return run;
}

static void what_ended_after_the_queue_was_read_is_not_held_again(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, UUID(1), &tres);
        const struct sq_run run = end_of(12, UUID(1), -2);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see(f, &line);
        fixture_charge(f, &run);
        assert_int_equal(rows(f), 0);
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_true(s.moving);
        assert_int_equal(rows(f), 0);
}

static void what_ended_long_before_is_not_what_is_in_the_queue(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, UUID(1), &tres);
        const struct sq_run run = end_of(12, UUID(1), -3);

        hold(f, UUID(1), 1);
        fixture_charge(f, &run);
        assert_true(see(f, &line).held);
        assert_int_equal(reserved(f), 2400);
}

static void a_size_that_was_given_up_is_no_end(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, NULL, &tres);
        struct sq_run run = end_of(12, NULL, 0);

        run.goes_on = run.resized = true;
        fixture_charge(f, &run);
        assert_true(see(f, &line).held);
}

static void a_task_that_has_ended_since_takes_no_other_out_of_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = task_of(running(103, UUID(1), &tres), 3);
        struct sq_run run = end_of(103, UUID(1), 1);
        struct sq_sighted s;

        hold(f, UUID(1), 5);
        see(f, &line);
        assert_int_equal(rows(f), 2);
        run.array_job = 100;
        run.array_task = 3;
        fixture_charge(f, &run); /* its own row goes; the pool does not change */
        assert_int_equal(rows(f), 1);
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_true(s.moving);
        assert_false(s.own_row);
        assert_int_equal(rows(f), 1);
        assert_int_equal(reserved(f), 4 * 2400);
}

static void a_job_that_was_requeued_since_does_not_run(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(8);
        struct sq_sighting line = running(12, UUID(1), &tres);
        struct sq_run run = end_of(12, UUID(1), 1);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see(f, &line);
        run.goes_on = true;
        fixture_charge(f, &run);
        assert_progress(f, 0, 0, 0);
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_true(s.moving);
        assert_progress(f, 0, 0, 0);
        line.tres = &more;
        assert_true(see(f, &line).moving);
        assert_int_equal(reserved(f), 2400);
}

static void what_has_changed_since_is_left_alone_until_the_next_time(void **state) {
        struct fixture *f = *state;
        const struct sq_tres more = with_cpus(8);
        struct sq_sighting line = running(12, UUID(1), &more);
        struct sq_sighted s;

        now = sq_now() - 10;
        hold(f, UUID(1), 1);
        s = see(f, &line);
        assert_true(s.moving);
        assert_true(s.bound); /* that is so, whatever happened */
        assert_false(s.held || s.corrected || s.tracked);
        assert_int_equal(reserved(f), 2400);
        assert_progress(f, 0, 0, 0);
        now = fixture_number(f, "SELECT changed_at FROM reservation");
        assert_true(see(f, &line).moving); /* the very second */
        now++;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 4800);
}

/* --- arrays ---------------------------------------------------------------------- */

static void tasks_that_run_leave_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(8);
        struct sq_sighting pool = pool_of(5, UUID(1), &tres);
        struct sq_sighting task = task_of(running(103, UUID(1), &tres), 3);
        struct sq_sighted s;

        hold(f, UUID(1), 5);
        s = see(f, &pool);
        assert_true(s.bound);
        assert_false(s.own_row || s.corrected || s.tracked);
        s = see(f, &task);
        assert_true(s.own_row && s.tracked);
        assert_false(s.corrected);
        assert_int_equal(rows(f), 2);
        assert_int_equal(reserved(f), 5 * 2400);
        assert_int_equal(fixture_number(f, "SELECT tasks FROM reservation"
                                           " WHERE array_task = -1"), 4);
        assert_int_equal(fixture_number(f, "SELECT job_id FROM reservation"
                                           " WHERE array_task = 3"), 103);
        pool.tasks = 4;
        see_nothing(f, &pool);

        task = task_of(running(104, UUID(1), &more), 4); /* it got more than the others */
        s = see(f, &task);
        assert_true(s.own_row && s.corrected);
        assert_int_equal(reserved(f), 6 * 2400);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), 5);
        assert_int_equal(fixture_number(f, "SELECT running_since IS NOT NULL FROM reservation"
                                           " WHERE array_task = 4"), 1);

        task = task_of(waiting(104, UUID(1), &tres), 4); /* requeued: its row stays */
        task.submit_at += 5000;
        task.restarts = 1;
        s = see(f, &task);
        assert_true(s.own_row && s.tracked);
        assert_int_equal(rows(f), 3);
}

static void the_last_task_takes_the_pool_with_it(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting task = task_of(running(100, UUID(1), &tres), 7);

        hold(f, UUID(1), 1);
        assert_true(see(f, &task).own_row);
        assert_int_equal(rows(f), 1);
        assert_int_equal(fixture_number(f, "SELECT array_task FROM reservation"), 7);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_amount"), 1);
        assert_int_equal(reserved(f), 2400);
}

static void a_task_that_waits_for_the_same_stays_in_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting pool = pool_of(4, UUID(1), &tres);
        const struct sq_sighting task = task_of(waiting(103, UUID(1), &tres), 3);

        hold(f, UUID(1), 5);
        see(f, &pool);
        see_nothing(f, &task);
        assert_int_equal(rows(f), 1);
}

static void a_task_that_waits_for_something_else_leaves_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting pool = pool_of(4, UUID(1), &tres);
        struct sq_sighting task = task_of(waiting(103, UUID(1), &tres), 3);
        struct sq_sighted s;

        hold(f, UUID(1), 5);
        see(f, &pool);
        task.seconds = 1200; /* an administrator changed it */
        s = see(f, &task);
        assert_true(s.own_row && s.corrected);
        assert_int_equal(rows(f), 2);
        assert_int_equal(reserved(f), 4 * 2400 + 4800);
        see_nothing(f, &pool);
}

static void tasks_that_a_user_changed_have_rows_of_their_own(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting pool = pool_of(4, UUID(1), &tres);
        struct sq_sighting task = task_of(waiting(103, UUID(1), &tres), 3);
        struct sq_sighted s;

        hold(f, UUID(1), 5);
        see(f, &pool);
        update(f, UUID(1), 4, 900, 3);
        task.seconds = 900;
        s = see(f, &task);
        assert_true(s.own_row);
        assert_false(is_news(&s));
        assert_int_equal(befores(f), 0);
        see_nothing(f, &pool);
        assert_int_equal(reserved(f), 4 * 2400 + 3600);

        task = task_of(running(103, UUID(1), &tres), 3);
        task.seconds = 900;
        s = see(f, &task);
        assert_true(s.own_row && s.tracked);
        assert_false(s.corrected);
        assert_int_equal(rows(f), 2);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, sighting_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_job_from_before_we_were_here_gets_a_reservation),
                A_TEST(what_was_given_back_too_early_is_held_again_under_its_name),
                A_TEST(what_is_bound_and_holds_nothing_is_held_again),
                A_TEST(a_job_without_an_account_cannot_be_held),
                A_TEST(a_job_that_ends_already_gets_none),
                A_TEST(a_limit_that_is_not_known_holds_nothing_until_it_is),
                A_TEST(an_array_without_a_reservation_is_held_as_a_whole),
                A_TEST(a_task_without_a_reservation_is_held_by_itself_when_it_runs),
                A_TEST(a_task_without_a_reservation_is_held_in_the_pool_while_it_waits),
                A_TEST(what_ended_after_the_queue_was_read_is_not_held_again),
                A_TEST(what_ended_long_before_is_not_what_is_in_the_queue),
                A_TEST(a_size_that_was_given_up_is_no_end),
                A_TEST(a_task_that_has_ended_since_takes_no_other_out_of_the_pool),
                A_TEST(a_job_that_was_requeued_since_does_not_run),
                A_TEST(what_has_changed_since_is_left_alone_until_the_next_time),
                A_TEST(tasks_that_run_leave_the_pool),
                A_TEST(the_last_task_takes_the_pool_with_it),
                A_TEST(a_task_that_waits_for_the_same_stays_in_the_pool),
                A_TEST(a_task_that_waits_for_something_else_leaves_the_pool),
                A_TEST(tasks_that_a_user_changed_have_rows_of_their_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
