#include "ledger/walk.h"

#define CLOCK_ERROR 3600

/* Some milliseconds; most ids have one row. */
#define STEP 10000

static const char last_sql[] = "SELECT coalesce(max(id), 0) FROM entry";
static const char time_sql[] = "SELECT at FROM entry WHERE id >= ? ORDER BY id LIMIT 1";

/* Ids that nothing was charged for are jumped over. */
static const char same_cluster_sql[] =
        "SELECT cluster_id, job_id FROM charge WHERE cluster_id = ? AND job_id < ?"
        " ORDER BY cluster_id DESC, job_id DESC LIMIT 1";
static const char next_cluster_sql[] =
        "SELECT cluster_id, job_id FROM charge WHERE cluster_id < ?"
        " ORDER BY cluster_id DESC, job_id DESC LIMIT 1";

int64_t sq_walk_last_entry(struct sq_txn *txn) {
        struct sq_query *query = sq_query(txn, last_sql, "");
        const int64_t last = sq_query_next(query) ? sq_query_int(query, 0) : 0;

        sq_query_done(query);
        return last;
}

int64_t sq_walk_first_entry(struct sq_txn *txn, int64_t since) {
        int64_t low = 1, high = since > CLOCK_ERROR ? sq_walk_last_entry(txn) + 1 : 1;

        while (low < high) {
                const int64_t middle = low + (high - low) / 2;
                struct sq_query *query = sq_query(txn, time_sql, "i", middle);
                const bool before = sq_query_next(query) &&
                                    sq_query_int(query, 0) < since - CLOCK_ERROR;

                sq_query_done(query);
                if (before)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool read_step(struct sq_query *query, struct sq_walk_step *ret) {
        const bool there = sq_query_next(query);

        if (there)
                *ret = (struct sq_walk_step){
                        .cluster_id = sq_query_int(query, 0),
                        .first = sq_query_int(query, 1) - STEP + 1,
                        .last = sq_query_int(query, 1),
                };
        sq_query_done(query);
        return there;
}

bool sq_walk_next(struct sq_txn *txn, struct sq_walk *walk, struct sq_walk_step *ret) {
        if (!read_step(sq_query(txn, same_cluster_sql, "ii", walk->cluster_id, walk->job_id),
                       ret) &&
            !read_step(sq_query(txn, next_cluster_sql, "i", walk->cluster_id), ret))
                return false;
        *walk = (struct sq_walk){ret->cluster_id, ret->first};
        return true;
}
