/* scope.h - which accounts a policy is for */
#pragma once

#include <stdbool.h>

#include "policy/policy.h"
#include "slurm/association.h"

/* Whether the answer needs Slurm's tree of accounts: apply_to_all and patterns do not. */
bool sq_scope_needs_tree(const struct sq_policy *policy);

/* That tree, of the policy's cluster, where the answer needs it: *ret is the caller's, and
 * stays as it is where not.  Runs `program` ([slurm] sacctmgr), and waits for it; fails as
 * sq_account_parents_ask(). */
int sq_scope_ask_tree(const struct sq_policy *policy, const char *program, int64_t deadline,
                      struct sq_associations **ret, struct sq_error *err);

/* An account is in a group that is its name, the name of an account above it in `tree`
 * (sq_account_parents_ask(); may be NULL), or a pattern of a shell for its name
 * ("phys_*"). */
bool sq_scope_has(const struct sq_policy *policy, const struct sq_associations *tree,
                  const char *account);
