/* queue.h - what slurmctld's queue holds, by squeue
 *
 * A row for each record of a job that waits, runs or is being ended; memory does not
 * grow with their number.
 *
 * Facts that matter here (squeue's print.c, opts.c and sort.c in 22.05.8 and 25.11.0;
 * 22.05.8 also seen):
 * - A record without admin comment or account prints "(null)".
 * - Without --states, squeue shows all that waits or runs whatever flags it has too;
 *   with it, only a state that is given with its very flags: it is not given.
 * - The part of an array that waits is one row; tasks that began have rows and ids of
 *   their own.  Of its list of tasks squeue prints at most 4095 characters.  (--array,
 *   a row for each task, is no way out: it leaves out the last of "0-90:10".)
 * - Tasks that wait but have a record of their own (requeued, or updated singly) stand
 *   by themselves up to 22.05, which SQUEUE_ARRAY_UNIQUE asks for.  From 23.02 on they
 *   are in the row of the part that waits, if there is one: with its job_id, submit_at
 *   and comment, and in its number of tasks.  Who counts what waits of an array adds up
 *   the rows of its array_job, and takes no task for gone because it has no row.
 * - The end of a requeued run is COMPLETING, already with the submit time and the number of
 *   restarts of the next one; then the job is PENDING.
 * - With PrivateData=jobs, only root, SlurmUser and operators see the jobs of others:
 *   ask as one of them, and compare with sq_controller_ask() before believing that a
 *   queue is empty.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "base/uuid.h"
#include "slurm/name.h"
#include "slurm/row.h"

/* Limits that are no number of seconds. */
#define SQ_QUEUED_UNLIMITED (-1)
#define SQ_QUEUED_NO_LIMIT_KNOWN (-2) /* not set, or more than the year that squeue prints */

enum sq_queued_state {
        SQ_QUEUED_PENDING,
        SQ_QUEUED_RUNNING,   /* has its nodes, booting them included */
        SQ_QUEUED_SUSPENDED, /* or stopped */
        SQ_QUEUED_ENDING,    /* COMPLETING and whatever we do not know: nothing can be said */
};

struct sq_queued {
        int64_t job_id;     /* of this task or component alone */
        int64_t array_job;  /* 0: none */
        int64_t array_task; /* -1: none, or the part of an array that still waits */
        int64_t tasks;      /* 1, or how many that part has; -1: squeue cut the list off */
        int64_t het_job;    /* of the leader; 0: none */
        int64_t submit_at;  /* of the run's key: slurmctld moves it when it requeues */
        int64_t start_at;   /* 0: not known; while it waits, when slurmctld thinks it may */
        int64_t limit_seconds; /* or one of the above */
        int64_t used_seconds;  /* not suspended; -1: not known (more than a year) */
        int64_t restarts;
        enum sq_queued_state state;
        bool one_partition;      /* not a list of them */
        bool unreadable;         /* what squeue prints as its TRES; tres is empty then */
        struct sq_tres tres;     /* allocated; asked for while it waits */
        char user[SQ_NAME_SIZE]; /* "" when not known on this machine */
        char account[SQ_NAME_SIZE];
        char uuid[SQ_UUID_SIZE]; /* in the admin comment; "" when there is none */
};

struct sq_queue_end {
        int64_t rows;
        /* When squeue computed its answer, on its own clock, if a job was running that was
         * never suspended: the latest start_at + used_seconds.  0 when none.  An answer out
         * of a cache is as old as this. */
        int64_t newest;
};

/* One record, complete with its comment.  What it returns, when not SQ_OK, ends the
 * reading and is the result of it. */
typedef int (*sq_queued_fn)(const struct sq_queued *job, void *payload, struct sq_error *err);

/* Asks `program` ([slurm] squeue) and calls `each` for every row.
 *
 * The rows mean something only when this has returned SQ_OK: squeue may fail after
 * some of them.  Nobody acts on a job, or on its absence, before.
 *
 * SQ_EBUSY: no end of it until `deadline`; SQ_EIO: squeue failed, cannot be run, or said
 * something that cannot be read; SQ_ENOMEM; what `each` returned.  *ret is set only on
 * success. */
int sq_queue_read(const char *program, int64_t deadline, sq_queued_fn each, void *payload,
                  struct sq_queue_end *ret, struct sq_error *err);

/* --- without running anything, for tests -------------------------------------- */

struct sq_queue_reader {
        sq_queued_fn each;
        void *payload;
        int refused; /* what `each` returned */
        bool open;   /* a row was read; its comment may go on in the next line */
        struct sq_queued job;
        struct sq_queue_end end;
        struct sq_row_comment comment;
};

void sq_queue_reader_start(struct sq_queue_reader *reader, sq_queued_fn each, void *payload);

/* One line of squeue's output (sq_program_line_fn).  SQ_EIO: it is none. */
int sq_queue_reader_take(const char *line, void *reader, struct sq_error *err);

/* The last row. */
int sq_queue_reader_finish(struct sq_queue_reader *reader, struct sq_queue_end *ret,
                           struct sq_error *err);
