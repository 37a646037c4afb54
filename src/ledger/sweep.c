#include "ledger/sweep.h"

#include <stdio.h>

#include "ledger/binding.h"
#include "ledger/internal.h"

static const char page_sql[] =
        "SELECT r.uuid, r.array_task, r.tasks, r.created_at, r.changed_at, b.job_id,"
        " b.submit_at, b.missing_since, coalesce(m.per_task, 0) * r.tasks, u.name, a.name,"
        " c.name, r.running_since FROM reservation r JOIN subject u ON u.id = r.user_id"
        " JOIN subject a ON a.id = r.account_id"
        " LEFT JOIN binding b ON b.uuid = r.uuid LEFT JOIN cluster c ON c.id = b.cluster_id"
        " LEFT JOIN reservation_amount m ON m.uuid = r.uuid AND m.array_task = r.array_task"
        " AND m.resource_id = 1"
        " WHERE (r.uuid, r.array_task) > (?, ?) ORDER BY r.uuid, r.array_task LIMIT ?";
static const char state_sql[] =
        "SELECT r.changed_at, b.uuid FROM reservation r"
        " LEFT JOIN binding b ON b.uuid = r.uuid WHERE r.uuid = ? AND r.array_task = ?"
        SQ_FOR_UPDATE;
/* A job has whatever rows it has: an array may have no pool any more. */
static const char newest_sql[] =
        "SELECT max(changed_at) FROM reservation WHERE uuid = ?" SQ_FOR_UPDATE;
static const char miss_sql[] = "UPDATE binding SET missing_since = ?"
                               " WHERE uuid = ? AND missing_since IS NULL";

struct page_work {
        const char *uuid;
        int64_t array_task, most, n;
        sq_swept_fn each;
        void *payload;
};

static int page_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct page_work *w = context;
        struct sq_query *query =
                sq_query(txn, page_sql, "sii", w->uuid, w->array_task, w->most);
        int rc = SQ_OK;

        (void)err;
        w->n = 0;
        while (!rc && sq_query_next(query)) {
                struct sq_swept row = {
                        .array_task = sq_query_int(query, 1),
                        .tasks = sq_query_int(query, 2),
                        .created_at = sq_query_int(query, 3),
                        .changed_at = sq_query_int(query, 4),
                        .runs = sq_query_int(query, 12) != 0,
                        .bound = sq_query_text(query, 11) != NULL,
                        .job_id = sq_query_int(query, 5),
                        .submit_at = sq_query_int(query, 6),
                        .missing_since = sq_query_int(query, 7),
                        .cpu = SQ_AMOUNT(sq_query_int(query, 8)),
                        .user = sq_query_text(query, 9),
                        .account = sq_query_text(query, 10),
                        .cluster = sq_query_text(query, 11),
                };

                snprintf(row.uuid, sizeof row.uuid, "%s", sq_query_text(query, 0));
                w->n++;
                rc = w->each(&row, w->payload);
        }
        sq_query_done(query);
        return rc;
}

int sq_sweep_page(struct sq_ledger *ledger, const char *uuid, int64_t array_task,
                  int64_t most, sq_swept_fn each, void *payload, int64_t *ret,
                  struct sq_error *err) {
        struct page_work w = {uuid, array_task, most, 0, each, payload};
        int rc = sq_store_read(ledger->store, page_work, &w, err);

        if (!rc)
                *ret = w.n;
        return rc;
}

struct apply_work {
        struct sq_ledger *ledger;
        struct sq_sweep_step *step;
        size_t n;
        int64_t as_of;
};

static bool may_be_missing(struct sq_txn *txn, const struct apply_work *w,
                           const struct sq_sweep_step *step) {
        struct sq_query *query = sq_query(txn, newest_sql, "s", step->uuid);
        const bool may = sq_query_next(query) && sq_query_text(query, 0) &&
                         sq_query_int(query, 0) < w->as_of;

        sq_query_done(query);
        return may;
}

static bool may_change(struct sq_txn *txn, const struct apply_work *w,
                       const struct sq_sweep_step *step) {
        struct sq_query *query = sq_query(txn, state_sql, "si", step->uuid, step->array_task);
        const bool may = sq_query_next(query) && sq_query_int(query, 0) < w->as_of &&
                         !(step->if_unbound && sq_query_text(query, 1));

        sq_query_done(query);
        return may;
}

static int apply_step(struct sq_txn *txn, const struct apply_work *w,
                      struct sq_sweep_step *step, struct sq_error *err) {
        struct sq_deltas deltas = {0};
        struct sq_held held;

        step->done = step->miss ? may_be_missing(txn, w, step) : may_change(txn, w, step);
        if (!step->done)
                return sq_txn_status(txn);
        if (step->miss) {
                sq_run(txn, miss_sql, "is", w->as_of, step->uuid);
                return sq_txn_status(txn);
        }
        sq_held_read(txn, step->uuid, step->array_task, &held);
        if (step->tasks > 0) {
                sq_held_resize(w->ledger, txn, step->uuid, &held, step->tasks, w->as_of - 1,
                               &deltas);
        } else {
                sq_held_release(w->ledger, txn, step->uuid, &held, held.tasks, w->as_of - 1,
                                &deltas);
                sq_binding_drop(txn, step->uuid);
        }
        return sq_deltas_apply(txn, &deltas, false, err);
}

static int apply_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct apply_work *w = context;
        int rc = SQ_OK;

        for (size_t i = 0; i < w->n && !rc; i++)
                rc = apply_step(txn, w, &w->step[i], err);
        return rc;
}

int sq_sweep_apply(struct sq_ledger *ledger, struct sq_sweep_step *step, size_t n,
                   int64_t as_of, struct sq_error *err) {
        struct apply_work w = {ledger, step, n, as_of};

        return sq_store_write(ledger->store, SQ_DURABLE_SOON, apply_work, &w, err);
}
