/* test_store_files.c - whose the files are, who may use them, and a full disk */
#include "fixture.h"

#include <fcntl.h>
#include <pwd.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/budget.h"

/* An ordinary user whom the store can be given to: SlurmUser where there is one. */
static const struct passwd *an_owner(void) {
        const struct passwd *owner = getpwnam("slurm");

        return owner ? owner : getpwnam("daemon");
}

/* The store in a directory of its own, which does not exist yet. */
static int start(void **state) {
        struct fixture *f;

        fixture_start(state);
        f = *state;
        fixture_close(f);
        snprintf(f->path, sizeof f->path, "%s/data/slurm-quota.db", f->directory);
        return 0;
}

static char *data_of(struct fixture *f, char path[128]) {
        snprintf(path, 128, "%s/data", f->directory);
        return path;
}

static void assert_mode(struct fixture *f, const char *suffix, mode_t mode, uid_t uid,
                        gid_t gid) {
        char path[128];
        struct stat st;

        snprintf(path, sizeof path, "%s%s", f->path, suffix);
        if (stat(path, &st))
                fail_msg("there is no %s", path);
        if ((st.st_mode & 07777) != mode || st.st_uid != uid || st.st_gid != gid)
                fail_msg("%s: %04o %d:%d", path, (unsigned)st.st_mode & 07777, (int)st.st_uid,
                         (int)st.st_gid);
}

static void assert_modes(struct fixture *f, mode_t file, mode_t directory, uid_t uid,
                         gid_t gid) {
        char path[128];
        struct stat st;

        assert_mode(f, "", file, uid, gid);
        assert_mode(f, "-wal", file, uid, gid);
        assert_mode(f, "-shm", file, uid, gid);
        assert_mode(f, ".lock", 0660, uid, gid);
        assert_int_equal(stat(data_of(f, path), &st), 0);
        assert_int_equal(st.st_mode & 07777, directory);
        assert_int_equal(st.st_uid, uid);
        assert_int_equal(st.st_gid, gid);
}

/* --- modes and owners ------------------------------------------------------------ */

static void others_see_nothing_whatever_the_umask(void **state) {
        struct fixture *f = *state;
        mode_t before = umask(0);

        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0640, 02770, geteuid(), getegid());
        fixture_close(f);
        fixture_remove_directory(data_of(f, (char[128]){0}));
        umask(0077);
        fixture_open(f, SQ_STORE_PERSON);
        umask(before);
        assert_modes(f, 0640, 02770, geteuid(), getegid());
}

static void a_site_can_let_everybody_read_and_change_its_mind(void **state) {
        struct fixture *f = *state;

        f->options.world_readable = true;
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0644, 02775, geteuid(), getegid());
        fixture_close(f);
        f->options.world_readable = false;
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0640, 02770, geteuid(), getegid());
        fixture_close(f);
        f->options.world_readable = true;
        fixture_open(f, SQ_STORE_HOOK); /* hooks leave the files alone */
        assert_modes(f, 0640, 02770, geteuid(), getegid());
        fixture_close(f);
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0644, 02775, geteuid(), getegid());
}

static void what_root_makes_belongs_to_the_owner(void **state) {
        struct fixture *f = *state;
        const struct passwd *owner = an_owner();

        if (!fixture_is_root())
                return;
        f->options.owner = owner->pw_name;
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0640, 02770, owner->pw_uid, owner->pw_gid);
}

static void what_a_first_run_made_for_root_is_set_right_for_the_owner(void **state) {
        struct fixture *f = *state;
        const struct passwd *owner = an_owner();

        if (!fixture_is_root())
                return;
        f->options.owner = "root"; /* slurm.conf was not there yet */
        fixture_open(f, SQ_STORE_PERSON);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        assert_modes(f, 0640, 02770, 0, 0);
        fixture_close(f);
        f->options.owner = owner->pw_name;
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0640, 02770, owner->pw_uid, owner->pw_gid);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 60);
}

/* --- other users ------------------------------------------------------------------ */

struct visit {
        struct fixture *f;
        const struct passwd *as;
        enum sq_store_use use;
};

/* Opens the store as somebody else and works with it; the code, as a positive
 * number. */
