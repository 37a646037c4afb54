/* fixture.h - a throw-away ledger for a test */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <sys/types.h>

#include "ledger/charge.h"
#include "ledger/reservation.h"

struct fixture {
        char directory[64]; /* removed at the end */
        char path[96];      /* of the database */
        struct sq_store_options options;
        struct sq_ledger *ledger;
};

/* cmocka's setup and teardown: a new database in a directory of its own. */
int fixture_start(void **state);
int fixture_stop(void **state);

/* A new directory under /tmp; and away with all that is in it. */
void fixture_make_directory(char path[64]);
void fixture_remove_directory(const char *path);

/* The name of the user who runs the tests. */
const char *fixture_self(void);

/* Whether root runs the tests; says so when not.  Tests leave with `return` then:
 * cmocka 1.1.5 reports skip() as "not ok", which meson takes for a failure. */
bool fixture_is_root(void);

/* Puts a file system of so many bytes on `directory`, which only this process
 * sees, until fixture_unmount().  False, saying so, where that is not permitted. */
bool fixture_mount(const char *directory, const char *bytes);
void fixture_unmount(const char *directory);

/* Runs `body` in a process of its own, which ends with what it returns (0 to
 * 100; cmocka's assertions do not work in there).  Close every ledger and store
 * before: SQLite does not survive fork().  fixture_wait() gives the value, 128 +
 * the signal's number for a process that died of one. */
typedef int (*fixture_body_fn)(void *payload);
pid_t fixture_fork(fixture_body_fn body, void *payload);
int fixture_wait(pid_t child);

/* The same as an ordinary user (nobody when root runs the tests), waiting. */
int fixture_as_nobody(fixture_body_fn body, void *payload);

/* Opens or closes the ledger again. */
void fixture_open(struct fixture *f, enum sq_store_use use);
void fixture_close(struct fixture *f);

/* The version of the schema that a new database has. */
int fixture_schema_version(void);

/* A deadline that no test reaches. */
int64_t fixture_patience(void);

/* Puts the database aside, or back. */
void fixture_move_store(struct fixture *f, bool away);

void fixture_budget(struct fixture *f, enum sq_subject_kind kind, const char *name,
                    enum sq_resource resource, int64_t seconds);

/* One balance; fails the test when the subject is not there. */
struct sq_balance fixture_balance(struct fixture *f, enum sq_subject_kind kind,
                                  const char *name, enum sq_resource resource);
int64_t fixture_jobs(struct fixture *f, enum sq_subject_kind kind, const char *name);

/* Fails the test, naming the differences, unless verify is silent. */
void fixture_verify(struct fixture *f);

/* alice in physics: so many CPUs for so many seconds. */
struct sq_claim fixture_claim(const char *uuid, int64_t cpus, int64_t seconds);
struct sq_run fixture_run(int64_t job_id, const char *uuid, int64_t cpus, int64_t seconds);

/* Calls that have to succeed. */
struct sq_verdict fixture_reserve(struct fixture *f, const struct sq_claim *claim);
struct sq_charged fixture_charge(struct fixture *f, const struct sq_run *run);

/* Runs SQL on the database from outside. */
void fixture_sql(struct fixture *f, const char *sql);
int64_t fixture_number(struct fixture *f, const char *sql);

#define UUID(n) "01900000-0000-7000-8000-00000000000" #n
