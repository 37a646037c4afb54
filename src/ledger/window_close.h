/* window_close.h - windows that are over, and what they leave to the next one
 *
 * Closing takes as long for one window as for another: an entry, a record in
 * `window_close`, and the row of the new window, in which nothing is consumed yet.  What
 * unfinished jobs have reserved in it is not counted then, but later (window_count.h).
 *
 * A job that ran across the end is charged when it ends, which is after the closing.  So
 * what it may have used of the old window counts as used for what is carried over, until
 * it ends; an entry of kind "carry" says each time by how much that changed.  (Else what
 * was carried over could be spent before it is known that it is not there.)
 */
#pragma once

#include "ledger/window_balance.h"

/* What a window that ends as `balance` stands leaves to the next one: nothing as long as
 * something of it is not counted. */
int64_t sq_window_carry(const struct sq_window_balance *balance);

/* How it stands in the window of `now`, for who may not write. */
struct sq_window_balance sq_window_balance_at(const struct sq_calendar *calendar,
                                              const struct sq_window_balance *balance,
                                              int64_t now);

/* Closes windows until `balance` is in that of `now`, or of `day` where that is later.  In a
 * picture nothing is written. */
void sq_window_roll(struct sq_ledger *ledger, struct sq_txn *txn,
                    struct sq_window_balance *balance, bool is_account, int64_t now,
                    int64_t day);

/* Something was consumed in a window that is over. */
int sq_window_use_late(struct sq_ledger *ledger, struct sq_txn *txn,
                       struct sq_window_balance *balance, bool is_account, int64_t day,
                       int64_t amount, struct sq_error *err);

/* `promise` was there before the window of now began: so many tasks more of it, or fewer,
 * can have used something of the one before. */
int sq_window_hold_late(struct sq_ledger *ledger, struct sq_txn *txn,
                        struct sq_window_balance *balance, bool is_account,
                        const struct sq_promise *promise, int64_t tasks,
                        struct sq_error *err);

/* What the window before leaves, once more: both the record and the row of now. */
void sq_window_carry_again(struct sq_ledger *ledger, struct sq_txn *txn,
                           struct sq_window_balance *balance, bool is_account);
