#include "ledger/settlement.h"

#include <stdio.h>
#include <string.h>

#include "ledger/charge_row.h"
#include "ledger/internal.h"
#include "ledger/usage.h"

static const char booked_sql[] =
        "SELECT c.part, c.restarts, c.resized, c.refund_percent, e.user_id, e.account_id,"
        " l.resource_id, l.amount, c.array_task, coalesce(c.array_job_id, 0), c.end_at,"
        " c.state, u.name, a.name FROM charge c"
        " JOIN entry e ON e.id = c.entry_id"
        " LEFT JOIN entry_line l ON l.entry_id = e.id"
        " LEFT JOIN subject u ON u.id = e.user_id"
        " LEFT JOIN subject a ON a.id = e.account_id"
        " WHERE" SQ_CHARGE_IS_OF_RUN SQ_FOR_UPDATE;
/* slurmctld looks at the clock once for jobcomp and once for slurmdbd. */
static const char resized_sql[] =
        "SELECT submit_at FROM charge WHERE cluster_id = ? AND job_id = ? AND resized = 1"
        " AND end_at >= ? - 1 AND end_at <= ? + 1";

static const struct sq_actor slurmdbd = {
        .name = "slurmdbd", .reason = "slurmdbd counted another time"};

/* Slurm's word for the end of a run that another one follows. */
static const char requeued[] = "REQUEUED";

/* After a crash slurmctld may give a task's id to one of another array that was submitted
 * in the same second, and slurmdbd forgets the first: more than two is hard to think of. */
#define OTHERS 4

struct owner {
        int64_t user_id, account_id;
        struct sq_amounts amounts; /* that they are charged with */
};

/* What the ledger has of a run. */
struct booked {
        bool ended;
        int64_t end_part, end_at; /* as the end was told first */
        bool requeued;            /* and it was a requeue */
        int64_t parts, restarts;
        int64_t array_task, array_job;
        int refund_percent;
        struct owner own; /* as slurmdbd has it, */
        size_t n_others;  /* and others that were charged with it */
        struct owner other[OTHERS];
};

struct settle_work {
        struct sq_ledger *ledger;
        const struct sq_run *run;
        const struct sq_earlier_sizes *earlier;
        bool apply;
        struct sq_settled result;
};

static bool is_text(const char *text, const char *other) {
        return text && !strcmp(text, other);
}

/* Whose row of `query` it is; NULL: there are too many of them. */
static struct owner *owner_of(struct sq_query *query, const struct sq_run *run,
                              struct booked *booked) {
        const struct owner who = {.user_id = sq_query_int(query, 4),
                                  .account_id = sq_query_int(query, 5)};

        if (is_text(sq_query_text(query, 12), run->user) &&
            is_text(sq_query_text(query, 13), run->account)) {
                booked->own.user_id = who.user_id;
                booked->own.account_id = who.account_id;
                return &booked->own;
        }
        for (size_t i = 0; i < booked->n_others; i++)
                if (booked->other[i].user_id == who.user_id &&
                    booked->other[i].account_id == who.account_id)
                        return &booked->other[i];
        if (booked->n_others == OTHERS)
                return NULL;
        booked->other[booked->n_others] = who;
        return &booked->other[booked->n_others++];
}

