#include "ledger/window_close.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ledger/internal.h"

/* More months than anybody's ledger has: a clock that was years off must not make one
 * record for each. */
#define SKIPPED_MOST 600

static const struct sq_actor calendar_actor = {.name = "calendar"};

static const char close_sql[] =
        "INSERT INTO window_close (subject_id, resource_id, window_id, first_day, entry_id,"
        " last_day, since_at, until_at, budget, carried, consumed, promised, uncounted,"
        " carryover, carryover_value, carried_over, opened_by, closed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
static const char open_sql[] =
        "UPDATE balance SET carried = ?, consumed = 0, reserved = 0, uncounted = ?,"
        " first_day = ?, last_day = ?, since_at = ?, until_at = ?, opened_by = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
/* Who has no job has reserved nothing. */
static const char busy_sql[] = "SELECT 1 FROM balance WHERE subject_id = ? AND resource_id = 1"
                               " AND window_id = 1 AND tasks <> 0";
static const char late_sql[] =
        "UPDATE window_close SET consumed = consumed + ? WHERE subject_id = ?"
        " AND resource_id = ? AND window_id = ? AND first_day <= ? AND last_day >= ?"
        " AND consumed <= ?";
static const char there_sql[] =
        "SELECT 1 FROM window_close WHERE subject_id = ? AND resource_id = ?"
        " AND window_id = ? AND first_day <= ? AND last_day >= ?";
static const char before_sql[] =
        "SELECT first_day, last_day, since_at, until_at, budget, carried, consumed, promised,"
        " uncounted, carryover, carryover_value, carried_over FROM window_close"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND entry_id = ?"
        SQ_FOR_UPDATE;
static const char promise_sql[] =
        "UPDATE window_close SET promised = promised + ? WHERE subject_id = ?"
        " AND resource_id = ? AND window_id = ? AND first_day = ? AND entry_id = ?"
        " AND promised <= ?";
static const char carry_sql[] =
        "UPDATE window_close SET carried_over = ? WHERE subject_id = ? AND resource_id = ?"
        " AND window_id = ? AND first_day = ? AND entry_id = ?";
static const char carried_sql[] =
        "UPDATE balance SET carried = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";

/* --- what is carried over ----------------------------------------------------------- */

/* (The lists of the policy's engine are large; this is called once in a window.) */
__attribute__((noinline)) static int64_t apply_rule(const struct sq_carryover_choice *choice,
                                                    int64_t budget, int64_t used) {
        const struct sq_carryover_rule rule = {
                .mode = choice->mode,
                .factor = SQ_DECIMAL(choice->mode == SQ_CARRYOVER_CAPPED ? choice->value : 0),
                .half_life = choice->mode == SQ_CARRYOVER_DECAY ? choice->value : 1,
        };
        struct sq_quantities base = {0}, usage = {0};
        struct sq_carryover carryover;

        if (!sq_quantities_set(&base, "cpu", sq_quantity_of(SQ_AMOUNT(budget))) ||
            !sq_quantities_set(&usage, "cpu", sq_quantity_of(SQ_AMOUNT(used))) ||
            sq_carryover_make(&rule, true, &base, &base, &usage, &carryover, NULL) ||
            !carryover.n)
                return 0;
        return (int64_t)(carryover.item[0].carried.units / SQ_UNITS_PER_SECOND);
}

int64_t sq_window_carry(const struct sq_window_balance *balance) {
        int64_t used;

        if (balance->carryover.mode == SQ_CARRYOVER_NONE || balance->budget <= 0 ||
            balance->uncounted)
                return 0;
        if (__builtin_add_overflow(balance->consumed, balance->reserved, &used))
                return 0;
        return apply_rule(&balance->carryover, balance->budget, used > 0 ? used : 0);
}

/* --- closing -------------------------------------------------------------------------- */

/* Nothing is consumed in a new window, and what is reserved is not counted. */
static struct sq_window_balance next_of(const struct sq_window_balance *balance,
                                        const struct sq_span *span) {
        struct sq_window_balance next = *balance;

        next.carried = sq_window_carry(balance);
        next.consumed = next.reserved = 0;
        next.uncounted = SQ_UNCOUNTED_RESERVED;
        next.span = *span;
        return next;
}

/* The day of now, or a later one. */
static int64_t day_of(const struct sq_calendar *calendar, int64_t now, int64_t day) {
        const int64_t today = sq_calendar_day(calendar, now);

        return day > today ? day : today;
}

static bool is_over(const struct sq_window_balance *balance, int64_t now, int64_t day) {
        return balance->span.until_at <= now || balance->span.last_day < day;
}

