/* cmd_policy_replay.c - policy replay */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/columns.h"
#include "cli/policy_call.h"
#include "cli/scenario.h"
#include "cli/steps.h"
#include "ledger/daily.h"
#include "ledger/prospect.h"

enum option { FROM, TO, JSON };

static const struct sq_option options[] = {
        [FROM] = {"from", "DATE", "evaluate from this day on"},
        [TO] = {"to", "DATE", "until this day (today)"},
        [JSON] = {"json", NULL, "print all steps, as policy simulate does"},
        {NULL, NULL, NULL},
};

/* Ten years. */
#define DAYS_MOST 3660

/* The first and the last day on which it is evaluated. */
struct days {
        struct sq_date from, to;
};

static int read_date(const char *option, const char *text, struct sq_date *ret,
                     struct sq_error *err) {
        if (sq_date_parse(text, ret))
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "--%s cannot be \"%.40s\"", option, text);
        sq_hint(err, "It takes a day, as 2026-01-31.");
        return SQ_EINVAL;
}

static int read_days(const struct sq_call *call, struct sq_date today, struct days *ret,
                     struct sq_error *err) {
        int rc = SQ_OK;

        if (!call->option[FROM])
                return sq_fail(err, SQ_EINVAL, "--from is missing");
        ret->to = today;
        rc = read_date("from", call->option[FROM], &ret->from, err);
        if (!rc && call->option[TO])
                rc = read_date("to", call->option[TO], &ret->to, err);
        if (!rc && sq_date_days(ret->to) < sq_date_days(ret->from))
                rc = sq_fail(err, SQ_EINVAL, "--to is before --from");
        if (!rc && sq_date_days(ret->to) - sq_date_days(ret->from) >= DAYS_MOST)
                rc = sq_fail(err, SQ_ERANGE, "more than %d days", DAYS_MOST);
        return rc;
}

/* --- events from the ledger ------------------------------------------------------------- */

/* One account's usage, on its way into the simulation. */
struct intake {
        struct sq_simulation *simulation;
        size_t account;
        struct sq_error *err;
};

/* TRES that nobody was allocated count for nothing, and `gpu` is weighted: policies have
 * weights of their own. */
static int add_usage(struct sq_date day, const char *tres, struct sq_amount used,
                     void *payload) {
        const struct intake *intake = payload;
        struct sq_quantities hours = {.n = 0};
        const struct sq_event event = {.date = day,
                                       .kind = SQ_EVENT_USAGE,
                                       .account = intake->account,
                                       .quantities = &hours};

        if (!sq_simulation_has_tres(intake->simulation, tres))
                return SQ_OK;
        (void)!sq_quantities_set(&hours, tres, sq_quantity_of(used));
        return sq_simulation_add_event(intake->simulation, &event, intake->err);
}

/* From where on usage matters: the window before the one of the first day. */
static struct sq_date first_day_of_interest(const struct sq_policy *policy,
                                            struct sq_date from) {
        const struct sq_window now = sq_window_of((enum sq_window_kind)policy->period,
                                                  (int)policy->fiscal_start, from);
        struct sq_window before;
        struct sq_date first, last;

        if (sq_window_previous(&now, &before) && sq_window_days(&before, &first, &last))
                return first;
        return (struct sq_date){1970, 1, 1};
}

static int add_all_usage(struct sq_ledger *ledger, const struct sq_policy *policy,
                         const struct days *days, struct sq_simulation *simulation,
                         struct sq_error *err) {
        struct intake intake = {.simulation = simulation, .err = err};
        const struct sq_date first = first_day_of_interest(policy, days->from);
        const char *name;
        int rc = SQ_OK;

        for (; !rc && (name = sq_simulation_account(simulation, intake.account));
             intake.account++)
                rc = sq_daily_each(ledger, SQ_ACCOUNT, name, first, days->to, add_usage,
                                   &intake, err);
        return rc;
}

/* At the end of each day. */
static int add_evaluations(const struct days *days, struct sq_simulation *simulation,
                           struct sq_error *err) {
        struct sq_event event = {.kind = SQ_EVENT_EVALUATE, .account = SQ_EVERY_ACCOUNT};
        int rc = SQ_OK;

        for (int64_t day = sq_date_days(days->from); day <= sq_date_days(days->to) && !rc;
             day++) {
                event.date = sq_date_from_days(day);
                rc = sq_simulation_add_event(simulation, &event, err);
        }
        return rc;
}

