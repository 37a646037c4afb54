/* test_finished.c - what each job that has ended did cost */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/finished.h"
#include "ledger/refund.h"
#include "ledger/settlement.h"

/* When fixture_run() starts. */
#define START 1700000100

static const struct sq_earlier_sizes none = {0};

/* What was told: a line for each job. */
struct told {
        int64_t n, last_end, disorder;
        int stop_after;
        char text[2000];
};

static int note(const struct sq_finished *j, void *payload) {
        struct told *told = payload;
        const size_t n = strlen(told->text);

        snprintf(told->text + n, sizeof told->text - n,
                 "%" PRId64 " %" PRId64 "_%" PRId64 " %s/%s %s %" PRId64 "-%" PRId64
                 " %s cpu %" PRId64 "-%" PRId64 " gpu %" PRId64 "-%" PRId64 "\n",
                 j->job_id, j->array_job, j->array_task, j->user ? j->user : "?",
                 j->account ? j->account : "?", j->state, j->start_at, j->end_at,
                 j->tres ? j->tres : "?", j->charged.of[SQ_CPU].seconds,
                 j->refunded.of[SQ_CPU].seconds, j->charged.of[SQ_GPU].seconds,
                 j->refunded.of[SQ_GPU].seconds);
        told->disorder += j->end_at < told->last_end;
        told->last_end = j->end_at;
        return ++told->n == told->stop_after ? 42 : 0;
}

static struct told tell(struct fixture *f, const struct sq_finished_filter *filter) {
        struct told told = {.text = ""};
        struct sq_error err;

        if (sq_finished_each(f->ledger, filter, note, &told, &err))
                fail_msg("%s", err.text);
        assert_int_equal(told.disorder, 0);
        return told;
}

static void assert_told(struct fixture *f, const char *text) {
        const struct sq_finished_filter all = {.since = 0};

        assert_string_equal(tell(f, &all).text, text);
}

static void settle(struct fixture *f, const struct sq_run *run) {
        struct sq_settled settled;

        assert_int_equal(sq_settle(f->ledger, run, &none, true, &settled, NULL), SQ_OK);
        assert_true(settled.corrected);
}

static void refund(struct fixture *f, const char *rules) {
        struct sq_refunds refunds;

        assert_int_equal(sq_refunds_parse(rules, &refunds, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &refunds);
}

static void a_job_is_told_with_what_it_did_cost(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);

        assert_told(f, "");
        sq_tres_set(&run.tres, "gres/gpu", 1);
        run.array_job = 10;
        run.array_task = 3;
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, "12 10_3 alice/physics COMPLETED 1700000100-1700000400"
                       " cpu=2,gres/gpu=1 cpu 600-0 gpu 300-0\n");
}

static void jobs_are_ordered_by_their_end(void **state) {
        struct fixture *f = *state;
        struct told told;
        const struct sq_finished_filter all = {.since = 0};

        for (int64_t job = 1; job <= 700; job++) {
                struct sq_run run = fixture_run(job, NULL, 1, 1 + job * 7919 % 701);

                assert_true(fixture_charge(f, &run).booked);
        }
        told = tell(f, &all);
        assert_int_equal(told.n, 700);
        assert_int_equal(told.last_end, START + 701);
}

static void corrections_count_with_their_job(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);

        assert_true(fixture_charge(f, &run).booked);
        run.end_at -= 100;
        run.state = "NODE_FAIL";
        settle(f, &run);
        assert_told(f, "12 0_-1 alice/physics NODE_FAIL 1700000100-1700000300 cpu=2"
                       " cpu 400-0 gpu 0-0\n");
}

static void refunds_are_what_the_balances_got_back(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 3, 333);

        refund(f, "node_fail:50%");
        sq_tres_set(&run.tres, "gres/gpu", 1);
        run.state = "NODE_FAIL";
        assert_true(fixture_charge(f, &run).booked);
        run.end_at -= 10;
        settle(f, &run);
        assert_told(f, "12 0_-1 alice/physics NODE_FAIL 1700000100-1700000423"
                       " cpu=3,gres/gpu=1 cpu 969-485 gpu 323-162\n");
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds,
                         969 - 485);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).consumed.seconds,
                         323 - 162);
}

static void the_sizes_of_a_resized_job_are_one_job(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 4, 100);

        run.resized = run.goes_on = true;
        run.state = "RESIZING";
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, ""); /* it has not ended */
        run = fixture_run(12, NULL, 2, 300);
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, "12 0_-1 alice/physics COMPLETED 1700000100-1700000400 cpu=2"
                       " cpu 800-0 gpu 0-0\n");
}

static void an_event_without_restart_count_belongs_to_the_run(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 4, 100);

        run.resized = run.goes_on = true;
        assert_true(fixture_charge(f, &run).booked);
        run = fixture_run(12, NULL, 2, 300);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, "12 0_-1 alice/physics COMPLETED 1700000100-1700000400 cpu=2"
                       " cpu 800-0 gpu 0-0\n");
}