/* The window after that of `balance`; where too many would follow, the one of the day. */
static struct sq_span span_after(const struct sq_calendar *calendar,
                                 const struct sq_window_balance *balance, int closed,
                                 int64_t now, int64_t day) {
        if (closed < SKIPPED_MOST)
                return sq_calendar_next(calendar, balance->window, &balance->span);
        return sq_calendar_span(calendar, balance->window, day_of(calendar, now, day));
}

struct sq_window_balance sq_window_balance_at(const struct sq_calendar *calendar,
                                              const struct sq_window_balance *balance,
                                              int64_t now) {
        struct sq_window_balance at = *balance;

        for (int closed = 1; is_over(&at, now, 0); closed++) {
                const struct sq_span span = span_after(calendar, &at, closed, now, 0);

                at = next_of(&at, &span);
        }
        return at;
}

/* "month 20260301 to 20260331: cpu 500h00m used, 10h00m carried over" */
static int64_t append_close(struct sq_txn *txn, const struct sq_window_balance *balance,
                            bool is_account, int64_t carried_over) {
        struct sq_actor actor = calendar_actor;
        char reason[200], used[32], left[32];
        int64_t entry;

        snprintf(reason, sizeof reason,
                 "%s %" PRId64 " to %" PRId64 ": %s of %s used, %s carried over",
                 sq_window_kind_word(balance->window), balance->span.first_day,
                 balance->span.last_day,
                 balance->consumed < 0
                         ? "0h00m"
                         : sq_amount_text(SQ_AMOUNT(balance->consumed), used, sizeof used),
                 balance->resource, sq_amount_text_down(SQ_AMOUNT(carried_over), left,
                                                        sizeof left));
        actor.reason = reason;
        entry = sq_entry_append(txn, "close", is_account ? 0 : balance->subject_id,
                                is_account ? balance->subject_id : 0, &actor);
        sq_entry_add_window_line(txn, entry, balance->resource_id, balance->window,
                                 SQ_AMOUNT(carried_over));
        return entry;
}

/* What was promised matters only to what is carried over. */
static int64_t record(struct sq_txn *txn, const struct sq_window_balance *balance,
                      bool is_account) {
        const bool carries = balance->carryover.mode != SQ_CARRYOVER_NONE;
        const int64_t carried_over = sq_window_carry(balance);
        const int64_t entry = append_close(txn, balance, is_account, carried_over);

        sq_run(txn, close_sql, "iiiiiiiiiiiiiiiiii", balance->subject_id, balance->resource_id,
               (int64_t)balance->window, balance->span.first_day, entry,
               balance->span.last_day, balance->span.since_at, balance->span.until_at,
               balance->budget, balance->carried, balance->consumed,
               carries ? balance->reserved : (int64_t)0,
               carries ? balance->uncounted : balance->uncounted & SQ_UNCOUNTED_CONSUMED,
               (int64_t)balance->carryover.mode, balance->carryover.value, carried_over,
               balance->opened_by, sq_now());
        return entry;
}

static bool is_busy(struct sq_txn *txn, int64_t subject_id) {
        struct sq_query *query = sq_query(txn, busy_sql, "i", subject_id);
        const bool busy = sq_query_next(query);

        sq_query_done(query);
        return busy;
}

void sq_window_roll(struct sq_ledger *ledger, struct sq_txn *txn,
                    struct sq_window_balance *balance, bool is_account, int64_t now,
                    int64_t day) {
        const struct sq_calendar *calendar = &ledger->calendar;
        const bool idle = is_over(balance, now, day) && !is_busy(txn, balance->subject_id);

        if (sq_txn_is_picture(txn)) {
                *balance = sq_window_balance_at(calendar, balance, now);
                if (idle)
                        balance->uncounted = 0;
                return;
        }
        for (int closed = 1; is_over(balance, now, day) && !sq_txn_status(txn); closed++) {
                const struct sq_span span = span_after(calendar, balance, closed, now, day);
                const int64_t entry = record(txn, balance, is_account);

                *balance = next_of(balance, &span);
                balance->opened_by = entry;
                if (idle)
                        balance->uncounted = 0;
        }
        sq_run(txn, open_sql, "iiiiiiiiii", balance->carried, balance->uncounted,
               balance->span.first_day, balance->span.last_day, balance->span.since_at,
               balance->span.until_at, balance->opened_by, balance->subject_id,
               balance->resource_id, (int64_t)balance->window);
}

/* --- after the end --------------------------------------------------------------------- */

/* The window before that of `balance`: its reserved is what was promised. */
struct before {
        bool found;
        struct sq_window_balance balance;
        int64_t carried_over;
};

