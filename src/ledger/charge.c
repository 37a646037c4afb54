#include "ledger/charge.h"

#include "ledger/binding.h"
#include "ledger/charge_row.h"
#include "ledger/internal.h"
#include "ledger/usage.h"

static const char earlier_sql[] =
        "SELECT c.restarts, c.part, c.end_at, c.resized FROM charge c"
        " WHERE" SQ_CHARGE_IS_OF_RUN " ORDER BY c.restarts, c.part" SQ_FOR_UPDATE;
static const char waits_sql[] =
        "UPDATE reservation SET job_id = NULL, running_since = NULL, paused_at = NULL,"
        " changed_at = ? WHERE uuid = ? AND array_task = ?";

static const struct sq_actor hook_actor = {.name = "slurmctld"};

struct charge_work {
        struct sq_ledger *ledger;
        const struct sq_run *run;
        struct sq_charged result;

        /* Set by the transaction. */
        int64_t cluster_id;
        int64_t part;
        int64_t start_at; /* where this part begins */
        char uuid[SQ_UUID_SIZE];
        bool bound;
};

/* Looks for what is booked under the key.  False when the event is: the run has
 * ended before, or this piece of its time is covered.  The end itself is always
 * new, even in the second of a resizing: the reservation goes with it. */
static bool is_new(struct sq_txn *txn, struct charge_work *w) {
        const struct sq_run *run = w->run;
        struct sq_query *query = sq_charge_row_query(txn, earlier_sql, w->cluster_id, run);
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

static struct sq_job job_of(const struct charge_work *w) {
        const struct sq_run *run = w->run;

        return (struct sq_job){
                .cluster_id = w->cluster_id,
                .job_id = run->array_job > 0 ? run->array_job : run->job_id,
                .submit_at = run->submit_at,
                .maybe_later = run->restarts != 0 || run->array_task != SQ_NO_TASK,
                .comment = run->uuid,
        };
}

/* Takes the run's tasks off its reservation; one that goes on keeps them, and is known
 * by its job from now on.  A UUID that belongs to another user's job (a comment that
 * somebody copied) is nobody's. */
static void settle_reservation(struct sq_txn *txn, struct charge_work *w, int64_t user_id,
                               struct sq_deltas *deltas) {
        const struct sq_run *run = w->run;
        const struct sq_job job = job_of(w);
        struct sq_held held;

        sq_binding_find(txn, &job, w->uuid, &w->bound);
        if (!w->uuid[0])
                return;
        sq_held_read(txn, w->uuid, run->array_task, &held);
        if (!held.found && run->array_task != SQ_NO_TASK)
                sq_held_read(txn, w->uuid, SQ_NO_TASK, &held);
        if (!held.found || held.user_id != user_id)
                return;
        if (run->goes_on) {
                if (!w->bound)
                        sq_binding_make(txn, w->uuid, &job);
                if (!run->resized)
                        sq_run(txn, waits_sql, "isi", sq_ledger_change_time(w->ledger),
                               w->uuid, held.array_task);
                return;
        }
        sq_held_release(w->ledger, txn, w->uuid, &held, run->tasks,
                        sq_ledger_change_time(w->ledger), deltas);
        if (w->bound)
                sq_binding_drop(txn, w->uuid);
        else if (run->tasks < held.tasks)
                sq_binding_make(txn, w->uuid, &job);
        w->result.released = true;
}

static void append(struct sq_txn *txn, struct charge_work *w, int64_t user_id,
                   int64_t account_id) {
        const struct sq_run *run = w->run;
        const struct sq_charge_row row = {
                .cluster_id = w->cluster_id,
                .array_task = run->array_task,
                .array_job = run->array_job,
                .restarts = run->restarts,
                .part = w->part,
                .entry = sq_entry_append(txn, "charge", user_id, account_id, &hook_actor),
                .uuid = w->uuid[0] ? w->uuid : run->uuid,
                .start_at = w->start_at,
                .end_at = run->end_at,
                .resized = run->resized,
                .refund_percent = w->result.refund_percent,
        };

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                if (w->result.amounts.of[r].seconds)
                        sq_entry_add_line(txn, row.entry, (enum sq_resource)r,
                                          w->result.amounts.of[r]);
        sq_charge_row_add(txn, run, &row);
}

/* Gives back what the site's rules say, as an entry that people can see. */
static void refund(struct sq_txn *txn, struct charge_work *w, int64_t user_id,
                   int64_t account_id, struct sq_deltas *deltas) {
        const int percent = w->run->goes_on && w->run->resized
                                    ? 0
                                    : sq_refunds_percent(&w->ledger->refunds, w->run->state);

        w->result.refund_percent = 0;
        if (!percent || !w->result.amounts.of[SQ_CPU].seconds)
                return;
        w->result.refund_percent = percent;
        sq_refund_append(txn, w->run, &w->result.amounts, percent, user_id, account_id,
                         deltas);
}

/* Suspended time is taken off, as far as this part has it. */
static int64_t charged_seconds(const struct charge_work *w) {
        const int64_t seconds = w->run->end_at - w->start_at;

        return seconds > w->run->suspended ? seconds - w->run->suspended : 0;
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
                rc = sq_factors_price(&factors, &run->tres, charged_seconds(w),
                                      &w->result.amounts, err);
                if (rc)
                        return rc;
        }
        user = sq_subject_ensure(w->ledger, txn, SQ_USER, run->user, hook_actor.name);
        account = sq_subject_ensure(w->ledger, txn, SQ_ACCOUNT, run->account, hook_actor.name);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        sq_subject_join(w->ledger, txn, user, account);
        w->uuid[0] = '\0';
        settle_reservation(txn, w, user, &deltas);
        refund(txn, w, user, account, &deltas);
        append(txn, w, user, account);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const int64_t seconds = w->result.amounts.of[r].seconds;

                sq_deltas_add(&deltas, user, (enum sq_resource)r, seconds, 0, 0);
                sq_deltas_add(&deltas, account, (enum sq_resource)r, seconds, 0, 0);
        }
        if (w->start_at > 0) {
                rc = sq_usage_add(w->ledger, txn, run, w->start_at, user, account,
                                  &factors, w->result.refund_percent, err);
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

        rc = sq_charge_row_check(run, err);
        if (rc)
                return rc;
        rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, charge_work, &w, err);
        if (rc) {
                sq_known_forget(ledger); /* their rows may be gone with the transaction */
                return rc;
        }
        *ret = w.result;
        return SQ_OK;
}

static int look_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct charge_work *w = context;

        (void)err;
        w->cluster_id = sq_cluster_find(txn, w->run->cluster);
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
