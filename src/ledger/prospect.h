/* prospect.h - whether a budget will last: what was used lately, and where that leads */
#pragma once

#include "base/date.h"
#include "base/field.h"
#include "ledger/window_budget.h"
#include "policy/forecast.h"

/* In percent of a budget with what was carried into it: when people want to know. */
#define SQ_PROSPECT_EARLY 80

struct sq_prospect {
        enum sq_subject_kind kind;
        const char *name, *resource; /* lent during the callback */
        enum sq_window_kind window;
        struct sq_date last_day;     /* of the window; year 0: it never ends */
        struct sq_amount budget;     /* and what was carried into it; SQ_UNLIMITED possible */
        struct sq_amount consumed, reserved;
        struct sq_burn burn;
        /* When SQ_PROSPECT_EARLY percent, and all of it, are used; of an unlimited budget
         * never. */
        struct sq_projection early, full;
};

typedef int (*sq_prospect_fn)(const struct sq_prospect *prospect, void *payload);

/* What is told of it as JSON; dates are counted from `today`. */
void sq_prospect_fields(const struct sq_prospect *prospect, struct sq_date today,
                        struct sq_fields *ret);

/* Calls `each` for every budget that the filter wants, by subject, resource and window, as
 * of `today` in the site's zone.  Reads 30 days of each subject.  Stops with the callback's
 * value when that is not 0.  SQ_ENOMEM, store failures. */
int sq_prospect_each(struct sq_ledger *ledger, const struct sq_window_filter *filter,
                     struct sq_date today, sq_prospect_fn each, void *payload,
                     struct sq_error *err);

/* The same for a user and the accounts of his jobs, or for one account, or (both NULL) for
 * everybody. */
int sq_prospect_each_of(struct sq_ledger *ledger, const char *user, const char *account,
                        struct sq_date today, sq_prospect_fn each, void *payload,
                        struct sq_error *err);

/* The day that it is where the ledger is. */
struct sq_date sq_prospect_today(const struct sq_ledger *ledger);
