#include "wire/policy_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/component.h"
#include "policy/parameter.h"
#include "wire/json_value.h"

static int refuse(size_t i, const json_t *value, struct sq_error *err) {
        char shown[SQ_JSON_SHOWN_SIZE];

        return sq_parameter_refuse(i, sq_json_shown(value, shown), err);
}

/* --- reading ----------------------------------------------------------------- */

void sq_policy_take_last_part(char *text) {
        size_t n = strlen(text);
        const char *slash;

        while (n && text[n - 1] == '/')
                text[--n] = '\0';
        slash = strrchr(text, '/');
        if (slash)
                memmove(text, slash + 1, strlen(slash));
}

/* "a,b" or ["a","b"]. */
static int read_actions(size_t i, const json_t *value, struct sq_policy *policy,
                        struct sq_error *err) {

        unsigned int actions = 0, one;
        int rc = SQ_OK;

        if (json_is_string(value))
                return sq_actions_parse(json_string_value(value), &policy->actions, err);
        if (!json_is_array(value))
                return refuse(i, value, err);
        for (size_t k = 0; k < json_array_size(value) && rc == SQ_OK; k++) {
                const json_t *word = json_array_get(value, k);

                if (!json_is_string(word))
                        return refuse(i, word, err);
                rc = sq_actions_parse(json_string_value(word), &one, err);
                if (rc == SQ_OK)
                        actions |= one;
        }
        if (rc == SQ_OK)
                policy->actions = actions;
        return rc;
}

static int read_options(size_t i, const json_t *value, struct sq_policy *policy,
                        struct sq_error *err) {

        const char *name;
        json_t *option;
        unsigned int action;
        int rc;

        if (!json_is_object(value))
                return refuse(i, value, err);
        policy->external_addresses[0] = '\0';
        json_object_foreach((json_t *)value, name, option) {
                rc = sq_actions_parse(name, &action, err);
                if (rc != SQ_OK)
                        return rc;
                if (action != SQ_ACTION_NOTIFY_EXTERNAL)
                        continue;
                if (!json_is_string(option) ||
                    json_string_length(option) >= sizeof policy->external_addresses)
                        return refuse(i, option, err);
                snprintf(policy->external_addresses, sizeof policy->external_addresses, "%s",
                         json_string_value(option));
        }
        return SQ_OK;
}

static int read_groups(size_t i, const json_t *value, struct sq_policy *policy,
                       struct sq_error *err) {

        if (!json_is_array(value) || json_array_size(value) > SQ_GROUPS_MAX)
                return refuse(i, value, err);
        policy->groups.n = 0;
        for (size_t k = 0; k < json_array_size(value); k++) {
                const json_t *name = json_array_get(value, k);

                if (!json_is_string(name) || !json_string_length(name) ||
                    json_string_length(name) >= SQ_POLICY_TEXT_SIZE)
                        return refuse(i, name, err);
                snprintf(policy->groups.name[policy->groups.n], SQ_POLICY_TEXT_SIZE, "%s",
                         json_string_value(name));
                if (strstr(json_string_value(name), "://"))
                        sq_policy_take_last_part(policy->groups.name[policy->groups.n]);
                policy->groups.n++;
        }
        return SQ_OK;
}

/* [{"type": "node", "limit": 1000}] */
static int read_limits(size_t i, const json_t *value, struct sq_policy *policy,
                       struct sq_error *err) {

        struct sq_quantities limits = {.n = 0};
        char tres[SQ_TRES_NAME_MAX], number[SQ_REAL_SIZE];
        struct sq_quantity hours;

        if (!json_is_array(value))
                return refuse(i, value, err);
        for (size_t k = 0; k < json_array_size(value); k++) {
                const json_t *item = json_array_get(value, k);
                const char *type = json_string_value(json_object_get(item, "type"));
                const json_t *limit = json_object_get(item, "limit");

                if (!type || !limit || json_object_size(item) != 2)
                        return refuse(i, item, err);
                if (!sq_component_tres(type, tres))
                        return sq_fail(err, SQ_EINVAL,
                                       "component_limits_set: \"%.60s\" is not a TRES", type);
                if (sq_quantities_has(&limits, tres))
                        return sq_fail(err, SQ_EINVAL,
                                       "component_limits_set: %s is there twice", tres);
                if (!sq_json_number_text(limit, number) ||
                    !sq_quantity_parse_hours(number, &hours) || hours.units < 0)
                        return refuse(i, limit, err);
                if (!sq_quantities_set(&limits, tres, hours))
                        return refuse(i, value, err);
        }
        policy->limits = limits;
        return SQ_OK;
}

