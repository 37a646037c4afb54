#include "server/quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/adjustment.h"
#include "ledger/budget_name.h"
#include "server/change.h"
#include "server/form.h"

int sq_quota_subject(const struct sq_request *request, enum sq_subject_kind kind,
                     char ret[SQ_NAME_SIZE], struct sq_error *err) {
        const char *name = request->part[0];
        int rc = sq_name_check(kind == SQ_USER ? SQ_NAME_USER : SQ_NAME_ACCOUNT, name, err);

        if (rc)
                return rc;
        if (kind == SQ_ACCOUNT)
                sq_name_lower(name, ret, SQ_NAME_SIZE);
        else
                memcpy(ret, name, SQ_NAME_SIZE);
        return SQ_OK;
}

/* Whose budget, and of what, as the path says it. */
struct whose {
        enum sq_subject_kind kind;
        char name[SQ_NAME_SIZE];
        enum sq_resource resource;
};

/* SQ_ENOTFOUND: there is no such resource. */
static int read_path(const struct sq_request *request, enum sq_subject_kind kind,
                     struct whose *ret, struct sq_error *err) {
        const char *resource = request->part[1];
        int rc = sq_quota_subject(request, kind, ret->name, err);

        if (rc)
                return rc;
        ret->kind = kind;
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                if (!strcmp(resource, sq_resource_name((enum sq_resource)r))) {
                        ret->resource = (enum sq_resource)r;
                        return SQ_OK;
                }
        return sq_fail(err, SQ_ENOTFOUND, "there are budgets of cpu and gpu, not of \"%.40s\"",
                       resource);
}

/* --- one budget -------------------------------------------------------------------------- */

struct setting {
        struct whose whose;
        struct sq_amount limit;
};

static int set(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
               struct sq_error *err) {
        const struct setting *s = payload;

        return sq_budget_set(ledger, s->whose.kind, s->whose.name, s->whose.resource, s->limit,
                             actor, err);
}

static void answer_set(struct sq_sources *sources, const struct sq_request *request,
                       enum sq_subject_kind kind, struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "quota_minutes", .type = SQ_FORM_INTEGER, .required = true},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct sq_error err = {.text = ""};
        struct setting setting;
        int rc;

        if ((rc = read_path(request, kind, &setting.whose, &err)) ||
            (rc = sq_form_read(request, field, 2, &form, &err)) ||
            (rc = sq_form_limit(&field[0], &setting.limit, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[1].text, set, &setting, ret))
                sq_answer_done(ret);
}

void sq_quota_set_user(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        answer_set(sources, request, SQ_USER, ret);
}

void sq_quota_set_account(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_answer *ret) {
        answer_set(sources, request, SQ_ACCOUNT, ret);
}

/* --- consumption ------------------------------------------------------------------------- */

struct adjustment {
        enum sq_subject_kind kind;
        char name[SQ_NAME_SIZE], resource[SQ_TRES_NAME_MAX];
        enum sq_window_kind window;
        struct sq_amount delta;
        struct sq_adjusted adjusted;
};

static int adjust(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                  struct sq_error *err) {
        struct adjustment *a = payload;

        return sq_adjust_window(ledger, a->kind, a->name, a->resource, a->window, a->delta,
                                actor, &a->adjusted, err);
}

static void answer_adjusted(const struct sq_adjusted *adjusted, struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{\"total_consumed_minutes\":");
        sq_json_add_integer(&json, sq_amount_minutes(adjusted->consumed));
        sq_json_add(&json, ",\"consumed_seconds\":");
        sq_json_add_integer(&json, adjusted->consumed.seconds);
        sq_json_add(&json, ",\"applied_seconds\":");
        sq_json_add_integer(&json, adjusted->applied.seconds);
        sq_json_add(&json, "}");
        sq_answer_json(&json, 200, ret);
}

static int read_delta(const struct sq_form_field *field, struct sq_amount *ret,
                      struct sq_error *err) {
        if (!__builtin_mul_overflow(field->integer, 60, &ret->seconds))
                return SQ_OK;
        return sq_fail(err, SQ_ERANGE, "%s is more than can be counted", field->name);
}

static void answer_adjust(struct sq_sources *sources, const struct sq_request *request,
                          enum sq_subject_kind kind, struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "delta_minutes", .type = SQ_FORM_INTEGER, .required = true},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct adjustment adjustment = {.kind = kind, .window = SQ_WINDOW_TOTAL};
        struct sq_error err = {.text = ""};
        struct whose whose;
        int rc;

        if ((rc = read_path(request, kind, &whose, &err)) ||
            (rc = sq_form_read(request, field, 2, &form, &err)) ||
            (rc = read_delta(&field[0], &adjustment.delta, &err))) {
                sq_answer_refusal(rc, &err, ret);
                return;
        }
        memcpy(adjustment.name, whose.name, sizeof whose.name);
        snprintf(adjustment.resource, sizeof adjustment.resource, "%s",
                 sq_resource_name(whose.resource));
        if (sq_change(sources, request, field[1].text, adjust, &adjustment, ret))
                answer_adjusted(&adjustment.adjusted, ret);
}

