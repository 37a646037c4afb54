/* sbatch_script.h - the options in a batch script
 *
 * As sbatch reads them (sbatch/opt.c, _opt_batch_script and get_argument): lines that
 * begin with #SBATCH (or #SLURM), up to the first line that is neither empty nor a
 * comment; quotes of both kinds, a backslash before any character, a # ends the line,
 * and so does an argument that is empty.  A line `#SBATCH hetjob` begins the next
 * component.  As 25.11 does it, an escaped blank is part of an argument; for 22.05 it
 * ends it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* slurm.conf's max_script_size is 4 MiB when it is not set. */
#define SQ_SBATCH_SCRIPT_MAX (4u * 1024 * 1024)

/* slurmctld takes no heterogeneous job of more (MAX_HET_JOB_COMPS). */
#define SQ_SBATCH_COMPONENTS_MAX 128

struct sq_sbatch_script;

/* Reads a script of `length` bytes.
 * SQ_EINVAL: sbatch would not take it (too long, empty, no #! at its start, DOS line
 * ends, an unmatched quote, ...); the text names the line.  SQ_ENOMEM. */
int sq_sbatch_script_read(const char *text, size_t length, struct sq_sbatch_script **ret,
                          struct sq_error *err);
void sq_sbatch_script_free(struct sq_sbatch_script *script);
SQ_DEFINE_CLEANUP(struct sq_sbatch_script *, sq_sbatch_script_free)

/* At least 1. */
size_t sq_sbatch_script_components(const struct sq_sbatch_script *script);

/* The words of one, lent. */
char *const *sq_sbatch_script_words(const struct sq_sbatch_script *script, size_t component,
                                    size_t *ret_n);

/* It has #PBS or #BSUB lines among its comments, which sbatch translates. */
bool sq_sbatch_script_has_pbs(const struct sq_sbatch_script *script);
