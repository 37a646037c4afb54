#include "ledger/repair.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ledger/binding.h"
#include "ledger/internal.h"
#include "ledger/usage.h"
#include "ledger/window_count.h"

/* How long a transaction waits for others.  Theirs take microseconds. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* Rows that one transaction deletes: it holds the lock for less than a millisecond. */
#define ROWS_AT_ONCE 64

/* A reason that people gave, with what it was for. */
#define REASON_SIZE 600

static const char other_repair_sql[] = "SELECT 1 FROM entry WHERE id > ? AND kind = 'repair'";
static const char subject_sql[] = "SELECT 1 FROM subject WHERE id = ?";
static const char balance_sql[] =
        "SELECT budget FROM balance WHERE subject_id = ? AND resource_id = ? AND window_id = ?"
        SQ_FOR_UPDATE;
static const char make_balance_sql[] =
        "INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)"
        " VALUES (?, ?, ?, ?, ?)";
static const char newer_budget_sql[] =
        "SELECT l.amount FROM entry e JOIN entry_line l ON l.entry_id = e.id"
        " WHERE e.id > ? AND e.kind IN ('open', 'budget')"
        " AND coalesce(e.user_id, e.account_id) = ? AND l.resource_id = ? AND l.window_id = ?"
        " ORDER BY e.id DESC";
static const char set_budget_sql[] =
        "UPDATE balance SET budget = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND budget = ?";
static const char last_day_sql[] =
        "SELECT day, amount FROM usage_day WHERE user_id = ? AND account_id = ?"
        " AND resource_id = ? AND day < ? AND amount > 0 ORDER BY day DESC" SQ_FOR_UPDATE;
static const char last_refund_sql[] =
        "SELECT day, refunded FROM usage_day WHERE user_id = ? AND account_id = ?"
        " AND resource_id = ? AND day < ? AND refunded > 0 ORDER BY day DESC" SQ_FOR_UPDATE;

/* Windows are counted anew (window_count.h) when all else is repaired. */
static const char count_sql[] =
        "UPDATE balance SET uncounted = uncounted | ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
static const char count_closed_sql[] =
        "UPDATE window_close SET uncounted = uncounted | ? WHERE subject_id = ?"
        " AND resource_id = ? AND window_id = ? AND first_day = ? AND entry_id = ?";
static const char carried_sql[] =
        "UPDATE balance SET carried = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND carried = ?";

/* Rows that point to nothing; each asks again whether they do. */
static const char drop_line_sql[] =
        "DELETE FROM entry_line WHERE entry_id = ? AND resource_id = ? AND NOT EXISTS"
        " (SELECT 1 FROM entry e WHERE e.id = entry_line.entry_id)";
static const char drop_amount_sql[] =
        "DELETE FROM reservation_amount WHERE uuid = ? AND array_task = ? AND resource_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM reservation v WHERE v.uuid = reservation_amount.uuid"
        " AND v.array_task = reservation_amount.array_task)";
static const char drop_member_sql[] =
        "DELETE FROM membership WHERE user_id = ? AND account_id = ?"
        " AND (NOT EXISTS (SELECT 1 FROM subject u WHERE u.id = membership.user_id)"
        " OR NOT EXISTS (SELECT 1 FROM subject a WHERE a.id = membership.account_id))";
static const char drop_balance_sql[] =
        "DELETE FROM balance WHERE subject_id = ? AND resource_id = ? AND NOT EXISTS"
        " (SELECT 1 FROM subject s WHERE s.id = balance.subject_id)";
static const char lost_subject_sql[] =
        "SELECT 1 FROM reservation v"
        " LEFT JOIN subject u ON u.id = v.user_id AND u.kind = 'user'"
        " LEFT JOIN subject a ON a.id = v.account_id AND a.kind = 'account'"
        " WHERE v.uuid = ? AND v.array_task = ? AND (u.id IS NULL OR a.id IS NULL)";

struct repair {
        struct sq_ledger *ledger;
        const struct sq_differences *found;
        const struct sq_actor *actor;
        int64_t seen; /* no entry up to this one is another repair's */

        /* What the transaction is to do. */
        const struct sq_difference *at;
        size_t first, last; /* of its rows */
        int64_t before;     /* rows that went before them */

        /* What it did. */
        int64_t entry;    /* the last one that it appended; 0: none */
        int64_t rows;     /* `before`, and what it deleted itself */
        const char *why;  /* it did nothing, because */
        char remark[160]; /* more about what it did */
};

