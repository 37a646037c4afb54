/* ask.h - one of Slurm's programs is asked for something
 *
 * A program that is not there, may not be run, ends with a status or says too much is a
 * failure, not an answer: callers need to tell apart only what may go well later.
 */
#pragma once

#include "base/error.h"
#include "slurm/program.h"

/* Runs it to its end (program.h).
 * SQ_EBUSY: no end until the deadline.  SQ_ENOMEM.  SQ_EIO: everything else, a status
 * that is not 0 included; the text has its last words. */
int sq_ask(const struct sq_program *program, struct sq_error *err);
