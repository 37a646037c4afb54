/* test_partition.c - partitions as scontrol shows them */
#include "fake_program.h"

#include <string.h>

#include "base/clock.h"
#include "slurm/partition.h"

static struct sq_error error;

/* As 22.05 prints them, shortened. */
static const char debug[] =
        "PartitionName=debug AllowGroups=ALL AllowAccounts=ALL AllocNodes=ALL Default=YES"
        " QoS=N/A DefaultTime=00:30:00 DisableRootJobs=NO ExclusiveUser=NO Hidden=NO"
        " MaxNodes=UNLIMITED MaxTime=1-00:00:00 MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED"
        " Nodes=node[1-2] OverSubscribe=NO OverTimeLimit=NONE State=UP TotalCPUs=128"
        " TotalNodes=2 JobDefaults=(null) DefMemPerNode=UNLIMITED MaxMemPerNode=UNLIMITED"
        " TRES=cpu=128,mem=40000M,node=2,billing=128";
static const char whole[] =
        "PartitionName=whole Default=NO DefaultTime=NONE MaxNodes=4 MaxTime=UNLIMITED"
        " MinNodes=2 MaxCPUsPerNode=32 OverSubscribe=EXCLUSIVE TotalCPUs=64 TotalNodes=1"
        " MaxMemPerCPU=2000";

static struct sq_partitions *parsed(const char *const *lines, size_t n) {
        struct sq_partitions *p = sq_partitions_new();

        assert_non_null(p);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(sq_partitions_take(lines[i], p, &error), SQ_OK);
        return p;
}

static void fields_are_those_that_a_hook_is_shown(void **state) {
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *p =
                parsed((const char *[]){debug, whole}, 2);
        const struct sq_partition *part;
        size_t n;

        (void)state;
        part = sq_partitions_list(p, &n);
        assert_int_equal(n, 2);
        assert_string_equal(part[0].name, "debug");
        assert_true(part[0].is_default);
        assert_false(part[0].exclusive);
        assert_int_equal(part[0].default_time, 30);
        assert_int_equal(part[0].max_time, 1440);
        assert_int_equal(part[0].total_cpus, 128);
        assert_int_equal(part[0].total_nodes, 2);
        assert_int_equal(part[0].min_nodes, 0);
        assert_int_equal(part[0].max_nodes, SQ_INFINITE);
        assert_int_equal(part[0].max_cpus_per_node, SQ_INFINITE);
        assert_int_equal(part[0].max_mem_per_cpu, SQ_UNSET);
        assert_string_equal(part[1].name, "whole");
        assert_false(part[1].is_default);
        assert_true(part[1].exclusive);
        assert_int_equal(part[1].default_time, SQ_UNSET);
        assert_int_equal(part[1].max_time, SQ_INFINITE);
        assert_int_equal(part[1].min_nodes, 2);
        assert_int_equal(part[1].max_nodes, 4);
        assert_int_equal(part[1].max_cpus_per_node, 32);
        assert_int_equal(part[1].max_mem_per_cpu, 2000);
}

static void other_lines_and_fields_are_passed_over(void **state) {
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *p = parsed(
                (const char *[]){"", "slurm_load_partitions error", " PartitionName=a",
                                 "PartitionName=b  New=x MaxTime= TotalCPUs=many Default"}, 4);
        const struct sq_partition *part;
        size_t n;

        (void)state;
        part = sq_partitions_list(p, &n);
        assert_int_equal(n, 1);
        assert_string_equal(part[0].name, "b");
        assert_int_equal(part[0].max_time, SQ_UNSET);
        assert_int_equal(part[0].total_cpus, SQ_UNSET);
}

static void names_that_are_no_partition_are_told(void **state) {
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *p =
                parsed((const char *[]){debug, whole}, 2);
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *none = parsed(NULL, 0);

        (void)state;
        assert_int_equal(sq_partitions_check(p, "debug", &error), SQ_OK);
        assert_int_equal(sq_partitions_check(p, "whole,debug", &error), SQ_OK);
        assert_int_equal(sq_partitions_check(p, NULL, &error), SQ_OK);
        assert_int_equal(sq_partitions_check(p, "", &error), SQ_OK);
        assert_int_equal(sq_partitions_check(p, "debug,deb", &error), SQ_EINVAL);
        assert_non_null(strstr(error.text, "\"deb\""));
        assert_int_equal(sq_partitions_check(none, NULL, &error), SQ_EINVAL);
        assert_non_null(strstr(error.hint, "--partition"));
}

static void scontrol_is_asked_for_all(void **state) {
        const int64_t patience = sq_monotonic_ns() + 30 * SQ_NS_PER_SECOND;
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *p = NULL;
        size_t n;

        (void)state;
        assert_int_equal(sq_partitions_ask(fake_program("echo \"$@\" >arguments\n"
                                                        "echo PartitionName=a Default=YES"),
                                           patience, &p, &error), SQ_OK);
        assert_string_equal(fake_arguments(), "--all --oneliner show partition\n");
        assert_string_equal(sq_partitions_list(p, &n)->name, "a");
}

static void an_scontrol_that_fails_is_no_answer(void **state) {
        const int64_t patience = sq_monotonic_ns() + 30 * SQ_NS_PER_SECOND;
        struct sq_partitions *p = NULL;

        (void)state;
        assert_int_equal(sq_partitions_ask(fake_program("echo PartitionName=a; exit 1"),
                                           patience, &p, &error), SQ_EIO);
        assert_int_equal(sq_partitions_ask(fake_program("exec sleep 60"),
                                           sq_monotonic_ns() + SQ_NS_PER_SECOND / 5, &p,
                                           &error), SQ_EBUSY);
        assert_null(p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(fields_are_those_that_a_hook_is_shown),
                cmocka_unit_test(other_lines_and_fields_are_passed_over),
                cmocka_unit_test(names_that_are_no_partition_are_told),
                cmocka_unit_test(scontrol_is_asked_for_all),
                cmocka_unit_test(an_scontrol_that_fails_is_no_answer),
        };

        return cmocka_run_group_tests(tests, fake_start, fake_stop);
}
