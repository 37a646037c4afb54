/* TRES beside CPUs and GPUs: what Slurm gave of them matters where a budget counts them. */
#include "sighting_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/window_budget.h"

/* 4 CPUs, so much memory and so many nodes. */
static struct sq_tres with(int64_t mem, int64_t nodes) {
        struct sq_tres tres = with_cpus(4);

        assert_true(sq_tres_set(&tres, "mem", mem));
        assert_true(sq_tres_set(&tres, "node", nodes));
        return tres;
}

static void budget_for(struct fixture *f, enum sq_subject_kind kind, const char *name,
                       const char *resource) {
        const struct sq_window_budget budget = {.resource = resource,
                                                .window = SQ_WINDOW_TOTAL,
                                                .limit = SQ_AMOUNT(1000000000)};
        const struct sq_actor actor = {"root", NULL};

        assert_int_equal(sq_window_budget_set(f->ledger, kind, name, &budget, 1, &actor, NULL),
                         SQ_OK);
}

/* What is reserved of a TRES for a subject. */
static int64_t held(struct fixture *f, const char *subject, const char *resource) {
        char sql[300];

        snprintf(sql, sizeof sql,
                 "SELECT b.reserved FROM balance b JOIN subject s ON s.id = b.subject_id"
                 " JOIN resource r ON r.id = b.resource_id"
                 " WHERE s.name = '%s' AND r.name = '%s' AND b.window_id = 1", subject,
                 resource);
        return fixture_number(f, sql);
}

/* 4 CPUs, 1000 of memory and 1 node for 600 seconds, for each task. */
static void hold_all(struct fixture *f, const char *uuid, int64_t tasks) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.tres = with(1000, 1);
        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

static void update_to(struct fixture *f, const char *uuid, const struct sq_tres *tres) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.tres = *tres;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, true, NULL, NULL),
                         SQ_OK);
}

static void a_running_job_holds_the_memory_it_was_given_where_a_budget_counts_it(void **state) {
        struct fixture *f = *state;
        const struct sq_tres more = with(4000, 1), less = with(500, 1);
        struct sq_sighting line = running(12, UUID(1), &more);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        hold_all(f, UUID(1), 1);
        assert_int_equal(held(f, "physics", "mem"), 1000 * 600);
        assert_true(see(f, &line).corrected);
        assert_int_equal(held(f, "physics", "mem"), 4000 * 600);
        assert_int_equal(reserved(f), 4 * 600);
        line.tres = &less;
        see_corrected(f, &line);
        assert_int_equal(held(f, "physics", "mem"), 500 * 600);
        see_nothing(f, &line);
}

static void a_users_budget_counts_as_well(void **state) {
        struct fixture *f = *state;
        const struct sq_tres given = with(1000, 3);
        const struct sq_sighting line = running(12, UUID(1), &given);

        budget_for(f, SQ_USER, "alice", "node");
        hold_all(f, UUID(1), 1);
        assert_true(see(f, &line).corrected);
        assert_int_equal(held(f, "alice", "node"), 3 * 600);
}

static void what_no_budget_counts_is_no_news(void **state) {
        struct fixture *f = *state;
        const struct sq_tres given = with(4000, 3);
        const struct sq_sighting line = running(12, UUID(1), &given);
        struct sq_sighted s;

        budget_for(f, SQ_ACCOUNT, "chemistry", "mem");
        budget_for(f, SQ_ACCOUNT, "physics", "billing");
        hold_all(f, UUID(1), 1);
        s = see(f, &line);
        assert_true(s.bound);
        assert_false(s.corrected);
}

static void a_budget_that_is_set_later_is_followed(void **state) {
        struct fixture *f = *state;
        const struct sq_tres given = with(4000, 1);
        const struct sq_sighting line = running(12, UUID(1), &given);

        hold_all(f, UUID(1), 1);
        assert_false(see(f, &line).corrected);
        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        see_corrected(f, &line);
        assert_int_equal(held(f, "physics", "mem"), 4000 * 600);
}

