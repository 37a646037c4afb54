/* test_store_open.c - what is opened, what is refused, and what becomes of it */
#include "fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static int try_open(struct fixture *f, enum sq_store_use use, struct sq_error *err) {
        struct sq_ledger *ledger = NULL;
        int rc;

        f->options.use = use;
        rc = sq_ledger_open(&f->options, fixture_patience(), &ledger, err);
        assert_true((rc == SQ_OK) == (ledger != NULL));
        sq_ledger_close(ledger);
        return rc;
}

static void assert_refused(struct fixture *f, enum sq_store_use use, int code,
                           const char *text) {
        struct sq_error err = {.text = ""};

        assert_int_equal(try_open(f, use, &err), code);
        if (!strstr(err.text, text))
                fail_msg("not \"%s\" but \"%s\"", text, err.text);
}

static void assert_refused_to_all(struct fixture *f, int code, const char *text) {
        assert_refused(f, SQ_STORE_HOOK, code, text);
        assert_refused(f, SQ_STORE_PERSON, code, text);
        assert_refused(f, SQ_STORE_READER, code, text);
}

/* A fixture whose database is not there, or is what the test puts there. */
static int start_without(void **state) {
        struct fixture *f;
        char path[128];

        fixture_start(state);
        f = *state;
        fixture_close(f);
        remove(f->path);
        for (int i = 0; i < 3; i++) {
                static const char *const suffix[] = {"-wal", "-shm", ".lock"};

                snprintf(path, sizeof path, "%s%s", f->path, suffix[i]);
                remove(path);
        }
        return 0;
}

static size_t read_file(struct fixture *f, char *content, size_t size) {
        FILE *file = fopen(f->path, "r");
        size_t n;

        assert_non_null(file);
        n = fread(content, 1, size, file);
        fclose(file);
        return n;
}

/* Sees that nobody changes a file that is not ours: not a byte, not a right. */
static void assert_refused_untouched(struct fixture *f, int code, const char *text) {
        static char before[65536], after[65536];
        struct stat was, is;
        const size_t n = read_file(f, before, sizeof before);
        char path[128];

        assert_int_equal(chmod(f->path, 0604), 0);
        assert_int_equal(stat(f->path, &was), 0);
        assert_refused_to_all(f, code, text);
        assert_int_equal(stat(f->path, &is), 0);
        assert_int_equal(is.st_mode, was.st_mode);
        assert_int_equal(is.st_uid, was.st_uid);
        assert_int_equal(is.st_mtim.tv_nsec, was.st_mtim.tv_nsec);
        assert_int_equal(read_file(f, after, sizeof after), n);
        assert_memory_equal(before, after, n);
        snprintf(path, sizeof path, "%s-wal", f->path);
        assert_int_equal(access(path, F_OK), -1);
}

/* --- what is not there ------------------------------------------------------- */

static void nobody_but_a_person_begins_a_store(void **state) {
        struct fixture *f = *state;
        char path[128];

        assert_refused(f, SQ_STORE_HOOK, SQ_ENOTFOUND, "there is no database at");
        assert_refused(f, SQ_STORE_READER, SQ_ENOTFOUND, "there is no database at");
        snprintf(path, sizeof path, "%s.lock", f->path);
        assert_int_equal(access(path, F_OK), -1); /* and they leave nothing behind */
        assert_int_equal(try_open(f, SQ_STORE_PERSON, NULL), SQ_OK);
        assert_int_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
        assert_int_equal(try_open(f, SQ_STORE_READER, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "PRAGMA page_size"), 2048);
        assert_int_equal(fixture_number(f, "SELECT journal_mode = 'wal'"
                                           " FROM pragma_journal_mode"),
                         1);
}

static void a_hook_makes_a_lost_lock_file_again(void **state) {
        struct fixture *f = *state;
        char path[128];

        fixture_close(f);
        snprintf(path, sizeof path, "%s.lock", f->path);
        assert_int_equal(remove(path), 0);
        assert_int_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
        assert_int_equal(access(path, F_OK), 0);
        remove(f->path); /* a lock file alone is no store */
        assert_refused(f, SQ_STORE_HOOK, SQ_ENOTFOUND, "there is no database at");
}

static void a_directory_that_is_missing_is_made_by_a_person_only(void **state) {
        struct fixture *f = *state;

        snprintf(f->path, sizeof f->path, "%s/a/b/slurm-quota.db", f->directory);
        assert_refused(f, SQ_STORE_HOOK, SQ_ENOTFOUND, "there is no database at");
        assert_refused(f, SQ_STORE_READER, SQ_ENOTFOUND, "there is no database at");
        assert_int_equal(try_open(f, SQ_STORE_PERSON, NULL), SQ_OK);
        assert_int_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
}

