#include "ledger/budget.h"

#include "base/clock.h"
#include "ledger/internal.h"

const struct sq_default_name sq_default_names[SQ_DEFAULTS] = {
        {SQ_USER, SQ_CPU, "user_cpu_minutes"},
        {SQ_USER, SQ_GPU, "user_gpu_minutes"},
        {SQ_ACCOUNT, SQ_CPU, "account_cpu_minutes"},
        {SQ_ACCOUNT, SQ_GPU, "account_gpu_minutes"},
};

static const char set_sql[] =
        "UPDATE balance SET budget = ?, updated_at = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
static const char set_default_sql[] =
        "UPDATE default_budget SET budget = ?"
        " WHERE kind = ? AND resource_id = ? AND window_id = ?";
static const char add_default_sql[] =
        "INSERT INTO default_budget (budget, kind, resource_id, window_id)"
        " VALUES (?, ?, ?, ?)";
static const char find_default_sql[] =
        "SELECT 1 FROM default_budget WHERE kind = ? AND resource_id = ? AND window_id = ?";

struct budget_work {
        struct sq_ledger *ledger;
        enum sq_subject_kind kind;
        const char *name;
        enum sq_resource resource;
        struct sq_amount limit;
        const struct sq_actor *actor;
};

static int check_limit(struct sq_amount limit, struct sq_error *err) {
        if (limit.seconds < SQ_UNLIMITED.seconds)
                return sq_fail(err, SQ_EINVAL, "a budget cannot be negative");
        return SQ_OK;
}

static int set_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct budget_work *w = context;
        struct sq_subject subject;
        int64_t entry;

        (void)err;
        sq_subject_read(w->ledger, txn, w->kind, w->name, &subject);
        if (!subject.id)
                sq_subject_create(txn, &subject, w->actor->name);
        entry = sq_entry_append(txn, "budget", w->kind == SQ_USER ? subject.id : 0,
                                w->kind == SQ_ACCOUNT ? subject.id : 0, w->actor);
        sq_entry_add_line(txn, entry, w->resource, w->limit);
        sq_run(txn, set_sql, "iiiii", w->limit.seconds, sq_now(), subject.id,
               sq_resource_id(w->resource), (int64_t)SQ_WINDOW_TOTAL);
        return SQ_OK;
}

int sq_budget_set(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                  enum sq_resource resource, struct sq_amount limit,
                  const struct sq_actor *actor, struct sq_error *err) {
        struct budget_work w = {ledger, kind, name, resource, limit, actor};
        int rc = check_limit(limit, err);

        return rc ? rc : sq_store_write(ledger->store, SQ_DURABLE_NOW, set_work, &w, err);
}

static void set_default(struct sq_txn *txn, const struct sq_default *d,
                        const struct sq_actor *actor) {
        const char *kind = sq_subject_kind_name(d->kind);
        const int64_t resource = sq_resource_id(d->resource), window = SQ_WINDOW_TOTAL;
        struct sq_query *query;
        struct sq_actor who = *actor;
        int64_t entry;
        bool there;

        query = sq_query(txn, find_default_sql, "sii", kind, resource, window);
        there = sq_query_next(query);
        sq_query_done(query);
        sq_run(txn, there ? set_default_sql : add_default_sql, "isii", d->limit.seconds, kind,
               resource, window);
        if (!who.reason)
                who.reason = d->kind == SQ_USER ? "default for users" : "default for accounts";
        entry = sq_entry_append(txn, "default", 0, 0, &who);
        sq_entry_add_line(txn, entry, d->resource, d->limit);
}

struct defaults_work {
        const struct sq_default *defaults;
        size_t n;
        const struct sq_actor *actor;
};

static int set_defaults_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct defaults_work *w = context;

        (void)err;
        for (size_t i = 0; i < w->n; i++)
                set_default(txn, &w->defaults[i], w->actor);
        return SQ_OK;
}

int sq_budget_set_defaults(struct sq_ledger *ledger, const struct sq_default *defaults,
                           size_t n, const struct sq_actor *actor, struct sq_error *err) {
        struct defaults_work w = {defaults, n, actor};

        for (size_t i = 0; i < n; i++) {
                int rc = check_limit(defaults[i].limit, err);

                if (rc)
                        return rc;
        }
        return sq_store_write(ledger->store, SQ_DURABLE_NOW, set_defaults_work, &w, err);
}

int sq_budget_set_default(struct sq_ledger *ledger, enum sq_subject_kind kind,
                          enum sq_resource resource, struct sq_amount limit,
                          const struct sq_actor *actor, struct sq_error *err) {
        const struct sq_default one = {kind, resource, limit};

        return sq_budget_set_defaults(ledger, &one, 1, actor, err);
}
