/* spool_depth.h - how much waits in the spool, for people who watch it
 *
 * Reads the files beside those who write them, and locks nobody out.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sq_spool_file {
        int64_t lines; /* events that wait, or that were rejected */
        int64_t bytes; /* of the file */
};

struct sq_spool_depth {
        struct sq_spool_file events;    /* for the store */
        struct sq_spool_file questions; /* for slurmdbd */
        struct sq_spool_file rejected;  /* for a person */
};

/* A file that is not there is empty.  Of one that is larger than 8 MiB (some 25 000
 * events) the rest is estimated by the begin: counting has a bound.  SQ_EACCESS, SQ_EIO. */
int sq_spool_measure(const char *directory, struct sq_spool_depth *ret, struct sq_error *err);