static void a_path_is_absolute_and_not_too_long(void **state) {
        struct fixture *f = *state;
        static char long_path[5000];

        f->options.path = "slurm-quota.db";
        assert_refused_to_all(f, SQ_EINVAL, "is not an absolute path");
        memset(long_path, '/', sizeof long_path - 1);
        f->options.path = long_path;
        assert_refused_to_all(f, SQ_EINVAL, "is not an absolute path");
}

static void a_path_through_a_file_leads_nowhere(void **state) {
        struct fixture *f = *state;
        char path[160];

        fixture_close(f);
        snprintf(path, sizeof path, "%s/slurm-quota.db", f->path);
        f->options.path = path;
        assert_refused(f, SQ_STORE_HOOK, SQ_ENOTFOUND, "there is no database at");
        assert_refused(f, SQ_STORE_READER, SQ_ENOTFOUND, "there is no database at");
        assert_refused(f, SQ_STORE_PERSON, SQ_EINVAL, "is not a directory");
}

static void a_directory_is_no_database(void **state) {
        struct fixture *f = *state;

        assert_int_equal(mkdir(f->path, 0755), 0);
        assert_int_not_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
        assert_int_not_equal(try_open(f, SQ_STORE_PERSON, NULL), SQ_OK);
        assert_int_not_equal(try_open(f, SQ_STORE_READER, NULL), SQ_OK);
}

static void an_unknown_owner_is_an_error(void **state) {
        struct fixture *f = *state;

        f->options.owner = "no-such-user";
        assert_refused(f, SQ_STORE_PERSON, SQ_EINVAL, "no-such-user");
        assert_int_equal(access(f->path, F_OK), -1);
}

/* --- what is something else --------------------------------------------------- */

static void garbage_is_refused_untouched(void **state) {
        struct fixture *f = *state;
        FILE *file = fopen(f->path, "w");

        for (int i = 0; i < 9000; i++)
                fputc(i * 7 % 251, file);
        fclose(file);
        assert_refused_untouched(f, SQ_ECORRUPT, "file is not a database");
}

static void the_database_of_another_program_is_refused_untouched(void **state) {
        struct fixture *f = *state;

        fixture_sql(f, "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')");
        assert_refused_untouched(f, SQ_EVERSION, "is a database of another program");
}

static void the_database_of_the_ancestor_is_refused_untouched(void **state) {
        struct fixture *f = *state;
        struct sq_error err;

        fixture_sql(f, "CREATE TABLE users (username TEXT PRIMARY KEY);"
                       "CREATE TABLE accounts (account TEXT PRIMARY KEY);"
                       "CREATE TABLE jobs_preallocations (job_uuid TEXT PRIMARY KEY);"
                       "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT);"
                       "INSERT INTO users VALUES ('alice')");
        assert_refused_untouched(f, SQ_EVERSION, "was written by slurm-quota 1 or 2");
        try_open(f, SQ_STORE_HOOK, &err);
        assert_non_null(strstr(err.hint, "It was not touched"));
}

static void an_empty_file_becomes_a_store_for_a_person_only(void **state) {
        struct fixture *f = *state;
        char text[64];

        snprintf(text, sizeof text, "has schema version 0, %d is needed",
                 fixture_schema_version());
        close(open(f->path, O_WRONLY | O_CREAT, 0600));
        assert_refused(f, SQ_STORE_HOOK, SQ_EVERSION, text);
        assert_refused(f, SQ_STORE_READER, SQ_EVERSION, text);
        assert_int_equal(try_open(f, SQ_STORE_PERSON, NULL), SQ_OK);
        assert_int_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
}

/* --- what was ours ------------------------------------------------------------- */

static void a_newer_schema_is_refused_to_everybody(void **state) {
        struct fixture *f = *state;

        fixture_close(f);
        fixture_sql(f, "INSERT INTO schema_migration VALUES (99, '099-future', 0)");
        assert_refused_to_all(f, SQ_EVERSION, "has schema version 99, this program knows");
        fixture_sql(f, "DELETE FROM schema_migration WHERE number = 99");
        assert_int_equal(try_open(f, SQ_STORE_HOOK, NULL), SQ_OK);
}

static void a_migration_that_fails_leaves_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_error err;

        fixture_sql(f, "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY,"
                       " name TEXT NOT NULL, applied_at INTEGER NOT NULL);"
                       "CREATE TABLE charge (stands_in_the_way TEXT)");
        assert_int_equal(try_open(f, SQ_STORE_PERSON, &err), SQ_ECORRUPT);
        assert_non_null(strstr(err.text, "migration 001-ledger"));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM sqlite_master"
                                           " WHERE type = 'table'"),
                         2);
        fixture_sql(f, "DROP TABLE charge");
        assert_int_equal(try_open(f, SQ_STORE_PERSON, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT max(number) FROM schema_migration"),
                         fixture_schema_version());
}

