#include "governor/scope.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* Trees of accounts have a handful of levels; what is deeper is a circle. */
#define LEVELS_MAX 64

bool sq_scope_is_pattern(const char *word) {
        return strpbrk(word, "*?[") != NULL;
}

bool sq_scope_matches(const char *pattern, const char *account) {
        return !fnmatch(pattern, account, FNM_CASEFOLD);
}

/* The group that a word means; NULL: a pattern or an account. */
static const struct sq_account_group *find_group(const struct sq_account_groups *groups,
                                                 const char *word) {
        return sq_scope_is_pattern(word) ? NULL : sq_account_group_find(groups, word);
}

static bool has_names(const struct sq_account_group *group) {
        for (size_t i = 0; i < group->n; i++)
                if (!sq_scope_is_pattern(group->account[i]))
                        return true;
        return false;
}

bool sq_scope_needs_tree(const struct sq_policy *policy,
                         const struct sq_account_groups *groups) {
        for (size_t i = 0; i < policy->groups.n && !policy->apply_to_all; i++) {
                const char *word = policy->groups.name[i];
                const struct sq_account_group *group = find_group(groups, word);

                if (group ? has_names(group) : !sq_scope_is_pattern(word))
                        return true;
        }
        return false;
}

int sq_scope_ask_tree(const struct sq_policy *policy, const struct sq_config *config,
                      int64_t deadline, struct sq_associations **ret, struct sq_error *err) {
        return sq_scope_needs_tree(policy, config->groups)
                       ? sq_account_parents_ask(config->slurm.sacctmgr, policy->scope, deadline,
                                                ret, err)
                       : SQ_OK;
}

/* Whether a word that is no group has an account, or, for one above an account that is asked
 * for (`above`), all below it. */
static bool word_has(const char *word, const char *account, bool above) {
        return sq_scope_is_pattern(word) ? !above && sq_scope_matches(word, account)
                                         : !strcasecmp(word, account);
}

static bool words_have(const struct sq_policy *policy, const struct sq_account_groups *groups,
                       const char *account, bool above) {
        for (size_t i = 0; i < policy->groups.n; i++) {
                const char *word = policy->groups.name[i];
                const struct sq_account_group *group = find_group(groups, word);

                if (!group && word_has(word, account, above))
                        return true;
                for (size_t k = 0; group && k < group->n; k++)
                        if (word_has(group->account[k], account, above))
                                return true;
        }
        return false;
}

bool sq_scope_has(const struct sq_policy *policy, const struct sq_account_groups *groups,
                  const struct sq_associations *tree, const char *account) {
        size_t at;

        if (policy->apply_to_all)
                return true;
        for (int level = 0; level < LEVELS_MAX; level++) {
                if (words_have(policy, groups, account, level > 0))
                        return true;
                if (!tree || !sq_associations_of(tree, account, &at))
                        return false;
                account = sq_associations_account(tree, at);
        }
        return false;
}
