/* test_settlement.c - slurmdbd's word about a run that has ended */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ledger/factor.h"
#include "ledger/refund.h"
#include "ledger/settlement.h"

/* fixture_run() begins at 22:15 UTC. */
#define FIRST_DAY 20231114
#define SECOND_DAY 20231115
#define UNTIL_MIDNIGHT 6300

static int start(void **state) {
        assert_int_equal(setenv("TZ", "UTC0", 1), 0);
        tzset();
        return fixture_start(state);
}

static const struct sq_earlier_sizes none = {0};

/* Everything that could change. */
static int64_t entries(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM entry");
}

static int64_t consumed(struct fixture *f, enum sq_resource resource) {
        const int64_t user = fixture_balance(f, SQ_USER, "alice", resource).consumed.seconds;

        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", resource).consumed.seconds,
                         user);
        return user;
}

static int64_t used_on(struct fixture *f, int64_t day, const char *resource) {
        char sql[300];

        snprintf(sql, sizeof sql,
                 "SELECT coalesce(sum(d.amount), 0) FROM usage_day d JOIN resource r"
                 " ON r.id = d.resource_id WHERE d.day = %lld AND r.name = '%s'",
                 (long long)day, resource);
        return fixture_number(f, sql);
}

static void assert_days(struct fixture *f, const char *resource, int64_t first,
                        int64_t second) {
        assert_int_equal(used_on(f, FIRST_DAY, resource), first);
        assert_int_equal(used_on(f, SECOND_DAY, resource), second);
}

/* Looks first, which changes nothing; then settles it, after which nothing is left. */
static struct sq_settled settle(struct fixture *f, const struct sq_run *run,
                                const struct sq_earlier_sizes *earlier) {
        const int64_t before = entries(f);
        struct sq_settled said, done, again;
        struct sq_error err;

        if (sq_settle(f->ledger, run, earlier, false, &said, &err))
                fail_msg("%s", err.text);
        assert_int_equal(entries(f), before);
        if (sq_settle(f->ledger, run, earlier, true, &done, &err))
                fail_msg("%s", err.text);
        assert_int_equal(said.booked, done.booked);
        assert_int_equal(said.corrected, done.corrected);
        if (done.corrected)
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        assert_int_equal(said.amounts.of[r].seconds,
                                         done.amounts.of[r].seconds);
        if (sq_settle(f->ledger, run, earlier, true, &again, &err))
                fail_msg("%s", err.text);
        assert_false(again.booked || again.corrected || again.released);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                assert_int_equal(again.amounts.of[r].seconds, 0);
        fixture_verify(f);
        return done;
}

static void settle_corrected(struct fixture *f, const struct sq_run *run, int64_t cpu) {
        const struct sq_settled s = settle(f, run, &none);

        assert_true(s.corrected);
        assert_false(s.booked || s.released);
        assert_int_equal(s.amounts.of[SQ_CPU].seconds, cpu);
}

static void settle_nothing(struct fixture *f, const struct sq_run *run) {
        const struct sq_settled s = settle(f, run, &none);

        assert_false(s.corrected || s.booked || s.released);
        assert_int_equal(s.amounts.of[SQ_CPU].seconds, 0);
}

/* --- what was never booked ------------------------------------------------------- */

static void what_was_never_booked_is_booked(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s;

        assert_true(fixture_reserve(f, &claim).accepted);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        s = settle(f, &run, &none);
        assert_true(s.booked && s.released);
        assert_false(s.corrected);
        assert_int_equal(s.amounts.of[SQ_CPU].seconds, 1200);
        assert_int_equal(consumed(f, SQ_CPU), 1200);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), 1);
}

static void looking_at_what_was_never_booked_books_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s;

        assert_int_equal(sq_settle(f->ledger, &run, &none, false, &s, NULL), SQ_OK);
        assert_true(s.booked);
        assert_false(s.corrected || s.released);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 0);
        assert_int_equal(entries(f), 0);
}

static void what_never_started_costs_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        run.start_at = 0;
        run.tres.n = 0;
        assert_true(settle(f, &run, &none).booked);
        assert_int_equal(consumed(f, SQ_CPU), 0);
        settle_nothing(f, &run);
}

/* --- what was booked ------------------------------------------------------------- */