static void a_truncated_database_is_damage(void **state) {
        struct fixture *f = *state;
        static const off_t sizes[] = {100, 1000, 2048, 3 * 2048, 10 * 2048};
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        for (int64_t i = 0; i < 500; i++) {
                struct sq_run run = fixture_run(i, NULL, 1, 60);

                assert_true(fixture_charge(f, &run).booked);
        }
        assert_int_equal(sq_store_checkpoint(sq_ledger_store(f->ledger), SQ_CHECKPOINT_KEEP,
                                             NULL),
                         SQ_OK);
        fixture_close(f);
        fixture_sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
        for (size_t i = sizeof sizes / sizeof sizes[0]; i-- > 0;) {
                struct sq_verdict verdict;
                struct sq_error err = {.text = ""};
                int rc;

                assert_int_equal(truncate(f->path, sizes[i]), 0);
                f->options.use = SQ_STORE_HOOK;
                rc = sq_ledger_open(&f->options, fixture_patience(), &f->ledger, &err);
                if (!rc) /* it may show only when it is used */
                        rc = sq_reserve(f->ledger, &claim, &verdict, &err);
                if (rc != SQ_ECORRUPT)
                        fail_msg("%d bytes: %d %s", (int)sizes[i], rc, err.text);
                fixture_close(f);
        }
}

/* --- while it is open ------------------------------------------------------------ */

static bool is_current(struct fixture *f) {
        return sq_store_is_current(sq_ledger_store(f->ledger));
}

static void a_deleted_or_replaced_database_is_noticed(void **state) {
        struct fixture *f = *state;
        char other[128];

        assert_true(is_current(f));
        snprintf(other, sizeof other, "%s.moved", f->path);
        assert_int_equal(rename(f->path, other), 0);
        assert_false(is_current(f));
        close(open(f->path, O_WRONLY | O_CREAT, 0600));
        assert_false(is_current(f));
        assert_int_equal(rename(other, f->path), 0);
        assert_true(is_current(f));
        assert_int_equal(remove(f->path), 0);
        assert_false(is_current(f));
        fixture_close(f);
        assert_refused(f, SQ_STORE_HOOK, SQ_ENOTFOUND, "there is no database at");
}

static int use_of_the_parents(void *payload) {
        struct fixture *f = payload;
        struct sq_claim claim = fixture_claim(UUID(2), 1, 60);
        struct sq_store *store = sq_ledger_store(f->ledger);
        struct sq_verdict verdict;
        struct sq_error err;

        if (is_current(f))
                return 1;
        if (sq_reserve(f->ledger, &claim, &verdict, &err) != SQ_EIO ||
            !strstr(err.text, "another process"))
                return 2;
        if (sq_store_checkpoint(store, SQ_CHECKPOINT_KEEP, &err) != SQ_EIO)
                return 3;
        sq_ledger_close(f->ledger);
        return 0;
}

static void a_child_cannot_use_the_store_and_does_no_harm(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_wait(fixture_fork(use_of_the_parents, f)), 0);
        assert_true(is_current(f));
        claim.uuid = UUID(3);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 2);
        fixture_verify(f);
}

static void nothing_is_closed_without_harm(void **state) {
        (void)state;
        sq_store_close(NULL);
        sq_ledger_close(NULL);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)
#define WITHOUT(name) cmocka_unit_test_setup_teardown(name, start_without, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITHOUT(nobody_but_a_person_begins_a_store),
                A_TEST(a_hook_makes_a_lost_lock_file_again),
                WITHOUT(a_directory_that_is_missing_is_made_by_a_person_only),
                WITHOUT(a_path_is_absolute_and_not_too_long),
                A_TEST(a_path_through_a_file_leads_nowhere),
                WITHOUT(a_directory_is_no_database),
                WITHOUT(an_unknown_owner_is_an_error),
                WITHOUT(garbage_is_refused_untouched),
                WITHOUT(the_database_of_another_program_is_refused_untouched),
                WITHOUT(the_database_of_the_ancestor_is_refused_untouched),
                WITHOUT(an_empty_file_becomes_a_store_for_a_person_only),
                A_TEST(a_newer_schema_is_refused_to_everybody),
                WITHOUT(a_migration_that_fails_leaves_nothing),
                A_TEST(a_truncated_database_is_damage),
                A_TEST(a_deleted_or_replaced_database_is_noticed),
                A_TEST(a_child_cannot_use_the_store_and_does_no_harm),
                cmocka_unit_test(nothing_is_closed_without_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
