#include "ledger/window_allowance.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

static const char read_sql[] =
        "SELECT r.name, b.window_id, b.policy_weight, b.policy_full, b.policy_limit"
        " FROM balance b JOIN resource r ON r.id = b.resource_id"
        " WHERE b.subject_id = ? AND b.policy_id = ?";
static const char clear_sql[] =
        "UPDATE balance SET policy_id = 0, policy_weight = 0, policy_full = 0,"
        " policy_limit = 0 WHERE subject_id = ? AND policy_id = ?";
static const char set_sql[] =
        "UPDATE balance SET policy_id = ?, policy_weight = ?, policy_full = ?,"
        " policy_limit = ? WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
static const char insert_sql[] =
        "INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at,"
        " first_day, last_day, since_at, until_at, consumed, uncounted, policy_id,"
        " policy_weight, policy_full, policy_limit)"
        " VALUES (?, ?, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char rows_sql[] = "SELECT resource_id, window_id, policy_id, tasks FROM balance"
                               " WHERE subject_id = ?";

void sq_window_allowance_read(struct sq_txn *txn, int64_t account_id, int64_t policy_id,
                              struct sq_kept_allowance *ret) {
        struct sq_query *query = sq_query(txn, read_sql, "ii", account_id, policy_id);

        ret->window = (enum sq_window_kind)0;
        ret->allowance.n = 0;
        while (sq_query_next(query)) {
                struct sq_allowance_item *item = &ret->allowance.item[ret->allowance.n];

                if (ret->allowance.n == SQ_QUANTITIES_MAX)
                        continue;
                ret->window = (enum sq_window_kind)sq_query_int(query, 1);
                snprintf(item->tres, sizeof item->tres, "%s", sq_query_text(query, 0));
                item->weight = sq_query_int(query, 2);
                item->full = sq_query_int(query, 3);
                item->limit = sq_query_int(query, 4);
                ret->allowance.n++;
        }
        sq_query_done(query);
}

bool sq_window_allowance_fits(const struct sq_calendar *calendar, enum sq_window_kind window,
                              int64_t now, int64_t first_day) {
        const struct sq_span span =
                sq_calendar_span(calendar, window, sq_calendar_day(calendar, now));

        return span.first_day == first_day;
}

/* Balances of cpu and gpu for all of time are there besides. */
#define ROWS_MOST (SQ_WINDOW_BALANCES_MOST + SQ_BUDGETED_RESOURCES)

/* What there is to know once of an account. */
struct account {
        struct sq_ledger *ledger;
        int64_t id, policy_id;
        enum sq_window_kind window;
        struct sq_span span;
        int64_t now, tasks;
        size_t n;
        struct {
                int64_t resource_id, policy_id;
                enum sq_window_kind window;
        } row[ROWS_MOST];
};

static void read_rows(struct sq_txn *txn, struct account *a) {
        struct sq_query *query = sq_query(txn, rows_sql, "i", a->id);

        while (sq_query_next(query)) {
                if (a->n == ROWS_MOST)
                        continue;
                a->row[a->n].resource_id = sq_query_int(query, 0);
                a->row[a->n].window = (enum sq_window_kind)sq_query_int(query, 1);
                a->row[a->n++].policy_id = sq_query_int(query, 2);
                a->tasks += sq_query_int(query, 3);
        }
        sq_query_done(query);
}

static void insert(struct sq_txn *txn, struct account *a, int64_t resource_id,
                   const struct sq_allowance_item *item, int64_t used) {
        if (a->n == ROWS_MOST)
                return;
        a->n++;
        sq_run(txn, insert_sql, "iiiiiiiiiiiiii", a->id, resource_id, (int64_t)a->window,
               a->now, a->span.first_day, a->span.last_day, a->span.since_at,
               a->span.until_at, used, a->tasks ? (int64_t)SQ_UNCOUNTED_RESERVED : (int64_t)0,
               a->policy_id, item->weight, item->full, item->limit);
}

static void set_one(struct sq_txn *txn, struct account *a, size_t rows,
                    const struct sq_allowance_item *item, int64_t used) {
        const int64_t id = sq_resource_row(a->ledger, txn, item->tres);

        for (size_t i = 0; i < rows; i++) {
                if (a->row[i].resource_id != id || a->row[i].window != a->window)
                        continue;
                if (!a->row[i].policy_id)
                        sq_run(txn, set_sql, "iiiiiii", a->policy_id, item->weight, item->full,
                               item->limit, a->id, id, (int64_t)a->window);
                return;
        }
        insert(txn, a, id, item, used);
}

void sq_window_allowance_set(struct sq_ledger *ledger, struct sq_txn *txn, int64_t account_id,
                             int64_t policy_id, enum sq_window_kind window,
                             const struct sq_allowance *allowance,
                             const struct sq_quantities *used) {
        const struct sq_calendar *calendar = &ledger->calendar;
        struct account a = {.ledger = ledger, .id = account_id, .policy_id = policy_id,
                            .window = window, .now = sq_now()};
        size_t rows;

        sq_run(txn, clear_sql, "ii", account_id, policy_id);
        if (!allowance->n)
                return;
        a.span = sq_calendar_span(calendar, window, sq_calendar_day(calendar, a.now));
        read_rows(txn, &a);
        rows = a.n;
        for (size_t i = 0; i < allowance->n; i++) {
                const struct sq_allowance_item *item = &allowance->item[i];
                const struct sq_quantity quantity = sq_quantities_get(used, item->tres);

                set_one(txn, &a, rows, item, (int64_t)(quantity.units / SQ_UNITS_PER_SECOND));
        }
        sq_window_balances_forget(ledger, account_id);
}
