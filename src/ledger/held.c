/* held.c - rows of reservations and what they hold */
#include "ledger/internal.h"

static const char read_sql[] =
        "SELECT r.user_id, r.account_id, r.tasks, a.resource_id, a.per_task, r.job_id,"
        " r.running_since, r.paused_at, r.created_at, r.seconds"
        " FROM reservation r LEFT JOIN reservation_amount a"
        " ON a.uuid = r.uuid AND a.array_task = r.array_task"
        " WHERE r.uuid = ? AND r.array_task = ?" SQ_FOR_UPDATE;
static const char tres_sql[] =
        "SELECT tres FROM reservation WHERE uuid = ? AND array_task = ?";
static const char shrink_sql[] =
        "UPDATE reservation SET tasks = tasks - ?, changed_at = ?"
        " WHERE uuid = ? AND array_task = ?";
static const char delete_sql[] = "DELETE FROM reservation WHERE uuid = ? AND array_task = ?";
static const char forget_before_sql[] =
        "DELETE FROM reservation_before WHERE uuid = ? AND array_task = ?";
static const char delete_amounts_sql[] =
        "DELETE FROM reservation_amount WHERE uuid = ? AND array_task = ?";

void sq_held_read(struct sq_txn *txn, const char *uuid, int64_t array_task,
                  struct sq_held *ret) {
        struct sq_query *query = sq_query(txn, read_sql, "si", uuid, array_task);

        *ret = (struct sq_held){.array_task = array_task};
        while (sq_query_next(query)) {
                ret->found = true;
                ret->user_id = sq_query_int(query, 0);
                ret->account_id = sq_query_int(query, 1);
                ret->tasks = sq_query_int(query, 2);
                ret->created_at = sq_query_int(query, 8);
                ret->seconds = sq_query_int(query, 9);
                ret->progress = (struct sq_progress){
                        .job_id = sq_query_int(query, 5),
                        .running_since = sq_query_int(query, 6),
                        .paused_at = sq_query_int(query, 7),
                };
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        if (sq_query_int(query, 3) == sq_resource_id((enum sq_resource)r))
                                ret->per_task.of[r].seconds = sq_query_int(query, 4);
        }
}

struct sq_promise sq_held_promise(struct sq_txn *txn, const char *uuid,
                                  const struct sq_held *held, struct sq_tres *tres) {
        struct sq_query *query = sq_query(txn, tres_sql, "si", uuid, held->array_task);

        if (!sq_query_next(query) || !sq_tres_read(sq_query_text(query, 0), tres))
                tres->n = 0;
        sq_query_done(query);
        return (struct sq_promise){held->created_at, held->seconds, held->per_task, tres};
}

/* Takes `fewer` tasks off the windows of the user and the account. */
static void leave_windows(struct sq_ledger *ledger, struct sq_txn *txn, const char *uuid,
                          const struct sq_held *held, int64_t fewer,
                          struct sq_deltas *deltas) {
        struct sq_promise promise;
        struct sq_tres tres;

        if (!fewer || (!sq_window_balances_of(ledger, txn, held->user_id)->n &&
                       !sq_window_balances_of(ledger, txn, held->account_id)->n))
                return;
        promise = sq_held_promise(txn, uuid, held, &tres);
        if (sq_window_hold(ledger, txn, held->user_id, &promise, -fewer, NULL) ||
            sq_window_hold(ledger, txn, held->account_id, &promise, -fewer, NULL))
                deltas->overflow = true;
}

void sq_held_release(struct sq_ledger *ledger, struct sq_txn *txn, const char *uuid,
                     const struct sq_held *held, int64_t tasks, int64_t at,
                     struct sq_deltas *deltas) {
        if (tasks < 0) {
                deltas->overflow = true;
                return;
        }
        if (tasks > held->tasks)
                tasks = held->tasks;
        sq_held_resize(ledger, txn, uuid, held, held->tasks - tasks, at, deltas);
        if (tasks == held->tasks)
                sq_run(txn, forget_before_sql, "si", uuid, held->array_task);
}

void sq_held_resize(struct sq_ledger *ledger, struct sq_txn *txn, const char *uuid,
                    const struct sq_held *held, int64_t tasks, int64_t at,
                    struct sq_deltas *deltas) {
        const int64_t fewer = held->tasks - tasks;

        leave_windows(ledger, txn, uuid, held, fewer, deltas);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum sq_resource resource = (enum sq_resource)r;
                int64_t less;

                if (held->per_task.of[r].seconds == 0)
                        continue;
                if (__builtin_mul_overflow(held->per_task.of[r].seconds, fewer, &less)) {
                        deltas->overflow = true;
                        return;
                }
                sq_deltas_add(deltas, held->user_id, resource, 0, -less, -fewer);
                sq_deltas_add(deltas, held->account_id, resource, 0, -less, -fewer);
        }
        if (tasks > 0) {
                sq_run(txn, shrink_sql, "iisi", fewer, at, uuid, held->array_task);
                return;
        }
        sq_run(txn, delete_sql, "si", uuid, held->array_task);
        sq_run(txn, delete_amounts_sql, "si", uuid, held->array_task);
}
