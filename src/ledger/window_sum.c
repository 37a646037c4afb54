#include "ledger/window_sum.h"

#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "ledger/internal.h"

#define ROWS                                                                              \
        "SELECT b.subject_id, s.kind = 'account', b.resource_id, r.name, b.window_id,"    \
        " b.first_day, b.last_day, b.since_at, b.until_at, b.budget, b.carried,"          \
        " b.carryover, b.carryover_value, b.opened_by, 0 AS closed_by, 0, 0, b.uncounted," \
        " b.consumed, b.reserved FROM balance b JOIN subject s ON s.id = b.subject_id"    \
        " JOIN resource r ON r.id = b.resource_id"
#define RECORDS                                                                           \
        "SELECT c.subject_id, s.kind = 'account', c.resource_id, r.name, c.window_id,"    \
        " c.first_day, c.last_day, c.since_at, c.until_at, c.budget, c.carried,"          \
        " c.carryover, c.carryover_value, c.opened_by, c.entry_id, c.carried_over,"       \
        " EXISTS (SELECT 1 FROM balance l WHERE l.subject_id = c.subject_id"              \
        "  AND l.resource_id = c.resource_id AND l.window_id = c.window_id"               \
        "  AND l.opened_by = c.entry_id), c.uncounted, c.consumed, c.promised"            \
        " FROM window_close c JOIN subject s ON s.id = c.subject_id"                      \
        " JOIN resource r ON r.id = c.resource_id"

static const char all_sql[] = ROWS " WHERE b.resource_id > 2 OR b.window_id > 1"
                                   " UNION ALL " RECORDS;
/* Asked every minute, so by an index of those that are not counted; which an ORDER BY would
 * keep SQLite from. */
static const char uncounted_sql[] = ROWS " WHERE b.uncounted <> 0"
                                         " UNION ALL " RECORDS
                                         " WHERE c.uncounted > 0";
static const char user_usage_sql[] =
        "SELECT coalesce(sum(amount - refunded), 0) FROM usage_day WHERE user_id = ?"
        " AND resource_id = ? AND day >= ? AND day <= ?";
/* User by user, since that is the order of the days. */
static const char account_usage_sql[] =
        "SELECT coalesce(sum(d.amount - d.refunded), 0) FROM subject u JOIN usage_day d"
        " ON d.user_id = u.id WHERE u.kind = 'user' AND d.account_id = ?"
        " AND d.resource_id = ? AND d.day >= ? AND d.day <= ?";
/* What people added in the window while it was open. */
static const char adjusted_sql[] =
        "SELECT coalesce(sum(l.amount), 0) FROM entry e JOIN entry_line l"
        " ON l.entry_id = e.id WHERE e.id > ? AND e.id < ? AND e.kind = 'adjustment'"
        " AND coalesce(e.user_id, e.account_id) = ? AND l.resource_id = ?"
        " AND l.window_id = ?";
static const char held_sql[] =
        "SELECT v.user_id, v.account_id, v.tasks, v.seconds, v.created_at, v.tres,"
        " coalesce(c.per_task, 0), coalesce(g.per_task, 0) FROM reservation v"
        " LEFT JOIN reservation_amount c"
        " ON c.uuid = v.uuid AND c.array_task = v.array_task AND c.resource_id = 1"
        " LEFT JOIN reservation_amount g"
        " ON g.uuid = v.uuid AND g.array_task = v.array_task AND g.resource_id = 2";

void sq_window_sums_clear(struct sq_window_sums *sums) {
        free(sums->item);
        *sums = (struct sq_window_sums){0};
}

static void read_row(struct sq_query *query, struct sq_window_sum *sum) {
        *sum = (struct sq_window_sum){
                .subject_id = sq_query_int(query, 0),
                .is_account = sq_query_int(query, 1) != 0,
                .resource_id = sq_query_int(query, 2),
                .window = (enum sq_window_kind)sq_query_int(query, 4),
                .span = {sq_query_int(query, 5), sq_query_int(query, 6),
                         sq_query_int(query, 7), sq_query_int(query, 8)},
                .budget = sq_query_int(query, 9),
                .carried = sq_query_int(query, 10),
                .carryover = {(enum sq_carryover_mode)sq_query_int(query, 11),
                              sq_query_int(query, 12)},
                .opened_by = sq_query_int(query, 13),
                .closed_by = sq_query_int(query, 14),
                .carried_over = sq_query_int(query, 15),
                .is_last = sq_query_int(query, 16) != 0,
                .uncounted = sq_query_int(query, 17),
                .consumed = sq_query_int(query, 18),
                .reserved = sq_query_int(query, 19),
        };
        snprintf(sum->resource, sizeof sum->resource, "%s", sq_query_text(query, 3));
}

