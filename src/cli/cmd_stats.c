/* cmd_stats.c - stats */
#include <stdio.h>

#include "base/clock.h"
#include "cli/argument.h"
#include "cli/forecast_table.h"
#include "cli/job_table.h"
#include "cli/selection.h"
#include "cli/standing_json.h"
#include "cli/table.h"
#include "cli/way.h"

enum option { USER, ACCOUNT, ALL, JOBS, FORECAST, HOURS, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "this user and the accounts of this user's jobs"},
        [ACCOUNT] = {"account", "NAME", "this account"},
        [ALL] = {"all", NULL, "all users and accounts"},
        [JOBS] = {"jobs", NULL, "the unfinished jobs that hold what is reserved"},
        [FORECAST] = {"forecast", NULL, "when budgets are used up, if things go on so"},
        [HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [JSON] = {"json", NULL, "print JSON, with amounts in minutes and seconds"},
        {NULL, NULL, NULL},
};

/* What is gathered before it is shown. */
struct gathered {
        struct sq_standings users, accounts;
};

static void gathered_clear(struct gathered *gathered) {
        sq_standings_clear(&gathered->users);
        sq_standings_clear(&gathered->accounts);
}

static int collect(const struct sq_standing *standing, void *payload) {
        struct gathered *gathered = payload;

        return sq_standings_add(standing->kind == SQ_USER ? &gathered->users
                                                          : &gathered->accounts,
                                standing);
}

static void print(const struct sq_selection *what, const struct sq_standings *users,
                  const struct sq_standings *accounts, const struct sq_style *style) {

        int width = sq_table_width(users, accounts, style);

        if (!users->n && !accounts->n) {
                if (what->account)
                        printf("no data for account %s\n", what->account);
                else if (what->user && !what->implicit)
                        printf("no data for user %s\n", what->user);
                else
                        printf("no users found\n");
                return;
        }
        if (users->n) {
                sq_table_print(stdout, "USER", width, users, style);
                printf("\n");
        }
        sq_table_print(stdout, "ACCOUNT", width, accounts, style);
}

/* --- jobs ------------------------------------------------------------------------ */

static int collect_job(const struct sq_job_standing *job, void *payload) {
        return sq_job_list_add(payload, job);
}

/* `style` NULL: as JSON. */
static int show_jobs(struct sq_desk *desk, const struct sq_selection *what,
                     const struct sq_style *style, struct sq_error *err) {

        SQ_CLEANUP(sq_job_list_clear) struct sq_job_list jobs = {.n = 0};
        const struct sq_job_filter filter = {
                .user = what->user, .account = what->account, .now = sq_now()};
        int64_t compared_at;
        int rc = desk->can->reservations(desk, &filter, collect_job, &jobs, &compared_at, err);

        if (rc == SQ_ENOMEM) /* collect_job() has no room for a text. */
                return sq_fail(err, rc, "out of memory");
        if (rc)
                return rc;
        if (desk->document)
                sq_document_print(stdout, desk->document);
        else if (style)
                sq_job_table_print(stdout, &jobs, compared_at, style);
        else
                sq_job_list_print_json(stdout, &jobs, compared_at);
        return SQ_OK;
}

/* --- forecast ----------------------------------------------------------------------- */

struct forecast {
        struct sq_date today;
        const struct sq_style *style; /* NULL: as JSON */
        struct sq_document doc;
        size_t rows;
};

/* Before the first row: by then it is known which day it is. */
static void begin_document(struct forecast *forecast) {
        char today[SQ_DATE_SIZE];

        if (forecast->rows++)
                return;
        sq_document_open_object(&forecast->doc, NULL);
        sq_document_add_text(&forecast->doc, "today", sq_date_text(forecast->today, today));
        sq_document_open_list(&forecast->doc, "forecast");
}

static void end_document(struct forecast *forecast) {
        begin_document(forecast); /* where there was no row */
        sq_document_close_list(&forecast->doc);
        sq_document_close_object(&forecast->doc);
        sq_document_end(&forecast->doc);
}