void sq_quota_adjust_user(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_answer *ret) {
        answer_adjust(sources, request, SQ_USER, ret);
}

void sq_quota_adjust_account(struct sq_sources *sources, const struct sq_request *request,
                             struct sq_answer *ret) {
        answer_adjust(sources, request, SQ_ACCOUNT, ret);
}

/* The same of any TRES in the window of now, which the body names. */
static void answer_adjust_window(struct sq_sources *sources, const struct sq_request *request,
                                 enum sq_subject_kind kind, struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "resource", .type = SQ_FORM_TEXT, .required = true},
                {.name = "window", .type = SQ_FORM_TEXT},
                {.name = "delta_minutes", .type = SQ_FORM_INTEGER, .required = true},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct adjustment adjustment = {.kind = kind, .window = SQ_WINDOW_TOTAL};
        struct sq_error err = {.text = ""};
        int rc;

        if ((rc = sq_quota_subject(request, kind, adjustment.name, &err)) ||
            (rc = sq_form_read(request, field, 4, &form, &err)) ||
            (rc = sq_budget_resource_read(field[0].text, adjustment.resource, &err)) ||
            (field[1].given &&
             (rc = sq_budget_window_read(field[1].text, &adjustment.window, &err))) ||
            (rc = read_delta(&field[2], &adjustment.delta, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[3].text, adjust, &adjustment, ret))
                answer_adjusted(&adjustment.adjusted, ret);
}

void sq_quota_adjust_user_window(struct sq_sources *sources, const struct sq_request *request,
                                 struct sq_answer *ret) {
        answer_adjust_window(sources, request, SQ_USER, ret);
}

void sq_quota_adjust_account_window(struct sq_sources *sources,
                                    const struct sq_request *request, struct sq_answer *ret) {
        answer_adjust_window(sources, request, SQ_ACCOUNT, ret);
}

/* --- defaults ---------------------------------------------------------------------------- */

static int read_defaults(struct sq_sources *sources, struct sq_amounts of[2],
                         struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_budget_defaults(ledger, SQ_USER, &of[SQ_USER], err);
        if (!rc)
                rc = sq_budget_defaults(ledger, SQ_ACCOUNT, &of[SQ_ACCOUNT], err);
        sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        return rc;
}

void sq_quota_show_defaults(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};
        struct sq_error err = {.text = ""};
        struct sq_amounts of[2];

        (void)request;
        if (read_defaults(sources, of, &err)) {
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        for (size_t i = 0; i < SQ_DEFAULTS; i++) {
                const struct sq_default_name *name = &sq_default_names[i];
                const struct sq_amount limit = of[name->kind].of[name->resource];

                sq_json_add(&json, i ? ",\"" : "{\"");
                sq_json_add(&json, name->key);
                sq_json_add(&json, "\":");
                sq_json_add_integer(&json, sq_amount_minutes(limit));
        }
        sq_json_add(&json, "}");
        sq_answer_json(&json, 200, ret);
}

struct defaults {
        size_t n;
        struct sq_default item[SQ_DEFAULTS];
};

static int set_defaults(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                        struct sq_error *err) {
        const struct defaults *defaults = payload;

        return sq_budget_set_defaults(ledger, defaults->item, defaults->n, actor, err);
}

static int take_defaults(const struct sq_form_field *field, struct defaults *ret,
                         struct sq_error *err) {
        ret->n = 0;
        for (size_t i = 0; i < SQ_DEFAULTS; i++) {
                struct sq_default *next = &ret->item[ret->n];
                int rc;

                if (!field[i].given)
                        continue;
                rc = sq_form_limit(&field[i], &next->limit, err);
                if (rc)
                        return rc;
                next->kind = sq_default_names[i].kind;
                next->resource = sq_default_names[i].resource;
                ret->n++;
        }
        if (ret->n)
                return SQ_OK;
        return sq_fail(err, SQ_EINVAL, "give at least one of %s, %s, %s and %s",
                       field[0].name, field[1].name, field[2].name, field[3].name);
}

void sq_quota_set_defaults(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[SQ_DEFAULTS + 1] = {
                [SQ_DEFAULTS] = {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct sq_error err = {.text = ""};
        struct defaults defaults;
        int rc;

        for (size_t i = 0; i < SQ_DEFAULTS; i++)
                field[i] = (struct sq_form_field){.name = sq_default_names[i].key};
        if ((rc = sq_form_read(request, field, SQ_DEFAULTS + 1, &form, &err)) ||
            (rc = take_defaults(field, &defaults, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[SQ_DEFAULTS].text, set_defaults, &defaults,
                           ret))
                sq_answer_done(ret);
}
