/* test_sighting.c - what the queue says about a job, brought into its reservation */
#include "sighting_fixture.h"

/* --- binding --------------------------------------------------------------------- */

static void a_waiting_job_is_bound_to_the_reservation_that_its_comment_names(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        s = see(f, &line);
        assert_true(s.bound);
        assert_false(s.held || s.corrected || s.tracked || s.moving || s.own_row);
        assert_string_equal(s.uuid, UUID(1));
        assert_int_equal(fixture_number(f, "SELECT job_id FROM binding"), 12);
        assert_int_equal(fixture_number(f, "SELECT submit_at FROM binding"), SUBMITTED);
        assert_int_equal(reserved(f), 2400);

        line.uuid = NULL; /* somebody wrote over the comment */
        see_nothing(f, &line);
        line.uuid = UUID(7);
        see_nothing(f, &line);
        assert_int_equal(rows(f), 1);
}

static void a_comment_that_was_copied_leads_to_a_reservation_of_its_own(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting first = waiting(12, UUID(1), &tres);
        const struct sq_sighting copy = waiting(13, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see_bound(f, &first);
        s = see(f, &copy);
        assert_true(s.held);
        assert_string_not_equal(s.uuid, UUID(1));
        assert_int_equal(reserved(f), 4800);
        see_nothing(f, &first);
}

static void another_users_uuid_is_nobodys(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(1);
        struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        line.user = "mallory";
        s = look(f, &line);
        assert_string_equal(s.uuid, ""); /* the row is alice's, not seen in the queue */
        s = see(f, &line);
        assert_true(s.held);
        assert_false(s.bound);
        assert_string_not_equal(s.uuid, UUID(1));
        assert_true(sq_uuid_is_valid(s.uuid));
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(fixture_balance(f, SQ_USER, "mallory", SQ_CPU).reserved.seconds, 600);

        line = waiting(13, UUID(1), &tres); /* the job that it was made for */
        s = see(f, &line);
        assert_true(s.bound);
        assert_string_equal(s.uuid, UUID(1));
}

static void a_job_of_nobody_known_says_only_that_it_is_there(void **state) {
        struct fixture *f = *state;
        const struct sq_tres none = {0};
        struct sq_sighting line = waiting(12, UUID(1), &none);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        line.user = line.account = "";
        line.state = SQ_SIGHT_ENDING;
        s = see(f, &line);
        assert_false(is_news(&s));
        assert_true(s.moving);
        assert_string_equal(s.uuid, UUID(1));
        assert_int_equal(reserved(f), 2400);
}

static void an_id_that_is_given_again_is_another_job(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        hold(f, UUID(2), 1);
        line = waiting(12, UUID(2), &tres);
        line.submit_at += 5000;
        s = see(f, &line);
        assert_true(s.bound);
        assert_string_equal(s.uuid, UUID(2));

        line.submit_at += 5000; /* and again, without the hook's comment */
        line.uuid = NULL;
        s = see(f, &line);
        assert_true(s.held);
        assert_string_not_equal(s.uuid, UUID(1));
        assert_string_not_equal(s.uuid, UUID(2));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 3);
        assert_int_equal(reserved(f), 3 * 2400);
}

static void an_id_that_is_given_again_in_the_same_second_is_the_newer_job(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(8);
        struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        line.user = "bob";
        line.uuid = NULL;
        s = see(f, &line);
        assert_true(s.held);
        assert_false(s.bound);
        assert_string_not_equal(s.uuid, UUID(1));
        /* What slurmctld lost is bound no more, and will be given back. */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"
                                           " WHERE uuid = '" UUID(1) "'"), 0);
        assert_int_equal(reserved(f), 2400);

        /* Of the same user it is not to be told apart: it takes over what was held. */
        line = waiting(13, UUID(1), &tres);
        see_bound(f, &line);
        line.tres = &more;
        line.uuid = UUID(2);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 4800);
}

/* --- states ---------------------------------------------------------------------- */