static void what_is_booked_as_it_was_stays(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        settle_nothing(f, &run);
        assert_int_equal(entries(f), 3); /* user, account, charge */
}

static void suspended_time_is_taken_off(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 3000);
        int64_t at;

        fixture_charge(f, &run);
        assert_int_equal(consumed(f, SQ_CPU), 12000);
        run.restarts = SQ_RESTARTS_UNKNOWN;
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_CPU), 8000);
        assert_days(f, "cpu", 8000, 0);
        /* It is an entry of its own, that names where it comes from. */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind ="
                                           " 'correction' AND actor = 'slurmdbd'"
                                           " AND reason IS NOT NULL"), 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), 2);
        assert_int_equal(fixture_number(f, "SELECT max(part) FROM charge"), 1);
        assert_int_equal(fixture_number(f, "SELECT max(restarts) FROM charge"), 0);
        at = fixture_number(f, "SELECT updated_at FROM balance WHERE resource_id = 1");
        assert_in_range(at, sq_now() - 60, sq_now());
        /* It is known as a charge: the same end is not booked again. */
        run.restarts = 0;
        assert_false(fixture_charge(f, &run).booked);
}

static void a_run_that_was_longer_costs_more(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.end_at += 100; /* slurmctld crashed, and told two ends */
        settle_corrected(f, &run, 400);
        assert_int_equal(consumed(f, SQ_CPU), 1600);
        assert_days(f, "cpu", 1600, 0);
}

static void a_run_that_was_suspended_all_the_time_costs_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.suspended = 400; /* clocks */
        settle_corrected(f, &run, -1200);
        assert_int_equal(consumed(f, SQ_CPU), 0);
        assert_days(f, "cpu", 0, 0);
}

static void a_run_that_never_started_is_taken_back(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.start_at = 0;
        run.tres.n = 0;
        settle_corrected(f, &run, -1200);
        assert_int_equal(consumed(f, SQ_CPU), 0);
}

static void another_number_of_cpus_is_another_amount(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.tres.n = 0;
        sq_tres_set(&run.tres, "cpu", 7);
        settle_corrected(f, &run, 900);
        assert_int_equal(consumed(f, SQ_CPU), 2100);
}

static void tasks_and_runs_are_settled_each_by_itself(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 300), other = run;

        run.array_job = other.array_job = 1;
        run.array_task = 0;
        other.job_id = 7; /* each task has an id of its own */
        other.array_task = 1;
        fixture_charge(f, &run);
        fixture_charge(f, &other);
        other.suspended = 100;
        settle_corrected(f, &other, -400);
        settle_nothing(f, &run);
        run.submit_at += 1000;
        run.start_at += 1000;
        run.end_at += 1000;
        assert_true(settle(f, &run, &none).booked);
        run.job_id = 2;
        assert_true(settle(f, &run, &none).booked);
        run.cluster = "other";
        assert_true(settle(f, &run, &none).booked);
        assert_int_equal(consumed(f, SQ_CPU), 5 * 1200 - 400);
}

static void a_task_is_known_by_its_id_when_slurmdbd_does_not_know_that_it_is_one(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(8, NULL, 4, 300);

        run.array_job = 5;
        run.array_task = 3;
        fixture_charge(f, &run);
        run.array_job = 0;
        run.array_task = SQ_NO_TASK;
        settle_nothing(f, &run);
        run.suspended = 100;
        settle_corrected(f, &run, -400);
        assert_int_equal(fixture_number(f, "SELECT min(array_task) FROM charge"), 3);
        assert_int_equal(fixture_number(f, "SELECT min(array_job_id) FROM charge"), 5);
}

static void a_requeued_run_is_settled_as_any_other(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        assert_true(fixture_reserve(f, &claim).accepted);
        run.goes_on = true;
        fixture_charge(f, &run);
        run.suspended = 100;
        settle_corrected(f, &run, -400);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, 2400);
}

static void the_time_between_an_end_and_a_requeue_is_nobodys(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s;

        fixture_charge(f, &run);
        run.state = "REQUEUED"; /* slurmdbd's end is the moment of the requeue */
        run.end_at += 1000;
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_OK);
        assert_false(s.corrected);
        assert_int_equal(consumed(f, SQ_CPU), 1200);
        run.suspended = 100; /* other corrections are made from the end that was told */
        settle_corrected(f, &run, -400);
        fixture_verify(f);
}