static void read_booked(struct sq_txn *txn, int64_t cluster_id, const struct sq_run *run,
                        struct booked *ret) {
        struct sq_query *query = sq_charge_row_query(txn, booked_sql, cluster_id, run);

        *ret = (struct booked){0};
        while (sq_query_next(query)) {
                struct owner *owner;

                if (sq_query_int(query, 0) >= ret->parts)
                        ret->parts = sq_query_int(query, 0) + 1;
                ret->restarts = sq_query_int(query, 1);
                ret->array_task = sq_query_int(query, 8);
                ret->array_job = sq_query_int(query, 9);
                if (!sq_query_int(query, 2) &&
                    (!ret->ended || sq_query_int(query, 0) < ret->end_part)) {
                        ret->ended = true;
                        ret->end_part = sq_query_int(query, 0);
                        ret->end_at = sq_query_int(query, 10);
                        ret->requeued = !strcmp(sq_query_text(query, 11), requeued);
                }
                if (sq_query_int(query, 3) > ret->refund_percent)
                        ret->refund_percent = (int)sq_query_int(query, 3);
                owner = owner_of(query, run, ret);
                for (int r = 0; r < SQ_BUDGETED_RESOURCES && owner; r++)
                        if (sq_query_int(query, 6) == sq_resource_id((enum sq_resource)r))
                                owner->amounts.of[r].seconds += sq_query_int(query, 7);
        }
}

/* When a job is requeued that had ended, slurmctld sends that moment to slurmdbd as the
 * end of its run (job_mgr.c, _job_requeue_op()): what was told first is right, if it had
 * run at all. */
static int64_t end_of(const struct sq_run *run, const struct booked *booked) {
        const bool ended_before = !strcmp(run->state, requeued) && !booked->requeued &&
                                  booked->own.amounts.of[SQ_CPU].seconds > 0;

        return ended_before && booked->end_at < run->end_at ? booked->end_at : run->end_at;
}

static int64_t elapsed_of(const struct sq_run *run, const struct booked *booked) {
        const int64_t seconds = end_of(run, booked) - run->start_at - run->suspended;

        return run->start_at > 0 && seconds > 0 ? seconds : 0;
}

/* What the run should have cost, in *ret.  GPUs by the weights of its time: as much more
 * or less as the CPUs, which have none.  Where that cannot be (sizes of a resized job),
 * by the weights of now. */
static int expect(struct sq_txn *txn, const struct settle_work *w, const struct booked *booked,
                  struct sq_amounts *ret, struct sq_error *err) {
        const struct sq_run *run = w->run;
        const int64_t old_cpu = booked->own.amounts.of[SQ_CPU].seconds;
        struct sq_factors factors = {0};
        int64_t cpu;
        int rc;

        if (sq_tres_has_gpus(&run->tres))
                sq_factors_read(txn, &factors);
        rc = sq_factors_price(&factors, &run->tres, elapsed_of(run, booked), ret, err);
        if (rc)
                return rc;
        if (__builtin_add_overflow(ret->of[SQ_CPU].seconds, w->earlier->cpu_seconds, &cpu))
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        ret->of[SQ_CPU].seconds = cpu;
        if (old_cpu > 0) {
                const __int128 old_gpu = booked->own.amounts.of[SQ_GPU].seconds;
                const __int128 gpu = (old_gpu * cpu + old_cpu / 2) / old_cpu;

                if (gpu > INT64_MAX)
                        return sq_fail(err, SQ_ERANGE,
                                       "the amount is too large to be counted");
                ret->of[SQ_GPU].seconds = (int64_t)gpu;
        }
        return SQ_OK;
}

/* An entry that adds `more` to what `owner` is charged with. */
static void append(struct sq_txn *txn, const struct settle_work *w, struct booked *booked,
                   const struct owner *owner, const struct sq_amounts *more,
                   int64_t cluster_id, struct sq_deltas *deltas) {
        const struct sq_run *run = w->run;
        const struct sq_charge_row row = {
                .cluster_id = cluster_id,
                .array_task = booked->array_task,
                .array_job = booked->array_job,
                .restarts = booked->restarts,
                .part = booked->parts++,
                .entry = sq_entry_append(txn, "correction", owner->user_id,
                                         owner->account_id, &slurmdbd),
                .uuid = run->uuid,
                .start_at = run->start_at,
                .end_at = end_of(run, booked),
                .refund_percent = booked->refund_percent,
        };

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const struct sq_amount amount = more->of[r];

                if (amount.seconds)
                        sq_entry_add_line(txn, row.entry, (enum sq_resource)r, amount);
                sq_deltas_add(deltas, owner->user_id, (enum sq_resource)r, amount.seconds, 0,
                              0);
                sq_deltas_add(deltas, owner->account_id, (enum sq_resource)r, amount.seconds,
                              0, 0);
        }
        sq_charge_row_add(txn, run, &row);
        if (booked->refund_percent)
                sq_refund_append(txn, run, more, booked->refund_percent, owner->user_id,
                                 owner->account_id, deltas);
}

