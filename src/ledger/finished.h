/* finished.h - what each job that has ended did cost
 *
 * A job that was requeued has a line for each of its runs.
 */
#pragma once

#include "base/field.h"
#include "ledger/ledger.h"

struct sq_finished {
        const char *cluster;
        const char *user, *account; /* NULL: pruned since */
        const char *state;          /* Slurm's word for how it ended */
        const char *tres;           /* of its last size, "cpu=4,node=1"; NULL: not known */
        int64_t job_id;             /* raw */
        int64_t array_job;          /* 0: no array, or not known */
        int64_t array_task;         /* or SQ_NO_TASK */
        int64_t submit_at, start_at, end_at; /* UTC seconds; start_at 0: it never started */
        struct sq_amounts charged;  /* by all its charges and their corrections, */
        struct sq_amounts refunded; /* and how much of it was given back by the rules */
};

/* From its start to its end, suspended time with it; 0: it never started. */
int64_t sq_finished_elapsed(const struct sq_finished *job);

/* How many CPUs and GPUs it had; false when that is not known. */
bool sq_finished_size(const struct sq_finished *job, int64_t *ret_cpus, int64_t *ret_gpus);

/* What `jobs --json` and GET /jobs write of it; times are UTC seconds. */
void sq_finished_fields(const struct sq_finished *job, struct sq_fields *ret);

struct sq_finished_filter {
        const char *user, *account; /* at most one; NULL: any */
        int64_t since;              /* what ended before is left out, UTC seconds */
        int64_t limit;              /* only so many, the last to end; 0: all */
};

typedef int (*sq_finished_fn)(const struct sq_finished *job, void *payload);

/* Calls `each` for every run that has ended, ordered by its end, with texts that are lent
 * during the callback.  Nobody like that: no call, SQ_OK.  Stops with the callback's
 * value when that is not 0.
 *
 * Reads the entries since then, and charges until theirs are found (walk.h), which are all
 * at worst: set the deadline.  Keeps 32 bytes for each run that will be told, or twice as
 * many as `limit`.  Never more than milliseconds in one picture, and with no picture open
 * during the callback.  SQ_ENOMEM, store failures. */
int sq_finished_each(struct sq_ledger *ledger, const struct sq_finished_filter *filter,
                     sq_finished_fn each, void *payload, struct sq_error *err);
