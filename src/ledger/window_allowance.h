/* window_allowance.h - what a policy lets an account use of a window
 *
 * An allowance (policy/allowance.h) is kept with the balances that it is about, so that a
 * submission, which reads them anyway, knows it.  An evaluation sets it; a window that
 * begins keeps that of the one before until the next evaluation, which counts what was
 * carried over.  Where there is no balance of such a TRES and window, one is made, with an
 * unlimited budget.
 *
 * An account in the allowances of two policies for one window is held to that of the first.
 */
#pragma once

#include "ledger/ledger.h"
#include "ledger/window_balance.h"
#include "policy/allowance.h"

/* What is kept of a policy for an account, in whichever windows. */
struct sq_kept_allowance {
        enum sq_window_kind window; /* 0: there is nothing */
        struct sq_allowance allowance;
};

void sq_window_allowance_read(struct sq_txn *txn, int64_t account_id, int64_t policy_id,
                              struct sq_kept_allowance *ret);

/* Whether `wanted` can be told of the window: it is the same for the ledger's calendar (a
 * policy may have a fiscal year of its own), which has it from `first_day` on. */
bool sq_window_allowance_fits(const struct sq_calendar *calendar, enum sq_window_kind window,
                              int64_t now, int64_t first_day);

/* Keeps `allowance` (and nothing else of this policy); n 0 takes back what there was.
 * `used`: what the account has used of each TRES in this window, as usage_day has it now.
 * Failures are the transaction's. */
void sq_window_allowance_set(struct sq_ledger *ledger, struct sq_txn *txn, int64_t account_id,
                             int64_t policy_id, enum sq_window_kind window,
                             const struct sq_allowance *allowance,
                             const struct sq_quantities *used);
