/* cmd_stats.c - stats */
#include <stdio.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/job_table.h"
#include "cli/selection.h"
#include "cli/standing_json.h"
#include "cli/table.h"
#include "ledger/balance.h"
#include "ledger/comparison.h"

enum option { USER, ACCOUNT, ALL, JOBS, HOURS, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "this user and the accounts of this user's jobs"},
        [ACCOUNT] = {"account", "NAME", "this account"},
        [ALL] = {"all", NULL, "all users and accounts"},
        [JOBS] = {"jobs", NULL, "the unfinished jobs that hold what is reserved"},
        [HOURS] = {"hours", NULL, "show hours instead of minutes"},
        [JSON] = {"json", NULL, "print JSON, with amounts in minutes and seconds"},
        {NULL, NULL, NULL},
};

static int collect(const struct sq_standing *standing, void *payload) {
        return sq_standings_add(payload, standing);
}

static int load(struct sq_ledger *ledger, const struct sq_selection *what,
                struct sq_standings *users, struct sq_standings *accounts,
                struct sq_error *err) {

        int rc = SQ_OK;

        if (!what->account)
                rc = sq_balance_each(ledger, SQ_USER, what->user, collect, users, err);
        if (rc == SQ_OK && what->user)
                rc = sq_balance_each_account_of(ledger, what->user, collect, accounts, err);
        else if (rc == SQ_OK)
                rc = sq_balance_each(ledger, SQ_ACCOUNT, what->account, collect, accounts,
                                     err);
        /* collect() has no room for a text. */
        return rc == SQ_ENOMEM ? sq_fail(err, rc, "out of memory") : rc;
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
static int print_jobs(struct sq_ledger *ledger, const struct sq_selection *what,
                      const struct sq_style *style, struct sq_error *err) {

        SQ_CLEANUP(sq_job_list_clear) struct sq_job_list jobs = {.n = 0};
        const struct sq_job_filter filter = {
                .user = what->user, .account = what->account, .now = sq_now()};
        int64_t compared_at;
        int rc = sq_job_each(ledger, &filter, collect_job, &jobs, err);

        if (rc == SQ_ENOMEM) /* collect_job() has no room for a text. */
                return sq_fail(err, rc, "out of memory");
        if (!rc)
                rc = sq_comparison_newest(ledger, &compared_at, err);
        if (rc)
                return rc;
        if (style)
                sq_job_table_print(stdout, &jobs, compared_at, style);
        else
                sq_job_list_print_json(stdout, &jobs, compared_at);
        return SQ_OK;
}

/* --- the command ------------------------------------------------------------------ */

static int stats(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_standings_clear) struct sq_standings users = {.n = 0};
        SQ_CLEANUP(sq_standings_clear) struct sq_standings accounts = {.n = 0};
        struct sq_selection what;
        struct sq_style style = sq_style_of(stdout, call->option[HOURS] != NULL);
        int rc;

        rc = sq_selection_read(call, call->option[USER], call->option[ACCOUNT],
                               call->option[ALL] != NULL, &what, err);
        if (rc)
                return rc;
        rc = sq_reader_open(call->config, &ledger, err);
        /* A failure, not an empty table: on a host without the database (a
         * login node) "no users found" would be wrong. */
        if (rc == SQ_ENOTFOUND)
                sq_context(err, "no budgets yet");
        if (rc == SQ_OK && call->option[JOBS])
                return print_jobs(ledger, &what, call->option[JSON] ? NULL : &style, err);
        if (rc != SQ_OK || (rc = load(ledger, &what, &users, &accounts, err)))
                return rc;
        if (call->option[JSON])
                sq_standings_print_json(stdout, &users, &accounts);
        else
                print(&what, &users, &accounts, &style);
        return SQ_OK;
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
                   "until slurm-quota has seen it in Slurm's queue.\n",
        .options = options,
        .run = stats,
};
