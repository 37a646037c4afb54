/* history.h - what became of a budget: the entries of a subject */
#pragma once

#include "base/field.h"
#include "ledger/ledger.h"
#include "policy/window.h"

struct sq_entry {
        int64_t id, at;
        const char *kind;           /* "charge", "budget", ... */
        const char *user, *account; /* whose it is; NULL: not a user's, not an account's */
        const char *actor, *reason; /* reason: NULL when none was given */

        /* Amounts that were added to the consumption, or budgets that were set. */
        bool is_budget;
        bool has[SQ_BUDGETED_RESOURCES]; /* what it says nothing about is 0 */
        struct sq_amounts amounts;       /* of budgets SQ_UNLIMITED possible */

        /* Of a budget for a window or of another TRES; else resource is NULL and the rest 0.
         * The amount is as those above; where a window was closed, what was carried over, and
         * where that was corrected ("carry"), what was added to it. */
        const char *resource;
        enum sq_window_kind window;
        struct sq_amount amount;

        /* Of charges and their corrections; else state is NULL and the rest 0. */
        const char *cluster, *state;
        int64_t job_id;    /* raw */
        int64_t array_job; /* 0: no array, or not known */
        int64_t array_task; /* or SQ_NO_TASK */
};

/* What `history --json` and GET /history write of it; times are UTC seconds. */
void sq_entry_fields(const struct sq_entry *entry, struct sq_fields *ret);

struct sq_entry_filter {
        enum sq_subject_kind kind;
        const char *name;
        const char *entry_kind; /* NULL: all */
        int64_t since;          /* UTC seconds; 0: from the first */
        int64_t limit;          /* only so many, the newest; 0: all */
};

typedef int (*sq_entry_fn)(const struct sq_entry *entry, void *payload);

/* Whether subjects have entries of that kind. */
bool sq_entry_kind_is_known(const char *kind);

/* Calls `each` for the entries of a subject, the newest last, with texts that are lent
 * during the callback.  No such subject: no call, SQ_OK.  *ret_older: `limit` left out
 * older ones.  Stops with the callback's value when that is not 0.
 *
 * Reads the ledger backwards as far as `since` and `limit` want it: half a second for ten
 * million entries, so set the deadline; and, for their jobs, the charges, the highest ids
 * first.  Never more than milliseconds in one picture, and with no picture open during
 * the callback.  SQ_ENOMEM, store failures. */
int sq_entry_each(struct sq_ledger *ledger, const struct sq_entry_filter *filter,
                  sq_entry_fn each, void *payload, bool *ret_older, struct sq_error *err);