static void a_job_that_runs_holds_what_it_was_given(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(6), less = with_cpus(2);
        struct sq_tres memory = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        line = running(12, UUID(1), &tres);
        see_tracked(f, &line);
        assert_progress(f, 12, now - 60, 0);
        assert_int_equal(reserved(f), 2400);
        assert_true(sq_tres_set(&memory, "mem", 1000)); /* which costs nothing */
        line.tres = &memory;
        see_nothing(f, &line);

        line.tres = &more;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 6 * 600);
        line.tres = &less;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2 * 600);
        line.seconds = 500;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2 * 500);
        assert_progress(f, 12, now - 60, 0);
}

static void a_job_first_seen_running_is_bound_and_tracked(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        s = see(f, &line);
        assert_true(s.bound && s.tracked);
        assert_false(s.held || s.corrected || s.own_row);
        assert_progress(f, 12, now - 60, 0);
}

static void a_running_job_of_which_little_is_said_keeps_what_it_holds(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), none = {0};
        struct sq_sighting line = running(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see(f, &line);
        line.tres = &none;
        line.seconds = SQ_SECONDS_UNKNOWN;
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 2400);
        fixture_sql(f, "UPDATE reservation SET tres = 'rubbish'");
        see_corrected(f, &line); /* then nobody knows anything */
        assert_int_equal(reserved(f), 0);
}