static int read_weights(size_t i, const json_t *value, struct sq_policy *policy,
                        struct sq_error *err) {

        char number[SQ_REAL_SIZE];
        const char *name;
        json_t *weight;

        if (!json_is_object(value))
                return refuse(i, value, err);
        policy->weights.n = 0;
        json_object_foreach((json_t *)value, name, weight) {
                struct sq_decimal decimal;

                if (!sq_json_number_text(weight, number) ||
                    !sq_decimal_parse(number, &decimal) ||
                    !sq_weights_add(&policy->weights, name, decimal)) {
                        refuse(i, weight, err);
                        sq_context(err, "\"%.60s\"", name);
                        return SQ_EINVAL;
                }
        }
        return SQ_OK;
}

/* {"percent": 80 or "grace", "action": "notify", "qos": "slow"} */
static bool read_threshold(const json_t *item, struct sq_threshold *ret) {
        const json_t *percent = json_object_get(item, "percent");
        const char *action = json_string_value(json_object_get(item, "action"));
        const json_t *qos = json_object_get(item, "qos");
        const char *word = json_string_value(percent);
        struct sq_threshold t = {.at_grace = word && !strcmp(word, "grace")};
        char number[SQ_REAL_SIZE];

        if (!action || !sq_reaction_parse(action, &t.reaction) ||
            json_object_size(item) != 2u + (qos != NULL))
                return false;
        if (!t.at_grace &&
            (!sq_json_number_text(percent, number) || !sq_decimal_parse(number, &t.percent)))
                return false;
        if (qos && (!json_is_string(qos) || json_string_length(qos) >= sizeof t.qos))
                return false;
        if (qos)
                snprintf(t.qos, sizeof t.qos, "%s", json_string_value(qos));
        *ret = t;
        return true;
}

static int read_thresholds(size_t i, const json_t *value, struct sq_policy *policy,
                           struct sq_error *err) {

        struct sq_thresholds list = {.n = 0};

        if (!json_is_array(value) || json_array_size(value) > SQ_THRESHOLDS_MAX)
                return refuse(i, value, err);
        for (size_t k = 0; k < json_array_size(value); k++)
                if (!read_threshold(json_array_get(value, k), &list.item[list.n++])) {
                        sq_fail(err, SQ_EINVAL, "thresholds[%zu] is not a threshold", k);
                        sq_hint(err, "It takes {\"percent\": 80 or \"grace\", \"action\":"
                                     " \"notify\", \"downscale\", \"pause\" or \"block\"}, and"
                                     " \"qos\" for steps of a ladder.");
                        return SQ_EINVAL;
                }
        policy->thresholds = list;
        return SQ_OK;
}

static int read_simple(size_t i, const json_t *value, struct sq_policy *policy,
                       struct sq_error *err) {

        char number[SQ_REAL_SIZE];

        if (json_is_boolean(value))
                return sq_parameter_set_flag(policy, i, json_is_true(value), err);
        if (json_is_string(value))
                return sq_parameter_set_text(policy, i, json_string_value(value), err);
        if (sq_json_number_text(value, number))
                return sq_parameter_set_number(policy, i, number, err);
        return refuse(i, value, err);
}

static int read_parameter(const char *name, const json_t *value, struct sq_policy *policy,
                          struct sq_error *err) {

        struct sq_parameter p;
        size_t i;

        if (!sq_parameter_find(name, &i) || !sq_parameter_at(i, &p))
                return sq_fail(err, SQ_EINVAL, "policies have no parameter \"%.60s\"", name);
        switch (p.type) {
        case SQ_PARAMETER_READ_ONLY:
                return SQ_OK;
        case SQ_PARAMETER_ACTIONS:
                return read_actions(i, value, policy, err);
        case SQ_PARAMETER_OPTIONS:
                return read_options(i, value, policy, err);
        case SQ_PARAMETER_GROUPS:
                return read_groups(i, value, policy, err);
        case SQ_PARAMETER_LIMITS:
                return read_limits(i, value, policy, err);
        case SQ_PARAMETER_WEIGHTS:
                return read_weights(i, value, policy, err);
        case SQ_PARAMETER_THRESHOLDS:
                return read_thresholds(i, value, policy, err);
        default:
                return read_simple(i, value, policy, err);
        }
}