static void each_run_of_a_requeued_job_is_told(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 100);

        run.goes_on = true;
        run.state = "REQUEUED";
        assert_true(fixture_charge(f, &run).booked);
        run = fixture_run(12, NULL, 2, 500);
        run.start_at += 300;
        run.submit_at += 200;
        run.restarts = 1;
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, "12 0_-1 alice/physics REQUEUED 1700000100-1700000200 cpu=2"
                       " cpu 200-0 gpu 0-0\n"
                       "12 0_-1 alice/physics COMPLETED 1700000400-1700000600 cpu=2"
                       " cpu 400-0 gpu 0-0\n");
}

static void a_job_that_never_started_did_cost_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);

        run.start_at = 0;
        run.state = "CANCELLED";
        run.tres.n = 0;
        assert_true(fixture_charge(f, &run).booked);
        assert_told(f, "12 0_-1 alice/physics CANCELLED 0-1700000400 ? cpu 0-0 gpu 0-0\n");
}

static void who_was_charged_for_another_has_a_job_of_his_own(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);
        const struct sq_finished_filter bob = {.user = "bob"};

        run.user = "bob";
        assert_true(fixture_charge(f, &run).booked);
        run.user = "alice";
        fixture_sql(f, "INSERT INTO subject (kind, name, created_at)"
                       " VALUES ('user', 'alice', 0);"
                       "INSERT INTO entry (id, at, kind, user_id, account_id, actor)"
                       " SELECT 50 + i, 0, 'correction', (SELECT id FROM subject WHERE name ="
                       " CASE i WHEN 1 THEN 'alice' ELSE 'bob' END), (SELECT id FROM subject"
                       " WHERE name = 'physics'), 'slurmdbd' FROM (SELECT 1 AS i UNION ALL"
                       " SELECT 2);"
                       "INSERT INTO entry_line VALUES (51, 1, 1, 600), (52, 1, 1, -600);"
                       "INSERT INTO charge (cluster_id, job_id, submit_at, array_task,"
                       " restarts, part, entry_id, start_at, end_at, state, resized, tres)"
                       " SELECT cluster_id, job_id, submit_at, array_task, restarts, i, 50 + i,"
                       " start_at, end_at, state, 0, tres FROM charge, (SELECT 1 AS i"
                       " UNION ALL SELECT 2)");
        assert_told(f, "12 0_-1 alice/physics COMPLETED 1700000100-1700000400 cpu=2"
                       " cpu 600-0 gpu 0-0\n"
                       "12 0_-1 bob/physics COMPLETED 1700000100-1700000400 cpu=2"
                       " cpu 0-0 gpu 0-0\n");
        assert_int_equal(tell(f, &bob).n, 1);
}

static void who_was_pruned_has_no_name(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);

        run.start_at = 0;
        assert_true(fixture_charge(f, &run).booked);
        fixture_sql(f, "DELETE FROM subject WHERE kind = 'user'");
        assert_told(f, "12 0_-1 ?/physics COMPLETED 0-1700000400 cpu=2 cpu 0-0 gpu 0-0\n");
}

/* --- which of them ------------------------------------------------------------------- */

static void charge(struct fixture *f, int64_t job, const char *user, const char *account,
                   int64_t seconds) {
        struct sq_run run = fixture_run(job, NULL, 1, seconds);

        run.user = user;
        run.account = account;
        assert_true(fixture_charge(f, &run).booked);
}

static void jobs_are_chosen_by_user_or_account(void **state) {
        struct fixture *f = *state;
        struct sq_finished_filter filter = {.user = "alice"};

        charge(f, 1, "alice", "physics", 10);
        charge(f, 2, "bob", "physics", 20);
        charge(f, 3, "alice", "biology", 30);
        assert_int_equal(tell(f, &filter).n, 2);
        filter.user = "physics";
        assert_int_equal(tell(f, &filter).n, 0);
        filter = (struct sq_finished_filter){.account = "physics"};
        assert_int_equal(tell(f, &filter).n, 2);
        filter.account = "chemistry";
        assert_int_equal(tell(f, &filter).n, 0);
}

static void since_is_about_the_end_and_its_correction(void **state) {
        struct fixture *f = *state;
        struct sq_finished_filter filter = {.since = START + 20};
        struct sq_run run = fixture_run(2, NULL, 1, 20);

        charge(f, 1, "alice", "physics", 19);
        charge(f, 2, "alice", "physics", 20);
        charge(f, 3, "alice", "physics", 30);
        assert_int_equal(tell(f, &filter).n, 2);
        run.end_at--;
        settle(f, &run);
        assert_int_equal(tell(f, &filter).n, 1);
}

