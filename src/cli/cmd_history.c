/* cmd_history.c - history */
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/columns.h"
#include "cli/rows.h"
#include "cli/selection.h"
#include "cli/way.h"
#include "ledger/reservation.h"

enum option { USER, ACCOUNT, SINCE, KIND, LIMIT, HOURS, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "of this user"},
        [ACCOUNT] = {"account", "NAME", "of this account"},
        [SINCE] = {"since", "TIME", "from 2026-01-31 or 2026-01-31T18:30:00 on"},
        [KIND] = {"kind", "KIND", "only charge, correction, refund, budget, ..."},
        [LIMIT] = {"limit", "N", "only the newest N; 0 for all"},
        [HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

/* A reason (entry.c) and what it is about. */
#define WHY_SIZE 1200

/* A screen or two, for who does not say how many. */
#define DEFAULT_LIMIT 100

enum column { WHEN, WHAT, CPU, GPU, JOB, OTHER, STATE, WHO, WHY, COLUMNS };

static const struct sq_column user_columns[COLUMNS] = {
        [WHEN] = {"WHEN", 23, false},   [WHAT] = {"KIND", 10, false},
        [CPU] = {"CPU", 10, true},      [GPU] = {"GPU", 10, true},
        [JOB] = {"JOB", 10, false},     [OTHER] = {"ACCOUNT", 12, false},
        [STATE] = {"STATE", 10, false}, [WHO] = {"WHO", 12, false},
        [WHY] = {"WHY", 3, false},
};

struct output {
        struct sq_column column[COLUMNS];
        struct sq_style style;
        enum sq_subject_kind kind;
        struct sq_rows rows;
};

/* --- the table ---------------------------------------------------------------------- */

static const char *amount_text(const struct sq_entry *entry, enum sq_resource resource,
                               const struct sq_style *style, char *text, size_t size) {
        const struct sq_amount amount = entry->amounts.of[resource];

        if (!entry->has[resource])
                return "-";
        if (!entry->is_budget)
                return sq_column_change(amount, style, text, size);
        if (sq_amount_is_unlimited(amount))
                return sq_infinity();
        return sq_table_amount(amount, style, text, size);
}

/* Where the reason is somebody's own and does not say what it is about. */
static bool says_what(const struct sq_entry *entry) {
        return !entry->resource || (strcmp(entry->kind, "adjustment") != 0 &&
                                    strcmp(entry->kind, "repair") != 0);
}

/* "node for a month +5: lost", as reasons of budgets are. */
static const char *why_text(const struct sq_entry *entry, const struct sq_style *style,
                            char *text, size_t size) {
        char amount[40];

        if (says_what(entry))
                return entry->reason ? entry->reason : "-";
        snprintf(text, size, "%s for %s%s %s%s%s", entry->resource,
                 entry->window == SQ_WINDOW_TOTAL ? "all of time" : "a ",
                 entry->window == SQ_WINDOW_TOTAL ? "" : sq_window_kind_word(entry->window),
                 !entry->is_budget ? sq_column_change(entry->amount, style, amount, 40)
                 : sq_amount_is_unlimited(entry->amount)
                         ? "unlimited"
                         : sq_table_amount(entry->amount, style, amount, 40),
                 entry->reason ? ": " : "", entry->reason ? entry->reason : "");
        return text;
}

static void print_entry(const struct sq_entry *entry, struct output *o) {
        const char *other = o->kind == SQ_USER ? entry->account : entry->user;
        char when[64], job[64], cpu[40], gpu[40], why[WHY_SIZE];
        const char *const cell[COLUMNS] = {
                [WHEN] = sq_table_time(entry->at, when, sizeof when),
                [WHAT] = entry->kind,
                [CPU] = amount_text(entry, SQ_CPU, &o->style, cpu, sizeof cpu),
                [GPU] = amount_text(entry, SQ_GPU, &o->style, gpu, sizeof gpu),
                [JOB] = entry->state ? sq_job_text(entry->job_id, entry->array_job,
                                                     entry->array_task, job, sizeof job)
                                     : "-",
                [OTHER] = other ? other : "-",
                [STATE] = entry->state ? entry->state : "-",
                [WHO] = entry->actor,
                [WHY] = why_text(entry, &o->style, why, sizeof why),
        };

        if (o->rows.n == 1)
                sq_columns_print_header(stdout, o->column, COLUMNS, &o->style);
        sq_columns_print_row(stdout, o->column, COLUMNS, cell, &o->style);
}

/* --- the command -------------------------------------------------------------------- */

static int tell(const struct sq_entry *entry, void *payload) {
        struct output *o = payload;
        struct sq_document *doc = sq_rows_add(&o->rows);
        struct sq_fields fields;

        if (doc) {
                sq_entry_fields(entry, &fields);
                sq_document_add_object(doc, &fields);
        } else {
                print_entry(entry, o);
        }
        return sq_rows_status();
}

static int read_filter(const struct sq_call *call, const struct sq_selection *whose,
                       struct sq_entry_filter *ret, struct sq_error *err) {
        const char *kind = call->option[KIND];
        int rc = SQ_OK;

        *ret = (struct sq_entry_filter){
                .kind = whose->account ? SQ_ACCOUNT : SQ_USER,
                .name = whose->name,
                .entry_kind = kind,
                .limit = call->option[SINCE] ? 0 : DEFAULT_LIMIT,
        };
        if (kind && !sq_entry_kind_is_known(kind)) {
                sq_fail(err, SQ_EINVAL, "there are no entries of a kind \"%.40s\"", kind);
                sq_hint(err, "Kinds are open, budget, charge, correction, refund, adjustment,"
                             " repair, close, carry, allocation and hold.");
                return SQ_EINVAL;
        }
        if (call->option[SINCE])
                rc = sq_argument_time(call->option[SINCE], &ret->since, err);
        if (!rc && call->option[LIMIT])
                rc = sq_argument_count(call->option[LIMIT], &ret->limit, err);
        return rc;
}

static void finish(const struct sq_entry_filter *filter, struct sq_rows *rows, bool older) {
        if (sq_rows_end(rows))
                return;
        if (!rows->n)
                printf("no entries of %s %s\n", sq_subject_kind_name(filter->kind),
                       filter->name);
        else if (older)
                printf("the newest %zu; older ones with --limit or --since\n", rows->n);
}

static int history(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct output o = {.style = sq_style_of(stdout, call->option[HOURS] != NULL),
                           .rows = sq_rows_of(call->option[JSON] != NULL)};
        struct sq_selection whose;
        struct sq_entry_filter filter;
        bool older;
        int rc;

        if ((rc = sq_selection_read(call, call->option[USER], call->option[ACCOUNT], false,
                                    &whose, err)) ||
            (rc = read_filter(call, &whose, &filter, err)) ||
            (rc = sq_way_to_ask(call, "no entries yet", &desk, err)))
                return rc;
        o.kind = filter.kind;
        for (int i = 0; i < COLUMNS; i++)
                o.column[i] = user_columns[i];
        if (filter.kind == SQ_ACCOUNT)
                o.column[OTHER].title = "USER";
        desk->as_document = o.rows.as_json;
        rc = desk->can->entries(desk, &filter, tell, &o, &older, err);
        if (rc && ferror(stdout))
                return SQ_OK; /* main() says it, where it is worth saying */
        if (!rc && desk->document)
                sq_document_print(stdout, desk->document);
        else if (!rc)
                finish(&filter, &o.rows, older);
        return rc;
}

const struct sq_command sq_cmd_history = {
        .name = "history",
        .arguments = "[USERNAME]", .least = 0, .most = 1,
        .summary = "show what was charged, set and adjusted, by whom and why",
        .details = "Without a name: of yourself.  The newest comes last; without --since and\n"
                   "--limit the newest 100 are shown.  Amounts are minutes, rounded up, with\n"
                   "a sign where they were added to or taken off what was used; of the kinds\n"
                   "open and budget they are the budgets that were set.\n",
        .options = options,
        .run = history,
};
