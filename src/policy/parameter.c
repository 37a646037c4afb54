#include "policy/parameter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct row {
        const char *name;
        enum sq_parameter_type type;
        size_t offset, size; /* of the field in struct sq_policy; size: of texts */
        int64_t least, most; /* of numbers */
        const char *words[4];
        const char *value;   /* the default, as JSON */
        const char *help;
};

#define FIELD(name) .offset = offsetof(struct sq_policy, name)
#define TEXT(name) FIELD(name), .size = sizeof ((struct sq_policy *)NULL)->name

static const struct row table[] = {
        {"uuid", SQ_PARAMETER_TEXT, TEXT(uuid), .value = "\"\"",
         .help = "Identifies the policy; made when it is created."},
        {"name", SQ_PARAMETER_TEXT, TEXT(name), .value = "\"\"",
         .help = "What people call the policy."},
        {"scope", SQ_PARAMETER_TEXT, TEXT(scope), .value = "\"\"",
         .help = "The cluster whose accounts the policy is for."},
        {"actions", SQ_PARAMETER_ACTIONS, FIELD(actions), .value = "\"\"",
         .help = "What the policy may do, with commas: notify_organization_owners,"
                 " notify_external_user, block_creation_of_new_resources,"
                 " request_slurm_resource_downscaling, request_slurm_resource_pausing."},
        {"options", SQ_PARAMETER_OPTIONS, FIELD(external_addresses), .value = "{}",
         .help = "By action: notify_external_user has the mail addresses, with commas."},
        {"organization_groups", SQ_PARAMETER_GROUPS, FIELD(groups), .value = "[]",
         .help = "Only these accounts, those below them, those that a pattern such as phys_*"
                 " matches, and those in these groups of the configuration."},
        {"apply_to_all", SQ_PARAMETER_FLAG, FIELD(apply_to_all), .value = "false",
         .help = "For every account of the cluster."},
        {"component_limits_set", SQ_PARAMETER_LIMITS, FIELD(limits), .value = "[]",
         .help = "Hours per TRES of accounts that have no allocation of their own."},
        {"period", SQ_PARAMETER_PERIOD, FIELD(period), .least = SQ_WINDOW_TOTAL,
         .most = SQ_WINDOW_YEAR, .value = "2",
         .help = "The window: 1 all of time, 2 a month, 3 a quarter, 4 a year."},
        {"fiscal_start", SQ_PARAMETER_INTEGER, FIELD(fiscal_start), .least = 1, .most = 12,
         .value = "1",
         .help = "The month in which years begin, and with them quarters."},
        {"limit_type", SQ_PARAMETER_WORD, FIELD(limit_type),
         .words = {"GrpTRESMins", "MaxTRESMins", "GrpTRES"}, .value = "\"GrpTRESMins\"",
         .help = "Which limit of the Slurm association is set."},
        {"tres_billing_enabled", SQ_PARAMETER_FLAG, FIELD(billing_enabled), .value = "true",
         .help = "Whether hours count by their billing weights, and the limit for billing is"
                 " set."},
        {"tres_billing_weights", SQ_PARAMETER_WEIGHTS, FIELD(weights), .value = "{}",
         .help = "What an hour of each TRES counts; 0 is free.  Empty: those of a node of 64"
                 " CPUs, 512 GB and 4 GPUs."},
        {"tres_billing_mode", SQ_PARAMETER_WORD, FIELD(billing),
         .words = {"sum", "max_tres"}, .value = "\"sum\"",
         .help = "Whether the TRES of a node are added, or the largest counts, as with Slurm's"
                 " PriorityFlags=MAX_TRES."},
        {"grace_ratio", SQ_PARAMETER_DECIMAL, FIELD(grace_ratio), .least = 0, .most = 1000,
         .value = "0.2",
         .help = "How much more than the allocation may be used: 0.2 is 20 percent."},
        {"carryover_enabled", SQ_PARAMETER_FLAG, FIELD(carryover_enabled), .value = "true",
         .help = "Whether the next window gets what was not used."},
        {"carryover_mode", SQ_PARAMETER_WORD, FIELD(carryover_mode),
         .words = {"none", "capped", "decay"}, .value = "\"capped\"",
         .help = "How much of it: nothing, at most carryover_factor, or by"
                 " fairshare_decay_half_life."},
        {"carryover_factor", SQ_PARAMETER_DECIMAL, FIELD(carryover_factor), .least = 0,
         .most = 100, .value = "50",
         .help = "Percent of the allocation that are carried over at most."},
        {"fairshare_decay_half_life", SQ_PARAMETER_INTEGER, FIELD(half_life), .least = 1,
         .most = 36500, .value = "15",
         .help = "Days after which usage counts half, for carryover_mode decay."},
        {"raw_usage_reset", SQ_PARAMETER_FLAG, FIELD(raw_usage_reset), .value = "true",
         .help = "Whether Slurm's RawUsage is set to 0 once in each window."},
        {"qos_strategy", SQ_PARAMETER_WORD, FIELD(qos_strategy),
         .words = {"threshold", "progressive"}, .value = "\"threshold\"",
         .help = "One slower QoS, or a ladder of them: one for each downscale threshold."},
        {"thresholds", SQ_PARAMETER_THRESHOLDS, FIELD(thresholds),
         .value = "[{\"percent\":80,\"action\":\"notify\"},"
                  "{\"percent\":100,\"action\":\"downscale\"},"
                  "{\"percent\":\"grace\",\"action\":\"pause\"}]",
         .help = "At which percentage what happens: notify, downscale, pause or block; grace"
                 " is 100 * (1 + grace_ratio)."},
        {"hysteresis", SQ_PARAMETER_DECIMAL, FIELD(hysteresis), .least = 0, .most = 100,
         .value = "0",
         .help = "Percent below a threshold that it takes to leave it again."},
        {"enforce", SQ_PARAMETER_WORD, FIELD(enforce), .words = {"both", "submit", "qos"},
         .value = "\"both\"",
         .help = "Whether jobs are refused at submission, accounts get another QoS, or both."},
        {"fairshare", SQ_PARAMETER_FLAG, FIELD(fairshare), .value = "true",
         .help = "Whether the account's fairshare is set: a third of its hours."},
        {"url", SQ_PARAMETER_READ_ONLY, .help = "Where the API has the policy."},
        {"scope_name", SQ_PARAMETER_READ_ONLY, .help = "The cluster's name."},
        {"scope_uuid", SQ_PARAMETER_READ_ONLY, .help = "The cluster's identifier."},
        {"period_name", SQ_PARAMETER_READ_ONLY, .help = "The period in words."},
        {"warnings", SQ_PARAMETER_READ_ONLY, .help = "What may not work as expected."},
        {"has_fired", SQ_PARAMETER_READ_ONLY, .help = "Whether a threshold is reached."},
        {"fired_datetime", SQ_PARAMETER_READ_ONLY, .help = "Since when."},
        {"affected_resources_count", SQ_PARAMETER_READ_ONLY, .help = "Accounts it is for."},
        {"created", SQ_PARAMETER_READ_ONLY, .help = "When it was created."},
        {"created_by_full_name", SQ_PARAMETER_READ_ONLY, .help = "By whom."},
        {"created_by_username", SQ_PARAMETER_READ_ONLY, .help = "By whom, as a login name."},
};

