#include "server/budget.h"

#include <jansson.h>
#include <string.h>

#include "ledger/budget_name.h"
#include "ledger/window_budget.h"
#include "server/change.h"
#include "server/form.h"
#include "server/page.h"
#include "server/quota.h"
#include "server/viewer.h"

/* --- showing ------------------------------------------------------------------------------ */

struct list {
        const struct sq_caller *viewer; /* NULL: whoever may see all */
        struct sq_window_filter filter; /* without a name: all */
        char name[SQ_NAME_SIZE];
        struct sq_page page;
};

static int read_list(const struct sq_request *request, struct list *list,
                     struct sq_error *err) {
        const char *user = request->parameter[SQ_BUDGET_USER];
        const char *account = request->parameter[SQ_BUDGET_ACCOUNT];
        const char *window = request->parameter[SQ_BUDGET_WINDOW];
        int rc = SQ_OK;

        if (*user && *account)
                return sq_fail(err, SQ_EINVAL, "username and account are mutually exclusive");
        if (*window && (rc = sq_budget_window_read(window, &list->filter.window, err)))
                return rc;
        if (!*user && !*account)
                return SQ_OK;
        list->filter.kind = *user ? SQ_USER : SQ_ACCOUNT;
        list->filter.name = list->name;
        if (*user)
                memcpy(list->name, user, sizeof list->name);
        else
                sq_name_lower(account, list->name, sizeof list->name);
        return sq_viewer_check(list->viewer, list->filter.kind, list->name, err);
}

static int add_budget(const struct sq_window_standing *standing, void *payload) {
        struct list *list = payload;
        struct sq_fields fields;

        if (!sq_viewer_sees(list->viewer, standing->kind, standing->name))
                return SQ_OK;
        sq_window_standing_fields(standing, &fields);
        sq_document_add_object(&list->page.doc, &fields);
        return SQ_OK;
}

static int write_list(struct sq_ledger *ledger, struct list *list, struct sq_error *err) {
        struct sq_document *doc = &list->page.doc;
        int rc;

        sq_document_open_list(doc, NULL);
        rc = list->filter.name ? sq_window_budget_each(ledger, &list->filter, add_budget, list,
                                                       err)
                               : sq_window_budget_each_limited(ledger, list->filter.window,
                                                               add_budget, list, err);
        sq_document_close_list(doc);
        sq_document_end(doc);
        return rc;
}

