/* test_sighting_updates.c - updates that slurmctld may have refused, and estimates */
#include "sighting_fixture.h"

/* --- updates that slurmctld may have refused ------------------------------------- */

static void a_time_limit_that_was_refused_is_what_it_was(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        update(f, UUID(1), 4, 1200, SQ_NO_TASK);
        assert_int_equal(reserved(f), 4800);
        assert_int_equal(befores(f), 1);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(befores(f), 0);

        /* With several partitions, where a shorter one alone says nothing. */
        line.limit_is_final = false;
        update(f, UUID(1), 4, 1200, SQ_NO_TASK);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
        update(f, UUID(1), 4, 1200, SQ_NO_TASK);
        line.seconds = 900; /* neither the one nor the other: it was let through */
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 4800);
}

static void a_time_limit_that_was_accepted_stays(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        line.seconds = 1200;
        update(f, UUID(1), 4, 1200, SQ_NO_TASK);
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 4800);
        assert_int_equal(befores(f), 0);
        line.seconds = 300;
        update(f, UUID(1), 4, 300, SQ_NO_TASK);
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 1200);
}

static void cpus_that_were_refused_are_what_they_were(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        update(f, UUID(1), 8, 600, SQ_NO_TASK);
        assert_int_equal(reserved(f), 4800);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
        assert_int_equal(befores(f), 0);
        update(f, UUID(1), 2, 600, SQ_NO_TASK); /* fewer, and refused too */
        assert_int_equal(reserved(f), 1200);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
}

static void cpus_that_were_accepted_stay(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4), more = with_cpus(8), less = with_cpus(2);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        update(f, UUID(1), 8, 600, SQ_NO_TASK);
        line.tres = &more;
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 4800);
        assert_int_equal(befores(f), 0);
        update(f, UUID(1), 2, 600, SQ_NO_TASK);
        line.tres = &less;
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 1200);
        update(f, UUID(1), 8, 600, SQ_NO_TASK);
        line.tres = &tres; /* neither the one nor the other: ours may know better */
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 4800);
}

static void gpus_that_were_refused_are_gone(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        assert_true(sq_tres_set(&claim.tres, "gres/gpu", 2));
        assert_true(sq_tres_set(&claim.tres, "mem", 2));
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, true, NULL, NULL),
                         SQ_OK);
        see_corrected(f, &line);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 0);

        /* The other way: they were to be given up, and were not. */
        claim.tres = tres;
        assert_true(sq_tres_set(&claim.tres, "gres/gpu", 2));
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, true, NULL, NULL),
                         SQ_OK);
        fixture_sql(f, "DELETE FROM reservation_before");
        update(f, UUID(1), 4, 600, SQ_NO_TASK);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 0);
        {
                struct sq_sighting with = line;

                with.tres = &claim.tres;
                see_corrected(f, &with);
        }
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 1200);
}

static void several_updates_go_back_to_before_the_first(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        line.limit_is_final = false;
        see_bound(f, &line);
        update(f, UUID(1), 4, 1200, SQ_NO_TASK);
        update(f, UUID(1), 8, 2400, SQ_NO_TASK);
        assert_int_equal(befores(f), 1);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
}

static void the_account_that_slurmctld_has_is_the_one(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        line.account = "chemistry"; /* by an administrator, past us */
        see_corrected(f, &line);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "chemistry", SQ_CPU).reserved.seconds,
                         2400);
        claim.account = "biology"; /* let through, and refused */
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, true, NULL, NULL),
                         SQ_OK);
        see_corrected(f, &line);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "biology", SQ_CPU).reserved.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "chemistry", SQ_CPU).reserved.seconds,
                         2400);
        assert_int_equal(reserved(f), 2400);
}

static void a_refused_change_of_one_task_does_not_touch_the_others(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting pool = pool_of(4, UUID(1), &tres);
        const struct sq_sighting task = task_of(waiting(103, UUID(1), &tres), 3);
        struct sq_sighted s;

        hold(f, UUID(1), 5);
        see(f, &pool);
        update(f, UUID(1), 8, 600, 3);
        assert_int_equal(reserved(f), 6 * 2400);
        s = see(f, &task);
        assert_true(s.corrected && s.own_row);
        assert_int_equal(reserved(f), 5 * 2400);
        assert_int_equal(befores(f), 0);
        see_nothing(f, &pool);
}

