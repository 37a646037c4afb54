/* sighting.h - what slurmctld's queue says about a job, brought into its reservation
 *
 * The reconciler reads the queue and shows each of its lines to the ledger: the job is
 * bound to its reservation, one that has none gets one, and what it holds becomes what
 * slurmctld says that it has.  The answer is some seconds old when it comes here: a
 * reservation that has changed since is left alone until the next time.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/ledger.h"

enum sq_sight_state {
        SQ_SIGHT_PENDING,
        SQ_SIGHT_RUNNING,
        SQ_SIGHT_SUSPENDED,
        SQ_SIGHT_ENDING /* between two states: it is there, and that is all */
};

#define SQ_SECONDS_UNKNOWN (-1)

/* A line of the queue: a job, a task, or the tasks of an array that wait.  Texts and
 * the list of TRES are lent. */
struct sq_sighting {
        const char *cluster;
        int64_t job_id;
        int64_t array_job;  /* 0: no array */
        int64_t array_task; /* or SQ_NO_TASK */
        int64_t tasks;      /* that this line stands for; -1: not known */
        int64_t submit_at;
        int64_t restarts;
        const char *user, *account;
        const char *uuid;   /* in its comment; NULL: none */
        enum sq_sight_state state;
        const struct sq_tres *tres; /* allocated; asked for while it waits */
        int64_t seconds;    /* its time limit, or SQ_SECONDS_UNKNOWN */
        bool limit_is_final; /* false: it may be another one in another partition */
        int64_t running_since, paused_at; /* as struct sq_progress; 0: not running */
};

/* What was found out about a line, and what was done (or would be). */
struct sq_sighted {
        char uuid[SQ_UUID_SIZE]; /* its reservation; "" none, and none was made */
        bool own_row;            /* the task has a row of its own, beside the pool */
        bool moving;             /* it has changed since: say nothing about its tasks */
        bool bound;              /* to its job, now */
        bool held;               /* a reservation was made */
        bool corrected;          /* it holds something else now */
        bool tracked;            /* it began to run, was suspended, or is missing no more:
                                    only noted */
};

/* Compares `n` lines, read at `as_of` (UTC seconds), with the ledger, and with `apply`
 * brings them in, in one transaction.  (The ledger has to be told by
 * sq_ledger_set_as_of().)  Store failures; SQ_ERANGE. */
int sq_sightings_bring_in(struct sq_ledger *ledger, const struct sq_sighting *line, size_t n,
                          int64_t as_of, bool apply, struct sq_sighted *ret,
                          struct sq_error *err);
