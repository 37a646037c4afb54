#include "governor/record_json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "governor/command_json.h"
#include "governor/course_json.h"
#include "governor/resource.h"
#include "wire/policy_json.h"

void sq_document_add_moment(struct sq_document *doc, const char *name, int64_t at) {
        char text[SQ_UTC_TEXT_SIZE], moment[SQ_UTC_TEXT_SIZE + 1];

        if (sq_utc_text(at, text))
                snprintf(moment, sizeof moment, "%.10sT%.8sZ", text, text + 11);
        sq_document_add_text(doc, name, sq_utc_text(at, text) ? moment : NULL);
}

static void add_value(struct sq_document *doc, const char *name, const json_t *value) {
        const char *key;
        json_t *member;
        size_t i;

        switch (json_typeof(value)) {
        case JSON_OBJECT:
                sq_document_open_object(doc, name);
                json_object_foreach((json_t *)value, key, member)
                        add_value(doc, key, member);
                sq_document_close_object(doc);
                break;
        case JSON_ARRAY:
                sq_document_open_list(doc, name);
                json_array_foreach(value, i, member)
                        add_value(doc, NULL, member);
                sq_document_close_list(doc);
                break;
        case JSON_STRING:
                sq_document_add_text(doc, name, json_string_value(value));
                break;
        case JSON_INTEGER:
                sq_document_add_number(doc, name, json_integer_value(value));
                break;
        case JSON_REAL:
                sq_document_add_real(doc, name, json_real_value(value));
                break;
        case JSON_TRUE:
        case JSON_FALSE:
                sq_document_add_truth(doc, name, json_is_true(value));
                break;
        default:
                sq_document_add_text(doc, name, NULL);
        }
}

static int print_members(struct sq_document *doc, const struct sq_kept_policy *kept,
                         struct sq_error *err) {
        static const char *const periods[] = {"Total", "1 month", "3 month", "12 month"};
        json_t *object = sq_policy_write_json(&kept->policy), *value;
        const char *name, *warning;
        char url[sizeof SQ_POLICIES_PATH + SQ_POLICY_TEXT_SIZE + 1], text[SQ_UUID_SIZE];

        if (!object)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        json_object_foreach(object, name, value)
                add_value(doc, name, value);
        json_decref(object);
        snprintf(url, sizeof url, SQ_POLICIES_PATH "%s/", kept->policy.uuid);
        sq_document_add_text(doc, "url", url);
        sq_document_add_text(doc, "scope_name", kept->policy.scope);
        sq_document_add_text(doc, "scope_uuid", sq_scope_uuid(kept->policy.scope, text));
        sq_document_add_text(doc, "period_name", periods[kept->policy.period - 1]);
        sq_document_open_list(doc, "warnings");
        for (size_t i = 0; (warning = sq_policy_warning(&kept->policy, i)); i++)
                sq_document_add_text(doc, NULL, warning);
        sq_document_close_list(doc);
        sq_document_add_truth(doc, "has_fired", kept->has_fired);
        sq_document_add_moment(doc, "fired_datetime", kept->fired_at);
        sq_document_add_moment(doc, "created", kept->created_at);
        sq_document_add_text(doc, "created_by_username", kept->created_by);
        sq_document_add_text(doc, "created_by_full_name", kept->created_by);
        return SQ_OK;
}

int sq_kept_policy_print(struct sq_ledger *ledger, struct sq_document *doc,
                         const struct sq_kept_policy *kept, struct sq_error *err) {
        struct sq_policy_count count;
        int rc = sq_policy_count(ledger, kept->id, &count, err);

        if (rc)
                return rc;
        sq_document_open_object(doc, NULL);
        rc = print_members(doc, kept, err);
        sq_document_add_number(doc, "affected_resources_count", count.accounts);
        sq_document_close_object(doc);
        return rc;
}

void sq_flags_print(struct sq_document *doc, const char *name, bool paused, bool downscaled) {
        sq_document_open_object(doc, name);
        sq_document_add_truth(doc, "paused", paused);
        sq_document_add_truth(doc, "downscaled", downscaled);
        sq_document_close_object(doc);
}

/* "a,b" as a list. */
static void add_words(struct sq_document *doc, const char *name, const char *text) {
        char copy[128];
        const char *words[SQ_REACTIONS];
        size_t n = 0;
        char *at = copy, *word;

        snprintf(copy, sizeof copy, "%s", text);
        while (n < SQ_REACTIONS && (word = strsep(&at, ",")))
                if (*word)
                        words[n++] = word;
        sq_document_add_texts(doc, name, words, n);
}

static void add_decimal(struct sq_document *doc, const char *name, const char *text) {
        struct sq_decimal decimal = {0};

        if (sq_decimal_parse(text, &decimal))
                sq_document_add_real(doc, name, sq_decimal_double(decimal));
        else
                sq_document_add_real(doc, name, strtod(text, NULL));
}

static void add_choice(struct sq_document *doc, const char *name, int choice) {
        if (choice == SQ_PENDING)
                sq_document_add_text(doc, name, NULL);
        else
                sq_document_add_truth(doc, name, choice != 0);
}

/* Which record it is, of which policy and of which account. */
static void add_subject(struct sq_document *doc, const char *uuid, const char *policy,
                        const char *cluster, const char *account) {
        char resource[SQ_UUID_SIZE];

        sq_document_add_text(doc, "uuid", uuid);
        sq_document_add_text(doc, "policy", policy);
        sq_document_add_text(doc, "resource_uuid",
                             sq_resource_uuid(cluster, account, resource));
        sq_document_add_text(doc, "resource_name", account);
}

