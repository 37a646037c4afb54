/* outlook.h - what sq_reserve() would answer, without holding anything
 *
 * By the same decision, on a picture of one moment.  Several claims are the components of
 * one job: each is decided about as if those before it were held already.
 */
#pragma once

#include "ledger/reservation.h"

struct sq_outlook {
        struct sq_verdict verdict;
        struct sq_amounts per_task, total; /* what would be held */
        /* Where user and account stand before it; what the components before this one
         * would hold is reserved in it. */
        struct sq_balance user[SQ_BUDGETED_RESOURCES];
        struct sq_balance account[SQ_BUDGETED_RESOURCES];
};

/* Decides about `n` claims, whose UUIDs do not matter.  The components behind one that is
 * refused are decided about as if it did not exist.
 *
 * *ret_longest: the longest time, in whole minutes up to `most_minutes` (>= 0), with
 * which all of them would be accepted if each asked for it; 0: not even a minute.
 *
 * SQ_EINVAL, SQ_ERANGE as sq_reserve(); store failures. */
int sq_outlook_read(struct sq_ledger *ledger, const struct sq_claim *claims, size_t n,
                    int64_t most_minutes, struct sq_outlook *ret, int64_t *ret_longest,
                    struct sq_error *err);
