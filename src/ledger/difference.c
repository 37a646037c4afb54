#include "ledger/difference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "ledger/internal.h"
#include "ledger/window_close.h"
#include "ledger/window_sum.h"

/* --- SQL ------------------------------------------------------------------------- */

/* What every query of amounts begins with, in the order of read_difference(). */
#define COLUMNS "SELECT s.kind, s.name, s.id, r.name, r.id, b.window_id, "

/* A column of all balances; one that is missing counts as 0. */
#define BALANCES(column)                                                                  \
        " FROM (SELECT subject_id, resource_id, window_id, " column " AS value"           \
        "  FROM balance UNION ALL SELECT s.id, r.id, 1, 0 FROM subject s"                 \
        "  JOIN resource r ON r.id <= 2 LEFT JOIN balance n ON n.subject_id = s.id"       \
        "  AND n.resource_id = r.id AND n.window_id = 1 WHERE n.subject_id IS NULL) b"    \
        " JOIN subject s ON s.id = b.subject_id JOIN resource r ON r.id = b.resource_id"

/* Those of windows and of other TRES are summed up elsewhere (find_windows()). */
#define OF_TOTALS " b.window_id = 1 AND b.resource_id <= 2"

/* What the entries say was consumed, per subject and resource.  Those of runs count for
 * the user and the account. */
#define CONSUMING "e.kind IN ('charge', 'correction', 'adjustment', 'refund')"
static const char consumed_sql[] =
        COLUMNS "b.value, coalesce(t.total, 0)" BALANCES("consumed")
        " LEFT JOIN (SELECT x.subject_id, x.resource_id, x.window_id, sum(x.amount) AS total"
        "  FROM (SELECT e.user_id AS subject_id, l.resource_id, l.window_id, l.amount"
        "   FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "   WHERE " CONSUMING " AND e.user_id IS NOT NULL"
        "   UNION ALL"
        "   SELECT e.account_id, l.resource_id, l.window_id, l.amount"
        "   FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "   WHERE " CONSUMING " AND e.account_id IS NOT NULL"
        "  ) x GROUP BY x.subject_id, x.resource_id, x.window_id) t"
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"
        " AND t.window_id = b.window_id WHERE" OF_TOTALS " AND b.value <> coalesce(t.total, 0)";

/* What the reservations say is promised; and the same for the number of tasks. */
#define HELD_SQL(column, sum)                                                             \
        COLUMNS "b.value, coalesce(t.total, 0)" BALANCES(column)                          \
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
        " WHERE" OF_TOTALS " AND b.value <> coalesce(t.total, 0)"

static const char reserved_sql[] = HELD_SQL("reserved", "v.tasks * a.per_task");
static const char tasks_sql[] = HELD_SQL("tasks", "v.tasks");

/* The last entry about each budget. */
#define LAST_BUDGETS                                                                      \
        " (SELECT x.subject_id, x.resource_id, x.window_id, max(x.entry_id) AS entry_id"  \
        "  FROM (SELECT coalesce(e.user_id, e.account_id) AS subject_id, l.resource_id,"  \
        "   l.window_id, e.id AS entry_id FROM entry e JOIN entry_line l"                 \
        "   ON l.entry_id = e.id WHERE e.kind IN ('open', 'budget')) x"                   \
        "  GROUP BY x.subject_id, x.resource_id, x.window_id) t"

static const char budget_sql[] =
        COLUMNS "b.budget, l.amount"
        " FROM balance b JOIN subject s ON s.id = b.subject_id"
        " JOIN resource r ON r.id = b.resource_id"
        " JOIN" LAST_BUDGETS
        " ON t.subject_id = b.subject_id AND t.resource_id = b.resource_id"
        " AND t.window_id = b.window_id"
        " JOIN entry_line l ON l.entry_id = t.entry_id AND l.resource_id = b.resource_id"
        " AND l.window_id = b.window_id WHERE b.budget <> l.amount";

/* Unlimited budgets of windows and other TRES need no entry: evaluations make them, for what
 * a policy allows (window_allowance.h).
 * NOT IN and no join: for a column that coalesce() made SQLite has no index, and goes
 * through all of them for each subject. */
static const char no_budget_entry_sql[] =
        COLUMNS "b.budget, b.budget"
        " FROM balance b JOIN subject s ON s.id = b.subject_id"
        " JOIN resource r ON r.id = b.resource_id"
        " WHERE (b.budget >= 0 OR (b.resource_id <= 2 AND b.window_id = 1))"
        " AND (b.subject_id, b.resource_id, b.window_id) NOT IN"
        " (SELECT t.subject_id, t.resource_id, t.window_id FROM" LAST_BUDGETS
        " WHERE t.subject_id IS NOT NULL)";

