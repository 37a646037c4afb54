/* slurm.h - whether Slurm is configured so that budgets and policies can work
 *
 * Sources: slurm.conf(5), sacctmgr(1) and "Resource Limits" of Slurm 22.05 to 25.11.
 */
#pragma once

#include "base/config.h"
#include "doctor/finding.h"
#include "slurm/settings.h"

/* What slurmctld's settings say, without asking anybody anything more. */
void sq_doctor_settings(const struct sq_settings *settings, const struct sq_config *config,
                        const struct sq_report *report);

/* The limits and priorities that policies use (limits, fair share, raw usage): part of
 * the above, and told when a policy is made. */
void sq_doctor_policy_settings(const struct sq_settings *settings,
                               const struct sq_report *report);

/* Whether the scripts that slurmctld loads are there and call us.  `settings` say where
 * slurm.conf is; they lie beside it. */
void sq_doctor_scripts(const struct sq_settings *settings, const struct sq_report *report);

/* Whether the module loads for the Lua that Slurm's plugin is linked with. */
void sq_doctor_module(const struct sq_settings *settings, const struct sq_report *report);
