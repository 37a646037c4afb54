/* policy_call.h - what the commands about policies have in common */
#pragma once

#include <jansson.h>

#include "cli/command.h"
#include "governor/kept_policy.h"
#include "governor/run.h"

extern const struct sq_command sq_cmd_policy_create, sq_cmd_policy_list, sq_cmd_policy_show;
extern const struct sq_command sq_cmd_policy_update, sq_cmd_policy_delete;
extern const struct sq_command sq_cmd_policy_export, sq_cmd_policy_diff, sq_cmd_policy_apply;
extern const struct sq_command sq_cmd_policy_evaluate, sq_cmd_policy_dry_run;
extern const struct sq_command sq_cmd_policy_preview, sq_cmd_policy_force_period_reset;
extern const struct sq_command sq_cmd_policy_status, sq_cmd_policy_logs;
extern const struct sq_command sq_cmd_policy_commands, sq_cmd_policy_cleanup_logs;
extern const struct sq_command sq_cmd_policy_tick, sq_cmd_policy_simulate;
extern const struct sq_command sq_cmd_policy_replay;

/* The cluster of this site: that of the configuration, else slurm.conf's.  SQ_EINVAL when
 * neither says it. */
int sq_site_cluster(const struct sq_config *config, char *ret, size_t size,
                    struct sq_error *err);

/* A policy for each of the words, or for all when there are none: as
 * sq_kept_policies_read(). */
int sq_policy_call_find(struct sq_ledger *ledger, int n, char **which,
                        struct sq_kept_policy ***ret, size_t *ret_n, struct sq_error *err);

/* The site's way of evaluating `kept`, with Slurm's tree of accounts (*ret_tree, the
 * caller's) when the policy needs it.  `day` (YYYY-MM-DD): at noon of that day of the site;
 * NULL: now.  SQ_EINVAL: it is no day; fails as sq_zone_load() and sq_scope_ask_tree() do. */
int sq_policy_call_prepare(const struct sq_call *call, const struct sq_kept_policy *kept,
                           const char *day, struct sq_associations **ret_tree,
                           struct sq_governing *ret, struct sq_error *err);

/* What the settings of slurmctld and the QoS that it has say against a policy
 * (policy_warning.c), and the policy's own parameters, on standard error.  Nothing of whom
 * does not answer. */
void sq_policy_warn_of_slurm(const struct sq_config *config, const struct sq_policy *policy);

/* Of organization_groups, what neither the configuration nor the ledger nor Slurm knows, and
 * whose accounts other policies are for; the same way. */
void sq_policy_warn_of_groups(const struct sq_config *config, struct sq_ledger *ledger,
                              const struct sq_policy *policy);
void sq_policy_warn(const struct sq_policy *policy);
