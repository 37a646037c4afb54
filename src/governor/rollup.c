#include "governor/rollup.h"

/* As the days are kept: by user, then account.  2 is the weighted gpu, which is no TRES.
 * Names are looked up once for each sum, and not for each day. */
static const char usage_sql[] =
        "SELECT r.name, x.since, x.earlier FROM (SELECT d.resource_id,"
        "  sum(CASE WHEN d.day >= ? THEN d.amount - d.refunded ELSE 0 END) AS since,"
        "  sum(CASE WHEN d.day < ? THEN d.amount - d.refunded ELSE 0 END) AS earlier"
        "  FROM membership m CROSS JOIN usage_day d"
        "  ON d.user_id = m.user_id AND d.account_id = m.account_id"
        "  WHERE m.account_id = ? AND d.day >= ? AND d.day <= ? AND d.resource_id <> 2"
        "  GROUP BY d.resource_id) x CROSS JOIN resource r ON r.id = x.resource_id"
        " ORDER BY x.resource_id";
static const char since_sql[] = "SELECT created_at FROM subject WHERE id = ?";
static const char first_sql[] =
        "SELECT coalesce(min(d.day), ?) FROM membership m CROSS JOIN usage_day d"
        " ON d.user_id = m.user_id AND d.account_id = m.account_id"
        " WHERE m.account_id = ? AND d.day >= ? AND d.day <= ?";

bool sq_rollup_read(struct sq_txn *txn, int64_t account_id, int64_t first, int64_t middle,
                    int64_t last, sq_rollup_fn each, void *payload) {
        struct sq_query *query =
                sq_query(txn, usage_sql, "iiiii", middle, middle, account_id, first, last);
        bool goes_on = true;

        while (goes_on && sq_query_next(query))
                goes_on = each(sq_query_text(query, 0), sq_query_int(query, 2),
                               sq_query_int(query, 1), payload);
        sq_query_done(query);
        return goes_on;
}

/* --- the last 30 days -------------------------------------------------------------------- */

struct taking {
        const struct sq_quantities *only;
        struct sq_lately *lately;
};

/* There is room for those of `only`. */
static bool take(const char *tres, int64_t before, int64_t since, void *payload) {
        const struct taking *t = payload;
        const struct sq_quantity week = sq_quantity_of(SQ_AMOUNT(since));
        const struct sq_quantity earlier = sq_quantity_of(SQ_AMOUNT(before));

        if (!sq_quantities_has(t->only, tres))
                return true;
        return sq_quantities_set(&t->lately->of[SQ_PACE_WEEK].used, tres, week) &&
               sq_quantities_set(&t->lately->of[SQ_PACE_MONTH].used, tres,
                                 (struct sq_quantity){earlier.units + week.units});
}

static int64_t days_between(int64_t first, int64_t last) {
        return sq_date_days(sq_date_from_number(last)) -
               sq_date_days(sq_date_from_number(first));
}

/* Whole days that it was there before today. */
static int64_t age(struct sq_txn *txn, const struct sq_calendar *calendar, int64_t account_id,
                   int64_t from, int64_t today) {
        struct sq_query *query = sq_query(txn, since_sql, "i", account_id);
        int64_t day = today;

        if (sq_query_next(query))
                day = sq_calendar_day(calendar, sq_query_int(query, 0));
        sq_query_done(query);
        if (day <= from)
                return SQ_BURN_MONTH;
        query = sq_query(txn, first_sql, "iiii", today, account_id, from, today);
        if (sq_query_next(query) && sq_query_int(query, 0) < day)
                day = sq_query_int(query, 0);
        sq_query_done(query);
        return day < today ? days_between(day, today) : 0;
}

void sq_rollup_read_lately(struct sq_txn *txn, const struct sq_calendar *calendar,
                           const struct sq_moment *moment, int64_t account_id,
                           const struct sq_quantities *only, struct sq_lately *ret) {
        const int64_t today = sq_date_days(sq_date_from_number(moment->day));
        const int64_t month = sq_date_number(sq_date_from_days(today - SQ_BURN_MONTH));
        const int64_t week = sq_date_number(sq_date_from_days(today - SQ_BURN_WEEK));
        const int64_t yesterday = sq_date_number(sq_date_from_days(today - 1));
        const int64_t days = age(txn, calendar, account_id, month, moment->day);
        struct taking taking = {only, ret};

        ret->of[SQ_PACE_WEEK].used.n = ret->of[SQ_PACE_MONTH].used.n = 0;
        ret->of[SQ_PACE_WEEK].days = days < SQ_BURN_WEEK ? days : SQ_BURN_WEEK;
        ret->of[SQ_PACE_MONTH].days = days;
        (void)sq_rollup_read(txn, account_id, month, week, yesterday, take, &taking);
}
