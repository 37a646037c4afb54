/* reservation.h - amounts promised to jobs that are not finished
 *
 * A reservation is keyed by the UUID that travels in the job's admin_comment.
 * It holds an amount per array task and the number of tasks that have not
 * ended; a job without array is one task.  A single task that was changed on
 * its own has a row of its own (array_task >= 0) beside the pool.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/balance.h"
#include "ledger/ledger.h"
#include "policy/window.h"

/* "the whole job or array", not one task of it. */
#define SQ_NO_TASK (-1)

/* What a job asks for, priced as Slurm will allocate it (slurm/request.h). */
struct sq_claim {
        const char *uuid;
        const char *user;
        const char *account;    /* lower case, as Slurm keeps it */
        struct sq_tres tres;    /* what one task will hold */
        int64_t seconds;        /* for how long */
        int64_t tasks;          /* array tasks, >= 1 */

        /* The job, once it has an id: an update binds the reservation to it. */
        const char *cluster;    /* NULL: it has none yet */
        int64_t job_id;         /* of an array: the array's */
        int64_t submit_at;
};

/* A name that is longer is cut. */
#define SQ_POLICY_NAME_SIZE 64

/* The answer, and why. */
struct sq_verdict {
        bool accepted;
        /* When refused: the account takes no jobs at all, and halt.h says why; nothing
         * else is set then.  (What its jobs hold already may be changed.) */
        bool halted;
        /* Else the first budget that does not have enough, in the order
         * user cpu, account cpu, user gpu, account gpu; then those of other TRES, then
         * those of the month, the quarter and the year. */
        enum sq_subject_kind kind;
        enum sq_resource resource;
        char tres[SQ_TRES_NAME_MAX]; /* the name of the resource, whichever it is */
        /* Behind all of them what a policy lets the account use: then `balance` is counted
         * in what `full` seconds are 100 percent of, its budget is what no job goes
         * beyond, and there is no `tres`. */
        bool of_policy;
        char policy[SQ_POLICY_NAME_SIZE];
        int64_t full;
        enum sq_window_kind window;
        int64_t last_day; /* of the window (YYYYMMDD) */
        struct sq_amount asked;    /* of the window: as much as can fall into it */
        struct sq_balance balance; /* with what was carried over in its budget */
        /* The longest time per task, in seconds, for which every budget would
         * have enough; 0 when there is none. */
        int64_t longest;
};

/* Checks user and account, and holds the amount when both have enough.  Creates
 * subjects seen for the first time (with the default budgets) only when it
 * accepts.  Equal is enough; nothing asked is always enough.
 * A UUID that exists already: SQ_EEXIST.  SQ_ERANGE: the amount does not fit. */
int sq_reserve(struct sq_ledger *ledger, const struct sq_claim *claim,
               struct sq_verdict *ret, struct sq_error *err);

/* Holds without asking: Slurm accepted the job while the store could not be
 * asked.  A reservation that exists already: nothing changes, SQ_OK. */
int sq_reserve_anyway(struct sq_ledger *ledger, const struct sq_claim *claim,
                      struct sq_error *err);

/* Changes a reservation to what the job will be: amounts and account; for one
 * array task when `array_task` >= 0, else for the whole pool (claim->tasks is
 * then the number of tasks that have not ended).  What does not ask for more of
 * a budget than the job holds of it already is never refused.  Unknown UUID:
 * checked and held like a new one. */
int sq_reserve_modified(struct sq_ledger *ledger, const struct sq_claim *claim,
                        int64_t array_task, bool anyway, struct sq_verdict *ret,
                        struct sq_error *err);

/* A job that has an id, as an event describes it. */
struct sq_job_key {
        const char *cluster;
        int64_t job_id;      /* of an array: the array's */
        int64_t submit_at;
        int64_t array_task;  /* or SQ_NO_TASK */
        const char *comment; /* the UUID in its comment; NULL: none */
};

struct sq_found {
        char uuid[SQ_UUID_SIZE];
        char tres[SQ_TRES_TEXT_SIZE]; /* what one task holds: "cpu=4,node=1" */
};

/* The reservation of a job, by its binding or its comment, and what one task of it
 * holds: by its own row, or by the pool's.  SQ_ENOTFOUND: there is none. */
int sq_reservation_find(struct sq_ledger *ledger, const struct sq_job_key *job,
                        struct sq_found *ret, struct sq_error *err);
