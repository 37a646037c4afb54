#include "ledger/charge.h"

#include "ledger/internal.h"
#include "ledger/reservation.h"
#include "ledger/usage.h"

static const char earlier_sql[] =
        "SELECT restarts, part, end_at, resized FROM charge"
        " WHERE cluster_id = ? AND job_id = ? AND submit_at = ? AND array_task = ?"
        " ORDER BY restarts, part" SQ_FOR_UPDATE;
static const char insert_sql[] =
        "INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,"
        " entry_id, uuid, start_at, end_at, state, resized)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const struct sq_actor hook_actor = {.name = "slurmctld"};

struct charge_work {
        struct sq_ledger *ledger;
        const struct sq_run *run;
        struct sq_charged result;

        /* Set by the transaction. */
        int64_t cluster_id;
        int64_t part;
        int64_t start_at; /* where this part begins */
};

/* Looks for what is booked under the key.  False when the event is: the run has
 * ended before, or this piece of its time is covered.  The end itself is always
 * new, even in the second of a resizing: the reservation goes with it. */
static bool is_new(struct sq_txn *txn, struct charge_work *w) {
        const struct sq_run *run = w->run;
        struct sq_query *query =
                sq_query(txn, earlier_sql, "iiii", w->cluster_id, run->job_id, run->submit_at,
                         run->array_task);
        bool ended = false, covered = false;

        w->part = 0;
        w->start_at = run->start_at;
        while (sq_query_next(query)) {
                const int64_t restarts = sq_query_int(query, 0), part = sq_query_int(query, 1),
                              end = sq_query_int(query, 2);

                if (restarts != run->restarts && restarts != SQ_RESTARTS_UNKNOWN &&
                    run->restarts != SQ_RESTARTS_UNKNOWN)
                        continue;
                ended = ended || !sq_query_int(query, 3);
                covered = covered || end >= run->end_at;
                if (w->part <= part)
                        w->part = part + 1;
                if (w->start_at > 0 && end > w->start_at)
                        w->start_at = end < run->end_at ? end : run->end_at;
        }
        return !ended && !(run->resized && covered);
}

/* Takes the run's tasks off its reservation.  A UUID that belongs to another
 * user's job (a comment that somebody copied) is nobody's. */
static void release(struct sq_txn *txn, struct charge_work *w, int64_t user_id,
                    struct sq_deltas *deltas) {
        const struct sq_run *run = w->run;
        struct sq_held held;

        sq_held_read(txn, run->uuid, run->array_task, &held);
        if (!held.found && run->array_task != SQ_NO_TASK)
                sq_held_read(txn, run->uuid, SQ_NO_TASK, &held);
        if (!held.found || held.user_id != user_id)
                return;
        sq_held_release(txn, run->uuid, &held, run->tasks, deltas);
        w->result.released = true;
}

static void append(struct sq_txn *txn, struct charge_work *w, int64_t user_id,
                   int64_t account_id) {
        const struct sq_run *run = w->run;
        int64_t entry = sq_entry_append(txn, "charge", user_id, account_id, &hook_actor);

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                if (w->result.amounts.of[r].seconds)
                        sq_entry_add_line(txn, entry, (enum sq_resource)r,
                                          w->result.amounts.of[r]);
        sq_run(txn, insert_sql, "iiiiiiisiisi", w->cluster_id, run->job_id, run->submit_at,
               run->array_task, run->restarts, w->part, entry, run->uuid, w->start_at,
               run->end_at, run->state, (int64_t)run->resized);
}

static int charge_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct charge_work *w = context;
        const struct sq_run *run = w->run;
        struct sq_factors factors = {0};
        struct sq_deltas deltas = {0};
        int64_t user, account;
        int rc;

        w->result = (struct sq_charged){0};
        w->cluster_id = sq_cluster_row(w->ledger, txn, run->cluster);
        if (!is_new(txn, w))
                return SQ_OK;
        if (sq_tres_has_gpus(&run->tres))
                sq_factors_read(txn, &factors);
        if (w->start_at > 0) {
                rc = sq_factors_price(&factors, &run->tres, run->end_at - w->start_at,
                                      &w->result.amounts, err);
                if (rc)
                        return rc;
        }
        user = sq_subject_ensure(txn, SQ_USER, run->user, hook_actor.name);
        account = sq_subject_ensure(txn, SQ_ACCOUNT, run->account, hook_actor.name);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        sq_subject_join(w->ledger, txn, user, account);
        append(txn, w, user, account);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const int64_t seconds = w->result.amounts.of[r].seconds;

                sq_deltas_add(&deltas, user, (enum sq_resource)r, seconds, 0, 0);
                sq_deltas_add(&deltas, account, (enum sq_resource)r, seconds, 0, 0);
        }
        if (run->uuid && !run->goes_on)
                release(txn, w, user, &deltas);
        if (w->start_at > 0) {
                rc = sq_usage_add(w->ledger, txn, run, w->start_at, user, account,
                                  &factors, err);
                if (rc)
                        return rc;
        }
        w->result.booked = true;
        return sq_deltas_apply(txn, &deltas, true, err);
}

int sq_charge(struct sq_ledger *ledger, const struct sq_run *run, struct sq_charged *ret,
              struct sq_error *err) {
        struct charge_work w = {.ledger = ledger, .run = run};
        int rc;

        if (run->start_at > 0 && run->end_at < run->start_at)
                return sq_fail(err, SQ_EINVAL, "job %lld ends before it starts",
                               (long long)run->job_id);
        rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, charge_work, &w, err);
        if (rc) {
                sq_known_forget(ledger); /* their rows may be gone with the transaction */
                return rc;
        }
        *ret = w.result;
        return SQ_OK;
}

static int look_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        static const char cluster_sql[] = "SELECT id FROM cluster WHERE name = ?";
        struct charge_work *w = context;
        struct sq_query *query = sq_query(txn, cluster_sql, "s", w->run->cluster);

        (void)err;
        w->cluster_id = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        w->result.booked = w->cluster_id && !is_new(txn, w);
        return SQ_OK;
}

int sq_charge_is_booked(struct sq_ledger *ledger, const struct sq_run *run, bool *ret,
                        struct sq_error *err) {
        struct charge_work w = {.ledger = ledger, .run = run};
        int rc = sq_store_read(ledger->store, look_work, &w, err);

        if (!rc)
                *ret = w.result.booked;
        return rc;
}
