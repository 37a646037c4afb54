#include "ledger/window_balance.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"
#include "ledger/window_close.h"

static const char rows_sql[] =
        "SELECT " SQ_WINDOW_COLUMNS ", s.kind, r.name FROM balance b"
        " JOIN subject s ON s.id = b.subject_id JOIN resource r ON r.id = b.resource_id"
        " WHERE b.subject_id = ? AND (b.window_id > 1 OR b.resource_id > 2)" SQ_FOR_UPDATE;
static const char about_sql[] = "SELECT s.kind, r.name FROM subject s, resource r"
                                " WHERE s.id = ? AND r.id = ?";
static const char use_sql[] =
        "UPDATE balance SET consumed = consumed + ?, updated_at = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ? AND consumed <= ?";

/* Behind SQ_WINDOW_COLUMNS. */
#define KIND_COLUMN SQ_WINDOW_COLUMN_COUNT
#define NAME_COLUMN (SQ_WINDOW_COLUMN_COUNT + 1)

struct sq_policy_share sq_policy_share_read(struct sq_query *query, int first) {
        return (struct sq_policy_share){
                sq_query_int(query, first + 15), sq_query_int(query, first + 16),
                sq_query_int(query, first + 17), sq_query_int(query, first + 18)};
}

void sq_window_balance_read(struct sq_query *query, int first,
                            struct sq_window_balance *ret) {
        *ret = (struct sq_window_balance){
                .resource_id = sq_query_int(query, first),
                .window = (enum sq_window_kind)sq_query_int(query, first + 1),
                .budget = sq_query_int(query, first + 2),
                .carried = sq_query_int(query, first + 3),
                .consumed = sq_query_int(query, first + 4),
                .reserved = sq_query_int(query, first + 5),
                .uncounted = sq_query_int(query, first + 6),
                .span = {sq_query_int(query, first + 7), sq_query_int(query, first + 8),
                         sq_query_int(query, first + 9), sq_query_int(query, first + 10)},
                .carryover = {(enum sq_carryover_mode)sq_query_int(query, first + 11),
                              sq_query_int(query, first + 12)},
                .opened_by = sq_query_int(query, first + 13),
                .updated_at = sq_query_int(query, first + 14),
                .policy = sq_policy_share_read(query, first),
        };
}

/* --- the rows of this transaction ------------------------------------------------- */

static struct sq_window_cache *cache_of(struct sq_ledger *ledger, struct sq_txn *txn) {
        struct sq_window_cache *cache = &ledger->windows;

        if (cache->txn != sq_txn_number(txn)) {
                cache->txn = sq_txn_number(txn);
                cache->next = 0;
                memset(cache->subject_id, 0, sizeof cache->subject_id);
        }
        return cache;
}

void sq_window_balances_forget(struct sq_ledger *ledger, int64_t subject_id) {
        for (size_t i = 0; i < SQ_WINDOW_SUBJECTS; i++)
                if (ledger->windows.subject_id[i] == subject_id)
                        ledger->windows.subject_id[i] = 0;
}

struct sq_window_balances *sq_window_balances_begin(struct sq_ledger *ledger,
                                                    struct sq_txn *txn, int64_t subject_id) {
        struct sq_window_cache *cache = cache_of(ledger, txn);
        struct sq_window_balances *list;
        size_t at = 0;

        while (at < SQ_WINDOW_SUBJECTS && cache->subject_id[at] != subject_id)
                at++;
        if (at == SQ_WINDOW_SUBJECTS) {
                at = cache->next;
                cache->next = (at + 1) % SQ_WINDOW_SUBJECTS;
        }
        cache->subject_id[at] = subject_id;
        list = &cache->of[at];
        list->subject_id = subject_id;
        list->n = 0;
        return list;
}

void sq_window_balances_add(struct sq_window_balances *list, struct sq_query *query,
                            int first) {
        if (list->n == SQ_WINDOW_BALANCES_MOST)
                return;
        sq_window_balance_read(query, first, &list->of[list->n]);
        list->of[list->n++].subject_id = list->subject_id;
}

/* The kind of the subject and the names of its resources, where a reader of other rows
 * did not have them. */
