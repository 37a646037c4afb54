#include "governor/tick.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "governor/run.h"
#include "governor/scope.h"

/* slurmdbd may be busy, and somebody may want us to end. */
#define TREE_PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* Readers wait for nobody but who repairs a broken log. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

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

static bool is_stopped(const struct work *w) {
        return w->tick->stop && __atomic_load_n(w->tick->stop, __ATOMIC_RELAXED);
}

static void evaluate(struct work *w, const struct sq_kept_policy *kept) {
        struct sq_governing how = {.mode = SQ_RUN_QUIETLY,
                                   .qos = sq_qos_names_of(w->tick->config),
                                   .groups = w->tick->config->groups};
        struct sq_error why = {.text = ""};
        int rc = take_tree(w, &kept->policy, &how.tree, &why);

        how.now = sq_now();
        if (!rc) {
                rc = sq_govern(w->ledger, kept, &how, NULL, NULL, &why);
                /* Somebody has just changed or deleted it; what it is now is the next
                 * time's. */
                if (rc == SQ_ENOTFOUND)
                        rc = SQ_OK;
        }
        if (rc)
                sq_context(&why, "policy \"%.60s\"", kept->policy.name);
        note(w, rc, &why);
}

/* Not to be stopped: what was told is to be noted, and it takes moments. */
static void tell(struct work *w) {
        struct sq_store *store = sq_ledger_store(w->ledger);
        struct sq_error why = {.text = ""};

        sq_store_set_stop(store, NULL);
        note(w, sq_event_tell(w->ledger, sq_now(), w->tick->tell, w->tick->payload, &why),
             &why);
        sq_store_set_stop(store, w->tick->stop);
}

static void clean(struct work *w) {
        struct sq_error why = {.text = ""};
        int64_t dropped;

        note(w,
             sq_records_clean(w->ledger, sq_now(), w->tick->config->policy.log_retention_days,
                              &dropped, &why),
             &why);
}

/* As the policies were when we began. */
static bool is_first_of_day(const struct work *w, struct sq_kept_policy *const *policies,
                            size_t n) {
        const struct sq_calendar *calendar = sq_ledger_calendar(w->ledger);
        const int64_t today = sq_calendar_day(calendar, sq_now());

        for (size_t i = 0; i < n; i++)
                if (sq_calendar_day(calendar, policies[i]->evaluated_at) != today)
                        return true;
        return !n;
}

static void do_all(struct work *w, struct sq_kept_policy *const *policies, size_t n) {
        const bool cleans = is_first_of_day(w, policies, n);
        const struct sq_error stopped = {.text = "stopped before the end"};

        for (size_t i = 0; i < n && !is_stopped(w); i++)
                evaluate(w, policies[i]);
        if (!is_stopped(w))
                tell(w);
        if (cleans && !is_stopped(w))
                clean(w);
        if (is_stopped(w))
                note(w, SQ_EBUSY, &stopped);
}

int sq_tick(struct sq_ledger *ledger, const struct sq_tick *tick, struct sq_error *err) {
        struct work w = {.ledger = ledger, .tick = tick, .err = err};
        struct sq_store *store = sq_ledger_store(ledger);
        struct sq_kept_policy **policies = NULL;
        struct sq_error why;
        size_t n = 0;
        int rc, damage;

        sq_store_set_stop(store, tick->stop);
        sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
        rc = sq_kept_policies_read_sound(ledger, &policies, &n, &damage, &why, err);
        if (!rc) {
                note(&w, damage, &why);
                do_all(&w, policies, n);
                rc = w.worst;
        }
        sq_store_set_stop(store, NULL);
        sq_associations_free(w.tree.accounts);
        sq_kept_policies_free(policies, n);
        return rc;
}

/* --- before ----------------------------------------------------------------------------- */

static const char work_sql[] =
        "SELECT EXISTS (SELECT 1 FROM policy WHERE deleted_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM evaluation_log)"
        " OR EXISTS (SELECT 1 FROM outbox)";

static int look(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, work_sql, "");

        (void)err;
        *(bool *)context = sq_query_next(query) && sq_query_int(query, 0);
        sq_query_done(query);
        return SQ_OK;
}

int sq_tick_has_work(struct sq_ledger *ledger, bool *ret, struct sq_error *err) {
        bool has = false;
        int rc = sq_store_read(sq_ledger_store(ledger), look, &has, err);

        if (!rc)
                *ret = has;
        return rc;
}
