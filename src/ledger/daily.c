#include "ledger/daily.h"

#include "ledger/internal.h"

/* The days are kept by user, then account: those of an account are its users'. */
static const char account_sql[] =
        "SELECT d.day, r.name, sum(d.amount - d.refunded) FROM subject s"
        " JOIN membership m ON m.account_id = s.id"
        " JOIN usage_day d ON d.user_id = m.user_id AND d.account_id = m.account_id"
        " AND d.day >= ? AND d.day <= ?"
        " JOIN resource r ON r.id = d.resource_id"
        " WHERE s.kind = 'account' AND s.name = ? GROUP BY d.day, r.name";
static const char user_sql[] =
        "SELECT d.day, r.name, sum(d.amount - d.refunded) FROM subject s"
        " JOIN usage_day d ON d.user_id = s.id AND d.day >= ? AND d.day <= ?"
        " JOIN resource r ON r.id = d.resource_id"
        " WHERE s.kind = 'user' AND s.name = ? GROUP BY d.day, r.name";

struct work {
        const char *sql, *name;
        int64_t first, last;
        sq_daily_fn each;
        void *payload;
};

static int read_days(struct sq_txn *txn, void *payload, struct sq_error *err) {
        const struct work *w = payload;
        struct sq_query *query = sq_query(txn, w->sql, "iis", w->first, w->last, w->name);
        int rc = SQ_OK;

        (void)err;
        while (!rc && sq_query_next(query))
                rc = w->each(sq_date_from_number(sq_query_int(query, 0)),
                             sq_query_text(query, 1), SQ_AMOUNT(sq_query_int(query, 2)),
                             w->payload);
        sq_query_done(query);
        return rc;
}

int sq_daily_each(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                  struct sq_date first, struct sq_date last, sq_daily_fn each, void *payload,
                  struct sq_error *err) {
        struct work work = {
                .sql = kind == SQ_USER ? user_sql : account_sql,
                .name = name,
                .first = sq_date_number(first),
                .last = sq_date_number(last),
                .each = each,
                .payload = payload,
        };

        return sq_store_read(ledger->store, read_days, &work, err);
}
