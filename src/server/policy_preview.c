/* policy_preview.c - what a policy's numbers would mean (policy.h)
 *
 * The same evaluation as everywhere else, of an account that is made up from the request, or
 * of a real one with what the request says otherwise.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "governor/command_json.h"
#include "governor/course_json.h"
#include "governor/moment.h"
#include "governor/record.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "governor/run.h"
#include "policy/component.h"
#include "server/form.h"
#include "server/policy.h"
#include "wire/json_value.h"
#include "wire/policy_json.h"

#define COMMANDS_MOST 50

/* Percent of the allocation from which people are notified. */
#define NOTIFY SQ_DECIMAL(80)

/* A policy's parameters that a preview may change. */
static const char *const parameters[] = {
        "grace_ratio",      "carryover_factor", "carryover_enabled",    "carryover_mode",
        "period",           "limit_type",       "raw_usage_reset",      "tres_billing_enabled",
        "fairshare_decay_half_life",
};

enum number { ALLOCATION, PREVIOUS_USAGE, CURRENT_USAGE, DAILY_RATE, NUMBERS };

/* Hours. */
static const char *const numbers[NUMBERS] = {
        [ALLOCATION] = "allocation",
        [PREVIOUS_USAGE] = "previous_usage",
        [CURRENT_USAGE] = "current_usage",
        [DAILY_RATE] = "daily_usage_rate",
};

struct preview {
        struct sq_sources *sources;
        const json_t *object; /* what was sent */
        struct sq_quantity number[NUMBERS];
        char component[SQ_TRES_NAME_MAX];
        char account[SQ_NAME_SIZE]; /* "": made up */
        struct sq_associations *tree;
        struct sq_policy policy;
        struct sq_facts facts;
        struct sq_evaluation evaluation;
        bool has_facts; /* they are an account's */
        struct sq_lately lately; /* what that used */
        int64_t days_left;       /* of its window */
        struct sq_moment moment;
};

/* --- what was sent -------------------------------------------------------------------- */

static bool is_in(const char *name, const char *const *list, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!strcmp(list[i], name))
                        return true;
        return false;
}

#define COUNT(list) (sizeof (list) / sizeof (list)[0])

static int check_fields(const json_t *object, struct sq_error *err) {
        static const char *const others[] = {"resource_uuid", "policy_uuid", "component"};
        const char *name;
        json_t *value;

        json_object_foreach((json_t *)object, name, value) {
                if (is_in(name, others, COUNT(others))) {
                        if (!json_is_string(value) && !json_is_null(value))
                                return sq_fail(err, SQ_EINVAL, "%s must be a string", name);
                } else if (!is_in(name, parameters, COUNT(parameters)) &&
                           !is_in(name, numbers, COUNT(numbers))) {
                        return sq_fail(err, SQ_EINVAL, "there is no field \"%.60s\" here",
                                       name);
                }
        }
        return SQ_OK;
}

static int read_numbers(struct preview *p, struct sq_error *err) {
        char text[SQ_REAL_SIZE];

        p->number[ALLOCATION] = sq_quantity_from_hours(1000);
        for (size_t i = 0; i < NUMBERS; i++) {
                const json_t *value = json_object_get(p->object, numbers[i]);

                if (!value || json_is_null(value))
                        continue;
                if (!sq_json_number_text(value, text) ||
                    !sq_quantity_parse_hours(text, &p->number[i]) || p->number[i].units < 0)
                        return sq_fail(err, SQ_EINVAL, "%s must be a number of hours from 0 on",
                                       numbers[i]);
        }
        return SQ_OK;
}

static int read_component(struct preview *p, struct sq_error *err) {
        const char *name = json_string_value(json_object_get(p->object, "component"));

        if (sq_component_tres(name ? name : "node", p->component))
                return SQ_OK;
        return sq_fail(err, SQ_EINVAL, "component: \"%.60s\" is not a TRES", name);
}

