#include "doctor/doctor.h"

#include "base/clock.h"
#include "doctor/policy.h"
#include "doctor/site.h"
#include "doctor/slurm.h"

/* A busy slurmctld answers late. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* The worst so far, on its way to whom it is told. */
struct ear {
        enum sq_health worst;
        sq_finding_fn tell;
        void *payload;
};

static void hear(const struct sq_finding *finding, void *payload) {
        struct ear *ear = payload;

        if (finding->health > ear->worst)
                ear->worst = finding->health;
        ear->tell(finding, ear->payload);
}

/* The settings are the caller's; NULL: slurmctld does not answer. */
static struct sq_settings *look_at_slurm(const struct sq_config *config,
                                         const struct sq_report *report) {
        struct sq_settings *settings = NULL;
        struct sq_error err = {.text = ""};

        if (sq_settings_ask(config->slurm.scontrol, sq_monotonic_ns() + PATIENCE_NS, &settings,
                            &err)) {
                sq_report(report, SQ_ILL, "slurmctld",
                          "Run this where slurmctld runs, while it runs.", "%s", err.text);
                return NULL;
        }
        sq_doctor_settings(settings, config, report);
        sq_doctor_scripts(settings, report);
        sq_doctor_module(settings, report);
        return settings;
}

enum sq_health sq_doctor_look(const struct sq_config *config, sq_finding_fn tell,
                              void *payload) {
        struct ear ear = {SQ_HEALTHY, tell, payload};
        const struct sq_report report = {hear, &ear};
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings = NULL;

        settings = look_at_slurm(config, &report);
        sq_doctor_store(config, &report);
        sq_doctor_policies(config, settings, &report);
        sq_doctor_spool(config, &report);
        sq_doctor_counters(config, &report);
        sq_doctor_reconciler(config, &report);
        sq_doctor_units(&report);
        return ear.worst;
}