/* --- why not ---------------------------------------------------------------------- */

/* Texts about what is in no row any more. */
static const char gone[] = "it is gone by now";

/* NULL when something can be done. */
static const char *obstacle(const struct sq_difference *d) {
        int64_t difference;

        if (d->what == SQ_LOST_CHARGE)
                return "what was charged cannot be known";
        if (d->what == SQ_LOST_CHARGE_ENTRY)
                return "which job was charged cannot be known";
        if (d->what < SQ_NO_BALANCE || d->what > SQ_WRONG_REFUNDED)
                return NULL;
        if (__builtin_sub_overflow(d->should, d->is, &difference))
                return "the difference is too large to be counted";
        return NULL;
}

bool sq_repair_is_possible(const struct sq_differences *found) {
        for (size_t i = 0; i < found->n; i++)
                if (!obstacle(&found->item[i]))
                        return true;
        return false;
}

/* --- entries ----------------------------------------------------------------------- */

static enum sq_resource resource_of(const struct sq_difference *d) {
        return d->resource_id == sq_resource_id(SQ_CPU) ? SQ_CPU : SQ_GPU;
}

static bool is_of_both(const struct sq_difference *d) {
        return d->what == SQ_WRONG_ROLL_UP || d->what == SQ_WRONG_REFUNDED;
}

/* Notes a repair; `what` comes before the reason that the person gave. */
static int64_t note(struct sq_txn *txn, struct repair *w, const char *kind,
                    const char *what) {
        const struct sq_difference *d = w->at;
        struct sq_actor actor = *w->actor;
        char reason[REASON_SIZE];

        snprintf(reason, sizeof reason, "%s: %s", what,
                 actor.reason ? actor.reason : "it did not agree with the ledger");
        actor.reason = reason;
        w->entry = sq_entry_append(
                txn, kind, d->kind == SQ_USER ? d->subject_id : 0,
                is_of_both(d)             ? d->account_id
                : d->kind == SQ_ACCOUNT ? d->subject_id
                                        : 0,
                &actor);
        return w->entry;
}

static void note_amount(struct sq_txn *txn, struct repair *w, const char *kind,
                        int64_t amount) {
        sq_entry_add_window_line(txn, note(txn, w, kind, sq_difference_word(w->at->what)),
                                 w->at->resource_id, (enum sq_window_kind)w->at->window_id,
                                 SQ_AMOUNT(amount));
}

/* --- subjects ----------------------------------------------------------------------- */

/* The budget that somebody set since the comparison; else `otherwise`. */
static int64_t newest_budget(struct sq_txn *txn, const struct repair *w, int64_t otherwise,
                             bool *ret_newer) {
        const struct sq_difference *d = w->at;
        struct sq_query *query =
                sq_query(txn, newer_budget_sql, "iiii", w->found->last_entry, d->subject_id,
                         d->resource_id, d->window_id);
        const int64_t amount =
                (*ret_newer = sq_query_next(query)) ? sq_query_int(query, 0) : otherwise;

        sq_query_done(query);
        return amount;
}

static bool has_balance(struct sq_txn *txn, int64_t subject_id, int64_t resource_id,
                        int64_t window_id, int64_t *ret_budget) {
        struct sq_query *query = sq_query(txn, balance_sql, "iii", subject_id, resource_id,
                                          window_id);
        const bool there = sq_query_next(query);

        if (there && ret_budget)
                *ret_budget = sq_query_int(query, 0);
        sq_query_done(query);
        return there;
}

/* Empty: its amounts are differences of their own, which come next.  As long as it is
 * missing no event can change what they should be: each needs the row. */
static void make_balance(struct sq_txn *txn, struct repair *w) {
        const struct sq_difference *d = w->at;
        struct sq_query *query = sq_query(txn, subject_sql, "i", d->subject_id);
        const bool there = sq_query_next(query);
        bool newer;
        const int64_t budget = newest_budget(txn, w, d->should, &newer);

        sq_query_done(query);
        if (!there || has_balance(txn, d->subject_id, d->resource_id, d->window_id, NULL)) {
                w->why = there ? NULL : gone;
                return;
        }
        sq_run(txn, make_balance_sql, "iiiii", d->subject_id, d->resource_id, d->window_id,
               budget, sq_now());
        note_amount(txn, w, d->is || newer ? "repair" : "open", budget);
}

