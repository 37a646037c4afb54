/* ancestor.c - the database of an earlier program, and ours in its place
 *
 * Whoever writes to the old database after we have read it would write for nothing.  So
 * it is locked exclusively from the first look until the new one has taken its place:
 * in SQLite's exclusive locking mode, which keeps the lock between transactions, and in
 * which a database in WAL mode needs no -shm file that others might have open.  Old
 * connections that are open but idle show in WAL mode only; with a rollback journal
 * they hold nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite/files.h"
#include "store/sqlite/schema.h"

#define SUCCESSOR ".migrating"
#define BACKUP ".before-migrate-"

struct sq_ancestor {
        struct sq_connection c;
        enum sq_ancestor_kind kind;
        char name[40];
        char *store_path; /* NULL: it is only looked at */
};

/* What is asked of each table.  Columns stand where they were added, so they are found by
 * name; without the `needed` first ones it is no table of the ancestor. */
static const struct {
        const char *name;
        const char *sql;
        int needed;
        const char *column[SQ_ANCESTOR_COLUMNS];
} tables[SQ_ANCESTOR_TABLES] = {
        [SQ_ANCESTOR_USERS] = {"users", "SELECT * FROM users ORDER BY username", 3,
                {"username", "total_consumed_cpu_minutes", "quota_cpu_minutes",
                 "total_consumed_gpu_minutes", "quota_gpu_minutes", "last_updated"}},
        [SQ_ANCESTOR_ACCOUNTS] = {"accounts", "SELECT * FROM accounts ORDER BY account", 3,
                {"account", "total_consumed_cpu_minutes", "quota_cpu_minutes",
                 "total_consumed_gpu_minutes", "quota_gpu_minutes", "last_updated"}},
        [SQ_ANCESTOR_RESERVATIONS] = {"jobs_preallocations",
                "SELECT * FROM jobs_preallocations ORDER BY job_uuid", 4,
                {"job_uuid", "username", "account", "preallocated_cpu_minutes",
                 "preallocated_gpu_minutes", "array_size", "created_at"}},
        [SQ_ANCESTOR_FACTORS] = {"gpu_factors", "SELECT * FROM gpu_factors ORDER BY gpu_type",
                2, {"gpu_type", "factor"}},
        [SQ_ANCESTOR_SETTINGS] = {"settings", "SELECT * FROM settings ORDER BY key", 2,
                {"key", "value"}},
        [SQ_ANCESTOR_OPERATORS] = {"operators", "SELECT * FROM operators ORDER BY username", 1,
                {"username"}},
        [SQ_ANCESTOR_MANAGERS] = {"managers", "SELECT * FROM managers ORDER BY username", 1,
                {"username"}},
        [SQ_ANCESTOR_MANAGED] = {"manager_accounts",
                "SELECT * FROM manager_accounts ORDER BY manager_username, account", 2,
                {"manager_username", "account"}},
};

static int fail(struct sq_ancestor *a, const char *what, struct sq_error *err) {
        return sq_sqlite_error(a->c.db, a->c.path, what, err);
}

static int run(struct sq_ancestor *a, const char *sql, const char *what,
               struct sq_error *err) {
        return sqlite3_exec(a->c.db, sql, NULL, NULL, NULL) == SQLITE_OK ? SQ_OK
                                                                        : fail(a, what, err);
}

/* --- opening --------------------------------------------------------------------- */

static int on_busy(void *context, int round) {
        const struct sq_ancestor *a = context;

        return sq_sqlite_wait(&a->c, round);
}

static void close_database(struct sq_ancestor *a) {
        sqlite3_close(a->c.db);
        a->c.db = NULL;
}

static void path_with(const char *path, const char *suffix, char ret[PATH_MAX]) {
        snprintf(ret, PATH_MAX, "%s%s", path, suffix);
}

static bool exists(const char *path, const char *suffix) {
        char file[PATH_MAX];
        struct stat st;

        path_with(path, suffix, file);
        return lstat(file, &st) == 0;
}