#define ROWS (sizeof table / sizeof table[0])

#define COUNT(list) (sizeof (list) / sizeof (list)[0])

/* As the API's `period_name`, and as words. */
static const char *const periods[] = {"total", "month", "quarter", "year"};

static void *field(const struct sq_policy *policy, const struct row *row) {
        return (char *)policy + row->offset;
}

static void describe(const struct row *row, char *text, size_t size) {
        switch (row->type) {
        case SQ_PARAMETER_FLAG:
                snprintf(text, size, "true or false");
                break;
        case SQ_PARAMETER_INTEGER:
                snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64, row->least,
                         row->most);
                break;
        case SQ_PARAMETER_DECIMAL:
                snprintf(text, size, "a number from %" PRId64 " to %" PRId64, row->least,
                         row->most);
                break;
        case SQ_PARAMETER_PERIOD:
                snprintf(text, size, "1 or \"total\", 2 or \"month\", 3 or \"quarter\","
                                     " 4 or \"year\"");
                break;
        case SQ_PARAMETER_WORD: {
                size_t n = 0;

                for (size_t i = 0; i < COUNT(row->words) && row->words[i] && n < size; i++)
                        n += (size_t)snprintf(text + n, size - n, "%s\"%s\"",
                                              i ? " or " : "", row->words[i]);
                break;
        }
        case SQ_PARAMETER_TEXT:
                snprintf(text, size, "a text of less than %zu bytes", row->size);
                break;
        case SQ_PARAMETER_ACTIONS:
                snprintf(text, size, "a text: actions with commas between them");
                break;
        case SQ_PARAMETER_OPTIONS:
                snprintf(text, size, "{\"notify_external_user\": \"ADDRESS,...\"}");
                break;
        case SQ_PARAMETER_GROUPS:
                snprintf(text, size, "a list of at most %d names", SQ_GROUPS_MAX);
                break;
        case SQ_PARAMETER_LIMITS:
                snprintf(text, size, "a list of {\"type\": TRES, \"limit\": HOURS}");
                break;
        case SQ_PARAMETER_WEIGHTS:
                snprintf(text, size, "an object of weights by TRES, each from 0 to %d",
                         SQ_DECIMAL_MOST);
                break;
        case SQ_PARAMETER_THRESHOLDS:
                snprintf(text, size, "a list of {\"percent\": P, \"action\": ACTION}");
                break;
        case SQ_PARAMETER_READ_ONLY:
                snprintf(text, size, "nothing");
                break;
        }
}

bool sq_parameter_at(size_t i, struct sq_parameter *ret) {
        if (i >= ROWS)
                return false;
        *ret = (struct sq_parameter){
                .name = table[i].name,
                .type = table[i].type,
                .default_value = table[i].value,
                .help = table[i].help,
        };
        describe(&table[i], ret->accepts, sizeof ret->accepts);
        return true;
}

