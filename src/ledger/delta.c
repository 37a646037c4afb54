/* delta.c - changes to balances, gathered per event and written once
 *
 * SQL turns a sum that does not fit into a floating point number, silently; so
 * each UPDATE says up to which value the sum fits, and changes no row above it.
 */
#include "base/clock.h"
#include "ledger/internal.h"

static const char apply_sql[] =
        "UPDATE balance SET consumed = consumed + ?, reserved = reserved + ?,"
        " tasks = tasks + ? WHERE subject_id = ? AND resource_id = ? AND window_id = ?"
        " AND consumed <= ? AND reserved <= ?";
static const char touch_sql[] =
        "UPDATE balance SET consumed = consumed + ?, reserved = reserved + ?,"
        " tasks = tasks + ?, updated_at = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?"
        " AND consumed <= ? AND reserved <= ?";

void sq_deltas_add(struct sq_deltas *deltas, int64_t subject_id, enum sq_resource resource,
                   int64_t consumed, int64_t reserved, int64_t tasks) {
        struct sq_delta *delta = NULL;

        if (!consumed && !reserved && !tasks)
                return;
        for (size_t i = 0; i < deltas->n && !delta; i++)
                if (deltas->item[i].subject_id == subject_id &&
                    deltas->item[i].resource == resource)
                        delta = &deltas->item[i];
        if (!delta && deltas->n < SQ_DELTAS_MAX) {
                delta = &deltas->item[deltas->n++];
                *delta = (struct sq_delta){.subject_id = subject_id, .resource = resource};
        }
        if (!delta || __builtin_add_overflow(delta->consumed, consumed, &delta->consumed) ||
            __builtin_add_overflow(delta->reserved, reserved, &delta->reserved) ||
            __builtin_add_overflow(delta->tasks, tasks, &delta->tasks))
                deltas->overflow = true;
}

/* The largest value to which `term` can be added. */
static int64_t room_for(int64_t term) {
        return term > 0 ? INT64_MAX - term : INT64_MAX;
}

int sq_deltas_apply(struct sq_txn *txn, const struct sq_deltas *deltas, bool touch,
                    struct sq_error *err) {
        if (deltas->overflow)
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        for (size_t i = 0; i < deltas->n; i++) {
                const struct sq_delta *d = &deltas->item[i];
                const int64_t resource = sq_resource_id(d->resource), window = SQ_WINDOW_TOTAL;
                const int64_t consumed = room_for(d->consumed);
                const int64_t reserved = room_for(d->reserved);
                int64_t changed;

                if (touch)
                        changed = sq_run(txn, touch_sql, "iiiiiiiii", d->consumed, d->reserved,
                                         d->tasks, sq_now(), d->subject_id, resource, window,
                                         consumed, reserved);
                else
                        changed = sq_run(txn, apply_sql, "iiiiiiii", d->consumed, d->reserved,
                                         d->tasks, d->subject_id, resource, window, consumed,
                                         reserved);
                if (!changed && !sq_txn_status(txn))
                        return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        }
        return SQ_OK;
}