static int open_database(struct sq_ancestor *a, struct sq_error *err) {
        const bool has_log = exists(a->c.path, "-wal");

        if (sqlite3_open_v2(a->c.path, &a->c.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                            NULL) != SQLITE_OK)
                return a->c.db ? fail(a, "could not open", err)
                               : sq_fail(err, SQ_ENOMEM, "out of memory");
        sqlite3_extended_result_codes(a->c.db, 1);
        sqlite3_busy_handler(a->c.db, on_busy, a);
        /* Who only looks leaves the log as it was; one that was not there goes again. */
        if (has_log)
                sqlite3_db_config(a->c.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
        return run(a, "PRAGMA temp_store = MEMORY", "could not open", err);
}

static int check_file(const char *path, struct sq_error *err) {
        struct stat st;

        if (path[0] != '/' || strlen(path) >= PATH_MAX - 64)
                return sq_fail(err, SQ_EINVAL,
                               "\"%.80s\" is not an absolute path of a database", path);
        if (lstat(path, &st)) {
                if (errno == ENOENT || errno == ENOTDIR)
                        return sq_fail(err, SQ_ENOTFOUND, "there is no database at \"%s\"",
                                       path);
                return sq_fail(err, errno == EACCES ? SQ_EACCESS : SQ_EIO,
                               "cannot reach \"%s\": %s", path, strerror(errno));
        }
        if (S_ISREG(st.st_mode))
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "\"%s\" is %s", path,
                S_ISLNK(st.st_mode) ? "a symbolic link" : "no file");
        sq_hint(err, "Name the file itself, by store.path or by --from.");
        return SQ_EINVAL;
}

/* --- what it is ------------------------------------------------------------------ */

static int has_table(struct sq_ancestor *a, const char *name, bool *ret, struct sq_error *err) {
        static const char sql[] =
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?";
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(a->c.db, sql, -1, &st, NULL) != SQLITE_OK ||
            sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC) != SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = fail(a, "could not read", err);
        else
                *ret = sqlite3_column_int(st, 0) > 0;
        sqlite3_finalize(st);
        return rc;
}

/* Where its columns are in the statement: -1, this version does not have it. */
static bool find_columns(sqlite3_stmt *st, enum sq_ancestor_table table,
                         int ret[SQ_ANCESTOR_COLUMNS]) {
        for (int i = 0; i < SQ_ANCESTOR_COLUMNS; i++) {
                ret[i] = -1;
                for (int k = 0; tables[table].column[i] && k < sqlite3_column_count(st); k++)
                        if (!sqlite3_stricmp(sqlite3_column_name(st, k),
                                             tables[table].column[i]))
                                ret[i] = k;
                if (i < tables[table].needed && ret[i] < 0)
                        return false;
        }
        return true;
}

/* *ret stays NULL when there is no such table. */
static int prepare(struct sq_ancestor *a, enum sq_ancestor_table table, sqlite3_stmt **ret,
                   int place[SQ_ANCESTOR_COLUMNS], struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        bool there = false;
        int rc = has_table(a, tables[table].name, &there, err);

        if (rc || !there)
                return rc;
        rc = sqlite3_prepare_v2(a->c.db, tables[table].sql, -1, &st, NULL);
        /* SQLITE_ERROR: it has no column by that name to sort by. */
        if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_ERROR)
                return fail(a, "could not read", err);
        if (rc != SQLITE_OK || !find_columns(st, table, place)) {
                sqlite3_finalize(st);
                sq_fail(err, SQ_EVERSION, "\"%s\" is a database of another program: its table"
                        " \"%s\" is not that of slurm-quota", a->c.path, tables[table].name);
                sq_hint(err, "It was not touched.");
                return SQ_EVERSION;
        }
        *ret = st;
        return SQ_OK;
}

static int check_tables(struct sq_ancestor *a, struct sq_error *err) {
        int place[SQ_ANCESTOR_COLUMNS], rc = SQ_OK, version = 1;

        for (int t = 0; t < SQ_ANCESTOR_TABLES && !rc; t++) {
                sqlite3_stmt *st = NULL;

                rc = prepare(a, (enum sq_ancestor_table)t, &st, place, err);
                if (st && t == SQ_ANCESTOR_SETTINGS)
                        version = 2;
                if (st && t > SQ_ANCESTOR_SETTINGS)
                        version = 3;
                sqlite3_finalize(st);
        }
        snprintf(a->name, sizeof a->name, "slurm-quota %d", version);
        return rc;
}

