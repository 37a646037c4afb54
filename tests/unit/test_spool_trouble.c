/* test_spool_trouble.c - the spool when store, disk, rights or others fail it */
#include "fixture.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/spool.h"

static int append_charge(const char *directory, int64_t job, struct sq_error *err) {
        const struct sq_spooled event = {.kind = SQ_SPOOL_CHARGE,
                                         .run = fixture_run(job, NULL, 1, 60)};

        return sq_spool_append(directory, &event, err);
}

static void append_charges(const char *directory, int64_t from, int64_t to) {
        for (int64_t job = from; job <= to; job++)
                assert_int_equal(append_charge(directory, job, NULL), SQ_OK);
}

static int64_t charges(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM charge");
}

static struct sq_spool_report replay(struct fixture *f, const char *directory, int expected) {
        struct sq_spool_report report = {.booked = -1};

        assert_int_equal(sq_spool_replay(directory, f->ledger, INT64_MAX, NULL, NULL, &report,
                                         NULL),
                         expected);
        return report;
}

/* A directory of its own for the spool. */
static char *spool_of(struct fixture *f, char path[128], mode_t mode) {
        snprintf(path, 128, "%s/spool", f->directory);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chmod(path, mode), 0);
        return path;
}

static int locked(const char *directory, const char *name) {
        char path[200];
        int fd;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        fd = open(path, O_RDWR | O_CREAT, 0660);
        assert_true(fd >= 0);
        assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
        return fd;
}

/* --- the store fails ------------------------------------------------------- */

static void a_store_failure_stops_and_keeps_what_is_left(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;
        sqlite3 *other = NULL;

        append_charges(f->directory, 1, 3);
        assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
        assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
        sq_store_set_deadline(sq_ledger_store(f->ledger), sq_monotonic_ns() + SQ_NS_PER_MS);
        report = replay(f, f->directory, SQ_EBUSY);
        assert_int_equal(report.booked, 0);
        assert_int_equal(report.rejected, 0);
        assert_true(report.unfinished);
        assert_false(sq_spool_is_empty(f->directory));
        sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
        sqlite3_close(other);

        sq_store_set_deadline(sq_ledger_store(f->ledger), fixture_patience());
        report = replay(f, f->directory, SQ_OK);
        assert_int_equal(report.booked, 3);
        assert_int_equal(charges(f), 3);
}

static void a_failure_in_the_middle_keeps_what_was_booked(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        append_charges(f->directory, 1, 5);
        fixture_sql(f, "CREATE TRIGGER no_third BEFORE INSERT ON charge WHEN NEW.job_id = 3"
                       " BEGIN SELECT no_such_function(); END");
        report = replay(f, f->directory, SQ_ECORRUPT);
        assert_int_equal(report.booked, 0); /* a trigger that cannot be compiled fails all */
        fixture_sql(f, "DROP TRIGGER no_third");
        fixture_sql(f, "CREATE TRIGGER no_third BEFORE INSERT ON charge WHEN NEW.job_id = 3"
                       " BEGIN SELECT abs(-9223372036854775807 - 1); END");
        report = replay(f, f->directory, SQ_ECORRUPT);
        assert_int_equal(report.booked, 2);
        assert_int_equal(charges(f), 2);
        fixture_sql(f, "DROP TRIGGER no_third");
        report = replay(f, f->directory, SQ_OK);
        assert_int_equal(report.booked, 3);
        assert_int_equal(charges(f), 5);
        fixture_verify(f);
}

/* --- others are at it ------------------------------------------------------ */

static void one_replay_at_a_time(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;
        int other;

        append_charges(f->directory, 1, 1);
        other = locked(f->directory, "replay.lock");
        report = replay(f, f->directory, SQ_OK);
        assert_int_equal(report.booked, 0);
        assert_true(report.unfinished);
        close(other);
        report = replay(f, f->directory, SQ_OK);
        assert_int_equal(report.booked, 1);
}