static void what_slurm_did_not_give_is_given_back(void **state) {
        struct fixture *f = *state;
        struct sq_tres tres = with_cpus(4);
        const struct sq_sighting line = running(12, UUID(1), &tres);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        budget_for(f, SQ_ACCOUNT, "physics", "gres/fpga");
        hold_all(f, UUID(1), 1);
        assert_true(sq_tres_set(&tres, "gres/fpga", 2));
        assert_true(see(f, &line).corrected);
        assert_int_equal(held(f, "physics", "mem"), 0);
        assert_int_equal(held(f, "physics", "gres/fpga"), 2 * 600);
}

static void slurms_estimate_raises_what_a_waiting_job_holds_and_never_lowers_it(void **state) {
        struct fixture *f = *state;
        const struct sq_tres more = with(4000, 1), less = with(500, 1);
        struct sq_sighting line = waiting(12, UUID(1), &more);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        hold_all(f, UUID(1), 1);
        assert_true(see(f, &line).corrected);
        assert_int_equal(held(f, "physics", "mem"), 4000 * 600);
        line.tres = &less;
        see_nothing(f, &line);
        assert_int_equal(held(f, "physics", "mem"), 4000 * 600);
}

static void memory_that_was_refused_is_what_it_was(void **state) {
        struct fixture *f = *state;
        const struct sq_tres before = with(1000, 1), after = with(9000, 1);
        const struct sq_sighting line = waiting(12, UUID(1), &before);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        hold_all(f, UUID(1), 1);
        see_bound(f, &line);
        update_to(f, UUID(1), &after);
        assert_int_equal(held(f, "physics", "mem"), 9000 * 600);
        see_corrected(f, &line);
        assert_int_equal(held(f, "physics", "mem"), 1000 * 600);
        assert_int_equal(befores(f), 0);
}

/* Slurm counts memory in its own way: that is no reason to believe in an update. */
static void cpus_that_were_refused_are_found_whatever_the_memory_is(void **state) {
        struct fixture *f = *state;
        const struct sq_tres seen = with(1024, 1);
        const struct sq_sighting line = waiting(12, UUID(1), &seen);
        struct sq_tres after = with(2000, 1);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        hold_all(f, UUID(1), 1);
        assert_true(see(f, &line).corrected);
        assert_true(sq_tres_set(&after, "cpu", 8));
        update_to(f, UUID(1), &after);
        fixture_sql(f, "UPDATE reservation_before SET tres = 'cpu=4,mem=1000,node=1'");
        see_corrected(f, &line);
        assert_int_equal(reserved(f), 4 * 600);
        assert_int_equal(held(f, "physics", "mem"), 1024 * 600);
}

static void a_task_that_runs_takes_its_memory_out_of_the_pool(void **state) {
        struct fixture *f = *state;
        const struct sq_tres given = with(4000, 1);
        const struct sq_sighting line = task_of(running(101, UUID(1), &given), 0);

        budget_for(f, SQ_ACCOUNT, "physics", "mem");
        hold_all(f, UUID(1), 3);
        assert_true(see(f, &line).corrected);
        assert_int_equal(held(f, "physics", "mem"), (4000 + 2 * 1000) * 600);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sighting_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_running_job_holds_the_memory_it_was_given_where_a_budget_counts_it),
                TEST(a_users_budget_counts_as_well),
                TEST(what_no_budget_counts_is_no_news),
                TEST(a_budget_that_is_set_later_is_followed),
                TEST(what_slurm_did_not_give_is_given_back),
                TEST(slurms_estimate_raises_what_a_waiting_job_holds_and_never_lowers_it),
                TEST(memory_that_was_refused_is_what_it_was),
                TEST(cpus_that_were_refused_are_found_whatever_the_memory_is),
                TEST(a_task_that_runs_takes_its_memory_out_of_the_pool),
        };

        return cmocka_run_group_tests_name("sighting_tres", tests, NULL, NULL);
}
