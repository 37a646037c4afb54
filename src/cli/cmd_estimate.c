/* cmd_estimate.c - estimate */
#include <stdio.h>

#include "cli/estimate_table.h"
#include "cli/submission.h"
#include "cli/way.h"
#include "estimate/estimate_json.h"

enum option { USER, JSON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "as if NAME submitted it; for administrators and operators"},
        [JSON] = {"json", NULL, "print JSON, with amounts in seconds"},
        {NULL, NULL, NULL},
};

/* The exit status of a job that would be refused. */
#define STATUS_REFUSED 3

static int ask(const struct sq_call *call, const struct sq_submission_text *s,
               struct sq_estimate **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        SQ_CLEANUP(sq_freep) struct sq_estimate_part *part = NULL;
        const size_t n = sq_sbatch_jobs(s->sbatch);
        int rc;

        part = calloc(n, sizeof *part);
        if (!part)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < n; i++) {
                part[i].request = sq_sbatch_job(s->sbatch, i)->request;
                part[i].account = sq_sbatch_job(s->sbatch, i)->account;
        }
        rc = sq_way_to_ask(call, "no budgets yet", &desk, err);
        return rc ? rc
                  : desk->can->estimate(desk, s->user[0] ? s->user : NULL, part, n, ret, err);
}

static int estimate(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_submission_clear) struct sq_submission_text submission = {.user = ""};
        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *result = NULL;
        const char *remarks[SQ_REMARKS_MAX];
        size_t n;
        int rc;

        if ((rc = sq_submission_read(call, call->option[USER], &submission, err)) ||
            (rc = ask(call, &submission, &result, err)))
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
