/* policy_log.c - what policies did, and what became of their plans (policy.h) */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "governor/outbox.h"
#include "governor/record.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "server/change.h"
#include "server/form.h"
#include "server/policy.h"
#include "server/policy_view.h"

/* As the ancestor has it. */
#define ROWS_MOST 100

/* Who does not see every account gets his among the newest so many. */
#define ROWS_SEARCHED 10000

#define EVENTS_MOST 1000

/* --- evaluations and commands ---------------------------------------------------------- */

struct rows {
        const struct sq_request *request;
        struct sq_document *doc;
        int64_t left; /* how many more are told */
};

/* Not an error code: it ends the list. */
#define ENOUGH 1

static int add_evaluation(const struct sq_evaluation_record *record, void *payload) {
        struct rows *rows = payload;

        if (!sq_caller_sees_account(&rows->request->caller, record->account))
                return 0;
        sq_evaluation_record_print(rows->doc, record);
        return --rows->left ? 0 : ENOUGH;
}

static int add_command(const struct sq_command_record *record, void *payload) {
        struct rows *rows = payload;

        if (!sq_caller_sees_account(&rows->request->caller, record->account))
                return 0;
        sq_command_record_print(rows->doc, record);
        return --rows->left ? 0 : ENOUGH;
}

/* The account of a filter; one that is not there has no rows, and *ret_none says so. */
static int find_filter(struct sq_ledger *ledger, const char *cluster, const char *which,
                       char name[SQ_NAME_SIZE], bool *ret_none, struct sq_error *err) {
        int rc = *which ? sq_resource_find(ledger, cluster, which, name, err) : SQ_OK;

        *ret_none = rc == SQ_ENOTFOUND;
        return *ret_none ? SQ_OK : rc;
}

static int64_t searched(const struct sq_request *request, int64_t most) {
        return request->caller.role >= SQ_ROLE_OPERATOR ? most : ROWS_SEARCHED;
}

static int write_rows(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_ledger *ledger, struct sq_document *doc, bool commands,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        const char *resource = request->parameter[SQ_POLICY_RESOURCE];
        const char *window = commands ? "" : request->parameter[SQ_POLICY_WINDOW];
        struct rows rows = {request, doc, ROWS_MOST};
        struct sq_record_filter filter = {.limit = searched(request, ROWS_MOST)};
        char name[SQ_NAME_SIZE];
        bool none;
        int rc;

        if ((rc = sq_policy_view_find(sources, request, ledger, &kept, err)) ||
            (rc = find_filter(ledger, kept->policy.scope, resource, name, &none, err)))
                return rc;
        filter.policy_id = kept->id;
        filter.account = *resource ? name : NULL;
        filter.window = *window ? window : NULL;
        sq_document_open_list(doc, NULL);
        if (!none)
                rc = commands ? sq_command_record_each(ledger, &filter, add_command, &rows, err)
                              : sq_evaluation_record_each(ledger, &filter, add_evaluation,
                                                          &rows, err);
        sq_document_close_list(doc);
        return rc == ENOUGH ? SQ_OK : rc;
}

static int write_evaluations(struct sq_sources *sources, const struct sq_request *request,
                             struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                             struct sq_error *err) {
        (void)payload;
        return write_rows(sources, request, ledger, doc, false, err);
}

static int write_commands(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                          struct sq_error *err) {
        (void)payload;
        return write_rows(sources, request, ledger, doc, true, err);
}

void sq_policy_evaluations(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret) {
        (void)sq_page_answer(sources, request, write_evaluations, NULL, ret);
}

void sq_policy_commands(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret) {
        (void)sq_page_answer(sources, request, write_commands, NULL, ret);
}

/* --- events --------------------------------------------------------------------------- */

static int add_event(const struct sq_event_record *record, void *payload) {
        struct rows *rows = payload;
        const struct sq_caller *caller = &rows->request->caller;

        if (caller->role < SQ_ROLE_OPERATOR &&
            !(record->account && sq_caller_sees_account(caller, record->account)))
                return 0;
        sq_event_record_print(rows->doc, record);
        return --rows->left ? 0 : ENOUGH;
}

static int read_events_limit(const char *text, int64_t *ret, struct sq_error *err) {
        int64_t number = 0;
        const char *p = text;

        if (!*text)
                return SQ_OK;
        for (; *p >= '0' && *p <= '9' && number <= EVENTS_MOST; p++)
                number = 10 * number + (*p - '0');
        if (*p || !number || number > EVENTS_MOST)
                return sq_fail(err, SQ_EINVAL, "limit must be a whole number from 1 to %d",
                               EVENTS_MOST);
        *ret = number;
        return SQ_OK;
}

/* Events of accounts are found by the account's name or, with its policy, by its UUID. */
static int write_events(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        const char *which = request->parameter[SQ_EVENTS_POLICY];
        const char *resource = request->parameter[SQ_EVENTS_RESOURCE];
        struct rows rows = {request, doc, ROWS_MOST};
        struct sq_record_filter filter = {.policy_id = 0};
        char name[SQ_NAME_SIZE];
        bool none = false;
        int rc = read_events_limit(request->parameter[SQ_EVENTS_LIMIT], &rows.left, err);

        (void)sources;
        (void)payload;
        filter.limit = searched(request, rows.left);
        if (!rc && *which) {
                rc = sq_kept_policy_find(ledger, which, &kept, err);
                none = rc == SQ_ENOTFOUND;
                rc = none ? SQ_OK : rc;
                filter.policy_id = kept ? kept->id : 0;
        }
        if (!rc && !none)
                rc = find_filter(ledger, kept ? kept->policy.scope : "", resource, name, &none,
                                 err);
        if (rc)
                return rc;
        filter.account = *resource ? name : NULL;
        sq_document_open_list(doc, NULL);
        if (!none)
                rc = sq_event_record_each(ledger, &filter, add_event, &rows, err);
        sq_document_close_list(doc);
        return rc == ENOUGH ? SQ_OK : rc;
}