static int check_pages(struct sq_ancestor *a, struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(a->c.db, "PRAGMA quick_check(1)", -1, &st, NULL) != SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = fail(a, "could not read", err);
        else if (strcmp((const char *)sqlite3_column_text(st, 0), "ok") != 0)
                rc = sq_fail(err, SQ_ECORRUPT, "\"%s\" is damaged: %s", a->c.path,
                             (const char *)sqlite3_column_text(st, 0));
        sqlite3_finalize(st);
        return rc;
}

/* Inside a transaction, so that all of it is of one moment. */
static int look(struct sq_ancestor *a, struct sq_error *err) {
        int64_t version = 0;
        int rc = sq_sqlite_kind(&a->c, &a->kind, &version, err);

        if (rc || a->kind != SQ_ANCESTOR_RACKSLAB) {
                snprintf(a->name, sizeof a->name, "schema version %lld", (long long)version);
                return rc;
        }
        rc = check_tables(a, err);
        return rc ? rc : check_pages(a, err);
}

/* --- locking it ------------------------------------------------------------------ */

static int is_wal(struct sq_ancestor *a, bool *ret, struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(a->c.db, "PRAGMA journal_mode", -1, &st, NULL) != SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = fail(a, "could not read", err);
        else
                *ret = !strcmp((const char *)sqlite3_column_text(st, 0), "wal");
        sqlite3_finalize(st);
        return rc;
}

/* With a rollback journal the exclusive mode would keep the lock of a reader while we
 * wait, and nobody else could end his transaction: it comes behind the lock.  With a WAL
 * it comes before, so that the -shm file is not used; readers are in nobody's way. */
static int take_lock(struct sq_ancestor *a, bool wal, struct sq_error *err) {
        static const char mode[] = "PRAGMA locking_mode = EXCLUSIVE";
        static const char lock[] = "BEGIN EXCLUSIVE";
        int rc = run(a, wal ? mode : lock, "could not lock", err);

        return rc ? rc : run(a, wal ? lock : mode, "could not lock", err);
}

/* Again, and nobody else.  Ours is left to its own locks. */
static int lock_database(struct sq_ancestor *a, struct sq_error *err) {
        bool wal = false;
        int rc = is_wal(a, &wal, err);

        close_database(a);
        if (!rc)
                rc = open_database(a, err);
        /* SQLite says nothing, and locks nothing. */
        if (!rc && sqlite3_db_readonly(a->c.db, "main"))
                rc = sq_fail(err, SQ_EACCESS, "cannot write to \"%s\"", a->c.path);
        if (!rc)
                rc = take_lock(a, wal, err);
        if (!rc)
                rc = look(a, err);
        /* The mode keeps the lock; a backup is not possible in a transaction that may
         * write. */
        return rc ? rc : run(a, "COMMIT", "could not lock", err);
}

/* The writers' lock of the store keeps commands and another of our kind out. */
static int lock_store(struct sq_ancestor *a, const struct sq_store_options *store,
                      struct sq_error *err) {
        int rc = sq_sqlite_files_prepare(store, &a->c.lock_fd, err);

        if (!rc)
                rc = sq_sqlite_lock(&a->c, err);
        if (rc)
                return rc;
        sq_ancestor_discard(store->path);
        if (strcmp(a->c.path, store->path) != 0 && exists(store->path, "")) {
                sq_fail(err, SQ_EEXIST, "there is a database at \"%s\" already", store->path);
                sq_hint(err, "Nothing was changed. Move it away if it is not needed.");
                return SQ_EEXIST;
        }
        return SQ_OK;
}

static int open_and_look(struct sq_ancestor *a, struct sq_error *err) {
        int rc = open_database(a, err);

        if (!rc)
                rc = run(a, "BEGIN", "could not read", err);
        if (!rc)
                rc = look(a, err);
        if (rc)
                return rc;
        if (a->kind != SQ_ANCESTOR_RACKSLAB)
                return run(a, "COMMIT", "could not read", err);
        return a->store_path ? lock_database(a, err) : SQ_OK;
}

