#include "sighting_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* --- lines ----------------------------------------------------------------------- */

/* When the queue was read: after all that the tests did before. */
int64_t now;

struct sq_tres with_cpus(int64_t n) {
        struct sq_tres tres = {0};

        assert_true(sq_tres_set(&tres, "cpu", n));
        return tres;
}

/* A job of alice in physics that waits; with one partition and ten minutes. */
struct sq_sighting waiting(int64_t job_id, const char *uuid,
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
struct sq_sighting running(int64_t job_id, const char *uuid,
                                  const struct sq_tres *tres) {
        struct sq_sighting line = waiting(job_id, uuid, tres);

        line.state = SQ_SIGHT_RUNNING;
        line.running_since = now - 60;
        return line;
}

/* A task of the array 100. */
struct sq_sighting task_of(struct sq_sighting line, int64_t task) {
        line.array_job = 100;
        line.array_task = task;
        return line;
}

/* Those tasks of the array 100 that wait. */
struct sq_sighting pool_of(int64_t tasks, const char *uuid, const struct sq_tres *tres) {
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

void bring(struct fixture *f, const struct sq_sighting *line, size_t n, bool apply,
                  struct sq_sighted *ret) {
        struct sq_error err;

        sq_ledger_set_as_of(f->ledger, now);
        if (sq_sightings_bring_in(f->ledger, line, n, now, apply, ret, &err))
                fail_msg("%s", err.text);
        sq_ledger_set_as_of(f->ledger, 0);
}

/* Looks only; sees that this changes nothing at all. */
struct sq_sighted look(struct fixture *f, const struct sq_sighting *line) {
        struct sq_sighted s;
        char *before = dump(f), *after;

        bring(f, line, 1, false, &s);
        after = dump(f);
        assert_string_equal(before, after);
        free(before);
        free(after);
        return s;
}

bool is_news(const struct sq_sighted *s) {
        return s->bound || s->held || s->corrected || s->tracked;
}

/* Brings it in as the reconciler does: looks, and does what looking has shown.  Then
 * nothing is left to be done, and all sums are right. */
struct sq_sighted see(struct fixture *f, const struct sq_sighting *line) {
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
void see_nothing(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_false(is_news(&s));
        assert_false(s.moving);
}

void see_bound(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.bound);
        assert_false(s.held || s.corrected || s.moving);
}

void see_corrected(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.corrected);
        assert_false(s.bound || s.held || s.moving || s.tracked);
}

void see_tracked(struct fixture *f, const struct sq_sighting *line) {
        const struct sq_sighted s = see(f, line);

        assert_true(s.tracked);
        assert_false(s.bound || s.held || s.moving || s.corrected);
}

/* --- what is held ---------------------------------------------------------------- */

int sighting_start(void **state) {
        now = sq_now() + 1000;
        return fixture_start(state);
}

/* Each of `tasks` holds 4 CPUs for 600 seconds. */
void hold(struct fixture *f, const char *uuid, int64_t tasks) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

/* A user's update that we let through: all tasks, or one. */
void update(struct fixture *f, const char *uuid, int64_t cpus, int64_t seconds,
                   int64_t task) {
        const struct sq_claim claim = fixture_claim(uuid, cpus, seconds);

        assert_int_equal(sq_reserve_modified(f->ledger, &claim, task, true, NULL, NULL), SQ_OK);
}

int64_t reserved(struct fixture *f) {
        return fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds;
}

int64_t rows(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM reservation");
}

int64_t befores(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM reservation_before");
}

/* Of the only row there is. */
void assert_progress(struct fixture *f, int64_t job_id, int64_t running_since,
                            int64_t paused_at) {
        assert_int_equal(rows(f), 1);
        assert_int_equal(fixture_number(f, "SELECT coalesce(job_id, 0) FROM reservation"),
                         job_id);
        assert_int_equal(fixture_number(f, "SELECT coalesce(running_since, 0)"
                                           " FROM reservation"), running_since);
        assert_int_equal(fixture_number(f, "SELECT coalesce(paused_at, 0) FROM reservation"),
                         paused_at);
}
