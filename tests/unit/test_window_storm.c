/* test_window_storm.c - what holds whatever happens, over months of random events
 *
 * Jobs come, change, run across the ends of windows, end and are corrected; the clock is
 * the test's.  After each event the ledger is in order, nothing that was used is in no
 * window or in two, and whoever is let in finds that there was enough.
 */
#include "window_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/refund.h"
#include "ledger/settlement.h"

#define EVENTS 500
#define JOBS 24

struct job {
        char uuid[SQ_UUID_SIZE];
        struct sq_claim claim;
        int64_t id, created_at, tasks_ended;
        bool lives;
        struct sq_run last; /* of its runs that has ended; tasks 0: none */
};

struct storm {
        struct fixture *f;
        uint64_t random;
        int64_t now, next_id;
        struct job job[JOBS];
        int accepted, refused;
};

static const struct {
        enum sq_subject_kind kind;
        const char *name, *resource;
        enum sq_window_kind window;
        int64_t seconds;
        const char *carryover;
} budgets[] = {
        {SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_MONTH, 900 * HOUR, "capped:50"},
        {SQ_ACCOUNT, "physics", "node", SQ_WINDOW_YEAR, 3000 * HOUR, NULL},
        {SQ_ACCOUNT, "biology", "gpu", SQ_WINDOW_MONTH, 250 * HOUR, "decay:30"},
        {SQ_ACCOUNT, "biology", "cpu", SQ_WINDOW_TOTAL, 9000 * HOUR, NULL},
        {SQ_USER, "alice", "cpu", SQ_WINDOW_QUARTER, 1500 * HOUR, "capped:100"},
        {SQ_USER, "alice", "node", SQ_WINDOW_MONTH, 300 * HOUR, "capped:20"},
        {SQ_USER, "bob", "mem", SQ_WINDOW_MONTH, 50000 * HOUR, NULL},
        {SQ_USER, "bob", "gpu", SQ_WINDOW_QUARTER, 500 * HOUR, "capped:33"},
};
#define BUDGETS (sizeof budgets / sizeof budgets[0])

/* 0 to n - 1. */
static int64_t any(struct storm *s, int64_t n) {
        s->random ^= s->random << 13;
        s->random ^= s->random >> 7;
        s->random ^= s->random << 17;
        return (int64_t)(s->random >> 11) % n;
}

static void move_on(struct storm *s, int64_t most) {
        s->now += any(s, most);
        it_is(s->now);
}

/* --- events ----------------------------------------------------------------------------- */

static void submit(struct storm *s) {
        struct job *job = &s->job[any(s, JOBS)];
        struct sq_verdict verdict;

        if (job->lives)
                return;
        *job = (struct job){.id = s->next_id, .created_at = s->now};
        s->next_id += 10;
        snprintf(job->uuid, sizeof job->uuid, "01900000-0000-7000-8000-%012" PRId64, job->id);
        job->claim = fixture_claim(job->uuid, 1 + any(s, 8), 60 + any(s, 9 * DAY));
        job->claim.user = any(s, 2) ? "alice" : "bob";
        job->claim.account = any(s, 2) ? "physics" : "biology";
        job->claim.tasks = any(s, 4) ? 1 : 1 + any(s, 5);
        sq_tres_set(&job->claim.tres, "node", 1 + any(s, 2));
        sq_tres_set(&job->claim.tres, "mem", 100);
        if (!any(s, 3))
                sq_tres_set(&job->claim.tres, "gres/gpu", 1 + any(s, 3));
        verdict = fixture_reserve(s->f, &job->claim);
        job->lives = verdict.accepted;
        s->accepted += verdict.accepted;
        s->refused += !verdict.accepted;
}

static void change(struct storm *s, struct job *job) {
        struct sq_claim claim = job->claim;
        struct sq_verdict verdict;

        claim.seconds = 60 + any(s, 9 * DAY);
        if (!any(s, 4))
                claim.account = any(s, 2) ? "physics" : "biology";
        assert_int_equal(sq_reserve_modified(s->f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL), SQ_OK);
        if (verdict.accepted)
                job->claim = claim;
}

static struct sq_run run_of(const struct job *job) {
        struct sq_run run = fixture_run(job->id + job->tasks_ended, job->uuid, 1, 1);

        run.user = job->claim.user;
        run.account = job->claim.account;
        run.tres = job->claim.tres;
        run.submit_at = job->created_at;
        if (job->claim.tasks > 1) {
                run.array_job = job->id;
                run.array_task = job->tasks_ended;
        }
        return run;
}

/* A task that began at some time after its submission and has not overrun its limit. */
static void end(struct storm *s, struct job *job) {
        struct sq_run run = run_of(job);
        const int64_t since = s->now - job->created_at;
        int64_t longest;

        run.start_at = job->created_at + any(s, since + 1);
        longest = s->now - run.start_at < job->claim.seconds ? s->now - run.start_at
                                                             : job->claim.seconds;
        run.end_at = run.start_at + any(s, longest + 1);
        if (!any(s, 6)) /* cancelled while it waited */
                run.start_at = 0;
        if (!any(s, 5))
                run.state = "NODE_FAIL";
        fixture_charge(s->f, &run);
        job->last = run;
        job->lives = ++job->tasks_ended < job->claim.tasks;
}

