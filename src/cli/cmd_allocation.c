/* cmd_allocation.c - allocation set, list and remove */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/rows.h"
#include "governor/allocation.h"
#include "governor/moment.h"
#include "governor/record_json.h"
#include "policy/component.h"

/* As many as a job can hold TRES. */
#define ITEMS_MAX SQ_TRES_MAX

enum option { WINDOW, FROM, TO, NOTE, REASON };

static const struct sq_option options[] = {
        [WINDOW] = {"window", "WINDOW", "of a month, quarter, year, or total"},
        [FROM] = {"from", "DAY", "from this day on (2026-01-31); today without"},
        [TO] = {"to", "DAY", "until this day, which is in it; without an end without"},
        [NOTE] = {"note", "TEXT", "kept with it"},
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

static int read_window(const char *text, enum sq_window_kind *ret, struct sq_error *err) {
        for (int kind = SQ_WINDOW_TOTAL; kind <= SQ_WINDOW_YEAR && text; kind++)
                if (!strcmp(text, sq_window_kind_word((enum sq_window_kind)kind))) {
                        *ret = (enum sq_window_kind)kind;
                        return SQ_OK;
                }
        sq_fail(err, SQ_EINVAL, text ? "\"%.40s\" is not a window" : "give --window", text);
        sq_hint(err, "It is month, quarter, year or total: the period of the account's"
                     " policy.");
        return SQ_EINVAL;
}

static int read_day(const char *text, int64_t standard, int64_t *ret, struct sq_error *err) {
        struct sq_date date;

        *ret = standard;
        if (!text)
                return SQ_OK;
        if (!sq_date_parse(text, &date))
                return sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a day as 2026-01-31", text);
        *ret = sq_date_number(date);
        return SQ_OK;
}

/* "1.5", "90m", "1.5h" in seconds. */
static bool read_amount(char *text, struct sq_amount *ret) {
        const size_t length = strlen(text);
        const char unit = length ? text[length - 1] : '\0';
        struct sq_quantity quantity;

        if (unit == 'h' || unit == 'm')
                text[length - 1] = '\0';
        if (!sq_quantity_parse_hours(text, &quantity))
                return false;
        if (unit == 'm')
                quantity.units /= 60;
        if (quantity.units < 0 || quantity.units % SQ_UNITS_PER_SECOND ||
            quantity.units / SQ_UNITS_PER_SECOND > INT64_MAX)
                return false;
        *ret = SQ_AMOUNT((int64_t)(quantity.units / SQ_UNITS_PER_SECOND));
        return true;
}

/* "node=1000": hours, and with m or h behind it minutes or hours. */
static int read_item(const char *text, char tres[SQ_TRES_NAME_MAX], struct sq_amount *ret,
                     struct sq_error *err) {
        const char *equals = strchr(text, '=');
        char name[SQ_TRES_NAME_MAX], number[32];

        if (!equals || equals == text || (size_t)(equals - text) >= sizeof name ||
            strlen(equals + 1) >= sizeof number)
                return sq_fail(err, SQ_EINVAL, "\"%.60s\" is not TRES=HOURS", text);
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        snprintf(number, sizeof number, "%s", equals + 1);
        if (!sq_component_tres(name, tres)) {
                sq_fail(err, SQ_EINVAL, "\"%.60s\" is not a TRES", name);
                sq_hint(err, "TRES have Slurm's names: cpu, mem, node, billing, gres/gpu, ...");
                return SQ_EINVAL;
        }
        if (read_amount(number, ret))
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "\"%.60s\": that is no amount of hours", text);
        sq_hint(err, "Give hours, 1.5 or 90m; they are kept as whole seconds.");
        return SQ_EINVAL;
}

static int check_twice(const struct sq_allocation *item, size_t i, struct sq_error *err) {
        for (size_t k = 0; k < i; k++)
                if (!strcmp(item[k].tres, item[i].tres))
                        return sq_fail(err, SQ_EINVAL, "%s is there twice", item[i].tres);
        return SQ_OK;
}

static const char *day_text(int64_t day, char text[SQ_DATE_SIZE]) {
        return day == SQ_DAY_FIRST || day == SQ_DAY_LAST
                       ? NULL
                       : sq_date_text(sq_date_from_number(day), text);
}

/* " per month from 2026-01-01 to 2026-06-30" */
static void print_when(const struct sq_allocation *a) {
        char day[SQ_DATE_SIZE];

        if (a->window == SQ_WINDOW_TOTAL)
                printf(" in total");
        else
                printf(" per %s", sq_window_kind_word(a->window));
        if (day_text(a->first_day, day))
                printf(" from %s", day);
        if (day_text(a->last_day, day))
                printf(" to %s", day);
}

