/* repair.h - puts right what verify finds
 *
 * Nothing has to stop for it.  What differs is taken from one picture of the store; what
 * a live event does afterwards changes the balance and the truth by the same amount, so
 * a balance is repaired by adding the difference.  Every repair is a transaction of its
 * own, short enough for the hooks beside it, and an entry of kind "repair" with who and
 * why: its lines are what was added; of a budget, the budget.
 *
 * Balances and the roll-up follow the entries and reservations.  A missing balance is
 * made, with the budget of its last entry or the default (an entry "open" says so when
 * there is none).  Rows that point to nothing go, and with a reservation what it holds.
 * Charges without their entry and entries without their charge stay: nobody knows what
 * was in the other half.
 */
#pragma once

#include "ledger/budget.h"
#include "ledger/difference.h"

/* Whether repair can do anything about one of them. */
bool sq_repair_is_possible(const struct sq_differences *found);

/* What became of a difference.  `remark` says why not, or more about how; NULL: nothing
 * more to say.  Both are lent. */
typedef void (*sq_repair_fn)(const struct sq_difference *difference, bool repaired,
                             const char *remark, void *payload);

/* Puts right what sq_differences_find() has found in this store, and compares again.
 * Calls `each` for what was repaired, as it is done, and at the end for what still
 * differs, which *ret_left counts.  Sets the store's deadline as it needs it.
 * SQ_EBUSY when somebody else repairs at the same time, which must not be done twice, and
 * other failures of the store: what was repaired until then stays repaired. */
int sq_repair(struct sq_ledger *ledger, const struct sq_differences *found,
              const struct sq_actor *actor, sq_repair_fn each, void *payload,
              int64_t *ret_left, struct sq_error *err);