/* Sets the parameters that were sent. */
static int read_parameters(struct preview *p, struct sq_error *err) {
        json_t *some = json_object();
        int rc = SQ_OK;

        for (size_t i = 0; i < COUNT(parameters); i++) {
                json_t *value = json_object_get(p->object, parameters[i]);

                if (value && !json_is_null(value))
                        json_object_set(some, parameters[i], value);
        }
        rc = some ? sq_policy_read_json(some, &p->policy, err)
                  : sq_fail(err, SQ_ENOMEM, "out of memory");
        json_decref(some);
        if (!rc && p->policy.grace_ratio.trillionths > SQ_DECIMAL_ONE)
                rc = sq_fail(err, SQ_EINVAL, "grace_ratio must be from 0 to 1 here");
        return rc;
}

/* --- the account ---------------------------------------------------------------------- */

struct choice {
        int64_t id[16];
        size_t n;
};

static void choose(int64_t id, void *payload) {
        struct choice *choice = payload;

        if (choice->n < COUNT(choice->id))
                choice->id[choice->n++] = id;
}

/* Whether the policy has the account: keeps a state of it, or is what the request wants
 * (`wanted`) and its cluster has one of that name.  p->account is its name then. */
static int look_for_account(struct preview *p, struct sq_ledger *ledger, const char *resource,
                            const struct sq_kept_policy *kept, bool wanted, bool *ret,
                            struct sq_error *err) {
        struct choice choice = {.n = 0};
        char name[SQ_NAME_SIZE];
        int rc = sq_resource_find(ledger, kept->policy.scope, resource, name, err);

        *ret = wanted && !rc;
        if (!rc && !wanted)
                rc = sq_resource_policies(ledger, name, choose, &choice, err);
        for (size_t k = 0; k < choice.n && !rc; k++)
                *ret = *ret || choice.id[k] == kept->id;
        if (*ret)
                memcpy(p->account, name, sizeof name);
        return rc == SQ_ENOTFOUND ? SQ_OK : rc;
}

/* The policy that the request names, or else the one that has its account; *ret NULL: none,
 * and numbers are the request's own. */
static int find_policy(struct preview *p, struct sq_ledger *ledger, const char *which,
                       const char *resource, struct sq_kept_policy *const *policy, size_t n,
                       const struct sq_kept_policy **ret, struct sq_error *err) {
        bool found = false;
        int rc = SQ_OK;

        *ret = NULL;
        for (size_t i = 0; i < n && !found && !rc; i++) {
                if (which && strcmp(which, policy[i]->policy.uuid) != 0 &&
                    strcmp(which, policy[i]->policy.name) != 0)
                        continue;
                if (resource)
                        rc = look_for_account(p, ledger, resource, policy[i], which != NULL,
                                              &found, err);
                if (which || found)
                        *ret = policy[i];
        }
        if (!rc && which && !*ret)
                rc = sq_fail(err, SQ_EINVAL, "policy_uuid: there is no policy \"%.60s\"",
                             which);
        return rc;
}

static void take_facts(const struct sq_governed *governed, void *payload) {
        struct preview *p = payload;

        p->facts = governed->account->facts;
        p->lately = *governed->lately;
        p->days_left = sq_moment_days_left(governed->moment);
        p->has_facts = true;
}

/* What is known of the account; nothing of it when the policy does not have it. */
static int read_account(struct preview *p, struct sq_ledger *ledger,
                        const struct sq_kept_policy *kept, struct sq_error *err) {
        const struct sq_governing how = {
                .mode = SQ_RUN_DRY, .now = sq_now(), .account = p->account, .looks_back = true,
                .groups = p->sources->config->groups, .tree = p->tree,
                .qos = sq_qos_names_of(p->sources->config)};
        int rc = sq_govern(ledger, kept, &how, take_facts, p, err);

        return rc == SQ_ENOTFOUND ? SQ_OK : rc;
}

/* An account with the request's numbers. */
static void make_account(struct preview *p) {
        p->facts = (struct sq_facts){.window = p->moment.window};
        sq_quantities_set(&p->facts.base, p->component, p->number[ALLOCATION]);
        sq_quantities_set(&p->facts.previous_base, p->component, p->number[ALLOCATION]);
        sq_quantities_set(&p->facts.usage, p->component, p->number[CURRENT_USAGE]);
        sq_quantities_set(&p->facts.previous_usage, p->component, p->number[PREVIOUS_USAGE]);
}

