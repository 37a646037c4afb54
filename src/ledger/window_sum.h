/* window_sum.h - what windows should say, summed up from days, entries and reservations
 *
 * The truth for counting (window_count.h) and for verify (difference.h).
 */
#pragma once

#include "ledger/window_balance.h"

/* A window of now, or one that is over. */
struct sq_window_sum {
        int64_t subject_id;
        bool is_account;
        int64_t resource_id;
        char resource[SQ_TRES_NAME_MAX];
        enum sq_window_kind window;
        struct sq_span span;
        int64_t budget, carried;
        struct sq_carryover_choice carryover;
        int64_t opened_by;
        int64_t closed_by;    /* 0: it is the window of now */
        int64_t carried_over; /* as its record has it */
        bool is_last;         /* of those that are over: the one before the window of now */
        int64_t uncounted;
        int64_t consumed, reserved; /* as its row has it */
        int64_t consumed_sum, reserved_sum;
};

struct sq_window_sums {
        size_t n, room;
        struct sq_window_sum *item; /* by subject, resource and window, the newest last */
};

/* Sums up those that are not counted, or all.  What is reserved is summed up of windows of
 * now, and of the last before them where something is carried over; of others the sum is
 * what the row has.  SQ_ENOMEM; SQ_ERANGE: a sum does not fit. */
int sq_window_sums_read(struct sq_txn *txn, bool all, struct sq_window_sums *ret,
                        struct sq_error *err);
void sq_window_sums_clear(struct sq_window_sums *sums);
