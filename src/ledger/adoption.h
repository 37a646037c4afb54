/* adoption.h - taking over what another program kept
 *
 * A ledger begins with what was consumed and promised before it was there: budgets by
 * entries "open", what was consumed by entries "adjustment", reservations with the UUIDs
 * that their jobs have.  Of those nobody knows what the jobs asked for, only what it
 * costs: they have no TRES and no time, until the reconciler sees the jobs in the queue
 * and makes them what Slurm says.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/budget.h"
#include "ledger/factor.h"

struct sq_adopted_subject {
        enum sq_subject_kind kind;
        char *name; /* as the ledger keeps it: accounts in lower case */
        struct sq_amounts budget, consumed;
        int64_t updated_at; /* UTC seconds */
};

struct sq_adopted_reservation {
        char uuid[SQ_UUID_SIZE];
        size_t user, account; /* places in the list of subjects */
        int64_t tasks;        /* >= 1 */
        struct sq_amounts per_task;
        int64_t created_at;
};

/* Every name once, every UUID once; no sum of amounts beyond 64 bits. */
struct sq_adoption {
        size_t n_subjects, n_reservations, n_defaults;
        struct sq_adopted_subject *subject;
        struct sq_adopted_reservation *reservation;
        struct sq_default defaults[2 * SQ_BUDGETED_RESOURCES];
        struct sq_factors factors;
};

/* Takes over all of it in one transaction.  SQ_EEXIST: the ledger is not empty;
 * SQ_ERANGE; store failures.  Sets no deadline. */
int sq_adopt(struct sq_ledger *ledger, const struct sq_adoption *adoption,
             const struct sq_actor *actor, struct sq_error *err);
