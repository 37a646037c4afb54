#include "cli/standing_json.h"

#include "base/clock.h"
#include "ledger/balance.h"
#include "ledger/reservation.h"

static void add_seconds(struct sq_document *doc, const char *name, struct sq_amount amount) {
        sq_document_add_number(doc, name, amount.seconds);
}

static void add_field(struct sq_document *doc, const struct sq_field *field) {
        char utc[SQ_UTC_TEXT_SIZE];

        switch (field->kind) {
        case SQ_FIELD_TEXT:
                sq_document_add_text(doc, field->name, field->text);
                break;
        case SQ_FIELD_NUMBER:
                sq_document_add_number(doc, field->name, field->number);
                break;
        case SQ_FIELD_TIME:
                sq_document_add_text(doc, field->name,
                                     sq_utc_text(field->number, utc) ? utc : NULL);
        }
}

static void add_standing(struct sq_document *doc, const struct sq_standing *standing) {
        struct sq_field field[SQ_STANDING_FIELDS];

        sq_standing_fields(standing, field);
        sq_document_open_object(doc, NULL);
        for (size_t i = 0; i < SQ_STANDING_FIELDS; i++)
                add_field(doc, &field[i]);
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
