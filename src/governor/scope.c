#include "governor/scope.h"

#include <fnmatch.h>
#include <string.h>

/* Trees of accounts have a handful of levels; what is deeper is a circle. */
#define LEVELS_MAX 64

static bool is_pattern(const char *name) {
        return strpbrk(name, "*?[") != NULL;
}

bool sq_scope_needs_tree(const struct sq_policy *policy) {
        for (size_t i = 0; i < policy->groups.n && !policy->apply_to_all; i++)
                if (!is_pattern(policy->groups.name[i]))
                        return true;
        return false;
}

int sq_scope_ask_tree(const struct sq_policy *policy, const char *program, int64_t deadline,
                      struct sq_associations **ret, struct sq_error *err) {
        return sq_scope_needs_tree(policy)
                       ? sq_account_parents_ask(program, policy->scope, deadline, ret, err)
                       : SQ_OK;
}

static bool is_below(const struct sq_associations *tree, const char *account,
                     const char *parent) {
        size_t at;

        for (int level = 0; level < LEVELS_MAX; level++) {
                if (!strcmp(account, parent))
                        return true;
                if (!tree || !sq_associations_of(tree, account, &at))
                        return false;
                account = sq_associations_account(tree, at);
        }
        return false;
}

bool sq_scope_has(const struct sq_policy *policy, const struct sq_associations *tree,
                  const char *account) {
        if (policy->apply_to_all)
                return true;
        for (size_t i = 0; i < policy->groups.n; i++) {
                const char *group = policy->groups.name[i];

                if (is_pattern(group) ? !fnmatch(group, account, 0)
                                      : is_below(tree, account, group))
                        return true;
        }
        return false;
}