static int set(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_allocation item[ITEMS_MAX], all = {.note = call->option[NOTE]};
        char tres[ITEMS_MAX][SQ_TRES_NAME_MAX], account[SQ_NAME_SIZE], name[SQ_ACTOR_SIZE];
        char amount[32];
        const struct sq_actor actor = {sq_administrator_name(name), call->option[REASON]};
        const size_t n = (size_t)call->n - 1;
        int rc;

        if ((rc = sq_argument_subject(SQ_ACCOUNT, call->argument[0], account, err)) ||
            (rc = sq_reason_check(call->option[REASON], err)) ||
            (rc = read_window(call->option[WINDOW], &all.window, err)) ||
            (rc = read_day(call->option[FROM], SQ_DAY_FIRST, &all.first_day, err)) ||
            (rc = read_day(call->option[TO], SQ_DAY_LAST, &all.last_day, err)))
                return rc;
        for (size_t i = 0; i < n && !rc; i++) {
                item[i] = all;
                item[i].tres = tres[i];
                rc = read_item(call->argument[i + 1], tres[i], &item[i].amount, err);
                if (!rc)
                        rc = check_twice(item, i, err);
        }
        if (!rc)
                rc = sq_administrator_open(call->config, &ledger, err);
        for (size_t i = 0; i < n && !rc && !call->option[FROM]; i++)
                item[i].first_day = sq_calendar_day(sq_ledger_calendar(ledger), sq_now());
        if (!rc)
                rc = sq_allocations_set(ledger, account, item, n, &actor, err);
        if (rc)
                return rc;
        for (size_t i = 0; i < n; i++) {
                printf("account \"%s\": %s of %s", account,
                       sq_amount_text(item[i].amount, amount, sizeof amount), tres[i]);
                print_when(&item[i]);
                printf("\n");
        }
        return SQ_OK;
}

enum remove_option { REMOVE_REASON };

static int remove_allocation(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        char name[SQ_ACTOR_SIZE];
        const struct sq_actor actor = {sq_administrator_name(name),
                                       call->option[REMOVE_REASON]};
        int64_t id;
        int rc;

        if ((rc = sq_argument_count(call->argument[0], &id, err)) ||
            (rc = sq_reason_check(actor.reason, err)) ||
            (rc = sq_administrator_open(call->config, &ledger, err)) ||
            (rc = sq_allocation_remove(ledger, id, &actor, err)))
                return rc;
        printf("allocation %" PRId64 " removed\n", id);
        return SQ_OK;
}

/* --- looking -------------------------------------------------------------------------- */

enum list_option { JSON };

static int tell(const struct sq_allocation *a, void *payload) {
        struct sq_document *doc = sq_rows_add(payload);
        char amount[32], first[SQ_DATE_SIZE], last[SQ_DATE_SIZE];
        const char *from = day_text(a->first_day, first), *to = day_text(a->last_day, last);

        if (!doc) {
                printf("%" PRId64 "  %s  %s %s", a->id, a->account, a->tres,
                       sq_amount_text(a->amount, amount, sizeof amount));
                print_when(a);
                printf("%s%s\n", a->note ? ": " : "", a->note ? a->note : "");
                return 0;
        }
        sq_document_open_object(doc, NULL);
        sq_document_add_number(doc, "id", a->id);
        sq_document_add_text(doc, "account", a->account);
        sq_document_add_text(doc, "tres", a->tres);
        sq_document_add_text(doc, "window", sq_window_kind_word(a->window));
        sq_document_add_number(doc, "amount_seconds", a->amount.seconds);
        sq_document_add_text(doc, "valid_from", from);
        sq_document_add_text(doc, "valid_to", to);
        sq_document_add_text(doc, "note", a->note);
        sq_document_close_object(doc);
        return 0;
}

static int list(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_rows rows = sq_rows_of(call->option[JSON] != NULL);
        char account[SQ_NAME_SIZE];
        int rc = SQ_OK;

        if (call->n)
                rc = sq_argument_subject(SQ_ACCOUNT, call->argument[0], account, err);
        if (!rc)
                rc = sq_reader_open(call->config, &ledger, err);
        if (!rc)
                rc = sq_allocation_each(ledger, call->n ? account : NULL, tell, &rows, err);
        if (!rc && !sq_rows_end(&rows) && !rows.n)
                printf("no allocations\n");
        return rc;
}

static const struct sq_command cmd_set = {
        .name = "set", .arguments = "ACCOUNT TRES=HOURS...", .least = 2, .most = ITEMS_MAX + 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "give an account so much for each window",
        .details = "TRES are Slurm's: cpu, mem (in MB), node, billing, gres/gpu, and so on;\n"
                   "or node_hours and its like.  HOURS are 1000, 1.5, or 90m in minutes.  Of\n"
                   "several allocations for one day the one counts that was set last.  Where\n"
                   "all allocations of an account have ended, or are 0, its policy refuses\n"
                   "its jobs (enforce submit or both), and does nothing else.\n",
        .options = options, .run = set,
};

static const struct sq_command cmd_list = {
        .name = "list", .arguments = "[ACCOUNT]", .least = 0, .most = 1,
        .summary = "list what accounts were given",
        .options = (const struct sq_option[]){{"json", NULL, "print JSON"}, {NULL, NULL, NULL}},
        .run = list,
};

static const struct sq_command cmd_remove = {
        .name = "remove", .arguments = "NUMBER", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "take an allocation back, by its number in the list",
        .options = (const struct sq_option[]){{"reason", "TEXT", "why; kept with the change"},
                                              {NULL, NULL, NULL}},
        .run = remove_allocation,
};

const struct sq_command sq_cmd_allocation = {
        .name = "allocation",
        .summary = "what accounts were given for each month, quarter or year",
        .commands = (const struct sq_command *const[]){&cmd_list, &cmd_set, &cmd_remove, NULL},
};