bool sq_parameter_find(const char *name, size_t *ret) {
        for (size_t i = 0; i < ROWS; i++)
                if (!strcmp(table[i].name, name)) {
                        *ret = i;
                        return true;
                }
        return false;
}

int sq_parameter_refuse(size_t i, const char *value, struct sq_error *err) {
        char accepts[96];

        describe(&table[i], accepts, sizeof accepts);
        sq_fail(err, SQ_EINVAL, "%s cannot be %.60s", table[i].name, value);
        sq_hint(err, "It takes %s.", accepts);
        return SQ_EINVAL;
}

int sq_parameter_set_flag(struct sq_policy *policy, size_t i, bool value,
                          struct sq_error *err) {

        if (table[i].type != SQ_PARAMETER_FLAG)
                return sq_parameter_refuse(i, value ? "true" : "false", err);
        *(bool *)field(policy, &table[i]) = value;
        return SQ_OK;
}

static bool find_word(const char *const *words, size_t n, const char *value, int *ret) {
        for (size_t i = 0; i < n && words[i]; i++)
                if (!strcmp(words[i], value)) {
                        *ret = (int)i;
                        return true;
                }
        return false;
}

int sq_parameter_set_text(struct sq_policy *policy, size_t i, const char *value,
                          struct sq_error *err) {

        const struct row *row = &table[i];
        char quoted[64];
        int place;

        if (row->type == SQ_PARAMETER_TEXT && strlen(value) < row->size) {
                snprintf(field(policy, row), row->size, "%s", value);
                return SQ_OK;
        }
        if (row->type == SQ_PARAMETER_WORD &&
            find_word(row->words, COUNT(row->words), value, &place)) {
                *(int *)field(policy, row) = place;
                return SQ_OK;
        }
        if (row->type == SQ_PARAMETER_PERIOD &&
            find_word(periods, COUNT(periods), value, &place)) {
                *(int *)field(policy, row) = SQ_WINDOW_TOTAL + place;
                return SQ_OK;
        }
        snprintf(quoted, sizeof quoted, "\"%.40s\"", value);
        return sq_parameter_refuse(i, quoted, err);
}

int sq_parameter_set_number(struct sq_policy *policy, size_t i, const char *value,
                            struct sq_error *err) {

        const struct row *row = &table[i];
        const bool whole = row->type == SQ_PARAMETER_INTEGER ||
                           row->type == SQ_PARAMETER_PERIOD;
        struct sq_decimal number;

        if ((!whole && row->type != SQ_PARAMETER_DECIMAL) ||
            !sq_decimal_parse(value, &number) ||
            number.trillionths < row->least * SQ_DECIMAL_ONE ||
            number.trillionths > row->most * SQ_DECIMAL_ONE ||
            (whole && number.trillionths % SQ_DECIMAL_ONE))
                return sq_parameter_refuse(i, value, err);
        if (row->type == SQ_PARAMETER_DECIMAL)
                *(struct sq_decimal *)field(policy, row) = number;
        else if (row->type == SQ_PARAMETER_INTEGER)
                *(int64_t *)field(policy, row) = number.trillionths / SQ_DECIMAL_ONE;
        else
                *(int *)field(policy, row) = (int)(number.trillionths / SQ_DECIMAL_ONE);
        return SQ_OK;
}

bool sq_parameter_flag(const struct sq_policy *policy, size_t i) {
        return *(const bool *)field(policy, &table[i]);
}

int64_t sq_parameter_integer(const struct sq_policy *policy, size_t i) {
        return table[i].type == SQ_PARAMETER_PERIOD ? *(const int *)field(policy, &table[i])
                                                    : *(const int64_t *)field(policy,
                                                                              &table[i]);
}

struct sq_decimal sq_parameter_decimal(const struct sq_policy *policy, size_t i) {
        return *(const struct sq_decimal *)field(policy, &table[i]);
}

const char *sq_parameter_text(const struct sq_policy *policy, size_t i) {
        return table[i].type == SQ_PARAMETER_WORD
                       ? table[i].words[*(const int *)field(policy, &table[i])]
                       : (const char *)field(policy, &table[i]);
}

/* The text within the quotes of a default. */
static void set_quoted(struct sq_policy *policy, size_t i) {
        char text[32];

        snprintf(text, sizeof text, "%.*s", (int)strlen(table[i].value) - 2,
                 table[i].value + 1);
        sq_parameter_set_text(policy, i, text, NULL);
}

void sq_parameters_set_defaults(struct sq_policy *policy) {
        for (size_t i = 0; i < ROWS; i++)
                switch (table[i].type) {
                case SQ_PARAMETER_FLAG:
                        sq_parameter_set_flag(policy, i, table[i].value[0] == 't', NULL);
                        break;
                case SQ_PARAMETER_INTEGER:
                case SQ_PARAMETER_DECIMAL:
                case SQ_PARAMETER_PERIOD:
                        sq_parameter_set_number(policy, i, table[i].value, NULL);
                        break;
                case SQ_PARAMETER_WORD:
                case SQ_PARAMETER_TEXT:
                        set_quoted(policy, i);
                        break;
                default:
                        break;
                }
}
