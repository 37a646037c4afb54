/* charge_environment.h - the end of a job, as jobcomp/script tells it
 *
 * In variables (src/plugins/jobcomp/script/jobcomp_script.c, the same from 22.05 to
 * 25.11).  They hold neither what was allocated nor the admin_comment, nor how often
 * the job was restarted, nor how many tasks an array had left.
 */
#pragma once

#include "base/config.h"
#include "ledger/charge.h"
#include "slurm/conf.h"
#include "slurm/name.h"

struct sq_charge_environment {
        /* Without tres and uuid.  user and account are NULL when the variables do not
         * tell; tasks is 0 for the rest of an array; start_at of a resized job is the
         * end of the size.  The texts are in here, or in the environment. */
        struct sq_run run;
        int64_t uid;       /* -1: not told */
        char cluster[SQ_CLUSTER_SIZE];
        char account[SQ_NAME_SIZE];
};

/* Reads it.  SQ_EINVAL: a variable is missing or not what Slurm writes.  *ret must stay
 * where it is. */
int sq_charge_environment_read(const struct sq_config *config,
                               struct sq_charge_environment *ret, struct sq_error *err);
