/* window_check.h - whether the windows of two subjects have enough for a job */
#pragma once

#include "ledger/internal.h"
#include "ledger/window_balance.h"

/* What is asked of a user and an account, and what the job holds of their budgets
 * already. */
#define SQ_ACCOUNT_OF_REQUEST 1
struct sq_window_request {
        const struct sq_subject *subject[2]; /* the user, the account */
        struct sq_promise asked;
        int64_t tasks;
        const struct sq_held *held; /* NULL: nothing */
        struct sq_promise before;   /* what one task of it holds */
};

/* In the order of the windows (total, month, quarter, year), then of the resources, then
 * user and account; then what policies let the account use, each all in all.  False, with
 * *ret saying which budget or policy does not have enough. */
bool sq_window_check(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_window_request *request, struct sq_verdict *ret);

/* The longest time per task for which every window would have enough; INT64_MAX: any. */
int64_t sq_window_longest(struct sq_ledger *ledger, struct sq_txn *txn,
                          const struct sq_window_request *request,
                          const struct sq_factors *factors);
