/* charge_row.h - the rows of table `charge`: those of one run, and one more */
#pragma once

#include "ledger/charge.h"
#include "ledger/internal.h"

/* After "FROM charge c ... WHERE": the rows of one run, whose parameters
 * sq_charge_row_query() gives.
 *
 * slurmdbd may not know that a job is a task (what it is told first can be lost in a crash
 * of slurmctld, and of a short job the end may come before the start); its own job id and
 * submit time name it all the same: rows that have them in common are of two runs only
 * where both are known to be tasks.  What never started is no task but what was left of an
 * array, which has the id of one of its tasks. */
#define SQ_CHARGE_IS_OF_RUN                                             \
        " c.cluster_id = ? AND c.job_id = ? AND c.submit_at = ?"        \
        " AND (c.array_task = ? OR (c.array_task = -1 AND c.start_at > 0) OR ? = 1)"

/* Asks `sql`, in which SQ_CHARGE_IS_OF_RUN has the only parameters. */
struct sq_query *sq_charge_row_query(struct sq_txn *txn, const char *sql, int64_t cluster_id,
                                     const struct sq_run *run);

/* What a row has besides the run's ids, state and TRES. */
struct sq_charge_row {
        int64_t cluster_id;
        int64_t array_task, array_job; /* SQ_NO_TASK; 0 */
        int64_t restarts, part;
        int64_t entry;
        const char *uuid; /* may be NULL */
        int64_t start_at, end_at;
        bool resized;
        int refund_percent;
};

/* SQ_EINVAL when `run` ends before it starts. */
int sq_charge_row_check(const struct sq_run *run, struct sq_error *err);

void sq_charge_row_add(struct sq_txn *txn, const struct sq_run *run,
                       const struct sq_charge_row *row);
