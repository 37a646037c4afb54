/* test_backup.c - a copy of the store while others go on writing */
#include "hook_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sq_store *store_of(struct fixture *f) {
        return sq_ledger_store(f->ledger);
}

static const char *copy_of(struct fixture *f, char path[128]) {
        snprintf(path, 128, "%s/copy.db", f->directory);
        return path;
}

/* A backup that has to succeed. */
static void back_up(struct fixture *f, const char *path) {
        struct sq_error err;

        sq_store_set_deadline(store_of(f), fixture_patience());
        if (sq_store_backup(store_of(f), path, &err))
                fail_msg("%s", err.text);
}

static void assert_refused(struct fixture *f, const char *path, int code, const char *text) {
        struct sq_error err = {.text = ""};

        assert_int_equal(sq_store_backup(store_of(f), path, &err), code);
        if (!strstr(err.text, text))
                fail_msg("not \"%s\" but \"%s\"", text, err.text);
        assert_int_equal(sq_store_backup(store_of(f), path, NULL), code);
}

static bool exists(const char *path) {
        return access(path, F_OK) == 0;
}

static int files_in(const char *directory) {
        DIR *open = opendir(directory);
        int n = 0;

        assert_non_null(open);
        while (readdir(open))
                n++;
        closedir(open);
        return n - 2; /* . and .. */
}

/* The fixture on the copy instead, as hooks would open it. */
static void change_to(struct fixture *f, const char *path) {
        fixture_close(f);
        snprintf(f->path, sizeof f->path, "%s", path);
        fixture_open(f, SQ_STORE_HOOK);
}

static void fill(struct fixture *f, int64_t bytes) {
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_run run = fixture_run(1, NULL, 2, 100);
        char sql[256];

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 1000000000);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_true(fixture_charge(f, &run).booked);
        snprintf(sql, sizeof sql,
                 "CREATE TABLE ballast (b BLOB); INSERT INTO ballast WITH RECURSIVE c (i) AS"
                 " (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %lld)"
                 " SELECT zeroblob(1000) FROM c",
                 (long long)bytes / 1000);
        if (bytes)
                fixture_sql(f, sql);
}

/* --- what it is --------------------------------------------------------------- */

static void a_copy_has_everything_and_hooks_can_use_it_at_once(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(2), 1, 60);
        char path[128];

        fill(f, 0);
        back_up(f, copy_of(f, path));
        assert_true(fixture_reserve(f, &claim).accepted); /* not in the copy */
        change_to(f, path);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 200);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, 2400);
        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_verify(f);
        assert_int_equal(fixture_number(f, "PRAGMA page_size"), 2048);
        assert_int_equal(fixture_number(f, "SELECT journal_mode = 'wal'"
                                           " FROM pragma_journal_mode"),
                         1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM pragma_integrity_check"
                                           " WHERE integrity_check = 'ok'"),
                         1);
}

static void what_is_only_in_the_log_is_copied_too(void **state) {
        struct fixture *f = *state;
        char path[128];

        fixture_close(f);
        fixture_open(f, SQ_STORE_HOOK); /* which leaves the log where it is */
        fill(f, 0);
        assert_true(sq_store_backlog(store_of(f)) > 0);
        back_up(f, copy_of(f, path));
        change_to(f, path);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 1);
        fixture_verify(f);
}

static void a_reader_can_make_one(void **state) {
        struct fixture *f = *state;
        char path[128];

        fill(f, 0);
        fixture_close(f);
        fixture_open(f, SQ_STORE_READER);
        back_up(f, copy_of(f, path));
        change_to(f, path);
        fixture_verify(f);
}

static void it_belongs_to_whom_the_database_does(void **state) {
        struct fixture *f = *state;
        const struct passwd *owner = getpwnam("daemon");
        const mode_t before = umask(0);
        char path[128];
        struct stat st;

        back_up(f, copy_of(f, path));
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(remove(path), 0);
        assert_int_equal(chmod(f->path, 0644), 0);
        umask(0077);
        if (fixture_is_root())
                assert_int_equal(chown(f->path, owner->pw_uid, owner->pw_gid), 0);
        back_up(f, path);
        umask(before);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0644);
        if (geteuid() == 0) {
                assert_int_equal(st.st_uid, owner->pw_uid);
                assert_int_equal(st.st_gid, owner->pw_gid);
        }
}

/* --- what it is not ------------------------------------------------------------ */

static void a_file_that_is_there_is_left_as_it_is(void **state) {
        struct fixture *f = *state;
        char path[128], part[140];
        struct stat st;

        close(open(copy_of(f, path), O_WRONLY | O_CREAT, 0600));
        assert_refused(f, path, SQ_EEXIST, "exists already");
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_size, 0);
        assert_int_equal(remove(path), 0);
        snprintf(part, sizeof part, "%s.part", path);
        close(open(part, O_WRONLY | O_CREAT, 0600));
        assert_refused(f, path, SQ_EEXIST, ".part\" exists already");
        assert_false(exists(path));
        assert_true(exists(part));
        assert_refused(f, f->path, SQ_EEXIST, "exists already");
        assert_int_equal(symlink("/nonexistent", path), 0);
        assert_int_equal(remove(part), 0);
        assert_refused(f, path, SQ_EEXIST, "");
        assert_false(exists(part));
}

