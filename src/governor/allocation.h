/* allocation.h - what accounts were given for each window
 *
 * An amount of a TRES per month, quarter, year, or for good, valid from one day to another.
 * Of several that are valid on a day the one counts that was set last.  They are ours:
 * nothing is ever read back from Slurm's limits.  Every change is an entry of kind
 * "allocation".
 */
#pragma once

#include "ledger/budget.h"
#include "ledger/ledger.h"
#include "policy/window.h"

/* As a reason. */
#define SQ_NOTE_MAX 500

struct sq_allocation {
        int64_t id;
        const char *account;
        const char *tres; /* Slurm's name */
        enum sq_window_kind window;
        struct sq_amount amount; /* TRES-seconds in one window */
        int64_t first_day, last_day; /* YYYYMMDD; 0 and 99999999: without an end */
        const char *note;        /* NULL: none */
};

/* Sets those of one account (their ids do not count), all or nothing; creates the account
 * when the ledger does not know it.  SQ_EINVAL: an amount below 0, days in the wrong order,
 * no acceptable note; store failures. */
int sq_allocations_set(struct sq_ledger *ledger, const char *account,
                       const struct sq_allocation *allocations, size_t n,
                       const struct sq_actor *actor, struct sq_error *err);

/* Takes the one of this id back: it never was, then.  SQ_ENOTFOUND. */
int sq_allocation_remove(struct sq_ledger *ledger, int64_t id, const struct sq_actor *actor,
                         struct sq_error *err);

/* Texts are lent during the callback.  Stops with its value when that is not 0. */
typedef int (*sq_allocation_fn)(const struct sq_allocation *allocation, void *payload);

/* By account, window, TRES and time of setting; `account` NULL: all.  Changes nothing. */
int sq_allocation_each(struct sq_ledger *ledger, const char *account, sq_allocation_fn each,
                       void *payload, struct sq_error *err);
