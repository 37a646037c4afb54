/* history.h - runs of jobs as slurmdbd knows them, by sacct
 *
 * All that ended in some time, or all runs of some jobs; memory does not grow with their
 * number.
 *
 * Facts that matter here (22.05.8 seen, and read in 25.11.0: as_mysql_jobacct_process.c,
 * sacct's options.c):
 * - A final state with --starttime and --endtime means "ended between", both included,
 *   whatever the run was before: jobs that were never eligible are there too.
 * - With --jobs and no state all runs of a job are there, however old, and what runs or
 *   waits; but the next run of a requeued job only after the two minutes until it may
 *   begin: that it is missing says nothing.  An array's id means all its tasks, a leader's
 *   all components; a task's own id, itself.
 * - sacct sorts by submit time, so the rows of a job do not come together, but in order.
 * - A resized job: see sacct.h.  Its sizes are told here as jobcomp tells them: with the
 *   submit time of the run they belong to, each from its own beginning.
 * - sacct that cannot reach slurmdbd fails.  What slurmctld has not sent yet is not there:
 *   see controller.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "base/uuid.h"
#include "slurm/name.h"
#include "slurm/row.h"

/* An argument of a program may have 128 KiB. */
#define SQ_HISTORY_JOBS_MAX 4096

struct sq_history_question {
        const int64_t *jobs; /* lent; with n_jobs > 0, all that is known of these; */
        size_t n_jobs;
        int64_t since, until; /* else the runs that ended then, both included */
};

/* Long enough for each of Slurm's ("OUT_OF_MEMORY"). */
#define SQ_ENDED_STATE_SIZE 32

struct sq_ended {
        int64_t job_id;     /* of this task or component alone */
        int64_t array_job;  /* 0: none, or not known */
        int64_t array_task; /* -1: none */
        int64_t tasks;      /* 1; of the rest of an array that waited, how many at most: it
                             * may name tasks that have rows of their own; -1: cut off */
        int64_t submit_at;  /* of the run's key */
        int64_t start_at;   /* of this size; 0: it never started */
        int64_t end_at;     /* 0 when it has not ended */
        int64_t elapsed;    /* seconds of this size, suspended ones excluded */
        bool ended;
        bool resized;       /* this size ended, and another began */
        bool continues;     /* a later size without those before in the answer: submit_at is
                             * when a size began, not of the key.  Ask by the job's id. */
        char state[SQ_ENDED_STATE_SIZE]; /* "CANCELLED", without who did it */
        char user[SQ_NAME_SIZE], account[SQ_NAME_SIZE]; /* "" when not known */
        char uuid[SQ_UUID_SIZE];                        /* "" when there is none */
        struct sq_tres tres;                            /* allocated */
};

struct sq_history_end {
        int64_t runs;           /* that were handed over */
        int64_t unreadable;     /* that were not, because their TRES cannot be read */
        int64_t unreadable_job; /* the first of them, */
        struct sq_error why;    /* and the reason */
};

/* One run, complete with its comment.  What it returns, when not SQ_OK, ends the reading
 * and is the result of it. */
typedef int (*sq_ended_fn)(const struct sq_ended *run, void *payload, struct sq_error *err);

/* Asks `program` ([slurm] sacct) and calls `each` for every run, those of a job in the
 * order of time.  Nobody acts on an absence before this has returned SQ_OK.
 *
 * SQ_EINVAL: a time that never was, or too many jobs.  SQ_EBUSY: no end of it until
 * `deadline`; SQ_EIO: sacct failed (slurmdbd does not answer), cannot be run, or said
 * something that cannot be read; SQ_ENOMEM; what `each` returned.  *ret is set only on
 * success. */
int sq_history_read(const char *program, const struct sq_history_question *question,
                    int64_t deadline, sq_ended_fn each, void *payload,
                    struct sq_history_end *ret, struct sq_error *err);

/* --- without running anything, for tests -------------------------------------- */

/* Sizes whose next one may come: those of jobs that were resized within the window.  The
 * next size of one that had to be forgotten is `continues`. */
#define SQ_HISTORY_SIZES_MAX 4096

struct sq_history_size {
        int64_t job_id;
        int64_t submit_at; /* of the key, as far as it is known */
        int64_t end_at;
        bool continues;
};

struct sq_history_reader {
        struct sq_history_question question;
        sq_ended_fn each;
        void *payload;
        int refused; /* what `each` returned */
        bool any;    /* a row was read, */
        bool open;   /* and will be handed over: its comment may go on in the next line */
        struct sq_ended run;
        struct sq_history_end end;
        struct sq_row_comment comment;
        size_t n_sizes, next_size; /* a ring: the oldest are forgotten */
        struct sq_history_size size[SQ_HISTORY_SIZES_MAX];
};

void sq_history_reader_start(struct sq_history_reader *reader,
                             const struct sq_history_question *question, sq_ended_fn each,
                             void *payload);

/* One line of sacct's output (sq_program_line_fn).  SQ_EIO: it is none. */
int sq_history_reader_take(const char *line, void *reader, struct sq_error *err);

/* The last row. */
int sq_history_reader_finish(struct sq_history_reader *reader, struct sq_history_end *ret,
                             struct sq_error *err);
