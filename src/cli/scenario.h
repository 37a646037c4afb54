/* scenario.h - the file that policy simulate and policy replay read */
#pragma once

#include "policy/simulation.h"

/* Reads `path` (NULL, "-": standard input); *ret is the caller's, *ret_policy its policy.
 * Fails as sq_input_read_json() and sq_scenario_read_json() do. */
int sq_scenario_load(const char *path, struct sq_policy *ret_policy,
                     struct sq_simulation **ret, struct sq_error *err);
