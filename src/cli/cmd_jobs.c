/* cmd_jobs.c - jobs */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/tres.h"
#include "cli/argument.h"
#include "cli/columns.h"
#include "cli/rows.h"
#include "cli/selection.h"
#include "cli/way.h"
#include "ledger/reservation.h"

enum option { USER, ACCOUNT, ALL, SINCE, LIMIT, HOURS, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "of this user"},
        [ACCOUNT] = {"account", "NAME", "of this account"},
        [ALL] = {"all", NULL, "of all users"},
        [SINCE] = {"since", "TIME", "ended since 2026-01-31 or 2026-01-31T18:30:00"},
        [LIMIT] = {"limit", "N", "only the last N; 0 for all"},
        [HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

/* Since when, for who does not say it. */
#define DEFAULT_SINCE (7 * 86400)

enum column {
        JOB, WHO, IN, STATE, STARTED, ENDED, ELAPSED, CPUS, GPUS, CPU, GPU, CPU_BACK, GPU_BACK,
        COLUMNS
};

static const struct sq_column columns[COLUMNS] = {
        [JOB] = {"JOB", 10, false},         [WHO] = {"USER", 10, false},
        [IN] = {"ACCOUNT", 10, false},      [STATE] = {"STATE", 10, false},
        [STARTED] = {"STARTED", 23, false}, [ENDED] = {"ENDED", 23, false},
        [ELAPSED] = {"ELAPSED", 11, true},  [CPUS] = {"CPUS", 5, true},
        [GPUS] = {"GPUS", 4, true},         [CPU] = {"CPU", 9, true},
        [GPU] = {"GPU", 9, true},           [CPU_BACK] = {"REFUNDED", 9, true},
        [GPU_BACK] = {"REFUNDED", 9, true},
};

struct output {
        struct sq_style style;
        struct sq_rows rows;
        struct sq_amounts charged, refunded; /* of all rows together */
};

/* --- of a job ----------------------------------------------------------------------- */

/* As sacct has it: with days where there are any. */
static char *elapsed_text(int64_t seconds, char *text, size_t size) {
        const int hours = (int)(seconds / 3600 % 24), minutes = (int)(seconds / 60 % 60);
        char days[24] = "";

        if (seconds >= 86400)
                snprintf(days, sizeof days, "%" PRId64 "-", seconds / 86400);
        snprintf(text, size, "%s%02d:%02d:%02d", days, hours, minutes, (int)(seconds % 60));
        return text;
}

/* --- the table ---------------------------------------------------------------------- */

/* What was corrected to less than nothing has a sign. */
static char *amount_text(struct sq_amount amount, const struct sq_style *style, char *text,
                         size_t size) {
        return amount.seconds < 0 ? sq_column_change(amount, style, text, size)
                                  : sq_table_amount(amount, style, text, size);
}

static void print_job(const struct sq_finished *job, const struct output *o) {
        char id[64], started[64], ended[64], elapsed[40], amount[4][40];
        char cpus_text[24] = "-", gpus_text[24] = "-";
        int64_t cpus, gpus;
        const char *cell[COLUMNS] = {
                [JOB] = sq_job_text(job->job_id, job->array_job, job->array_task, id,
                                      sizeof id),
                [WHO] = job->user ? job->user : "-",
                [IN] = job->account ? job->account : "-",
                [STATE] = job->state,
                [STARTED] = job->start_at ? sq_table_time(job->start_at, started,
                                                          sizeof started)
                                          : "-",
                [ENDED] = sq_table_time(job->end_at, ended, sizeof ended),
                [ELAPSED] = elapsed_text(sq_finished_elapsed(job), elapsed, sizeof elapsed),
                [CPUS] = cpus_text,
                [GPUS] = gpus_text,
        };

        if (sq_finished_size(job, &cpus, &gpus)) {
                snprintf(cpus_text, sizeof cpus_text, "%" PRId64, cpus);
                snprintf(gpus_text, sizeof gpus_text, "%" PRId64, gpus);
        }
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const enum column charged = r == SQ_CPU ? CPU : GPU;
                const enum column back = r == SQ_CPU ? CPU_BACK : GPU_BACK;

                cell[charged] = amount_text(job->charged.of[r], &o->style, amount[r], 40);
                cell[back] = amount_text(job->refunded.of[r], &o->style, amount[2 + r], 40);
        }
        if (o->rows.n == 1)
                sq_columns_print_header(stdout, columns, COLUMNS, &o->style);
        sq_columns_print_row(stdout, columns, COLUMNS, cell, &o->style);
}

