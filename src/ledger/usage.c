#include "ledger/usage.h"

/* The bound keeps SQL from turning a sum that does not fit into a floating
 * point number (see delta.c). */
static const char add_sql[] =
        "UPDATE usage_day SET amount = amount + ?, refunded = refunded + ?"
        " WHERE user_id = ? AND account_id = ? AND day = ? AND resource_id = ? AND amount <= ?";
static const char find_sql[] =
        "SELECT 1 FROM usage_day"
        " WHERE user_id = ? AND account_id = ? AND day = ? AND resource_id = ?";
static const char insert_sql[] =
        "INSERT INTO usage_day (amount, refunded, user_id, account_id, day, resource_id)"
        " VALUES (?, ?, ?, ?, ?, ?)";

/* No day is longer, even where the clock is set back. */
#define LONGEST_DAY (26 * 3600)

/* Midnight is looked for by halving.  mktime() would be shorter, but where the
 * clock is changed at midnight there is none or there are two, and which one it
 * gives depends on what it was asked before. */
struct sq_day_part sq_day_part_first(const struct sq_calendar *calendar, int64_t from,
                                     int64_t to) {
        struct sq_day_part part = {
                .day = sq_calendar_day(calendar, from), .from = from, .to = to};
        int64_t same = from, other = to - from > LONGEST_DAY ? from + LONGEST_DAY : to - 1;

        if (sq_calendar_day(calendar, other) == part.day)
                return part;
        while (other - same > 1) {
                const int64_t middle = same + (other - same) / 2;

                if (sq_calendar_day(calendar, middle) == part.day)
                        same = middle;
                else
                        other = middle;
        }
        part.to = other;
        return part;
}

int sq_usage_add_day(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_place *place, int64_t resource_id, int64_t amount,
                     int64_t refunded, struct sq_error *err) {
        const int64_t room = amount > 0 ? INT64_MAX - amount : INT64_MAX;
        struct sq_query *query;
        bool there;
        int rc;

        if (!amount && !refunded)
                return SQ_OK;
        if (!sq_run(txn, add_sql, "iiiiiii", amount, refunded, place->user_id,
                    place->account_id, place->day, resource_id, room)) {
                query = sq_query(txn, find_sql, "iiii", place->user_id, place->account_id,
                                 place->day, resource_id);
                there = sq_query_next(query);
                sq_query_done(query);
                if (there)
                        return sq_fail(err, SQ_ERANGE,
                                       "the amount is too large to be counted");
                sq_run(txn, insert_sql, "iiiiii", amount, refunded, place->user_id,
                       place->account_id, place->day, resource_id);
        }
        /* A refund is a part of the amount. */
        rc = sq_window_use(ledger, txn, place->user_id, resource_id, place->day,
                           amount - refunded, err);
        return rc ? rc : sq_window_use(ledger, txn, place->account_id, resource_id,
                                       place->day, amount - refunded, err);
}

/* An amount that is spread over days, and what is given back of it: both are rounded once
 * for the whole, so a day gets the difference, and the days sum up to it. */
struct spread {
        int64_t amount, refunded; /* up to the day at hand */
};

static int add_until(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_place *place, int64_t resource_id,
                     struct spread *spread, int64_t until, int percent,
                     struct sq_error *err) {
        const int64_t refunded = sq_refund_of(SQ_AMOUNT(until), percent).seconds;
        int rc = sq_usage_add_day(ledger, txn, place, resource_id, until - spread->amount,
                                  refunded - spread->refunded, err);

        *spread = (struct spread){until, refunded};
        return rc;
}

/* Every TRES from `begin` on, in the part of it that `part` is; negative: taken off.  (The
 * weighted gpu is none of them.) */