static void a_path_that_leads_nowhere_is_an_error(void **state) {
        struct fixture *f = *state;
        char path[128], long_path[5000];

        assert_refused(f, "copy.db", SQ_EINVAL, "is not an absolute path");
        assert_refused(f, "", SQ_EINVAL, "is not an absolute path");
        snprintf(path, sizeof path, "%s/missing/copy.db", f->directory);
        assert_refused(f, path, SQ_EIO, "No such file or directory");
        memset(long_path, '/', sizeof long_path - 1);
        long_path[sizeof long_path - 1] = '\0';
        assert_refused(f, long_path, SQ_EINVAL, "is too long");
}

static void the_deadline_ends_it_and_nothing_is_left(void **state) {
        struct fixture *f = *state;
        const int files = files_in(f->directory);
        struct sq_claim claim = fixture_claim(UUID(2), 1, 60);
        char path[128];

        fill(f, 0);
        sq_store_set_deadline(store_of(f), 0);
        assert_refused(f, copy_of(f, path), SQ_EBUSY, "");
        assert_int_equal(files_in(f->directory), files);
        sq_store_set_deadline(store_of(f), fixture_patience());
        assert_true(fixture_reserve(f, &claim).accepted); /* no transaction is left open */
        back_up(f, path);
}

static void a_disk_without_room_is_not_filled(void **state) {
        struct fixture *f = *state;
        char directory[96], path[128];
        struct sq_error err;

        fill(f, 4000000);
        snprintf(directory, sizeof directory, "%s/small", f->directory);
        snprintf(path, sizeof path, "%s/copy.db", directory);
        assert_int_equal(mkdir(directory, 0755), 0);
        if (!fixture_mount(directory, "18m")) /* enough for the copy alone */
                return;
        assert_int_equal(sq_store_backup(store_of(f), path, &err), SQ_EIO);
        assert_non_null(strstr(err.text, "there is no room"));
        assert_non_null(strstr(err.hint, "Make room: the copy takes "));
        assert_non_null(strstr(err.hint, " 18 MiB are free, and 16 MiB must stay free."));
        assert_int_equal(files_in(directory), 0);
        fixture_unmount(directory);
        if (fixture_mount(directory, "32m"))
                back_up(f, path);
        fixture_unmount(directory);
}

/* A disk that fails in the middle: files may not become larger than a megabyte. */
static int back_up_with_small_files(void *payload) {
        struct fixture *f = payload;
        const struct rlimit small = {.rlim_cur = 1 << 20, .rlim_max = 1 << 20};
        struct sq_ledger *ledger = NULL;
        struct sq_error err;
        char path[128];
        int rc;

        signal(SIGXFSZ, SIG_IGN);
        f->options.use = SQ_STORE_READER;
        if (setrlimit(RLIMIT_FSIZE, &small) ||
            sq_ledger_open(&f->options, fixture_patience(), &ledger, NULL))
                return 1;
        rc = sq_store_backup(sq_ledger_store(ledger), copy_of(f, path), &err);
        sq_ledger_close(ledger);
        return rc == SQ_EIO && strstr(err.text, "could not copy the database to") ? 0 : 2;
}

static void a_disk_that_fails_in_the_middle_leaves_nothing(void **state) {
        struct fixture *f = *state;
        int files;

        fill(f, 4000000);
        files = files_in(f->directory);
        fixture_close(f);
        assert_int_equal(fixture_wait(fixture_fork(back_up_with_small_files, f)), 0);
        assert_int_equal(files_in(f->directory), files);
}

static int back_up_the_parents(void *payload) {
        struct fixture *f = payload;
        char path[128];

        return sq_store_backup(store_of(f), copy_of(f, path), NULL) == SQ_EIO ? 0 : 1;
}

static void a_child_cannot_use_the_parents_store(void **state) {
        struct fixture *f = *state;

        assert_int_equal(fixture_wait(fixture_fork(back_up_the_parents, f)), 0);
        fixture_verify(f);
}

/* --- beside others --------------------------------------------------------------- */

static bool reserve_on(struct sq_ledger *ledger, int64_t n) {
        char uuid[SQ_UUID_SIZE] = "";

        (void)n;
        return hook_reserve(ledger, "alice", uuid);
}

static void writers_neither_wait_for_it_nor_keep_it_from_ending(void **state) {
        struct fixture *f = *state;
        struct hook_done written;
        struct hook hook;
        int64_t copied;
        char path[128];

        fill(f, 60000000);
        hook_start(&hook, f, reserve_on, 0);
        while (fixture_number(f, "SELECT count(*) FROM reservation") < 10)
                usleep(1000);
        back_up(f, copy_of(f, path));
        written = hook_stop(&hook);
        change_to(f, path);
        fixture_verify(f); /* one moment, not several */
        copied = fixture_number(f, "SELECT count(*) FROM reservation");
        assert_true(copied >= 10);
        assert_true(copied < written.n - written.failures);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM pragma_integrity_check"
                                           " WHERE integrity_check = 'ok'"),
                         1);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_copy_has_everything_and_hooks_can_use_it_at_once),
                A_TEST(what_is_only_in_the_log_is_copied_too),
                A_TEST(a_reader_can_make_one),
                A_TEST(it_belongs_to_whom_the_database_does),
                A_TEST(a_file_that_is_there_is_left_as_it_is),
                A_TEST(a_path_that_leads_nowhere_is_an_error),
                A_TEST(the_deadline_ends_it_and_nothing_is_left),
                A_TEST(a_disk_without_room_is_not_filled),
                A_TEST(a_disk_that_fails_in_the_middle_leaves_nothing),
                A_TEST(a_child_cannot_use_the_parents_store),
                A_TEST(writers_neither_wait_for_it_nor_keep_it_from_ending),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
