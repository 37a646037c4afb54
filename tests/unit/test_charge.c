/* test_charge.c - what is booked, and that it is booked once */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "ledger/budget.h"
#include "ledger/factor.h"

static int64_t consumed(struct fixture *f, enum sq_subject_kind kind, const char *name,
                        enum sq_resource resource) {
        return fixture_balance(f, kind, name, resource).consumed.seconds;
}

static void assert_consumed(struct fixture *f, int64_t seconds) {
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_CPU), seconds);
        assert_int_equal(consumed(f, SQ_ACCOUNT, "physics", SQ_CPU), seconds);
        fixture_verify(f);
}

static void user_and_account_are_charged_what_was_allocated(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);
        struct sq_charged charged = fixture_charge(f, &run);

        assert_true(charged.booked);
        assert_false(charged.released);
        assert_int_equal(charged.amounts.of[SQ_CPU].seconds, 2400);
        assert_int_equal(charged.amounts.of[SQ_GPU].seconds, 0);
        assert_consumed(f, 2400);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry_line l JOIN entry e"
                                           " ON e.id = l.entry_id WHERE e.kind = 'charge'"),
                         1);
}

static void the_same_event_is_booked_once(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);
        struct sq_charged again;

        assert_true(fixture_charge(f, &run).booked);
        again = fixture_charge(f, &run);
        assert_false(again.booked);
        assert_int_equal(again.amounts.of[SQ_CPU].seconds, 0);
        run.end_at += 5; /* a second path that looked at another clock */
        run.state = "FAILED";
        assert_false(fixture_charge(f, &run).booked);
        assert_consumed(f, 2400);
}

static void every_part_of_the_key_tells_runs_apart(void **state) {
        struct fixture *f = *state;
        struct sq_run first = fixture_run(1, NULL, 4, 600), run[6];

        first.array_task = 3;
        for (int i = 0; i < 6; i++)
                run[i] = first;
        run[1].cluster = "another";
        run[2].job_id = 2;
        run[3].submit_at++;
        run[4].restarts = 1;
        run[5].array_task = 0;
        for (int i = 0; i < 6; i++)
                assert_true(fixture_charge(f, &run[i]).booked);
        for (int i = 0; i < 6; i++)
                assert_false(fixture_charge(f, &run[i]).booked);
        assert_consumed(f, 6 * 2400);
}

static void an_unknown_restart_count_is_any_restart_count(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        run.restarts = 3;
        assert_true(fixture_charge(f, &run).booked);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        assert_false(fixture_charge(f, &run).booked);

        run.job_id = 2; /* now the other way round */
        assert_true(fixture_charge(f, &run).booked);
        assert_false(fixture_charge(f, &run).booked);
        run.restarts = 3;
        assert_false(fixture_charge(f, &run).booked);
        assert_consumed(f, 2 * 2400);
}

static void each_run_of_a_requeued_job_is_charged(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        run.goes_on = true;
        run.state = "REQUEUED";
        assert_true(fixture_charge(f, &run).booked);
        assert_false(fixture_charge(f, &run).booked);
        run.goes_on = false;
        run.state = "COMPLETED";
        run.restarts = 1;
        run.submit_at = run.end_at; /* slurmctld moves it */
        run.start_at = run.end_at + 60;
        run.end_at = run.start_at + 100;
        assert_true(fixture_charge(f, &run).booked);
        assert_consumed(f, 2400 + 400);
}

static bool is_booked(struct fixture *f, const struct sq_run *run) {
        bool booked = false;

        assert_int_equal(sq_charge_is_booked(f->ledger, run, &booked, NULL), SQ_OK);
        return booked;
}

static void one_can_ask_whether_a_run_is_booked(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        assert_false(is_booked(f, &run)); /* the cluster is not even known */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 0);
        assert_true(fixture_charge(f, &run).booked);
        assert_true(is_booked(f, &run));
        run.restarts = SQ_RESTARTS_UNKNOWN;
        assert_true(is_booked(f, &run));
        run.restarts = 1;
        assert_false(is_booked(f, &run));
        run.restarts = 0;
        run.cluster = "another";
        assert_false(is_booked(f, &run));
}