static int visit_work(void *payload) {
        struct visit *v = payload;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_amounts defaults;
        struct sq_verdict verdict;
        struct sq_ledger *ledger = NULL;
        int rc;

        if (v->as && (setgid(v->as->pw_gid) || setuid(v->as->pw_uid)))
                return 99;
        v->f->options.use = v->use;
        rc = sq_ledger_open(&v->f->options, fixture_patience(), &ledger, NULL);
        if (!rc && v->use == SQ_STORE_READER)
                rc = sq_budget_defaults(ledger, SQ_USER, &defaults, NULL);
        else if (!rc)
                rc = sq_reserve(ledger, &claim, &verdict, NULL);
        sq_ledger_close(ledger);
        return -rc;
}

static int visit_as_nobody(struct fixture *f, enum sq_store_use use) {
        struct visit v = {.f = f, .use = use};

        return -fixture_as_nobody(visit_work, &v);
}

static int visit_as(struct fixture *f, const struct passwd *user, enum sq_store_use use) {
        struct visit v = {.f = f, .as = user, .use = use};

        return -fixture_wait(fixture_fork(visit_work, &v));
}

static void the_owner_works_with_what_root_made(void **state) {
        struct fixture *f = *state;
        const struct passwd *owner = an_owner();

        if (!fixture_is_root())
                return;
        f->options.owner = owner->pw_name;
        fixture_open(f, SQ_STORE_PERSON);
        fixture_close(f);
        assert_int_equal(visit_as(f, owner, SQ_STORE_HOOK), SQ_OK);
        assert_int_equal(visit_as(f, owner, SQ_STORE_READER), SQ_OK);
        fixture_open(f, SQ_STORE_PERSON); /* and root with what the owner made */
        assert_modes(f, 0640, 02770, owner->pw_uid, owner->pw_gid);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), 1);
        fixture_verify(f);
}

static void the_owner_can_begin_a_store(void **state) {
        struct fixture *f = *state;
        const struct passwd *owner = an_owner();
        char path[128];

        if (!fixture_is_root())
                return;
        f->options.owner = owner->pw_name;
        assert_int_equal(mkdir(data_of(f, path), 0700), 0);
        assert_int_equal(chown(path, owner->pw_uid, owner->pw_gid), 0);
        assert_int_equal(visit_as(f, owner, SQ_STORE_PERSON), SQ_OK);
        assert_mode(f, "", 0640, owner->pw_uid, owner->pw_gid);
        assert_mode(f, ".lock", 0660, owner->pw_uid, owner->pw_gid);
}

static void others_may_not_even_look(void **state) {
        struct fixture *f = *state;

        if (!fixture_is_root())
                return;
        fixture_open(f, SQ_STORE_PERSON);
        fixture_close(f);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_READER), SQ_EACCESS);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_HOOK), SQ_EACCESS);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_PERSON), SQ_EACCESS);
}

static void everybody_may_look_where_the_site_says_so(void **state) {
        struct fixture *f = *state;

        if (!fixture_is_root())
                return;
        f->options.world_readable = true;
        fixture_open(f, SQ_STORE_PERSON);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_READER), SQ_OK);
        fixture_close(f); /* and when nobody else has it open */
        assert_int_equal(visit_as_nobody(f, SQ_STORE_READER), SQ_OK);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_HOOK), SQ_EACCESS);
        assert_int_equal(visit_as_nobody(f, SQ_STORE_PERSON), SQ_EACCESS);
        fixture_open(f, SQ_STORE_PERSON);
        assert_modes(f, 0644, 02775, 0, 0);
        fixture_verify(f);
}

/* For one who may write in the directory, but not to a file in it. */
static void assert_read_only_file_refused(struct fixture *f, const char *suffix) {
        const struct passwd *owner = an_owner();
        char path[128];

        snprintf(path, sizeof path, "%s%s", f->path, suffix);
        assert_int_equal(chown(path, 0, 0), 0);
        assert_int_equal(chmod(path, 0444), 0);
        assert_int_equal(visit_as(f, owner, SQ_STORE_HOOK), SQ_EACCESS);
        assert_int_equal(chown(path, owner->pw_uid, owner->pw_gid), 0);
        assert_int_equal(chmod(path, 0640), 0);
}