static void a_requeued_run_that_was_told_never_to_have_begun_is_slurmdbds_word(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        const int64_t start_at = run.start_at;

        run.start_at = 0;
        fixture_charge(f, &run);
        run.start_at = start_at;
        run.state = "REQUEUED";
        settle_corrected(f, &run, 1200);
}

static void slurmdbd_may_change_its_word(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);

        fixture_charge(f, &run);
        run.suspended = 100;
        settle_corrected(f, &run, -400);
        run.suspended = 50;
        settle_corrected(f, &run, 200);
        run.suspended = 0;
        settle_corrected(f, &run, 200);
        assert_int_equal(consumed(f, SQ_CPU), 1200);
        assert_days(f, "cpu", 1200, 0);
        assert_int_equal(fixture_number(f, "SELECT max(part) FROM charge"), 3);
}

static void times_that_cannot_be_are_an_error(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s = {.booked = true};

        run.end_at = run.start_at - 1;
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_EINVAL);
        run.end_at = run.start_at + 300;
        fixture_charge(f, &run);
        run.end_at = run.start_at - 1;
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_EINVAL);
        assert_int_equal(sq_settle(f->ledger, &run, &none, false, &s, NULL), SQ_EINVAL);
        assert_int_equal(consumed(f, SQ_CPU), 1200); /* it stays */
        assert_true(s.booked); /* only set on success */
}

/* --- days ------------------------------------------------------------------------ */

static void suspended_time_goes_off_the_days_of_the_end(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 10800); /* until 1:15 */

        sq_tres_set(&run.tres, "mem", 1000);
        fixture_charge(f, &run);
        assert_days(f, "cpu", 4 * UNTIL_MIDNIGHT, 4 * 4500);
        run.suspended = 7200;
        settle_corrected(f, &run, -4 * 7200);
        /* As if it had been known when it was charged. */
        assert_days(f, "cpu", 4 * 3600, 0);
        assert_days(f, "mem", 1000 * 3600, 0);
        run.suspended = 1800;
        settle_corrected(f, &run, 4 * 5400);
        assert_days(f, "cpu", 4 * UNTIL_MIDNIGHT, 4 * 2700);
        assert_days(f, "mem", 1000 * UNTIL_MIDNIGHT, 1000 * 2700);
        run.suspended = 3600;
        settle_corrected(f, &run, -4 * 1800);
        assert_days(f, "cpu", 4 * UNTIL_MIDNIGHT, 4 * 900);
        assert_days(f, "mem", 1000 * UNTIL_MIDNIGHT, 1000 * 900);
}

static void a_longer_run_adds_to_the_days_of_its_new_end(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 3600);

        fixture_charge(f, &run);
        assert_days(f, "cpu", 4 * 3600, 0);
        run.end_at += 3600;
        settle_corrected(f, &run, 4 * 3600);
        assert_days(f, "cpu", 4 * UNTIL_MIDNIGHT, 4 * 900);
}

static void a_run_that_ended_earlier_was_not_there_on_the_next_day(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 10800);

        fixture_charge(f, &run);
        assert_days(f, "cpu", 4 * UNTIL_MIDNIGHT, 4 * 4500);
        run.end_at -= 7200;
        settle_corrected(f, &run, -4 * 7200);
        assert_days(f, "cpu", 4 * 3600, 0);
}

static void a_run_that_never_started_leaves_nothing_in_its_sum(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 10800);

        fixture_charge(f, &run);
        run.start_at = 0;
        settle_corrected(f, &run, -4 * 10800);
        assert_int_equal(used_on(f, FIRST_DAY, "cpu") + used_on(f, SECOND_DAY, "cpu"), 0);
}

/* --- GPUs ------------------------------------------------------------------------ */

static void weigh(struct fixture *f, int64_t millionths) {
        const struct sq_actor actor = {.name = "test"};

        assert_int_equal(sq_factor_set(f->ledger, "default", millionths, &actor, NULL), SQ_OK);
}

static struct sq_run gpu_run(int64_t seconds) {
        struct sq_run run = fixture_run(1, UUID(1), 4, seconds);

