/* test_ancestor.c - the database of an earlier program: known, read, locked */
#include "ancestor_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/budget.h"

static void assert_refused(struct fixture *f, int code, const char *text) {
        struct sq_ancestor *old = NULL;
        struct sq_error err = {.text = ""};

        for (int change = 0; change < 2; change++) {
                assert_int_equal(try_open(f, change, &old, &err), code);
                if (!strstr(err.text, text))
                        fail_msg("not \"%s\" but \"%s\"", text, err.text);
                assert_null(old);
        }
}

/* --- what it is ------------------------------------------------------------------ */

static void assert_known(struct fixture *f, const char *sql, const char *name) {
        for (int wal = 0; wal < 2; wal++) {
                struct sq_ancestor *old;

                remove(f->path);
                fixture_sql(f, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
                fixture_sql(f, sql);
                for (int change = 0; change < 2; change++) {
                        old = open_old(f, change);
                        assert_int_equal(sq_ancestor_kind(old), SQ_ANCESTOR_RACKSLAB);
                        assert_string_equal(sq_ancestor_name(old), name);
                        sq_ancestor_close(old);
                }
        }
}

static void every_version_of_rackslab_is_known(void **state) {
        assert_known(*state, FIRST, "slurm-quota 1");
        assert_known(*state, FIRST ARRAYS, "slurm-quota 1");
        assert_known(*state, FIRST ARRAYS GPUS, "slurm-quota 1");
        assert_known(*state, FIRST ARRAYS GPUS FACTORS, "slurm-quota 1");
        assert_known(*state, SECOND, "slurm-quota 2");
        assert_known(*state, SECOND ROLES, "slurm-quota 3");
}

static void ours_is_known_by_its_version(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        old = open_old(f, false); /* while it is open elsewhere */
        assert_int_equal(sq_ancestor_kind(old), SQ_ANCESTOR_CURRENT);
        sq_ancestor_close(old);
        fixture_close(f);
        fixture_sql(f, "DELETE FROM schema_migration WHERE number > 1");
        old = open_old(f, true);
        assert_int_equal(sq_ancestor_kind(old), SQ_ANCESTOR_OLDER);
        assert_string_equal(sq_ancestor_name(old), "schema version 1");
        sq_ancestor_close(old);
        fixture_sql(f, "INSERT INTO schema_migration VALUES (99, '099-future', 0)");
        assert_refused(f, SQ_EVERSION, "has schema version 99, this program knows");
}

static void what_is_something_else_is_refused(void **state) {
        struct fixture *f = *state;
        FILE *file;

        assert_refused(f, SQ_ENOTFOUND, "there is no database at");
        close(open(f->path, O_WRONLY | O_CREAT, 0600));
        assert_refused(f, SQ_ENOTFOUND, "there is nothing in");
        fixture_sql(f, "CREATE TABLE users (id INTEGER)");
        assert_refused(f, SQ_EVERSION, "is a database of another program");
        fixture_sql(f, "CREATE TABLE accounts (id INTEGER);"
                       "CREATE TABLE jobs_preallocations (id INTEGER)");
        assert_refused(f, SQ_EVERSION, "its table \"users\" is not that of slurm-quota");
        remove(f->path);
        fixture_sql(f, FIRST "DROP TABLE accounts;"
                             "CREATE TABLE accounts (account TEXT, quota_cpu_minutes INTEGER)");
        assert_refused(f, SQ_EVERSION, "its table \"accounts\" is not that of slurm-quota");
        file = fopen(f->path, "w");
        for (int i = 0; i < 9000; i++)
                fputc(i * 7 % 251, file);
        fclose(file);
        assert_refused(f, SQ_ECORRUPT, "file is not a database");
}

static void a_damaged_one_is_refused(void **state) {
        struct fixture *f = *state;
        FILE *file;

        fixture_sql(f, SECOND "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                              " WHERE i < 2000) INSERT INTO users (username) SELECT 'user' || i"
                              " FROM c");
        file = fopen(f->path, "r+");
        fseek(file, -8192, SEEK_END);
        for (int i = 0; i < 8192; i++)
                fputc(0x55, file);
        fclose(file);
        assert_refused(f, SQ_ECORRUPT, "");
}

static void a_link_or_a_directory_is_refused(void **state) {
        struct fixture *f = *state;
        char other[128];

        assert_int_equal(mkdir(f->path, 0755), 0);
        assert_refused(f, SQ_EINVAL, "is no file");
        rmdir(f->path);
        fixture_sql(f, FIRST);
        snprintf(other, sizeof other, "%s.other", f->path);
        assert_int_equal(rename(f->path, other), 0);
        assert_int_equal(symlink(other, f->path), 0);
        assert_refused(f, SQ_EINVAL, "is a symbolic link");
        snprintf(f->path, sizeof f->path, "slurm-quota.db");
        assert_refused(f, SQ_EINVAL, "is not an absolute path");
}

