/* sbatch.h - the job that sbatch would make of a command line, a script and its environment
 *
 * sbatch reads the script's #SBATCH lines first, then the environment (SBATCH_TIMELIMIT,
 * SBATCH_PARTITION, ... as sbatch(1) lists them), then its command line; what is said
 * last counts.  From that it makes a job descriptor, which the submit hook prices: so
 * does this.  Sources: sbatch/opt.c (_opt_verify) and common/slurm_opt.c
 * (slurm_opt_create_job_desc, arg_set_*, validate_*) of Slurm 22.05.8 and 25.11.
 *
 * Components of a heterogeneous job are between `:` on the command line, or after
 * `#SBATCH hetjob`.  What is said once for all of them (account, array, mem, time, uid,
 * clusters) stays; everything else begins anew with each.
 *
 * What sbatch does and this does not: cli_filter and SPANK plugins, #PBS and #BSUB lines,
 * hosts in files (--nodefile, SLURM_HOSTFILE, a --nodelist with a /).  They are told of.
 */
#pragma once

#include "slurm/request.h"
#include "slurm/sbatch_script.h"

struct sq_sbatch;

struct sq_sbatch_input {
        char *const *word; /* the command line behind `sbatch`, without script and behind */
        size_t n;
        char *const *environment; /* "NAME=value", ends with NULL; NULL: none */
        const struct sq_sbatch_script *script; /* NULL: none */
};

/* A job, or a component of one. */
struct sq_sbatch_job {
        struct sq_job_request request;
        const char *account;  /* NULL: the default one */
        const char *uid;      /* --uid: a name or a number; NULL: whoever submits */
        const char *clusters; /* NULL: this one */
        bool overcommit;      /* is priced as if it were not said */
        bool reservation;     /* named, and no partition */
        bool node_file;       /* names hosts in a file, which are not counted */
};

/* Keeps nothing of the input.
 * SQ_EINVAL: an option or a value that sbatch does not take; the text names it.
 * SQ_ERANGE: more tasks than can be counted.  SQ_ENOMEM. */
int sq_sbatch_read(const struct sq_sbatch_input *input, struct sq_sbatch **ret,
                   struct sq_error *err);
void sq_sbatch_free(struct sq_sbatch *sbatch);
SQ_DEFINE_CLEANUP(struct sq_sbatch *, sq_sbatch_free)

/* At least 1; more for a heterogeneous job. */
size_t sq_sbatch_jobs(const struct sq_sbatch *sbatch);

/* Lent. */
const struct sq_sbatch_job *sq_sbatch_job(const struct sq_sbatch *sbatch, size_t place);

/* It runs a command of its own and no script (--wrap). */
bool sq_sbatch_is_wrapped(const struct sq_sbatch *sbatch);
/* #PBS lines that --ignore-pbs does not silence. */
bool sq_sbatch_has_pbs(const struct sq_sbatch *sbatch);