static void a_ledger_that_cannot_be_asked_is_an_error(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);
        bool booked = true;

        fixture_sql(f, "DROP TABLE charge");
        assert_int_equal(sq_charge_is_booked(f->ledger, &run, &booked, NULL), SQ_OK);
        assert_false(booked);
        fixture_sql(f, "INSERT INTO cluster (name) VALUES ('test')");
        booked = true;
        assert_int_equal(sq_charge_is_booked(f->ledger, &run, &booked, NULL), SQ_ECORRUPT);
        assert_true(booked);
}

/* --- resized jobs --------------------------------------------------------- */

static struct sq_run resized_part(int64_t cpus, int64_t from, int64_t until) {
        struct sq_run run = fixture_run(1, NULL, cpus, 0);

        run.end_at = run.start_at + until;
        run.start_at += from;
        run.resized = run.goes_on = true;
        run.state = "RESIZING";
        return run;
}

static struct sq_run last_part(int64_t cpus, int64_t from, int64_t until) {
        struct sq_run run = resized_part(cpus, from, until);

        run.resized = run.goes_on = false;
        run.state = "COMPLETED";
        return run;
}

static void the_parts_of_a_resized_job_tile_its_time(void **state) {
        struct fixture *f = *state;
        /* Slurm reports each part from the start of the job. */
        struct sq_run part[] = {resized_part(8, 0, 100), resized_part(4, 0, 300),
                                last_part(2, 0, 1000)};

        for (int i = 0; i < 3; i++)
                assert_true(fixture_charge(f, &part[i]).booked);
        for (int i = 0; i < 3; i++)
                assert_false(fixture_charge(f, &part[i]).booked);
        assert_consumed(f, 8 * 100 + 4 * 200 + 2 * 700);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge a JOIN charge b"
                                           " ON b.part = a.part + 1 AND b.start_at = a.end_at"),
                         2);
}

static void parts_that_begin_where_the_last_one_ended_are_taken_as_they_are(void **state) {
        struct fixture *f = *state;
        struct sq_run part[] = {resized_part(8, 0, 100), last_part(2, 100, 1000)};

        for (int i = 0; i < 2; i++)
                assert_true(fixture_charge(f, &part[i]).booked);
        assert_consumed(f, 8 * 100 + 2 * 900);
}

static void a_part_whose_time_is_covered_is_not_charged_again(void **state) {
        struct fixture *f = *state;
        struct sq_run late = resized_part(8, 0, 100), second = resized_part(4, 0, 300);

        assert_true(fixture_charge(f, &second).booked);
        assert_false(fixture_charge(f, &late).booked);
        assert_consumed(f, 4 * 300);
}

static void parts_with_and_without_a_restart_count_go_together(void **state) {
        struct fixture *f = *state;
        struct sq_run part[] = {resized_part(8, 0, 100), resized_part(4, 0, 300),
                                resized_part(2, 0, 500), last_part(1, 0, 1000)};

        part[1].restarts = part[2].restarts = part[3].restarts = SQ_RESTARTS_UNKNOWN;
        for (int i = 0; i < 4; i++)
                assert_true(fixture_charge(f, &part[i]).booked);
        assert_consumed(f, 8 * 100 + 4 * 200 + 2 * 200 + 1 * 500);
}

static void a_job_that_ends_in_the_second_of_its_resizing_ends(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 8, 600);
        struct sq_run part = resized_part(8, 0, 100), last = last_part(4, 0, 100);
        struct sq_charged charged;

        assert_true(fixture_reserve(f, &claim).accepted);
        part.uuid = last.uuid = UUID(1);
        assert_true(fixture_charge(f, &part).booked);
        charged = fixture_charge(f, &last);
        assert_true(charged.booked);
        assert_true(charged.released);
        assert_int_equal(charged.amounts.of[SQ_CPU].seconds, 0);
        assert_false(fixture_charge(f, &last).booked);
        assert_false(fixture_charge(f, &part).booked);
        assert_consumed(f, 800);
}

static void a_last_part_that_ends_before_the_others_costs_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run part = resized_part(8, 0, 100), last = last_part(4, 0, 99);

        assert_true(fixture_charge(f, &part).booked);
        assert_true(fixture_charge(f, &last).booked); /* the clock was set back */
        assert_consumed(f, 800);
}