/* Every subject has a balance of each budgeted resource. */
static const char no_balance_sql[] =
        "SELECT s.kind, s.name, s.id, r.name, r.id, 1,"
        " CASE WHEN l.amount IS NULL THEN 0 ELSE 1 END, coalesce(l.amount, d.budget, -1)"
        " FROM subject s JOIN resource r ON r.id <= 2"
        " LEFT JOIN balance b ON b.subject_id = s.id AND b.resource_id = r.id"
        " AND b.window_id = 1"
        " LEFT JOIN" LAST_BUDGETS
        " ON t.subject_id = s.id AND t.resource_id = r.id AND t.window_id = 1"
        " LEFT JOIN entry_line l ON l.entry_id = t.entry_id AND l.resource_id = r.id"
        " AND l.window_id = 1"
        " LEFT JOIN default_budget d ON d.kind = s.kind AND d.resource_id = r.id"
        " AND d.window_id = 1 WHERE b.subject_id IS NULL";

/* The roll-up of a user and account against their charges. */
static const char roll_up_sql[] =
        "SELECT u.kind, u.name, u.id, r.name, r.id, 1, sum(x.days), sum(x.charges), a.name,"
        " a.id FROM (SELECT user_id, account_id, resource_id, amount AS days, 0 AS charges"
        "  FROM usage_day WHERE resource_id IN (1, 2)"
        "  UNION ALL"
        "  SELECT e.user_id, e.account_id, l.resource_id, 0, l.amount"
        "  FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        "  WHERE e.kind IN ('charge', 'correction')) x"
        " JOIN subject u ON u.id = x.user_id JOIN subject a ON a.id = x.account_id"
        " JOIN resource r ON r.id = x.resource_id"
        " GROUP BY u.kind, u.name, u.id, r.name, r.id, a.name, a.id"
        " HAVING sum(x.days) <> sum(x.charges)";

/* What was given back of it. */
static const char refunded_sql[] =
        "SELECT u.kind, u.name, u.id, r.name, r.id, 1, sum(x.days), sum(x.entries), a.name,"
        " a.id FROM (SELECT user_id, account_id, resource_id, refunded AS days,"
        "   0 AS entries FROM usage_day WHERE resource_id IN (1, 2)"
        "  UNION ALL"
        "  SELECT e.user_id, e.account_id, l.resource_id, 0, -l.amount"
        "  FROM entry e JOIN entry_line l ON l.entry_id = e.id WHERE e.kind = 'refund') x"
        " JOIN subject u ON u.id = x.user_id JOIN subject a ON a.id = x.account_id"
        " JOIN resource r ON r.id = x.resource_id"
        " GROUP BY u.kind, u.name, u.id, r.name, r.id, a.name, a.id"
        " HAVING sum(x.days) <> sum(x.entries)";

static const char last_end_sql[] =
        "SELECT e.user_id, e.account_id, max(c.end_at) FROM charge c"
        " JOIN entry e ON e.id = c.entry_id GROUP BY e.user_id, e.account_id";

static const char name_sql[] = "SELECT name FROM subject WHERE id = ?";

static const char last_entry_sql[] = "SELECT coalesce(max(id), 0) FROM entry";

/* What differs, and how it is found: amounts by COLUMNS; lost rows by their key, of which
 * the first part is a text. */
