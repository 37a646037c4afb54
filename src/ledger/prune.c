#include "ledger/prune.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "ledger/internal.h"

/* How long a transaction waits for others.  Theirs take microseconds. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* The name, and a reason that somebody gave. */
#define REASON_SIZE 800

/* Nothing in the balances of a subject `s` but the default budgets; what has lost some is
 * for repair. */
#define IS_EMPTY                                                                          \
        " (SELECT count(*) FROM balance b WHERE b.subject_id = s.id) >= 2"                \
        " AND NOT EXISTS (SELECT 1 FROM balance b LEFT JOIN default_budget d"                 \
        " ON d.kind = s.kind AND d.resource_id = b.resource_id"                           \
        " AND d.window_id = b.window_id WHERE b.subject_id = s.id AND (b.consumed <> 0"   \
        " OR b.reserved <> 0 OR b.tasks <> 0 OR b.budget <> coalesce(d.budget, -1)))"

/* The lists are made once, not for each subject. */
static const char find_sql[] =
        "SELECT s.id, s.name FROM subject s WHERE s.kind = ? AND s.name = coalesce(?, s.name)"
        " AND" IS_EMPTY
        " AND s.id NOT IN (SELECT user_id FROM reservation"
        " UNION SELECT account_id FROM reservation"
        " UNION SELECT account_id FROM reservation_before"
        " UNION SELECT user_id FROM usage_day WHERE amount <> 0"
        " UNION SELECT account_id FROM usage_day WHERE amount <> 0"
        " UNION SELECT user_id FROM entry WHERE kind = 'budget' AND user_id IS NOT NULL"
        " UNION SELECT account_id FROM entry WHERE kind IN ('budget', 'allocation', 'hold')"
        "  AND account_id IS NOT NULL"
        " UNION SELECT account_id FROM policy_account) ORDER BY s.name";

/* Up to where find_sql has looked.  UUIDs are ordered by time. */
static const char until_sql[] = "SELECT (SELECT coalesce(max(id), 0) FROM entry),"
                                " (SELECT coalesce(max(uuid), '') FROM reservation)";

/* The same question about what may have changed since then, without looking at anything
 * that was there before: somebody waits for the lock. */
static const char still_sql[] =
        "SELECT 1 FROM subject s WHERE s.id = ? AND" IS_EMPTY
        " AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.id > ?"
        "  AND (e.user_id = s.id OR e.account_id = s.id))"
        " AND NOT EXISTS (SELECT 1 FROM reservation v WHERE v.uuid > ?"
        "  AND (v.user_id = s.id OR v.account_id = s.id))"
        " AND NOT EXISTS (SELECT 1 FROM reservation_before f WHERE f.account_id = s.id)"
        SQ_FOR_UPDATE;

static const char leave_sql[] = "DELETE FROM membership WHERE user_id = ?";
static const char empty_sql[] = "DELETE FROM membership WHERE account_id = ?";
static const char drop_balances_sql[] = "DELETE FROM balance WHERE subject_id = ?";
static const char drop_subject_sql[] = "DELETE FROM subject WHERE id = ?";

struct candidate {
        int64_t id;
        char *name;
};

struct prune {
        struct sq_ledger *ledger;
        const struct sq_prune *what;
        const struct sq_actor *actor;

        size_t n, room;
        struct candidate *item;
        int64_t last_entry;
        char *last_uuid;

        const struct candidate *at; /* the one that may go now, */
        bool gone;                  /* and whether it did */
};

static void clear(struct prune *w) {
        for (size_t i = 0; i < w->n; i++)
                free(w->item[i].name);
        free(w->last_uuid);
        w->last_uuid = NULL;
        w->n = 0;
}

static void prune_end(struct prune *w) {
        clear(w);
        free(w->item);
}

static bool add(struct prune *w, int64_t id, const char *name) {
        if (!sq_grow(&w->item, w->n + 1, &w->room, sizeof *w->item))
                return false;
        w->item[w->n] = (struct candidate){id, strdup(name)};
        return w->item[w->n].name && ++w->n;
}

static int find_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct prune *w = context;
        struct sq_query *query;
        bool fits = true;

        clear(w);
        query = sq_query(txn, until_sql, "");
        if (sq_query_next(query)) {
                w->last_entry = sq_query_int(query, 0);
                w->last_uuid = strdup(sq_query_text(query, 1));
                fits = w->last_uuid != NULL;
        }
        sq_query_done(query);
        query = sq_query(txn, find_sql, "ss", sq_subject_kind_name(w->what->kind),
                         w->what->name);
        while (fits && sq_query_next(query))
                fits = add(w, sq_query_int(query, 0), sq_query_text(query, 1));
        return fits ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

static void note(struct sq_txn *txn, const struct prune *w) {
        struct sq_actor actor = *w->actor;
        char reason[REASON_SIZE];

        snprintf(reason, sizeof reason, "%s %s%s%s", sq_subject_kind_name(w->what->kind),
                 w->at->name, actor.reason ? ": " : "", actor.reason ? actor.reason : "");
        actor.reason = reason;
        sq_entry_append(txn, "prune", 0, 0, &actor);
}

/* Hooks may remember that it was a member; nobody asks them about its id again. */
static int prune_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct prune *w = context;
        const int64_t id = w->at->id;
        struct sq_query *query =
                sq_query(txn, still_sql, "iis", id, w->last_entry, w->last_uuid);

        (void)err;
        w->gone = sq_query_next(query);
        sq_query_done(query);
        if (!w->gone)
                return sq_txn_status(txn);
        sq_run(txn, w->what->kind == SQ_USER ? leave_sql : empty_sql, "i", id);
        sq_run(txn, drop_balances_sql, "i", id);
        sq_run(txn, drop_subject_sql, "i", id);
        note(txn, w);
        return SQ_OK;
}

static int prune_one(struct prune *w, const struct candidate *candidate,
                     struct sq_error *err) {
        struct sq_store *store = w->ledger->store;
        int rc;

        w->at = candidate;
        w->gone = true;
        if (w->what->dry_run)
                return SQ_OK;
        sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
        /* Without fsync under the lock: what a power cut brings back can go again. */
        rc = sq_store_write(store, SQ_DURABLE_SOON, prune_work, w, err);
        sq_store_give_way(store);
        return rc;
}

int sq_prune_subjects(struct sq_ledger *ledger, const struct sq_prune *what,
                      sq_pruned_fn each, void *payload, const struct sq_actor *actor,
                      int64_t *ret_count, struct sq_error *err) {
        SQ_CLEANUP(prune_end) struct prune w = {
                .ledger = ledger, .what = what, .actor = actor};
        int64_t count = 0;
        int rc;

        sq_store_set_deadline(ledger->store, INT64_MAX);
        rc = sq_store_read(ledger->store, find_work, &w, err);
        for (size_t i = 0; i < w.n && !rc; i++) {
                rc = prune_one(&w, &w.item[i], err);
                if (rc || !w.gone)
                        continue;
                count++;
                each(what->kind, w.item[i].name, payload);
        }
        if (!rc)
                *ret_count = count;
        return rc;
}