static struct before read_before(struct sq_txn *txn, const struct sq_window_balance *balance) {
        struct sq_query *query =
                sq_query(txn, before_sql, "iiii", balance->subject_id, balance->resource_id,
                         (int64_t)balance->window, balance->opened_by);
        struct before before = {.found = sq_query_next(query), .balance = *balance};

        if (before.found) {
                before.balance.span = (struct sq_span){
                        sq_query_int(query, 0), sq_query_int(query, 1),
                        sq_query_int(query, 2), sq_query_int(query, 3)};
                before.balance.budget = sq_query_int(query, 4);
                before.balance.carried = sq_query_int(query, 5);
                before.balance.consumed = sq_query_int(query, 6);
                before.balance.reserved = sq_query_int(query, 7);
                before.balance.uncounted = sq_query_int(query, 8);
                before.balance.carryover.mode =
                        (enum sq_carryover_mode)sq_query_int(query, 9);
                before.balance.carryover.value = sq_query_int(query, 10);
                before.carried_over = sq_query_int(query, 11);
        }
        sq_query_done(query);
        return before;
}

void sq_window_carry_again(struct sq_ledger *ledger, struct sq_txn *txn,
                           struct sq_window_balance *balance, bool is_account) {
        const struct before before = read_before(txn, balance);
        struct sq_actor actor = calendar_actor;
        int64_t carried_over, entry;
        char reason[120];

        (void)ledger;
        if (!before.found)
                return;
        carried_over = sq_window_carry(&before.balance);
        if (carried_over == before.carried_over)
                return;
        sq_run(txn, carry_sql, "iiiiii", carried_over, balance->subject_id,
               balance->resource_id, (int64_t)balance->window, before.balance.span.first_day,
               balance->opened_by);
        sq_run(txn, carried_sql, "iiii", carried_over, balance->subject_id,
               balance->resource_id, (int64_t)balance->window);
        snprintf(reason, sizeof reason, "%s %" PRId64 " to %" PRId64 ": %s",
                 sq_window_kind_word(balance->window), before.balance.span.first_day,
                 before.balance.span.last_day, balance->resource);
        actor.reason = reason;
        entry = sq_entry_append(txn, "carry", is_account ? 0 : balance->subject_id,
                                is_account ? balance->subject_id : 0, &actor);
        sq_entry_add_window_line(txn, entry, balance->resource_id, balance->window,
                                 SQ_AMOUNT(carried_over - before.carried_over));
        balance->carried = carried_over;
}

static int too_large(struct sq_txn *txn, struct sq_error *err) {
        return sq_txn_status(txn) ? sq_txn_status(txn)
                                  : sq_fail(err, SQ_ERANGE,
                                            "the amount is too large to be counted");
}

int sq_window_use_late(struct sq_ledger *ledger, struct sq_txn *txn,
                       struct sq_window_balance *balance, bool is_account, int64_t day,
                       int64_t amount, struct sq_error *err) {
        const int64_t window = balance->window;
        struct sq_query *query;
        bool there;

        if (!sq_run(txn, late_sql, "iiiiiii", amount, balance->subject_id,
                    balance->resource_id, window, day, day,
                    amount > 0 ? INT64_MAX - amount : INT64_MAX)) {
                query = sq_query(txn, there_sql, "iiiii", balance->subject_id,
                                 balance->resource_id, window, day, day);
                there = sq_query_next(query);
                sq_query_done(query);
                /* Of before there was such a budget nothing is kept. */
                return there ? too_large(txn, err) : sq_txn_status(txn);
        }
        sq_window_carry_again(ledger, txn, balance, is_account);
        return sq_txn_status(txn);
}

int sq_window_hold_late(struct sq_ledger *ledger, struct sq_txn *txn,
                        struct sq_window_balance *balance, bool is_account,
                        const struct sq_promise *promise, int64_t tasks,
                        struct sq_error *err) {
        const struct before before = read_before(txn, balance);
        int64_t more;

        if (!before.found || before.balance.carryover.mode == SQ_CARRYOVER_NONE)
                return sq_txn_status(txn);
        if (!sq_promise_share(promise, balance->resource_id, balance->resource,
                              &before.balance.span, tasks, &more))
                return too_large(txn, err);
        if (!more)
                return SQ_OK;
        if (!sq_run(txn, promise_sql, "iiiiiii", more, balance->subject_id,
                    balance->resource_id, (int64_t)balance->window,
                    before.balance.span.first_day, balance->opened_by,
                    more > 0 ? INT64_MAX - more : INT64_MAX))
                return too_large(txn, err);
        sq_window_carry_again(ledger, txn, balance, is_account);
        return sq_txn_status(txn);
}