static const struct {
        const char *word;
        const char *sql;
} kinds[SQ_DIFFERENCES] = {
        [SQ_LOST_ENTRY_LINE] = {"entry_line",
                "SELECT NULL, l.entry_id, l.resource_id FROM entry_line l"
                " LEFT JOIN entry e ON e.id = l.entry_id WHERE e.id IS NULL"},
        [SQ_NO_BALANCE] = {"balance", no_balance_sql},
        [SQ_NO_BUDGET_ENTRY] = {"budget", no_budget_entry_sql},
        [SQ_WRONG_BUDGET] = {"budget", budget_sql},
        [SQ_WRONG_CONSUMED] = {"consumed", consumed_sql},
        [SQ_WRONG_RESERVED] = {"reserved", reserved_sql},
        [SQ_WRONG_CLOSED] = {"consumed", NULL},
        [SQ_WRONG_PROMISED] = {"promised", NULL},
        [SQ_WRONG_CARRIED] = {"carried over", NULL},
        [SQ_WRONG_REFUNDED] = {"refunded", refunded_sql},
        [SQ_WRONG_TASKS] = {"number of unfinished tasks", tasks_sql},
        [SQ_WRONG_ROLL_UP] = {"roll-up", roll_up_sql},
        [SQ_LOST_RESERVATION] = {"reservation",
                "SELECT v.uuid, v.array_task, 0 FROM reservation v"
                " LEFT JOIN subject u ON u.id = v.user_id AND u.kind = 'user'"
                " LEFT JOIN subject a ON a.id = v.account_id AND a.kind = 'account'"
                " WHERE u.id IS NULL OR a.id IS NULL"},
        [SQ_LOST_RESERVATION_AMOUNT] = {"reservation_amount",
                "SELECT a.uuid, a.array_task, a.resource_id FROM reservation_amount a"
                " LEFT JOIN reservation v ON v.uuid = a.uuid AND v.array_task = a.array_task"
                " WHERE v.uuid IS NULL"},
        [SQ_LOST_MEMBERSHIP] = {"membership",
                "SELECT NULL, m.user_id, m.account_id FROM membership m"
                " LEFT JOIN subject u ON u.id = m.user_id"
                " LEFT JOIN subject a ON a.id = m.account_id"
                " WHERE u.id IS NULL OR a.id IS NULL"},
        [SQ_LOST_BALANCE] = {"balance",
                "SELECT NULL, b.subject_id, b.resource_id FROM balance b"
                " LEFT JOIN subject s ON s.id = b.subject_id WHERE s.id IS NULL"},
        [SQ_LOST_CHARGE] = {"charge",
                "SELECT NULL, c.job_id, c.entry_id FROM charge c"
                " LEFT JOIN entry e ON e.id = c.entry_id"
                " AND e.kind IN ('charge', 'correction') WHERE e.id IS NULL"},
        /* Not a join: charges have no index by entry, and SQLite would make none. */
        [SQ_LOST_CHARGE_ENTRY] = {"charge entry",
                "SELECT NULL, e.id, 0 FROM entry e WHERE e.kind = 'charge'"
                " AND e.id NOT IN (SELECT entry_id FROM charge)"},
};

static bool is_lost_rows(enum sq_difference_what what) {
        return what < SQ_NO_BALANCE || what > SQ_WRONG_REFUNDED;
}

/* Of a user in an account. */
static bool is_of_both(enum sq_difference_what what) {
        return what == SQ_WRONG_ROLL_UP || what == SQ_WRONG_REFUNDED;
}

/* --- the list -------------------------------------------------------------------- */

static void clear(struct sq_differences *list) {
        for (size_t i = 0; i < list->n; i++) {
                struct sq_difference *d = &list->item[i];

                for (size_t j = 0; j < d->rows; j++)
                        free(d->row[j].text);
                free(d->row);
                free(d->name);
                free(d->account);
                free(d->resource);
        }
        list->n = 0;
}

void sq_differences_free(struct sq_differences *list) {
        if (!list)
                return;
        clear(list);
        free(list->item);
        free(list);
}

static struct sq_difference *append(struct sq_differences *list,
                                    enum sq_difference_what what) {
        if (!sq_grow(&list->item, list->n + 1, &list->room, sizeof *list->item))
                return NULL;
        list->item[list->n] = (struct sq_difference){.what = what};
        return &list->item[list->n++];
}

static int by_number(int64_t a, int64_t b) {
        return (a > b) - (a < b);
}

/* Those of one subject come together, its missing balances first. */
static int stage_of(enum sq_difference_what what) {
        return what >= SQ_NO_BALANCE && what <= SQ_WRONG_CARRIED ? SQ_NO_BALANCE : (int)what;
}

int sq_difference_compare(const struct sq_difference *a, const struct sq_difference *b) {
        int order = stage_of(a->what) - stage_of(b->what);

        if (!order)
                order = (int)a->kind - (int)b->kind;
        if (!order)
                order = strcmp(a->name ? a->name : "", b->name ? b->name : "");
        if (!order)
                order = by_number(a->subject_id, b->subject_id);
        if (!order)
                order = strcmp(a->account ? a->account : "", b->account ? b->account : "");
        if (!order)
                order = by_number(a->account_id, b->account_id);
        if (!order)
                order = by_number(a->resource_id, b->resource_id);
        if (!order)
                order = by_number(a->window_id, b->window_id);
        if (!order)
                order = by_number(a->closed_by, b->closed_by);
        return order ? order : (int)a->what - (int)b->what;
}

static int compare_items(const void *a, const void *b) {
        return sq_difference_compare(a, b);
}

/* --- finding them ----------------------------------------------------------------- */

