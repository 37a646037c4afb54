#include "ledger/balance.h"

#include "ledger/internal.h"

/* Rows of one subject come together, ordered by resource. */
#define STANDING_COLUMNS                                                                \
        "SELECT s.id, s.name, b.resource_id, b.budget, b.consumed, b.reserved, b.tasks," \
        " b.updated_at FROM subject s JOIN balance b"                                    \
        " ON b.subject_id = s.id AND b.window_id = ?"

static const char all_sql[] = STANDING_COLUMNS " WHERE s.kind = ?"
                                               " ORDER BY s.name, b.resource_id";
static const char one_sql[] = STANDING_COLUMNS " WHERE s.kind = ? AND s.name = ?"
                                               " ORDER BY s.name, b.resource_id";
static const char accounts_of_sql[] =
        STANDING_COLUMNS " WHERE s.kind = 'account' AND s.id IN"
                         " (SELECT m.account_id FROM membership m JOIN subject u"
                         " ON u.id = m.user_id WHERE u.kind = 'user' AND u.name = ?)"
                         " ORDER BY s.name, b.resource_id";

struct sq_amount sq_balance_available(const struct sq_balance *balance) {
        int64_t left;

        if (sq_amount_is_unlimited(balance->budget))
                return SQ_UNLIMITED;
        /* Each is >= 0 and a sum that overflows is certainly too much. */
        if (__builtin_add_overflow(balance->consumed.seconds, balance->reserved.seconds,
                                   &left) ||
            left >= balance->budget.seconds)
                return SQ_AMOUNT(0);
        return SQ_AMOUNT(balance->budget.seconds - left);
}

void sq_standing_fields(const struct sq_standing *standing, struct sq_fields *ret) {
        const struct sq_balance *cpu = &standing->of[SQ_CPU], *gpu = &standing->of[SQ_GPU];

        ret->n = 0;
        sq_fields_add_text(ret, standing->kind == SQ_USER ? "username" : "account",
                           standing->name);
        sq_fields_add_minutes(ret, "total_consumed_cpu_minutes", cpu->consumed);
        sq_fields_add_minutes(ret, "total_preallocated_cpu_minutes", cpu->reserved);
        sq_fields_add_minutes(ret, "quota_cpu_minutes", cpu->budget);
        sq_fields_add_minutes(ret, "total_consumed_gpu_minutes", gpu->consumed);
        sq_fields_add_minutes(ret, "total_preallocated_gpu_minutes", gpu->reserved);
        sq_fields_add_minutes(ret, "quota_gpu_minutes", gpu->budget);
        sq_fields_add_time(ret, "last_updated", standing->updated_at);
        sq_fields_add_number(ret, "job_count", standing->jobs);
        sq_fields_add_seconds(ret, "consumed_cpu_seconds", cpu->consumed);
        sq_fields_add_seconds(ret, "reserved_cpu_seconds", cpu->reserved);
        sq_fields_add_seconds(ret, "budget_cpu_seconds", cpu->budget);
        sq_fields_add_seconds(ret, "consumed_gpu_seconds", gpu->consumed);
        sq_fields_add_seconds(ret, "reserved_gpu_seconds", gpu->reserved);
        sq_fields_add_seconds(ret, "budget_gpu_seconds", gpu->budget);
}

struct each_work {
        enum sq_subject_kind kind;
        const char *name;    /* one subject */
        const char *user;    /* the accounts of this user */
        sq_standing_fn each;
        void *payload;
};

static void add_row(struct sq_standing *standing, struct sq_query *query) {
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                if (sq_query_int(query, 2) != sq_resource_id((enum sq_resource)r))
                        continue;
                standing->of[r].budget.seconds = sq_query_int(query, 3);
                standing->of[r].consumed.seconds = sq_query_int(query, 4);
                standing->of[r].reserved.seconds = sq_query_int(query, 5);
        }
        /* Every job holds CPUs; those that hold GPUs count there again. */
        if (sq_query_int(query, 2) == sq_resource_id(SQ_CPU))
                standing->jobs = sq_query_int(query, 6);
        if (sq_query_int(query, 7) > standing->updated_at)
                standing->updated_at = sq_query_int(query, 7);
}

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct each_work *w = context;
        const int64_t window = SQ_WINDOW_TOTAL;
        const char *kind = sq_subject_kind_name(w->kind);
        struct sq_standing standing = {.kind = w->kind};
        struct sq_query *query;
        char name[512]; /* Slurm's names end far below this */
        int64_t current = 0;
        int rc = 0;

        (void)err;
        if (w->user)
                query = sq_query(txn, accounts_of_sql, "is", window, w->user);
        else if (w->name)
                query = sq_query(txn, one_sql, "iss", window, kind, w->name);
        else
                query = sq_query(txn, all_sql, "is", window, kind);
        while (sq_query_next(query)) {
                if (sq_query_int(query, 0) != current) {
                        if (current)
                                rc = w->each(&standing, w->payload);
                        if (rc)
                                break;
                        current = sq_query_int(query, 0);
                        standing = (struct sq_standing){.kind = w->kind, .name = name};
                        __builtin_snprintf(name, sizeof name, "%s", sq_query_text(query, 1));
                }
                add_row(&standing, query);
        }
        sq_query_done(query);
        if (current && !rc && !sq_txn_status(txn))
                rc = w->each(&standing, w->payload);
        return rc;
}

int sq_balance_each(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                    sq_standing_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {.kind = kind, .name = name, .each = each, .payload = payload};

        return sq_store_read(ledger->store, each_work, &w, err);
}

int sq_balance_each_account_of(struct sq_ledger *ledger, const char *user,
                               sq_standing_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {
                .kind = SQ_ACCOUNT, .user = user, .each = each, .payload = payload};

        return sq_store_read(ledger->store, each_work, &w, err);
}
