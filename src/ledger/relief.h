/* relief.h - what may come free of what unfinished jobs hold
 *
 * A job that ends gives back what it holds and has not used; one that uses all of its time
 * gives back nothing.  So nothing is certain: these are the most that can come free, and
 * the time by which it is known.
 *
 * How far jobs have come is as old as the last comparison with slurmctld's queue.
 */
#pragma once

#include "ledger/ledger.h"

struct sq_relief {
        struct sq_amount running; /* held by running jobs and not used yet, */
        struct sq_amount waiting; /* and by those that wait or are suspended */
        int64_t jobs_running, jobs_waiting; /* array tasks counted singly */
        /* When the limits of running jobs have passed that hold `lacking` together: by
         * then so much may have come free.  0: they do not hold that much. */
        int64_t by;
};

/* Looks at all reservations of a subject for a resource; `now` in UTC seconds.
 * Nobody like that: all 0.  Store failures; SQ_ENOMEM. */
int sq_relief_read(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                   enum sq_resource resource, struct sq_amount lacking, int64_t now,
                   struct sq_relief *ret, struct sq_error *err);
