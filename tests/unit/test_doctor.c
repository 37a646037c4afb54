/* test_doctor.c - what is told about a configuration of Slurm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doctor/slurm.h"
#include "report_fixture.h"

static struct sq_config *config;

/* A site where all is well, but for one line. */
static void look(const char *other) {
        static const char *const lines[] = {
                "SLURM_VERSION = 22.05.8", "ClusterName = c1", "SlurmUser = slurm(64030)",
                "JobSubmitPlugins = lua", "JobCompType = jobcomp/lua",
                "AccountingStorageType = accounting_storage/slurmdbd",
                "AccountingStorageEnforce = associations,limits,qos,safe",
                "AccountingStorageTRES = cpu,mem,gres/gpu,gres/gpu:h100", "GresTypes = gpu",
                "PriorityType = priority/multifactor", "PriorityDecayHalfLife = 00:00:00",
                "PriorityUsageResetPeriod = NONE"};
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings = sq_settings_new();

        assert_non_null(settings);
        told[0] = '\0';
        /* The first of a key counts. */
        assert_int_equal(sq_settings_take(other, settings, NULL), 0);
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                assert_int_equal(sq_settings_take(lines[i], settings, NULL), 0);
        sq_doctor_settings(settings, config, &report);
}

static void says(const char *other, const char *wanted) {
        look(other);
        if (!strstr(told, wanted))
                fail_msg("%s: %s", other, told);
}

static void a_site_where_all_is_well_has_nothing_but_good_news(void **state) {
        (void)state;
        look("");
        assert_null(strstr(told, "warning"));
        assert_null(strstr(told, "error"));
        assert_non_null(strstr(told, "ok slurmctld: slurmctld 22.05.8 of cluster c1 answers"));
}

static void what_keeps_budgets_from_working_is_an_error(void **state) {
        (void)state;
        says("SlurmUser = root(0)", "error slurm.conf: SlurmUser is root(0), and ours is"
                                    " slurm");
        says("SlurmUser = slurmer(7)", "error slurm.conf");
        says("JobSubmitPlugins = (null)", "error submission: jobs are not checked");
        says("JobSubmitPlugins = partition,luax", "error submission");
        says("AccountingStorageType = accounting_storage/none", "error accounting");
        says("AccountingStorageEnforce = limits,nojobs", "error accounting: "
                                                         "AccountingStorageEnforce has nojobs");
        says("AccountingStorageTRES = cpu,mem", "error accounting: slurmdbd does not record"
                                                " GPUs");
}

static void what_works_otherwise_than_expected_is_a_warning(void **state) {
        (void)state;
        says("JobCompType = jobcomp/none", "warning completion: JobCompType is"
                                           " \"jobcomp/none\"");
        says("AccountingStorageTRES = gres/gpu", "warning accounting");
        says("AccountingStorageEnforce = associations",
             "warning policies: AccountingStorageEnforce is \"associations\": Slurm does not"
             " enforce limits and QoS");
        says("AccountingStorageEnforce = limits", "does not enforce QoS");
        says("AccountingStorageEnforce = qos", "does not enforce limits");
        says("AccountingStorageEnforce = limits,qos", "warning policies:"
             " AccountingStorageEnforce has no \"safe\"");
        says("PriorityType = priority/basic", "warning policies: PriorityType is");
        says("PriorityDecayHalfLife = 7-00:00:00", "warning policies: Slurm forgets usage"
                                                   " (PriorityDecayHalfLife is 7-00:00:00)");
        says("PriorityUsageResetPeriod = MONTHLY", "warning policies: Slurm resets usage"
                                                   " itself");
}

static void other_ways_to_say_it_are_understood(void **state) {
        static const char *const good[] = {
                "JobSubmitPlugins = partition,lua", "JobSubmitPlugins = job_submit/lua",
                "JobCompType = jobcomp/script", "AccountingStorageEnforce = all",
                "AccountingStorageEnforce = safe,qos", "PriorityDecayHalfLife = 0-00:00:00",
                "PriorityDecayHalfLife = 0"};

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
                look(good[i]);
                if (strstr(told, "warning") || strstr(told, "error"))
                        fail_msg("%s: %s", good[i], told);
        }
        look("GresTypes = (null)");
        assert_null(strstr(told, "GPU"));
}

static int start(void **state) {
        (void)state;
        return sq_config_parse("", 0, NULL, &config, NULL);
}

static int stop(void **state) {
        (void)state;
        sq_config_free(config);
        return 0;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_site_where_all_is_well_has_nothing_but_good_news),
                cmocka_unit_test(what_keeps_budgets_from_working_is_an_error),
                cmocka_unit_test(what_works_otherwise_than_expected_is_a_warning),
                cmocka_unit_test(other_ways_to_say_it_are_understood),
        };

        return cmocka_run_group_tests_name("doctor", tests, start, stop);
}
