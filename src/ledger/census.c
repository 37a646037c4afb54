#include "ledger/census.h"

#include "ledger/internal.h"

static const char schema_sql[] = "SELECT max(number) FROM schema_migration";
static const char subjects_sql[] = "SELECT count(*) FROM subject WHERE kind = ?";
static const char reservations_sql[] = "SELECT count(DISTINCT uuid) FROM reservation";
static const char bound_sql[] = "SELECT count(*), count(missing_since) FROM binding";
static const char clusters_sql[] =
        "SELECT c.name, r.compared_at, r.charged_until, r.drift, r.drift_total"
        " FROM reconciliation r JOIN cluster c ON c.id = r.cluster_id ORDER BY c.name LIMIT ?";

static void count(struct sq_txn *txn, const char *sql, int64_t *ret, int64_t *ret_second) {
        struct sq_query *query = sq_query(txn, sql, "");

        if (sq_query_next(query)) {
                *ret = sq_query_int(query, 0);
                if (ret_second)
                        *ret_second = sq_query_int(query, 1);
        }
        sq_query_done(query);
}

static int64_t count_subjects(struct sq_txn *txn, enum sq_subject_kind kind) {
        struct sq_query *query =
                sq_query(txn, subjects_sql, "s", sq_subject_kind_name(kind));
        const int64_t n = sq_query_next(query) ? sq_query_int(query, 0) : 0;

        sq_query_done(query);
        return n;
}

static int census_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_census *census = context;

        (void)err;
        *census = (struct sq_census){0};
        count(txn, schema_sql, &census->schema, NULL);
        census->subjects[SQ_USER] = count_subjects(txn, SQ_USER);
        census->subjects[SQ_ACCOUNT] = count_subjects(txn, SQ_ACCOUNT);
        count(txn, reservations_sql, &census->reservations, NULL);
        count(txn, bound_sql, &census->bound, &census->missing);
        return SQ_OK;
}

int sq_census_take(struct sq_ledger *ledger, struct sq_census *ret, struct sq_error *err) {
        struct sq_census census;
        int rc = sq_store_read(ledger->store, census_work, &census, err);

        if (!rc)
                *ret = census;
        return rc;
}

struct each_work {
        int64_t most;
        sq_compared_fn each;
        void *payload;
};

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct each_work *w = context;
        struct sq_query *query = sq_query(txn, clusters_sql, "i", w->most);
        int rc = SQ_OK;

        (void)err;
        while (!rc && sq_query_next(query)) {
                const struct sq_comparison comparison = {
                        .compared_at = sq_query_int(query, 1),
                        .charged_until = sq_query_int(query, 2),
                        .drift = sq_query_int(query, 3),
                        .drift_total = sq_query_int(query, 4),
                };

                rc = w->each(sq_query_text(query, 0), &comparison, w->payload);
        }
        sq_query_done(query);
        return rc;
}

int sq_comparison_each(struct sq_ledger *ledger, int64_t most, sq_compared_fn each,
                       void *payload, struct sq_error *err) {
        struct each_work w = {most, each, payload};

        return sq_store_read(ledger->store, each_work, &w, err);
}