/* Takes over a row that begins with COLUMNS. */
static bool read_difference(struct sq_query *query, struct sq_difference *d) {
        const char *account = is_of_both(d->what) ? sq_query_text(query, 8) : NULL;

        d->kind = strcmp(sq_query_text(query, 0), "user") ? SQ_ACCOUNT : SQ_USER;
        d->name = strdup(sq_query_text(query, 1));
        d->subject_id = sq_query_int(query, 2);
        d->resource = strdup(sq_query_text(query, 3));
        d->resource_id = sq_query_int(query, 4);
        d->window_id = sq_query_int(query, 5);
        d->is = sq_query_int(query, 6);
        d->should = sq_query_int(query, 7);
        if (account) {
                d->account = strdup(account);
                d->account_id = sq_query_int(query, 9);
        }
        return d->name && d->resource && (!account || d->account);
}

static bool find_amounts(struct sq_txn *txn, struct sq_differences *list,
                         enum sq_difference_what what) {
        struct sq_query *query = sq_query(txn, kinds[what].sql, "");

        while (sq_query_next(query)) {
                struct sq_difference *d = append(list, what);

                if (!d || !read_difference(query, d))
                        return false;
        }
        return true;
}

/* All of a table in one difference. */
static bool find_rows(struct sq_txn *txn, struct sq_differences *list,
                      enum sq_difference_what what) {
        struct sq_query *query = sq_query(txn, kinds[what].sql, "");
        struct sq_difference *d = NULL;
        size_t room = 0;

        while (sq_query_next(query)) {
                const char *text = sq_query_text(query, 0);
                struct sq_lost_row *row;

                if (!d && !(d = append(list, what)))
                        return false;
                if (!sq_grow(&d->row, d->rows + 1, &room, sizeof *d->row))
                        return false;
                row = &d->row[d->rows++];
                *row = (struct sq_lost_row){
                        .text = text ? strdup(text) : NULL,
                        .number = {sq_query_int(query, 1), sq_query_int(query, 2)},
                };
                if (text && !row->text)
                        return false;
        }
        return true;
}

/* When the users and accounts whose roll-up differs ran their last jobs. */
static void find_last_ends(struct sq_txn *txn, struct sq_differences *list) {
        struct sq_query *query;
        bool any = false;

        for (size_t i = 0; i < list->n && !any; i++)
                any = is_of_both(list->item[i].what);
        if (!any)
                return;
        query = sq_query(txn, last_end_sql, "");
        while (sq_query_next(query))
                for (size_t i = 0; i < list->n; i++) {
                        struct sq_difference *d = &list->item[i];

                        if (is_of_both(d->what) &&
                            d->subject_id == sq_query_int(query, 0) &&
                            d->account_id == sq_query_int(query, 1))
                                d->last_end = sq_query_int(query, 2);
                }
}

/* --- windows ----------------------------------------------------------------------- */

static bool add_window(struct sq_txn *txn, struct sq_differences *list,
                       enum sq_difference_what what, const struct sq_window_sum *sum,
                       int64_t is, int64_t should) {
        struct sq_difference *d;
        struct sq_query *query;

        if (is == should)
                return true;
        if (!(d = append(list, what)))
                return false;
        d->kind = sum->is_account ? SQ_ACCOUNT : SQ_USER;
        d->subject_id = sum->subject_id;
        d->resource_id = sum->resource_id;
        d->window_id = sum->window;
        d->first_day = sum->span.first_day;
        d->last_day = sum->span.last_day;
        d->closed_by = sum->closed_by;
        d->is = is;
        d->should = should;
        query = sq_query(txn, name_sql, "i", sum->subject_id);
        d->name = strdup(sq_query_next(query) ? sq_query_text(query, 0) : "");
        sq_query_done(query);
        d->resource = strdup(sum->resource);
        return d->name && d->resource;
}

/* What the record of a window should leave to the next one. */
static int64_t carry_of(const struct sq_window_sum *sum) {
        const struct sq_window_balance balance = {
                .budget = sum->budget,
                .consumed = sum->consumed,
                .reserved = sum->reserved,
                .uncounted = sum->uncounted,
                .carryover = sum->carryover,
        };

        return sq_window_carry(&balance);
}

/* What came over is what the window before, if it is in a record, has left. */
static int64_t left_by_last(const struct sq_window_sums *sums, size_t at) {
        for (size_t i = at; i-- > 0;) {
                const struct sq_window_sum *before = &sums->item[i];

                if (before->subject_id != sums->item[at].subject_id)
                        break;
                if (before->closed_by && before->closed_by == sums->item[at].opened_by &&
                    before->resource_id == sums->item[at].resource_id &&
                    before->window == sums->item[at].window)
                        return before->carried_over;
        }
        return 0;
}

