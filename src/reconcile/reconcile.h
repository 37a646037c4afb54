/* reconcile.h - one pass that makes the ledger agree with Slurm
 *
 * slurmctld's queue says which jobs are unfinished and what they have: their
 * reservations are bound, made, corrected.  slurmdbd says what has ended: what nobody
 * told the ledger is charged, what was told wrongly is corrected.  What is in neither is
 * given back.  Events that wait in the spool are booked before.
 *
 * Every pass may be broken off at any moment and run again at any time, beside hooks,
 * charges and another pass: each step is a transaction of its own that looks again at
 * what it changes.  No transaction has more than a few dozen steps, so that a hook never
 * waits long.
 */
#pragma once

#include "base/config.h"
#include "ledger/ledger.h"

struct sq_reconcile_report {
        int64_t queued;    /* lines of the queue */
        int64_t ended;     /* runs that slurmdbd told of */

        /* What was found and mended, or would be. */
        int64_t replayed;  /* events of the spool */
        int64_t bound;     /* reservations whose job was seen for the first time */
        int64_t held;      /* jobs that had no reservation */
        int64_t corrected; /* reservations that held something else */
        int64_t released;  /* tasks whose reservation nobody needed any more */
        int64_t charged;   /* runs that nobody had charged */
        int64_t amended;   /* charges that slurmdbd counts differently */

        /* What could not be. */
        int64_t missing;    /* jobs that neither slurmctld nor slurmdbd knows the end of */
        int64_t unreadable; /* runs that cannot be charged, jobs that cannot be counted */
        int64_t waiting;    /* questions to slurmdbd without an answer */
        int64_t rejected;   /* events of the spool that can never be booked */

        int64_t longest_lock_ns; /* for which the store was locked */
        int64_t took_ns;
};

/* Told of everything that is done, one line each; may be NULL. */
typedef void (*sq_reconcile_tell_fn)(const char *line, void *payload);

struct sq_reconcile {
        const struct sq_config *config;
        bool dry_run;   /* changes nothing */
        int64_t since;  /* read slurmdbd from then on, UTC seconds; 0: from the last pass on */
        sq_reconcile_tell_fn tell;
        void *payload;
};

/* One pass.  SQ_EIO, SQ_EBUSY: slurmctld or slurmdbd gave no answer that can be
 * believed: nothing was released.  Store failures.  *ret is set in every case, to what
 * was done until then. */
int sq_reconcile_run(struct sq_ledger *ledger, const struct sq_reconcile *what,
                     struct sq_reconcile_report *ret, struct sq_error *err);

/* Differences that were found: what the report says was mended, but for bindings and
 * events that only waited. */
int64_t sq_reconcile_drift(const struct sq_reconcile_report *report);