        sq_tres_set(&run.tres, "gres/gpu", 2);
        return run;
}

static void gpus_are_corrected_with_the_cpus(void **state) {
        struct fixture *f = *state;
        struct sq_run run = gpu_run(3000);

        weigh(f, 500000);
        fixture_charge(f, &run);
        assert_int_equal(consumed(f, SQ_GPU), 3000);
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_GPU), 2000);
        assert_int_equal(used_on(f, FIRST_DAY, "gpu"), 2000);
        assert_int_equal(used_on(f, FIRST_DAY, "gres/gpu"), 4000);
}

static void each_day_gets_its_share_of_corrected_gpus(void **state) {
        struct fixture *f = *state;
        struct sq_run run = gpu_run(10800); /* until 1:15 */

        weigh(f, 500000);
        fixture_charge(f, &run);
        assert_days(f, "gpu", UNTIL_MIDNIGHT, 4500);
        run.suspended = 7200;
        settle_corrected(f, &run, -4 * 7200);
        assert_days(f, "gpu", 3600, 0);
        assert_days(f, "gres/gpu", 2 * 3600, 0);
        run.suspended = 10800 - UNTIL_MIDNIGHT; /* until the very midnight */
        settle_corrected(f, &run, 4 * 2700);
        assert_days(f, "gpu", UNTIL_MIDNIGHT, 0);
        run.suspended = 0;
        settle_corrected(f, &run, 4 * 4500);
        assert_days(f, "gpu", UNTIL_MIDNIGHT, 4500);
}

static void gpus_keep_the_weight_of_their_time(void **state) {
        struct fixture *f = *state;
        struct sq_run run = gpu_run(3000);

        weigh(f, 500000);
        fixture_charge(f, &run);
        weigh(f, 3000000);
        settle_nothing(f, &run); /* a price that changed is no reason */
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_GPU), 2000);
        run.suspended = 999; /* 0.5 a second, rounded half up */
        settle_corrected(f, &run, 4);
        assert_int_equal(consumed(f, SQ_GPU), 2001);
}

static void gpus_of_a_run_that_took_no_time_weigh_as_now(void **state) {
        struct fixture *f = *state;
        struct sq_run run = gpu_run(0);

        weigh(f, 500000);
        fixture_charge(f, &run);
        assert_int_equal(consumed(f, SQ_GPU), 0);
        weigh(f, 2000000);
        run.end_at += 100;
        settle_corrected(f, &run, 400);
        assert_int_equal(consumed(f, SQ_GPU), 400);
        assert_int_equal(used_on(f, FIRST_DAY, "gpu"), 400);
}

/* --- jobs that were resized ------------------------------------------------------ */

/* Runs with 4 CPUs for 100 seconds, then with 2 for 200. */
static struct sq_run resized(struct fixture *f) {
        struct sq_run run = fixture_run(1, UUID(1), 4, 100);

        run.goes_on = run.resized = true;
        fixture_charge(f, &run);
        run = fixture_run(1, UUID(1), 2, 300);
        fixture_charge(f, &run);
        assert_int_equal(consumed(f, SQ_CPU), 800);
        run.start_at += 100; /* slurmdbd has a record for each size */
        return run;
}

static void the_sizes_of_a_job_count_together(void **state) {
        struct fixture *f = *state;
        const struct sq_earlier_sizes earlier = {.cpu_seconds = 400};
        struct sq_run run = resized(f);
        struct sq_settled s = settle(f, &run, &earlier);

        assert_false(s.corrected || s.booked);
        run.suspended = 50;
        s = settle(f, &run, &earlier);
        assert_true(s.corrected);
        assert_int_equal(s.amounts.of[SQ_CPU].seconds, -100);
        assert_int_equal(consumed(f, SQ_CPU), 700);
        assert_int_equal(used_on(f, FIRST_DAY, "cpu"), 700);
}

static void the_last_size_that_nobody_told_is_booked(void **state) {
        struct fixture *f = *state;
        const struct sq_earlier_sizes earlier = {.cpu_seconds = 400};
        struct sq_run run = fixture_run(1, UUID(1), 4, 100);
        struct sq_settled s;

        run.goes_on = run.resized = true;
        fixture_charge(f, &run);
        run = fixture_run(1, UUID(1), 2, 300);
        run.start_at += 100;
        s = settle(f, &run, &earlier);
        assert_true(s.booked);
        assert_int_equal(s.amounts.of[SQ_CPU].seconds, 400);
        assert_int_equal(consumed(f, SQ_CPU), 800);
}

