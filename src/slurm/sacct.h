/* sacct.h - what slurmdbd knows about one run of a job
 *
 * slurmctld tells jobcomp/script neither what was allocated nor the admin_comment;
 * sacct has both, a moment later: the end of a job goes to slurmdbd after jobcomp.
 *
 * Facts that matter here (22.05 to 25.11, seen on a real slurmdbd):
 * - -D shows every run of a requeued job, each with a submit time of its own.
 * - A resized job is a row for each of its sizes: RESIZING, and the last with its end.
 *   From the second on, Submit is when that size began; Start may stay the first one's.
 * - Asked for the leader of a heterogeneous job, sacct shows all components, and asked
 *   for an array all its tasks: JobIDRaw tells them apart.
 * - What was left of an array that was cancelled while pending is the row "12_[4-9%2]".
 *   Tasks that began in the same moments may be in it still, with rows of their own too;
 *   so are tasks that were cancelled one by one, which no event ever tells.  An array that
 *   lived for less than five seconds is "12" at first: slurmctld sends the rest with the
 *   records of new jobs, every five seconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "base/uuid.h"
#include "slurm/name.h"
#include "slurm/row.h"

/* Which run; as jobcomp/script has it in its environment. */
struct sq_sacct_question {
        int64_t job_id;     /* JOBID: of this task or component alone */
        int64_t array_job;  /* ARRAYJOBID; 0: none, or not known */
        int64_t array_task; /* -1: none */
        int64_t submit_at;
        int64_t start_at;   /* of a resized job: when this size began */
        int64_t end_at;
        bool resized;       /* it ended by a change of size */
        bool rest;          /* it is what was left of an array: count the tasks */
        bool settled;       /* it is long ago: slurmdbd has all that it will ever have */
};

struct sq_sacct_run {
        int64_t start_at; /* 0: not known; of a resized job: when this size began */
        int64_t end_at;
        int64_t tasks;    /* 1, or what was left of an array cancelled while pending */
        char user[SQ_NAME_SIZE], account[SQ_NAME_SIZE]; /* "" when not known */
        char uuid[SQ_UUID_SIZE];                        /* "" when there is none */
        struct sq_tres tres;
};

/* Asks `program` ([slurm] sacct).
 * SQ_ENOTFOUND: slurmdbd does not know the run, or not its end: ask again later.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: sacct failed, cannot be run, or said
 * something that cannot be read; SQ_ENOMEM.  *ret is set only on success. */
int sq_sacct_ask(const char *program, const struct sq_sacct_question *question,
                 int64_t deadline, struct sq_sacct_run *ret, struct sq_error *err);

/* --- without running anything, for tests -------------------------------------- */

/* Half of what sq_array_count() takes, for each of two lists. */
#define SQ_SACCT_TASKS_SIZE 2048

struct sq_sacct_reader {
        struct sq_sacct_question question;
        bool any;   /* a row was read, */
        bool found; /* one of them is the run, */
        bool exact; /* with the very end that was asked for, */
        bool open;  /* and it was the last one: its comment may go on in the next line */
        struct sq_sacct_run run;
        struct sq_error unreadable; /* why the run cannot be used; "" */
        struct sq_row_comment comment;
        char rest[SQ_SACCT_TASKS_SIZE];    /* "4-9%2": tasks that were pending, or "" */
        char started[SQ_SACCT_TASKS_SIZE]; /* "0-3,": tasks with rows of their own */
        size_t n_started;
        int64_t first, last; /* the range that may grow; -1: none */
};

void sq_sacct_reader_start(struct sq_sacct_reader *reader,
                           const struct sq_sacct_question *question);

/* One line of sacct's output (sq_program_line_fn).  SQ_EIO: it is none. */
int sq_sacct_reader_take(const char *line, void *reader, struct sq_error *err);

/* The answer; SQ_ENOTFOUND as above. */
int sq_sacct_reader_finish(struct sq_sacct_reader *reader, struct sq_sacct_run *ret,
                           struct sq_error *err);
