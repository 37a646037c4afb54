/* engine.c - SQLite behind the port (engine.h)
 *
 * SQLite's POSIX locks belong to the process: closing any descriptor of the
 * database file drops them.  So nothing here ever opens that file by itself
 * while a connection can be open, and libsqlite3 is linked dynamically, so that
 * job_submit and jobcomp inside one slurmctld share one instance of it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/files.h"

/* Statements are interrupted when the deadline has passed; asked every so many
 * virtual machine steps, about 0.1 ms. */
#define STEPS_BETWEEN_LOOKS 20000

static int fail(struct sq_connection *c, const char *what, struct sq_error *err) {
        return sq_sqlite_error(c->db, c->path, what, err);
}

int sq_sqlite_number(struct sq_connection *c, const char *sql, const char *what, int64_t *ret,
                     struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(c->db, sql, -1, &st, NULL) != SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = fail(c, what, err);
        else
                *ret = sqlite3_column_int64(st, 0);
        sqlite3_finalize(st);
        return rc;
}

static int on_busy(void *context, int round) {
        struct sq_connection *c = context;

        return sq_sqlite_wait(c, round);
}

static int on_progress(void *context) {
        struct sq_connection *c = context;

        return !c->bracket && sq_sqlite_is_over(c);
}

static int on_commit(void *context, sqlite3 *db, const char *schema, int pages) {
        struct sq_connection *c = context;

        (void)db;
        (void)schema;
        c->backlog = pages;
        return SQLITE_OK;
}

static void engine_abandon(struct sq_connection *c) {
        if (!c)
                return;
        if (c->lock_fd >= 0)
                close(c->lock_fd); /* the parent's descriptor keeps its lock */
        free(c->path);
        free(c); /* not c->db: closing it would touch the parent's files */
}

static void engine_close(struct sq_connection *c) {
        if (!c)
                return;
        sqlite3_finalize(c->begin_write);
        sqlite3_finalize(c->begin_read);
        sqlite3_finalize(c->commit);
        sqlite3_finalize(c->rollback);
        sqlite3_finalize(c->version);
        sqlite3_close_v2(c->db);
        c->db = NULL;
        engine_abandon(c);
}
SQ_DEFINE_CLEANUP(struct sq_connection *, engine_close)

static int run_once(struct sq_connection *c, const char *sql, struct sq_error *err) {
        if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
                return fail(c, "could not set up", err);
        return SQ_OK;
}

static int prepare(struct sq_connection *c, const char *sql, sqlite3_stmt **ret,
                   struct sq_error *err) {
        if (sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL) !=
            SQLITE_OK)
                return fail(c, "could not prepare a statement on", err);
        return SQ_OK;
}

/* The file is ours, or empty: makes it what it should be.  Pages of 2 KiB: an
 * event changes half a dozen rows far apart, and each page that it touches is
 * summed and written whole (measured: a charge takes 29 us, with 4 KiB 37 us).
 * Of effect for a new database only. */
static int set_up_file(struct sq_connection *c, const struct sq_store_options *options,
                       struct sq_error *err) {
        int rc;

        sq_sqlite_files_settle(options);
        rc = run_once(c, "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL", err);
        return rc ? rc : sq_sqlite_migrate(c, err);
}

/* The settings of every connection.  No memory-mapped reads: a database that
 * somebody truncates under us must be an error, not a signal. */
