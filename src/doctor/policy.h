/* policy.h - whether the policies of this site can do what they are for */
#pragma once

#include "base/config.h"
#include "doctor/finding.h"
#include "slurm/settings.h"

struct sq_policy;

/* Of one policy that was just made or changed: QoS and TRES that it names and Slurm does not
 * have, and what cannot come of it.  Asks sacctmgr until `deadline`; what does not answer is
 * passed over.  `settings` may be NULL: slurmctld did not answer. */
void sq_doctor_new_policy(const struct sq_policy *policy, const struct sq_config *config,
                          const struct sq_settings *settings, int64_t deadline,
                          const struct sq_report *report);

/* Of all that are kept, and of budgets; and whether they are evaluated all the time. */
void sq_doctor_policies(const struct sq_config *config, const struct sq_settings *settings,
                        const struct sq_report *report);
