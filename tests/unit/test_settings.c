/* test_settings.c - how slurmctld says that it is configured */
#include "fake_program.h"

#include <string.h>

#include "base/clock.h"
#include "slurm/settings.h"

static struct sq_error error;

static struct sq_settings *read_lines(const char *const *lines, size_t n) {
        struct sq_settings *settings = sq_settings_new();

        assert_non_null(settings);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(sq_settings_take(lines[i], settings, &error), SQ_OK);
        return settings;
}

static void values_are_what_stands_behind_the_sign(void **state) {
        static const char *const lines[] = {
                "Configuration data as of 2026-11-22T10:00:00",
                "AccountingStorageEnforce = associations,limits,qos,safe",
                "JobCompLoc              = /etc/slurm/a = b",
                "JobCompUser             = (null)",
                "Empty                   = ",
                "NoSign",
                "= nothing",
                ""};
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings =
                read_lines(lines, sizeof lines / sizeof lines[0]);

        (void)state;
        assert_string_equal(sq_settings_of(settings, "AccountingStorageEnforce"),
                            "associations,limits,qos,safe");
        assert_string_equal(sq_settings_of(settings, "JobCompLoc"), "/etc/slurm/a = b");
        assert_string_equal(sq_settings_of(settings, "JobCompUser"), "");
        assert_string_equal(sq_settings_of(settings, "Empty"), "");
        assert_string_equal(sq_settings_of(settings, "NoSign"), "");
        assert_string_equal(sq_settings_of(settings, "Configuration"), "");
}

static void words_of_a_list_are_compared_whole_and_in_any_case(void **state) {
        static const char *const lines[] = {"Enforce = associations,Limits,qos", "None = "};
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings = read_lines(lines, 2);

        (void)state;
        assert_true(sq_settings_has(settings, "Enforce", "associations"));
        assert_true(sq_settings_has(settings, "Enforce", "limits"));
        assert_true(sq_settings_has(settings, "Enforce", "QOS"));
        assert_false(sq_settings_has(settings, "Enforce", "qo"));
        assert_false(sq_settings_has(settings, "Enforce", "limits,qos"));
        assert_false(sq_settings_has(settings, "None", "qos"));
        assert_false(sq_settings_has(settings, "Unknown", "qos"));
}

static void scontrol_is_asked_for_its_configuration(void **state) {
        struct sq_settings *settings = NULL;
        const char *program = fake_program("echo \"$*\" >arguments; echo 'ClusterName = c1'");

        (void)state;
        assert_int_equal(sq_settings_ask(program, sq_monotonic_ns() + 20 * SQ_NS_PER_SECOND,
                                         &settings, &error), SQ_OK);
        assert_string_equal(fake_arguments(), "show config\n");
        assert_string_equal(sq_settings_of(settings, "ClusterName"), "c1");
        sq_settings_free(settings);
}

static void an_scontrol_that_fails_is_no_configuration(void **state) {
        struct sq_settings *settings = NULL;
        const char *program = fake_program("echo 'ClusterName = c1'; echo 'no slurmctld' >&2;"
                                           " exit 1");

        (void)state;
        assert_int_equal(sq_settings_ask(program, sq_monotonic_ns() + 20 * SQ_NS_PER_SECOND,
                                         &settings, &error), SQ_EIO);
        assert_null(settings);
        assert_non_null(strstr(error.text, "no slurmctld"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(values_are_what_stands_behind_the_sign),
                cmocka_unit_test(words_of_a_list_are_compared_whole_and_in_any_case),
                cmocka_unit_test(scontrol_is_asked_for_its_configuration),
                cmocka_unit_test(an_scontrol_that_fails_is_no_configuration),
        };

        return cmocka_run_group_tests_name("settings", tests, fake_start, fake_stop);
}
