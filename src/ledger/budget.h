/* budget.h - the limits that people set, for subjects and for those to come
 *
 * Every change is an entry with actor and reason, committed durably.
 */
#pragma once

#include "ledger/ledger.h"

/* Who changes something and why; both go into the entry.  `reason` may be NULL. */
struct sq_actor {
        const char *name;
        const char *reason;
};

/* Sets the budget of one subject for one resource in the window `total`
 * (SQ_UNLIMITED allowed), creating the subject with its other budgets at the
 * defaults.  SQ_EINVAL for an unacceptable amount; store failures. */
int sq_budget_set(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                  enum sq_resource resource, struct sq_amount limit,
                  const struct sq_actor *actor, struct sq_error *err);

/* What subjects of a kind get of a resource when they are seen for the first
 * time. */
struct sq_default {
        enum sq_subject_kind kind;
        enum sq_resource resource;
        struct sq_amount limit;
};

/* Sets some of them, all or nothing.  Subjects that exist keep what they have. */
int sq_budget_set_defaults(struct sq_ledger *ledger, const struct sq_default *defaults,
                           size_t n, const struct sq_actor *actor, struct sq_error *err);

/* The same for one / reads those of a kind. */
int sq_budget_set_default(struct sq_ledger *ledger, enum sq_subject_kind kind,
                          enum sq_resource resource, struct sq_amount limit,
                          const struct sq_actor *actor, struct sq_error *err);
int sq_budget_defaults(struct sq_ledger *ledger, enum sq_subject_kind kind,
                       struct sq_amounts *ret, struct sq_error *err);