static void print_sum(const struct output *o) {
        char text[4][40];

        printf("total of %zu job%s, in %s: CPU %s (refunded %s), GPU %s (refunded %s)\n",
               o->rows.n, o->rows.n == 1 ? "" : "s", o->style.hours ? "hours" : "minutes",
               amount_text(o->charged.of[SQ_CPU], &o->style, text[0], 40),
               amount_text(o->refunded.of[SQ_CPU], &o->style, text[1], 40),
               amount_text(o->charged.of[SQ_GPU], &o->style, text[2], 40),
               amount_text(o->refunded.of[SQ_GPU], &o->style, text[3], 40));
}

/* --- the command -------------------------------------------------------------------- */

static int tell(const struct sq_finished *job, void *payload) {
        struct output *o = payload;
        struct sq_document *doc = sq_rows_add(&o->rows);
        struct sq_fields fields;

        if (doc) {
                sq_finished_fields(job, &fields);
                sq_document_add_object(doc, &fields);
        } else {
                print_job(job, o);
        }
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                sq_amount_add_capped(&o->charged.of[r], job->charged.of[r]);
                sq_amount_add_capped(&o->refunded.of[r], job->refunded.of[r]);
        }
        return sq_rows_status();
}

static void finish(const struct sq_finished_filter *filter, struct output *o) {
        char since[64];

        if (sq_rows_end(&o->rows))
                return;
        if (o->rows.n)
                print_sum(o);
        else
                printf("no jobs have ended since %s\n",
                       sq_table_time(filter->since, since, sizeof since));
}

static int jobs(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct output o = {.style = sq_style_of(stdout, call->option[HOURS] != NULL),
                           .rows = sq_rows_of(call->option[JSON] != NULL)};
        struct sq_finished_filter filter = {.since = sq_now() - DEFAULT_SINCE};
        struct sq_selection whose;
        int rc;

        rc = sq_selection_read(call, call->option[USER], call->option[ACCOUNT],
                               call->option[ALL] != NULL, &whose, err);
        if (!rc && call->option[SINCE])
                rc = sq_argument_time(call->option[SINCE], &filter.since, err);
        if (!rc && call->option[LIMIT])
                rc = sq_argument_count(call->option[LIMIT], &filter.limit, err);
        if (rc)
                return rc;
        filter.user = whose.user;
        filter.account = whose.account;
        rc = sq_way_to_ask(call, "no jobs yet", &desk, err);
        if (rc)
                return rc;
        desk->as_document = o.rows.as_json;
        rc = desk->can->finished(desk, &filter, tell, &o, err);
        if (rc && ferror(stdout))
                return SQ_OK; /* main() says it, where it is worth saying */
        if (!rc && desk->document)
                sq_document_print(stdout, desk->document);
        else if (!rc)
                finish(&filter, &o);
        return rc;
}

const struct sq_command sq_cmd_jobs = {
        .name = "jobs",
        .arguments = "[USERNAME]", .least = 0, .most = 1,
        .summary = "show what each finished job did cost",
        .details = "Without a name: your own, of the last seven days.  The last to end comes\n"
                   "last.  A job that was requeued has a line for each of its runs; suspended\n"
                   "time is in ELAPSED and costs nothing.  REFUNDED is what was given back of\n"
                   "CPU and of GPU minutes, by the site's rules.  Jobs that have not ended:\n"
                   "slurm-quota stats --jobs.\n",
        .options = options,
        .run = jobs,
};