static int find_account(struct preview *p, struct sq_ledger *ledger, struct sq_error *err) {
        const char *which = json_string_value(json_object_get(p->object, "policy_uuid"));
        const char *resource = json_string_value(json_object_get(p->object, "resource_uuid"));
        const struct sq_kept_policy *kept = NULL;
        struct sq_kept_policy **policy = NULL;
        size_t n = 0;
        int rc = which || resource ? sq_kept_policies_read(ledger, &policy, &n, err) : SQ_OK;

        if (!rc)
                rc = find_policy(p, ledger, which, resource, policy, n, &kept, err);
        if (!rc && kept) {
                p->policy = kept->policy;
                rc = sq_policy_ask_tree(p->sources, &kept->policy, &p->tree, err);
        }
        if (!rc && kept && *p->account)
                rc = read_account(p, ledger, kept, err);
        sq_kept_policies_free(policy, n);
        return rc;
}

/* --- the answer ------------------------------------------------------------------------ */

static double round_to(double value, double places) {
        return round(value * places) / places;
}

static struct sq_quantity sum(const struct sq_quantities *list,
                              const struct sq_quantities *only) {
        struct sq_quantity all = {0};

        for (size_t i = 0; i < list->n; i++)
                if (!only || sq_quantities_has(only, list->item[i].name))
                        all.units += list->item[i].of.units;
        return all;
}

static double hours(struct sq_quantity quantity) {
        return round_to(sq_quantity_hours(quantity), 100);
}

static void add_carryover(struct sq_document *doc, const struct preview *p) {
        const struct sq_carryover *c = &p->evaluation.carryover;
        struct sq_quantity base = {0}, used = {0}, unused = {0}, cap = {0}, carried = {0};

        if (c->reason != SQ_CARRYOVER_APPLIED) {
                sq_document_add_text(doc, "carryover", NULL);
                return;
        }
        for (size_t i = 0; i < c->n; i++) {
                base.units += c->item[i].base.units;
                used.units += c->item[i].previous_usage.units;
                unused.units += c->item[i].unused.units;
                cap.units += c->item[i].cap.units;
                carried.units += c->item[i].carried.units;
        }
        sq_document_open_object(doc, "carryover");
        sq_document_add_real(doc, "previous_usage", hours(used));
        sq_document_add_real(doc, "carryover_factor",
                             sq_decimal_double(p->policy.carryover_factor));
        sq_document_add_real(doc, "base_allocation", hours(base));
        sq_document_add_real(doc, "unused", hours(unused));
        sq_document_add_real(doc, "carryover_cap", hours(cap));
        sq_document_add_real(doc, "carryover", hours(carried));
        sq_document_add_real(doc, "total_allocation",
                             hours((struct sq_quantity){base.units + carried.units}));
        sq_document_close_object(doc);
}

/* The three of the API, in hours. */
struct marks {
        struct sq_quantity allocation, notification, slowdown, blocked;
};

static struct marks marks_of(const struct preview *p) {
        struct marks m = {.allocation = sum(&p->evaluation.total, NULL)};
        const struct sq_decimal share = {SQ_DECIMAL_ONE / 5 * 4};
        const struct sq_decimal most = {SQ_DECIMAL_ONE + p->policy.grace_ratio.trillionths};

        m.slowdown = m.blocked = m.notification = m.allocation;
        (void)sq_quantity_share(m.allocation, share, &m.notification);
        (void)sq_quantity_share(m.allocation, most, &m.blocked);
        return m;
}

static void add_thresholds(struct sq_document *doc, const struct preview *p,
                           const struct marks *m) {
        sq_document_open_object(doc, "thresholds");
        sq_document_add_real(doc, "allocation", hours(m->allocation));
        sq_document_add_real(doc, "grace_ratio", sq_decimal_double(p->policy.grace_ratio));
        sq_document_add_real(doc, "notification_ratio", 0.8);
        sq_document_add_real(doc, "notification_threshold", hours(m->notification));
        sq_document_add_real(doc, "slowdown_threshold", hours(m->slowdown));
        sq_document_add_real(doc, "blocked_threshold", hours(m->blocked));
        sq_document_close_object(doc);
}

static const char *status_word(const struct preview *p) {
        const struct sq_percentage *at = &p->evaluation.percentage;

        if (!at->allocated)
                return "normal";
        if (sq_percentage_reaches(at, sq_grace_limit(p->policy.grace_ratio)))
                return "blocked";
        if (sq_percentage_reaches(at, SQ_DECIMAL(100)))
                return "slowdown";
        return sq_percentage_reaches(at, NOTIFY) ? "notification" : "normal";
}

