/* tres_text.h - TRES as Slurm prints them: "cpu=4,mem=62.50G,node=1,gres/gpu=2"
 *
 * tres_fmt_req_str and tres_fmt_alloc_str of a job record, AllocTRES and ReqTRES
 * of sacct.  (slurmdb_make_tres_string_from_simple() in slurmdb_defs.c and
 * convert_num_unit2(): memory in units of 1024 with at most two decimals, all else
 * as plain numbers.)
 */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"

/* Reads such a list; NULL and "" are an empty one.  "mem" is in MiB, rounded up
 * (as are "vmem", "gres/gpumem" and burst buffers, which Slurm keeps in MiB
 * too); a name that stands twice adds up; counts that say "not set" (NO_VAL64,
 * INFINITE64, known from energy) are left out.
 *
 * "gres/gpu" counts all GPUs: without it (AccountingStorageTRES has only types)
 * or when it is smaller than the typed ones together, it becomes their sum.
 *
 * SQ_EINVAL: not such a list.  SQ_ERANGE: longer than
 * SQ_TRES_TEXT_SIZE, too many names, a name too
 * long or a count that does not fit.  *ret is set only on success. */
int sq_tres_parse(const char *text, struct sq_tres *ret, struct sq_error *err);

/* GPUs that no type explains: "gres/gpu" less all "gres/gpu:<type>", at least 0. */
int64_t sq_tres_untyped_gpus(const struct sq_tres *tres);
