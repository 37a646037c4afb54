/* service_budget.c - the desk of a service: budgets, and what counts for them */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "wire/listing.h"
#include "wire/service_internal.h"
#include "wire/shape.h"

/* Ends with the subject's name. */
static void begin_target(struct sq_target *target, const char *users, const char *accounts,
                         enum sq_subject_kind kind, const char *name) {
        sq_target_begin(target, kind == SQ_USER ? users : accounts);
        sq_target_add_segment(target, name);
}

/* --- cpu and gpu for all of time ------------------------------------------------------ */

int sq_service_set_budget(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                          enum sq_resource resource, struct sq_amount limit,
                          const char *reason, struct sq_error *err) {
        struct sq_target target;
        char fields[64];

        begin_target(&target, "/quotas/users", "/quotas/accounts", kind, name);
        sq_target_add_segment(&target, sq_resource_name(resource));
        snprintf(fields, sizeof fields, "{\"quota_minutes\":%" PRId64,
                 sq_service_minutes(limit));
        return sq_service_do(desk, "PUT", &target, fields, reason, err);
}

/* --- of every TRES and window --------------------------------------------------------- */

int sq_service_budgets(struct sq_desk *desk, const struct sq_window_filter *filter,
                       sq_window_standing_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/budgets");
        sq_target_add_parameter(&target, filter->kind == SQ_USER ? "username" : "account",
                                filter->name);
        sq_target_add_parameter(&target, "window",
                                filter->window ? sq_window_kind_word(filter->window) : NULL);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_budgets(sq_service_url(desk), &answer,
                                        desk->as_document ? NULL : each, payload, err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

static json_t *budget_json(const struct sq_window_budget *budget) {
        char rule[32];
        json_t *object = json_pack("{s:s, s:s, s:I}", "resource", budget->resource, "window",
                                   sq_window_kind_word(budget->window), "budget_minutes",
                                   (json_int_t)sq_service_minutes(budget->limit));

        if (object && budget->sets_carryover &&
            json_object_set_new(object, "carryover",
                                json_string(sq_carryover_text(&budget->carryover, rule,
                                                              sizeof rule)))) {
                json_decref(object);
                return NULL;
        }
        return object;
}

/* The members of an object without its end, as sq_service_change() wants them: those of
 * `object`, which is taken; *ret is the caller's. */
static int write_fields(json_t *object, char **ret, struct sq_error *err) {
        char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

        json_decref(object);
        if (!text) /* a name that is not UTF-8 makes no object */
                return sq_fail(err, SQ_EINVAL, "the names cannot be written as JSON");
        text[strlen(text) - 1] = '\0';
        *ret = text;
        return SQ_OK;
}

int sq_service_set_budgets(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                           const struct sq_window_budget *budgets, size_t n,
                           const char *reason, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *fields = NULL;
        json_t *list = json_array();
        struct sq_target target;
        bool whole = list != NULL;
        int rc;

        for (size_t i = 0; i < n && whole; i++)
                whole = json_array_append_new(list, budget_json(&budgets[i])) == 0;
        if (!whole) {
                json_decref(list);
                list = NULL;
        }
        rc = write_fields(list ? json_pack("{s:o}", "budgets", list) : NULL, &fields, err);
        if (rc)
                return rc;
        begin_target(&target, "/budgets/users", "/budgets/accounts", kind, name);
        return sq_service_do(desk, "PUT", &target, fields, reason, err);
}

int sq_service_remove_budget(struct sq_desk *desk, enum sq_subject_kind kind,
                             const char *name, const char *resource,
                             enum sq_window_kind window, const char *reason,
                             struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *fields = NULL;
        struct sq_target target;
        int rc = write_fields(json_pack("{s:s, s:s}", "resource", resource, "window",
                                        sq_window_kind_word(window)),
                              &fields, err);

        if (rc)
                return rc;
        begin_target(&target, "/budgets/users", "/budgets/accounts", kind, name);
        sq_target_add_segment(&target, "remove");
        return sq_service_do(desk, "POST", &target, fields, reason, err);
}

/* --- what counts for them ------------------------------------------------------------- */

/* Of cpu and gpu for all of time the path says it. */
static int write_adjustment(enum sq_subject_kind kind, const char *name, const char *resource,
                            enum sq_window_kind window, int64_t minutes,
                            struct sq_target *target, char **ret_fields,
                            struct sq_error *err) {
        const bool of_old = window == SQ_WINDOW_TOTAL &&
                            (!strcmp(resource, sq_resource_name(SQ_CPU)) ||
                             !strcmp(resource, sq_resource_name(SQ_GPU)));

        begin_target(target, "/consumption/user", "/consumption/account", kind, name);
        if (!of_old)
                return write_fields(json_pack("{s:s, s:s, s:I}", "resource", resource,
                                              "window", sq_window_kind_word(window),
                                              "delta_minutes", (json_int_t)minutes),
                                    ret_fields, err);
        sq_target_add_segment(target, resource);
        return write_fields(json_pack("{s:I}", "delta_minutes", (json_int_t)minutes),
                            ret_fields, err);
}

int sq_service_adjust(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                      const char *resource, enum sq_window_kind window,
                      struct sq_amount delta, const char *reason, struct sq_adjusted *ret,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape = {.root = NULL};
        SQ_CLEANUP(sq_freep) char *fields = NULL;
        struct sq_adjusted adjusted;
        struct sq_target target;
        int rc;

        if ((rc = write_adjustment(kind, name, resource, window, delta.seconds / 60, &target,
                                   &fields, err)) ||
            (rc = sq_service_change(desk, "PATCH", &target, fields, reason, &answer, err)))
                return rc;
        sq_shape_begin(&shape, sq_service_url(desk), answer.text, answer.length);
        adjusted.consumed = sq_shape_amount(&shape, shape.root, "consumed_seconds", INT64_MIN);
        adjusted.applied = sq_shape_amount(&shape, shape.root, "applied_seconds", INT64_MIN);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                *ret = adjusted;
        return rc;
}
