/* step_json.h - an evaluation as JSON, by the names of the API and of its messages */
#pragma once

#include "base/document.h"
#include "policy/simulation.h"

/* One object in a list, in one line. */
void sq_step_print(struct sq_document *doc, const struct sq_policy *policy,
                   const struct sq_step *step);
