/* hosts.h - how many hosts a list of Slurm's names */
#pragma once

#include <stdint.h>

#include "base/error.h"

/* A cluster of thousands of nodes whose names have no order at all. */
#define SQ_HOSTS_TEXT_MAX 65536

/* Hosts in "node[1-3,7],login2,rack[1-2]n[01-16]".  A host that stands there twice counts
 * once when both are written the same way.
 * SQ_EINVAL: brackets or ranges that do not fit; SQ_ERANGE: too many to be counted. */
int sq_hosts_count(const char *text, int64_t *ret, struct sq_error *err);
