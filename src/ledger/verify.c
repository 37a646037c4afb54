#include "ledger/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "ledger/internal.h"

/* What the entries say was consumed, per subject and resource.  A charge counts
 * for its user and its account. */
static const char consumed_sql[] =
        "SELECT s.kind, s.name, r.name, b.consumed, coalesce(t.total, 0)"
        " FROM balance b JOIN subject s ON s.id = b.subject_id"
        " JOIN resource r ON r.id = b.resource_id"
        " LEFT JOIN (SELECT x.subject_id, x.resource_id, x.window_id, sum(x.amount) AS total"
        "  FROM (SELECT e.user_id AS subject_id, l.resource_id, l.window_id, l.amount"
        "   FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "   WHERE e.kind IN ('charge', 'adjustment', 'refund') AND e.user_id IS NOT NULL"
        "   UNION ALL"
        "   SELECT e.account_id, l.resource_id, l.window_id, l.amount"
        "   FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "   WHERE e.kind IN ('charge', 'adjustment', 'refund') AND e.account_id IS NOT NULL"
        "  ) x GROUP BY x.subject_id, x.resource_id, x.window_id) t"
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"
        " AND t.window_id = b.window_id"
        " WHERE b.consumed <> coalesce(t.total, 0) ORDER BY s.kind, s.name, r.id";

/* What the reservations say is promised; and the same for the number of tasks. */
#define HELD_SQL(column, sum)                                                             \
        "SELECT s.kind, s.name, r.name, b." column ", coalesce(t.total, 0)"               \
        " FROM balance b JOIN subject s ON s.id = b.subject_id"                           \
        " JOIN resource r ON r.id = b.resource_id"                                        \
        " LEFT JOIN (SELECT x.subject_id, x.resource_id, sum(x.total) AS total"           \
        "  FROM (SELECT v.user_id AS subject_id, a.resource_id, " sum " AS total"         \
        "   FROM reservation v JOIN reservation_amount a"                                 \
        "   ON a.uuid = v.uuid AND a.array_task = v.array_task"                           \
        "   UNION ALL"                                                                    \
        "   SELECT v.account_id, a.resource_id, " sum                                     \
        "   FROM reservation v JOIN reservation_amount a"                                 \
        "   ON a.uuid = v.uuid AND a.array_task = v.array_task"                           \
        "  ) x GROUP BY x.subject_id, x.resource_id) t"                                   \
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"               \
        " WHERE b.window_id = 1 AND b." column " <> coalesce(t.total, 0)"                 \
        " ORDER BY s.kind, s.name, r.id"

static const char reserved_sql[] = HELD_SQL("reserved", "v.tasks * a.per_task");
static const char tasks_sql[] = HELD_SQL("tasks", "v.tasks");

/* The budget that the last entry about it set. */
static const char budget_sql[] =
        "SELECT s.kind, s.name, r.name, b.budget, l.amount"
        " FROM balance b JOIN subject s ON s.id = b.subject_id"
        " JOIN resource r ON r.id = b.resource_id"
        " JOIN (SELECT x.subject_id, x.resource_id, x.window_id, max(x.entry_id) AS entry_id"
        "  FROM (SELECT coalesce(e.user_id, e.account_id) AS subject_id, l.resource_id,"
        "   l.window_id, e.id AS entry_id FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "   WHERE e.kind IN ('open', 'budget')) x"
        "  GROUP BY x.subject_id, x.resource_id, x.window_id) t"
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"
        " AND t.window_id = b.window_id"
        " JOIN entry_line l ON l.entry_id = t.entry_id AND l.resource_id = b.resource_id"
        " AND l.window_id = b.window_id"
        " WHERE b.budget <> l.amount ORDER BY s.kind, s.name, r.id";

/* The roll-up of a user and account against their charges. */
static const char usage_sql[] =
        "SELECT u.kind, u.name || ' in ' || a.name, r.name, sum(x.days), sum(x.charges)"
        " FROM (SELECT user_id, account_id, resource_id, amount AS days, 0 AS charges"
        "  FROM usage_day WHERE resource_id IN (1, 2)"
        "  UNION ALL"
        "  SELECT e.user_id, e.account_id, l.resource_id, 0, l.amount"
        "  FROM entry e JOIN entry_line l ON l.entry_id = e.id WHERE e.kind = 'charge') x"
        " JOIN subject u ON u.id = x.user_id JOIN subject a ON a.id = x.account_id"
        " JOIN resource r ON r.id = x.resource_id"
        " GROUP BY x.user_id, x.account_id, x.resource_id"
        " HAVING sum(x.days) <> sum(x.charges) ORDER BY u.name, a.name, r.id";