static int64_t submitted(struct fixture *f, const char *cluster, int64_t job_id, int64_t at) {
        int64_t submit_at = -1;

        assert_int_equal(
                sq_settlement_resized(f->ledger, cluster, job_id, at, &submit_at, NULL), SQ_OK);
        return submit_at;
}

static void a_later_size_is_known_by_the_end_of_the_one_before(void **state) {
        struct fixture *f = *state;
        const struct sq_run run = resized(f);
        const int64_t at = run.start_at;

        assert_int_equal(submitted(f, "test", 1, at), run.submit_at);
        assert_int_equal(submitted(f, "test", 1, at - 1), run.submit_at);
        assert_int_equal(submitted(f, "test", 1, at + 1), run.submit_at);
        assert_int_equal(submitted(f, "test", 1, at - 2), 0);
        assert_int_equal(submitted(f, "test", 1, at + 2), 0);
        assert_int_equal(submitted(f, "test", 2, at), 0);
        assert_int_equal(submitted(f, "other", 1, at), 0);
        /* The end of the job is no size that it gave up. */
        assert_int_equal(submitted(f, "test", 1, run.end_at), 0);
}

/* --- refunds --------------------------------------------------------------------- */

static void the_refund_of_a_charge_is_corrected_with_it(void **state) {
        struct fixture *f = *state;
        struct sq_run run = gpu_run(3000);
        struct sq_refunds rules;

        assert_int_equal(sq_refunds_parse("node_fail:25%", &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        run.state = "NODE_FAIL";
        assert_int_equal(fixture_charge(f, &run).refund_percent, 25);
        assert_int_equal(consumed(f, SQ_CPU), 9000);
        assert_int_equal(consumed(f, SQ_GPU), 4500);

        /* The rules are of the time of the charge. */
        assert_int_equal(sq_refunds_parse("", &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_CPU), 6000);
        assert_int_equal(consumed(f, SQ_GPU), 3000);
        run.suspended = 0; /* and upwards */
        settle_corrected(f, &run, 4000);
        assert_int_equal(consumed(f, SQ_CPU), 9000);
        assert_int_equal(consumed(f, SQ_GPU), 4500);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'refund'"),
                         3);
        assert_int_equal(fixture_number(f, "SELECT min(refund_percent) FROM charge"), 25);
}

static void a_refund_of_cpus_alone_is_corrected_too(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 3000);
        struct sq_refunds rules;

        assert_int_equal(sq_refunds_parse("node_fail:100%", &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        run.state = "NODE_FAIL";
        fixture_charge(f, &run);
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_CPU), 0);
}

static void what_was_charged_without_a_refund_gets_none_later(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 3000);
        struct sq_refunds rules;

        run.state = "NODE_FAIL";
        fixture_charge(f, &run);
        assert_int_equal(sq_refunds_parse("node_fail:25%", &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        run.suspended = 1000;
        settle_corrected(f, &run, -4000);
        assert_int_equal(consumed(f, SQ_CPU), 8000);
}

/* --- what does not fit, and failures --------------------------------------------- */

static void amounts_that_do_not_fit_change_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_earlier_sizes most = {.cpu_seconds = INT64_MAX};
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s;

        fixture_charge(f, &run);
        run.tres.n = 0;
        sq_tres_set(&run.tres, "cpu", INT64_MAX / 100);
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_ERANGE);
        run.tres.item[0].count = 4;
        run.end_at += 10;
        assert_int_equal(sq_settle(f->ledger, &run, &most, true, &s, NULL), SQ_ERANGE);
        /* Two that fit, together with what the user has had do not. */
        run.tres.item[0].count = 1;
        run.end_at = run.start_at + 300;
        run.job_id = 2;
        run.tres.item[0].count = INT64_MAX / 400;
        fixture_charge(f, &run);
        run.end_at += 100;
        assert_int_equal(sq_settle(f->ledger, &run, &none, false, &s, NULL), SQ_OK);
        assert_true(s.corrected);
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_ERANGE);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), 2);
        fixture_verify(f);
}