static int open_all(struct sq_ancestor *a, const struct sq_store_options *store,
                    struct sq_error *err) {
        int rc = store ? lock_store(a, store, err) : SQ_OK;

        if (rc)
                return rc;
        rc = open_and_look(a, err);
        if (rc == SQ_EBUSY)
                sq_hint(err, "Another program uses it: stop slurmctld, or take the old plugin"
                             " out of slurm.conf, and stop the old slurm-quota service.");
        if (rc == SQ_EACCESS)
                sq_hint(err, "Run it as root, on a file that can be written.");
        return rc;
}

int sq_ancestor_open(const struct sq_ancestor_options *options, int64_t deadline,
                     struct sq_ancestor **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_ancestor_closep) struct sq_ancestor *a = NULL;
        int rc = check_file(options->path, err);

        if (rc)
                return rc;
        a = calloc(1, sizeof *a);
        if (!a)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        a->c.lock_fd = -1;
        a->c.deadline = deadline;
        a->c.path = strdup(options->path);
        a->store_path = options->store ? strdup(options->store->path) : NULL;
        if (!a->c.path || (options->store && !a->store_path))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = open_all(a, options->store, err);
        if (!rc)
                *ret = SQ_TAKE(a);
        return rc;
}

void sq_ancestor_close(struct sq_ancestor *a) {
        if (!a)
                return;
        close_database(a);
        if (a->c.lock_fd >= 0)
                close(a->c.lock_fd); /* and with it goes the lock */
        free(a->store_path);
        free(a->c.path);
        free(a);
}

enum sq_ancestor_kind sq_ancestor_kind(const struct sq_ancestor *a) {
        return a->kind;
}

const char *sq_ancestor_name(const struct sq_ancestor *a) {
        return a->name;
}

/* --- reading it ------------------------------------------------------------------ */

static void read_value(sqlite3_stmt *st, int column, struct sq_value *ret) {
        *ret = (struct sq_value){.type = SQ_VALUE_ABSENT};
        if (column < 0)
                return;
        switch (sqlite3_column_type(st, column)) {
        case SQLITE_INTEGER:
                ret->type = SQ_VALUE_INTEGER;
                ret->integer = sqlite3_column_int64(st, column);
                break;
        case SQLITE_FLOAT:
                ret->type = SQ_VALUE_REAL;
                ret->real = sqlite3_column_double(st, column);
                break;
        case SQLITE_TEXT:
                ret->type = SQ_VALUE_TEXT;
                ret->text = (const char *)sqlite3_column_text(st, column);
                if (!ret->text || strlen(ret->text) != (size_t)sqlite3_column_bytes(st, column))
                        *ret = (struct sq_value){.type = SQ_VALUE_BYTES};
                break;
        case SQLITE_NULL:
                ret->type = SQ_VALUE_NULL;
                break;
        default:
                ret->type = SQ_VALUE_BYTES;
        }
}

int sq_ancestor_each(struct sq_ancestor *a, enum sq_ancestor_table table,
                     sq_ancestor_row_fn each, void *payload, struct sq_error *err) {
        struct sq_value column[SQ_ANCESTOR_COLUMNS];
        int place[SQ_ANCESTOR_COLUMNS];
        sqlite3_stmt *st = NULL;
        int rc = prepare(a, table, &st, place, err), step = SQLITE_DONE;

        while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
                for (int i = 0; i < SQ_ANCESTOR_COLUMNS; i++)
                        read_value(st, place[i], &column[i]);
                rc = each(column, payload, err);
        }
        if (!rc && step != SQLITE_DONE)
                rc = fail(a, "could not read", err);
        sqlite3_finalize(st);
        return rc;
}

/* --- the change ------------------------------------------------------------------ */

int sq_ancestor_backup(struct sq_ancestor *a, const char *path, struct sq_error *err) {
        a->c.deadline = INT64_MAX; /* who was to be waited for is gone */
        return sq_sqlite_backup(&a->c, path, err);
}

void sq_ancestor_successor(const char *store_path, char *ret, size_t size) {
        snprintf(ret, size, "%s" SUCCESSOR, store_path);
}