static int tell_prospect(const struct sq_prospect *prospect, void *payload) {
        struct forecast *forecast = payload;
        struct sq_fields fields;

        if (forecast->style) {
                sq_forecast_table_print(stdout, prospect, forecast->today, forecast->style,
                                        &forecast->rows);
                return SQ_OK;
        }
        begin_document(forecast);
        sq_prospect_fields(prospect, forecast->today, &fields);
        sq_document_add_object(&forecast->doc, &fields);
        return SQ_OK;
}

/* `style` NULL: as JSON. */
static int show_forecast(struct sq_desk *desk, const struct sq_selection *what,
                         const struct sq_style *style, struct sq_error *err) {

        struct forecast forecast = {.style = style, .doc = {.out = stdout}};
        int rc = desk->can->prospects(desk, what->user, what->account, tell_prospect,
                                      &forecast, &forecast.today, err);

        if (rc)
                return rc;
        if (desk->document)
                sq_document_print(stdout, desk->document);
        else if (!style)
                end_document(&forecast);
        else if (!forecast.rows)
                printf("nothing to tell: no budgets, and nothing was used\n");
        return SQ_OK;
}

/* --- users and accounts ------------------------------------------------------------ */

/* `style` NULL: as JSON. */
static int show_standings(struct sq_desk *desk, const struct sq_selection *what,
                          const struct sq_style *style, struct sq_error *err) {

        SQ_CLEANUP(gathered_clear) struct gathered found = {.users = {.n = 0}};
        int rc = desk->can->standings(desk, what->user, what->account, collect, &found, err);

        if (rc == SQ_ENOMEM) /* collect() has no room for a text. */
                return sq_fail(err, rc, "out of memory");
        if (rc)
                return rc;
        if (desk->document)
                sq_document_print(stdout, desk->document);
        else if (style)
                print(what, &found.users, &found.accounts, style);
        else
                sq_standings_print_json(stdout, &found.users, &found.accounts);
        return SQ_OK;
}

/* --- the command ------------------------------------------------------------------ */

static int stats(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct sq_selection what;
        const struct sq_style style = sq_style_of(stdout, call->option[HOURS] != NULL);
        const bool as_json = call->option[JSON] != NULL;
        int rc;

        /* No database is a failure, not an empty table: on a host without it (a login
         * node) "no users found" would be wrong. */
        if (call->option[JOBS] && call->option[FORECAST])
                return sq_fail(err, SQ_EINVAL, "--jobs cannot go together with --forecast");
        if ((rc = sq_selection_read(call, call->option[USER], call->option[ACCOUNT],
                                    call->option[ALL] != NULL, &what, err)) ||
            (rc = sq_way_to_ask(call, "no budgets yet", &desk, err)))
                return rc;
        desk->as_document = as_json;
        if (call->option[FORECAST])
                return show_forecast(desk, &what, as_json ? NULL : &style, err);
        return call->option[JOBS] ? show_jobs(desk, &what, as_json ? NULL : &style, err)
                                  : show_standings(desk, &what, as_json ? NULL : &style, err);
}

const struct sq_command sq_cmd_stats = {
        .name = "stats",
        .arguments = "[USERNAME]", .least = 0, .most = 1,
        .summary = "show what users and accounts have, used and reserved",
        .details = "Without a name: yourself, and the accounts of your jobs.  Amounts are\n"
                   "minutes, rounded up.  PREALLOC(JOBS) is what unfinished jobs hold, and\n"
                   "their number, each task of an array counted.\n"
                   "With --jobs: what each unfinished job of the user, of the account, or of\n"
                   "all holds, and beside it what it has used so far.  A job is SUBMITTED\n"
                   "until slurm-quota has seen it in Slurm's queue.\n"
                   "With --forecast: what was used in a day, of the last 7 and of the last\n"
                   "30 whole days, and when 80 % and all of each budget are used if things\n"
                   "go on as in the 30 days; BETWEEN has the days by both.  A budget of a\n"
                   "window that ends before has no day.\n",
        .options = options,
        .run = stats,
};
