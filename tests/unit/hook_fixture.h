/* hook_fixture.h - a hook at work in a process of its own, beside the test */
#pragma once

#include "base/uuid.h"
#include "fixture.h"

/* A piece of its work, the `n`th; whether it succeeded. */
typedef bool (*hook_work_fn)(struct sq_ledger *ledger, int64_t n);

struct hook {
        pid_t pid;
        int stop, done; /* pipes: closed to stop it, and what it did comes back */
};

/* What it did, and how often that did not succeed. */
struct hook_done {
        int64_t n, failures;
};

/* Lets it work from now on, with so many microseconds between two pieces.  The ledger of
 * `f` is closed and, for a person, opened again. */
void hook_start(struct hook *hook, struct fixture *f, hook_work_fn work, unsigned pause);

/* Tells it to stop.  Fails the test when more than one piece in a hundred did not succeed:
 * a machine under load may stop it now and then. */
struct hook_done hook_stop(struct hook *hook);

/* --- pieces of work, with the usual 50 ms from the reservation on -------------- */

/* A CPU for a minute for `user` in physics, under a new UUID. */
bool hook_reserve(struct sq_ledger *ledger, const char *user, char ret_uuid[SQ_UUID_SIZE]);

/* The end of that job, which ran for so many seconds; 0: it never started. */
bool hook_charge(struct sq_ledger *ledger, const char *user, const char *uuid,
                 int64_t job_id, int64_t seconds);
