#include "ledger/comparison.h"

#include "ledger/internal.h"

static const char read_sql[] = "SELECT compared_at, charged_until, drift, drift_total"
                               " FROM reconciliation WHERE cluster_id = ?";
static const char newest_sql[] = "SELECT max(compared_at) FROM reconciliation";
static const char update_sql[] =
        "UPDATE reconciliation SET compared_at = ?, charged_until = ?, drift = ?,"
        " drift_total = drift_total + ? WHERE cluster_id = ?";
static const char insert_sql[] =
        "INSERT INTO reconciliation (cluster_id, compared_at, charged_until, drift,"
        " drift_total) VALUES (?, ?, ?, ?, ?)";

/* The store notes when it was given its first tables. */
static const char began_sql[] = "SELECT min(applied_at) FROM schema_migration";

struct comparison_work {
        struct sq_ledger *ledger;
        const char *cluster;
        struct sq_comparison c;
};

static int read_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct comparison_work *w = context;
        struct sq_query *query = sq_query(txn, read_sql, "i", sq_cluster_find(txn, w->cluster));

        (void)err;
        w->c = (struct sq_comparison){0};
        if (sq_query_next(query))
                w->c = (struct sq_comparison){
                        .compared_at = sq_query_int(query, 0),
                        .charged_until = sq_query_int(query, 1),
                        .drift = sq_query_int(query, 2),
                        .drift_total = sq_query_int(query, 3),
                };
        sq_query_done(query);
        query = sq_query(txn, began_sql, "");
        if (sq_query_next(query))
                w->c.began_at = sq_query_int(query, 0);
        sq_query_done(query);
        return SQ_OK;
}

int sq_comparison_read(struct sq_ledger *ledger, const char *cluster,
                       struct sq_comparison *ret, struct sq_error *err) {
        struct comparison_work w = {.cluster = cluster};
        int rc = sq_store_read(ledger->store, read_work, &w, err);

        if (!rc)
                *ret = w.c;
        return rc;
}

static int newest_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        int64_t *compared_at = context;
        struct sq_query *query = sq_query(txn, newest_sql, "");

        (void)err;
        *compared_at = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        return SQ_OK;
}

int sq_comparison_newest(struct sq_ledger *ledger, int64_t *ret_compared_at,
                         struct sq_error *err) {
        int64_t compared_at = 0;
        int rc = sq_store_read(ledger->store, newest_work, &compared_at, err);

        if (!rc)
                *ret_compared_at = compared_at;
        return rc;
}

static int note_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct comparison_work *w = context;
        const int64_t cluster_id = sq_cluster_row(w->ledger, txn, w->cluster);

        (void)err;
        if (!sq_run(txn, update_sql, "iiiii", w->c.compared_at, w->c.charged_until, w->c.drift,
                    w->c.drift, cluster_id))
                sq_run(txn, insert_sql, "iiiii", cluster_id, w->c.compared_at,
                       w->c.charged_until, w->c.drift, w->c.drift);
        return SQ_OK;
}

int sq_comparison_note(struct sq_ledger *ledger, const char *cluster, int64_t compared_at,
                       int64_t charged_until, int64_t drift, struct sq_error *err) {
        struct comparison_work w = {
                .ledger = ledger,
                .cluster = cluster,
                .c = {.compared_at = compared_at,
                      .charged_until = charged_until,
                      .drift = drift},
        };
        int rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, note_work, &w, err);

        if (rc)
                sq_known_forget(ledger);
        return rc;
}
