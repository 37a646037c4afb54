#include "cli/standing_json.h"

#include "ledger/balance.h"

static void add_list(struct sq_document *doc, const char *name,
                     const struct sq_standings *list) {
        struct sq_fields fields;

        sq_document_open_list(doc, name);
        for (size_t i = 0; i < list->n; i++) {
                sq_standing_fields(&list->item[i], &fields);
                sq_document_add_object(doc, &fields);
        }
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

void sq_job_list_print_json(FILE *out, const struct sq_job_list *jobs, int64_t compared_at) {
        struct sq_document doc = {.out = out};
        struct sq_fields fields;

        sq_document_open_object(&doc, NULL);
        sq_document_open_list(&doc, "jobs");
        for (size_t i = 0; i < jobs->n; i++) {
                sq_job_fields(&jobs->item[i], &fields);
                sq_document_add_object(&doc, &fields);
        }
        sq_document_close_list(&doc);
        sq_document_add_number_if(&doc, "compared_at", compared_at != 0, compared_at);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
}