static void gpus_that_do_not_fit_are_an_error(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 1, 1000000);
        struct sq_settled s;

        sq_tres_set(&run.tres, "gres/gpu", 9000000);
        weigh(f, 1000000LL * 1000000);
        fixture_charge(f, &run);
        assert_int_equal(consumed(f, SQ_GPU), 9000000LL * 1000000 * 1000000);
        weigh(f, 1); /* so that the price of now does fit */
        run.end_at += 9000000;
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_ERANGE);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), 1);
        fixture_verify(f);
}

static void a_store_that_fails_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, UUID(1), 4, 300);
        struct sq_settled s = {.booked = true};
        int64_t submit_at = 7;

        fixture_charge(f, &run);
        run.suspended = 100;
        fixture_sql(f, "CREATE TRIGGER no_insert BEFORE INSERT ON charge"
                       " BEGIN SELECT raise(ABORT, 'no'); END");
        assert_int_not_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_OK);
        run.job_id = 2;
        assert_int_not_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_OK);
        run.job_id = 1;
        assert_true(s.booked);
        fixture_sql(f, "DROP TRIGGER no_insert; ALTER TABLE charge RENAME TO hidden");
        assert_int_not_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_OK);
        assert_int_not_equal(
                sq_settlement_resized(f->ledger, "test", 1, 1000, &submit_at, NULL), SQ_OK);
        assert_int_equal(submit_at, 7);
        fixture_sql(f, "ALTER TABLE hidden RENAME TO charge;"
                       " ALTER TABLE usage_day RENAME TO hidden");
        assert_int_not_equal(sq_settle(f->ledger, &run, &none, true, &s, NULL), SQ_OK);
        fixture_sql(f, "ALTER TABLE hidden RENAME TO usage_day");
        settle_corrected(f, &run, -400);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(what_was_never_booked_is_booked),
                A_TEST(looking_at_what_was_never_booked_books_nothing),
                A_TEST(what_never_started_costs_nothing),
                A_TEST(what_is_booked_as_it_was_stays),
                A_TEST(suspended_time_is_taken_off),
                A_TEST(a_run_that_was_longer_costs_more),
                A_TEST(a_run_that_was_suspended_all_the_time_costs_nothing),
                A_TEST(a_run_that_never_started_is_taken_back),
                A_TEST(another_number_of_cpus_is_another_amount),
                A_TEST(tasks_and_runs_are_settled_each_by_itself),
                A_TEST(a_task_is_known_by_its_id_when_slurmdbd_does_not_know_that_it_is_one),
                A_TEST(a_requeued_run_is_settled_as_any_other),
                A_TEST(the_time_between_an_end_and_a_requeue_is_nobodys),
                A_TEST(a_requeued_run_that_was_told_never_to_have_begun_is_slurmdbds_word),
                A_TEST(slurmdbd_may_change_its_word),
                A_TEST(times_that_cannot_be_are_an_error),
                A_TEST(suspended_time_goes_off_the_days_of_the_end),
                A_TEST(a_longer_run_adds_to_the_days_of_its_new_end),
                A_TEST(a_run_that_ended_earlier_was_not_there_on_the_next_day),
                A_TEST(a_run_that_never_started_leaves_nothing_in_its_sum),
                A_TEST(gpus_are_corrected_with_the_cpus),
                A_TEST(each_day_gets_its_share_of_corrected_gpus),
                A_TEST(gpus_keep_the_weight_of_their_time),
                A_TEST(gpus_of_a_run_that_took_no_time_weigh_as_now),
                A_TEST(the_sizes_of_a_job_count_together),
                A_TEST(the_last_size_that_nobody_told_is_booked),
                A_TEST(a_later_size_is_known_by_the_end_of_the_one_before),
                A_TEST(the_refund_of_a_charge_is_corrected_with_it),
                A_TEST(a_refund_of_cpus_alone_is_corrected_too),
                A_TEST(what_was_charged_without_a_refund_gets_none_later),
                A_TEST(amounts_that_do_not_fit_change_nothing),
                A_TEST(gpus_that_do_not_fit_are_an_error),
                A_TEST(a_store_that_fails_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
