/* submission.h - the job that somebody describes to `estimate`, and who would submit it */
#pragma once

#include "cli/command.h"
#include "slurm/name.h"
#include "slurm/sbatch.h"

struct sq_submission_text {
        struct sq_sbatch *sbatch;
        char user[SQ_NAME_SIZE]; /* who would submit it; "": the caller */
};

/* Reads the words of the call, the script that they name ("-": standard input) and the
 * environment.  `user` NULL: the caller, or whom --uid names.
 * SQ_EINVAL: sbatch would not take it; SQ_EACCESS, SQ_EIO: the script cannot be read;
 * SQ_ENOTFOUND: no such script or user; SQ_ENOMEM. */
int sq_submission_read(const struct sq_call *call, const char *user,
                       struct sq_submission_text *ret, struct sq_error *err);
void sq_submission_clear(struct sq_submission_text *submission);

/* What a reader should know besides: what this could not take into account. */
#define SQ_REMARKS_MAX 8
size_t sq_submission_remarks(const struct sq_submission_text *submission,
                             const char *remarks[SQ_REMARKS_MAX]);