static int64_t seconds(struct sq_quantity quantity) {
        const sq_int128 whole = quantity.units / SQ_UNITS_PER_SECOND;

        return whole > INT64_MAX ? INT64_MAX : (int64_t)whole;
}

static void add_projection(struct sq_document *doc, const struct preview *p, const char *name,
                           struct sq_projection projection) {
        sq_document_open_object(doc, name);
        sq_projection_print_members(doc, &projection, sq_date_from_number(p->moment.day));
        sq_document_close_object(doc);
}

/* By the speed that was sent, as the ancestor has it: hours of all TRES alike, and for as
 * long as it takes. */
static struct sq_projection at_rate(const struct preview *p, struct sq_quantity threshold) {
        const struct sq_quantity used = sum(&p->facts.usage, &p->evaluation.total);
        const struct sq_speed speed = {seconds(p->number[DAILY_RATE]), 1};

        return sq_forecast(seconds(used), seconds(threshold), &(struct sq_burn){speed, speed},
                           -1);
}

static void add_at_rate(struct sq_document *doc, const struct preview *p,
                        const struct marks *m) {
        sq_document_add_real(doc, "daily_usage_rate", hours(p->number[DAILY_RATE]));
        sq_document_open_object(doc, "date_projections");
        add_projection(doc, p, "notification", at_rate(p, m->notification));
        add_projection(doc, p, "slowdown", at_rate(p, m->slowdown));
        add_projection(doc, p, "blocked", at_rate(p, m->blocked));
        sq_document_close_object(doc);
        sq_course_print_members(doc, &p->policy, &p->evaluation, NULL, NULL,
                                sq_date_from_number(p->moment.day));
}

/* By what the account used in the last days, and until its window ends. */
static int add_course(struct sq_document *doc, const struct preview *p, struct sq_error *err) {
        const struct sq_stretch *month = &p->lately.of[SQ_PACE_MONTH];
        struct sq_course course;
        double rate = 0;
        int rc = sq_course_make(&p->policy, &p->facts, &p->evaluation, &p->lately, p->days_left,
                                &course, err);

        if (rc)
                return rc;
        for (size_t i = 0; i < month->used.n; i++)
                rate += sq_stretch_hours_a_day(month, month->used.item[i].name);
        sq_document_add_real(doc, "daily_usage_rate", round_to(rate, 100));
        sq_document_open_object(doc, "date_projections");
        add_projection(doc, p, "notification", sq_course_reaches(&course, NOTIFY));
        add_projection(doc, p, "slowdown", sq_course_reaches(&course, SQ_DECIMAL(100)));
        add_projection(doc, p, "blocked",
                       sq_course_reaches(&course, sq_grace_limit(p->policy.grace_ratio)));
        sq_document_close_object(doc);
        sq_course_print_members(doc, &p->policy, &p->evaluation, &p->lately, &course,
                                sq_date_from_number(p->moment.day));
        return SQ_OK;
}

static int add_projections(struct sq_document *doc, const struct preview *p,
                           const struct marks *m, struct sq_error *err) {
        const struct sq_quantity used = sum(&p->facts.usage, &p->evaluation.total);

        sq_document_add_real(doc, "current_usage", hours(used));
        if (p->has_facts && !p->number[DAILY_RATE].units)
                return add_course(doc, p, err);
        add_at_rate(doc, p, m);
        return SQ_OK;
}

static void add_plan(struct sq_document *doc, const struct preview *p) {
        const struct sq_qos_names qos = sq_qos_names_of(p->sources->config);
        char command[SQ_COMMAND_SIZE];

        sq_document_open_list(doc, "preview_commands");
        for (size_t i = 0; i < p->evaluation.plan.n; i++) {
                if (!sq_plan_command(&p->evaluation, i, &qos,
                                     *p->policy.scope ? p->policy.scope : "CLUSTER",
                                     *p->account ? p->account : "ACCOUNT", command))
                        continue;
                sq_document_open_object(doc, NULL);
                sq_command_print(doc, *p->account ? p->account : "ACCOUNT",
                                 sq_plan_word(p->evaluation.plan.step[i]), command);
                sq_document_close_object(doc);
        }
        sq_document_close_list(doc);
}