static void complete(struct sq_txn *txn, struct sq_window_balances *list) {
        for (size_t i = 0; i < list->n; i++) {
                struct sq_window_balance *balance = &list->of[i];
                struct sq_query *query;

                if (balance->resource[0])
                        continue;
                query = sq_query(txn, about_sql, "ii", list->subject_id, balance->resource_id);
                if (sq_query_next(query)) {
                        list->is_account = sq_query_text(query, 0)[0] == 'a';
                        snprintf(balance->resource, sizeof balance->resource, "%s",
                                 sq_query_text(query, 1));
                }
                sq_query_done(query);
        }
}

void sq_window_balances_end(struct sq_ledger *ledger, struct sq_txn *txn,
                            struct sq_window_balances *list) {
        int64_t now;

        if (!list->n)
                return;
        complete(txn, list);
        now = sq_now();
        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].span.until_at <= now)
                        sq_window_roll(ledger, txn, &list->of[i], list->is_account, now, 0);
        if (sq_txn_status(txn))
                list->n = 0;
}

struct sq_window_balances *sq_window_balances_of(struct sq_ledger *ledger, struct sq_txn *txn,
                                                 int64_t subject_id) {
        struct sq_window_cache *cache = cache_of(ledger, txn);
        struct sq_window_balances *list;
        struct sq_query *query;

        for (size_t i = 0; i < SQ_WINDOW_SUBJECTS; i++)
                if (cache->subject_id[i] == subject_id)
                        return &cache->of[i];
        list = sq_window_balances_begin(ledger, txn, subject_id);
        query = sq_query(txn, rows_sql, "i", subject_id);
        while (sq_query_next(query)) {
                sq_window_balances_add(list, query, 0);
                list->is_account = sq_query_text(query, KIND_COLUMN)[0] == 'a';
                snprintf(list->of[list->n - 1].resource, SQ_TRES_NAME_MAX, "%s",
                         sq_query_text(query, NAME_COLUMN));
        }
        sq_window_balances_end(ledger, txn, list);
        return list;
}

/* --- amounts ------------------------------------------------------------------------ */

struct sq_amount sq_window_balance_available(const struct sq_window_balance *balance) {
        int64_t limit, spent;

        if (balance->budget < 0)
                return SQ_UNLIMITED;
        if (__builtin_add_overflow(balance->budget, balance->carried, &limit))
                limit = INT64_MAX;
        /* consumed is below 0 where more was taken back than was used: not overflow. */
        if (__builtin_add_overflow(balance->consumed, balance->reserved, &spent) ||
            spent >= limit)
                return SQ_AMOUNT(0);
        if (__builtin_sub_overflow(limit, spent, &limit))
                limit = INT64_MAX;
        return SQ_AMOUNT(limit);
}

static int use(struct sq_txn *txn, struct sq_window_balance *balance, int64_t amount,
               struct sq_error *err) {
        const int64_t room = amount > 0 ? INT64_MAX - amount : INT64_MAX;

        if (!sq_run(txn, use_sql, "iiiiii", amount, sq_now(), balance->subject_id,
                    balance->resource_id, (int64_t)balance->window, room))
                return sq_txn_status(txn) ? sq_txn_status(txn)
                                          : sq_fail(err, SQ_ERANGE, "the amount is too large"
                                                                    " to be counted");
        balance->consumed += amount;
        return SQ_OK;
}

int sq_window_use(struct sq_ledger *ledger, struct sq_txn *txn, int64_t subject_id,
                  int64_t resource_id, int64_t day, int64_t amount, struct sq_error *err) {
        struct sq_window_balances *list = sq_window_balances_of(ledger, txn, subject_id);
        int rc = SQ_OK;

        for (size_t i = 0; i < list->n && !rc; i++) {
                struct sq_window_balance *balance = &list->of[i];

                if (balance->resource_id != resource_id)
                        continue;
                /* Clocks differ: who used something tomorrow says that it is tomorrow. */
                if (day > balance->span.last_day)
                        sq_window_roll(ledger, txn, balance, list->is_account, sq_now(), day);
                if (day >= balance->span.first_day)
                        rc = use(txn, balance, amount, err);
                else
                        rc = sq_window_use_late(ledger, txn, balance, list->is_account, day,
                                                amount, err);
        }
        return rc ? rc : sq_txn_status(txn);
}
