/* doctor.h - looks at everything that budgets and policies depend on */
#pragma once

#include "base/config.h"
#include "doctor/finding.h"

/* Tells what it finds, in an order that does not change; nothing is changed.  The worst of
 * it is returned. */
enum sq_health sq_doctor_look(const struct sq_config *config, sq_finding_fn tell,
                              void *payload);
