/* test_relief.c - what may come free of what unfinished jobs hold */
#include "fixture.h"

#include "ledger/relief.h"

#define NOW 1000000

static struct sq_error error;

static struct sq_relief relief(struct fixture *f, enum sq_subject_kind kind, const char *name,
                               int64_t lacking) {
        struct sq_relief ret;

        if (sq_relief_read(f->ledger, kind, name, SQ_CPU, SQ_AMOUNT(lacking), NOW, &ret,
                           &error))
                fail_msg("%s", error.text);
        return ret;
}

/* Three jobs of alice in physics, of 1, 2 and 3 CPUs for an hour each. */
static void hold(struct fixture *f) {
        static const char *const uuid[] = {UUID(1), UUID(2), UUID(3)};

        for (int i = 0; i < 3; i++) {
                const struct sq_claim claim = fixture_claim(uuid[i], i + 1, 3600);

                assert_true(fixture_reserve(f, &claim).accepted);
        }
}

static void waiting_jobs_hold_all_of_it(void **state) {
        struct sq_relief r;

        hold(*state);
        r = relief(*state, SQ_USER, "alice", 1);
        assert_int_equal(r.waiting.seconds, 6 * 3600);
        assert_int_equal(r.jobs_waiting, 3);
        assert_int_equal(r.running.seconds, 0);
        assert_int_equal(r.by, 0);
        assert_int_equal(relief(*state, SQ_ACCOUNT, "physics", 1).waiting.seconds, 6 * 3600);
        assert_int_equal(relief(*state, SQ_ACCOUNT, "alice", 1).waiting.seconds, 0);
        assert_int_equal(relief(*state, SQ_USER, "bob", 1).jobs_waiting, 0);
}

static void running_jobs_hold_what_they_have_not_used(void **state) {
        struct sq_relief r;

        hold(*state);
        /* One has run for 600 seconds, one for 1800, one is suspended after 900. */
        fixture_sql(*state, "UPDATE reservation SET running_since = 999400"
                            " WHERE uuid LIKE '%1'");
        fixture_sql(*state, "UPDATE reservation SET running_since = 998200"
                            " WHERE uuid LIKE '%2'");
        fixture_sql(*state, "UPDATE reservation SET running_since = 999000, paused_at = 999900"
                            " WHERE uuid LIKE '%3'");
        r = relief(*state, SQ_USER, "alice", 3600);
        assert_int_equal(r.running.seconds, 3000 + 2 * 1800);
        assert_int_equal(r.jobs_running, 2);
        assert_int_equal(r.waiting.seconds, 3 * 2700);
        assert_int_equal(r.jobs_waiting, 1);
        /* The one whose limit comes first has just so much, the second more. */
        assert_int_equal(r.by, 998200 + 3600);
        assert_int_equal(relief(*state, SQ_USER, "alice", 3601).by, 999400 + 3600);
        assert_int_equal(relief(*state, SQ_USER, "alice", 6600).by, 999400 + 3600);
        assert_int_equal(relief(*state, SQ_USER, "alice", 6601).by, 0);
}

static void a_job_in_its_overtime_gives_nothing_back(void **state) {
        struct sq_relief r;

        hold(*state);
        fixture_sql(*state, "UPDATE reservation SET running_since = 900000");
        r = relief(*state, SQ_USER, "alice", 1);
        assert_int_equal(r.running.seconds, 0);
        assert_int_equal(r.jobs_running, 3);
        assert_int_equal(r.by, 0);
}

static void a_job_found_running_without_a_limit_gives_back_what_it_holds(void **state) {
        struct sq_relief r;

        hold(*state);
        fixture_sql(*state, "UPDATE reservation SET running_since = 999400, seconds = 0");
        r = relief(*state, SQ_USER, "alice", 1);
        assert_int_equal(r.running.seconds, 6 * 3600);
        assert_int_equal(r.by, NOW);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(waiting_jobs_hold_all_of_it, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(running_jobs_hold_what_they_have_not_used,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(a_job_in_its_overtime_gives_nothing_back,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(
                        a_job_found_running_without_a_limit_gives_back_what_it_holds,
                        fixture_start, fixture_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
