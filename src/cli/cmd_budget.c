/* cmd_budget.c - budget set, show, list, remove */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/document.h"
#include "cli/budget_argument.h"
#include "cli/columns.h"
#include "cli/way.h"

/* Resources that a line may name. */
#define LIMITS_MOST 16

/* The word that it is in the option table of each command. */
static int read_window(const char *text, enum sq_window_kind *ret, struct sq_error *err) {
        *ret = SQ_WINDOW_TOTAL;
        return text ? sq_budget_window_read(text, ret, err) : SQ_OK;
}

/* --- set ----------------------------------------------------------------------- */

enum set_option { SET_WINDOW, SET_CARRYOVER, SET_REASON };

static const struct sq_option set_options[] = {
        [SET_WINDOW] = {"window", "WINDOW", "for each month, quarter or year; else total"},
        [SET_CARRYOVER] = {"carryover", "RULE", "what of the rest goes to the next window"},
        [SET_REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

struct limits {
        struct sq_budget_subject subject;
        size_t n;
        char resource[LIMITS_MOST][SQ_TRES_NAME_MAX];
        struct sq_window_budget budget[LIMITS_MOST];
};

static int read_limits(const struct sq_call *call, struct limits *ret, struct sq_error *err) {
        const char *carryover = call->option[SET_CARRYOVER];
        struct sq_carryover_choice choice = {SQ_CARRYOVER_NONE, 0};
        enum sq_window_kind window;
        int rc;

        *ret = (struct limits){.n = (size_t)call->n - 1};
        if ((rc = sq_budget_subject_read(call->argument[0], &ret->subject, err)) ||
            (rc = read_window(call->option[SET_WINDOW], &window, err)) ||
            (carryover && (rc = sq_carryover_parse(carryover, &choice, err))) ||
            (rc = sq_reason_check(call->option[SET_REASON], err)))
                return rc;
        for (size_t i = 0; i < ret->n; i++) {
                struct sq_window_budget *budget = &ret->budget[i];

                *budget = (struct sq_window_budget){.resource = ret->resource[i],
                                                    .window = window,
                                                    .sets_carryover = carryover != NULL,
                                                    .carryover = choice};
                rc = sq_budget_limit_read(call->argument[i + 1], ret->resource[i],
                                          &budget->limit, err);
                if (rc)
                        return rc;
                for (size_t j = 0; j < i; j++)
                        if (!strcmp(ret->resource[i], ret->resource[j]))
                                return sq_fail(err, SQ_EINVAL, "%s is given twice",
                                               ret->resource[i]);
        }
        return SQ_OK;
}

/* " for each month"; of all of time there is nothing to say. */
static const char *window_text(enum sq_window_kind window, char text[32]) {
        text[0] = '\0';
        if (window != SQ_WINDOW_TOTAL)
                snprintf(text, 32, " for each %s", sq_window_kind_word(window));
        return text;
}

static void print_limits(const struct limits *limits) {
        char amount[32], window[32];

        for (size_t i = 0; i < limits->n; i++) {
                const struct sq_window_budget *budget = &limits->budget[i];

                printf("%s \"%s\": budget of %s%s set to %s\n",
                       sq_subject_kind_name(limits->subject.kind), limits->subject.name,
                       budget->resource, window_text(budget->window, window),
                       sq_amount_text(budget->limit, amount, sizeof amount));
        }
}

static int set(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct limits limits;
        int rc;

        if ((rc = read_limits(call, &limits, err)) || (rc = sq_way_to_change(call, &desk, err)))
                return rc;
        rc = desk->can->set_budgets(desk, limits.subject.kind, limits.subject.name,
                                    limits.budget, limits.n, call->option[SET_REASON], err);
        if (!rc)
                print_limits(&limits);
        return rc;
}

static const struct sq_command cmd_set = {
        .name = "set",
        .arguments = "SUBJECT RESOURCE=AMOUNT...",
        .least = 2,
        .most = 1 + LIMITS_MOST,
        .rights = SQ_FOR_OPERATORS,
        .summary = "set budgets of a user or an account",
        .details =
                "SUBJECT is user:NAME or account:NAME.  RESOURCE is cpu, gpu (weighted by\n"
                "type) or Slurm's name of a TRES: mem (MiB), node, billing, gres/gpu:h100.\n"
                "AMOUNT is in minutes, or 500h, 20d; -1 or unlimited.  RULE is none,\n"
                "capped:PERCENT (the rest, but at most so much of the budget) or decay:DAYS\n"
                "(a half-life).\n",
        .options = set_options,
        .run = set,
};

/* --- remove -------------------------------------------------------------------- */

enum remove_option { REMOVE_WINDOW, REMOVE_REASON };

static const struct sq_option remove_options[] = {
        [REMOVE_WINDOW] = {"window", "WINDOW", "the one of the month, quarter or year"},
        [REMOVE_REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

static int remove_budget(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        const char *reason = call->option[REMOVE_REASON];
        char resource[SQ_TRES_NAME_MAX], text[32];
        struct sq_budget_subject subject;
        enum sq_window_kind window;
        int rc;

        if ((rc = sq_budget_subject_read(call->argument[0], &subject, err)) ||
            (rc = sq_budget_resource_read(call->argument[1], resource, err)) ||
            (rc = read_window(call->option[REMOVE_WINDOW], &window, err)) ||
            (rc = sq_reason_check(reason, err)) || (rc = sq_way_to_change(call, &desk, err)))
                return rc;
        rc = desk->can->remove_budget(desk, subject.kind, subject.name, resource, window,
                                      reason, err);
        if (!rc)
                printf("%s \"%s\": budget of %s%s removed\n",
                       sq_subject_kind_name(subject.kind), subject.name, resource,
                       window_text(window, text));
        return rc;
}

static const struct sq_command cmd_remove = {
        .name = "remove",
        .arguments = "SUBJECT RESOURCE",
        .least = 2,
        .most = 2,
        .rights = SQ_FOR_OPERATORS,
        .summary = "take a budget away: what it was about is unlimited then",
        .options = remove_options,
        .run = remove_budget,
};

/* --- show, list ---------------------------------------------------------------- */

enum column { WHO, WHAT, WINDOW, UNTIL, BUDGET, CARRIED, CONSUMED, RESERVED, AVAILABLE, RULE,
              COLUMNS };

static const struct sq_column columns[COLUMNS] = {
        [WHO] = {"SUBJECT", 16, false},      [WHAT] = {"RESOURCE", 8, false},
        [WINDOW] = {"WINDOW", 7, false},     [UNTIL] = {"UNTIL", 10, false},
        [BUDGET] = {"BUDGET", 10, true},     [CARRIED] = {"CARRIED", 8, true},
        [CONSUMED] = {"CONSUMED", 10, true}, [RESERVED] = {"RESERVED", 10, true},
        [AVAILABLE] = {"AVAILABLE", 10, true}, [RULE] = {"CARRYOVER", 10, false},
};

struct output {
        struct sq_style style;
        size_t n;                /* budgets so far */
        struct sq_document *doc; /* NULL: a table */
};

static const char *limit_text(struct sq_amount amount, const struct sq_style *style,
                              char *text, size_t size) {
        return sq_amount_is_unlimited(amount)
                       ? style->utf8 ? sq_infinity() : "inf"
                       : sq_table_amount(amount, style, text, size);
}

/* The last day; "-" for all of time. */
static const char *until_text(const struct sq_window_balance *balance, char text[16]) {
        const int64_t day = balance->span.last_day;

        if (balance->window == SQ_WINDOW_TOTAL)
                return NULL;
        snprintf(text, 16, "%04d-%02d-%02d", (int)(day / 10000), (int)(day / 100 % 100),
                 (int)(day % 100));
        return text;
}

static const char *amount_text(int64_t seconds, const struct sq_style *style, char *text,
                               size_t size) {
        return seconds < 0 ? sq_column_change(SQ_AMOUNT(seconds), style, text, size)
                           : sq_table_amount(SQ_AMOUNT(seconds), style, text, size);
}

/* A budget that nobody set, but a policy holds the account to its allocation. */
static bool is_allocation(const struct sq_window_balance *balance) {
        return balance->budget < 0 && balance->policy.policy_id;
}

/* What is not counted yet is at most so much. */
static void print_row(struct output *o, const struct sq_window_standing *standing) {
        const struct sq_window_balance *b = &standing->balance;
        const struct sq_amount available = sq_window_balance_available(b);
        char who[SQ_NAME_SIZE + 16], until[16], rule[32], amount[6][40], most[48];
        const char *cell[COLUMNS];

        snprintf(who, sizeof who, "%s:%s", sq_subject_kind_name(standing->kind),
                 standing->name);
        cell[WHO] = who;
        cell[WHAT] = standing->resource;
        cell[WINDOW] = sq_window_kind_word(b->window);
        cell[UNTIL] = until_text(b, until);
        if (!cell[UNTIL])
                cell[UNTIL] = "-";
        cell[BUDGET] = is_allocation(b) ? "policy"
                                        : limit_text(SQ_AMOUNT(b->budget), &o->style,
                                                     amount[0], 40);
        cell[CARRIED] = amount_text(b->carried, &o->style, amount[1], 40);
        cell[CONSUMED] = amount_text(b->consumed, &o->style, amount[2], 40);
        cell[RESERVED] = amount_text(b->reserved, &o->style, amount[3], 40);
        if (b->uncounted & SQ_UNCOUNTED_RESERVED) {
                snprintf(most, sizeof most, "<=%s", cell[RESERVED]);
                cell[RESERVED] = most;
        }
        cell[AVAILABLE] = is_allocation(b) ? "policy"
                                           : limit_text(available, &o->style, amount[4], 40);
        cell[RULE] = sq_carryover_text(&b->carryover, rule, sizeof rule);
        if (!o->n)
                sq_columns_print_header(stdout, columns, COLUMNS, &o->style);
        sq_columns_print_row(stdout, columns, COLUMNS, cell, &o->style);
}

static int tell(const struct sq_window_standing *standing, void *payload) {
        struct output *o = payload;
        struct sq_fields fields;

        if (o->doc && !o->n)
                sq_document_open_list(o->doc, NULL);
        if (o->doc) {
                sq_window_standing_fields(standing, &fields);
                sq_document_add_object(o->doc, &fields);
        } else {
                print_row(o, standing);
        }
        o->n++;
        return SQ_OK;
}

/* Shows what the filter wants; o->n is how many lines were printed. */
static int print_budgets(const struct sq_call *call, const struct sq_window_filter *filter,
                         struct output *o, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        int rc = sq_way_to_ask(call, "no budgets yet", &desk, err);

        if (rc)
                return rc;
        desk->as_document = o->doc != NULL;
        rc = desk->can->budgets(desk, filter, tell, o, err);
        if (rc || !o->doc)
                return rc;
        if (desk->document) {
                sq_document_print(stdout, desk->document);
                return SQ_OK;
        }
        if (!o->n)
                sq_document_open_list(o->doc, NULL);
        sq_document_close_list(o->doc);
        sq_document_end(o->doc);
        return SQ_OK;
}

enum show_option { SHOW_HOURS, SHOW_JSON };

static const struct sq_option show_options[] = {
        [SHOW_HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [SHOW_JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

static int show(const struct sq_call *call, struct sq_error *err) {
        struct sq_document doc = {.out = stdout};
        struct output o = {.style = sq_style_of(stdout, call->option[SHOW_HOURS] != NULL),
                           .doc = call->option[SHOW_JSON] ? &doc : NULL};
        struct sq_budget_subject subject;
        struct sq_window_filter filter = {.name = subject.name};
        int rc = sq_budget_subject_read(call->argument[0], &subject, err);

        if (rc)
                return rc;
        filter.kind = subject.kind;
        rc = print_budgets(call, &filter, &o, err);
        if (!rc && !o.n && !o.doc)
                return sq_fail(err, SQ_ENOTFOUND, "there is no %s \"%.100s\"",
                               sq_subject_kind_name(subject.kind), subject.name);
        return rc;
}

static const struct sq_command cmd_show = {
        .name = "show",
        .arguments = "SUBJECT",
        .least = 1,
        .most = 1,
        .summary = "show all budgets of a user or an account, and where they stand",
        .options = show_options,
        .run = show,
};

enum list_option { LIST_WINDOW, LIST_HOURS, LIST_JSON };

static const struct sq_option list_options[] = {
        [LIST_WINDOW] = {"window", "WINDOW", "only those of the month, quarter or year"},
        [LIST_HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [LIST_JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

static int list(const struct sq_call *call, struct sq_error *err) {
        struct sq_document doc = {.out = stdout};
        struct output o = {.style = sq_style_of(stdout, call->option[LIST_HOURS] != NULL),
                           .doc = call->option[LIST_JSON] ? &doc : NULL};
        struct sq_window_filter filter = {.name = NULL};
        int rc;

        if (call->option[LIST_WINDOW] &&
            (rc = sq_budget_window_read(call->option[LIST_WINDOW], &filter.window, err)))
                return rc;
        rc = print_budgets(call, &filter, &o, err);
        if (!rc && !o.n && !o.doc)
                printf("no budgets\n");
        return rc;
}

static const struct sq_command cmd_list = {
        .name = "list",
        .summary = "list the budgets of all, but not what is unlimited for all of time",
        .options = list_options,
        .run = list,
};

const struct sq_command sq_cmd_budget = {
        .name = "budget",
        .summary = "budgets of every TRES, for good or for each month, quarter or year",
        .commands = (const struct sq_command *const[]){&cmd_set, &cmd_show, &cmd_list,
                                                       &cmd_remove, NULL},
};
