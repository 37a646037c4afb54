/* array.h - how many tasks a job array has
 *
 * The hook sees the text of --array before Slurm has looked at it, so this is
 * Slurm's own grammar (slurmctld's job_mgr.c, _parse_array_tok, in 22.05;
 * slurm_parse_array_tok in 25.11; the two are the same): parts between commas,
 * each `first`, `first-last` or `first-last:step`, a bracket before the first
 * number and one after each number, blanks and a plus sign before a number,
 * and everything from the first `%` of a part on ignored.  A missing number is 0.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* slurmctld refuses a longer one (_test_job_desc_fields), but only after the
 * hook; the same bound limits the parts to 2048 and the work with them. */
#define SQ_ARRAY_TEXT_MAX 4096

/* The number of different task ids in `text`; 1 for NULL and "" (not an array).
 * It is arithmetic: 0-90000000 costs no more than 0-9.  Ids above MaxArraySize
 * are counted like others: Slurm refuses the job later.
 *
 * Exact, except for lists in which ranges *with a step* overlap others over more
 * than half a million ids, or overlap each other so often that counting would
 * take longer than a hook may: then it is the smaller of the sum of the parts and
 * the width they cover together, which is never too small.
 *
 * SQ_EINVAL: what Slurm refuses as well (letters, last < first, step <= 0,
 * negative ids, too long, no part at all); the text names the part.
 * SQ_ERANGE: an id above 4294967295, which no Slurm can hold. */
int sq_array_count(const char *text, int64_t *ret, struct sq_error *err);
