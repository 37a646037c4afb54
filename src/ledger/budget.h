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

/* A reason, which may be NULL: one line of at most 500 bytes, not blank.  SQ_EINVAL. */
int sq_reason_check(const char *reason, struct sq_error *err);

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

/* All that there are, by the names that default-quotas and the service show. */
#define SQ_DEFAULTS 4
struct sq_default_name {
        enum sq_subject_kind kind;
        enum sq_resource resource;
        const char *key; /* "user_cpu_minutes" */
};
extern const struct sq_default_name sq_default_names[SQ_DEFAULTS];

/* Sets some of them, all or nothing.  Subjects that exist keep what they have. */
int sq_budget_set_defaults(struct sq_ledger *ledger, const struct sq_default *defaults,
                           size_t n, const struct sq_actor *actor, struct sq_error *err);

/* The same for one / reads those of a kind. */
int sq_budget_set_default(struct sq_ledger *ledger, enum sq_subject_kind kind,
                          enum sq_resource resource, struct sq_amount limit,
                          const struct sq_actor *actor, struct sq_error *err);
int sq_budget_defaults(struct sq_ledger *ledger, enum sq_subject_kind kind,
                       struct sq_amounts *ret, struct sq_error *err);