static bool find_in_window(struct sq_txn *txn, struct sq_differences *list,
                           const struct sq_window_sums *sums, size_t at) {
        const struct sq_window_sum *sum = &sums->item[at];
        const bool closed = sum->closed_by != 0;

        if (!(sum->uncounted & SQ_UNCOUNTED_CONSUMED) &&
            !add_window(txn, list, closed ? SQ_WRONG_CLOSED : SQ_WRONG_CONSUMED, sum,
                        sum->consumed, sum->consumed_sum))
                return false;
        if (!(sum->uncounted & SQ_UNCOUNTED_RESERVED) &&
            !add_window(txn, list, closed ? SQ_WRONG_PROMISED : SQ_WRONG_RESERVED, sum,
                        sum->reserved, sum->reserved_sum))
                return false;
        if (closed && sum->is_last)
                return add_window(txn, list, SQ_WRONG_CARRIED, sum, sum->carried_over,
                                  carry_of(sum));
        return closed || add_window(txn, list, SQ_WRONG_CARRIED, sum, sum->carried,
                                    left_by_last(sums, at));
}

static int find_windows(struct sq_txn *txn, struct sq_differences *list,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_window_sums_clear) struct sq_window_sums sums = {0};
        int rc = sq_window_sums_read(txn, true, &sums, err);

        for (size_t i = 0; i < sums.n && !rc; i++)
                if (!find_in_window(txn, list, &sums, i))
                        rc = sq_fail(err, SQ_ENOMEM, "out of memory");
        return rc;
}

static int find_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_differences *list = context;
        struct sq_query *query;
        bool fits = true;
        int rc;

        clear(list);
        query = sq_query(txn, last_entry_sql, "");
        list->last_entry = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        for (int i = 0; i < SQ_DIFFERENCES && fits; i++) {
                const enum sq_difference_what what = (enum sq_difference_what)i;

                if (!kinds[what].sql)
                        continue;
                fits = is_lost_rows(what) ? find_rows(txn, list, what)
                                          : find_amounts(txn, list, what);
        }
        if (!fits)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = find_windows(txn, list, err);
        if (rc)
                return rc;
        find_last_ends(txn, list);
        return sq_txn_status(txn);
}

int sq_differences_find(struct sq_ledger *ledger, struct sq_differences **ret,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *list = calloc(1, sizeof *list);
        int rc;

        if (!list)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_store_read(ledger->store, find_work, list, err);
        if (rc)
                return rc;
        if (list->n)
                qsort(list->item, list->n, sizeof *list->item, compare_items);
        *ret = SQ_TAKE(list);
        return SQ_OK;
}

/* --- for people ------------------------------------------------------------------- */

const char *sq_difference_word(enum sq_difference_what what) {
        return kinds[what].word;
}

/* Who says what it should be. */
static const char *truth_of(enum sq_difference_what what) {
        switch (what) {
        case SQ_WRONG_RESERVED:
        case SQ_WRONG_TASKS:
        case SQ_WRONG_PROMISED:
                return "the reservations";
        case SQ_WRONG_ROLL_UP:
                return "the charges";
        case SQ_WRONG_CLOSED:
                return "the days";
        case SQ_WRONG_CARRIED:
                return "the window before";
        default:
                return "the entries";
        }
}

/* " from 20260301 to 20260331", where it is not about all of time. */
static const char *days_of(const struct sq_difference *d, char text[64]) {
        text[0] = '\0';
        if (d->window_id != SQ_WINDOW_TOTAL && d->first_day)
                snprintf(text, 64, " from %" PRId64 " to %" PRId64, d->first_day,
                         d->last_day);
        return text;
}

const char *sq_difference_text(const struct sq_difference *d, char *text, size_t size) {
        const char *kind = sq_subject_kind_name(d->kind), *word = kinds[d->what].word;
        char days[64];

        if (is_lost_rows(d->what))
                snprintf(text, size, "%s: %zu rows point to nothing", word, d->rows);
        else if (d->what == SQ_NO_BALANCE)
                snprintf(text, size, "%s %s: there is no balance of %s", kind, d->name,
                         d->resource);
        else if (d->what == SQ_NO_BUDGET_ENTRY)
                snprintf(text, size, "%s %s: budget of %s is %" PRId64 ", no entry says so",
                         kind, d->name, d->resource, d->is);
        else
                snprintf(text, size, "%s %s%s%s: %s of %s%s is %" PRId64 ", %s say%s %" PRId64,
                         kind, d->name, d->account ? " in " : "",
                         d->account ? d->account : "", word, d->resource,
                         days_of(d, days), d->is, truth_of(d->what),
                         d->what == SQ_WRONG_CARRIED ? "s" : "", d->should);
        return text;
}
