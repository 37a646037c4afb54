/* window_count.h - counting what nobody has counted when a window began
 *
 * A window begins without looking at all reservations, and a budget without looking at all
 * days: hooks have no time for it.  Until somebody counts, hooks take all that a subject
 * has reserved for what is reserved in the window (which is never too little), and do not
 * ask a budget of which it is not known what was consumed.
 *
 * Nobody waits for the counting: sums and balances are read in one picture, and what is
 * missing is added, as the events beside it do.
 */
#pragma once

#include "ledger/ledger.h"

/* Counts all that is not counted; *ret is of how many windows.  Hundred milliseconds for a
 * million reservations, nothing when everything is counted: set the deadline.
 * SQ_ENOMEM, store failures. */
int sq_windows_count(struct sq_ledger *ledger, int64_t *ret, struct sq_error *err);
