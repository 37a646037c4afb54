#include "ledger/relief.h"

#include "base/grow.h"
#include "ledger/internal.h"
#include "ledger/job.h"

#define COLUMNS                                                                        \
        "SELECT r.tasks, r.seconds, r.running_since, r.paused_at, a.per_task"          \
        " FROM reservation r JOIN reservation_amount a"                                \
        " ON a.uuid = r.uuid AND a.array_task = r.array_task AND a.resource_id = ?"    \
        " JOIN subject s ON s.name = ? AND s.kind = "

static const char user_sql[] = COLUMNS "'user' AND s.id = r.user_id";
static const char account_sql[] = COLUMNS "'account' AND s.id = r.account_id";

/* A running job: so much may come free until then. */
struct part {
        int64_t until;
        struct sq_amount amount;
};

struct work {
        enum sq_subject_kind kind;
        const char *name;
        enum sq_resource resource;
        struct sq_amount lacking;
        int64_t now;
        struct sq_relief ret;
        struct part *part; /* of running jobs; the caller frees it */
        size_t n, room;
};

static void add(struct sq_amount *sum, struct sq_amount term) {
        if (!sq_amount_add(sum, term))
                *sum = SQ_AMOUNT(INT64_MAX);
}

static int take_row(struct work *w, struct sq_query *query, struct sq_error *err) {
        const int64_t tasks = sq_query_int(query, 0), seconds = sq_query_int(query, 1);
        const int64_t since = sq_query_int(query, 2), paused_at = sq_query_int(query, 3);
        const struct sq_amount per_task = SQ_AMOUNT(sq_query_int(query, 4));
        struct part part = {.until = w->now};
        struct sq_amount used;

        if (!sq_amount_scale(per_task, tasks, &part.amount))
                part.amount = SQ_AMOUNT(INT64_MAX);
        if (since) { /* then it is one task */
                used = sq_job_used(per_task, (paused_at ? paused_at : w->now) - since, seconds);
                part.amount.seconds -= used.seconds < part.amount.seconds
                                               ? used.seconds : part.amount.seconds;
        }
        if (!since || paused_at) {
                add(&w->ret.waiting, part.amount);
                w->ret.jobs_waiting += tasks;
                return SQ_OK;
        }
        add(&w->ret.running, part.amount);
        w->ret.jobs_running += tasks;
        if (__builtin_add_overflow(since, seconds, &part.until))
                part.until = INT64_MAX;
        if (part.until < w->now) /* overtime, or the queue was not compared since */
                part.until = w->now;
        if (!sq_grow(&w->part, w->n + 1, &w->room, sizeof *w->part))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        w->part[w->n++] = part;
        return SQ_OK;
}

static int by_time(const void *one, const void *other) {
        const struct part *x = one, *y = other;

        return (x->until > y->until) - (x->until < y->until);
}

static void find_time(struct work *w) {
        struct sq_amount sum = SQ_AMOUNT(0);

        if (w->n)
                qsort(w->part, w->n, sizeof *w->part, by_time);
        for (size_t i = 0; i < w->n && !w->ret.by; i++) {
                add(&sum, w->part[i].amount);
                if (sum.seconds >= w->lacking.seconds)
                        w->ret.by = w->part[i].until;
        }
}

static int relief_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct work *w = context;
        struct sq_query *query;
        int rc = SQ_OK;

        w->ret = (struct sq_relief){.by = 0};
        w->n = 0;
        query = sq_query(txn, w->kind == SQ_USER ? user_sql : account_sql, "is",
                         sq_resource_id(w->resource), w->name);
        while (!rc && sq_query_next(query))
                rc = take_row(w, query, err);
        sq_query_done(query);
        if (!rc)
                find_time(w);
        return rc;
}

int sq_relief_read(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                   enum sq_resource resource, struct sq_amount lacking, int64_t now,
                   struct sq_relief *ret, struct sq_error *err) {
        struct work w = {.kind = kind, .name = name, .resource = resource,
                         .lacking = lacking, .now = now};
        int rc = sq_store_read(ledger->store, relief_work, &w, err);

        free(w.part);
        if (!rc)
                *ret = w.ret;
        return rc;
}