/* --- output ------------------------------------------------------------------------------ */

enum column { DATE, ACCOUNT, WINDOW, USED, BEFORE, AFTER, WHAT, COLUMNS };

static const struct sq_column columns[COLUMNS] = {
        [DATE] = {"DATE", 10, false},      [ACCOUNT] = {"ACCOUNT", 16, false},
        [WINDOW] = {"WINDOW", 8, false},   [USED] = {"USED", 9, true},
        [BEFORE] = {"BEFORE", 10, false},  [AFTER] = {"AFTER", 10, false},
        [WHAT] = {"NOTIFIED AT", 11, false},
};

struct output {
        struct sq_style style;
        size_t rows;
};

/* "80 %, 100 %", or "-". */
static const char *notified_text(const struct sq_notified *notified, char *text, size_t size) {
        size_t n = 0;

        snprintf(text, size, "-");
        for (size_t i = 0; i < notified->n && n < size; i++) {
                char percent[SQ_DECIMAL_SIZE];

                n += (size_t)snprintf(text + n, size - n, "%s%s %%", i ? ", " : "",
                                      sq_decimal_text(notified->percent[i], percent));
        }
        return text;
}

/* Only what has changed, or was to be told. */
static void print_change(const struct sq_step *step, struct output *o) {
        const struct sq_evaluation *e = step->evaluation;
        char date[SQ_DATE_SIZE], window[SQ_WINDOW_SIZE], used[32], notified[200];
        const char *const cell[COLUMNS] = {
                [DATE] = sq_date_text(step->date, date),
                [ACCOUNT] = step->account,
                [WINDOW] = sq_window_text(&step->facts->window, window),
                [USED] = used,
                [BEFORE] = sq_level_word(sq_state_level(&e->previous)),
                [AFTER] = sq_level_word(sq_state_level(&e->next)),
                [WHAT] = notified_text(&e->notify, notified, sizeof notified),
        };

        if (sq_state_level(&e->previous) == sq_state_level(&e->next) && !e->notify.n)
                return;
        snprintf(used, sizeof used, "%.1f %%", sq_percentage_double(&e->percentage));
        if (o->rows++ == 0)
                sq_columns_print_header(stdout, columns, COLUMNS, &o->style);
        sq_columns_print_row(stdout, columns, COLUMNS, cell, &o->style);
}

static void print(const struct sq_step *step, void *payload) {
        print_change(step, payload);
}

static int run(struct sq_simulation *simulation, struct output *o, struct sq_error *err) {
        int rc = sq_simulation_run(simulation, NULL, NULL, err);

        if (!rc)
                rc = sq_simulation_run(simulation, print, o, err);
        if (!rc && !o->rows)
                printf("nobody would have been slowed down, paused or notified\n");
        return rc;
}

static int replay(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_simulation_freep) struct sq_simulation *simulation = NULL;
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_policy policy;
        struct output o = {.style = sq_style_of(stdout, false)};
        struct days days;
        int rc;

        if ((rc = sq_reader_open(call->config, &ledger, err)) ||
            (rc = read_days(call, sq_prospect_today(ledger), &days, err)) ||
            (rc = sq_scenario_load(call->argument[0], &policy, &simulation, err)) ||
            (rc = add_all_usage(ledger, &policy, &days, simulation, err)) ||
            (rc = add_evaluations(&days, simulation, err)))
                return rc;
        return call->option[JSON] ? sq_steps_print(stdout, &policy, simulation, err)
                                  : run(simulation, &o, err);
}

const struct sq_command sq_cmd_policy_replay = {
        .name = "replay",
        .arguments = "FILE", .least = 1, .most = 1,
        .summary = "tell what a policy would have done with what was really used",
        .details =
                "Reads {\"policy\": {...}, \"accounts\": [...], \"events\": [...]} from FILE\n"
                "(\"-\": standard input) as policy simulate does, adds what the ledger knows\n"
                "that these accounts have used, and evaluates at the end of each day.  Prints\n"
                "the days on which somebody would have been slowed down, paused, let go or\n"
                "notified.  Events of FILE, such as changes of allocations, count with their\n"
                "dates.  Nothing is changed.\n",
        .options = options,
        .run = replay,
};
