/* course_json.h - where the usage of an account leads, as JSON */
#pragma once

#include "base/document.h"
#include "governor/run.h"

/* Members of an object: status, days, date, earliest, earliest_days, latest, latest_days,
 * null where there is none.  Dates are counted from `today`. */
void sq_projection_print_members(struct sq_document *doc,
                                 const struct sq_projection *projection, struct sq_date today);

/* The members "burn_rates", of the TRES that `evaluation` has an allocation of, and
 * "threshold_projections", of each of the policy's thresholds.  Both null when `course` is
 * NULL; `lately` may be, too, then. */
void sq_course_print_members(struct sq_document *doc, const struct sq_policy *policy,
                             const struct sq_evaluation *evaluation,
                             const struct sq_lately *lately, const struct sq_course *course,
                             struct sq_date today);

/* The same of an account of a run (run.h). */
void sq_governed_print_course(struct sq_document *doc, const struct sq_kept_policy *kept,
                              const struct sq_governed *governed);
