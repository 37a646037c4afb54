#include "cli/standing_json.h"

#include <time.h>

#include "ledger/reservation.h"

/* "2026-01-31 18:30:00" in UTC, or null: as slurm-quota 2 has it. */
static void add_time(struct sq_document *doc, const char *name, int64_t at) {
        const time_t when = (time_t)at;
        char text[64];
        struct tm utc;

        if (at > 0 && gmtime_r(&when, &utc) &&
            strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc))
                sq_document_add_text(doc, name, text);
        else
                sq_document_add_text(doc, name, NULL);
}

static void add_minutes(struct sq_document *doc, const char *name, struct sq_amount amount) {
        sq_document_add_number(doc, name, sq_amount_minutes(amount));
}

static void add_seconds(struct sq_document *doc, const char *name, struct sq_amount amount) {
        sq_document_add_number(doc, name, amount.seconds);
}

static void add_standing(struct sq_document *doc, const struct sq_standing *s) {
        const struct sq_balance *cpu = &s->of[SQ_CPU], *gpu = &s->of[SQ_GPU];

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, s->kind == SQ_USER ? "username" : "account", s->name);
        add_minutes(doc, "total_consumed_cpu_minutes", cpu->consumed);
        add_minutes(doc, "total_preallocated_cpu_minutes", cpu->reserved);
        add_minutes(doc, "quota_cpu_minutes", cpu->budget);
        add_minutes(doc, "total_consumed_gpu_minutes", gpu->consumed);
        add_minutes(doc, "total_preallocated_gpu_minutes", gpu->reserved);
        add_minutes(doc, "quota_gpu_minutes", gpu->budget);
        add_time(doc, "last_updated", s->updated_at);
        sq_document_add_number(doc, "job_count", s->jobs);
        add_seconds(doc, "consumed_cpu_seconds", cpu->consumed);
        add_seconds(doc, "reserved_cpu_seconds", cpu->reserved);
        add_seconds(doc, "budget_cpu_seconds", cpu->budget);
        add_seconds(doc, "consumed_gpu_seconds", gpu->consumed);
        add_seconds(doc, "reserved_gpu_seconds", gpu->reserved);
        add_seconds(doc, "budget_gpu_seconds", gpu->budget);
        sq_document_close_object(doc);
}

static void add_list(struct sq_document *doc, const char *name,
                     const struct sq_standings *list) {
        sq_document_open_list(doc, name);
        for (size_t i = 0; i < list->n; i++)
                add_standing(doc, &list->item[i]);
        sq_document_close_list(doc);
}

void sq_standings_print_json(FILE *out, const struct sq_standings *users,
                             const struct sq_standings *accounts) {
        struct sq_document doc = {.out = out};

        sq_document_open_object(&doc, NULL);
        add_list(&doc, "users", users);
        add_list(&doc, "accounts", accounts);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
}

static void add_job(struct sq_document *doc, const struct sq_job_standing *job) {
        const bool is_task = job->array_task != SQ_NO_TASK;

        sq_document_open_object(doc, NULL);
        sq_document_add_number_if(doc, "job_id", job->job_id != 0, job->job_id);
        sq_document_add_number_if(doc, "array_task", is_task, job->array_task);
        sq_document_add_number(doc, "tasks", job->tasks);
        sq_document_add_text(doc, "user", job->user);
        sq_document_add_text(doc, "account", job->account);
        sq_document_add_text(doc, "state", sq_job_state_name(job->state));
        add_seconds(doc, "reserved_cpu_seconds", job->reserved.of[SQ_CPU]);
        add_seconds(doc, "used_cpu_seconds", job->used.of[SQ_CPU]);
        add_seconds(doc, "reserved_gpu_seconds", job->reserved.of[SQ_GPU]);
        add_seconds(doc, "used_gpu_seconds", job->used.of[SQ_GPU]);
        sq_document_add_number_if(doc, "until", job->until != 0, job->until);
        sq_document_add_text(doc, "uuid", job->uuid);
        sq_document_close_object(doc);
}

void sq_job_list_print_json(FILE *out, const struct sq_job_list *jobs, int64_t compared_at) {
        struct sq_document doc = {.out = out};

        sq_document_open_object(&doc, NULL);
        sq_document_open_list(&doc, "jobs");
        for (size_t i = 0; i < jobs->n; i++)
                add_job(&doc, &jobs->item[i]);
        sq_document_close_list(&doc);
        sq_document_add_number_if(&doc, "compared_at", compared_at != 0, compared_at);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
}