int sq_policy_read_json(const json_t *object, struct sq_policy *policy, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *changed = malloc(sizeof *changed);
        const char *name;
        json_t *value;
        int rc;

        if (!changed)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!json_is_object(object))
                return sq_fail(err, SQ_EINVAL, "a policy must be an object");
        *changed = *policy;
        json_object_foreach((json_t *)object, name, value) {
                rc = read_parameter(name, value, changed, err);
                if (rc != SQ_OK)
                        return rc;
        }
        sq_policy_take_last_part(changed->scope);
        *policy = *changed;
        return SQ_OK;
}

/* --- writing ----------------------------------------------------------------- */

/* Whole numbers as such, so that they look like it. */
static json_t *number(struct sq_decimal decimal) {
        return decimal.trillionths % SQ_DECIMAL_ONE
                       ? json_real(sq_decimal_double(decimal))
                       : json_integer(decimal.trillionths / SQ_DECIMAL_ONE);
}

static json_t *hours(struct sq_quantity quantity) {
        return quantity.units % SQ_UNITS_PER_HOUR
                       ? json_real(sq_quantity_hours(quantity))
                       : json_integer((json_int_t)(quantity.units / SQ_UNITS_PER_HOUR));
}

static json_t *write_groups(const struct sq_policy *policy) {
        json_t *list = json_array();

        for (size_t i = 0; i < policy->groups.n; i++)
                json_array_append_new(list, json_string(policy->groups.name[i]));
        return list;
}

static json_t *write_limits(const struct sq_policy *policy) {
        json_t *list = json_array();

        for (size_t i = 0; i < policy->limits.n; i++)
                json_array_append_new(list, json_pack("{s:s, s:o}", "type",
                                                      policy->limits.item[i].name, "limit",
                                                      hours(policy->limits.item[i].of)));
        return list;
}

static json_t *write_weights(const struct sq_policy *policy) {
        json_t *object = json_object();

        for (size_t i = 0; i < policy->weights.n; i++)
                json_object_set_new(object, policy->weights.item[i].name,
                                    number(policy->weights.item[i].weight));
        return object;
}

static json_t *write_thresholds(const struct sq_policy *policy) {
        json_t *list = json_array();

        for (size_t i = 0; i < policy->thresholds.n; i++) {
                const struct sq_threshold *t = &policy->thresholds.item[i];
                json_t *item = json_pack("{s:o, s:s}", "percent",
                                         t->at_grace ? json_string("grace")
                                                     : number(t->percent),
                                         "action", sq_reaction_word(t->reaction));

                if (*t->qos)
                        json_object_set_new(item, "qos", json_string(t->qos));
                json_array_append_new(list, item);
        }
        return list;
}

static json_t *write_parameter(const struct sq_policy *policy, size_t i,
                               enum sq_parameter_type type) {

        char actions[SQ_ACTIONS_SIZE];

        switch (type) {
        case SQ_PARAMETER_FLAG:
                return json_boolean(sq_parameter_flag(policy, i));
        case SQ_PARAMETER_INTEGER:
        case SQ_PARAMETER_PERIOD:
                return json_integer(sq_parameter_integer(policy, i));
        case SQ_PARAMETER_DECIMAL:
                return number(sq_parameter_decimal(policy, i));
        case SQ_PARAMETER_WORD:
        case SQ_PARAMETER_TEXT:
                return json_string(sq_parameter_text(policy, i));
        case SQ_PARAMETER_ACTIONS:
                return json_string(sq_actions_text(policy->actions, actions));
        case SQ_PARAMETER_OPTIONS:
                return *policy->external_addresses
                               ? json_pack("{s:s}", "notify_external_user",
                                           policy->external_addresses)
                               : json_object();
        case SQ_PARAMETER_GROUPS:
                return write_groups(policy);
        case SQ_PARAMETER_LIMITS:
                return write_limits(policy);
        case SQ_PARAMETER_WEIGHTS:
                return write_weights(policy);
        case SQ_PARAMETER_THRESHOLDS:
                return write_thresholds(policy);
        default:
                return NULL;
        }
}

json_t *sq_policy_write_json(const struct sq_policy *policy) {
        json_t *object = json_object();
        struct sq_parameter p;

        for (size_t i = 0; sq_parameter_at(i, &p); i++)
                if (p.type != SQ_PARAMETER_READ_ONLY &&
                    json_object_set_new(object, p.name, write_parameter(policy, i, p.type))) {
                        json_decref(object);
                        return NULL;
                }
        return object;
}
