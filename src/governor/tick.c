#include "governor/tick.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "governor/run.h"
#include "governor/scope.h"

/* slurmdbd may be busy, and somebody may want us to end. */
#define TREE_PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* Slurm's answer for the cluster that was asked about last: most sites have one. */
struct tree {
        bool asked;
        char cluster[SQ_POLICY_TEXT_SIZE];
        struct sq_associations *accounts;
        int rc;
        struct sq_error why;
};

struct work {
        struct sq_ledger *ledger;
        const struct sq_tick *tick;
        struct tree tree;
        int worst; /* the first failure */
        struct sq_error *err;
};

static void note(struct work *w, int rc, const struct sq_error *why) {
        if (!rc || w->worst)
                return;
        w->worst = rc;
        if (w->err)
                *w->err = *why;
}

/* A slurmdbd that is silent is not asked for each policy again. */
static int take_tree(struct work *w, const struct sq_policy *policy,
                     const struct sq_associations **ret, struct sq_error *err) {
        struct tree *tree = &w->tree;

        *ret = NULL;
        if (!sq_scope_needs_tree(policy, w->tick->config->groups))
                return SQ_OK;
        if (!tree->asked || strcmp(tree->cluster, policy->scope) != 0) {
                sq_associations_free(SQ_TAKE(tree->accounts));
                snprintf(tree->cluster, sizeof tree->cluster, "%s", policy->scope);
                tree->asked = true;
                tree->rc = sq_scope_ask_tree(policy, w->tick->config,
                                             sq_monotonic_ns() + TREE_PATIENCE_NS,
                                             &tree->accounts, &tree->why);
        }
        if (tree->rc)
                *err = tree->why;
        *ret = tree->accounts;
        return tree->rc;
}

static void evaluate(struct work *w, const struct sq_kept_policy *kept) {
        struct sq_governing how = {.mode = SQ_RUN_QUIETLY,
                                   .qos = sq_qos_names_of(w->tick->config),
                                   .groups = w->tick->config->groups};
        struct sq_error why = {.text = ""};
        int rc = take_tree(w, &kept->policy, &how.tree, &why);

        how.now = sq_now();
        if (!rc)
                rc = sq_govern(w->ledger, kept, &how, NULL, NULL, &why);
        if (rc)
                sq_context(&why, "policy \"%.60s\"", kept->policy.name);
        note(w, rc, &why);
}

static void tell(struct work *w) {
        struct sq_error why = {.text = ""};
        int rc = sq_event_record_tell(w->ledger, w->tick->tell, w->tick->payload, &why);

        if (rc && !*why.text)
                sq_fail(&why, rc, "could not tell what has happened");
        note(w, rc, &why);
}

static void clean(struct work *w) {
        struct sq_error why = {.text = ""};
        int64_t dropped;

        note(w,
             sq_records_clean(w->ledger, sq_now(), w->tick->config->policy.log_retention_days,
                              &dropped, &why),
             &why);
}

int sq_tick(struct sq_ledger *ledger, const struct sq_tick *tick, struct sq_error *err) {
        struct work w = {.ledger = ledger, .tick = tick, .err = err};
        struct sq_kept_policy **policies = NULL;
        size_t n = 0;
        int rc = sq_kept_policies_read(ledger, &policies, &n, err);

        if (rc)
                return rc;
        for (size_t i = 0; i < n; i++)
                evaluate(&w, policies[i]);
        sq_associations_free(w.tree.accounts);
        sq_kept_policies_free(policies, n);
        tell(&w);
        clean(&w);
        return w.worst;
}
