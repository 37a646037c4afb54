/* window_hold.c - what unfinished jobs can use of a window */
#include <string.h>

#include "ledger/internal.h"
#include "ledger/window_close.h"

static const char hold_sql[] =
        "UPDATE balance SET reserved = reserved + ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND reserved <= ?";

/* Seconds of `promise` that can lie in `span`. */
static int64_t overlap(const struct sq_promise *promise, const struct sq_span *span) {
        const int64_t from = promise->created_at > span->since_at ? promise->created_at
                                                                  : span->since_at;
        const int64_t room = span->until_at > from ? span->until_at - from : 0;

        return promise->seconds < room ? promise->seconds : room;
}

/* `part` of `whole`, rounded up. */
static int64_t part_of(int64_t amount, int64_t part, int64_t whole) {
        return (int64_t)(((__int128)amount * part + whole - 1) / whole);
}

bool sq_promise_share(const struct sq_promise *promise, int64_t resource_id,
                      const char *resource, const struct sq_span *span, int64_t tasks,
                      int64_t *ret) {
        const int64_t seconds = overlap(promise, span);
        struct sq_amount one;

        if (resource_id == sq_resource_id(SQ_CPU))
                one = promise->per_task.of[SQ_CPU];
        else if (resource_id == sq_resource_id(SQ_GPU))
                one = promise->per_task.of[SQ_GPU];
        else if (!promise->tres)
                one = SQ_AMOUNT(0);
        else if (!sq_amount_scale(SQ_AMOUNT(sq_tres_count(promise->tres, resource)),
                                  promise->seconds, &one))
                return false;
        /* Nobody knows for how long where no time was told: all of it may be now. */
        if (promise->seconds > 0)
                one.seconds = part_of(one.seconds, seconds, promise->seconds);
        return !__builtin_mul_overflow(one.seconds, tasks, ret);
}

static int hold(struct sq_txn *txn, struct sq_window_balance *balance, int64_t more,
                struct sq_error *err) {
        if (!sq_run(txn, hold_sql, "iiiii", more, balance->subject_id, balance->resource_id,
                    (int64_t)balance->window, more > 0 ? INT64_MAX - more : INT64_MAX))
                return sq_txn_status(txn) ? sq_txn_status(txn)
                                          : sq_fail(err, SQ_ERANGE, "the amount is too large"
                                                                    " to be counted");
        balance->reserved += more;
        return SQ_OK;
}

int sq_window_hold(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                   const struct sq_promise *promise, int64_t tasks, struct sq_error *err) {
        struct sq_window_balances *list = sq_window_balances_of(ledger, txn, subject_id);
        int rc = SQ_OK;

        for (size_t i = 0; i < list->n && !rc; i++) {
                struct sq_window_balance *balance = &list->of[i];
                int64_t more;

                if (!sq_promise_share(promise, balance->resource_id, balance->resource,
                                      &balance->span, tasks, &more))
                        return sq_fail(err, SQ_ERANGE,
                                       "the amount is too large to be counted");
                if (more)
                        rc = hold(txn, balance, more, err);
                if (!rc && promise->created_at < balance->span.since_at)
                        rc = sq_window_hold_late(ledger, txn, balance, list->is_account,
                                                 promise, tasks, err);
        }
        return rc ? rc : sq_txn_status(txn);
}

void sq_window_pretend(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                       const struct sq_promise *promise, int64_t tasks) {
        struct sq_window_balances *list;

        if (!subject_id)
                return;
        list = sq_window_balances_of(ledger, txn, subject_id);
        for (size_t i = 0; i < list->n; i++) {
                struct sq_window_balance *balance = &list->of[i];
                int64_t more;

                if (!sq_promise_share(promise, balance->resource_id, balance->resource,
                                      &balance->span, tasks, &more) ||
                    __builtin_add_overflow(balance->reserved, more, &balance->reserved))
                        balance->reserved = INT64_MAX;
        }
}