void sq_budgets_show(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret) {
        struct list list = {.viewer = sq_viewer_of(sources, request)};
        struct sq_error err = {.text = ""};
        struct sq_ledger *ledger;
        int rc = read_list(request, &list, &err);

        if (rc) {
                sq_answer_refusal(rc, &err, ret);
                return;
        }
        rc = sq_readers_take(sources->readers, &ledger, &err);
        if (!rc) {
                rc = sq_page_begin(&list.page) ? write_list(ledger, &list, &err)
                                               : sq_fail(&err, SQ_ENOMEM, "out of memory");
                sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        }
        if (rc) {
                sq_page_drop(&list.page);
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        sq_answer_no_trouble(sources);
        sq_page_end(&list.page, 200, ret);
}

/* --- what a body says of one -------------------------------------------------------------- */

/* No subject has more. */
#define BUDGETS_MOST SQ_WINDOW_BALANCES_MOST

static int read_names(const struct sq_form_field *resource, const struct sq_form_field *window,
                      char ret_resource[SQ_TRES_NAME_MAX], enum sq_window_kind *ret_window,
                      struct sq_error *err) {
        int rc = sq_budget_resource_read(resource->text, ret_resource, err);

        *ret_window = SQ_WINDOW_TOTAL;
        if (!rc && window->given)
                rc = sq_budget_window_read(window->text, ret_window, err);
        return rc;
}

/* --- setting ------------------------------------------------------------------------------ */

struct setting {
        enum sq_subject_kind kind;
        char name[SQ_NAME_SIZE];
        size_t n;
        char resource[BUDGETS_MOST][SQ_TRES_NAME_MAX];
        struct sq_window_budget budget[BUDGETS_MOST];
};

static int read_budget(const json_t *object, struct setting *setting, struct sq_error *err) {
        struct sq_form_field field[] = {
                {.name = "resource", .type = SQ_FORM_TEXT, .required = true},
                {.name = "window", .type = SQ_FORM_TEXT},
                {.name = "budget_minutes", .type = SQ_FORM_INTEGER, .required = true},
                {.name = "carryover", .type = SQ_FORM_TEXT},
        };
        const size_t i = setting->n;
        struct sq_window_budget *budget = &setting->budget[i];
        int rc;

        budget->resource = setting->resource[i];
        if ((rc = sq_form_take(object, field, 4, err)) ||
            (rc = read_names(&field[0], &field[1], setting->resource[i], &budget->window,
                             err)) ||
            (rc = sq_form_limit(&field[2], &budget->limit, err)))
                return rc;
        budget->sets_carryover = field[3].given;
        if (field[3].given && (rc = sq_carryover_parse(field[3].text, &budget->carryover, err)))
                return rc;
        for (size_t k = 0; k < i; k++)
                if (budget->window == setting->budget[k].window &&
                    !strcmp(budget->resource, setting->resource[k]))
                        return sq_fail(err, SQ_EINVAL, "%s is there twice", budget->resource);
        setting->n++;
        return SQ_OK;
}

static int read_budgets(const json_t *list, struct setting *setting, struct sq_error *err) {
        const size_t n = json_array_size(list);

        if (!n || n > BUDGETS_MOST)
                return sq_fail(err, SQ_EINVAL, "budgets must be 1 to %d", BUDGETS_MOST);
        for (size_t i = 0; i < n; i++) {
                const int rc = read_budget(json_array_get(list, i), setting, err);

                if (!rc)
                        continue;
                sq_context(err, "budgets[%zu]", i);
                return rc;
        }
        return SQ_OK;
}

static int set(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
               struct sq_error *err) {
        const struct setting *s = payload;

        return sq_window_budget_set(ledger, s->kind, s->name, s->budget, s->n, actor, err);
}

static void answer_set(struct sq_sources *sources, const struct sq_request *request,
                       enum sq_subject_kind kind, struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "budgets", .type = SQ_FORM_LIST, .required = true},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct setting setting = {.kind = kind};
        struct sq_error err = {.text = ""};
        int rc;

        if ((rc = sq_quota_subject(request, kind, setting.name, &err)) ||
            (rc = sq_form_read(request, field, 2, &form, &err)) ||
            (rc = read_budgets(field[0].list, &setting, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[1].text, set, &setting, ret))
                sq_answer_done(ret);
}

void sq_budgets_set_user(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_answer *ret) {
        answer_set(sources, request, SQ_USER, ret);
}

void sq_budgets_set_account(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret) {
        answer_set(sources, request, SQ_ACCOUNT, ret);
}

/* --- removing ----------------------------------------------------------------------------- */

struct removal {
        enum sq_subject_kind kind;
        char name[SQ_NAME_SIZE], resource[SQ_TRES_NAME_MAX];
        enum sq_window_kind window;
};

static int remove_one(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                      struct sq_error *err) {
        const struct removal *r = payload;

        return sq_window_budget_remove(ledger, r->kind, r->name, r->resource, r->window, actor,
                                       err);
}

static void answer_remove(struct sq_sources *sources, const struct sq_request *request,
                          enum sq_subject_kind kind, struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "resource", .type = SQ_FORM_TEXT, .required = true},
                {.name = "window", .type = SQ_FORM_TEXT},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct removal removal = {.kind = kind};
        struct sq_error err = {.text = ""};
        int rc;

        if ((rc = sq_quota_subject(request, kind, removal.name, &err)) ||
            (rc = sq_form_read(request, field, 3, &form, &err)) ||
            (rc = read_names(&field[0], &field[1], removal.resource, &removal.window, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[2].text, remove_one, &removal, ret))
                sq_answer_done(ret);
}

void sq_budget_remove_user(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret) {
        answer_remove(sources, request, SQ_USER, ret);
}

void sq_budget_remove_account(struct sq_sources *sources, const struct sq_request *request,
                              struct sq_answer *ret) {
        answer_remove(sources, request, SQ_ACCOUNT, ret);
}
