#include "estimate/estimate_json.h"

#include "base/document.h"

static void add_tres(struct sq_document *doc, const struct sq_tres *tres) {
        sq_document_open_object(doc, "tres");
        for (size_t i = 0; i < tres->n; i++)
                sq_document_add_number(doc, tres->item[i].name, tres->item[i].count);
        sq_document_close_object(doc);
}

static void add_amounts(struct sq_document *doc, const char *name,
                        const struct sq_amounts *amounts) {
        sq_document_open_object(doc, name);
        sq_document_add_number(doc, "cpu_seconds", amounts->of[SQ_CPU].seconds);
        sq_document_add_number(doc, "gpu_seconds", amounts->of[SQ_GPU].seconds);
        sq_document_close_object(doc);
}

/* -1 is unlimited. */
static void add_balance(struct sq_document *doc, const struct sq_balance *balance) {
        sq_document_add_number(doc, "budget_seconds", balance->budget.seconds);
        sq_document_add_number(doc, "consumed_seconds", balance->consumed.seconds);
        sq_document_add_number(doc, "reserved_seconds", balance->reserved.seconds);
        sq_document_add_number(doc, "available_seconds", sq_balance_available(balance).seconds);
}

static void add_standing(struct sq_document *doc, enum sq_subject_kind kind, const char *name,
                         const struct sq_balance *of) {
        sq_document_open_object(doc, sq_subject_kind_name(kind));
        sq_document_add_text(doc, "name", name);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                sq_document_open_object(doc, sq_resource_name((enum sq_resource)r));
                add_balance(doc, &of[r]);
                sq_document_close_object(doc);
        }
        sq_document_close_object(doc);
}

static void add_part(struct sq_document *doc, const struct sq_estimate *e,
                     const struct sq_estimated_part *part) {
        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "account", part->account);
        sq_document_add_text(doc, "partition", part->partition);
        sq_document_add_number(doc, "array_tasks", part->price.tasks);
        sq_document_add_number(doc, "seconds", part->price.seconds);
        sq_document_add_truth(doc, "open_ended", part->price.open_ended);
        add_tres(doc, &part->price.tres);
        add_amounts(doc, "held_per_task", &part->outlook.per_task);
        add_amounts(doc, "held", &part->outlook.total);
        sq_document_open_object(doc, "left");
        add_standing(doc, SQ_USER, e->user, part->outlook.user);
        add_standing(doc, SQ_ACCOUNT, part->account, part->outlook.account);
        sq_document_close_object(doc);
        sq_document_close_object(doc);
}

static void add_shortage(struct sq_document *doc, const struct sq_estimate *e,
                         const struct sq_shortage *s) {
        static const char *const words[] = {
                [SQ_SHORTAGE_MAY_END] = "running_jobs",
                [SQ_SHORTAGE_NEEDS_ALL] = "all_jobs",
                [SQ_SHORTAGE_STAYS] = "never",
        };

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "kind", sq_subject_kind_name(s->kind));
        sq_document_add_text(doc, "name", sq_shortage_name(e, s));
        sq_document_add_text(doc, "resource", sq_resource_name(s->resource));
        sq_document_add_number(doc, "asked_seconds", s->asked.seconds);
        add_balance(doc, &s->balance);
        sq_document_add_number(doc, "lacking_seconds", s->lacking.seconds);
        sq_document_add_text(doc, "may_come_free_with", words[sq_shortage_end(s)]);
        sq_document_add_number_if(doc, "may_come_free_by", s->relief.by != 0, s->relief.by);
        sq_document_add_number(doc, "running_jobs", s->relief.jobs_running);
        sq_document_add_number(doc, "running_jobs_seconds", s->relief.running.seconds);
        sq_document_add_number(doc, "waiting_jobs", s->relief.jobs_waiting);
        sq_document_add_number(doc, "waiting_jobs_seconds", s->relief.waiting.seconds);
        sq_document_close_object(doc);
}

void sq_estimate_print_json(FILE *out, const struct sq_estimate *e, const char *const *remarks,
                            size_t n_remarks) {
        const struct sq_amounts total = sq_estimate_total(e);
        const bool bounded = e->limited || e->longest_minutes < e->most_minutes;
        struct sq_document doc = {.out = out};

        sq_document_open_object(&doc, NULL);
        sq_document_add_text(&doc, "user", e->user);
        sq_document_add_truth(&doc, "fits", !e->refused);
        sq_document_add_text(&doc, "refusal", e->refused ? e->refusal : NULL);
        sq_document_add_number_if(&doc, "refused_part", e->refused, (int64_t)e->refused_part);
        add_amounts(&doc, "held", &total);
        sq_document_add_number_if(&doc, "longest_seconds", bounded, e->longest_minutes * 60);
        sq_document_add_truth(&doc, "longest_is_partitions",
                              e->limited && e->longest_minutes == e->most_minutes);
        sq_document_open_list(&doc, "parts");
        for (size_t i = 0; i < e->n; i++)
                add_part(&doc, e, &e->part[i]);
        sq_document_close_list(&doc);
        sq_document_open_list(&doc, "shortages");
        for (size_t i = 0; i < e->shortages; i++)
                add_shortage(&doc, e, &e->shortage[i]);
        sq_document_close_list(&doc);
        sq_document_open_list(&doc, "remarks");
        for (size_t i = 0; i < n_remarks; i++)
                sq_document_add_text(&doc, NULL, remarks[i]);
        sq_document_close_list(&doc);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
}