/* Rows that point to nothing, by table. */
static const char orphans_sql[] =
        "SELECT 'charge', count(*) FROM charge c LEFT JOIN entry e ON e.id = c.entry_id"
        " WHERE e.id IS NULL"
        " UNION ALL SELECT 'entry_line', count(*) FROM entry_line l"
        " LEFT JOIN entry e ON e.id = l.entry_id WHERE e.id IS NULL"
        " UNION ALL SELECT 'charge entry', count(*) FROM entry e"
        " LEFT JOIN charge c ON c.entry_id = e.id"
        " WHERE e.kind = 'charge' AND c.entry_id IS NULL"
        " UNION ALL SELECT 'reservation_amount', count(*) FROM reservation_amount a"
        " LEFT JOIN reservation v ON v.uuid = a.uuid AND v.array_task = a.array_task"
        " WHERE v.uuid IS NULL"
        " UNION ALL SELECT 'reservation', count(*) FROM reservation v"
        " LEFT JOIN subject u ON u.id = v.user_id AND u.kind = 'user'"
        " LEFT JOIN subject a ON a.id = v.account_id AND a.kind = 'account'"
        " WHERE u.id IS NULL OR a.id IS NULL"
        " UNION ALL SELECT 'balance', count(*) FROM balance b"
        " LEFT JOIN subject s ON s.id = b.subject_id WHERE s.id IS NULL"
        " UNION ALL SELECT 'balance without a budget entry', count(*) FROM balance b"
        " LEFT JOIN (SELECT DISTINCT coalesce(e.user_id, e.account_id) AS subject_id,"
        "  l.resource_id, l.window_id FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "  WHERE e.kind IN ('open', 'budget')) t"
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"
        " AND t.window_id = b.window_id WHERE t.subject_id IS NULL"
        " UNION ALL SELECT 'subject without balances', count(*) FROM subject s"
        " WHERE (SELECT count(*) FROM balance b WHERE b.subject_id = s.id) < 2";

struct verify_work {
        sq_difference_fn each;
        void *payload;
        int64_t differences;
};

__attribute__((format(printf, 2, 3)))
static void report(struct verify_work *w, const char *format, ...) {
        char line[512];
        va_list args;

        va_start(args, format);
        vsnprintf(line, sizeof line, format, args);
        va_end(args);
        w->differences++;
        w->each(line, w->payload);
}

static void compare(struct sq_txn *txn, struct verify_work *w, const char *sql,
                    const char *what, const char *truth) {
        struct sq_query *query = sq_query(txn, sql, "");

        while (sq_query_next(query))
                report(w, "%s %s: %s of %s is %" PRId64 ", %s say %" PRId64,
                       sq_query_text(query, 0), sq_query_text(query, 1), what,
                       sq_query_text(query, 2), sq_query_int(query, 3), truth,
                       sq_query_int(query, 4));
}

static int verify_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct verify_work *w = context;
        struct sq_query *query;

        (void)err;
        w->differences = 0;
        compare(txn, w, budget_sql, "budget", "the entries");
        compare(txn, w, consumed_sql, "consumed", "the entries");
        compare(txn, w, reserved_sql, "reserved", "the reservations");
        compare(txn, w, tasks_sql, "number of unfinished tasks", "the reservations");
        compare(txn, w, usage_sql, "roll-up", "the charges");
        query = sq_query(txn, orphans_sql, "");
        while (sq_query_next(query))
                if (sq_query_int(query, 1))
                        report(w, "%s: %" PRId64 " rows point to nothing",
                               sq_query_text(query, 0), sq_query_int(query, 1));
        return SQ_OK;
}

int sq_verify(struct sq_ledger *ledger, sq_difference_fn each, void *payload,
              int64_t *ret_differences, struct sq_error *err) {
        struct verify_work w = {.each = each, .payload = payload};
        int rc = sq_store_read(ledger->store, verify_work, &w, err);

        if (!rc)
                *ret_differences = w.differences;
        return rc;
}
