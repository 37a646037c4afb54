/* cmd_stats.c - stats */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/job_table.h"
#include "cli/table.h"
#include "ledger/balance.h"
#include "ledger/comparison.h"

enum option { USER, ACCOUNT, ALL, JOBS, HOURS };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "this user and the accounts of this user's jobs"},
        [ACCOUNT] = {"account", "NAME", "this account"},
        [ALL] = {"all", NULL, "all users and accounts"},
        [JOBS] = {"jobs", NULL, "the unfinished jobs that hold what is reserved"},
        [HOURS] = {"hours", NULL, "show hours instead of minutes"},
        {NULL, NULL, NULL},
};

/* What was asked for. */
struct selection {
        const char *user;    /* NULL: not one user */
        const char *account; /* NULL: not one account */
        char name[SQ_NAME_SIZE];
        bool implicit; /* nobody was named: the caller */
};

static int select_subjects(const struct sq_call *call, struct selection *ret,
                           struct sq_error *err) {

        const char *user = call->n ? call->argument[0] : call->option[USER];
        const char *account = call->option[ACCOUNT];
        const struct passwd *self;
        int rc = SQ_OK;

        if (call->n && call->option[USER])
                return sq_fail(err, SQ_EINVAL, "the user is given twice, with --user and"
                                               " without");
        if (user && account)
                return sq_fail(err, SQ_EINVAL, "--account cannot go together with a user");
        if (account) {
                rc = sq_argument_subject(SQ_ACCOUNT, account, ret->name, err);
                ret->account = ret->name;
        } else if (!call->option[ALL]) {
                if (!user) {
                        self = getpwuid(getuid());
                        ret->implicit = true;
                        user = self ? self->pw_name : NULL;
                }
                if (!user) {
                        sq_fail(err, SQ_ENOTFOUND, "uid %lu has no name on this host",
                                (unsigned long)getuid());
                        sq_hint(err, "Name a user: slurm-quota stats USERNAME");
                        return SQ_ENOTFOUND;
                }
                rc = sq_argument_subject(SQ_USER, user, ret->name, err);
                ret->user = ret->name;
        }
        return rc;
}

static int collect(const struct sq_standing *standing, void *payload) {
        return sq_standings_add(payload, standing);
}

static int load(struct sq_ledger *ledger, const struct selection *what,
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

static void print(const struct selection *what, const struct sq_standings *users,
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

static int print_jobs(struct sq_ledger *ledger, const struct selection *what,
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
        if (!rc)
                sq_job_table_print(stdout, &jobs, compared_at, style);
        return rc;
}

/* --- the command ------------------------------------------------------------------ */

static int stats(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_standings_clear) struct sq_standings users = {.n = 0};
        SQ_CLEANUP(sq_standings_clear) struct sq_standings accounts = {.n = 0};
        struct selection what = {.user = NULL};
        struct sq_style style = sq_style_of(stdout, call->option[HOURS] != NULL);
        int rc;

        if ((rc = select_subjects(call, &what, err)))
                return rc;
        rc = sq_reader_open(call->config, &ledger, err);
        /* A failure, not an empty table: on a host without the database (a
         * login node) "no users found" would be wrong. */
        if (rc == SQ_ENOTFOUND)
                sq_context(err, "no budgets yet");
        if (rc == SQ_OK && call->option[JOBS])
                return print_jobs(ledger, &what, &style, err);
        if (rc != SQ_OK || (rc = load(ledger, &what, &users, &accounts, err)))
                return rc;
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
