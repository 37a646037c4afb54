/* policy_view.h - which policies are whose business
 *
 * Operators see all of them.  Others see those that concern an account which they see: that
 * the policy keeps a state of, or that it is for by its own words.  (An account below a
 * parent that the policy names has a state from the first evaluation on; Slurm is not asked
 * for its tree here.)
 */
#pragma once

#include "governor/kept_policy.h"
#include "server/answer.h"

struct sq_policy_view {
        bool all;
        const struct sq_account_groups *groups; /* of the configuration */
        char (*account)[SQ_NAME_SIZE];
        size_t accounts, account_room;
        int64_t *id; /* of policies that keep a state of one of them */
        size_t ids, id_room;
};

/* What the caller sees; for sq_policy_view_clear().  Store failures, SQ_ENOMEM. */
int sq_policy_view_read(struct sq_sources *sources, const struct sq_caller *caller,
                        struct sq_ledger *ledger, struct sq_policy_view *ret,
                        struct sq_error *err);
void sq_policy_view_clear(struct sq_policy_view *view);

bool sq_policy_view_has(const struct sq_policy_view *view, const struct sq_kept_policy *kept);

/* The policy that the path names, by its UUID or its name; *ret is the caller's.
 * SQ_ENOTFOUND: it is not there, or none of the caller's business. */
int sq_policy_view_find(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_ledger *ledger, struct sq_kept_policy **ret,
                        struct sq_error *err);
