#include "ledger/adjustment.h"

#include "ledger/internal.h"

struct adjust_work {
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

        sq_subject_read(txn, w->kind, w->name, &subject);
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
        struct adjust_work w = {kind, name, resource, delta, actor, {{0}, {0}}};
        int rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, adjust_work, &w, err);

        if (!rc)
                *ret = w.result;
        return rc;
}