static void a_job_is_found_however_old_its_id_is(void **state) {
        struct fixture *f = *state;
        struct sq_finished_filter filter = {.since = START + 5000};

        for (int64_t job = 1; job <= 5; job++)
                charge(f, job * 50000, "alice", "physics", job);
        charge(f, 7, "bob", "physics", 6000);
        charge(f, 300000, "bob", "physics", 4000); /* slurmctld was told of late */
        charge(f, 8, "alice", "physics", 7000);
        fixture_sql(f, "UPDATE entry SET at = 1700000100 + id;"
                       "UPDATE entry SET at = (SELECT c.end_at FROM charge c WHERE c.entry_id ="
                       " entry.id) WHERE id IN (SELECT entry_id FROM charge WHERE job_id < 10);"
                       "UPDATE entry SET at = 1700006100"
                       " WHERE id = (SELECT entry_id FROM charge WHERE job_id = 300000)");
        assert_int_equal(tell(f, &filter).n, 2);
        filter.user = "alice";
        assert_int_equal(tell(f, &filter).n, 1);
        assert_int_equal(tell(f, &filter).last_end, START + 7000);
        filter = (struct sq_finished_filter){.account = "physics", .since = START + 6001};
        assert_int_equal(tell(f, &filter).n, 1);
        filter.since = START + 4000;
        assert_int_equal(tell(f, &filter).n, 3);
}

static void an_entry_whose_charge_is_gone_is_no_job(void **state) {
        struct fixture *f = *state;
        const struct sq_finished_filter all = {.since = 0};

        charge(f, 1, "alice", "physics", 10);
        charge(f, 2, "alice", "physics", 20);
        fixture_sql(f, "DELETE FROM charge WHERE job_id = 2");
        assert_int_equal(tell(f, &all).n, 1);
}

static void the_limit_leaves_out_the_first_to_end(void **state) {
        struct fixture *f = *state;
        struct sq_finished_filter filter = {.limit = 3};

        for (int64_t job = 1; job <= 40; job++)
                charge(f, job * 9000, "alice", "physics", 1 + job * 17 % 41);
        assert_int_equal(tell(f, &filter).n, 3);
        assert_int_equal(tell(f, &filter).last_end, START + 41);
        assert_non_null(strstr(tell(f, &filter).text, "-1700000139 "));
        assert_null(strstr(tell(f, &filter).text, "-1700000138 "));
        filter.limit = 40;
        assert_int_equal(tell(f, &filter).n, 40);
        filter.limit = 41;
        assert_int_equal(tell(f, &filter).n, 40);
}

static void jobs_of_all_clusters_and_ids_are_found(void **state) {
        struct fixture *f = *state;
        const struct sq_finished_filter all = {.since = 0};
        const int64_t ids[] = {1, 9999, 10000, 10001, 67108864, 4294967295, INT64_MAX};

        for (int cluster = 0; cluster < 2; cluster++)
                for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
                        struct sq_run run = fixture_run(ids[i], NULL, 1, 60);

                        run.cluster = cluster ? "other" : "test";
                        assert_true(fixture_charge(f, &run).booked);
                }
        assert_int_equal(tell(f, &all).n, 14);
}

static void the_callback_can_stop_and_its_value_comes_back(void **state) {
        struct fixture *f = *state;
        const struct sq_finished_filter all = {.since = 0};
        struct told told = {.stop_after = 2};

        for (int64_t job = 1; job <= 3; job++)
                charge(f, job, "alice", "physics", 60);
        assert_int_equal(sq_finished_each(f->ledger, &all, note, &told, NULL), 42);
        assert_int_equal(told.n, 2);
        charge(f, 4, "alice", "physics", 60); /* and the store goes on */
}

static int empty_log(const struct sq_finished *job, void *payload) {
        (void)job;
        /* Emptying fails while a picture is open. */
        return sq_store_checkpoint(sq_ledger_store(((struct fixture *)payload)->ledger),
                                   SQ_CHECKPOINT_EMPTY, NULL);
}

static void no_picture_is_open_while_somebody_reads(void **state) {
        struct fixture *f = *state;
        const struct sq_finished_filter all = {.since = 0};

        charge(f, 1, "alice", "physics", 60);
        assert_int_equal(sq_finished_each(f->ledger, &all, empty_log, f, NULL), SQ_OK);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_job_is_told_with_what_it_did_cost),
                A_TEST(jobs_are_ordered_by_their_end),
                A_TEST(corrections_count_with_their_job),
                A_TEST(refunds_are_what_the_balances_got_back),
                A_TEST(the_sizes_of_a_resized_job_are_one_job),
                A_TEST(an_event_without_restart_count_belongs_to_the_run),
                A_TEST(each_run_of_a_requeued_job_is_told),
                A_TEST(a_job_that_never_started_did_cost_nothing),
                A_TEST(who_was_charged_for_another_has_a_job_of_his_own),
                A_TEST(who_was_pruned_has_no_name),
                A_TEST(jobs_are_chosen_by_user_or_account),
                A_TEST(since_is_about_the_end_and_its_correction),
                A_TEST(a_job_is_found_however_old_its_id_is),
                A_TEST(an_entry_whose_charge_is_gone_is_no_job),
                A_TEST(the_limit_leaves_out_the_first_to_end),
                A_TEST(jobs_of_all_clusters_and_ids_are_found),
                A_TEST(the_callback_can_stop_and_its_value_comes_back),
                A_TEST(no_picture_is_open_while_somebody_reads),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
