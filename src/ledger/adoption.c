#include "ledger/adoption.h"

#include <stdio.h>

#include "base/clock.h"
#include "ledger/internal.h"

static const char any_sql[] = "SELECT 1 FROM entry";
static const char subject_sql[] =
        "INSERT INTO subject (kind, name, created_at) VALUES (?, ?, ?)";
static const char balance_sql[] =
        "INSERT INTO balance (subject_id, resource_id, window_id, budget, consumed,"
        " updated_at) VALUES (?, ?, ?, ?, ?, ?)";
static const char reservation_sql[] =
        "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres, seconds,"
        " created_at, changed_at) VALUES (?, ?, ?, ?, ?, '', 0, ?, ?)";
static const char amount_sql[] =
        "INSERT INTO reservation_amount (uuid, array_task, resource_id, per_task)"
        " VALUES (?, ?, ?, ?)";
static const char default_sql[] =
        "INSERT INTO default_budget (kind, resource_id, window_id, budget)"
        " VALUES (?, ?, ?, ?)";
static const char factor_sql[] = "INSERT INTO gpu_factor (type, millionths) VALUES (?, ?)";

struct adopt_work {
        struct sq_ledger *ledger;
        const struct sq_adoption *what;
        const struct sq_actor *actor;
        int64_t *id; /* of each subject */
};

/* An entry about nobody says in its reason what it is about. */
static int64_t append_about(struct sq_txn *txn, const struct adopt_work *w, const char *kind,
                            const char *about) {
        char reason[700];
        const struct sq_actor who = {.name = w->actor->name, .reason = reason};

        snprintf(reason, sizeof reason, "%s%s%s", about, w->actor->reason ? ": " : "",
                 w->actor->reason ? w->actor->reason : "");
        return sq_entry_append(txn, kind, 0, 0, &who);
}

static void add_defaults(struct sq_txn *txn, const struct adopt_work *w) {
        for (size_t i = 0; i < w->what->n_defaults; i++) {
                const struct sq_default *d = &w->what->defaults[i];
                const int64_t entry =
                        append_about(txn, w, "default",
                                     d->kind == SQ_USER ? "default for users"
                                                        : "default for accounts");

                sq_entry_add_line(txn, entry, d->resource, d->limit);
                sq_run(txn, default_sql, "siii", sq_subject_kind_name(d->kind),
                       sq_resource_id(d->resource), (int64_t)SQ_WINDOW_TOTAL,
                       d->limit.seconds);
        }
}

static void add_factors(struct sq_txn *txn, const struct adopt_work *w) {
        for (size_t i = 0; i < w->what->factors.n; i++) {
                const struct sq_factor *f = &w->what->factors.item[i];
                char about[SQ_TRES_NAME_MAX + 40], weight[32];

                snprintf(about, sizeof about, "%s = %s", f->type,
                         sq_weight_text(f->millionths, weight, sizeof weight));
                append_about(txn, w, "factor", about);
                sq_run(txn, factor_sql, "si", f->type, f->millionths);
        }
}

/* Two entries: its budgets, and what it has consumed. */
static int64_t add_subject(struct sq_txn *txn, const struct adopt_work *w,
                           const struct sq_adopted_subject *s) {
        int64_t id, user, account, opened, adjusted = 0;

        sq_run(txn, subject_sql, "ssi", sq_subject_kind_name(s->kind), s->name, sq_now());
        id = sq_txn_last_id(txn);
        user = s->kind == SQ_USER ? id : 0;
        account = s->kind == SQ_ACCOUNT ? id : 0;
        opened = sq_entry_append(txn, "open", user, account, w->actor);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum sq_resource resource = (enum sq_resource)r;

                sq_entry_add_line(txn, opened, resource, s->budget.of[r]);
                if (s->consumed.of[r].seconds && !adjusted)
                        adjusted = sq_entry_append(txn, "adjustment", user, account, w->actor);
                if (s->consumed.of[r].seconds)
                        sq_entry_add_line(txn, adjusted, resource, s->consumed.of[r]);
                sq_run(txn, balance_sql, "iiiiii", id, sq_resource_id(resource),
                       (int64_t)SQ_WINDOW_TOTAL, s->budget.of[r].seconds,
                       s->consumed.of[r].seconds, s->updated_at);
        }
        return id;
}

static int add_reservation(struct sq_txn *txn, const struct adopt_work *w,
                           const struct sq_adopted_reservation *held, struct sq_error *err) {
        const int64_t user = w->id[held->user], account = w->id[held->account];
        struct sq_deltas deltas = {0};

        sq_run(txn, reservation_sql, "siiiiii", held->uuid, (int64_t)SQ_NO_TASK, user, account,
               held->tasks, held->created_at, held->created_at);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum sq_resource resource = (enum sq_resource)r;
                struct sq_amount all;

                if (!held->per_task.of[r].seconds)
                        continue;
                if (!sq_amount_scale(held->per_task.of[r], held->tasks, &all))
                        return sq_fail(err, SQ_ERANGE, "reservation %s is too large to be"
                                                       " counted", held->uuid);
                sq_run(txn, amount_sql, "siii", held->uuid, (int64_t)SQ_NO_TASK,
                       sq_resource_id(resource), held->per_task.of[r].seconds);
                sq_deltas_add(&deltas, user, resource, 0, all.seconds, held->tasks);
                sq_deltas_add(&deltas, account, resource, 0, all.seconds, held->tasks);
        }
        sq_subject_join(w->ledger, txn, user, account);
        return sq_deltas_apply(txn, &deltas, false, err);
}

static bool is_empty(struct sq_txn *txn) {
        struct sq_query *query = sq_query(txn, any_sql, "");
        const bool any = sq_query_next(query);

        sq_query_done(query);
        return !any;
}

static int adopt_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct adopt_work *w = context;
        const struct sq_adoption *what = w->what;
        int rc = SQ_OK;

        if (!is_empty(txn) && !sq_txn_status(txn))
                return sq_fail(err, SQ_EEXIST, "there is something in the ledger already");
        add_defaults(txn, w);
        add_factors(txn, w);
        for (size_t i = 0; i < what->n_subjects; i++)
                w->id[i] = add_subject(txn, w, &what->subject[i]);
        for (size_t i = 0; i < what->n_reservations && !rc; i++)
                rc = add_reservation(txn, w, &what->reservation[i], err);
        return rc;
}

int sq_adopt(struct sq_ledger *ledger, const struct sq_adoption *adoption,
             const struct sq_actor *actor, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) int64_t *id = calloc(adoption->n_subjects + 1, sizeof *id);
        struct adopt_work w = {ledger, adoption, actor, id};
        int rc;

        if (!id)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, adopt_work, &w, err);
        if (rc)
                sq_known_forget(ledger); /* memberships that are gone with the transaction */
        return rc;
}