static void clocks_that_differ_a_little_are_no_news(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = running(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see(f, &line);
        line.running_since -= 2;
        see_nothing(f, &line);
        line.running_since += 4;
        see_nothing(f, &line);
        line.running_since += 1;
        see_tracked(f, &line);
        assert_progress(f, 12, now - 57, 0);
        line.running_since -= 3;
        see_tracked(f, &line);
        assert_progress(f, 12, now - 60, 0);
}

static void a_suspended_job_stands_still(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = running(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see(f, &line);
        line.state = SQ_SIGHT_SUSPENDED; /* now; it has run for a minute */
        line.paused_at = now;
        see_tracked(f, &line);
        assert_progress(f, 12, now - 60, now);

        now += 3600; /* it is suspended still, and has run for a minute */
        line.running_since = now - 60;
        line.paused_at = now;
        see_nothing(f, &line);
        assert_progress(f, 12, now - 3660, now - 3600);

        now += 60; /* it runs again */
        line = running(12, UUID(1), &tres);
        see_tracked(f, &line);
        assert_progress(f, 12, now - 60, 0);
        assert_int_equal(reserved(f), 2400);
}

static void a_job_first_seen_suspended_is_noted_as_that(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(8);
        struct sq_sighting line = running(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        line.state = SQ_SIGHT_SUSPENDED;
        line.paused_at = now;
        s = see(f, &line);
        assert_true(s.bound && s.tracked);
        assert_progress(f, 12, now - 60, now);
        line.tres = &more; /* a correction keeps it */
        see_corrected(f, &line);
        assert_progress(f, 12, now - 60, now);
}

static void a_requeued_job_waits_again(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = running(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see(f, &line);
        line = waiting(12, NULL, &tres); /* even without its comment */
        line.submit_at = SUBMITTED + 5000;
        line.restarts = 1;
        see_tracked(f, &line);
        assert_progress(f, 0, 0, 0);
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(fixture_number(f, "SELECT submit_at FROM binding"), SUBMITTED);
}

static void a_job_between_two_states_is_bound_and_left_alone(void **state) {
        struct fixture *f = *state;
        const struct sq_tres more = with_cpus(8);
        struct sq_sighting line = running(12, UUID(1), &more);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        line.state = SQ_SIGHT_ENDING;
        s = see(f, &line);
        assert_true(s.bound && s.moving);
        assert_false(s.held || s.corrected || s.tracked);
        assert_int_equal(reserved(f), 2400);
        assert_progress(f, 0, 0, 0);
}

/* --- what was missing ------------------------------------------------------------ */

static void a_job_that_turns_up_again_is_missing_no_more(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        fixture_sql(f, "UPDATE binding SET missing_since = 1700000900");
        see_tracked(f, &line);
        assert_int_equal(fixture_number(f, "SELECT missing_since IS NULL FROM binding"), 1);
        see_nothing(f, &line);
        fixture_sql(f, "UPDATE binding SET missing_since = 1700000900");
        line.seconds = 1200;
        assert_true(see(f, &line).corrected);
        assert_int_equal(fixture_number(f, "SELECT missing_since IS NULL FROM binding"), 1);
        fixture_sql(f, "UPDATE binding SET missing_since = 1700000900");
        line.state = SQ_SIGHT_ENDING; /* it is there, and that is all */
        assert_true(see(f, &line).moving);
        assert_int_equal(fixture_number(f, "SELECT missing_since IS NULL FROM binding"), 1);
        assert_int_equal(reserved(f), 4800);
}

/* --- many, and failures ---------------------------------------------------------- */

static void lines_are_brought_in_together_or_not_at_all(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), huge = with_cpus(INT64_MAX);
        const struct sq_sighting line[] = {waiting(12, UUID(1), &tres),
                                           waiting(13, NULL, &tres),
                                           waiting(14, NULL, &huge),
                                           waiting(15, NULL, &tres)};
        struct sq_sighted s[4];

        hold(f, UUID(1), 1);
        assert_int_equal(sq_sightings_bring_in(f->ledger, line, 4, now, true, s, NULL),
                         SQ_ERANGE);
        assert_int_equal(rows(f), 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 0);
        fixture_verify(f);
        bring(f, line, 2, true, s);
        assert_true(s[0].bound && s[1].held);
        assert_int_equal(reserved(f), 4800);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 1);
        fixture_verify(f);
}

static void no_lines_are_no_work(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_sightings_bring_in(f->ledger, NULL, 0, now, false, NULL, NULL),
                         SQ_OK);
        assert_int_equal(sq_sightings_bring_in(f->ledger, NULL, 0, now, true, NULL, NULL),
                         SQ_OK);
}

static void a_store_that_fails_changes_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_sighted s;

        hold(f, UUID(1), 1);
        fixture_sql(f, "ALTER TABLE reservation_before RENAME TO hidden");
        assert_int_not_equal(sq_sightings_bring_in(f->ledger, &line, 1, now, false, &s, NULL),
                             SQ_OK);
        assert_int_not_equal(sq_sightings_bring_in(f->ledger, &line, 1, now, true, &s, NULL),
                             SQ_OK);
        fixture_sql(f, "ALTER TABLE hidden RENAME TO reservation_before");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM binding"), 0);
        see_bound(f, &line);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, sighting_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_waiting_job_is_bound_to_the_reservation_that_its_comment_names),
                A_TEST(a_comment_that_was_copied_leads_to_a_reservation_of_its_own),
                A_TEST(another_users_uuid_is_nobodys),
                A_TEST(a_job_of_nobody_known_says_only_that_it_is_there),
                A_TEST(an_id_that_is_given_again_is_another_job),
                A_TEST(an_id_that_is_given_again_in_the_same_second_is_the_newer_job),
                A_TEST(a_job_that_runs_holds_what_it_was_given),
                A_TEST(a_job_first_seen_running_is_bound_and_tracked),
                A_TEST(a_running_job_of_which_little_is_said_keeps_what_it_holds),
                A_TEST(clocks_that_differ_a_little_are_no_news),
                A_TEST(a_suspended_job_stands_still),
                A_TEST(a_job_first_seen_suspended_is_noted_as_that),
                A_TEST(a_requeued_job_waits_again),
                A_TEST(a_job_between_two_states_is_bound_and_left_alone),
                A_TEST(a_job_that_turns_up_again_is_missing_no_more),
                A_TEST(lines_are_brought_in_together_or_not_at_all),
                A_TEST(no_lines_are_no_work),
                A_TEST(a_store_that_fails_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
