#include "governor/scope_warning.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "governor/kept_policy.h"

static const char accounts_sql[] = "SELECT name FROM subject WHERE kind = 'account'";

struct check {
        const struct sq_policy *policy;
        bool is_account[SQ_GROUPS_MAX]; /* the word is one, or matches one */
};

static void see_account(struct check *check, const char *account) {
        for (size_t i = 0; i < check->policy->groups.n; i++) {
                const char *word = check->policy->groups.name[i];

                if (sq_scope_is_pattern(word) ? sq_scope_matches(word, account)
                                              : !strcasecmp(word, account))
                        check->is_account[i] = true;
        }
}

static int see_ledger(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, accounts_sql, "");

        (void)err;
        while (sq_query_next(query))
                see_account(context, sq_query_text(query, 0));
        sq_query_done(query);
        return SQ_OK;
}

/* The topmost account stands in it as a parent alone. */
static void see_tree(struct check *check, const struct sq_associations *tree) {
        for (size_t i = 0; i < sq_associations_count(tree); i++) {
                see_account(check, sq_associations_user(tree, i));
                see_account(check, sq_associations_account(tree, i));
        }
}

static bool has_account(const struct sq_account_group *group, const char *account) {
        for (size_t i = 0; i < group->n; i++)
                if (sq_scope_is_pattern(group->account[i])
                            ? sq_scope_matches(group->account[i], account)
                            : !strcasecmp(group->account[i], account))
                        return true;
        return false;
}

/* False: nothing is to be said of the word. */
static bool write_warning(const char *word, bool is_account, bool has_tree,
                          const struct sq_account_group *group, char *text, size_t size) {
        const char *whom = has_tree ? "that the ledger or Slurm knows"
                                    : "that the ledger knows; Slurm could not be asked";

        if (group ? !is_account || has_account(group, word) : is_account)
                return false;
        if (group)
                snprintf(text, size,
                         "organization_groups: \"%.100s\" is the group of the configuration,"
                         " not the account of that name", word);
        else if (sq_scope_is_pattern(word))
                snprintf(text, size, "organization_groups: \"%.100s\" matches no account %s",
                         word, whom);
        else
                snprintf(text, size,
                         "organization_groups: \"%.100s\" is no group of the configuration and"
                         " no account %s", word, whom);
        return true;
}

int sq_scope_warn(struct sq_ledger *ledger, const struct sq_policy *policy,
                  const struct sq_account_groups *groups, const struct sq_associations *tree,
                  sq_scope_warning_fn tell, void *payload, struct sq_error *err) {
        struct check check = {.policy = policy};
        int rc = sq_store_read(sq_ledger_store(ledger), see_ledger, &check, err);

        if (rc)
                return rc;
        if (tree)
                see_tree(&check, tree);
        for (size_t i = 0; i < policy->groups.n; i++) {
                const char *word = policy->groups.name[i];
                const struct sq_account_group *group =
                        sq_scope_is_pattern(word) ? NULL : sq_account_group_find(groups, word);
                char text[256];

                if (write_warning(word, check.is_account[i], tree, group, text, sizeof text))
                        tell(text, payload);
        }
        return SQ_OK;
}

/* --- other policies ---------------------------------------------------------------------- */

struct sharing {
        const struct sq_policy *policy;
        const struct sq_account_groups *groups;
        const struct sq_associations *tree;
        struct sq_kept_policy **other; /* of any cluster, and the policy itself */
        size_t n;
        bool told[SQ_POLICIES_MOST];
        sq_scope_warning_fn tell;
        void *payload;
};

/* What has the same name is the policy itself, as it was, or not there for long. */
static bool is_beside(const struct sq_policy *policy, const struct sq_policy *other) {
        return !strcmp(policy->scope, other->scope) && strcmp(policy->name, other->name) &&
               strcmp(policy->uuid, other->uuid);
}

static void compare(struct sharing *s, const char *account) {
        char text[256];

        if (!sq_scope_has(s->policy, s->groups, s->tree, account))
                return;
        for (size_t i = 0; i < s->n && i < SQ_POLICIES_MOST; i++) {
                const struct sq_policy *other = &s->other[i]->policy;

                if (s->told[i] || !is_beside(s->policy, other) ||
                    !sq_scope_has(other, s->groups, s->tree, account))
                        continue;
                s->told[i] = true;
                snprintf(text, sizeof text,
                         "organization_groups: policy \"%.60s\" is for account \"%.60s\" too;"
                         " what both are for belongs to the one that evaluates it first",
                         other->name, account);
                s->tell(text, s->payload);
        }
}

static int compare_ledger(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, accounts_sql, "");

        (void)err;
        while (sq_query_next(query))
                compare(context, sq_query_text(query, 0));
        sq_query_done(query);
        return SQ_OK;
}

int sq_scope_warn_of_others(struct sq_ledger *ledger, const struct sq_policy *policy,
                            const struct sq_account_groups *groups,
                            const struct sq_associations *tree, sq_scope_warning_fn tell,
                            void *payload, struct sq_error *err) {
        struct sharing s = {.policy = policy, .groups = groups, .tree = tree, .tell = tell,
                            .payload = payload};
        struct sq_error why;
        int damage, rc;

        rc = sq_kept_policies_read_sound(ledger, &s.other, &s.n, &damage, &why, err);
        if (rc)
                return rc;
        rc = sq_store_read(sq_ledger_store(ledger), compare_ledger, &s, err);
        for (size_t i = 0; !rc && tree && i < sq_associations_count(tree); i++)
                compare(&s, sq_associations_user(tree, i));
        sq_kept_policies_free(s.other, s.n);
        return rc;
}
