/* duration.h - lengths of time as Slurm writes them */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "slurm/novalue.h"

/* Enough for every duration. */
#define SQ_DURATION_SIZE 32

/* "1-02:30:00", "00:19:00": a limit that --time takes, rounded *down* to whole
 * minutes (what is left must not be exceeded).  SQ_INFINITE is "UNLIMITED";
 * below 0 is "00:00:00".  Returns `text`. */
char *sq_duration_text(int64_t seconds, char *text, size_t size);

/* Seconds of a time limit or an elapsed time as squeue, sacct and --time have
 * them (parse_time.c, time_str2secs): M, M:S, H:M:S, D-H, D-H:M, D-H:M:S.  A bare
 * number is minutes.  UNLIMITED, INFINITE and -1 are SQ_INFINITE, Partition_Limit
 * is SQ_UNSET; letters of either case.  Fields may be of any size (90:00 is an
 * hour and a half).
 * SQ_EINVAL: anything else.  SQ_ERANGE: does not fit. */
int sq_duration_parse(const char *text, int64_t *ret_seconds, struct sq_error *err);
