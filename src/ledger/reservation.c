#include "ledger/reservation.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/binding.h"
#include "ledger/internal.h"

static const char insert_sql[] =
        "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres, seconds,"
        " created_at, changed_at, job_id, running_since, paused_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0))";
static const char insert_amount_sql[] =
        "INSERT INTO reservation_amount (uuid, array_task, resource_id, per_task)"
        " VALUES (?, ?, ?, ?)";
/* What was held before the first of the updates of which nobody knows yet whether
 * slurmctld took them. */
static const char before_sql[] =
        "INSERT INTO reservation_before (uuid, array_task, account_id, tres, seconds,"
        " changed_at) SELECT r.uuid, ?, r.account_id, r.tres, r.seconds, ?"
        " FROM reservation r WHERE r.uuid = ? AND r.array_task = ? AND NOT EXISTS"
        " (SELECT 1 FROM reservation_before b WHERE b.uuid = r.uuid AND b.array_task = ?)";
/* The task's own row comes before the pool's. */
static const char tres_sql[] = "SELECT tres FROM reservation WHERE uuid = ?"
                               " AND array_task IN (-1, ?) ORDER BY array_task DESC";

/* Who creates subjects that a job brings with it. */
static const char hook_actor[] = "slurmctld";

/* One claim on its way through a transaction. */
struct claim_work {
        struct sq_ledger *ledger;
        const struct sq_claim *claim;
        int64_t array_task;
        bool modify; /* replace what is held under the UUID */
        bool anyway; /* do not ask whether there is enough */
        bool observed; /* it is so already: slurmctld will not refuse it */
        const struct sq_progress *progress; /* NULL: it stays as it is */
        struct sq_verdict verdict;
        struct sq_decision d; /* set by the transaction */
};

static int hold(struct sq_txn *txn, const struct claim_work *w, struct sq_deltas *deltas,
                struct sq_error *err) {
        const struct sq_progress *progress = w->progress ? w->progress : &w->d.held.progress;
        const struct sq_promise promise = {w->d.created_at, w->claim->seconds,
                                           w->d.per_task, &w->claim->tres};
        const char *uuid = w->claim->uuid;
        char tres[SQ_TRES_TEXT_SIZE];
        int rc;

        sq_run(txn, insert_sql, "siiiisiiiiii", uuid, w->array_task, w->d.user.id,
               w->d.account.id, w->d.tasks, sq_tres_text(&w->claim->tres, tres, sizeof tres),
               w->claim->seconds, w->d.created_at, sq_ledger_change_time(w->ledger),
               progress->job_id, progress->running_since, progress->paused_at);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum sq_resource resource = (enum sq_resource)r;

                if (w->d.per_task.of[r].seconds == 0)
                        continue;
                sq_run(txn, insert_amount_sql, "siii", uuid, w->array_task,
                       sq_resource_id(resource), w->d.per_task.of[r].seconds);
                sq_deltas_add(deltas, w->d.user.id, resource, 0, w->d.total.of[r].seconds,
                              w->d.tasks);
                sq_deltas_add(deltas, w->d.account.id, resource, 0, w->d.total.of[r].seconds,
                              w->d.tasks);
        }
        sq_subject_join(w->ledger, txn, w->d.user.id, w->d.account.id);
        rc = sq_window_hold(w->ledger, txn, w->d.user.id, &promise, w->d.tasks, err);
        return rc ? rc : sq_window_hold(w->ledger, txn, w->d.account.id, &promise,
                                        w->d.tasks, err);
}

/* Finds what the job holds: the task's own row, else the pool. */
static void find_held(struct sq_txn *txn, struct claim_work *w) {
        const char *uuid = w->claim->uuid;

        sq_held_read(txn, uuid, w->array_task, &w->d.held);
        if (!w->d.held.found && w->array_task != SQ_NO_TASK)
                sq_held_read(txn, uuid, SQ_NO_TASK, &w->d.held);
        if (!w->d.held.found)
                return;
        if (w->array_task == SQ_NO_TASK)
                w->d.tasks = w->d.held.tasks;
        else
                w->d.tasks = 1;
        w->d.created_at = w->d.held.created_at;
        w->d.before = sq_held_promise(txn, uuid, &w->d.held, &w->d.held_tres);
}

/* An update shows the job with its id. */
static void bind(struct sq_txn *txn, const struct claim_work *w) {
        const struct sq_claim *claim = w->claim;
        const struct sq_job job = {
                .cluster_id = sq_cluster_row(w->ledger, txn, claim->cluster),
                .job_id = claim->job_id,
                .submit_at = claim->submit_at,
                .maybe_later = true,
                .comment = claim->uuid,
        };
        char uuid[SQ_UUID_SIZE];
        bool bound;

        sq_binding_find(txn, &job, uuid, &bound);
        if (!bound && !strcmp(uuid, claim->uuid)) /* else it is another job's */
                sq_binding_make(txn, claim->uuid, &job);
}