static int add_raw(struct sq_ledger *ledger, struct sq_txn *txn,
                   const struct sq_usage_place *place, const struct sq_tres *tres,
                   int64_t begin, const struct sq_day_part *part, int sign, int percent,
                   struct sq_error *err) {
        for (size_t i = 0; i < tres->n; i++) {
                const struct sq_tres_item *item = &tres->item[i];
                struct sq_amount before, until;
                struct spread spread;
                int rc;

                if (!sq_amount_scale(SQ_AMOUNT(item->count), part->from - begin, &before) ||
                    !sq_amount_scale(SQ_AMOUNT(item->count), part->to - begin, &until))
                        return sq_fail(err, SQ_ERANGE, "%s is too large to be counted",
                                       item->name);
                before.seconds *= sign;
                spread = (struct spread){before.seconds,
                                         sq_refund_of(before, percent).seconds};
                rc = add_until(ledger, txn, place, sq_resource_row(ledger, txn, item->name),
                               &spread, sign * until.seconds, percent, err);
                if (rc)
                        return rc;
        }
        return SQ_OK;
}

int sq_usage_add(struct sq_ledger *ledger, struct sq_txn *txn, const struct sq_run *run,
                 int64_t start_at, int64_t user_id, int64_t account_id,
                 const struct sq_factors *factors, int refund_percent,
                 struct sq_error *err) {
        const bool gpus = sq_tres_has_gpus(&run->tres);
        const int64_t end_at = run->end_at - run->suspended;
        struct spread spread = {0, 0};
        struct sq_amounts until;

        for (int64_t from = start_at; from < end_at;) {
                const struct sq_day_part part =
                        sq_day_part_first(&ledger->calendar, from, end_at);
                const struct sq_usage_place place = {user_id, account_id, part.day};
                int rc = add_raw(ledger, txn, &place, &run->tres, start_at, &part, 1,
                                 refund_percent, err);

                if (!rc && gpus)
                        rc = sq_factors_price(factors, &run->tres, part.to - start_at, &until,
                                              err);
                if (!rc && gpus)
                        rc = add_until(ledger, txn, &place, sq_resource_id(SQ_GPU), &spread,
                                       until.of[SQ_GPU].seconds, refund_percent, err);
                if (rc)
                        return rc;
                from = part.to;
        }
        return SQ_OK;
}

/* Of the weighted gpu, which has no seconds of its own, each day gets its share. */
static int correct_seconds(struct sq_ledger *ledger, struct sq_txn *txn,
                           struct sq_usage_place *place,
                           const struct sq_usage_change *change, int64_t seconds,
                           struct sq_error *err) {
        const int64_t begin = change->end_at - seconds;
        const __int128 gpu = change->amounts.of[SQ_GPU].seconds;
        struct spread spread = {0, 0};

        for (int64_t from = begin; from < change->end_at;) {
                const struct sq_day_part part = sq_day_part_first(&ledger->calendar, from,
                                                                  change->end_at);
                const int64_t until = (int64_t)(gpu * (part.to - begin) / seconds);
                int rc;

                place->day = part.day;
                rc = add_raw(ledger, txn, place, change->tres, begin, &part,
                             change->seconds < 0 ? -1 : 1, change->refund_percent, err);
                if (!rc)
                        rc = add_until(ledger, txn, place, sq_resource_id(SQ_GPU), &spread,
                                       until, change->refund_percent, err);
                if (rc)
                        return rc;
                from = part.to;
        }
        return SQ_OK;
}

int sq_usage_correct(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_change *change, struct sq_error *err) {
        struct sq_usage_place place = {change->user_id, change->account_id, 0};
        int rc = SQ_OK;

        if (change->seconds)
                return correct_seconds(ledger, txn, &place, change,
                                       change->seconds < 0 ? -change->seconds : change->seconds,
                                       err);
        /* An end at midnight is the day before's. */
        place.day = sq_calendar_day(&ledger->calendar, change->end_at - 1);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES && !rc; r++) {
                struct spread spread = {0, 0};

                rc = add_until(ledger, txn, &place, sq_resource_id((enum sq_resource)r),
                               &spread, change->amounts.of[r].seconds, change->refund_percent,
                               err);
        }
        return rc;
}