/* --- nothing to pay ------------------------------------------------------- */

static void what_never_started_costs_nothing_and_is_remembered(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        run.start_at = 0;
        run.state = "CANCELLED";
        assert_true(fixture_charge(f, &run).booked);
        assert_false(fixture_charge(f, &run).booked);
        assert_consumed(f, 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM usage_day"), 0);
}

static void a_run_that_ends_as_it_starts_costs_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 0);

        assert_true(fixture_charge(f, &run).booked);
        assert_consumed(f, 0);
}

static void a_run_that_ends_before_it_starts_is_refused(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, -1);
        struct sq_charged charged;
        struct sq_error err;

        assert_int_equal(sq_charge(f->ledger, &run, &charged, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "job 1"));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"), 0);
}

/* --- gpus, subjects ------------------------------------------------------- */

static void gpus_are_charged_with_the_factors_of_now(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_run run = fixture_run(1, NULL, 1, 101);

        assert_int_equal(sq_factor_set(f->ledger, "h100", 1500000, &actor, NULL), SQ_OK);
        sq_tres_set(&run.tres, "gres/gpu", 1);
        sq_tres_set(&run.tres, "gres/gpu:h100", 1);
        assert_int_equal(fixture_charge(f, &run).amounts.of[SQ_GPU].seconds, 152);
        assert_int_equal(sq_factor_set(f->ledger, "h100", 3000000, &actor, NULL), SQ_OK);
        assert_false(fixture_charge(f, &run).booked);
        run.job_id = 2;
        assert_int_equal(fixture_charge(f, &run).amounts.of[SQ_GPU].seconds, 303);
        assert_int_equal(consumed(f, SQ_ACCOUNT, "physics", SQ_GPU), 455);
        fixture_verify(f);
}

static void a_charge_brings_new_subjects_with_the_default_budgets(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        sq_budget_set_default(f->ledger, SQ_ACCOUNT, SQ_GPU, SQ_AMOUNT(77), &actor, NULL);
        assert_true(fixture_charge(f, &run).booked);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).budget.seconds, -1);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_GPU).budget.seconds, 77);
        fixture_verify(f);
}

static void a_user_and_an_account_may_have_one_name(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 600);

        run.account = "alice";
        assert_true(fixture_charge(f, &run).booked);
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_CPU), 2400);
        assert_int_equal(consumed(f, SQ_ACCOUNT, "alice", SQ_CPU), 2400);
        fixture_verify(f);
}

static void more_clusters_than_are_remembered_are_told_apart(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 1);
        char name[100];

        run.cluster = name;
        for (int round = 0; round < 2; round++)
                for (int i = 0; i < 70; i++) {
                        /* Some of them too long for the memory, too. */
                        snprintf(name, sizeof name, "c%0*d", i % 7 ? 3 : 80, i);
                        assert_int_equal(fixture_charge(f, &run).booked, round == 0);
                }
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 70);
        assert_consumed(f, 70);
}

/* --- amounts that do not fit ---------------------------------------------- */

/* Everything that a charge could change. */
static int64_t everything(struct fixture *f) {
        return fixture_number(f, "SELECT (SELECT count(*) FROM entry) * 1000000"
                                 " + (SELECT count(*) FROM entry_line) * 100000"
                                 " + (SELECT count(*) FROM charge) * 10000"
                                 " + (SELECT count(*) FROM subject) * 1000"
                                 " + (SELECT count(*) FROM usage_day) * 100"
                                 " + (SELECT count(*) FROM cluster) * 10"
                                 " + (SELECT count(*) FROM resource)");
}

static void assert_too_large(struct fixture *f, const struct sq_run *run) {
        const int64_t before = everything(f);
        struct sq_charged charged;

        assert_int_equal(sq_charge(f->ledger, run, &charged, NULL), SQ_ERANGE);
        assert_int_equal(everything(f), before);
        fixture_verify(f);
}

