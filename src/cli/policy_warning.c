/* policy_warning.c - what may keep a policy from working (policy_call.h) */
#include <stdio.h>

#include "base/clock.h"
#include "cli/policy_call.h"
#include "doctor/policy.h"
#include "doctor/slurm.h"
#include "governor/scope_warning.h"

/* Nobody waits longer for a warning. */
#define PATIENCE_NS (5 * SQ_NS_PER_SECOND)

static void warn(const struct sq_finding *finding, void *payload) {
        (void)payload;
        if (finding->health == SQ_HEALTHY)
                return;
        fprintf(stderr, "slurm-quota: warning: %s%s%s\n", finding->text,
                *finding->advice ? ": " : "", finding->advice);
}

void sq_policy_warn_of_slurm(const struct sq_config *config, const struct sq_policy *policy) {
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings = NULL;
        const struct sq_report report = {.tell = warn};

        if (sq_settings_ask(config->slurm.scontrol, sq_monotonic_ns() + PATIENCE_NS, &settings,
                            NULL) == SQ_OK)
                sq_doctor_policy_settings(settings, &report);
        sq_doctor_new_policy(policy, config, settings, sq_monotonic_ns() + PATIENCE_NS,
                             &report);
}

static void print(const char *text, void *payload) {
        (void)payload;
        fprintf(stderr, "slurm-quota: warning: %s\n", text);
}

void sq_policy_warn_of_groups(const struct sq_config *config, struct sq_ledger *ledger,
                              const struct sq_policy *policy) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *tree = NULL;

        if (policy->apply_to_all || !policy->groups.n)
                return;
        (void)sq_account_parents_ask(config->slurm.sacctmgr, policy->scope,
                                     sq_monotonic_ns() + PATIENCE_NS, &tree, NULL);
        sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + PATIENCE_NS);
        (void)sq_scope_warn(ledger, policy, config->groups, tree, print, NULL, NULL);
        (void)sq_scope_warn_of_others(ledger, policy, config->groups, tree, print, NULL, NULL);
}
