#include "doctor/slurm.h"

#include <string.h>
#include <strings.h>

static bool is(const struct sq_settings *settings, const char *key, const char *value) {
        return !strcasecmp(sq_settings_of(settings, key), value);
}

static void check_user(const struct sq_settings *settings, const struct sq_config *config,
                       const struct sq_report *report) {
        const char *user = sq_settings_of(settings, "SlurmUser");
        const size_t n = strcspn(user, "("); /* "slurm(64030)" */

        if (strlen(config->slurm.user) == n && !strncmp(user, config->slurm.user, n))
                return;
        sq_report(report, SQ_ILL, "slurm.conf",
                  "Set user in section [slurm] of slurm-quota.conf: the files must belong"
                  " to the"
                  " user that slurmctld runs as.",
                  "SlurmUser is %s, and ours is %s", user, config->slurm.user);
}

static void check_submit_plugin(const struct sq_settings *settings,
                                const struct sq_report *report) {
        if (sq_settings_has(settings, "JobSubmitPlugins", "lua") ||
            sq_settings_has(settings, "JobSubmitPlugins", "job_submit/lua"))
                sq_report(report, SQ_HEALTHY, "submission", "", "JobSubmitPlugins has lua");
        else
                sq_report(report, SQ_ILL, "submission", "Set JobSubmitPlugins=lua in"
                                                        " slurm.conf.",
                          "jobs are not checked when they are submitted: JobSubmitPlugins is"
                          " \"%s\"", sq_settings_of(settings, "JobSubmitPlugins"));
}

static void check_completion_plugin(const struct sq_settings *settings,
                                    const struct sq_report *report) {
        const char *type = sq_settings_of(settings, "JobCompType");

        if (is(settings, "JobCompType", "jobcomp/lua") ||
            is(settings, "JobCompType", "jobcomp/script"))
                sq_report(report, SQ_HEALTHY, "completion", "", "JobCompType is %s", type);
        else
                sq_report(report, SQ_DOUBTFUL, "completion",
                          "Set JobCompType=jobcomp/lua in slurm.conf.",
                          "JobCompType is \"%s\": jobs are charged when reconcile finds them in"
                          " slurmdbd, up to some minutes after their end", type);
}

static void check_accounting(const struct sq_settings *settings,
                             const struct sq_report *report) {
        const char *type = sq_settings_of(settings, "AccountingStorageType");

        if (is(settings, "AccountingStorageType", "accounting_storage/slurmdbd"))
                sq_report(report, SQ_HEALTHY, "accounting", "", "jobs are recorded by"
                                                                " slurmdbd");
        else
                sq_report(report, SQ_ILL, "accounting",
                          "Set AccountingStorageType=accounting_storage/slurmdbd in"
                          " slurm.conf.",
                          "AccountingStorageType is \"%s\": what the hooks miss cannot be found"
                          " again", type);
        if (sq_settings_has(settings, "AccountingStorageEnforce", "nojobs"))
                sq_report(report, SQ_ILL, "accounting",
                          "Take nojobs out of AccountingStorageEnforce in slurm.conf.",
                          "AccountingStorageEnforce has nojobs: slurmdbd records no jobs, and"
                          " what the hooks miss cannot be found again");
}

static void check_gpus(const struct sq_settings *settings, const struct sq_report *report) {
        if (!sq_settings_has(settings, "GresTypes", "gpu"))
                return;
        if (!sq_settings_has(settings, "AccountingStorageTRES", "gres/gpu"))
                sq_report(report, SQ_ILL, "accounting",
                          "Set AccountingStorageTRES=gres/gpu,gres/gpu:TYPE,... in slurm.conf,"
                          " with each type of GPU.",
                          "slurmdbd does not record GPUs: there is no gres/gpu in"
                          " AccountingStorageTRES");
        else if (!strstr(sq_settings_of(settings, "AccountingStorageTRES"), "gres/gpu:"))
                sq_report(report, SQ_DOUBTFUL, "accounting",
                          "Name each type of GPU in AccountingStorageTRES, if there is more"
                          " than"
                          " one or factors differ.",
                          "slurmdbd does not tell types of GPUs apart");
        else
                sq_report(report, SQ_HEALTHY, "accounting", "",
                          "slurmdbd records GPUs and their types");
}

