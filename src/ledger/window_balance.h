/* window_balance.h - balances beside those of cpu and gpu in the window total
 *
 * They are rows of `balance` that somebody made by setting a budget: for a month, a
 * quarter or a year, or for another TRES.  This is what the events of the ledger do with
 * them; budgets are set and read through window_budget.h.
 *
 * Whoever touches a row whose window is over closes it first (window_close.h): nothing
 * depends on somebody having done so at midnight.
 */
#pragma once

#include "ledger/calendar.h"
#include "ledger/ledger.h"
#include "policy/carryover.h"

/* A person has an overview over some; and a hook reads those of two subjects each time. */
#define SQ_WINDOW_BALANCES_MOST 32

/* What has not been counted (column `uncounted`): its number says by how much it has
 * changed since the window began, and not how much it is. */
#define SQ_UNCOUNTED_RESERVED 1
#define SQ_UNCOUNTED_CONSUMED 2

/* As the tables have it: 0 for none, percent of capped, days of decay. */
struct sq_carryover_choice {
        enum sq_carryover_mode mode;
        int64_t value;
};

/* What a policy lets an account use (window_allowance.h). */
struct sq_policy_share {
        int64_t policy_id; /* 0: no policy says anything */
        int64_t weight;    /* 0: it stands for itself */
        int64_t full, limit;
};

struct sq_window_balance {
        int64_t subject_id, resource_id;
        enum sq_window_kind window;
        char resource[SQ_TRES_NAME_MAX];
        int64_t budget; /* -1: unlimited */
        int64_t carried, consumed, reserved;
        int64_t uncounted;
        struct sq_span span;
        struct sq_carryover_choice carryover;
        int64_t opened_by; /* the entry with which the window began */
        int64_t updated_at;
        struct sq_policy_share policy;
};

/* Those of one subject. */
struct sq_window_balances {
        int64_t subject_id;
        bool is_account;
        size_t n;
        struct sq_window_balance of[SQ_WINDOW_BALANCES_MOST];
};

/* Subjects whose rows are remembered for a transaction: none of them is forgotten before
 * so many others were read. */
#define SQ_WINDOW_SUBJECTS 8

struct sq_window_cache {
        int64_t txn; /* sq_txn_number() of the transaction that it is of */
        size_t next;
        int64_t subject_id[SQ_WINDOW_SUBJECTS]; /* 0: the place is free */
        struct sq_window_balances of[SQ_WINDOW_SUBJECTS];
};

/* The columns that sq_window_balance_read() takes, from `first` on; the table is b. */
#define SQ_WINDOW_COLUMNS                                                               \
        "b.resource_id, b.window_id, b.budget, b.carried, b.consumed, b.reserved,"      \
        " b.uncounted, b.first_day, b.last_day, b.since_at, b.until_at, b.carryover,"   \
        " b.carryover_value, b.opened_by, b.updated_at, b.policy_id, b.policy_weight,"  \
        " b.policy_full, b.policy_limit"
#define SQ_WINDOW_COLUMN_COUNT 19

/* Whether a row of `balance` is one of these. */
static inline bool sq_is_window_balance(int64_t resource_id, int64_t window_id) {
        return resource_id > 2 || window_id != SQ_WINDOW_TOTAL;
}

/* The share alone, from the same columns. */
struct sq_policy_share sq_policy_share_read(struct sq_query *query, int first);

/* Everything but the resource's name. */
void sq_window_balance_read(struct sq_query *query, int first,
                            struct sq_window_balance *ret);

/* Those of a subject, in windows of now; lent until SQ_WINDOW_SUBJECTS others have been
 * read.  After a failure in the transaction there are none. */
struct sq_window_balances *sq_window_balances_of(struct sq_ledger *ledger, struct sq_txn *txn,
                                                 int64_t subject_id);

/* The same for who reads them anyway: begins an empty list, takes one row in
 * (SQ_WINDOW_COLUMNS), and at the end, when the query is over, closes what is over. */
struct sq_window_balances *sq_window_balances_begin(struct sq_ledger *ledger,
                                                    struct sq_txn *txn, int64_t subject_id);
void sq_window_balances_add(struct sq_window_balances *list, struct sq_query *query,
                            int first);
void sq_window_balances_end(struct sq_ledger *ledger, struct sq_txn *txn,
                            struct sq_window_balances *list);

/* Forgets a subject whose rows were changed by other means. */
void sq_window_balances_forget(struct sq_ledger *ledger, int64_t subject_id);

/* budget + carried - consumed - reserved, never below 0; SQ_UNLIMITED possible. */
struct sq_amount sq_window_balance_available(const struct sq_window_balance *balance);

/* --- what jobs will use ------------------------------------------------------------ */

/* What one task of a reservation holds, and when it can use it at the earliest. */
struct sq_promise {
        int64_t created_at;
        int64_t seconds;
        struct sq_amounts per_task;
        const struct sq_tres *tres; /* NULL: nothing but cpu and gpu */
};

/* The part of it that can fall into a span, rounded up.  It depends on nothing that
 * changes while the reservation is there, so that adding and releasing agree.  False when
 * it does not fit. */
bool sq_promise_share(const struct sq_promise *promise, int64_t resource_id,
                      const char *resource, const struct sq_span *span, int64_t tasks,
                      int64_t *ret);

/* Adds `tasks` of it (negative: takes them off) to what is reserved in the windows of a
 * subject. */
int sq_window_hold(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                   const struct sq_promise *promise, int64_t tasks, struct sq_error *err);

/* Says in this transaction that they were held, and writes nothing. */
void sq_window_pretend(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                       const struct sq_promise *promise, int64_t tasks);

/* --- what jobs have used ------------------------------------------------------------ */

/* Adds to what is consumed on a day; of a day before the window of now to the record of
 * the window that it was in.  Called for every change of usage_day, and by nobody else. */
int sq_window_use(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                  int64_t resource_id, int64_t day, int64_t amount, struct sq_error *err);
