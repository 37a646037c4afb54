/* steps.h - the steps of a simulation as JSON, in the order of its events
 *
 * Days are replayed in their order; where the events of a file are not, their steps are
 * kept until the end and put into the order of the file.
 */
#pragma once

#include <stdio.h>

#include "policy/simulation.h"

/* Runs it and prints {"steps": [...]}, or nothing when it cannot be done: fails as
 * sq_simulation_run() does. */
int sq_steps_print(FILE *out, const struct sq_policy *policy, struct sq_simulation *simulation,
                   struct sq_error *err);