/* --- what policies need ------------------------------------------------------------------- */

static void check_enforcement(const struct sq_settings *settings,
                              const struct sq_report *report) {
        static const char key[] = "AccountingStorageEnforce";
        const bool all = sq_settings_has(settings, key, "all");
        const bool limits = all || sq_settings_has(settings, key, "limits") ||
                            sq_settings_has(settings, key, "safe");
        const bool qos = all || sq_settings_has(settings, key, "qos");
        const bool safe = all || sq_settings_has(settings, key, "safe");

        if (limits && qos)
                sq_report(report, SQ_HEALTHY, "policies", "", "limits and QoS are enforced");
        else
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set AccountingStorageEnforce=associations,limits,qos,safe in"
                          " slurm.conf if"
                          " policies are to slow accounts down or pause them.",
                          "AccountingStorageEnforce is \"%s\": Slurm does not enforce %s",
                          sq_settings_of(settings, key),
                          limits ? "QoS" : qos ? "limits" : "limits and QoS");
        if (limits && !safe)
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Add safe to AccountingStorageEnforce in slurm.conf, or let policies"
                          " write no limits.",
                          "AccountingStorageEnforce has no \"safe\": Slurm kills running jobs"
                          " of an account that comes to its GrpTRESMins");
}

/* "00:00:00", "0-00:00:00" or "0": usage stays as it is. */
static bool is_never(const char *text) {
        return !text[strspn(text, "0:-")];
}

static void check_priority(const struct sq_settings *settings, const struct sq_report *report) {
        const char *half_life = sq_settings_of(settings, "PriorityDecayHalfLife");
        const char *reset = sq_settings_of(settings, "PriorityUsageResetPeriod");

        if (!is(settings, "PriorityType", "priority/multifactor")) {
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set PriorityType=priority/multifactor in slurm.conf if policies"
                          " are to"
                          " set limits or fair shares.",
                          "PriorityType is \"%s\": Slurm counts no usage of accounts, so that"
                          " GrpTRESMins and fair shares have no effect",
                          sq_settings_of(settings, "PriorityType"));
                return;
        }
        if (!is_never(half_life))
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set PriorityDecayHalfLife=0 in slurm.conf, with"
                          " PriorityUsageResetPeriod=NONE, or let policies write no limits.",
                          "Slurm forgets usage (PriorityDecayHalfLife is %s): an account comes"
                          " to its GrpTRESMins later than to the end of its budget", half_life);
        if (!is(settings, "PriorityUsageResetPeriod", "NONE") && *reset)
                sq_report(report, SQ_DOUBTFUL, "policies",
                          "Set PriorityUsageResetPeriod=NONE in slurm.conf: policies reset"
                          " usage"
                          " at the end of their own windows.",
                          "Slurm resets usage itself (PriorityUsageResetPeriod is %s)", reset);
        if (is_never(half_life) && is(settings, "PriorityUsageResetPeriod", "NONE"))
                sq_report(report, SQ_HEALTHY, "policies", "",
                          "Slurm keeps usage until it is reset");
}

void sq_doctor_policy_settings(const struct sq_settings *settings,
                               const struct sq_report *report) {
        check_enforcement(settings, report);
        check_priority(settings, report);
}

void sq_doctor_settings(const struct sq_settings *settings, const struct sq_config *config,
                        const struct sq_report *report) {
        sq_report(report, SQ_HEALTHY, "slurmctld", "", "slurmctld %s of cluster %s answers",
                  sq_settings_of(settings, "SLURM_VERSION"),
                  sq_settings_of(settings, "ClusterName"));
        check_user(settings, config, report);
        check_submit_plugin(settings, report);
        check_completion_plugin(settings, report);
        check_accounting(settings, report);
        check_gpus(settings, report);
        sq_doctor_policy_settings(settings, report);
}
