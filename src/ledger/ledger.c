#include "ledger/ledger.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

const char *sq_subject_kind_name(enum sq_subject_kind kind) {
        return kind == SQ_USER ? "user" : "account";
}

const char *sq_resource_name(enum sq_resource resource) {
        return resource == SQ_CPU ? "cpu" : "gpu";
}

int sq_ledger_open(const struct sq_store_options *options, int64_t deadline,
                   struct sq_ledger **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_ledger *ledger = calloc(1, sizeof *ledger);
        int rc;

        if (!ledger)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        ledger->calendar.fiscal_start = 1;
        rc = sq_store_open(options, deadline, &ledger->store, err);
        if (rc)
                return rc;
        *ret = SQ_TAKE(ledger);
        return SQ_OK;
}

void sq_ledger_close(struct sq_ledger *ledger) {
        if (!ledger)
                return;
        sq_store_close(ledger->store);
        sq_zone_free(ledger->zone);
        free(ledger);
}

struct sq_store *sq_ledger_store(struct sq_ledger *ledger) {
        return ledger->store;
}

void sq_known_forget(struct sq_ledger *ledger) {
        ledger->resources.n = 0;
        ledger->clusters.n = 0;
        memset(ledger->member, 0, sizeof ledger->member);
}

int64_t sq_ledger_change_time(const struct sq_ledger *ledger) {
        return ledger->as_of ? ledger->as_of - 1 : sq_now();
}

void sq_ledger_set_calendar(struct sq_ledger *ledger, struct sq_zone *zone,
                            int fiscal_start) {
        sq_zone_free(ledger->zone);
        ledger->zone = zone;
        ledger->calendar = (struct sq_calendar){zone, fiscal_start};
}

const struct sq_calendar *sq_ledger_calendar(const struct sq_ledger *ledger) {
        return &ledger->calendar;
}

void sq_ledger_set_as_of(struct sq_ledger *ledger, int64_t as_of) {
        ledger->as_of = as_of;
}

void sq_ledger_set_refunds(struct sq_ledger *ledger, const struct sq_refunds *refunds) {
        ledger->refunds = *refunds;
}

static int64_t row_of(struct sq_txn *txn, struct sq_known *known, const char *name,
                      const char *select_sql, const char *insert_sql) {
        struct sq_query *query;
        int64_t id = 0;

        for (size_t i = 0; i < known->n; i++)
                if (!strcmp(known->item[i].name, name))
                        return known->item[i].id;
        query = sq_query(txn, select_sql, "s", name);
        if (sq_query_next(query))
                id = sq_query_int(query, 0);
        sq_query_done(query);
        if (!id) {
                sq_run(txn, insert_sql, "s", name);
                id = sq_txn_last_id(txn);
        }
        if (id && known->n < SQ_KNOWN_NAMES && strlen(name) < SQ_TRES_NAME_MAX) {
                strncpy(known->item[known->n].name, name, SQ_TRES_NAME_MAX);
                known->item[known->n++].id = id;
        }
        return id;
}

int64_t sq_resource_row(struct sq_ledger *ledger, struct sq_txn *txn, const char *name) {
        static const char select_sql[] = "SELECT id FROM resource WHERE name = ?";
        static const char insert_sql[] = "INSERT INTO resource (name) VALUES (?)";

        return row_of(txn, &ledger->resources, name, select_sql, insert_sql);
}

int64_t sq_cluster_find(struct sq_txn *txn, const char *name) {
        static const char sql[] = "SELECT id FROM cluster WHERE name = ?";
        struct sq_query *query = sq_query(txn, sql, "s", name);
        const int64_t id = sq_query_next(query) ? sq_query_int(query, 0) : 0;

        sq_query_done(query);
        return id;
}

int64_t sq_cluster_row(struct sq_ledger *ledger, struct sq_txn *txn, const char *name) {
        static const char select_sql[] = "SELECT id FROM cluster WHERE name = ?";
        static const char insert_sql[] = "INSERT INTO cluster (name) VALUES (?)";

        return row_of(txn, &ledger->clusters, name, select_sql, insert_sql);
}