static void a_file_that_cannot_be_written_is_an_error(void **state) {
        struct fixture *f = *state;
        char path[128];

        if (!fixture_is_root())
                return;
        f->options.owner = an_owner()->pw_name;
        fixture_open(f, SQ_STORE_PERSON);
        fixture_close(f);
        assert_read_only_file_refused(f, "");
        assert_read_only_file_refused(f, ".lock");
        assert_int_equal(visit_as(f, an_owner(), SQ_STORE_HOOK), SQ_OK);

        /* A directory in which nothing can be made is no obstacle as long as all
         * files are there. */
        assert_int_equal(chmod(data_of(f, path), 0555), 0);
        assert_int_equal(visit_as(f, an_owner(), SQ_STORE_READER), SQ_OK);
        snprintf(path, sizeof path, "%s.lock", f->path);
        assert_int_equal(remove(path), 0);
        assert_int_equal(visit_as(f, an_owner(), SQ_STORE_HOOK), SQ_EACCESS);
}

static void a_link_in_place_of_the_lock_is_not_followed(void **state) {
        struct fixture *f = *state;
        struct sq_ledger *ledger = NULL;
        char path[128], target[128];

        fixture_open(f, SQ_STORE_PERSON);
        fixture_close(f);
        snprintf(path, sizeof path, "%s.lock", f->path);
        snprintf(target, sizeof target, "%s/target", f->directory);
        assert_int_equal(remove(path), 0);
        assert_int_equal(symlink(target, path), 0);
        assert_int_equal(sq_ledger_open(&f->options, fixture_patience(), &ledger, NULL),
                         SQ_EIO);
        assert_int_equal(access(target, F_OK), -1);
}

/* --- a full disk -------------------------------------------------------------------- */

/* Charges until the disk is full; the number of those that were booked. */
static int64_t charge_until_it_fails(struct fixture *f, int64_t from, int *ret_code) {
        int64_t job = from;

        for (;; job++) {
                struct sq_run run = fixture_run(job, NULL, 1, 60);
                struct sq_charged charged;

                *ret_code = sq_charge(f->ledger, &run, &charged, NULL);
                if (*ret_code)
                        return job - from;
        }
}

static void a_full_disk_is_an_error_and_heals(void **state) {
        struct fixture *f = *state;
        static const char block[64 * 1024];
        char path[128], filler[128];
        int64_t booked, more;
        int fd, rc;

        assert_int_equal(mkdir(data_of(f, path), 02770), 0);
        if (!fixture_mount(path, "3m"))
                return;
        assert_int_equal(chmod(path, 02770), 0);
        fixture_open(f, SQ_STORE_PERSON);
        snprintf(filler, sizeof filler, "%s/slurm-quota.filler", path);
        fd = open(filler, O_WRONLY | O_CREAT, 0600);
        for (int i = 0; i < 16; i++)
                assert_int_equal(write(fd, block, sizeof block), sizeof block);
        close(fd);
        booked = charge_until_it_fails(f, 1, &rc);
        assert_int_equal(rc, SQ_EIO);
        assert_true(booked > 10);
        assert_int_equal(charge_until_it_fails(f, booked + 1, &rc), 0);
        assert_int_equal(rc, SQ_EIO);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), booked);
        fixture_verify(f);

        assert_int_equal(remove(filler), 0);
        more = charge_until_it_fails(f, booked + 1, &rc);
        assert_true(more > 10);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), booked + more);
        fixture_verify(f);
        fixture_close(f);
        fixture_unmount(path);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(others_see_nothing_whatever_the_umask),
                A_TEST(a_site_can_let_everybody_read_and_change_its_mind),
                A_TEST(what_root_makes_belongs_to_the_owner),
                A_TEST(what_a_first_run_made_for_root_is_set_right_for_the_owner),
                A_TEST(the_owner_works_with_what_root_made),
                A_TEST(the_owner_can_begin_a_store),
                A_TEST(others_may_not_even_look),
                A_TEST(everybody_may_look_where_the_site_says_so),
                A_TEST(a_file_that_cannot_be_written_is_an_error),
                A_TEST(a_link_in_place_of_the_lock_is_not_followed),
                A_TEST(a_full_disk_is_an_error_and_heals),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
