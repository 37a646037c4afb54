/* cmd_prune.c - prune */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "ledger/prune.h"
#include "reconcile/reconcile.h"

enum option { PREALLOCS, USERS, ACCOUNTS, ALL, USER, ACCOUNT, DRY_RUN };

static const struct sq_option options[] = {
        [PREALLOCS] = {"preallocs", NULL, "what is held for jobs that are not in the queue"},
        [USERS] = {"users", NULL, "users without budget, use or jobs"},
        [ACCOUNTS] = {"accounts", NULL, "accounts without budget, use or jobs"},
        [ALL] = {"all", NULL, "all three (as without any of them)"},
        [USER] = {"user", "NAME", "of the users only this one"},
        [ACCOUNT] = {"account", "NAME", "of the accounts only this one"},
        [DRY_RUN] = {"dry-run", NULL, "remove nothing, and tell what would be removed"},
        {NULL, NULL, NULL},
};

/* What is to be removed, and what was. */
struct pruning {
        const struct sq_call *call;
        bool dry_run, preallocs, users, accounts;
        char user[SQ_NAME_SIZE], account[SQ_NAME_SIZE];
        int64_t removed[3]; /* reservations, users, accounts */
};

static int select_targets(const struct sq_call *call, struct pruning *p, struct sq_error *err) {
        const bool any = call->option[PREALLOCS] || call->option[USERS] ||
                         call->option[ACCOUNTS];
        const bool all = call->option[ALL] || !any;
        int rc = SQ_OK;

        p->call = call;
        p->dry_run = call->option[DRY_RUN] != NULL;
        p->preallocs = all || call->option[PREALLOCS];
        p->users = all || call->option[USERS];
        p->accounts = all || call->option[ACCOUNTS];
        if (call->option[USER])
                rc = sq_argument_subject(SQ_USER, call->option[USER], p->user, err);
        if (!rc && call->option[ACCOUNT])
                rc = sq_argument_subject(SQ_ACCOUNT, call->option[ACCOUNT], p->account, err);
        return rc;
}

static void tell(const char *line, void *payload) {
        (void)payload;
        printf("%s\n", line);
}

static void print_pruned(enum sq_subject_kind kind, const char *name, void *payload) {
        const struct pruning *p = payload;

        printf("%s %s %s\n", sq_subject_kind_name(kind), name,
               p->dry_run ? "would be removed" : "is removed");
}

/* A job that Slurm still has keeps its reservation, its user and its account; so Slurm
 * must answer before anything goes. */
static int compare(struct pruning *p, struct sq_ledger *ledger, struct sq_error *err) {
        const struct sq_reconcile what = {
                .config = p->call->config,
                .dry_run = p->dry_run || !p->preallocs,
                .tell = p->dry_run && p->preallocs ? tell : NULL,
        };
        struct sq_reconcile_report report;
        int rc = sq_reconcile_run(ledger, &what, &report, err);

        if (rc) {
                sq_context(err, "nothing was pruned: could not compare the ledger with Slurm");
                return rc == SQ_EINVAL || rc == SQ_ERANGE ? SQ_EIO : rc;
        }
        if (p->preallocs)
                p->removed[0] = report.released;
        return SQ_OK;
}

static int prune_subjects(struct pruning *p, struct sq_ledger *ledger,
                          enum sq_subject_kind kind, const char *name, int64_t *ret,
                          struct sq_error *err) {
        const struct sq_prune what = {
                .kind = kind, .name = *name ? name : NULL, .dry_run = p->dry_run};
        char actor_name[SQ_ACTOR_SIZE];
        const struct sq_actor actor = {.name = sq_administrator_name(actor_name)};

        return sq_prune_subjects(ledger, &what, print_pruned, p, &actor, ret, err);
}

static int prune(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct pruning p = {.call = NULL};
        int rc = select_targets(call, &p, err);

        /* Who started us may ignore it, and then squeue's exit status would be lost. */
        signal(SIGCHLD, SIG_DFL);
        if (!rc)
                rc = p.dry_run ? sq_reader_open(call->config, &ledger, err)
                               : sq_administrator_open(call->config, &ledger, err);
        if (!rc)
                rc = compare(&p, ledger, err);
        if (!rc && p.users)
                rc = prune_subjects(&p, ledger, SQ_USER, p.user, &p.removed[1], err);
        if (!rc && p.accounts)
                rc = prune_subjects(&p, ledger, SQ_ACCOUNT, p.account, &p.removed[2], err);
        if (!p.dry_run && ledger) /* onto the disk, now that no hook waits for it */
                (void)!sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_KEEP, NULL);
        if (rc)
                return rc;
        if (p.removed[0] + p.removed[1] + p.removed[2] == 0)
                printf("nothing to prune\n");
        else
                printf("%s %" PRId64 " preallocations, %" PRId64 " users, %" PRId64
                       " accounts\n", p.dry_run ? "dry-run: would remove" : "removed",
                       p.removed[0], p.removed[1], p.removed[2]);
        return SQ_OK;
}

const struct sq_command sq_cmd_prune = {
        .name = "prune",
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "remove what is of no use any more",
        .details =
                "Preallocations of jobs that are not in Slurm's queue (`reconcile` gives them\n"
                "back every minute), counted by tasks; users and accounts that have used\n"
                "nothing, hold nothing and have no budget of their own.  Without Slurm's\n"
                "answer nothing is removed.\n",
        .options = options,
        .run = prune,
};
