/* cmd_estimate.c - estimate */
#include <stdio.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/estimate_table.h"
#include "cli/submission.h"
#include "estimate/estimate_json.h"
#include "slurm/association.h"
#include "slurm/partition.h"
#include "slurm/site.h"

enum option { USER, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "as if NAME submitted it (root and SlurmUser only)"},
        [JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

/* How long a person may wait for slurmctld and slurmdbd, each time one is asked. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* The exit status of a job that would be refused. */
#define STATUS_REFUSED 3

/* What Slurm tells that a job descriptor does not. */
struct surroundings {
        struct sq_partitions *partitions;
        char default_account[SQ_NAME_SIZE]; /* "": not needed */
        struct sq_slurm_conf conf;
        struct sq_site site;
};

static int64_t patience(void) {
        return sq_monotonic_ns() + PATIENCE_NS;
}

static bool names_no_account(const struct sq_sbatch *sbatch) {
        for (size_t i = 0; i < sq_sbatch_jobs(sbatch); i++)
                if (!sq_sbatch_job(sbatch, i)->account)
                        return true;
        return false;
}

static int find_default_account(const struct sq_config *config, const char *user,
                                char ret[SQ_NAME_SIZE], struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *defaults = NULL;
        size_t first;
        int rc;

        rc = sq_default_accounts_ask(config->slurm.sacctmgr, user, patience(), &defaults, err);
        if (rc) {
                sq_context(err, "could not find out the default account of %s", user);
        } else if (!sq_associations_of(defaults, user, &first)) {
                /* The hook's own words, without its program's name. */
                rc = sq_fail(err, SQ_EINVAL, "there is no account to charge this job to");
        } else {
                snprintf(ret, SQ_NAME_SIZE, "%s", sq_associations_account(defaults, first));
                return SQ_OK;
        }
        sq_hint(err, "Name one with --account.");
        return rc;
}

static bool is_in(const struct sq_associations *associations, const char *user,
                  const char *account) {
        char name[SQ_NAME_SIZE];

        return sq_name_lower(account, name, sizeof name) &&
               sq_associations_has(associations, user, name);
}

/* Nobody looks into accounts that he is not in.  Administrators may; Slurm would refuse
 * such a job all the same. */
static int check_accounts(const struct sq_call *call, const struct sq_submission_text *s,
                          struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *associations = NULL;
        int rc = SQ_OK;

        if (!sq_administrator_check(call, NULL))
                return SQ_OK;
        for (size_t i = 0; i < sq_sbatch_jobs(s->sbatch); i++) {
                const char *account = sq_sbatch_job(s->sbatch, i)->account;

                if (account && !associations)
                        rc = sq_associations_ask_of(call->config->slurm.sacctmgr, s->user,
                                                    patience(), &associations, err);
                if (rc) {
                        sq_context(err, "could not find out the accounts of %s", s->user);
                        return rc;
                }
                if (account && !is_in(associations, s->user, account))
                        return sq_fail(err, SQ_EACCESS, "%s is not in account \"%.80s\"",
                                       s->user, account);
        }
        return SQ_OK;
}

static int look_around(const struct sq_call *call, const struct sq_submission_text *s,
                       struct surroundings *ret, struct sq_error *err) {
        const struct sq_config *config = call->config;
        int rc;

        (void)!sq_slurm_conf_read(NULL, &ret->conf, NULL); /* as the hook, without it */
        ret->site = sq_site_of(config, &ret->conf);
        rc = sq_site_check(&ret->site, err);
        if (!rc)
                rc = sq_partitions_ask(config->slurm.scontrol, patience(), &ret->partitions,
                                       err);
        for (size_t i = 0; i < sq_sbatch_jobs(s->sbatch) && !rc; i++)
                rc = sq_partitions_check(ret->partitions,
                                         sq_sbatch_job(s->sbatch, i)->request.partition, err);
        if (!rc && names_no_account(s->sbatch))
                rc = find_default_account(config, s->user, ret->default_account, err);
        return rc ? rc : check_accounts(call, s, err);
}

static int make(const struct sq_call *call, const struct sq_submission_text *s,
                const struct surroundings *around, struct sq_estimate **ret,
                struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_freep) struct sq_estimate_part *part = NULL;
        struct sq_estimate_question question = {
                .user = s->user,
                .n = sq_sbatch_jobs(s->sbatch),
                .site = &around->site,
                .now = sq_now(),
        };
        int rc;

        part = calloc(question.n, sizeof *part);
        if (!part)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < question.n; i++) {
                const struct sq_sbatch_job *job = sq_sbatch_job(s->sbatch, i);

                part[i].request = job->request;
                part[i].account = job->account ? job->account : around->default_account;
        }
        question.part = part;
        question.partition = sq_partitions_list(around->partitions, &question.partitions);
        rc = sq_reader_open(call->config, &ledger, err);
        return rc ? rc : sq_estimate_make(ledger, &question, ret, err);
}

static int estimate(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_submission_clear) struct sq_submission_text submission = {.user = ""};
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *partitions = NULL;
        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *result = NULL;
        struct surroundings around = {.partitions = NULL};
        const char *remarks[SQ_REMARKS_MAX];
        size_t n;
        int rc;

        rc = sq_submission_read(call, call->option[USER], &submission, err);
        if (rc)
                return rc;
        rc = look_around(call, &submission, &around, err);
        partitions = around.partitions;
        if (rc || (rc = make(call, &submission, &around, &result, err)))
                return rc;
        n = sq_submission_remarks(&submission, remarks);
        if (call->option[JSON])
                sq_estimate_print_json(stdout, result, remarks, n);
        else
                sq_estimate_print(stdout, result, remarks, n);
        if (result->refused)
                *call->status = STATUS_REFUSED;
        return SQ_OK;
}

const struct sq_command sq_cmd_estimate = {
        .name = "estimate",
        .arguments = "[SBATCH OPTION]... [SCRIPT [ARGUMENT]...]", .least = 0, .most = 65536,
        .summary = "tell what a job would hold, whether it fits, and when it may",
        .details = "Takes the options of sbatch, all of them, and a script (- for standard\n"
                   "input) with its #SBATCH lines; the SBATCH_ variables of the environment\n"
                   "count as for sbatch.  Prices the job as the submit hook does, shows what\n"
                   "is left to the user and the account, what would refuse it and in which\n"
                   "words, the longest --time that fits, and when enough may come free.\n"
                   "Holds nothing.\n"
                   "Not seen here: defaults that the site's cli_filter and other job_submit\n"
                   "plugins set, #PBS lines, and Slurm's own limits, which come later.\n"
                   "Exit status 3: the job would be refused.\n",
        .options = options,
        .takes_sbatch_options = true,
        .run = estimate,
};