static int set_up(struct sq_connection *c, const struct sq_store_options *options,
                  struct sq_error *err) {
        int keep = 1;
        int rc;

        sqlite3_extended_result_codes(c->db, 1);
        sqlite3_busy_handler(c->db, on_busy, c);
        sqlite3_progress_handler(c->db, STEPS_BETWEEN_LOOKS, on_progress, c);
        /* The -wal and -shm files stay when the last connection closes: readers
         * that may not create them find them. */
        sqlite3_file_control(c->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
        /* The last one to close would empty the log, with fsync and however long that
         * takes: not in slurmctld, which closes when it reads its script again. */
        if (options->use == SQ_STORE_HOOK)
                sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
        rc = run_once(c, "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;", err);
        if (rc)
                return rc;
        rc = sq_sqlite_check_schema(c, options->use == SQ_STORE_PERSON, err);
        if (!rc && options->use == SQ_STORE_PERSON)
                rc = set_up_file(c, options, err);
        if (rc)
                return rc;
        /* After the journal mode: that sets a hook of its own. */
        sqlite3_wal_hook(c->db, on_commit, c);
        c->durability = SQ_DURABLE_NOW;
        rc = run_once(c, "PRAGMA synchronous = FULL", err);
        if (!rc)
                rc = prepare(c, "BEGIN IMMEDIATE", &c->begin_write, err);
        if (!rc)
                rc = prepare(c, "BEGIN", &c->begin_read, err);
        if (!rc)
                rc = prepare(c, "COMMIT", &c->commit, err);
        if (!rc)
                rc = prepare(c, "ROLLBACK", &c->rollback, err);
        return rc;
}

static int engine_open(const struct sq_store_options *options, int64_t deadline,
                       struct sq_connection **ret, struct sq_error *err) {
        SQ_CLEANUP(engine_closep) struct sq_connection *c = calloc(1, sizeof *c);
        const bool reader = options->use == SQ_STORE_READER;
        struct stat st;
        int rc;

        if (!c)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        c->lock_fd = -1;
        c->deadline = deadline;
        c->path = strdup(options->path);
        if (!c->path)
                return sq_fail(err, SQ_ENOMEM, "out of memory");

        rc = sq_sqlite_files_prepare(options, &c->lock_fd, err);
        if (rc)
                return rc;
        if (!reader) {
                rc = sq_sqlite_lock(c, err);
                if (rc)
                        return rc;
                rc = sq_sqlite_files_create(options, err);
                if (rc)
                        return rc;
        }
        if (stat(c->path, &st))
                return sq_sqlite_files_missing(options, errno, err);
        c->device = st.st_dev;
        c->inode = st.st_ino;
        rc = sqlite3_open_v2(c->path, &c->db,
                             (reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                                     SQLITE_OPEN_NOMUTEX,
                             NULL);
        if (rc != SQLITE_OK) {
                if (!c->db)
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                return fail(c, "could not open", err);
        }
        rc = set_up(c, options, err);
        if (rc)
                return rc;
        sq_sqlite_unlock(c);
        *ret = SQ_TAKE(c);
        return SQ_OK;
}

static bool engine_is_current(const struct sq_connection *c) {
        struct stat st;

        return !stat(c->path, &st) && st.st_dev == c->device && st.st_ino == c->inode;
}

static void engine_set_deadline(struct sq_connection *c, int64_t deadline) {
        c->deadline = deadline;
}

static void engine_set_stop(struct sq_connection *c, const bool *stop) {
        c->stop = stop;
}

/* Begins or ends a transaction, whatever the deadline says.  The steps of a
 * statement are counted over all its runs, so that an interrupt can come here
 * too: after BEGIN has taken the write lock, which it then keeps although it
 * failed, or in a COMMIT, which then throws away finished work. */
static int run_bracket(struct sq_connection *c, sqlite3_stmt *st, const char *what,
                       struct sq_error *err) {
        int rc = SQ_OK;

        c->bracket = true;
        if (sqlite3_step(st) != SQLITE_DONE)
                rc = fail(c, what, err);
        sqlite3_reset(st);
        c->bracket = false;
        return rc;
}

static int engine_begin(struct sq_connection *c, bool write, enum sq_durability durability,
                        struct sq_error *err) {
        int rc;

        if (!write)
                return run_bracket(c, c->begin_read, "could not read", err);
        if (c->lock_fd < 0)
                return sq_fail(err, SQ_EACCESS, "\"%s\" is open for reading only", c->path);
        rc = sq_sqlite_lock(c, err);
        if (rc)
                return rc;
        if (durability != c->durability) {
                rc = run_once(c,
                              durability == SQ_DURABLE_NOW ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = NORMAL",
                              err);
                if (!rc)
                        c->durability = durability;
        }
        if (!rc)
                rc = run_bracket(c, c->begin_write, "could not write to", err);
        if (rc)
                sq_sqlite_unlock(c);
        return rc;
}

static int engine_commit(struct sq_connection *c, struct sq_error *err) {
        int rc = run_bracket(c, c->commit, "could not commit to", err);

        if (!rc)
                sq_sqlite_unlock(c);
        return rc;
}

static void engine_rollback(struct sq_connection *c) {
        if (!sqlite3_get_autocommit(c->db))
                run_bracket(c, c->rollback, "could not roll back", NULL);
        sq_sqlite_unlock(c);
}

/* BEGIN IMMEDIATE holds the only write lock there is: nothing that fails after
 * it would go better at once. */
static bool engine_should_retry(struct sq_connection *c, int code) {
        (void)c;
        (void)code;
        return false;
}

static sqlite3_stmt *stmt_of(struct sq_statement *statement) {
        return (sqlite3_stmt *)statement;
}

static int engine_prepare(struct sq_connection *c, const char *sql, struct sq_statement **ret,
                          struct sq_error *err) {
        return prepare(c, sql, (sqlite3_stmt **)ret, err);
}

static void engine_finalize(struct sq_statement *statement) {
        sqlite3_finalize(stmt_of(statement));
}

static int engine_bind_int(struct sq_statement *statement, int place, int64_t value) {
        return sqlite3_bind_int64(stmt_of(statement), place, value) == SQLITE_OK ? SQ_OK
                                                                                : SQ_ENOMEM;
}

static int engine_bind_text(struct sq_statement *statement, int place, const char *value) {
        /* STATIC: the port promises that the text outlives the statement's run. */
        return sqlite3_bind_text(stmt_of(statement), place, value, -1, SQLITE_STATIC) ==
                               SQLITE_OK
                       ? SQ_OK
                       : SQ_ENOMEM;
}

static int engine_step(struct sq_connection *c, struct sq_statement *statement, bool *row,
                       struct sq_error *err) {
        switch (sqlite3_step(stmt_of(statement))) {
        case SQLITE_ROW:
                *row = true;
                return SQ_OK;
        case SQLITE_DONE:
                *row = false;
                return SQ_OK;
        default:
                return fail(c, "could not work on", err);
        }
}

static void engine_reset(struct sq_statement *statement) {
        sqlite3_reset(stmt_of(statement));
}

static int64_t engine_column_int(struct sq_statement *statement, int column) {
        return sqlite3_column_int64(stmt_of(statement), column);
}

static const char *engine_column_text(struct sq_statement *statement, int column) {
        return (const char *)sqlite3_column_text(stmt_of(statement), column);
}

static int64_t engine_changes(struct sq_connection *c) {
        return sqlite3_changes(c->db);
}

static int64_t engine_last_id(struct sq_connection *c) {
        return sqlite3_last_insert_rowid(c->db);
}

static int engine_checkpoint(struct sq_connection *c, enum sq_checkpoint how,
                             struct sq_error *err) {
        const int64_t deadline = c->deadline;
        int left = 0, done = 0;
        int rc;

        if (c->lock_fd < 0)
                return sq_fail(err, SQ_EACCESS, "\"%s\" is open for reading only", c->path);
        rc = sq_sqlite_lock(c, err);
        if (rc)
                return rc;
        if (sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, &done) !=
            SQLITE_OK)
                rc = fail(c, "could not checkpoint", err);
        else
                c->backlog = left - done;
        if (!rc && how == SQ_CHECKPOINT_EMPTY && left == done) {
                c->deadline = 0; /* not worth waiting for a reader */
                (void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                                NULL);
                c->deadline = deadline;
        }
        sq_sqlite_unlock(c);
        return rc;
}

static int64_t engine_backlog(const struct sq_connection *c) {
        return c->backlog;
}

static int engine_version(struct sq_connection *c, int64_t *ret, struct sq_error *err) {
        int rc = SQ_OK;

        if (!c->version)
                rc = prepare(c, "PRAGMA data_version", &c->version, err);
        if (rc)
                return rc;
        if (sqlite3_step(c->version) == SQLITE_ROW)
                *ret = sqlite3_column_int64(c->version, 0);
        else
                rc = fail(c, "could not read", err);
        sqlite3_reset(c->version);
        return rc;
}

/* One row "ok", or rows of what is wrong. */
static int engine_check(struct sq_connection *c, struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = prepare(c, "PRAGMA quick_check(1)", &st, err);

        if (rc)
                return rc;
        if (sqlite3_step(st) != SQLITE_ROW)
                rc = fail(c, "could not check", err);
        else if (strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0)
                rc = sq_fail(err, SQ_ECORRUPT, "%.300s",
                             (const char *)sqlite3_column_text(st, 0));
        sqlite3_finalize(st);
        return rc;
}

/* https://sqlite.org/wal.html, "The WAL-Reset Bug": mended in 3.51.3. */
#define WAL_RESET_MENDED 3051003

static void engine_about(struct sq_store_about *ret) {
        snprintf(ret->engine, sizeof ret->engine, "SQLite %.20s", sqlite3_libversion());
        ret->caveat = sqlite3_libversion_number() >= WAL_RESET_MENDED
                              ? NULL
                              : "two writers at once may damage the database; ours wait for"
                                " each"
                                " other, other programs must not write to it";
}

const struct sq_engine sq_sqlite_engine = {
        .name = "sqlite",
        .open = engine_open,
        .close = engine_close,
        .abandon = engine_abandon,
        .is_current = engine_is_current,
        .set_deadline = engine_set_deadline,
        .set_stop = engine_set_stop,
        .begin = engine_begin,
        .commit = engine_commit,
        .rollback = engine_rollback,
        .should_retry = engine_should_retry,
        .prepare = engine_prepare,
        .finalize = engine_finalize,
        .bind_int = engine_bind_int,
        .bind_text = engine_bind_text,
        .step = engine_step,
        .reset = engine_reset,
        .column_int = engine_column_int,
        .column_text = engine_column_text,
        .changes = engine_changes,
        .last_id = engine_last_id,
        .checkpoint = engine_checkpoint,
        .backlog = engine_backlog,
        .version = engine_version,
        .check = engine_check,
        .about = engine_about,
        .backup = sq_sqlite_backup,
        .give_way = sq_sqlite_give_way,
};