static int by_number(int64_t a, int64_t b) {
        return (a > b) - (a < b);
}

static int compare(const void *a, const void *b) {
        const struct sq_window_sum *x = a, *y = b;
        int order = by_number(x->subject_id, y->subject_id);

        if (!order)
                order = by_number(x->resource_id, y->resource_id);
        if (!order)
                order = by_number(x->window, y->window);
        return order ? order : by_number(x->opened_by, y->opened_by);
}

static int64_t one_number(struct sq_query *query) {
        const int64_t number = sq_query_next(query) ? sq_query_int(query, 0) : 0;

        sq_query_done(query);
        return number;
}

static bool sum_consumed(struct sq_txn *txn, struct sq_window_sum *sum) {
        const int64_t used = one_number(sq_query(
                txn, sum->is_account ? account_usage_sql : user_usage_sql, "iiii",
                sum->subject_id, sum->resource_id, sum->span.first_day, sum->span.last_day));
        const int64_t adjusted = one_number(
                sq_query(txn, adjusted_sql, "iiiii", sum->opened_by,
                         sum->closed_by ? sum->closed_by : INT64_MAX, sum->subject_id,
                         sum->resource_id, (int64_t)sum->window));

        return !__builtin_add_overflow(used, adjusted, &sum->consumed_sum);
}

/* --- what is reserved ------------------------------------------------------------------ */

static bool is_reserved_in(const struct sq_window_sum *sum) {
        return !sum->closed_by ||
               (sum->is_last && sum->carryover.mode != SQ_CARRYOVER_NONE);
}

/* The first of a subject; behind the last when there is none. */
static size_t find(const struct sq_window_sums *sums, int64_t subject_id) {
        size_t low = 0, high = sums->n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;

                if (sums->item[middle].subject_id < subject_id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool add_held(struct sq_window_sums *sums, int64_t subject_id,
                     const struct sq_promise *promise, int64_t tasks) {
        for (size_t i = find(sums, subject_id);
             i < sums->n && sums->item[i].subject_id == subject_id; i++) {
                struct sq_window_sum *sum = &sums->item[i];
                int64_t share;

                if (is_reserved_in(sum) &&
                    (!sq_promise_share(promise, sum->resource_id, sum->resource, &sum->span,
                                       tasks, &share) ||
                     __builtin_add_overflow(sum->reserved_sum, share, &sum->reserved_sum)))
                        return false;
        }
        return true;
}

/* TRES are read only where somebody asks for others than cpu and gpu. */
static bool sum_reserved(struct sq_txn *txn, struct sq_window_sums *sums) {
        struct sq_query *query = sq_query(txn, held_sql, "");
        struct sq_tres tres = {0};
        bool of_tres = false, fits = true;

        for (size_t i = 0; i < sums->n; i++)
                of_tres = of_tres || sums->item[i].resource_id > sq_resource_id(SQ_GPU);
        while (fits && sq_query_next(query)) {
                const int64_t tasks = sq_query_int(query, 2);
                const struct sq_promise promise = {
                        .created_at = sq_query_int(query, 4),
                        .seconds = sq_query_int(query, 3),
                        .per_task.of = {[SQ_CPU] = SQ_AMOUNT(sq_query_int(query, 6)),
                                        [SQ_GPU] = SQ_AMOUNT(sq_query_int(query, 7))},
                        .tres = &tres,
                };

                if (of_tres && !sq_tres_read(sq_query_text(query, 5), &tres))
                        tres.n = 0;
                fits = add_held(sums, sq_query_int(query, 0), &promise, tasks) &&
                       add_held(sums, sq_query_int(query, 1), &promise, tasks);
        }
        sq_query_done(query);
        return fits;
}

int sq_window_sums_read(struct sq_txn *txn, bool all, struct sq_window_sums *ret,
                        struct sq_error *err) {
        struct sq_query *query = sq_query(txn, all ? all_sql : uncounted_sql, "");
        bool fits = true, reserved = false;

        ret->n = 0;
        while (sq_query_next(query)) {
                if (!sq_grow(&ret->item, ret->n + 1, &ret->room, sizeof *ret->item))
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                read_row(query, &ret->item[ret->n++]);
        }
        if (ret->n)
                qsort(ret->item, ret->n, sizeof *ret->item, compare);
        for (size_t i = 0; i < ret->n && fits; i++) {
                struct sq_window_sum *sum = &ret->item[i];

                fits = sum_consumed(txn, sum);
                reserved = reserved || is_reserved_in(sum);
                if (!is_reserved_in(sum))
                        sum->reserved_sum = sum->reserved;
        }
        if (fits && reserved)
                fits = sum_reserved(txn, ret);
        if (!fits)
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        return sq_txn_status(txn);
}
