/* sweep.h - going through all reservations, and giving back what nobody uses
 *
 * What is in no line of slurmctld's queue is found by looking at every reservation;
 * whether it may be given back is for the caller to find out.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/ledger.h"

/* A row: the pool of a reservation, or one task's own. */
struct sq_swept {
        char uuid[SQ_UUID_SIZE];
        int64_t array_task;
        int64_t tasks;
        int64_t created_at, changed_at;
        bool runs;
        bool bound;
        int64_t job_id, submit_at; /* when bound; of an array: the array's */
        int64_t missing_since;     /* 0: it is not missing */
        struct sq_amount cpu;      /* all its tasks hold, in seconds */
        const char *user, *account, *cluster; /* lent during the callback; cluster NULL
                                                 when not bound */
};

/* Stops with the callback's value when that is not 0. */
typedef int (*sq_swept_fn)(const struct sq_swept *row, void *payload);

/* Calls `each` for up to `most` rows, in the order of their UUIDs, from the one behind
 * (`uuid`, `array_task`) on; *ret is how many there were.  A page at a time, so that no
 * picture of the store is kept open for long. */
int sq_sweep_page(struct sq_ledger *ledger, const char *uuid, int64_t array_task,
                  int64_t most, sq_swept_fn each, void *payload, int64_t *ret,
                  struct sq_error *err);

/* What is to become of a row. */
struct sq_sweep_step {
        char uuid[SQ_UUID_SIZE];
        int64_t array_task;
        int64_t tasks;      /* so many of them are left; 0: the row goes */
        bool if_unbound;    /* only if no job has turned up for it */
        bool miss;          /* instead: note that its job, of which no row has changed,
                               is missing, since `as_of` */
        bool done;          /* set by sq_sweep_apply(): false when it had changed */
};

/* Applies the steps in one transaction.  A row that changed since `as_of` stays as it
 * is. */
int sq_sweep_apply(struct sq_ledger *ledger, struct sq_sweep_step *step, size_t n,
                   int64_t as_of, struct sq_error *err);
