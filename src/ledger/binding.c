#include "ledger/binding.h"

#include <stdio.h>

#include "base/clock.h"

static const char of_job_sql[] =
        "SELECT uuid, submit_at FROM binding"
        " WHERE cluster_id = ? AND job_id = ? AND submit_at <= ?"
        " ORDER BY submit_at DESC" SQ_FOR_UPDATE;
static const char of_uuid_sql[] =
        "SELECT cluster_id, job_id FROM binding WHERE uuid = ?" SQ_FOR_UPDATE;
static const char bind_sql[] =
        "INSERT INTO binding (uuid, cluster_id, job_id, submit_at, bound_at)"
        " VALUES (?, ?, ?, ?, ?)";
static const char taken_sql[] = "DELETE FROM binding"
                                " WHERE cluster_id = ? AND job_id = ? AND submit_at = ?";
static const char drop_sql[] = "DELETE FROM binding WHERE uuid = ? AND NOT EXISTS"
                               " (SELECT 1 FROM reservation r WHERE r.uuid = ?)";

void sq_binding_find(struct sq_txn *txn, const struct sq_job *job,
                     char ret_uuid[SQ_UUID_SIZE], bool *ret_bound) {
        struct sq_query *query;
        char earlier[SQ_UUID_SIZE] = "";
        bool exact = false, bound = false, elsewhere = false;

        ret_uuid[0] = '\0';
        *ret_bound = false;
        if (job->cluster_id) {
                query = sq_query(txn, of_job_sql, "iii", job->cluster_id, job->job_id,
                                 job->submit_at);
                if (sq_query_next(query)) {
                        snprintf(earlier, sizeof earlier, "%s", sq_query_text(query, 0));
                        exact = sq_query_int(query, 1) == job->submit_at;
                }
                sq_query_done(query);
        }
        if (!exact && job->comment) {
                query = sq_query(txn, of_uuid_sql, "s", job->comment);
                if (sq_query_next(query)) {
                        bound = sq_query_int(query, 0) == job->cluster_id &&
                                sq_query_int(query, 1) == job->job_id;
                        elsewhere = !bound;
                }
                sq_query_done(query);
                if (!elsewhere) {
                        snprintf(ret_uuid, SQ_UUID_SIZE, "%s", job->comment);
                        *ret_bound = bound;
                        return;
                }
        }
        if (exact || job->maybe_later) {
                snprintf(ret_uuid, SQ_UUID_SIZE, "%s", earlier);
                *ret_bound = earlier[0] != '\0';
        }
}

/* What slurmctld lost in a crash may be bound still to the id that it gives again, and
 * in the same second: the newer job is the one that is there. */
void sq_binding_make(struct sq_txn *txn, const char *uuid, const struct sq_job *job) {
        sq_run(txn, taken_sql, "iii", job->cluster_id, job->job_id, job->submit_at);
        sq_run(txn, bind_sql, "siiii", uuid, job->cluster_id, job->job_id, job->submit_at,
               sq_now());
}

void sq_binding_drop(struct sq_txn *txn, const char *uuid) {
        sq_run(txn, drop_sql, "ss", uuid, uuid);
}