/* Nobody knows better than the budget that is in force. */
static void confirm_budget(struct sq_txn *txn, struct repair *w) {
        int64_t budget;
        bool newer;

        (void)newest_budget(txn, w, 0, &newer);
        if (!has_balance(txn, w->at->subject_id, w->at->resource_id, w->at->window_id,
                         &budget))
                w->why = gone;
        else if (!newer)
                note_amount(txn, w, "open", budget);
}

static void set_budget(struct sq_txn *txn, struct repair *w) {
        const struct sq_difference *d = w->at;
        bool newer;
        const int64_t budget = newest_budget(txn, w, d->should, &newer);

        if (sq_run(txn, set_budget_sql, "iiiii", budget, d->subject_id, d->resource_id,
                   d->window_id, d->is))
                note_amount(txn, w, "repair", budget);
        else if (!has_balance(txn, d->subject_id, d->resource_id, d->window_id, NULL))
                w->why = gone;
}

static int add_to_balance(struct sq_txn *txn, struct repair *w, struct sq_error *err) {
        const struct sq_difference *d = w->at;
        const int64_t more = d->should - d->is;
        struct sq_deltas deltas = {0};

        if (!has_balance(txn, d->subject_id, d->resource_id, d->window_id, NULL)) {
                w->why = gone;
                return SQ_OK;
        }
        sq_deltas_add(&deltas, d->subject_id, resource_of(d),
                      d->what == SQ_WRONG_CONSUMED ? more : 0,
                      d->what == SQ_WRONG_RESERVED ? more : 0,
                      d->what == SQ_WRONG_TASKS ? more : 0);
        note_amount(txn, w, "repair", more);
        return sq_deltas_apply(txn, &deltas, false, err);
}

/* --- the roll-up -------------------------------------------------------------------- */

/* `more` of what the difference is about. */
static int add_on(struct sq_txn *txn, struct repair *w, int64_t day, int64_t more,
                  struct sq_error *err) {
        const struct sq_difference *d = w->at;
        const struct sq_usage_place place = {d->subject_id, d->account_id, day};
        const bool of_refund = d->what == SQ_WRONG_REFUNDED;

        return sq_usage_add_day(w->ledger, txn, &place, d->resource_id, of_refund ? 0 : more,
                                of_refund ? more : 0, err);
}

/* What is missing goes to the day of their last charge; the days are a split of the sum
 * in the entries, and which one lost it nobody knows. */
static int add_to_day(struct sq_txn *txn, struct repair *w, int64_t more,
                      struct sq_error *err) {
        const struct sq_difference *d = w->at;
        const int64_t at = d->last_end > 0 ? d->last_end - 1 : sq_now();
        const int64_t day = sq_calendar_day(&w->ledger->calendar, at);

        snprintf(w->remark, sizeof w->remark,
                 "added to %04" PRId64 "-%02" PRId64 "-%02" PRId64 ", %s", day / 10000,
                 day / 100 % 100, day % 100,
                 d->last_end > 0 ? "the day of their last charge" : "since there is no charge");
        return add_on(txn, w, day, more, err);
}

/* What is too much comes off the last days, none of which falls below 0 by it. */
static int take_off_days(struct sq_txn *txn, struct repair *w, int64_t less,
                         struct sq_error *err) {
        const struct sq_difference *d = w->at;
        int64_t day = INT64_MAX;
        int rc = SQ_OK;

        while (less > 0 && !rc) {
                struct sq_query *query = sq_query(
                        txn, d->what == SQ_WRONG_REFUNDED ? last_refund_sql : last_day_sql,
                        "iiii", d->subject_id, d->account_id, d->resource_id, day);
                const bool there = sq_query_next(query);
                const int64_t amount = sq_query_int(query, 1);
                const int64_t part = amount < less ? amount : less;

                day = sq_query_int(query, 0);
                sq_query_done(query);
                if (!there) {
                        w->why = "their days do not hold so much";
                        return sq_txn_status(txn) ? sq_txn_status(txn)
                                                  : sq_fail(err, SQ_ERANGE, "%s", w->why);
                }
                rc = add_on(txn, w, day, -part, err);
                less -= part;
        }
        snprintf(w->remark, sizeof w->remark, "taken off their last days");
        return rc;
}

static int repair_roll_up(struct sq_txn *txn, struct repair *w, struct sq_error *err) {
        const int64_t more = w->at->should - w->at->is;
        int rc = more > 0 ? add_to_day(txn, w, more, err)
                          : take_off_days(txn, w, -more, err);

        if (!rc)
                note_amount(txn, w, "repair", more);
        return rc;
}

/* --- windows --------------------------------------------------------------------------- */

