/* run.h - evaluations of a policy's accounts
 *
 * Each account is locked, read, evaluated (policy/evaluation.h) and written in one
 * transaction, some of them together, so that who comes at the same time sees what the
 * other one did, and finds nothing left to do.
 */
#pragma once

#include "governor/held_account.h"
#include "governor/plan_text.h"
#include "policy/course.h"
#include "slurm/association.h"

enum sq_run_mode {
        SQ_RUN_DRY,     /* changes nothing */
        SQ_RUN_QUIETLY, /* keeps what it decides; logs where something changed */
        SQ_RUN_LOGGED   /* the same, and logs every account: somebody asked for it */
};

/* Told of each account that is left to another policy of the cluster. */
typedef void (*sq_left_fn)(const char *account, const char *policy, void *payload);

struct sq_governing {
        enum sq_run_mode mode;
        int64_t now;              /* UTC seconds */
        const char *account;      /* only this one; NULL: all that the policy is for */
        bool only_held;           /* only those that are held back and below 100 percent */
        bool keeps_known;         /* whom it has a state of is its own, whatever the scope */
        bool looks_back;          /* says what was used lately: a third more to read */
        sq_left_fn left;          /* may be NULL */
        struct sq_qos_names qos;
        const struct sq_account_groups *groups; /* of the configuration, (scope.h) */
        const struct sq_associations *tree;     /* and of accounts; may be NULL, both */
};

/* What came of it for one account; lent. */
struct sq_governed {
        const struct sq_held_account *account; /* as it was */
        const struct sq_evaluation *evaluation;
        bool planned; /* a plan went into the outbox */
        const struct sq_moment *moment;
        const struct sq_lately *lately; /* before it; NULL: not asked for */
};

typedef void (*sq_governed_fn)(const struct sq_governed *governed, void *payload);

/* Where the account's usage leads (policy/course.h); false when nobody asked for it, or when
 * the numbers are too large. */
bool sq_governed_course(const struct sq_kept_policy *kept, const struct sq_governed *governed,
                        struct sq_course *ret);

/* Evaluates the accounts that the ledger knows and the policy is for: those with an
 * allocation or a state, and with limits of the policy's own all.  An account that is no
 * longer the policy's is let go of.  One that another policy of the cluster has, and this one
 * does not, is left to that: to one plan for it the other's would be none.  `tell` may be
 * NULL; it and how->left get `payload`.
 * SQ_ENOTFOUND: `account` is none of them, or left to another policy.  SQ_ERANGE: numbers of
 * an account that cannot be counted; those before it are done.  Store failures, SQ_ENOMEM.
 * The store's deadline is renewed with each step. */
int sq_govern(struct sq_ledger *ledger, const struct sq_kept_policy *kept,
              const struct sq_governing *how, sq_governed_fn tell, void *payload,
              struct sq_error *err);