void sq_evaluation_record_print(struct sq_document *doc,
                                const struct sq_evaluation_record *record) {
        json_t *answer = record->answer ? json_loads(record->answer, 0, NULL) : NULL;

        sq_document_open_object(doc, NULL);
        add_subject(doc, record->uuid, record->policy, record->cluster, record->account);
        sq_document_add_text(doc, "billing_period", record->window);
        add_decimal(doc, "usage_percentage", record->percentage);
        add_decimal(doc, "grace_limit_percentage", record->grace_limit);
        add_words(doc, "actions_taken", record->actions);
        sq_flags_print(doc, "previous_state", record->paused_before, record->downscaled_before);
        sq_flags_print(doc, "new_state", record->paused, record->downscaled);
        sq_document_add_truth(doc, "stomp_message_sent", record->sent);
        add_choice(doc, "site_agent_confirmed", record->confirmed);
        if (answer)
                add_value(doc, "site_agent_response", answer);
        else
                sq_document_add_text(doc, "site_agent_response", NULL);
        sq_document_add_moment(doc, "evaluated_at", record->evaluated_at);
        sq_document_close_object(doc);
        json_decref(answer);
}

void sq_command_record_print(struct sq_document *doc, const struct sq_command_record *record) {
        sq_document_open_object(doc, NULL);
        add_subject(doc, record->uuid, record->policy, record->cluster, record->account);
        sq_command_print(doc, record->account, record->kind, record->command);
        sq_document_add_text(doc, "execution_mode", record->mode);
        add_choice(doc, "success", record->success);
        sq_document_add_text(doc, "error_message",
                             record->error_message ? record->error_message : "");
        sq_document_add_moment(doc, "planned_at", record->planned_at);
        sq_document_add_moment(doc, "executed_at", record->ended_at);
        sq_document_close_object(doc);
}

void sq_event_record_print(struct sq_document *doc, const struct sq_event_record *record) {
        char uuid[SQ_UUID_SIZE];

        sq_document_open_object(doc, NULL);
        sq_document_add_number(doc, "id", record->id);
        sq_document_add_moment(doc, "created", record->at);
        sq_document_add_text(doc, "event_type", record->kind);
        sq_document_add_text(doc, "policy", record->policy);
        sq_document_add_text(doc, "policy_uuid", record->policy_uuid);
        sq_document_add_text(doc, "resource_uuid",
                             record->cluster && record->account
                                     ? sq_resource_uuid(record->cluster, record->account, uuid)
                                     : NULL);
        sq_document_add_text(doc, "resource_name", record->account);
        sq_document_add_text(doc, "message", record->text);
        sq_document_close_object(doc);
}

void sq_governing_print(struct sq_document *doc, const struct sq_kept_policy *kept,
                        const char *window, bool dry) {
        sq_document_add_text(doc, "policy_uuid", kept->policy.uuid);
        sq_document_add_text(doc, "billing_period", window);
        if (dry)
                sq_document_add_real(
                        doc, "grace_limit_percentage",
                        sq_decimal_double(sq_grace_limit(kept->policy.grace_ratio)));
}

char *sq_taken_text(const bool taken[SQ_REACTIONS], char text[64]) {
        text[0] = '\0';
        for (int i = 0; i < SQ_REACTIONS; i++) {
                const size_t length = strlen(text);

                if (taken[i])
                        snprintf(text + length, 64 - length, "%s%s", length ? "," : "",
                                 sq_reaction_word((enum sq_reaction)i));
        }
        return text;
}

void sq_governed_print(struct sq_document *doc, const struct sq_kept_policy *kept,
                       const struct sq_governed *governed, bool dry) {
        const struct sq_evaluation *e = governed->evaluation;
        const double percentage = sq_percentage_double(&e->percentage);
        char words[64], uuid[SQ_UUID_SIZE];

        sq_taken_text(e->taken, words);
        sq_document_open_object(doc, NULL);
        sq_document_add_text(
                doc, "resource_uuid",
                sq_resource_uuid(kept->policy.scope, governed->account->name, uuid));
        sq_document_add_text(doc, "resource_name", governed->account->name);
        sq_document_add_real(doc, "usage_percentage",
                             dry ? round(percentage * 100) / 100 : percentage);
        if (dry) {
                sq_document_add_truth(doc, "paused", sq_state_is_paused(&e->previous));
                sq_document_add_truth(doc, "downscaled", sq_state_is_downscaled(&e->previous));
                add_words(doc, "would_trigger", words);
        } else {
                add_words(doc, "actions_taken", words);
                sq_flags_print(doc, "previous_state", sq_state_is_paused(&e->previous),
                               sq_state_is_downscaled(&e->previous));
                sq_flags_print(doc, "new_state", sq_state_is_paused(&e->next),
                               sq_state_is_downscaled(&e->next));
        }
        sq_document_close_object(doc);
}

void sq_governed_print_standing(struct sq_document *doc, const struct sq_kept_policy *kept,
                                const struct sq_governed *governed) {
        const struct sq_evaluation *e = governed->evaluation;
        const enum sq_level hold = e->previous.hold;
        char uuid[SQ_UUID_SIZE];

        sq_document_open_object(doc, NULL);
        sq_document_add_text(
                doc, "resource_uuid",
                sq_resource_uuid(kept->policy.scope, governed->account->name, uuid));
        sq_document_add_text(doc, "resource_name", governed->account->name);
        sq_document_add_real(doc, "usage_percentage", sq_percentage_double(&e->percentage));
        sq_document_add_truth(doc, "paused", sq_state_is_paused(&e->previous));
        sq_document_add_truth(doc, "downscaled", sq_state_is_downscaled(&e->previous));
        sq_document_add_text(doc, "operator_hold",
                             hold == SQ_NORMAL ? NULL : sq_level_word(hold));
        sq_governed_print_course(doc, kept, governed);
        sq_document_close_object(doc);
}