/* Takes the difference off the roll-up's last seconds of the run, or adds it there: those
 * of the longer one of what was booked and what is right, both without suspended time, as
 * sq_usage_add() has them. */
static int correct_usage(struct sq_txn *txn, const struct settle_work *w,
                         const struct booked *booked, const struct sq_amounts *amounts,
                         struct sq_error *err) {
        const struct sq_run *run = w->run;
        const int64_t cpus = sq_tres_count(&run->tres, "cpu");
        const int64_t more = amounts->of[SQ_CPU].seconds;
        struct sq_usage_change change = {
                .user_id = booked->own.user_id,
                .account_id = booked->own.account_id,
                .tres = &run->tres,
                .end_at = end_of(run, booked),
                .amounts = *amounts,
                .refund_percent = booked->refund_percent,
        };

        /* Of a job with several sizes only the budgets can be corrected. */
        if (cpus > 0 && more % cpus == 0 && run->start_at > 0 && !w->earlier->cpu_seconds) {
                change.seconds = more / cpus;
                change.end_at = run->start_at + elapsed_of(run, booked);
                if (more < 0)
                        change.end_at -= change.seconds;
        }
        return sq_usage_correct(w->ledger, txn, &change, err);
}

/* What slurmdbd does not count for them any more.  Of the roll-up only what is budgeted
 * can be taken back: what they had is not known. */
static int take_back(struct sq_txn *txn, const struct settle_work *w, struct booked *booked,
                     const struct owner *owner, int64_t cluster_id, struct sq_error *err) {
        struct sq_deltas deltas = {0};
        struct sq_usage_change change = {
                .user_id = owner->user_id,
                .account_id = owner->account_id,
                .tres = &w->run->tres,
                .end_at = booked->end_at,
                .refund_percent = booked->refund_percent,
        };
        int rc;

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                change.amounts.of[r].seconds = -owner->amounts.of[r].seconds;
        append(txn, w, booked, owner, &change.amounts, cluster_id, &deltas);
        rc = sq_usage_correct(w->ledger, txn, &change, err);
        return rc ? rc : sq_deltas_apply(txn, &deltas, true, err);
}

static int correct_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct settle_work *w = context;
        const int64_t cluster_id = sq_cluster_find(txn, w->run->cluster);
        struct sq_deltas deltas = {0};
        struct sq_amounts expected, more;
        struct booked booked;
        bool own_differs;
        int rc;

        w->result = (struct sq_settled){0};
        read_booked(txn, cluster_id, w->run, &booked);
        if (!booked.ended) {
                w->result.booked = true; /* to be done by sq_charge() */
                return SQ_OK;
        }
        rc = expect(txn, w, &booked, &expected, err);
        if (rc)
                return rc;
        own_differs = expected.of[SQ_CPU].seconds != booked.own.amounts.of[SQ_CPU].seconds;
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                more.of[r].seconds = own_differs ? expected.of[r].seconds -
                                                           booked.own.amounts.of[r].seconds
                                                 : 0;
                w->result.amounts.of[r] = more.of[r];
        }
        w->result.corrected = own_differs;
        for (size_t i = 0; i < booked.n_others; i++) {
                struct owner *other = &booked.other[i];

                if (!other->amounts.of[SQ_CPU].seconds)
                        continue;
                w->result.corrected = true;
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        w->result.amounts.of[r].seconds -= other->amounts.of[r].seconds;
                if (w->apply)
                        rc = take_back(txn, w, &booked, other, cluster_id, err);
                if (rc)
                        return rc;
        }
        if (!w->result.corrected || !w->apply)
                return SQ_OK;
        if (own_differs) {
                /* Who had used nothing may have been pruned since. */
                booked.own.user_id =
                        sq_subject_ensure(w->ledger, txn, SQ_USER, w->run->user,
                                          slurmdbd.name);
                booked.own.account_id =
                        sq_subject_ensure(w->ledger, txn, SQ_ACCOUNT, w->run->account,
                                          slurmdbd.name);
                if (sq_txn_status(txn))
                        return sq_txn_status(txn);
                append(txn, w, &booked, &booked.own, &more, cluster_id, &deltas);
                rc = correct_usage(txn, w, &booked, &more, err);
        }
        return rc ? rc : sq_deltas_apply(txn, &deltas, true, err);
}

