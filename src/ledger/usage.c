#include "ledger/usage.h"

#include <time.h>

/* The bound keeps SQL from turning a sum that does not fit into a floating
 * point number (see delta.c). */
static const char add_sql[] =
        "UPDATE usage_day SET amount = amount + ?"
        " WHERE user_id = ? AND account_id = ? AND day = ? AND resource_id = ? AND amount <= ?";
static const char find_sql[] =
        "SELECT 1 FROM usage_day"
        " WHERE user_id = ? AND account_id = ? AND day = ? AND resource_id = ?";
static const char insert_sql[] =
        "INSERT INTO usage_day (amount, user_id, account_id, day, resource_id)"
        " VALUES (?, ?, ?, ?, ?)";

/* No day is longer, even where the clock is set back. */
#define LONGEST_DAY (26 * 3600)

static int64_t day_of(int64_t at) {
        time_t when = (time_t)at;
        struct tm tm = {0};

        localtime_r(&when, &tm);
        return ((int64_t)tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

/* Midnight is looked for by halving.  mktime() would be shorter, but where the
 * clock is changed at midnight there is none or there are two, and which one it
 * gives depends on what it was asked before. */
struct sq_day_part sq_day_part_first(int64_t from, int64_t to) {
        struct sq_day_part part = {.day = day_of(from), .from = from, .to = to};
        int64_t same = from, other = to - from > LONGEST_DAY ? from + LONGEST_DAY : to - 1;

        if (day_of(other) == part.day)
                return part;
        while (other - same > 1) {
                const int64_t middle = same + (other - same) / 2;

                if (day_of(middle) == part.day)
                        same = middle;
                else
                        other = middle;
        }
        part.to = other;
        return part;
}

struct place {
        struct sq_txn *txn;
        int64_t user_id, account_id, day;
};

static int add(const struct place *at, int64_t resource, int64_t amount,
               struct sq_error *err) {
        struct sq_query *query;
        bool there;

        if (!amount || sq_run(at->txn, add_sql, "iiiiii", amount, at->user_id, at->account_id,
                              at->day, resource, amount > 0 ? INT64_MAX - amount : INT64_MAX))
                return SQ_OK;
        query = sq_query(at->txn, find_sql, "iiii", at->user_id, at->account_id, at->day,
                         resource);
        there = sq_query_next(query);
        sq_query_done(query);
        if (there)
                return sq_fail(err, SQ_ERANGE, "the amount is too large to be counted");
        sq_run(at->txn, insert_sql, "iiiii", amount, at->user_id, at->account_id, at->day,
               resource);
        return sq_txn_status(at->txn);
}

int sq_usage_add(struct sq_ledger *ledger, struct sq_txn *txn, const struct sq_run *run,
                 int64_t start_at, int64_t user_id, int64_t account_id,
                 const struct sq_factors *factors, struct sq_error *err) {
        const bool gpus = sq_tres_has_gpus(&run->tres);
        const int64_t end_at = run->end_at - run->suspended;
        struct sq_amounts before = {0}, until;

        for (int64_t from = start_at; from < end_at;) {
                const struct sq_day_part part = sq_day_part_first(from, end_at);
                const struct place at = {txn, user_id, account_id, part.day};
                struct sq_amount amount;
                int rc;

                for (size_t i = 0; i < run->tres.n; i++) {
                        const struct sq_tres_item *item = &run->tres.item[i];

                        if (!sq_amount_scale(SQ_AMOUNT(item->count), part.to - part.from,
                                             &amount))
                                return sq_fail(err, SQ_ERANGE, "%s is too large to be counted",
                                               item->name);
                        rc = add(&at, sq_resource_row(ledger, txn, item->name),
                                 amount.seconds, err);
                        if (rc)
                                return rc;
                }
                if (gpus) {
                        /* The weighted amount is rounded once for the whole run: a
                         * day gets the difference, so that the days sum up to it. */
                        rc = sq_factors_price(factors, &run->tres, part.to - start_at, &until,
                                              err);
                        if (rc)
                                return rc;
                        rc = add(&at, sq_resource_id(SQ_GPU),
                                 until.of[SQ_GPU].seconds - before.of[SQ_GPU].seconds, err);
                        if (rc)
                                return rc;
                        before = until;
                }
                from = part.to;
        }
        return SQ_OK;
}

/* Every TRES of the run.  (The weighted gpu is none of them.) */
static int correct_raw(struct sq_ledger *ledger, struct place *at, const struct sq_tres *tres,
                       int64_t seconds, bool shorter, struct sq_error *err) {
        for (size_t i = 0; i < tres->n; i++) {
                const struct sq_tres_item *item = &tres->item[i];
                const int64_t resource = sq_resource_row(ledger, at->txn, item->name);
                struct sq_amount amount;
                int rc;

                if (!sq_amount_scale(SQ_AMOUNT(item->count), seconds, &amount))
                        return sq_fail(err, SQ_ERANGE, "%s is too large to be counted",
                                       item->name);
                rc = add(at, resource, shorter ? -amount.seconds : amount.seconds, err);
                if (rc)
                        return rc;
        }
        return SQ_OK;
}

/* Of the weighted gpu, which has no seconds of its own, each day gets its share. */
static int correct_seconds(struct sq_ledger *ledger, struct place *at,
                           const struct sq_usage_change *change, int64_t seconds,
                           struct sq_error *err) {
        const int64_t begin = change->end_at - seconds;
        const __int128 gpu = change->amounts.of[SQ_GPU].seconds;
        int64_t before = 0;

        for (int64_t from = begin; from < change->end_at;) {
                const struct sq_day_part part = sq_day_part_first(from, change->end_at);
                const int64_t until = (int64_t)(gpu * (part.to - begin) / seconds);
                int rc;

                at->day = part.day;
                rc = correct_raw(ledger, at, change->tres, part.to - part.from,
                                 change->seconds < 0, err);
                if (!rc)
                        rc = add(at, sq_resource_id(SQ_GPU), until - before, err);
                if (rc)
                        return rc;
                before = until;
                from = part.to;
        }
        return SQ_OK;
}

int sq_usage_correct(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_change *change, struct sq_error *err) {
        struct place at = {txn, change->user_id, change->account_id, 0};
        int rc;

        if (change->seconds)
                return correct_seconds(ledger, &at, change,
                                       change->seconds < 0 ? -change->seconds : change->seconds,
                                       err);
        at.day = day_of(change->end_at - 1); /* an end at midnight is the day before's */
        rc = add(&at, sq_resource_id(SQ_CPU), change->amounts.of[SQ_CPU].seconds, err);
        return rc ? rc : add(&at, sq_resource_id(SQ_GPU), change->amounts.of[SQ_GPU].seconds,
                             err);
}
