/* scope.h - which accounts a policy is for
 *
 * A word of organization_groups is, in this order: a pattern of a shell for accounts' names
 * ("phys_*"); a group of the configuration (base/account_group.h), also where an account has
 * the same name: who writes a list means it, and can put the account into it; an account,
 * with all that are below it in Slurm's tree.  What is in a group of the configuration is a
 * pattern or an account in the same sense, and never another group.  Capitals do not count,
 * as in Slurm.
 */
#pragma once

#include <stdbool.h>

#include "base/config.h"
#include "policy/policy.h"
#include "slurm/association.h"

/* Whether a word is a pattern. */
bool sq_scope_is_pattern(const char *word);

/* Whether an account's name is one of the pattern's. */
bool sq_scope_matches(const char *pattern, const char *account);

/* Whether the answer needs Slurm's tree of accounts: apply_to_all and patterns do not.
 * `groups` may be NULL. */
bool sq_scope_needs_tree(const struct sq_policy *policy,
                         const struct sq_account_groups *groups);

/* That tree, of the policy's cluster, where the answer needs it: *ret is the caller's, and
 * stays as it is where not.  Runs sacctmgr, and waits for it; fails as
 * sq_account_parents_ask(). */
int sq_scope_ask_tree(const struct sq_policy *policy, const struct sq_config *config,
                      int64_t deadline, struct sq_associations **ret, struct sq_error *err);

/* Whether the policy is for `account`.  Without `groups` or `tree` (sq_account_parents_ask())
 * nothing is known of them. */
bool sq_scope_has(const struct sq_policy *policy, const struct sq_account_groups *groups,
                  const struct sq_associations *tree, const char *account);