/* slurmdbd knows of an earlier end. */
static void correct(struct storm *s, struct job *job) {
        const struct sq_earlier_sizes earlier = {0};
        struct sq_settled settled;
        struct sq_run *run = &job->last;

        if (!run->start_at || run->end_at <= run->start_at)
                return;
        run->end_at -= any(s, run->end_at - run->start_at);
        assert_int_equal(sq_settle(s->f->ledger, run, &earlier, true, &settled, NULL), SQ_OK);
}

/* --- what holds -------------------------------------------------------------------------- */

/* What is in the windows of a budget is what the days say, and each day is in one. */
static void assert_conserved(struct storm *s, size_t i) {
        char sql[900];

        snprintf(sql, sizeof sql,
                 "SELECT (SELECT coalesce(sum(c.consumed), 0) FROM window_close c"
                 "  WHERE c.subject_id = s.id AND c.resource_id = r.id AND c.window_id = %d)"
                 " + (SELECT b.consumed FROM balance b WHERE b.subject_id = s.id"
                 "  AND b.resource_id = r.id AND b.window_id = %d)"
                 " - (SELECT coalesce(sum(d.amount - d.refunded), 0) FROM usage_day d"
                 "  WHERE d.resource_id = r.id AND s.id IN (d.user_id, d.account_id))"
                 " FROM subject s, resource r WHERE s.name = '%s' AND r.name = '%s'",
                 (int)budgets[i].window, (int)budgets[i].window, budgets[i].name,
                 budgets[i].resource);
        assert_int_equal(fixture_number(s->f, sql), 0);
}

/* Who was let in found that there was enough, also of what was not counted then. */
static void assert_enough(struct storm *s, const struct sq_claim *claim) {
        count(s->f);
        for (size_t i = 0; i < BUDGETS; i++) {
                const char *who = budgets[i].kind == SQ_USER ? claim->user : claim->account;
                struct sq_window_balance b;
                const char *tres = strcmp(budgets[i].resource, "gpu") ? budgets[i].resource
                                                                      : "gres/gpu";

                if (strcmp(who, budgets[i].name) != 0 || !sq_tres_count(&claim->tres, tres))
                        continue;
                b = standing(s->f, budgets[i].kind, who, budgets[i].resource,
                             budgets[i].window);
                assert_int_equal(b.uncounted, 0);
                assert_true(b.consumed + b.reserved <= b.budget + b.carried);
        }
}

static void one_event(struct storm *s) {
        struct job *job = &s->job[any(s, JOBS)];
        const int accepted = s->accepted;

        switch (any(s, 10)) {
        case 0 ... 3:
                submit(s);
                break;
        case 4:
                if (job->lives && !job->tasks_ended)
                        change(s, job);
                break;
        case 5 ... 7:
                if (job->lives)
                        end(s, job);
                break;
        case 8:
                if (job->last.tasks)
                        correct(s, job);
                break;
        default:
                count(s->f);
        }
        fixture_verify(s->f);
        for (size_t i = 0; i < JOBS && s->accepted > accepted; i++)
                if (s->job[i].created_at == s->now && s->job[i].lives)
                        assert_enough(s, &s->job[i].claim);
}

static void storm(struct fixture *f, uint64_t seed, int64_t pace) {
        static const char refund[] = "node_fail:60%";
        struct storm *s = calloc(1, sizeof *s);
        struct sq_refunds rules;

        assert_non_null(s);
        *s = (struct storm){
                .f = f, .random = seed, .now = at(2026, 1, 3, 0, 0), .next_id = 1000};
        it_is(s->now);
        assert_int_equal(sq_refunds_parse(refund, &rules, NULL), SQ_OK);
        sq_ledger_set_refunds(f->ledger, &rules);
        sq_ledger_set_calendar(f->ledger, NULL, 1 + (int)(seed % 12));
        for (size_t i = 0; i < BUDGETS; i++)
                set_budget(f, budgets[i].kind, budgets[i].name, budgets[i].resource,
                           budgets[i].window, budgets[i].seconds, budgets[i].carryover);
        for (int i = 0; i < EVENTS; i++) {
                move_on(s, pace);
                one_event(s);
                for (size_t b = 0; b < BUDGETS && i % 10 == 9; b++)
                        if (budgets[b].window != SQ_WINDOW_TOTAL)
                                assert_conserved(s, b);
        }
        assert_true(s->accepted > 0 && s->refused > 0);
        assert_true(fixture_number(f, "SELECT count(*) FROM window_close") > 4);
        free(s);
}

static void nothing_is_lost_in_a_busy_year(void **state) {
        storm(*state, 4711, 3 * DAY);
}

static void nothing_is_lost_in_another_one(void **state) {
        storm(*state, 918273645, 3 * DAY);
}

static void nothing_is_lost_when_months_pass_without_an_event(void **state) {
        storm(*state, 31337, 20 * DAY);
}

static void nothing_is_lost_when_the_days_are_full(void **state) {
        storm(*state, 271828, 12 * HOUR);
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define A_TEST(name) cmocka_unit_test_setup_teardown(name, window_start, window_stop)
                A_TEST(nothing_is_lost_in_a_busy_year),
                A_TEST(nothing_is_lost_in_another_one),
                A_TEST(nothing_is_lost_when_months_pass_without_an_event),
                A_TEST(nothing_is_lost_when_the_days_are_full),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
