/* evaluation_json.h - evaluations as JSON, by the names of the API and of its messages
 *
 * Hours by TRES; in settings minutes, as Slurm has them.
 */
#pragma once

#include "base/document.h"
#include "policy/simulation.h"

/* Members for the limits, as Slurm is to have them: -1 lifts one. */
void sq_limits_print(struct sq_document *doc, const struct sq_settings *settings);

/* The object `settings` of a message to an agent.  `window` is that of the evaluation. */
void sq_settings_print(struct sq_document *doc, const char *name,
                       const struct sq_policy *policy, const struct sq_window *window,
                       const struct sq_evaluation *evaluation);

/* One step of a simulation: an object in a list, in one line. */
void sq_step_print(struct sq_document *doc, const struct sq_policy *policy,
                   const struct sq_step *step);
