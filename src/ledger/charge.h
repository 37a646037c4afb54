/* charge.h - what a job really used, booked exactly once
 *
 * The key of a charge is (cluster, job id, submit time, restart count, array
 * task).  A resized job ends several times under one key: its parts follow each
 * other in time, and each is booked from where the one before it ended.
 */
#pragma once

#include "ledger/ledger.h"

/* jobcomp/script and slurmdbd before 23.02 do not tell the restart count; such
 * an event is the same as any other with the rest of the key.  (That is safe:
 * slurmctld moves the submit time at a requeue.) */
#define SQ_RESTARTS_UNKNOWN (-1)

struct sq_run {
        const char *cluster;
        int64_t job_id;
        int64_t array_job;     /* 0: no array, or not known */
        int64_t submit_at;     /* UTC seconds, as all times here */
        int64_t restarts;      /* or SQ_RESTARTS_UNKNOWN */
        int64_t array_task;    /* or SQ_NO_TASK */
        const char *user;
        const char *account;
        const char *uuid;      /* of its reservation; NULL when not known */
        const char *state;     /* Slurm's word for how it ended: "COMPLETED", ... */
        int64_t start_at;      /* 0: it never started */
        int64_t end_at;
        int64_t suspended;     /* seconds of it that are not charged */
        struct sq_tres tres;   /* what was allocated */
        int64_t tasks;         /* tasks of the reservation that end with this: 1, or
                                  what is left of an array cancelled while pending */
        bool goes_on;          /* requeued or resized: the reservation stays */
        bool resized;
};

struct sq_charged {
        bool booked;               /* false: it was booked before, nothing changed */
        bool released;             /* a reservation shrank or ended */
        struct sq_amounts amounts; /* what was charged now */
        int refund_percent;        /* and how much of it was given back at once */
};

/* Books the charge: entry, balances, reservation and usage roll-up, and the refund by
 * the site's rules, all or nothing.  The reservation is found by the job that it is
 * bound to, or by the UUID; one of a run that goes on is bound.
 * Ends before its start: SQ_EINVAL.  SQ_ERANGE, store failures. */
int sq_charge(struct sq_ledger *ledger, const struct sq_run *run, struct sq_charged *ret,
              struct sq_error *err);

/* Whether sq_charge() would change nothing, so that nobody needs to be asked about
 * the run: *ret is true when its event is booked.  Looks at the key and the times of
 * `run`, and at nothing else in it.  Store failures. */
int sq_charge_is_booked(struct sq_ledger *ledger, const struct sq_run *run, bool *ret,
                        struct sq_error *err);