static void nobody_waits_long_for_the_file(void **state) {
        struct fixture *f = *state;
        int64_t began;
        int other;

        append_charges(f->directory, 1, 1);
        other = locked(f->directory, "events");
        began = sq_monotonic_ns();
        assert_int_equal(append_charge(f->directory, 2, NULL), SQ_EBUSY);
        assert_true(sq_monotonic_ns() - began >= 15 * SQ_NS_PER_MS);
        assert_true(sq_monotonic_ns() - began < SQ_NS_PER_SECOND);
        replay(f, f->directory, SQ_EBUSY);
        close(other);
        append_charges(f->directory, 2, 2);
        replay(f, f->directory, SQ_OK);
        assert_int_equal(charges(f), 2);
}

#define EVENTS_OF_ONE 300

struct writer {
        const char *directory;
        int64_t first;
};

static int write_many(void *payload) {
        const struct writer *w = payload;

        for (int64_t i = 0; i < EVENTS_OF_ONE; i++)
                while (append_charge(w->directory, w->first + i, NULL))
                        ; /* busy: a hook would count it; here every one matters */
        return 0;
}

static int replay_many(void *payload) {
        struct fixture *f = payload;
        struct sq_spool_report report;

        if (sq_ledger_open(&f->options, fixture_patience(), &f->ledger, NULL))
                return 1;
        for (int i = 0; i < 200; i++) {
                int rc = sq_spool_replay(f->directory, f->ledger, 50, NULL, NULL, &report,
                                         NULL);

                if ((rc && rc != SQ_EBUSY) || report.rejected)
                        return 2;
        }
        sq_ledger_close(f->ledger);
        return 0;
}

static void nothing_is_lost_between_two_writers_and_two_replayers(void **state) {
        struct fixture *f = *state;
        struct writer writer[2] = {{f->directory, 1}, {f->directory, 1 + EVENTS_OF_ONE}};
        struct sq_spool_report report;
        pid_t child[4];

        fixture_close(f);
        child[0] = fixture_fork(write_many, &writer[0]);
        child[1] = fixture_fork(replay_many, f);
        child[2] = fixture_fork(write_many, &writer[1]);
        child[3] = fixture_fork(replay_many, f);
        for (int i = 0; i < 4; i++)
                assert_int_equal(fixture_wait(child[i]), 0);
        fixture_open(f, SQ_STORE_PERSON);
        report = replay(f, f->directory, SQ_OK);
        assert_int_equal(report.rejected, 0);
        assert_int_equal(charges(f), 2 * EVENTS_OF_ONE);
        assert_true(sq_spool_is_empty(f->directory));
        fixture_verify(f);
}

/* --- files and rights ------------------------------------------------------ */

static void an_event_that_is_too_long_leaves_nothing(void **state) {
        struct fixture *f = *state;
        static char text[10000];
        struct sq_spooled event = {.kind = SQ_SPOOL_CHARGE, .run = fixture_run(1, NULL, 1, 60)};

        memset(text, 'x', sizeof text - 1);
        event.run.account = text;
        assert_int_equal(sq_spool_append(f->directory, &event, NULL), SQ_ERANGE);
        assert_true(sq_spool_is_empty(f->directory));
}

static void a_directory_that_cannot_be_is_an_error(void **state) {
        struct fixture *f = *state;
        static char path[PATH_MAX + 1];
        struct sq_spool_report report;
        struct sq_error err;

        memset(path, '/', PATH_MAX);
        assert_int_equal(append_charge(path, 1, &err), SQ_EINVAL);
        assert_int_equal(sq_spool_prepare(path, &err), SQ_EINVAL);
        assert_int_equal(append_charge("/nonexistent/spool", 1, &err), SQ_EIO);
        assert_non_null(strstr(err.text, "/nonexistent/spool/events"));
        report = replay(f, "/nonexistent", SQ_OK);
        assert_int_equal(report.booked, 0);
}

static void a_link_in_place_of_the_file_is_not_followed(void **state) {
        struct fixture *f = *state;
        char path[128], target[128];

        snprintf(path, sizeof path, "%s/events", f->directory);
        snprintf(target, sizeof target, "%s/target", f->directory);
        assert_int_equal(symlink(target, path), 0);
        assert_int_equal(append_charge(f->directory, 1, NULL), SQ_EIO);
        assert_int_equal(access(target, F_OK), -1);
}

