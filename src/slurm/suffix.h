/* suffix.h - numbers with a unit behind them, as Slurm reads and prints them */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the unit is worth: 1 for "", powers of 1024 for K M G T P E and KiB MiB
 * ..., powers of 1000 for KB MB ..., letters of either case (suffix_mult() in
 * slurm_protocol_defs.c, which ends at P).  0 for anything else. */
int64_t sq_suffix_unit(const char *suffix, size_t length);

/* Digits, perhaps a unit ("64", "2K").  SQ_EINVAL: not such a number (a sign, a
 * point, blanks, nothing).  SQ_ERANGE: does not fit.  No text: callers know what
 * it is a number of. */
int sq_suffix_count(const char *text, size_t length, int64_t *ret);