void sq_events_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret) {
        (void)sq_page_answer(sources, request, write_events, NULL, ret);
}

/* --- reports -------------------------------------------------------------------------- */

struct report {
        const struct sq_request *request;
        const char *resource, *plan; /* plan: NULL, the account's last */
        struct sq_plan_report of;
        bool found;
};

static int keep(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct report *report = payload;
        char name[SQ_NAME_SIZE], uuid[SQ_UUID_SIZE];
        int rc = sq_kept_policy_find(ledger, report->request->part[0], &kept, err);

        (void)actor;
        if (rc)
                return rc;
        rc = sq_resource_find(ledger, kept->policy.scope, report->resource, name, err);
        if (rc == SQ_ENOTFOUND || rc == SQ_EINVAL) {
                sq_context(err, "resource_uuid");
                return SQ_EINVAL;
        }
        report->of.uuid = report->plan ? report->plan : uuid;
        if (!rc && !report->plan)
                rc = sq_outbox_waiting(ledger, kept->id, name, uuid, err);
        if (!rc)
                rc = sq_outbox_report(ledger, &report->of, err);
        report->found = rc == SQ_OK;
        return rc == SQ_ENOTFOUND ? SQ_OK : rc; /* reported twice is as good as once */
}

static int read_mode(const json_t *object, struct sq_plan_report *ret, struct sq_error *err) {
        const json_t *mode = json_object_get(object, "mode");
        const char *word = mode ? json_string_value(mode) : "production";

        if (!word || (strcmp(word, "production") != 0 && strcmp(word, "emulator") != 0))
                return sq_fail(err, SQ_EINVAL, "mode is \"production\" or \"emulator\"");
        ret->mode = word;
        return SQ_OK;
}

static int read_texts(const json_t *object, struct sq_error *err) {
        const json_t *list = json_object_get(object, "commands_executed");
        size_t i;
        json_t *item;

        if (list && !json_is_array(list))
                return sq_fail(err, SQ_EINVAL, "commands_executed must be a list of strings");
        json_array_foreach(list, i, item)
                if (!json_is_string(item))
                        return sq_fail(err, SQ_EINVAL,
                                       "commands_executed must be a list of strings");
        return SQ_OK;
}

static int check_fields(json_t *object, struct sq_error *err) {
        static const char *const known[] = {"resource_uuid", "success", "error_message", "mode",
                                            "commands_executed", "id"};
        const char *name;
        json_t *value;

        json_object_foreach(object, name, value) {
                size_t i = 0;

                while (i < sizeof known / sizeof known[0] && strcmp(name, known[i]) != 0)
                        i++;
                if (i == sizeof known / sizeof known[0])
                        return sq_fail(err, SQ_EINVAL, "there is no field \"%.60s\" here",
                                       name);
        }
        return SQ_OK;
}

/* Texts are lent by the object. */
static int read_report(json_t *object, struct report *ret, struct sq_error *err) {
        const json_t *success = json_object_get(object, "success");
        const json_t *message = json_object_get(object, "error_message");
        const json_t *id = json_object_get(object, "id");
        int rc;

        if ((rc = check_fields(object, err)) || (rc = read_mode(object, &ret->of, err)) ||
            (rc = read_texts(object, err)))
                return rc;
        ret->resource = json_string_value(json_object_get(object, "resource_uuid"));
        if (!ret->resource)
                return sq_fail(err, SQ_EINVAL, "resource_uuid must be a string");
        if (!json_is_boolean(success))
                return sq_fail(err, SQ_EINVAL, "success must be true or false");
        if (message && !json_is_string(message) && !json_is_null(message))
                return sq_fail(err, SQ_EINVAL, "error_message must be a string");
        if (id && !json_is_string(id))
                return sq_fail(err, SQ_EINVAL, "id must be a string: that of the plan");
        ret->of.success = json_is_true(success);
        ret->of.error_message = json_string_value(message);
        ret->plan = json_string_value(id);
        return SQ_OK;
}

/* What is kept of it, whole, but for whose it is. */
static char *write_answer(const json_t *object, const struct sq_plan_report *report) {
        const json_t *list = json_object_get(object, "commands_executed");
        json_t *answer = json_pack("{s:b, s:s, s:s}", "success", report->success,
                                   "error_message",
                                   report->error_message ? report->error_message : "", "mode",
                                   report->mode);
        char *text;

        if (answer)
                json_object_set_new(answer, "commands_executed",
                                    list ? json_deep_copy(list) : json_array());
        text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
        json_decref(answer);
        return text;
}

static void answer_report(const struct report *report, struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{\"detail\":");
        sq_json_add_string(&json, report->found ? "The result has been recorded."
                                                : "No plan was waiting for a result.");
        sq_json_add(&json, "}");
        sq_answer_json(&json, 200, ret);
}

void sq_policy_report(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        SQ_CLEANUP(sq_freep) char *answer = NULL;
        struct report report = {.request = request};
        struct sq_error err = {.text = ""};
        json_t *object = NULL;
        int rc = sq_form_load(request, &object, &err);

        if (!rc)
                rc = read_report(object, &report, &err);
        if (!rc && !(answer = write_answer(object, &report.of)))
                rc = sq_fail(&err, SQ_ENOMEM, "out of memory");
        report.of.answer = answer;
        if (rc)
                sq_answer_failure(sources, rc, &err, ret);
        else if (sq_change(sources, request, NULL, keep, &report, ret))
                answer_report(&report, ret);
        json_decref(object);
}
