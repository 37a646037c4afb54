#include "wire/scenario_json.h"

#include <stdio.h>
#include <string.h>

#include "wire/json_value.h"
#include "wire/policy_json.h"

static const struct {
        const char *name;
        enum sq_event_kind kind;
} kinds[] = {
        {"usage", SQ_EVENT_USAGE},
        {"allocation", SQ_EVENT_ALLOCATION},
        {"hold", SQ_EVENT_HOLD},
        {"evaluate", SQ_EVENT_EVALUATE},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

/* Whether each member of `object` has a name of the list, which ends with NULL; else
 * *ret_name is the first that has not. */
static bool has_only(const json_t *object, const char *const *names, const char **ret_name) {
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)object, name, value) {
                size_t i = 0;

                while (names[i] && strcmp(names[i], name) != 0)
                        i++;
                if (!names[i]) {
                        *ret_name = name;
                        return false;
                }
        }
        return true;
}

static int missing(const char *name, struct sq_error *err) {
        return sq_fail(err, SQ_EINVAL, "%s is missing", name);
}

static int wrong(const char *name, const json_t *value, const char *accepts,
                 struct sq_error *err) {
        char shown[SQ_JSON_SHOWN_SIZE];

        sq_fail(err, SQ_EINVAL, "%s cannot be %s", name, sq_json_shown(value, shown));
        sq_hint(err, "It takes %s.", accepts);
        return SQ_EINVAL;
}

/* --- accounts ---------------------------------------------------------------- */

static int read_account(const json_t *item, const struct sq_policy *policy,
                        struct sq_simulation *simulation, struct sq_error *err) {

        static const char *const names[] = {"name", "allocation", "note", NULL};
        const json_t *name = json_object_get(item, "name");
        const json_t *allocation = json_object_get(item, "allocation");
        struct sq_quantities hours = policy->limits;
        const char *other;
        int rc = SQ_OK;

        if (!json_is_object(item))
                return sq_fail(err, SQ_EINVAL, "must be an object");
        if (!has_only(item, names, &other))
                return sq_fail(err, SQ_EINVAL, "accounts have no field \"%.60s\"", other);
        if (!name)
                return missing("name", err);
        if (!json_is_string(name))
                return wrong("name", name, "the name of an account", err);
        if (allocation) {
                rc = sq_json_hours(allocation, /* signed_too= */ false, &hours, err);
                if (rc != SQ_OK)
                        sq_context(err, "allocation");
        }
        return rc ? rc : sq_simulation_add_account(simulation, json_string_value(name), &hours,
                                                   err);
}

static int read_accounts(const json_t *list, const struct sq_policy *policy,
                         struct sq_simulation *simulation, struct sq_error *err) {

        int rc = SQ_OK;

        if (!list)
                return missing("accounts", err);
        if (!json_is_array(list))
                return wrong("accounts", list, "a list of accounts", err);
        for (size_t i = 0; i < json_array_size(list) && rc == SQ_OK; i++) {
                rc = read_account(json_array_get(list, i), policy, simulation, err);
                if (rc != SQ_OK)
                        sq_context(err, "accounts[%zu]", i);
        }
        if (rc == SQ_OK && (rc = sq_simulation_close_accounts(simulation, err)) == SQ_EEXIST) {
                sq_context(err, "accounts");
                return SQ_EINVAL;
        }
        return rc;
}

/* --- events ------------------------------------------------------------------ */

/* Which of the four an event is. */
static int find_kind(const json_t *item, size_t *ret, struct sq_error *err) {
        size_t found = KINDS;

        for (size_t i = 0; i < KINDS; i++) {
                if (!json_object_get(item, kinds[i].name))
                        continue;
                if (found < KINDS)
                        return sq_fail(err, SQ_EINVAL, "%s and %s cannot be in one event",
                                       kinds[found].name, kinds[i].name);
                found = i;
        }
        if (found == KINDS)
                return sq_fail(err, SQ_EINVAL, "usage, allocation, hold or evaluate is"
                                               " missing");
        *ret = found;
        return SQ_OK;
}

static int read_account_name(const json_t *item, const struct sq_simulation *simulation,
                             struct sq_event *event, struct sq_error *err) {

        const json_t *name = json_object_get(item, "account");

        event->account = SQ_EVERY_ACCOUNT;
        if (!name && event->kind == SQ_EVENT_EVALUATE)
                return SQ_OK;
        if (!name)
                return missing("account", err);
        if (!json_is_string(name))
                return wrong("account", name, "the name of an account", err);
        if (!sq_simulation_find(simulation, json_string_value(name), &event->account))
                return wrong("account", name, "the name of one of the accounts", err);
        return SQ_OK;
}

