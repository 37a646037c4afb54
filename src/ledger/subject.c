/* subject.c - users and accounts, from the first time they are seen */
#include "base/clock.h"
#include "ledger/internal.h"

static const char read_sql[] =
        "SELECT s.id, " SQ_WINDOW_COLUMNS ", s.halted"
        " FROM subject s JOIN balance b ON b.subject_id = s.id"
        " WHERE s.kind = ? AND s.name = ?" SQ_FOR_UPDATE;
/* And whether it has windows, so that events need not ask again when it has none. */
static const char ensure_sql[] =
        "SELECT s.id, EXISTS (SELECT 1 FROM balance b WHERE b.subject_id = s.id"
        " AND (b.window_id > 1 OR b.resource_id > 2)) FROM subject s"
        " WHERE s.kind = ? AND s.name = ?";
static const char defaults_sql[] =
        "SELECT resource_id, budget FROM default_budget WHERE kind = ? AND window_id = ?";
static const char create_sql[] =
        "INSERT INTO subject (kind, name, created_at) VALUES (?, ?, ?)";
static const char balance_sql[] =
        "INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)"
        " VALUES (?, ?, ?, ?, ?)";
static const char member_sql[] =
        "SELECT 1 FROM membership WHERE user_id = ? AND account_id = ?";
static const char join_sql[] = "INSERT INTO membership (user_id, account_id) VALUES (?, ?)";

static void read_defaults(struct sq_txn *txn, enum sq_subject_kind kind,
                          struct sq_amount ret[SQ_BUDGETED_RESOURCES]) {
        struct sq_query *query;

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                ret[r] = SQ_UNLIMITED;
        query = sq_query(txn, defaults_sql, "si", sq_subject_kind_name(kind),
                         (int64_t)SQ_WINDOW_TOTAL);
        while (sq_query_next(query))
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        if (sq_query_int(query, 0) == sq_resource_id((enum sq_resource)r))
                                ret[r].seconds = sq_query_int(query, 1);
}

/* A row of cpu or gpu in the window total. */
static void read_total(struct sq_query *query, struct sq_subject *subject) {
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                if (sq_query_int(query, 1) != sq_resource_id((enum sq_resource)r))
                        continue;
                subject->of[r].budget.seconds = sq_query_int(query, 3);
                subject->of[r].consumed.seconds = sq_query_int(query, 5);
                subject->of[r].reserved.seconds = sq_query_int(query, 6);
                if (r == SQ_CPU)
                        subject->cpu_policy = sq_policy_share_read(query, 1);
        }
}

void sq_subject_read(struct sq_ledger *ledger, struct sq_txn *txn, enum sq_subject_kind kind,
                     const char *name, struct sq_subject *ret) {
        struct sq_amount budget[SQ_BUDGETED_RESOURCES];
        struct sq_window_balances *windows = NULL;
        struct sq_query *query;

        *ret = (struct sq_subject){.kind = kind, .name = name};
        query = sq_query(txn, read_sql, "ss", sq_subject_kind_name(kind), name);
        while (sq_query_next(query)) {
                if (!windows) {
                        ret->id = sq_query_int(query, 0);
                        ret->halted = sq_query_int(query, 1 + SQ_WINDOW_COLUMN_COUNT) != 0;
                        windows = sq_window_balances_begin(ledger, txn, ret->id);
                }
                if (sq_is_window_balance(sq_query_int(query, 1), sq_query_int(query, 2)))
                        sq_window_balances_add(windows, query, 1);
                else
                        read_total(query, ret);
        }
        if (windows)
                sq_window_balances_end(ledger, txn, windows);
        if (ret->id)
                return;
        read_defaults(txn, kind, budget);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                ret->of[r].budget = budget[r];
}

void sq_subject_create(struct sq_txn *txn, struct sq_subject *subject, const char *actor) {
        const struct sq_actor who = {.name = actor, .reason = "seen for the first time"};
        const int64_t now = sq_now();
        int64_t entry;

        sq_run(txn, create_sql, "ssi", sq_subject_kind_name(subject->kind), subject->name, now);
        subject->id = sq_txn_last_id(txn);
        entry = sq_entry_append(txn, "open", subject->kind == SQ_USER ? subject->id : 0,
                                subject->kind == SQ_ACCOUNT ? subject->id : 0, &who);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum sq_resource resource = (enum sq_resource)r;

                sq_run(txn, balance_sql, "iiiii", subject->id, sq_resource_id(resource),
                       (int64_t)SQ_WINDOW_TOTAL, subject->of[r].budget.seconds, now);
                sq_entry_add_line(txn, entry, resource, subject->of[r].budget);
        }
}

int64_t sq_subject_ensure(struct sq_ledger *ledger, struct sq_txn *txn,
                          enum sq_subject_kind kind, const char *name, const char *actor) {
        struct sq_query *query =
                sq_query(txn, ensure_sql, "ss", sq_subject_kind_name(kind), name);
        const int64_t id = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        const bool windows = sq_query_int(query, 1) != 0;
        struct sq_subject subject;

        sq_query_done(query);
        if (id && !windows)
                (void)sq_window_balances_begin(ledger, txn, id);
        if (id || sq_txn_status(txn))
                return id;
        sq_subject_read(ledger, txn, kind, name, &subject);
        sq_subject_create(txn, &subject, actor);
        return subject.id;
}

void sq_subject_join(struct sq_ledger *ledger, struct sq_txn *txn, int64_t user_id,
                     int64_t account_id) {
        const size_t at = (size_t)(user_id * 31 + account_id) % SQ_KNOWN_MEMBERS;
        struct sq_query *query;
        bool member;

        if (ledger->member[at].user_id == user_id &&
            ledger->member[at].account_id == account_id)
                return;
        query = sq_query(txn, member_sql, "ii", user_id, account_id);
        member = sq_query_next(query);
        sq_query_done(query);
        if (!member)
                sq_run(txn, join_sql, "ii", user_id, account_id);
        ledger->member[at].user_id = user_id;
        ledger->member[at].account_id = account_id;
}

/* --- defaults ------------------------------------------------------------- */

struct defaults_work {
        enum sq_subject_kind kind;
        struct sq_amounts amounts;
};

static int defaults_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct defaults_work *w = context;

        (void)err;
        read_defaults(txn, w->kind, w->amounts.of);
        return SQ_OK;
}

int sq_budget_defaults(struct sq_ledger *ledger, enum sq_subject_kind kind,
                       struct sq_amounts *ret, struct sq_error *err) {
        struct defaults_work w = {.kind = kind};
        int rc = sq_store_read(ledger->store, defaults_work, &w, err);

        if (!rc)
                *ret = w.amounts;
        return rc;
}