static void what_all_tasks_were_before_is_kept_until_the_pool_is_seen(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting pool = pool_of(5, UUID(1), &tres);
        const struct sq_sighting task = task_of(running(103, UUID(1), &tres), 3);

        hold(f, UUID(1), 5);
        see(f, &pool);
        update(f, UUID(1), 8, 600, SQ_NO_TASK); /* and slurmctld refuses */
        assert_int_equal(reserved(f), 10 * 2400);
        assert_true(see(f, &task).corrected); /* it runs, and so it is known */
        assert_int_equal(reserved(f), 8 * 2400 + 2400);
        pool.tasks = 4;
        see_corrected(f, &pool);
        assert_int_equal(reserved(f), 5 * 2400);
        assert_int_equal(befores(f), 0);
}

static void what_the_last_task_was_before_goes_with_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        const struct sq_sighting pool = pool_of(1, UUID(1), &tres);
        const struct sq_sighting task = task_of(running(103, UUID(1), &tres), 3);

        hold(f, UUID(1), 1);
        see(f, &pool);
        update(f, UUID(1), 8, 600, SQ_NO_TASK);
        assert_true(see(f, &task).corrected);
        assert_int_equal(rows(f), 1);
        assert_int_equal(befores(f), 0);
}

/* --- what a waiting job will get ------------------------------------------------- */

static void slurms_own_estimate_raises_what_is_held(void **state) {
        struct fixture *f = *state;
        const struct sq_tres more = with_cpus(6), less = with_cpus(2);
        struct sq_tres gpus = with_cpus(6), memory = with_cpus(6);
        struct sq_sighting line = waiting(12, UUID(1), &more);

        hold(f, UUID(1), 1);
        assert_true(see(f, &line).corrected);
        assert_int_equal(reserved(f), 6 * 600);
        line.tres = &less; /* ours may know better: whole nodes */
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 6 * 600);

        assert_true(sq_tres_set(&gpus, "gres/gpu", 2));
        assert_true(sq_tres_set(&gpus, "gres/gpu:h100", 1));
        line.tres = &gpus;
        see_corrected(f, &line);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 1200);

        /* What costs nothing is no reason for a change. */
        assert_true(sq_tres_set(&memory, "mem", 1000));
        assert_true(sq_tres_set(&memory, "billing", 6));
        line.tres = &memory;
        see_nothing(f, &line);
}

static void a_waiting_jobs_limit_in_one_partition_is_final(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        line.seconds = 300;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 1200);
        line.seconds = 900;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 3600);
        line.seconds = SQ_SECONDS_UNKNOWN;
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 3600);
}

static void of_several_partitions_the_longest_limit_counts(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        line.limit_is_final = false;
        line.seconds = 300;
        see_bound(f, &line);
        assert_int_equal(reserved(f), 2400);
        line.seconds = 900;
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 3600);
        line.seconds = 600;
        see_nothing(f, &line);
        /* Once it runs there is only one. */
        line = running(12, UUID(1), &tres);
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
}

static void a_list_that_cannot_be_read_is_made_anew(void **state) {
        struct fixture *f = *state;
        const struct sq_tres tres = with_cpus(4);
        struct sq_sighting line = waiting(12, UUID(1), &tres);

        hold(f, UUID(1), 1);
        see_bound(f, &line);
        fixture_sql(f, "UPDATE reservation SET tres = 'rubbish'");
        see_corrected(f, &line);
        assert_int_equal(fixture_number(f, "SELECT tres = 'cpu=4' FROM reservation"), 1);
        update(f, UUID(1), 8, 600, SQ_NO_TASK); /* also when that was before */
        fixture_sql(f, "UPDATE reservation_before SET tres = 'rubbish'");
        see_nothing(f, &line);
        assert_int_equal(reserved(f), 4800);
        update(f, UUID(1), 2, 600, SQ_NO_TASK); /* or is now */
        fixture_sql(f, "UPDATE reservation SET tres = 'rubbish'");
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
        line = running(12, UUID(1), &tres);
        fixture_sql(f, "UPDATE reservation SET tres = 'rubbish'");
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 2400);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, sighting_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_time_limit_that_was_refused_is_what_it_was),
                A_TEST(a_time_limit_that_was_accepted_stays),
                A_TEST(cpus_that_were_refused_are_what_they_were),
                A_TEST(cpus_that_were_accepted_stay),
                A_TEST(gpus_that_were_refused_are_gone),
                A_TEST(several_updates_go_back_to_before_the_first),
                A_TEST(the_account_that_slurmctld_has_is_the_one),
                A_TEST(a_refused_change_of_one_task_does_not_touch_the_others),
                A_TEST(what_all_tasks_were_before_is_kept_until_the_pool_is_seen),
                A_TEST(what_the_last_task_was_before_goes_with_the_pool),
                A_TEST(slurms_own_estimate_raises_what_is_held),
                A_TEST(a_waiting_jobs_limit_in_one_partition_is_final),
                A_TEST(of_several_partitions_the_longest_limit_counts),
                A_TEST(a_list_that_cannot_be_read_is_made_anew),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
