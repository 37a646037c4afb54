/* allowance.h - what a policy lets an account use before it takes no more of its jobs
 *
 * The same question as that of an evaluation (percentage.h), put the other way round: not
 * where an account stands, but how far it may go.  A submission asks it, with what is
 * promised to unfinished jobs counted as if it were used.
 */
#pragma once

#include "policy/policy.h"

/* Of one TRES.  Those with a weight share what they may use: the sum of their TRES-seconds
 * times weight.  One of weight 0 stands for itself, whatever the others use
 * (SQ_BILLING_MAX_TRES). */
struct sq_allowance_item {
        char tres[SQ_TRES_NAME_MAX];
        int64_t weight;
        int64_t full;  /* 100 percent of the allocation, in (weighted) TRES-seconds */
        int64_t limit; /* and the percentage at which the policy pauses or blocks */
};

struct sq_allowance {
        size_t n; /* 0: the policy lets it use whatever it likes */
        struct sq_allowance_item item[SQ_QUANTITIES_MAX];
};

/* For an account with `total` (the allocation with what was carried over) in the window.
 * There is nothing where the policy does not enforce at submission, neither pauses nor
 * blocks, or no TRES is allocated; a TRES of weight 0 is free.  Where all TRES have been
 * allocated nothing of, nothing of them is allowed.  Weights are whole numbers
 * without a common divisor, halved until 63 bits hold what is allocated. */
void sq_allowance_make(const struct sq_policy *policy, const struct sq_quantities *total,
                       struct sq_allowance *ret);

/* Whether they say the same, in any order. */
bool sq_allowance_equal(const struct sq_allowance *a, const struct sq_allowance *b);
