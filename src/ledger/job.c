#include "ledger/job.h"

#include <inttypes.h>
#include <stdio.h>

#include "ledger/internal.h"

#define STANDING_COLUMNS                                                                   \
        "SELECT r.uuid, r.array_task, r.tasks, r.seconds, r.created_at, r.job_id,"         \
        " r.running_since, r.paused_at, b.job_id, u.name, a.name, c.per_task, g.per_task"  \
        " FROM reservation r JOIN subject u ON u.id = r.user_id"                           \
        " JOIN subject a ON a.id = r.account_id LEFT JOIN binding b ON b.uuid = r.uuid"    \
        " LEFT JOIN reservation_amount c"                                                  \
        " ON c.uuid = r.uuid AND c.array_task = r.array_task AND c.resource_id = 1"        \
        " LEFT JOIN reservation_amount g"                                                  \
        " ON g.uuid = r.uuid AND g.array_task = r.array_task AND g.resource_id = 2"
#define IN_ORDER                                                                           \
        " ORDER BY u.name, b.job_id IS NULL, b.job_id, r.uuid, r.array_task"

static const char all_sql[] = STANDING_COLUMNS IN_ORDER;
static const char user_sql[] = STANDING_COLUMNS " WHERE u.name = ?" IN_ORDER;
static const char account_sql[] = STANDING_COLUMNS " WHERE a.name = ?" IN_ORDER;

const char *sq_job_state_name(enum sq_job_state state) {
        switch (state) {
        case SQ_JOB_SUBMITTED:
                return "SUBMITTED";
        case SQ_JOB_PENDING:
                return "PENDING";
        case SQ_JOB_RUNNING:
                return "RUNNING";
        case SQ_JOB_SUSPENDED:
                break;
        }
        return "SUSPENDED";
}

struct sq_amount sq_job_used(struct sq_amount whole, int64_t elapsed, int64_t seconds) {
        __int128 used;

        if (seconds <= 0 || elapsed <= 0)
                return SQ_AMOUNT(0);
        /* (An odd divisor has no exact half: seconds / 2 serves for it, too.) */
        used = ((__int128)whole.seconds * elapsed + seconds / 2) / seconds;
        return SQ_AMOUNT(used > INT64_MAX ? INT64_MAX : (int64_t)used);
}

struct each_work {
        const struct sq_job_filter *filter;
        sq_job_standing_fn each;
        void *payload;
};

static enum sq_job_state state_of(bool bound, int64_t running_since, int64_t paused_at) {
        if (running_since)
                return paused_at ? SQ_JOB_SUSPENDED : SQ_JOB_RUNNING;
        return bound ? SQ_JOB_PENDING : SQ_JOB_SUBMITTED;
}

static void add_amounts(struct sq_job_standing *job, enum sq_resource resource,
                        int64_t per_task, int64_t elapsed, int64_t seconds) {
        const struct sq_amount one = SQ_AMOUNT(per_task);

        /* The balances have it: it fits. */
        if (!sq_amount_scale(one, job->tasks, &job->reserved.of[resource]))
                job->reserved.of[resource] = SQ_AMOUNT(INT64_MAX);
        job->used.of[resource] = sq_job_used(one, elapsed, seconds);
}

static void read_job(struct sq_query *query, int64_t now, struct sq_job_standing *job) {
        const int64_t seconds = sq_query_int(query, 3), paused_at = sq_query_int(query, 7);
        int64_t elapsed = 0;

        *job = (struct sq_job_standing){
                .array_task = sq_query_int(query, 1),
                .tasks = sq_query_int(query, 2),
                .created_at = sq_query_int(query, 4),
                .raw_job_id = sq_query_int(query, 5),
                .running_since = sq_query_int(query, 6),
                .job_id = sq_query_int(query, 8),
                .user = sq_query_text(query, 9),
                .account = sq_query_text(query, 10),
        };
        snprintf(job->uuid, sizeof job->uuid, "%s", sq_query_text(query, 0));
        job->state = state_of(job->job_id != 0, job->running_since, paused_at);
        if (job->running_since)
                elapsed = (paused_at ? paused_at : now) - job->running_since;
        /* Of a job that was found running its limit may not be known: then it is 0. */
        if (job->state == SQ_JOB_RUNNING && seconds > 0 &&
            __builtin_add_overflow(job->running_since, seconds, &job->until))
                job->until = INT64_MAX;
        add_amounts(job, SQ_CPU, sq_query_int(query, 11), elapsed, seconds);
        add_amounts(job, SQ_GPU, sq_query_int(query, 12), elapsed, seconds);
}

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct each_work *w = context;
        struct sq_job_standing job;
        struct sq_query *query;
        int rc = SQ_OK;

        (void)err;
        if (w->filter->user)
                query = sq_query(txn, user_sql, "s", w->filter->user);
        else if (w->filter->account)
                query = sq_query(txn, account_sql, "s", w->filter->account);
        else
                query = sq_query(txn, all_sql, "");
        while (!rc && sq_query_next(query)) {
                read_job(query, w->filter->now, &job);
                rc = w->each(&job, w->payload);
        }
        sq_query_done(query);
        return rc;
}

int sq_job_each(struct sq_ledger *ledger, const struct sq_job_filter *filter,
                sq_job_standing_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {.filter = filter, .each = each, .payload = payload};

        return sq_store_read(ledger->store, each_work, &w, err);
}

void sq_job_fields(const struct sq_job_standing *job, struct sq_fields *ret) {
        ret->n = 0;
        sq_fields_add_number_if(ret, "job_id", job->job_id != 0, job->job_id);
        sq_fields_add_number_if(ret, "array_task", job->array_task != SQ_NO_TASK,
                                job->array_task);
        sq_fields_add_number(ret, "tasks", job->tasks);
        sq_fields_add_text(ret, "user", job->user);
        sq_fields_add_text(ret, "account", job->account);
        sq_fields_add_text(ret, "state", sq_job_state_name(job->state));
        sq_fields_add_seconds(ret, "reserved_cpu_seconds", job->reserved.of[SQ_CPU]);
        sq_fields_add_seconds(ret, "used_cpu_seconds", job->used.of[SQ_CPU]);
        sq_fields_add_seconds(ret, "reserved_gpu_seconds", job->reserved.of[SQ_GPU]);
        sq_fields_add_seconds(ret, "used_gpu_seconds", job->used.of[SQ_GPU]);
        sq_fields_add_number_if(ret, "until", job->until != 0, job->until);
        sq_fields_add_text(ret, "uuid", job->uuid);
}

char *sq_job_text(int64_t job_id, int64_t array_job, int64_t array_task, char *text,
                  size_t size) {
        if (array_job && array_task != SQ_NO_TASK)
                snprintf(text, size, "%" PRId64 "_%" PRId64, array_job, array_task);
        else
                snprintf(text, size, "%" PRId64, job_id);
        return text;
}