static void repair_window(struct sq_txn *txn, struct repair *w) {
        const struct sq_difference *d = w->at;
        const int64_t what = d->what == SQ_WRONG_CONSUMED || d->what == SQ_WRONG_CLOSED
                                     ? SQ_UNCOUNTED_CONSUMED
                                     : SQ_UNCOUNTED_RESERVED;
        int64_t rows;

        if (d->closed_by)
                rows = sq_run(txn, count_closed_sql, "iiiiii", what, d->subject_id,
                              d->resource_id, d->window_id, d->first_day, d->closed_by);
        else if (d->what == SQ_WRONG_CARRIED)
                rows = sq_run(txn, carried_sql, "iiiii", d->should, d->subject_id,
                              d->resource_id, d->window_id, d->is);
        else
                rows = sq_run(txn, count_sql, "iiii", what, d->subject_id, d->resource_id,
                              d->window_id);
        if (rows)
                note_amount(txn, w, "repair", d->should - d->is);
        else
                w->why = gone;
}

static bool is_of_window(const struct sq_difference *d) {
        return d->closed_by || d->what == SQ_WRONG_CARRIED ||
               ((d->what == SQ_WRONG_CONSUMED || d->what == SQ_WRONG_RESERVED) &&
                sq_is_window_balance(d->resource_id, d->window_id));
}

/* --- rows that point to nothing ---------------------------------------------------- */

/* The balances that there are: what holds them is counted in their difference too. */
static struct sq_deltas of_the_living(struct sq_txn *txn, const struct sq_deltas *deltas) {
        struct sq_deltas ret = {.overflow = deltas->overflow};

        for (size_t i = 0; i < deltas->n; i++)
                if (has_balance(txn, deltas->item[i].subject_id,
                                sq_resource_id(deltas->item[i].resource), SQ_WINDOW_TOTAL,
                                NULL))
                        ret.item[ret.n++] = deltas->item[i];
        return ret;
}

static int drop_reservation(struct sq_txn *txn, struct repair *w,
                            const struct sq_lost_row *row, struct sq_error *err) {
        struct sq_query *query =
                sq_query(txn, lost_subject_sql, "si", row->text, row->number[0]);
        const bool lost = sq_query_next(query);
        struct sq_deltas deltas = {0};
        struct sq_held held;

        sq_query_done(query);
        if (!lost)
                return SQ_OK;
        sq_held_read(txn, row->text, row->number[0], &held);
        sq_held_release(w->ledger, txn, row->text, &held, held.tasks,
                        sq_ledger_change_time(w->ledger), &deltas);
        sq_binding_drop(txn, row->text);
        deltas = of_the_living(txn, &deltas);
        w->rows++;
        return sq_deltas_apply(txn, &deltas, false, err);
}

static int drop_row(struct sq_txn *txn, struct repair *w, const struct sq_lost_row *row,
                    struct sq_error *err) {
        const int64_t *number = row->number;

        switch (w->at->what) {
        case SQ_LOST_ENTRY_LINE:
                w->rows += sq_run(txn, drop_line_sql, "ii", number[0], number[1]);
                break;
        case SQ_LOST_RESERVATION_AMOUNT:
                w->rows += sq_run(txn, drop_amount_sql, "sii", row->text, number[0], number[1]);
                break;
        case SQ_LOST_MEMBERSHIP:
                w->rows += sq_run(txn, drop_member_sql, "ii", number[0], number[1]);
                break;
        case SQ_LOST_BALANCE:
                w->rows += sq_run(txn, drop_balance_sql, "ii", number[0], number[1]);
                break;
        default:
                return drop_reservation(txn, w, row, err);
        }
        return sq_txn_status(txn);
}

/* The entry comes when all rows of the table are gone: a new entry may get the number of
 * one that is missing, and must not find its lines. */
static int drop_rows(struct sq_txn *txn, struct repair *w, struct sq_error *err) {
        char what[96];
        int rc = SQ_OK;

        w->rows = w->before;
        for (size_t i = w->first; i < w->last && !rc; i++)
                rc = drop_row(txn, w, &w->at->row[i], err);
        if (!rc && w->rows && w->last == w->at->rows) {
                snprintf(what, sizeof what, "%" PRId64 " rows of %s deleted", w->rows,
                         w->at->what == SQ_LOST_BALANCE ? "balance"
                                                        : sq_difference_word(w->at->what));
                note(txn, w, "repair", what);
        }
        return rc;
}

/* --- one after the other ------------------------------------------------------------ */

