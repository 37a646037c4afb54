/* adjustment.h - what a person adds to what a subject has used, or takes off again
 *
 * It counts for the budget like a charge, and leaves the roll-up alone: that says what
 * jobs have used.
 */
#pragma once

#include "ledger/budget.h"
#include "policy/window.h"

struct sq_adjusted {
        struct sq_amount applied;  /* what was added: less was taken off than asked for
                                      where there was less */
        struct sq_amount consumed; /* in all, afterwards */
};

/* Adds `delta`, which may be negative, to the consumption of one subject: an entry with
 * actor and reason, committed durably.  Nobody gets below 0 by it.
 * SQ_ENOTFOUND (nothing is made): no such subject; SQ_ERANGE: the sum does not fit; store
 * failures. */
int sq_adjust(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
              enum sq_resource resource, struct sq_amount delta, const struct sq_actor *actor,
              struct sq_adjusted *ret, struct sq_error *err);

/* The same for a budget of any TRES in the window of now; for cpu and gpu in the window
 * total it is sq_adjust().  What counts in one window counts in no other. */
int sq_adjust_window(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                     const char *resource, enum sq_window_kind window,
                     struct sq_amount delta, const struct sq_actor *actor,
                     struct sq_adjusted *ret, struct sq_error *err);