static void remove_beside(const char *path, const char *suffix) {
        char file[PATH_MAX];

        path_with(path, suffix, file);
        unlink(file);
}

static const char *split(const char *path, char directory[PATH_MAX]) {
        const char *slash = strrchr(path, '/');

        snprintf(directory, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        return slash + 1;
}

/* Backups that were interrupted: they are made under our lock, so none is under way. */
static void discard_parts(const char *path) {
        static const char part[] = ".part";
        char directory[PATH_MAX];
        const char *name = split(path, directory);
        const size_t length = strlen(name);
        DIR *open = opendir(directory);
        struct dirent *entry;

        while (open && (entry = readdir(open))) {
                const size_t n = strlen(entry->d_name);

                if (n > length && !strncmp(entry->d_name, name, length) &&
                    !strncmp(entry->d_name + length, BACKUP, sizeof BACKUP - 1) &&
                    !strcmp(entry->d_name + n - (sizeof part - 1), part))
                        unlinkat(dirfd(open), entry->d_name, 0);
        }
        if (open)
                closedir(open);
}

void sq_ancestor_discard(const char *store_path) {
        static const char *const suffix[] = {SUCCESSOR, SUCCESSOR "-wal", SUCCESSOR "-shm",
                                             SUCCESSOR "-journal", SUCCESSOR ".lock"};

        for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++)
                remove_beside(store_path, suffix[i]);
        discard_parts(store_path);
}

/* A file or a directory, onto the disk. */
static int sync_path(const char *path, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd >= 0 && fsync(fd) == 0)
                return SQ_OK;
        return sq_fail(err, SQ_EIO, "could not write \"%s\": %s", path, strerror(errno));
}

/* A log that holds something would be missing in the file. */
static int check_successor(const char *successor, struct sq_error *err) {
        char log[PATH_MAX];
        struct stat st;

        path_with(successor, "-wal", log);
        if (lstat(log, &st) == 0 && st.st_size > 0)
                return sq_fail(err, SQ_EIO, "could not empty the log of \"%s\"", successor);
        remove_beside(successor, "-wal");
        remove_beside(successor, "-shm");
        remove_beside(successor, ".lock");
        return sync_path(successor, err);
}

/* Everything into the file itself: leaving WAL mode does that, and removes the log. */
static int empty_log(struct sq_ancestor *a, struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(a->c.db, "PRAGMA journal_mode = DELETE", -1, &st, NULL) !=
                    SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = fail(a, "could not empty the log of", err);
        else if (strcmp((const char *)sqlite3_column_text(st, 0), "delete") != 0)
                rc = sq_fail(err, SQ_EBUSY, "could not empty the log of \"%s\"", a->c.path);
        sqlite3_finalize(st);
        return rc;
}

/* link() does not replace what has come there meanwhile. */
static int put(struct sq_ancestor *a, const char *successor, struct sq_error *err) {
        const bool in_place = !strcmp(a->c.path, a->store_path);

        if (in_place ? !rename(successor, a->store_path) : !link(successor, a->store_path))
                return SQ_OK;
        return sq_fail(err, errno == EEXIST ? SQ_EEXIST : SQ_EIO,
                       "could not put the new database at \"%s\": %s", a->store_path,
                       strerror(errno));
}

int sq_ancestor_succeed(struct sq_ancestor *a, struct sq_error *err) {
        char successor[PATH_MAX], directory[PATH_MAX];
        int rc;

        sq_ancestor_successor(a->store_path, successor, sizeof successor);
        split(a->store_path, directory);
        rc = check_successor(successor, err);
        if (!rc && !strcmp(a->c.path, a->store_path))
                rc = empty_log(a, err);
        if (rc)
                return rc;
        /* Of the old database, or of one that was deleted: nothing is in them, or nothing
         * that is of use; but SQLite would bring it into the new one.  So they are gone
         * on the disk, too, before the new one comes. */
        remove_beside(a->store_path, "-wal");
        remove_beside(a->store_path, "-shm");
        remove_beside(a->store_path, "-journal");
        rc = sync_path(directory, err);
        if (!rc)
                rc = put(a, successor, err);
        if (rc)
                return rc;
        unlink(successor); /* the second name, after link() */
        return sync_path(directory, err);
}
