/* job.h - which unfinished jobs hold what, and how much of it they have used
 *
 * What the ledger knows: how far a job has come is as old as the last comparison with
 * slurmctld's queue (comparison.h), and its end is known at once.
 */
#pragma once

#include "base/uuid.h"
#include "base/field.h"
#include "ledger/ledger.h"

enum sq_job_state {
        SQ_JOB_SUBMITTED, /* accepted at submission, and not seen in the queue yet */
        SQ_JOB_PENDING,
        SQ_JOB_RUNNING,
        SQ_JOB_SUSPENDED
};

/* "SUBMITTED", "PENDING", "RUNNING" or "SUSPENDED". */
const char *sq_job_state_name(enum sq_job_state state);

/* A row of a reservation: a job, the tasks of an array that wait for the same, or a task
 * of its own. */
struct sq_job_standing {
        char uuid[SQ_UUID_SIZE];
        int64_t job_id;            /* of an array: the array's; 0 while SUBMITTED */
        int64_t array_task;        /* or SQ_NO_TASK */
        int64_t raw_job_id;        /* a task's own, while it runs; 0: not known */
        int64_t tasks;
        const char *user, *account; /* lent during the callback */
        enum sq_job_state state;
        struct sq_amounts reserved; /* by all its tasks */
        struct sq_amounts used;     /* so far; more than reserved in a job's overtime */
        int64_t running_since;     /* suspended time taken off; 0: it is not running */
        int64_t until;             /* its time limit ends then; 0: not RUNNING, or not known */
        int64_t created_at;        /* or last changed in what it holds */
};

/* What squeue and sacct call a job: "1234", of an array "1234_7" (task SQ_NO_TASK: none; the
 * raw id where the array's is not known, 0).  SQ_FIELD_TEXT_SIZE is enough for `size`. */
char *sq_job_text(int64_t job_id, int64_t array_job, int64_t array_task, char *text,
                  size_t size);

/* What `stats --jobs --json` and GET /reservations write of it; times are UTC seconds. */
void sq_job_fields(const struct sq_job_standing *job, struct sq_fields *ret);

/* What to look for; at most one of the names. */
struct sq_job_filter {
        const char *user, *account; /* NULL: any */
        int64_t now;                /* UTC seconds, up to which running jobs have used */
};

typedef int (*sq_job_standing_fn)(const struct sq_job_standing *job, void *payload);

/* Calls `each` for every row, by user, then job id and task; those without an id come
 * last.  Nobody like that: no call, SQ_OK.  Stops with the callback's value when that is
 * not 0.  Store failures. */
int sq_job_each(struct sq_ledger *ledger, const struct sq_job_filter *filter,
                sq_job_standing_fn each, void *payload, struct sq_error *err);

/* What of `whole`, held for `seconds`, is used after `elapsed` of them: half a second
 * rounded up, and more than `whole` when it takes longer.  0 when `seconds` or `elapsed`
 * is not above 0.  What does not fit is the most that does. */
struct sq_amount sq_job_used(struct sq_amount whole, int64_t elapsed, int64_t seconds);
