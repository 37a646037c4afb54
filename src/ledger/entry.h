/* entry.h - for who writes beside the ledger, in transactions of its store */
#pragma once

#include "ledger/budget.h"

/* Appends an entry and returns its id; an id of 0 is nobody's. */
int64_t sq_entry_append(struct sq_txn *txn, const char *kind, int64_t user_id,
                        int64_t account_id, const struct sq_actor *actor);

/* The id of a subject, which is created with the default budgets when it is missing.
 * 0 on failure. */
int64_t sq_subject_ensure(struct sq_ledger *ledger, struct sq_txn *txn,
                          enum sq_subject_kind kind, const char *name, const char *actor);
