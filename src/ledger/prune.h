/* prune.h - away with users and accounts that never came to anything
 *
 * A mistyped account name in a job makes a subject, and so does everybody who tries once.
 * One that has used nothing, holds nothing and was given nothing of its own can go: if
 * it is seen again, it begins anew with what new ones get.
 */
#pragma once

#include "ledger/budget.h"

struct sq_prune {
        enum sq_subject_kind kind;
        const char *name; /* that one only; NULL: all */
        bool dry_run;     /* only say which */
};

/* The name is lent. */
typedef void (*sq_pruned_fn)(enum sq_subject_kind kind, const char *name, void *payload);

/* Removes the subjects of a kind that have consumed nothing (in no window and of no
 * resource, and nothing of them is in the roll-up), hold no reservation, and have no
 * budget of their own: none was ever set for them, and what they have is the default of
 * now.  Balances and memberships go with them.  Their entries and empty charges stay,
 * and an entry "prune" that names them; no id is used again.  Calls `each` for what is
 * gone; *ret_count says how many that were.
 * Hooks go on beside it: each subject is looked at again in a transaction of its own.
 * Sets the store's deadline as it needs it.  Store failures; what went until then stays
 * gone. */
int sq_prune_subjects(struct sq_ledger *ledger, const struct sq_prune *what,
                      sq_pruned_fn each, void *payload, const struct sq_actor *actor,
                      int64_t *ret_count, struct sq_error *err);
