#include "ledger/window_count.h"

#include "ledger/internal.h"
#include "ledger/window_close.h"
#include "ledger/window_sum.h"

/* Rows that are written at a time: hooks wait for less than a millisecond. */
#define ROWS_AT_ONCE 64

static const char set_sql[] =
        "UPDATE balance SET consumed = consumed + ?, reserved = reserved + ?, uncounted = 0"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND opened_by = ?"
        " AND uncounted = ?";
static const char set_closed_sql[] =
        "UPDATE window_close SET consumed = consumed + ?, promised = promised + ?,"
        " uncounted = 0 WHERE subject_id = ? AND resource_id = ? AND window_id = ?"
        " AND first_day = ? AND entry_id = ? AND uncounted = ?";

struct count {
        struct sq_ledger *ledger;
        struct sq_window_sums sums;
        size_t first, last; /* those that are being written */
};

static void end(struct count *w) {
        sq_window_sums_clear(&w->sums);
}

static int look_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct count *w = context;

        return sq_window_sums_read(txn, false, &w->sums, err);
}

/* The window after it begins with what it leaves. */
static void carry(struct sq_txn *txn, struct count *w, const struct sq_window_sum *sum) {
        struct sq_window_balances *list =
                sq_window_balances_of(w->ledger, txn, sum->subject_id);

        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].opened_by == sum->closed_by &&
                    list->of[i].resource_id == sum->resource_id &&
                    list->of[i].window == sum->window)
                        sq_window_carry_again(w->ledger, txn, &list->of[i], list->is_account);
}

/* What is missing: events beside this one have changed the row since the picture.  A row
 * whose window was closed since then waits for the next time. */
static int write_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct count *w = context;

        (void)err;
        for (size_t i = w->first; i < w->last; i++) {
                const struct sq_window_sum *s = &w->sums.item[i];
                const int64_t consumed = s->uncounted & SQ_UNCOUNTED_CONSUMED
                                                 ? s->consumed_sum - s->consumed
                                                 : 0;
                const int64_t reserved = s->uncounted & SQ_UNCOUNTED_RESERVED
                                                 ? s->reserved_sum - s->reserved
                                                 : 0;

                if (!s->closed_by)
                        sq_run(txn, set_sql, "iiiiiii", consumed, reserved, s->subject_id,
                               s->resource_id, (int64_t)s->window, s->opened_by,
                               s->uncounted);
                else if (sq_run(txn, set_closed_sql, "iiiiiiii", consumed, reserved,
                                s->subject_id, s->resource_id, (int64_t)s->window,
                                s->span.first_day, s->closed_by, s->uncounted))
                        carry(txn, w, s);
        }
        return sq_txn_status(txn);
}

int sq_windows_count(struct sq_ledger *ledger, int64_t *ret, struct sq_error *err) {
        SQ_CLEANUP(end) struct count w = {.ledger = ledger};
        int rc = sq_store_read(ledger->store, look_work, &w, err);

        while (!rc && w.last < w.sums.n) {
                w.first = w.last;
                w.last = w.sums.n - w.first > ROWS_AT_ONCE ? w.first + ROWS_AT_ONCE : w.sums.n;
                rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, write_work, &w, err);
        }
        if (!rc && ret)
                *ret = (int64_t)w.sums.n;
        return rc;
}