static bool is_repaired_elsewhere(struct sq_txn *txn, const struct repair *w) {
        struct sq_query *query = sq_query(txn, other_repair_sql, "i", w->seen);
        const bool other = sq_query_next(query);

        sq_query_done(query);
        return other;
}

static int repair_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct repair *w = context;

        w->entry = 0;
        w->why = NULL;
        w->remark[0] = '\0';
        if (is_repaired_elsewhere(txn, w)) {
                sq_fail(err, SQ_EBUSY, "somebody else is repairing");
                sq_hint(err, "Run it again when that is done.");
                return SQ_EBUSY;
        }
        if (is_of_window(w->at)) {
                repair_window(txn, w);
                return SQ_OK;
        }
        switch (w->at->what) {
        case SQ_NO_BALANCE:
                make_balance(txn, w);
                return SQ_OK;
        case SQ_NO_BUDGET_ENTRY:
                confirm_budget(txn, w);
                return SQ_OK;
        case SQ_WRONG_BUDGET:
                set_budget(txn, w);
                return SQ_OK;
        case SQ_WRONG_CONSUMED:
        case SQ_WRONG_RESERVED:
        case SQ_WRONG_TASKS:
                return add_to_balance(txn, w, err);
        case SQ_WRONG_ROLL_UP:
        case SQ_WRONG_REFUNDED:
                return repair_roll_up(txn, w, err);
        default:
                return drop_rows(txn, w, err);
        }
}

/* Without fsync, which would be done while the lock is held: what a power cut takes is
 * found again. */
static int run(struct repair *w, struct sq_error *err) {
        struct sq_store *store = w->ledger->store;
        int rc;

        sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
        rc = sq_store_write(store, SQ_DURABLE_SOON, repair_work, w, err);
        if (!rc && w->entry)
                w->seen = w->entry;
        sq_store_give_way(store);
        return rc;
}

/* Does what is to be done about one difference; w->why when that was nothing. */
static int repair_one(struct repair *w, const struct sq_difference *d, struct sq_error *err) {
        int rc = SQ_OK;

        w->at = d;
        w->why = obstacle(d);
        if (w->why)
                return SQ_OK;
        w->before = 0;
        for (w->first = 0; !rc; w->first = w->last) {
                w->last = d->rows - w->first > ROWS_AT_ONCE ? w->first + ROWS_AT_ONCE : d->rows;
                rc = run(w, err);
                w->before = w->rows;
                if (w->last == d->rows)
                        break;
        }
        if (rc == SQ_ERANGE) { /* its own trouble: the others can go on */
                if (!w->why)
                        w->why = "the amount is too large to be counted";
                rc = SQ_OK;
        }
        return rc;
}

static const struct sq_difference *find(const struct sq_differences *list,
                                        const struct sq_difference *what) {
        size_t low = 0, high = list->n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;
                const int order = sq_difference_compare(&list->item[middle], what);

                if (!order)
                        return &list->item[middle];
                if (order < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* Says what still differs, and why. */
static int compare_again(struct repair *w, const char *const *why, sq_repair_fn each,
                         void *payload, int64_t *ret_left, struct sq_error *err) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *left = NULL;
        int rc;

        sq_store_set_deadline(w->ledger->store, INT64_MAX);
        rc = sq_differences_find(w->ledger, &left, err);
        if (rc)
                return rc;
        for (size_t i = 0; i < left->n; i++) {
                const struct sq_difference *known = find(w->found, &left->item[i]);
                const char *reason = "it is new since the comparison";

                if (known)
                        reason = why[known - w->found->item];
                each(&left->item[i], false, reason ? reason : "it differs again", payload);
        }
        *ret_left = (int64_t)left->n;
        return SQ_OK;
}

int sq_repair(struct sq_ledger *ledger, const struct sq_differences *found,
              const struct sq_actor *actor, sq_repair_fn each, void *payload,
              int64_t *ret_left, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) const char **why = calloc(found->n + 1, sizeof *why);
        struct repair w = {.ledger = ledger, .found = found, .actor = actor,
                           .seen = found->last_entry};

        int rc;

        if (!why)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < found->n; i++) {
                rc = repair_one(&w, &found->item[i], err);
                if (rc)
                        return rc;
                why[i] = w.why;
                if (!w.why)
                        each(w.at, true, w.remark[0] ? w.remark : NULL, payload);
        }
        sq_store_set_deadline(ledger->store, INT64_MAX);
        rc = sq_windows_count(ledger, NULL, err);
        return rc ? rc : compare_again(&w, why, each, payload, ret_left, err);
}