/* --- reading it ------------------------------------------------------------------ */

struct rows {
        int n;
        char text[2000];
};

static int add_row(const struct sq_value *column, void *payload, struct sq_error *err) {
        struct rows *rows = payload;
        char *end = rows->text + strlen(rows->text);

        (void)err;
        rows->n++;
        for (int i = 0; i < SQ_ANCESTOR_COLUMNS; i++) {
                const size_t size = sizeof rows->text - (size_t)(end - rows->text);
                const struct sq_value *v = &column[i];

                switch (v->type) {
                case SQ_VALUE_ABSENT:
                        end += snprintf(end, size, "- ");
                        break;
                case SQ_VALUE_NULL:
                        end += snprintf(end, size, "NULL ");
                        break;
                case SQ_VALUE_INTEGER:
                        end += snprintf(end, size, "%lld ", (long long)v->integer);
                        break;
                case SQ_VALUE_REAL:
                        end += snprintf(end, size, "%gf ", v->real);
                        break;
                case SQ_VALUE_TEXT:
                        end += snprintf(end, size, "'%s' ", v->text);
                        break;
                case SQ_VALUE_BYTES:
                        end += snprintf(end, size, "bytes ");
                }
        }
        return SQ_OK;
}

static void assert_rows(struct sq_ancestor *old, enum sq_ancestor_table table,
                        const char *text) {
        struct rows rows = {.n = 0};

        assert_int_equal(sq_ancestor_each(old, table, add_row, &rows, NULL), SQ_OK);
        assert_string_equal(rows.text, text);
}

static void values_come_with_their_types_and_columns_by_name(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        fixture_sql(f, SECOND ROLES
                    "INSERT INTO users VALUES ('bob', 1.5, 'much', '2026-01-02 03:04:05', NULL,"
                    " '12'), (X'00', 9e99, -1, NULL, x'41', 99999999999999999999), ('a' ||"
                    " char(0) || 'b', 1, 1, 1, 1, 1);"
                    "INSERT INTO gpu_factors VALUES ('h100', 1), ('a100', 9e999);"
                    "INSERT INTO manager_accounts VALUES ('carol', 'hpc')");
        old = open_old(f, true);
        assert_rows(old, SQ_ANCESTOR_USERS,
                    "bytes 1 1 1 1 1 - " /* a NUL in it */
                    "'bob' 1.5f 'much' NULL 12 '2026-01-02 03:04:05' - "
                    "bytes 9e+99f -1 bytes 1e+20f NULL - ");
        sq_ancestor_close(old);
}

static void each_version_has_the_columns_that_it_has(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        fixture_sql(f, FIRST
                    "INSERT INTO users VALUES ('alice', 7, 100, 'x');"
                    "INSERT INTO jobs_preallocations VALUES ('u', 'alice', 'hpc', 5, 'y')");
        old = open_old(f, false);
        assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 100 - - 'x' - ");
        assert_rows(old, SQ_ANCESTOR_RESERVATIONS, "'u' 'alice' 'hpc' 5 - - 'y' ");
        assert_rows(old, SQ_ANCESTOR_SETTINGS, "");
        assert_rows(old, SQ_ANCESTOR_MANAGED, "");
        sq_ancestor_close(old);
        fixture_sql(f, ARRAYS GPUS);
        old = open_old(f, false);
        assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 100 0 -1 'x' - ");
        assert_rows(old, SQ_ANCESTOR_RESERVATIONS, "'u' 'alice' 'hpc' 5 0 1 'y' ");
        sq_ancestor_close(old);
}

static int stop(const struct sq_value *column, void *payload, struct sq_error *err) {
        (void)column;
        (void)payload;
        return sq_fail(err, SQ_ERANGE, "enough");
}

static void reading_stops_when_the_reader_has_enough(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        fixture_sql(f, SECOND ALICE);
        old = open_old(f, true);
        assert_int_equal(sq_ancestor_each(old, SQ_ANCESTOR_USERS, stop, NULL, NULL), SQ_ERANGE);
        sq_ancestor_close(old);
}

/* --- others who use it ----------------------------------------------------------- */

static sqlite3 *outside(struct fixture *f, const char *sql) {
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        return db;
}