int sq_settle(struct sq_ledger *ledger, const struct sq_run *run,
              const struct sq_earlier_sizes *earlier, bool apply, struct sq_settled *ret,
              struct sq_error *err) {
        struct settle_work w = {.ledger = ledger, .run = run, .earlier = earlier};
        struct sq_charged charged = {0};
        int rc;

        rc = sq_charge_row_check(run, err);
        if (rc)
                return rc;
        rc = sq_store_read(ledger->store, correct_work, &w, err);
        /* Nearly always there is nothing to do, and nobody has to wait for it. */
        if (!rc && apply && w.result.corrected) {
                w.apply = true;
                rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, correct_work, &w, err);
        }
        if (!rc && apply && w.result.booked) {
                rc = sq_charge(ledger, run, &charged, err);
                w.result.booked = !rc && charged.booked;
                w.result.released = !rc && charged.released;
                w.result.amounts = charged.amounts;
        }
        if (!rc)
                *ret = w.result;
        return rc;
}

/* --- later sizes ---------------------------------------------------------------- */

struct resized_work {
        const char *cluster;
        int64_t job_id, submit_at, result;
};

static int resized_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct resized_work *w = context;
        struct sq_query *query =
                sq_query(txn, resized_sql, "iiii", sq_cluster_find(txn, w->cluster), w->job_id,
                         w->submit_at, w->submit_at);

        (void)err;
        w->result = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        return SQ_OK;
}

int sq_settlement_resized(struct sq_ledger *ledger, const char *cluster, int64_t job_id,
                          int64_t submit_at, int64_t *ret_submit_at, struct sq_error *err) {
        struct resized_work w = {cluster, job_id, submit_at, 0};
        int rc = sq_store_read(ledger->store, resized_work, &w, err);

        if (!rc)
                *ret_submit_at = w.result;
        return rc;
}

/* --- refunds ---------------------------------------------------------------------- */

void sq_refund_append(struct sq_txn *txn, const struct sq_run *run,
                      const struct sq_amounts *charged, int percent, int64_t user_id,
                      int64_t account_id, struct sq_deltas *deltas) {
        struct sq_actor actor = {.name = "refund rules"};
        char reason[160];
        int64_t entry;

        snprintf(reason, sizeof reason, "%d%% of job %lld, which ended with %.40s", percent,
                 (long long)run->job_id, run->state);
        actor.reason = reason;
        entry = sq_entry_append(txn, "refund", user_id, account_id, &actor);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const struct sq_amount back = sq_refund_of(charged->of[r], percent);

                if (!back.seconds)
                        continue;
                sq_entry_add_line(txn, entry, (enum sq_resource)r, SQ_AMOUNT(-back.seconds));
                sq_deltas_add(deltas, user_id, (enum sq_resource)r, -back.seconds, 0, 0);
                sq_deltas_add(deltas, account_id, (enum sq_resource)r, -back.seconds, 0, 0);
        }
}
