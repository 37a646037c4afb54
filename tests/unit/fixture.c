#include "fixture.h"

#include <errno.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/budget.h"
#include "ledger/verify.h"
#include "store/sqlite/connection.h"

void fixture_move_store(struct fixture *f, bool away) {
        char aside[160];

        snprintf(aside, sizeof aside, "%s.aside", f->path);
        assert_int_equal(rename(away ? f->path : aside, away ? aside : f->path), 0);
}

int fixture_schema_version(void) {
        int n = 0;

        while (sq_sqlite_migrations[n].name)
                n++;
        return n;
}

int64_t fixture_patience(void) {
        return sq_monotonic_ns() + 60 * SQ_NS_PER_SECOND;
}

void fixture_make_directory(char path[64]) {
        snprintf(path, 64, "/tmp/slurm-quota-test.XXXXXX");
        assert_non_null(mkdtemp(path));
        assert_int_equal(chmod(path, 0755), 0); /* others are let in on purpose */
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
        (void)st;
        (void)type;
        (void)at;
        return remove(path);
}

void fixture_remove_directory(const char *path) {
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_self(void) {
        const struct passwd *self = getpwuid(geteuid());

        assert_non_null(self);
        return self->pw_name;
}

bool fixture_is_root(void) {
        if (geteuid() == 0)
                return true;
        print_message("# skipped: only root can try this\n");
        return false;
}

bool fixture_mount(const char *directory, const char *bytes) {
        char options[64];

        snprintf(options, sizeof options, "mode=0755,size=%s", bytes);
        if (geteuid() != 0 || unshare(CLONE_NEWNS) ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
            mount("slurm-quota-test", directory, "tmpfs", 0, options)) {
                print_message("# skipped: cannot mount a small file system\n");
                return false;
        }
        return true;
}

void fixture_unmount(const char *directory) {
        assert_int_equal(umount2(directory, MNT_DETACH), 0);
}

pid_t fixture_fork(fixture_body_fn body, void *payload) {
        pid_t child;

        fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
                _exit(body(payload)); /* no leak check, no handlers of the parent */
        return child;
}

int fixture_wait(pid_t child) {
        int status;

        while (waitpid(child, &status, 0) < 0)
                assert_int_equal(errno, EINTR);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct as_nobody {
        fixture_body_fn body;
        void *payload;
};

static int become_nobody(void *payload) {
        const struct as_nobody *as = payload;
        const struct passwd *nobody = getpwnam("nobody");

        if (geteuid() == 0 && (!nobody || setgroups(0, NULL) || setgid(nobody->pw_gid) ||
                               setuid(nobody->pw_uid)))
                return 101;
        return as->body(as->payload);
}

int fixture_as_nobody(fixture_body_fn body, void *payload) {
        struct as_nobody as = {body, payload};

        return fixture_wait(fixture_fork(become_nobody, &as));
}

void fixture_open(struct fixture *f, enum sq_store_use use) {
        struct sq_error err = {0};

        f->options.use = use;
        if (sq_ledger_open(&f->options, fixture_patience(), &f->ledger, &err))
                fail_msg("%s", err.text);
}

void fixture_close(struct fixture *f) {
        sq_ledger_close(f->ledger);
        f->ledger = NULL;
}

int fixture_start(void **state) {
        struct fixture *f = calloc(1, sizeof *f);

        fixture_make_directory(f->directory);
        snprintf(f->path, sizeof f->path, "%s/slurm-quota.db", f->directory);
        f->options.path = f->path;
        f->options.owner = fixture_self();
        fixture_open(f, SQ_STORE_PERSON);
        *state = f;
        return 0;
}

int fixture_stop(void **state) {
        struct fixture *f = *state;

        fixture_close(f);
        fixture_remove_directory(f->directory);
        free(f);
        return 0;
}

void fixture_budget(struct fixture *f, enum sq_subject_kind kind, const char *name,
                    enum sq_resource resource, int64_t seconds) {
        const struct sq_actor actor = {.name = "test"};

        assert_int_equal(sq_budget_set(f->ledger, kind, name, resource, SQ_AMOUNT(seconds),
                                       &actor, NULL),
                         SQ_OK);
}

static int copy_standing(const struct sq_standing *standing, void *payload) {
        *(struct sq_standing *)payload = *standing;
        return 0;
}

static struct sq_standing standing_of(struct fixture *f, enum sq_subject_kind kind,
                                      const char *name) {
        struct sq_standing standing = {0};

        assert_int_equal(
                sq_balance_each(f->ledger, kind, name, copy_standing, &standing, NULL), SQ_OK);
        if (!standing.name)
                fail_msg("there is no %s", name);
        return standing;
}

struct sq_balance fixture_balance(struct fixture *f, enum sq_subject_kind kind,
                                  const char *name, enum sq_resource resource) {
        return standing_of(f, kind, name).of[resource];
}

int64_t fixture_jobs(struct fixture *f, enum sq_subject_kind kind, const char *name) {
        return standing_of(f, kind, name).jobs;
}

static void print_difference(const char *line, void *payload) {
        (void)payload;
        print_error("%s\n", line);
}

void fixture_verify(struct fixture *f) {
        int64_t differences = -1;

        assert_int_equal(sq_verify(f->ledger, print_difference, NULL, &differences, NULL),
                         SQ_OK);
        assert_int_equal(differences, 0);
}

struct sq_claim fixture_claim(const char *uuid, int64_t cpus, int64_t seconds) {
        struct sq_claim claim = {.uuid = uuid,
                                 .user = "alice",
                                 .account = "physics",
                                 .seconds = seconds,
                                 .tasks = 1};

        sq_tres_set(&claim.tres, "cpu", cpus);
        return claim;
}

struct sq_run fixture_run(int64_t job_id, const char *uuid, int64_t cpus, int64_t seconds) {
        struct sq_run run = {.cluster = "test",
                             .job_id = job_id,
                             .submit_at = 1700000000,
                             .restarts = 0,
                             .array_task = SQ_NO_TASK,
                             .user = "alice",
                             .account = "physics",
                             .uuid = uuid,
                             .state = "COMPLETED",
                             .start_at = 1700000100,
                             .end_at = 1700000100 + seconds,
                             .tasks = 1};

        sq_tres_set(&run.tres, "cpu", cpus);
        return run;
}

struct sq_verdict fixture_reserve(struct fixture *f, const struct sq_claim *claim) {
        struct sq_verdict verdict;
        struct sq_error err;

        if (sq_reserve(f->ledger, claim, &verdict, &err))
                fail_msg("%s", err.text);
        return verdict;
}

struct sq_charged fixture_charge(struct fixture *f, const struct sq_run *run) {
        struct sq_charged charged;
        struct sq_error err;

        if (sq_charge(f->ledger, run, &charged, &err))
                fail_msg("%s", err.text);
        return charged;
}

static sqlite3 *open_outside(struct fixture *f) {
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        return db;
}

void fixture_sql(struct fixture *f, const char *sql) {
        sqlite3 *db = open_outside(f);
        char *text = NULL;

        if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
                fail_msg("%s", text);
        sqlite3_close(db);
}

int64_t fixture_number(struct fixture *f, const char *sql) {
        sqlite3 *db = open_outside(f);
        sqlite3_stmt *st = NULL;
        int64_t number;

        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        number = sqlite3_column_int64(st, 0);
        sqlite3_finalize(st);
        sqlite3_close(db);
        return number;
}