static int is_locked_for_others(void *payload) {
        struct fixture *f = payload;
        sqlite3 *db = NULL;
        int reading, writing;

        sqlite3_open(f->path, &db);
        reading = sqlite3_exec(db, "SELECT * FROM users", NULL, NULL, NULL);
        writing = sqlite3_exec(db, "INSERT INTO users (username) VALUES ('bob')", NULL, NULL,
                               NULL);
        sqlite3_close(db);
        return (reading == SQLITE_BUSY) + 2 * (writing == SQLITE_BUSY);
}

static void others_can_neither_read_nor_write_until_it_is_closed(void **state) {
        struct fixture *f = *state;

        for (int wal = 0; wal < 2; wal++) {
                struct sq_ancestor *old;

                remove(f->path);
                fixture_sql(f, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
                fixture_sql(f, SECOND ALICE);
                old = open_old(f, true);
                assert_int_equal(fixture_wait(fixture_fork(is_locked_for_others, f)), 3);
                assert_int_equal(sq_ancestor_backup(old, beside(f, ".copy"), NULL), SQ_OK);
                assert_int_equal(fixture_wait(fixture_fork(is_locked_for_others, f)), 3);
                sq_ancestor_close(old);
                assert_int_equal(fixture_wait(fixture_fork(is_locked_for_others, f)), 0);
                remove(beside(f, ".copy"));
        }
}

static void who_only_looks_is_in_nobodys_way(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        fixture_sql(f, "PRAGMA journal_mode = WAL");
        fixture_sql(f, SECOND ALICE);
        fixture_sql(f, "UPDATE users SET last_updated = 'x'");
        old = open_old(f, false);
        assert_int_equal(fixture_wait(fixture_fork(is_locked_for_others, f)), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM users"), 2);
        assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 -1 0 -1 'x' - "); /* as it was */
        sq_ancestor_close(old);
}

static void one_that_is_in_use_is_busy(void **state) {
        static const struct {
                const char *mode, *use;
        } how[] = {
                {"PRAGMA journal_mode = DELETE", "BEGIN; SELECT * FROM users"},
                {"PRAGMA journal_mode = DELETE", "BEGIN IMMEDIATE"},
                {"PRAGMA journal_mode = WAL", "SELECT * FROM users"}, /* open is enough */
                {"PRAGMA journal_mode = WAL", "BEGIN IMMEDIATE"},
        };
        struct fixture *f = *state;

        for (size_t i = 0; i < sizeof how / sizeof how[0]; i++) {
                struct sq_ancestor *old = NULL;
                struct sq_error err = {.text = ""};
                sqlite3 *db;

                remove(f->path);
                fixture_sql(f, how[i].mode);
                fixture_sql(f, SECOND ALICE);
                db = outside(f, how[i].use);
                assert_int_equal(try_open(f, true, &old, &err), SQ_EBUSY);
                assert_non_null(strstr(err.text, "could not lock"));
                assert_non_null(strstr(err.hint, "stop slurmctld"));
                sqlite3_close(db);
                assert_int_equal(try_open(f, true, &old, &err), SQ_OK);
                sq_ancestor_close(old);
        }
}

static int commit_in_time(void *payload) {
        const struct timespec second = {.tv_sec = 1};
        struct fixture *f = payload;
        sqlite3 *db = NULL;
        int rc;

        sqlite3_open(f->path, &db);
        sqlite3_busy_timeout(db, 5000); /* as the old plugin has it */
        rc = sqlite3_exec(db, "BEGIN IMMEDIATE; UPDATE users SET last_updated = 'x'", NULL,
                          NULL, NULL);
        nanosleep(&second, NULL);
        if (!rc)
                rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
        sqlite3_close(db);
        return rc & 0xff;
}

static void who_waits_for_it_keeps_nobody_from_finishing(void **state) {
        const struct timespec moment = {.tv_nsec = 300000000};
        struct fixture *f = *state;

        for (int wal = 0; wal < 2; wal++) {
                struct sq_ancestor_options options = {.path = f->path, .store = &f->options};
                struct sq_ancestor *old = NULL;
                pid_t writer;

                remove(f->path);
                fixture_sql(f, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
                fixture_sql(f, SECOND ALICE);
                writer = fixture_fork(commit_in_time, f);
                nanosleep(&moment, NULL);
                f->options.use = SQ_STORE_PERSON;
                assert_int_equal(sq_ancestor_open(&options, fixture_patience(), &old, NULL),
                                 SQ_OK);
                assert_int_equal(fixture_wait(writer), 0);
                assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 -1 0 -1 'x' - ");
                sq_ancestor_close(old);
        }
}

static int open_read_only(void *payload) {
        struct sq_ancestor *old = NULL;
        struct sq_error err;

        if (try_open(payload, true, &old, &err) != SQ_EACCESS)
                return 1;
        return strstr(err.text, "cannot write to") && strstr(err.hint, "as root") ? 0 : 2;
}

/* In a directory that is his. */
static void one_that_may_only_be_read_is_not_locked(void **state) {
        struct fixture *f = *state;

        if (!fixture_is_root())
                return;
        fixture_sql(f, SECOND ALICE);
        assert_int_equal(chmod(f->path, 0644), 0);
        assert_int_equal(chmod(f->directory, 0777), 0);
        f->options.owner = "nobody";
        assert_int_equal(fixture_as_nobody(open_read_only, f), 0);
}

static void two_of_us_do_not_change_it_at_once(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old, *second = NULL;
        struct sq_error err;

        fixture_sql(f, SECOND);
        old = open_old(f, true);
        assert_int_equal(try_open(f, true, &second, &err), SQ_EBUSY);
        sq_ancestor_close(old);
        sq_ancestor_close(NULL);
}

/* --- what others left ------------------------------------------------------------ */

static int die_writing(void *payload) {
        struct fixture *f = payload;
        sqlite3 *db = NULL;

        sqlite3_open(f->path, &db);
        sqlite3_exec(db, "PRAGMA cache_size = 2; BEGIN; WITH RECURSIVE c (i) AS (SELECT 1 UNION"
                         " ALL SELECT i + 1 FROM c WHERE i < 5000) INSERT INTO users (username)"
                         " SELECT 'user' || i FROM c", NULL, NULL, NULL);
        raise(SIGKILL);
        return 0;
}

static void a_transaction_that_was_interrupted_does_not_count(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;

        fixture_sql(f, SECOND ALICE "UPDATE users SET last_updated = 'x'");
        assert_int_equal(fixture_wait(fixture_fork(die_writing, f)), 128 + SIGKILL);
        assert_true(exists(beside(f, "-journal")));
        old = open_old(f, true);
        assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 -1 0 -1 'x' - ");
        sq_ancestor_close(old);
        assert_false(exists(beside(f, "-journal")));
}

static void what_is_only_in_the_log_counts_and_stays_there(void **state) {
        struct fixture *f = *state;
        struct stat before, after;
        struct sq_ancestor *old;

        fixture_sql(f, "PRAGMA journal_mode = WAL");
        fixture_sql(f, SECOND ALICE);
        assert_int_equal(fixture_wait(fixture_fork(leave_a_log, f)), 128 + SIGKILL);
        assert_int_equal(stat(beside(f, "-wal"), &before), 0);
        assert_true(before.st_size > 0);
        for (int change = 0; change < 2; change++) {
                old = open_old(f, change);
                assert_rows(old, SQ_ANCESTOR_USERS, "'alice' 7 -1 0 -1 'in the log' - ");
                sq_ancestor_close(old);
                assert_int_equal(stat(beside(f, "-wal"), &after), 0);
                assert_int_equal(after.st_size, before.st_size);
        }
}

static void looking_leaves_nothing_behind(void **state) {
        static const char *const suffix[] = {"-wal", "-shm", "-journal", ".lock"};
        struct fixture *f = *state;

        for (int wal = 0; wal < 2; wal++) {
                struct stat before, after;

                remove(f->path);
                fixture_sql(f, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
                fixture_sql(f, SECOND ALICE);
                assert_int_equal(stat(f->path, &before), 0);
                sq_ancestor_close(open_old(f, false));
                assert_int_equal(stat(f->path, &after), 0);
                assert_int_equal(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
                for (int i = 0; i < 4; i++)
                        assert_false(exists(beside(f, suffix[i])));
        }
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)
#define WITHOUT(name) cmocka_unit_test_setup_teardown(name, start_without, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITHOUT(every_version_of_rackslab_is_known),
                A_TEST(ours_is_known_by_its_version),
                WITHOUT(what_is_something_else_is_refused),
                WITHOUT(a_damaged_one_is_refused),
                WITHOUT(a_link_or_a_directory_is_refused),
                WITHOUT(values_come_with_their_types_and_columns_by_name),
                WITHOUT(each_version_has_the_columns_that_it_has),
                WITHOUT(reading_stops_when_the_reader_has_enough),
                WITHOUT(others_can_neither_read_nor_write_until_it_is_closed),
                WITHOUT(who_only_looks_is_in_nobodys_way),
                WITHOUT(one_that_is_in_use_is_busy),
                WITHOUT(who_waits_for_it_keeps_nobody_from_finishing),
                WITHOUT(one_that_may_only_be_read_is_not_locked),
                WITHOUT(two_of_us_do_not_change_it_at_once),
                WITHOUT(a_transaction_that_was_interrupted_does_not_count),
                WITHOUT(what_is_only_in_the_log_counts_and_stays_there),
                WITHOUT(looking_leaves_nothing_behind),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
