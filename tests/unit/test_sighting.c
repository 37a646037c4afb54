/* test_sighting.c - what the queue says about a job, brought into its reservation */
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/sighting.h"

#define SUBMITTED 1700000000

/* --- lines ----------------------------------------------------------------------- */

/* When the queue was read: after all that the tests did before. */
static int64_t now;

static struct sq_tres with_cpus(int64_t n) {
        struct sq_tres tres = {0};

        assert_true(sq_tres_set(&tres, "cpu", n));
        return tres;
}

/* A job of alice in physics that waits; with one partition and ten minutes. */
static struct sq_sighting waiting(int64_t job_id, const char *uuid,
                                  const struct sq_tres *tres) {
        return (struct sq_sighting){
                .cluster = "test",
                .job_id = job_id,
                .array_task = SQ_NO_TASK,
                .tasks = 1,
                .submit_at = SUBMITTED,
                .user = "alice",
                .account = "physics",
                .uuid = uuid,
                .state = SQ_SIGHT_PENDING,
                .tres = tres,
                .seconds = 600,
                .limit_is_final = true,
        };
}

/* The same, for a minute now. */
static struct sq_sighting running(int64_t job_id, const char *uuid,
                                  const struct sq_tres *tres) {
        struct sq_sighting line = waiting(job_id, uuid, tres);

        line.state = SQ_SIGHT_RUNNING;
        line.running_since = now - 60;
        return line;
}

/* A task of the array 100. */
static struct sq_sighting task_of(struct sq_sighting line, int64_t task) {
        line.array_job = 100;
        line.array_task = task;
        return line;
}

/* Those tasks of the array 100 that wait. */
static struct sq_sighting pool_of(int64_t tasks, const char *uuid, const struct sq_tres *tres) {
        struct sq_sighting line = waiting(100, uuid, tres);

        line.array_job = 100;
        line.tasks = tasks;
        return line;
}

/* --- bringing them in ------------------------------------------------------------ */

/* Everything in the store, as a text to be freed. */
static char *dump(struct fixture *f) {
        sqlite3 *db = NULL;
        sqlite3_stmt *tables = NULL, *rows = NULL;
        char *text = NULL, sql[200];
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master"
                                                " WHERE type = 'table' ORDER BY name",
                                            -1, &tables, NULL),
                         SQLITE_OK);
        while (sqlite3_step(tables) == SQLITE_ROW) {
                snprintf(sql, sizeof sql, "SELECT * FROM %s", sqlite3_column_text(tables, 0));
                fprintf(out, "%s\n", sql);
                assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
                while (sqlite3_step(rows) == SQLITE_ROW)
                        for (int i = 0; i < sqlite3_column_count(rows); i++)
                                fprintf(out, "%s%s", (const char *)sqlite3_column_text(rows, i),
                                        i + 1 < sqlite3_column_count(rows) ? "|" : "\n");
                sqlite3_finalize(rows);
        }
        sqlite3_finalize(tables);
        sqlite3_close(db);
        fclose(out);
        return text;
}

static void bring(struct fixture *f, const struct sq_sighting *line, size_t n, bool apply,
                  struct sq_sighted *ret) {
        struct sq_error err;

        sq_ledger_set_as_of(f->ledger, now);
        if (sq_sightings_bring_in(f->ledger, line, n, now, apply, ret, &err))
                fail_msg("%s", err.text);
        sq_ledger_set_as_of(f->ledger, 0);
}

/* Looks only; sees that this changes nothing at all. */
static struct sq_sighted look(struct fixture *f, const struct sq_sighting *line) {
        struct sq_sighted s;
        char *before = dump(f), *after;

        bring(f, line, 1, false, &s);
        after = dump(f);
        assert_string_equal(before, after);
        free(before);
        free(after);
        return s;
}

static bool is_news(const struct sq_sighted *s) {
        return s->bound || s->held || s->corrected || s->tracked;
}

/* Brings it in as the reconciler does: looks, and does what looking has shown.  Then
 * nothing is left to be done, and all sums are right. */
static struct sq_sighted see(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted said = look(f, line);
        struct sq_sighted done, again;

        bring(f, line, 1, true, &done);
        assert_int_equal(said.own_row, done.own_row);
        assert_int_equal(said.moving, done.moving);
        assert_int_equal(said.bound, done.bound);
        assert_int_equal(said.held, done.held);
        assert_int_equal(said.corrected, done.corrected);
        assert_int_equal(said.tracked, done.tracked);
        if (said.uuid[0])
                assert_string_equal(said.uuid, done.uuid);
        else
                assert_int_equal(done.uuid[0] != '\0', done.held);
        again = look(f, line);
        assert_false(is_news(&again));
        assert_int_equal(again.moving, done.moving);
        fixture_verify(f);
        return done;
}

/* Nothing is to be done about it. */
static void see_nothing(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_false(is_news(&s));
        assert_false(s.moving);
}

static void see_bound(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.bound);
        assert_false(s.held || s.corrected || s.moving);
}

static void see_corrected(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.corrected);
        assert_false(s.bound || s.held || s.moving || s.tracked);
}

static void see_tracked(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.tracked);
        assert_false(s.bound || s.held || s.moving || s.corrected);
}

/* --- what is held ---------------------------------------------------------------- */

static int start(void **state) {
        now = sq_now() + 1000;
        return fixture_start(state);
}

/* Each of `tasks` holds 4 CPUs for 600 seconds. */
static void hold(struct fixture *f, const char *uuid, int64_t tasks) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

/* A user's update that we let through: all tasks, or one. */
static void update(struct fixture *f, const char *uuid, int64_t cpus, int64_t seconds,
                   int64_t task) {
        const struct sq_claim claim = fixture_claim(uuid, cpus, seconds);

        assert_int_equal(sq_reserve_modified(f->ledger, &claim, task, true, NULL, NULL), SQ_OK);
}

static int64_t reserved(struct fixture *f) {
        return fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds;
}

static int64_t rows(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM reservation");
}

static int64_t befores(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM reservation_before");
}

/* Of the only row there is. */
static void assert_progress(struct fixture *f, int64_t job_id, int64_t running_since,
                            int64_t paused_at) {
        assert_int_equal(rows(f), 1);
        assert_int_equal(fixture_number(f, "SELECT coalesce(job_id, 0) FROM reservation"),
                         job_id);
        assert_int_equal(fixture_number(f, "SELECT coalesce(running_since, 0)"
                                           " FROM reservation"), running_since);
        assert_int_equal(fixture_number(f, "SELECT coalesce(paused_at, 0) FROM reservation"),
                         paused_at);
}

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

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

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
                A_TEST(a_job_that_turns_up_again_is_missing_no_more),
                A_TEST(lines_are_brought_in_together_or_not_at_all),
                A_TEST(no_lines_are_no_work),
                A_TEST(a_store_that_fails_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