static int add_command(const struct sq_command_record *record, void *payload) {
        sq_command_record_print(payload, record);
        return 0;
}

static int add_history(struct sq_document *doc, const struct preview *p,
                       struct sq_ledger *ledger, struct sq_error *err) {
        const struct sq_record_filter filter = {.account = p->account, .limit = COMMANDS_MOST};
        int rc = SQ_OK;

        sq_document_open_list(doc, "command_history");
        if (*p->account)
                rc = sq_command_record_each(ledger, &filter, add_command, doc, err);
        sq_document_close_list(doc);
        return rc;
}

static void add_window(struct sq_document *doc, const struct preview *p) {
        struct sq_date first, last;
        char begin[SQ_DATE_SIZE], end[SQ_DATE_SIZE];
        const bool bounded = sq_window_days(&p->facts.window, &first, &last);

        sq_document_add_text(doc, "billing_period_start",
                             bounded ? sq_date_text(first, begin) : NULL);
        sq_document_add_text(doc, "billing_period_end",
                             bounded ? sq_date_text(last, end) : NULL);
}

static int write_answer(struct sq_document *doc, const struct preview *p,
                        struct sq_ledger *ledger, struct sq_error *err) {
        const struct marks m = marks_of(p);
        char uuid[SQ_UUID_SIZE];
        int rc;

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "resource_uuid",
                             *p->account ? sq_resource_uuid(p->policy.scope, p->account, uuid)
                                         : NULL);
        sq_document_add_text(doc, "resource_name", *p->account ? p->account : NULL);
        sq_document_add_real(doc, "base_allocation", hours(sum(&p->facts.base, NULL)));
        sq_document_add_real(doc, "effective_allocation", hours(m.allocation));
        sq_document_add_truth(doc, "carryover_enabled", p->policy.carryover_enabled);
        add_carryover(doc, p);
        add_thresholds(doc, p, &m);
        sq_document_add_real(doc, "grace_ratio", sq_decimal_double(p->policy.grace_ratio));
        sq_document_add_real(doc, "carryover_factor",
                             sq_decimal_double(p->policy.carryover_factor));
        sq_document_add_real(
                doc, "usage_percentage",
                round_to(sq_percentage_double(&p->evaluation.percentage), 10));
        sq_document_add_text(doc, "current_qos_status", status_word(p));
        rc = add_projections(doc, p, &m, err);
        add_plan(doc, p);
        if (!rc)
                rc = add_history(doc, p, ledger, err);
        add_window(doc, p);
        sq_document_close_object(doc);
        return rc;
}

static int write_preview(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                         struct sq_error *err) {
        struct preview *p = payload;
        int rc;

        (void)sources;
        (void)request;
        if ((rc = check_fields(p->object, err)) || (rc = read_numbers(p, err)) ||
            (rc = read_component(p, err)) || (rc = find_account(p, ledger, err)) ||
            (rc = read_parameters(p, err)))
                return rc;
        sq_moment_of(sq_ledger_calendar(ledger), &p->policy, sq_now(), &p->moment);
        if (!p->has_facts) {
                p->account[0] = '\0';
                make_account(p);
        }
        rc = sq_evaluate(&p->policy, &p->facts, &p->evaluation, err);
        return rc ? rc : write_answer(doc, p, ledger, err);
}

void sq_policy_preview(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        SQ_CLEANUP(sq_freep) struct preview *preview = calloc(1, sizeof *preview);
        struct sq_error err = {.text = ""};
        json_t *object = NULL;
        int rc = preview ? sq_form_load(request, &object, &err)
                         : sq_fail(&err, SQ_ENOMEM, "out of memory");

        if (rc) {
                sq_answer_failure(sources, rc, &err, ret);
                return;
        }
        preview->sources = sources;
        preview->object = object;
        sq_policy_init(&preview->policy);
        preview->policy.billing_enabled = false; /* of one TRES hours are enough */
        preview->policy.actions = (1u << SQ_ACTIONS) - 1; /* unless a policy is named */
        (void)sq_page_answer(sources, request, write_preview, preview, ret);
        sq_associations_free(preview->tree);
        json_decref(object);
}