static int read_hold(const json_t *value, enum sq_level *ret, struct sq_error *err) {
        if (json_is_null(value)) {
                *ret = SQ_NORMAL;
                return SQ_OK;
        }
        if (!json_is_string(value) || !sq_level_parse(json_string_value(value), ret) ||
            *ret == SQ_NORMAL)
                return wrong("hold", value, "\"paused\", \"downscaled\" or null", err);
        return SQ_OK;
}

static int read_date(const json_t *item, struct sq_date *ret, struct sq_error *err) {
        const json_t *date = json_object_get(item, "date");

        if (!date)
                return missing("date", err);
        if (!json_is_string(date) || !sq_date_parse(json_string_value(date), ret))
                return wrong("date", date, "a day, as 2026-01-31", err);
        return SQ_OK;
}

static int read_event(const json_t *item, struct sq_simulation *simulation,
                      struct sq_error *err) {

        static const char *const names[] = {"date", "account", "usage", "allocation", "hold",
                                            "evaluate", "reason", "note", NULL};
        struct sq_quantities hours;
        struct sq_event event = {.quantities = NULL};
        const json_t *value;
        const char *other;
        size_t kind = 0;
        int rc;

        if (!json_is_object(item))
                return sq_fail(err, SQ_EINVAL, "must be an object");
        if (!has_only(item, names, &other))
                return sq_fail(err, SQ_EINVAL, "events have no field \"%.60s\"", other);
        if ((rc = read_date(item, &event.date, err)) || (rc = find_kind(item, &kind, err)))
                return rc;
        event.kind = kinds[kind].kind;
        rc = read_account_name(item, simulation, &event, err);
        if (rc != SQ_OK)
                return rc;
        value = json_object_get(item, kinds[kind].name);
        if (event.kind == SQ_EVENT_HOLD) {
                rc = read_hold(value, &event.hold, err);
        } else if (event.kind == SQ_EVENT_EVALUATE) {
                if (!json_is_true(value))
                        rc = wrong("evaluate", value, "true", err);
        } else {
                event.quantities = &hours;
                rc = sq_json_hours(value, event.kind == SQ_EVENT_USAGE, &hours, err);
                if (rc != SQ_OK)
                        sq_context(err, "%s", kinds[kind].name);
        }
        return rc ? rc : sq_simulation_add_event(simulation, &event, err);
}

static int read_events(const json_t *list, struct sq_simulation *simulation,
                       struct sq_error *err) {

        int rc = SQ_OK;

        if (!list)
                return missing("events", err);
        if (!json_is_array(list))
                return wrong("events", list, "a list of events", err);
        for (size_t i = 0; i < json_array_size(list) && rc == SQ_OK; i++) {
                rc = read_event(json_array_get(list, i), simulation, err);
                if (rc != SQ_OK)
                        sq_context(err, "events[%zu]", i);
        }
        return rc;
}

int sq_scenario_read_json(const json_t *root, struct sq_policy *ret_policy,
                          struct sq_simulation **ret, struct sq_error *err) {

        static const char *const names[] = {"policy", "accounts", "events", "note", NULL};
        SQ_CLEANUP(sq_simulation_freep) struct sq_simulation *simulation = NULL;
        const json_t *policy = json_object_get(root, "policy");
        const char *other;
        int rc;

        if (!json_is_object(root))
                return sq_fail(err, SQ_EINVAL, "a scenario must be an object");
        if (!has_only(root, names, &other))
                return sq_fail(err, SQ_EINVAL, "scenarios have no field \"%.60s\"", other);
        if (!policy)
                return missing("policy", err);
        sq_policy_init(ret_policy);
        if ((rc = sq_policy_read_json(policy, ret_policy, err)) ||
            (rc = sq_policy_check(ret_policy, err))) {
                sq_context(err, "policy");
                return rc;
        }
        simulation = sq_simulation_new(ret_policy);
        if (!simulation)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = read_accounts(json_object_get(root, "accounts"), ret_policy, simulation, err);
        if (rc == SQ_OK)
                rc = read_events(json_object_get(root, "events"), simulation, err);
        if (rc == SQ_OK)
                *ret = SQ_TAKE(simulation);
        return rc;
}
