#include "doctor/policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "doctor/need.h"
#include "governor/kept_policy.h"
#include "ledger/site.h"

/* A busy slurmdbd answers late. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* The timer runs every five minutes; a run of many accounts takes seconds.  The service does
 * it as often as the site wants, and some of its runs may fail. */
#define EVALUATED_SECONDS 1800
#define RUNS 3

/* --- names -------------------------------------------------------------------------------- */

static void check_qos(const struct sq_needs *needs, const struct sq_config *config,
                      int64_t deadline, bool tells_failure, const struct sq_report *report) {
        SQ_CLEANUP(sq_qos_list_freep) struct sq_qos_list *list = NULL;
        struct sq_error err = {.text = ""};

        if (!sq_needs_qos(needs))
                return;
        if (!sq_qos_list_ask(config->slurm.sacctmgr, deadline, &list, &err))
                sq_needs_check_qos(needs, list, report);
        else if (tells_failure)
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Look whether slurmdbd runs: sacctmgr show qos",
                          "could not ask which QoS there are: %s", err.text);
}

/* A step of slowing down that has no QoS of its own takes the site's. */
static bool takes_site_qos(const struct sq_policy *policy) {
        for (size_t i = 0; i < policy->thresholds.n; i++)
                if (policy->thresholds.item[i].reaction == SQ_DOWNSCALE &&
                    !*policy->thresholds.item[i].qos)
                        return sq_policy_reacts(policy, SQ_DOWNSCALE);
        return false;
}

static void check_effect(const struct sq_policy *policy, const struct sq_config *config,
                         const struct sq_report *report) {
        const char *name = *policy->name ? policy->name : policy->scope;

        if (policy->enforce != SQ_ENFORCE_SUBMIT && takes_site_qos(policy) &&
            !*config->policy.qos_downscaled)
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set qos_downscaled in section [policy] of slurm-quota.conf.",
                          "accounts that policy \"%.60s\" slows down keep their QoS:"
                          " policy.qos_downscaled is empty", name);
        if (policy->enforce == SQ_ENFORCE_QOS && sq_policy_reacts(policy, SQ_PAUSE) &&
            !*config->policy.qos_paused)
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set qos_paused in section [policy] of slurm-quota.conf, or enforce"
                          " to both.",
                          "accounts that policy \"%.60s\" pauses go on as before: it enforces"
                          " by QoS alone, and policy.qos_paused is empty", name);
}

void sq_doctor_new_policy(const struct sq_policy *policy, const struct sq_config *config,
                          const struct sq_settings *settings, int64_t deadline,
                          const struct sq_report *report) {
        SQ_CLEANUP(sq_needs_freep) struct sq_needs *needs = sq_needs_new();

        check_effect(policy, config, report);
        if (!needs || sq_needs_add_policy(needs, policy, config, NULL))
                return;
        if (settings)
                sq_needs_check_tres(needs, settings, report);
        check_qos(needs, config, deadline, false, report);
}

/* --- evaluations -------------------------------------------------------------------------- */

/* False: somebody waits for it. */
static bool check_evaluated(const struct sq_kept_policy *kept,
                            const struct sq_config *config, int64_t now,
                            const struct sq_report *report) {
        static const char advice[] =
                "Run: systemctl enable --now slurm-quota-policy.timer; or let the service run"
                " for good (--idle-timeout 0, policy.tick_seconds).  If one of them does run,"
                " look why: slurm-quota policy tick; journalctl -u slurm-quota-policy"
                " -u slurm-quota";
        const int64_t runs = RUNS * config->policy.tick_seconds;
        const int64_t most = runs > EVALUATED_SECONDS ? runs : EVALUATED_SECONDS;
        const int64_t age = now - kept->evaluated_at;

        if (age <= most || now - kept->changed_at <= most)
                return true;
        if (!kept->evaluated_at)
                sq_report(report, SQ_ILL, "policies", advice,
                          "policy \"%.60s\" has never been evaluated", kept->policy.name);
        else
                sq_report(report, SQ_ILL, "policies", advice,
                          "policy \"%.60s\" was evaluated %" PRId64
                          " minutes ago, not every few minutes", kept->policy.name, age / 60);
        return false;
}

static void check_all(struct sq_kept_policy *const *policy, size_t n,
                      const struct sq_config *config, struct sq_needs *needs,
                      const struct sq_report *report) {
        const int64_t now = sq_now();
        bool well = true;

        for (size_t i = 0; i < n; i++) {
                check_effect(&policy[i]->policy, config, report);
                well &= check_evaluated(policy[i], config, now, report);
                (void)sq_needs_add_policy(needs, &policy[i]->policy, config, NULL);
        }
        if (n && well)
                sq_report(report, SQ_HEALTHY, "policies", "",
                          "no policy waits for its evaluation");
}

void sq_doctor_policies(const struct sq_config *config, const struct sq_settings *settings,
                        const struct sq_report *report) {
        SQ_CLEANUP(sq_needs_freep) struct sq_needs *needs = sq_needs_new();
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_kept_policy **policy = NULL;
        struct sq_error err = {.text = ""};
        size_t n = 0;

        if (!needs || sq_ledger_open_site(config, SQ_STORE_READER,
                                          sq_monotonic_ns() + PATIENCE_NS, &ledger, NULL))
                return; /* the store has been looked at already */
        if (sq_kept_policies_read(ledger, &policy, &n, &err)) {
                sq_report(report, SQ_ILL, "policies", "Look at: slurm-quota policy list", "%s",
                          err.text);
                return;
        }
        check_all(policy, n, config, needs, report);
        sq_kept_policies_free(policy, n);
        if (settings && !sq_needs_add_budgets(needs, ledger, NULL))
                sq_needs_check_tres(needs, settings, report);
        check_qos(needs, config, sq_monotonic_ns() + PATIENCE_NS, true, report);
}