static void an_amount_that_does_not_fit_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, INT64_MAX, 600);

        assert_too_large(f, &run);
        run = fixture_run(1, NULL, 1, 600);
        sq_tres_set(&run.tres, "gres/gpu", INT64_MAX);
        assert_too_large(f, &run);
        run = fixture_run(1, NULL, 1, 600);
        sq_tres_set(&run.tres, "mem", INT64_MAX);
        assert_too_large(f, &run);
}

static void a_balance_that_would_not_fit_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, INT64_MAX / 600, 600);

        assert_true(fixture_charge(f, &run).booked);
        run.job_id = 2;
        run.user = "bob"; /* his would fit, that of physics does not */
        assert_too_large(f, &run);
}

static void a_roll_up_that_would_not_fit_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 600);

        sq_tres_set(&run.tres, "mem", INT64_MAX / 600);
        assert_true(fixture_charge(f, &run).booked);
        run.job_id = 2;
        assert_too_large(f, &run);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM usage_day"
                                           " WHERE typeof(amount) <> 'integer'"),
                         0);
}

static void names_learnt_in_a_failed_charge_are_forgotten(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 600);

        sq_tres_set(&run.tres, "node", 1);
        sq_tres_set(&run.tres, "mem", INT64_MAX);
        assert_too_large(f, &run); /* after the rows of cluster and node were made */
        sq_tres_set(&run.tres, "mem", 10);
        assert_true(fixture_charge(f, &run).booked);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 1);
        assert_int_equal(fixture_number(f, "SELECT sum(u.amount) FROM usage_day u"
                                           " JOIN resource r ON r.id = u.resource_id"
                                           " WHERE r.name = 'node'"),
                         600);
        fixture_verify(f);
}

static void a_task_is_charged_once_though_one_way_does_not_know_that_it_is_one(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(8, NULL, 4, 300);

        run.restarts = SQ_RESTARTS_UNKNOWN; /* slurmdbd's word, after a crash */
        assert_true(fixture_charge(f, &run).booked);
        run.restarts = 0;
        run.array_job = 5;
        run.array_task = 3;
        assert_false(fixture_charge(f, &run).booked);
        run.job_id = 9; /* and the other way round */
        assert_true(fixture_charge(f, &run).booked);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        run.array_task = SQ_NO_TASK;
        assert_false(fixture_charge(f, &run).booked);
        run.array_task = 4; /* another task is another run */
        assert_true(fixture_charge(f, &run).booked);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(user_and_account_are_charged_what_was_allocated),
                A_TEST(the_same_event_is_booked_once),
                A_TEST(every_part_of_the_key_tells_runs_apart),
                A_TEST(an_unknown_restart_count_is_any_restart_count),
                A_TEST(each_run_of_a_requeued_job_is_charged),
                A_TEST(one_can_ask_whether_a_run_is_booked),
                A_TEST(a_ledger_that_cannot_be_asked_is_an_error),
                A_TEST(the_parts_of_a_resized_job_tile_its_time),
                A_TEST(parts_that_begin_where_the_last_one_ended_are_taken_as_they_are),
                A_TEST(a_part_whose_time_is_covered_is_not_charged_again),
                A_TEST(parts_with_and_without_a_restart_count_go_together),
                A_TEST(a_job_that_ends_in_the_second_of_its_resizing_ends),
                A_TEST(a_last_part_that_ends_before_the_others_costs_nothing),
                A_TEST(what_never_started_costs_nothing_and_is_remembered),
                A_TEST(a_run_that_ends_as_it_starts_costs_nothing),
                A_TEST(a_run_that_ends_before_it_starts_is_refused),
                A_TEST(gpus_are_charged_with_the_factors_of_now),
                A_TEST(a_charge_brings_new_subjects_with_the_default_budgets),
                A_TEST(a_user_and_an_account_may_have_one_name),
                A_TEST(more_clusters_than_are_remembered_are_told_apart),
                A_TEST(an_amount_that_does_not_fit_changes_nothing),
                A_TEST(a_balance_that_would_not_fit_changes_nothing),
                A_TEST(a_roll_up_that_would_not_fit_changes_nothing),
                A_TEST(names_learnt_in_a_failed_charge_are_forgotten),
                A_TEST(a_task_is_charged_once_though_one_way_does_not_know_that_it_is_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
