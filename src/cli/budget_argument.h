/* budget_argument.h - whose budgets, of what and how much, as people type it */
#pragma once

#include "base/amount.h"
#include "ledger/budget_name.h"
#include "ledger/window_budget.h"
#include "slurm/name.h"

/* "user:alice" or "account:physics". */
struct sq_budget_subject {
        enum sq_subject_kind kind;
        char name[SQ_NAME_SIZE]; /* as the ledger keeps it */
};
int sq_budget_subject_read(const char *text, struct sq_budget_subject *ret,
                           struct sq_error *err);

/* Whole minutes, or hours or days with `h` or `d` behind them (`m` may stand behind
 * minutes); -1 and "unlimited".  SQ_EINVAL, SQ_ERANGE. */
int sq_budget_amount_read(const char *text, struct sq_amount *ret, struct sq_error *err);

/* RESOURCE=AMOUNT. */
int sq_budget_limit_read(const char *text, char ret_resource[SQ_TRES_NAME_MAX],
                         struct sq_amount *ret, struct sq_error *err);