static void replace_held(struct sq_txn *txn, const struct claim_work *w,
                         struct sq_deltas *deltas) {
        const char *uuid = w->claim->uuid;
        const int64_t now = sq_ledger_change_time(w->ledger);

        if (!w->observed)
                sq_run(txn, before_sql, "iisii", w->array_task, now, uuid,
                       w->d.held.array_task, w->array_task);
        if (w->d.held.array_task == w->array_task) /* its place is taken at once */
                sq_held_resize(w->ledger, txn, uuid, &w->d.held,
                               w->d.held.tasks - w->d.tasks, now, deltas);
        else
                sq_held_release(w->ledger, txn, uuid, &w->d.held, w->d.tasks, now, deltas);
}

static int claim_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct claim_work *w = context;
        struct sq_deltas deltas = {0};
        int rc;

        w->d = (struct sq_decision){
                .claim = w->claim, .tasks = w->claim->tasks, .created_at = sq_now()};
        if (w->modify || w->anyway) /* a new UUID is nobody's; the key sees to that */
                find_held(txn, w);
        if (w->d.held.found && !w->modify)
                return SQ_OK;
        rc = sq_decision_price(txn, &w->d, err);
        if (rc)
                return rc;
        sq_subject_read(w->ledger, txn, SQ_USER, w->claim->user, &w->d.user);
        sq_subject_read(w->ledger, txn, SQ_ACCOUNT, w->claim->account, &w->d.account);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        if (w->d.held.found && w->d.held.user_id != w->d.user.id)
                return sq_fail(err, SQ_EEXIST, "reservation %s belongs to another user",
                               w->claim->uuid);
        if (!sq_decision_make(w->ledger, txn, &w->d, &w->verdict) && !w->anyway) {
                w->verdict.longest = sq_decision_longest(w->ledger, txn, &w->d);
                return SQ_OK;
        }
        w->verdict.accepted = true;
        if (!w->d.user.id)
                sq_subject_create(txn, &w->d.user, hook_actor);
        if (!w->d.account.id)
                sq_subject_create(txn, &w->d.account, hook_actor);
        if (w->d.held.found)
                replace_held(txn, w, &deltas);
        rc = hold(txn, w, &deltas, err);
        if (rc)
                return rc;
        if (w->modify && w->claim->cluster)
                bind(txn, w);
        return sq_deltas_apply(txn, &deltas, false, err);
}

int sq_claim_replace(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_claim *claim, int64_t array_task,
                     const struct sq_progress *progress, struct sq_error *err) {
        struct claim_work w = {
                .ledger = ledger,
                .claim = claim,
                .array_task = array_task,
                .modify = true,
                .anyway = true,
                .observed = true,
                .progress = progress,
        };

        return claim_work(txn, &w, err);
}

struct find_work {
        const struct sq_job_key *key;
        struct sq_found *ret;
        bool found;
};

static int find_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct find_work *w = context;
        const struct sq_job job = {
                .cluster_id = sq_cluster_find(txn, w->key->cluster),
                .job_id = w->key->job_id,
                .submit_at = w->key->submit_at,
                .maybe_later = true,
                .comment = w->key->comment,
        };
        struct sq_query *query;
        bool bound;

        (void)err;
        w->found = false;
        sq_binding_find(txn, &job, w->ret->uuid, &bound);
        if (!w->ret->uuid[0])
                return SQ_OK;
        query = sq_query(txn, tres_sql, "si", w->ret->uuid, w->key->array_task);
        w->found = sq_query_next(query);
        if (w->found)
                snprintf(w->ret->tres, sizeof w->ret->tres, "%s", sq_query_text(query, 0));
        sq_query_done(query);
        return SQ_OK;
}

int sq_reservation_find(struct sq_ledger *ledger, const struct sq_job_key *job,
                        struct sq_found *ret, struct sq_error *err) {
        struct find_work w = {.key = job, .ret = ret};
        int rc = sq_store_read(ledger->store, find_work, &w, err);

        if (!rc && !w.found)
                return sq_fail(err, SQ_ENOTFOUND, "job %lld has no reservation",
                               (long long)job->job_id);
        return rc;
}

static int claim(struct sq_ledger *ledger, struct claim_work *w, struct sq_verdict *ret,
                 struct sq_error *err) {
        int rc;

        if (w->claim->tasks < 1 || w->claim->seconds < 0)
                return sq_fail(err, SQ_EINVAL, "a job has at least one task and no negative"
                                               " time");
        w->ledger = ledger;
        rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, claim_work, w, err);
        if (rc) {
                sq_known_forget(ledger); /* rows may be gone with the transaction */
                return rc;
        }
        if (ret)
                *ret = w->verdict;
        return SQ_OK;
}

int sq_reserve(struct sq_ledger *ledger, const struct sq_claim *c, struct sq_verdict *ret,
               struct sq_error *err) {
        struct claim_work w = {.claim = c, .array_task = SQ_NO_TASK};

        return claim(ledger, &w, ret, err);
}

int sq_reserve_anyway(struct sq_ledger *ledger, const struct sq_claim *c,
                      struct sq_error *err) {
        struct claim_work w = {.claim = c, .array_task = SQ_NO_TASK, .anyway = true};

        return claim(ledger, &w, NULL, err);
}

int sq_reserve_modified(struct sq_ledger *ledger, const struct sq_claim *c, int64_t array_task,
                        bool anyway, struct sq_verdict *ret, struct sq_error *err) {
        struct claim_work w = {
                .claim = c, .array_task = array_task, .modify = true, .anyway = anyway};

        return claim(ledger, &w, ret, err);
}