static int append_one(void *payload) {
        return -append_charge(payload, 1, NULL);
}

static void a_directory_without_the_right_to_write_is_an_error(void **state) {
        struct fixture *f = *state;
        char path[128];

        spool_of(f, path, 0555);
        assert_int_equal(fixture_as_nobody(append_one, path), -SQ_EACCESS);
        assert_true(sq_spool_is_empty(path));
}

static void what_root_makes_belongs_to_the_owner_of_the_directory(void **state) {
        struct fixture *f = *state;
        const struct passwd *nobody = getpwnam("nobody");
        struct sq_spool_report report;
        char path[128], file[160];
        struct stat st;

        if (!fixture_is_root())
                return;
        spool_of(f, path, 0700);
        assert_int_equal(chown(path, nobody->pw_uid, nobody->pw_gid), 0);
        assert_int_equal(sq_spool_prepare(path, NULL), SQ_OK);
        snprintf(file, sizeof file, "%s/events", path);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(st.st_uid, nobody->pw_uid);
        assert_int_equal(st.st_gid, nobody->pw_gid);
        assert_int_equal(fixture_as_nobody(append_one, path), 0);
        report = replay(f, path, SQ_OK);
        assert_int_equal(report.booked, 1);
        snprintf(file, sizeof file, "%s/replay.lock", path);
        assert_int_equal(stat(file, &st), 0);
        assert_int_equal(st.st_uid, nobody->pw_uid);
}

static void who_cannot_lock_the_replay_is_told(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;
        char path[128];

        append_charges(f->directory, 1, 1);
        snprintf(path, sizeof path, "%s/replay.lock", f->directory);
        assert_int_equal(mkdir(path, 0700), 0);
        report = replay(f, f->directory, SQ_EIO);
        assert_int_equal(report.booked, 0);
}

/* --- a full disk ----------------------------------------------------------- */

static void fill_up(const char *directory, char path[160]) {
        static const char block[4096];
        int fd;

        snprintf(path, 160, "%s/filler", directory);
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        assert_true(fd >= 0);
        while (write(fd, block, sizeof block) > 0)
                ;
        close(fd);
}

static void a_full_disk_takes_the_events_whose_space_was_set_aside(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;
        char path[128], filler[160];
        int64_t job = 0;

        spool_of(f, path, 0755);
        if (!fixture_mount(path, "4m"))
                return;
        assert_int_equal(sq_spool_prepare(path, NULL), SQ_OK);
        fill_up(path, filler);
        while (append_charge(path, job + 1, NULL) == SQ_OK)
                job++;
        assert_true(job > 2500);
        assert_int_equal(append_charge(path, job + 1, NULL), SQ_EIO);
        assert_int_equal(remove(filler), 0);
        assert_int_equal(append_charge(path, job + 1, NULL), SQ_OK);
        report = replay(f, path, SQ_OK);
        assert_int_equal(report.booked, job + 1);
        assert_int_equal(report.rejected, 0); /* no line was half written */
        assert_int_equal(charges(f), job + 1);

        fill_up(path, filler); /* emptied, the file keeps its space */
        assert_int_equal(append_charge(path, 1, NULL), SQ_OK);
        fixture_unmount(path);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_store_failure_stops_and_keeps_what_is_left),
                A_TEST(a_failure_in_the_middle_keeps_what_was_booked),
                A_TEST(one_replay_at_a_time),
                A_TEST(nobody_waits_long_for_the_file),
                A_TEST(nothing_is_lost_between_two_writers_and_two_replayers),
                A_TEST(an_event_that_is_too_long_leaves_nothing),
                A_TEST(a_directory_that_cannot_be_is_an_error),
                A_TEST(a_link_in_place_of_the_file_is_not_followed),
                A_TEST(a_directory_without_the_right_to_write_is_an_error),
                A_TEST(what_root_makes_belongs_to_the_owner_of_the_directory),
                A_TEST(who_cannot_lock_the_replay_is_told),
                A_TEST(a_full_disk_takes_the_events_whose_space_was_set_aside),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
