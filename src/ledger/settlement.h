/* settlement.h - slurmdbd's word about a run that has ended
 *
 * jobcomp tells an end at once, and without what only slurmdbd knows: for how long the
 * job was suspended, and which end was the last when slurmctld crashed and told two.
 * Where what is booked differs, an entry of its own corrects it; what was never booked
 * is booked.
 */
#pragma once

#include "ledger/charge.h"

/* The sizes that a resized job had before its last one, together. */
struct sq_earlier_sizes {
        int64_t cpu_seconds; /* 0: it was never resized */
};

struct sq_settled {
        bool booked;               /* it was not in the ledger: it is now, */
        bool corrected;            /* or other amounts were, */
        bool released;             /* and its reservation shrank or ended */
        struct sq_amounts amounts; /* what was added to the consumption; may be negative */
};

/* Books or corrects.  `run` has the last size of a resized job, `run->suspended` what
 * slurmdbd says.  Without `apply` nothing is changed, and the answer is what would be.
 * Fails as sq_charge(). */
int sq_settle(struct sq_ledger *ledger, const struct sq_run *run,
              const struct sq_earlier_sizes *earlier, bool apply, struct sq_settled *ret,
              struct sq_error *err);

/* The end of the first sizes of a resized job: whose later size, of which slurmdbd says
 * that it was submitted when it began, at `submit_at`, belongs to them.  *ret_submit_at
 * is when the job was submitted, as its charges have it; 0: there is no such charge. */
int sq_settlement_resized(struct sq_ledger *ledger, const char *cluster, int64_t job_id,
                          int64_t submit_at, int64_t *ret_submit_at, struct sq_error *err);
