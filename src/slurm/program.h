/* program.h - runs a program and reads what it prints
 *
 * By an argument vector, never through a shell.  The program gets /dev/null as
 * standard input, no other descriptor of ours, the default signals, a process group
 * of its own and a small environment: PATH, LC_ALL=C, TZ=UTC0, SLURM_CONF when we
 * have one, and what the caller adds.
 *
 * Where a plain name is looked for: in the folders of our own PATH, then in
 * /usr/bin, /usr/local/bin and /opt/slurm/bin, since slurmctld runs its scripts
 * with a PATH that is fixed and knows nothing of a site's own Slurm.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What is kept of standard error: its end, where programs say why. */
#define SQ_COMPLAINT_MAX 500

/* One line of the output, without its newline.  What it returns, when not SQ_OK, ends
 * the run and is the result of it. */
typedef int (*sq_program_line_fn)(const char *line, void *payload, struct sq_error *err);

struct sq_program {
        const char *const *argv;  /* ends with NULL; [0] an absolute path or a plain name */
        const char *const *extra; /* "NAME=value", ends with NULL; may be NULL */
        int64_t deadline;         /* on sq_monotonic_ns()'s clock */
        size_t line_max;          /* bytes of a line */
        size_t output_max;        /* bytes of all */
        sq_program_line_fn take;
        void *payload;
};

struct sq_program_end {
        int status;                           /* as a shell has it: 128 + N for signal N */
        char complaint[SQ_COMPLAINT_MAX + 1]; /* one line; "" when it did not complain */
};

/* Runs it to its end, which is that of its output too: a program that leaves somebody
 * behind who holds its output has not ended.
 *
 * SQ_OK whatever the exit status is.  SQ_ENOTFOUND: there is no such program.
 * SQ_EACCESS: it may not be run.  SQ_EBUSY: not done at the deadline.  SQ_ERANGE: more
 * output than may be.  SQ_EIO, SQ_ENOMEM.  After all but SQ_OK nothing of its process
 * group is left running.  *ret is set in every case. */
int sq_program_run(const struct sq_program *program, struct sq_program_end *ret,
                   struct sq_error *err);
