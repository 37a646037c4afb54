#include "ledger/adjustment.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

static const char use_sql[] =
        "UPDATE balance SET consumed = ?, updated_at = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";

struct adjust_work {
        struct sq_ledger *ledger;
        enum sq_subject_kind kind;
        const char *name;
        enum sq_resource resource;
        struct sq_amount delta;
        const struct sq_actor *actor;
        struct sq_adjusted result;
};

static int refuse_unknown(const struct adjust_work *w, struct sq_error *err) {
        const char *kind = sq_subject_kind_name(w->kind);

        sq_fail(err, SQ_ENOTFOUND, "there is no %s \"%.100s\"", kind, w->name);
        sq_hint(err, "Check the name; one that no job has used yet is made by: slurm-quota"
                     " %s-quota %.100s MINUTES", kind, w->name);
        return SQ_ENOTFOUND;
}

/* What can be taken off is what is there.  That is less than nothing where slurmdbd
 * corrected a charge that had been taken off before: it stays as it is then. */
static struct sq_amount applicable(struct sq_amount delta, struct sq_amount consumed) {
        const int64_t there = consumed.seconds > 0 ? consumed.seconds : 0;

        return delta.seconds < -there ? SQ_AMOUNT(-there) : delta;
}

static int adjust_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct adjust_work *w = context;
        struct sq_deltas deltas = {0};
        struct sq_subject subject;
        int64_t entry;

        sq_subject_read(w->ledger, txn, w->kind, w->name, &subject);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        if (!subject.id)
                return refuse_unknown(w, err);
        w->result.consumed = subject.of[w->resource].consumed;
        w->result.applied = applicable(w->delta, w->result.consumed);
        if (!sq_amount_add(&w->result.consumed, w->result.applied))
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        entry = sq_entry_append(txn, "adjustment", w->kind == SQ_USER ? subject.id : 0,
                                w->kind == SQ_ACCOUNT ? subject.id : 0, w->actor);
        sq_entry_add_line(txn, entry, w->resource, w->result.applied);
        sq_deltas_add(&deltas, subject.id, w->resource, w->result.applied.seconds, 0, 0);
        return sq_deltas_apply(txn, &deltas, true, err);
}

int sq_adjust(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
              enum sq_resource resource, struct sq_amount delta, const struct sq_actor *actor,
              struct sq_adjusted *ret, struct sq_error *err) {
        struct adjust_work w = {ledger, kind, name, resource, delta, actor, {{0}, {0}}};
        int rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, adjust_work, &w, err);

        if (!rc)
                *ret = w.result;
        return rc;
}

/* --- windows ------------------------------------------------------------------------ */

struct window_work {
        struct adjust_work adjust; /* without its resource */
        const char *resource;
        enum sq_window_kind window;
};

static struct sq_window_balance *find(struct sq_window_balances *list, const char *resource,
                                      enum sq_window_kind window) {
        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].window == window && !strcmp(list->of[i].resource, resource))
                        return &list->of[i];
        return NULL;
}

static int refuse_window(const struct window_work *w, struct sq_error *err) {
        sq_fail(err, SQ_ENOTFOUND, "%s \"%.100s\" has no budget of %s for the window %s",
                sq_subject_kind_name(w->adjust.kind), w->adjust.name, w->resource,
                sq_window_kind_word(w->window));
        sq_hint(err, "See: slurm-quota budget show %s:%.100s",
                sq_subject_kind_name(w->adjust.kind), w->adjust.name);
        return SQ_ENOTFOUND;
}

static int window_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct window_work *w = context;
        struct adjust_work *a = &w->adjust;
        struct sq_window_balance *balance;
        struct sq_subject subject;
        int64_t entry;

        sq_subject_read(a->ledger, txn, a->kind, a->name, &subject);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        if (!subject.id)
                return refuse_unknown(a, err);
        balance = find(sq_window_balances_of(a->ledger, txn, subject.id), w->resource,
                       w->window);
        if (!balance)
                return refuse_window(w, err);
        a->result.consumed = SQ_AMOUNT(balance->consumed);
        a->result.applied = applicable(a->delta, a->result.consumed);
        if (!sq_amount_add(&a->result.consumed, a->result.applied))
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        entry = sq_entry_append(txn, "adjustment", a->kind == SQ_USER ? subject.id : 0,
                                a->kind == SQ_ACCOUNT ? subject.id : 0, a->actor);
        sq_entry_add_window_line(txn, entry, balance->resource_id, w->window,
                                 a->result.applied);
        sq_run(txn, use_sql, "iiiii", a->result.consumed.seconds, sq_now(), subject.id,
               balance->resource_id, (int64_t)w->window);
        return sq_txn_status(txn);
}

int sq_adjust_window(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                     const char *resource, enum sq_window_kind window,
                     struct sq_amount delta, const struct sq_actor *actor,
                     struct sq_adjusted *ret, struct sq_error *err) {
        struct window_work w = {
                {ledger, kind, name, SQ_CPU, delta, actor, {{0}, {0}}}, resource, window};
        int rc;

        for (int r = 0; r < SQ_BUDGETED_RESOURCES && window == SQ_WINDOW_TOTAL; r++)
                if (!strcmp(resource, sq_resource_name((enum sq_resource)r)))
                        return sq_adjust(ledger, kind, name, (enum sq_resource)r, delta, actor,
                                         ret, err);
        rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, window_work, &w, err);
        if (!rc)
                *ret = w.adjust.result;
        return rc;
}
