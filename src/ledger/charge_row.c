#include "ledger/charge_row.h"

static const char insert_sql[] =
        "INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,"
        " entry_id, uuid, start_at, end_at, state, resized, array_job_id, tres,"
        " refund_percent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?)";

struct sq_query *sq_charge_row_query(struct sq_txn *txn, const char *sql, int64_t cluster_id,
                                     const struct sq_run *run) {
        const int64_t may_be_task = run->array_task == SQ_NO_TASK && run->start_at > 0;

        return sq_query(txn, sql, "iiiii", cluster_id, run->job_id, run->submit_at,
                        run->array_task, may_be_task);
}

int sq_charge_row_check(const struct sq_run *run, struct sq_error *err) {
        if (run->start_at > 0 && run->end_at < run->start_at)
                return sq_fail(err, SQ_EINVAL, "job %lld ends before it starts",
                               (long long)run->job_id);
        return SQ_OK;
}

void sq_charge_row_add(struct sq_txn *txn, const struct sq_run *run,
                       const struct sq_charge_row *row) {
        char tres[SQ_TRES_TEXT_SIZE];

        sq_run(txn, insert_sql, "iiiiiiisiisiisi", row->cluster_id, run->job_id,
               run->submit_at, row->array_task, row->restarts, row->part, row->entry,
               row->uuid, row->start_at, row->end_at, run->state, (int64_t)row->resized,
               row->array_job,
               run->tres.n ? sq_tres_text(&run->tres, tres, sizeof tres) : NULL,
               (int64_t)row->refund_percent);
}
