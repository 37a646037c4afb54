/* need.h - what budgets and policies need of Slurm by name: QoS that are there, TRES that are
 * recorded
 */
#pragma once

#include "base/config.h"
#include "doctor/finding.h"
#include "ledger/ledger.h"
#include "policy/policy.h"
#include "slurm/qos.h"
#include "slurm/settings.h"

struct sq_needs;

/* NULL: out of memory. */
struct sq_needs *sq_needs_new(void);
void sq_needs_free(struct sq_needs *needs);
SQ_DEFINE_CLEANUP(struct sq_needs *, sq_needs_free)

/* The QoS that it gives its accounts, with those of the site, and the TRES that it limits.
 * SQ_ENOMEM. */
int sq_needs_add_policy(struct sq_needs *needs, const struct sq_policy *policy,
                        const struct sq_config *config, struct sq_error *err);

/* The TRES of budgets and allocations.  Store failures; SQ_ENOMEM. */
int sq_needs_add_budgets(struct sq_needs *needs, struct sq_ledger *ledger,
                         struct sq_error *err);

/* Whether there is anything to ask sacctmgr for. */
bool sq_needs_qos(const struct sq_needs *needs);

/* Says what is missing; or that nothing is, where there is a need. */
void sq_needs_check_qos(const struct sq_needs *needs, const struct sq_qos_list *list,
                        const struct sq_report *report);
void sq_needs_check_tres(const struct sq_needs *needs, const struct sq_settings *settings,
                         const struct sq_report *report);
