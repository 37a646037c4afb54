/* test_sbatch_script.c - the options in a batch script */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "slurm/sbatch_script.h"

static struct sq_error error;

/* The words of a component, each in brackets. */
static const char *words(const char *lines, size_t component) {
        SQ_CLEANUP(sq_sbatch_script_freep) struct sq_sbatch_script *script = NULL;
        static char text[1000];
        char whole[1000];
        char *const *word;
        size_t n, length = 0;

        snprintf(whole, sizeof whole, "#!/bin/sh\n%s", lines);
        if (sq_sbatch_script_read(whole, strlen(whole), &script, &error))
                return error.text;
        text[0] = '\0';
        if (component >= sq_sbatch_script_components(script))
                return "none";
        word = sq_sbatch_script_words(script, component, &n);
        for (size_t i = 0; i < n; i++)
                length += (size_t)snprintf(text + length, sizeof text - length, "[%s]",
                                           word[i]);
        return text;
}

static void is(const char *lines, const char *expected) {
        assert_string_equal(words(lines, 0), expected);
}

static void lines_up_to_the_first_command_are_read(void **state) {
        (void)state;
        is("#SBATCH -n 4\n\n  # remark\n\t\n#SBATCH -t5\ntrue\n#SBATCH -c2\n", "[-n][4][-t5]");
        is("#SBATCH -n4", "[-n4]");
        is("#SBATCH-n4\n", "[-n4]");
        is("#SLURM -n4\n", "[-n4]");
        is(" #SBATCH -n4\n# SBATCH -n5\n##SBATCH -n6\n", "");
        is("#sbatch -n4\n", "");
        is("true #SBATCH\n#SBATCH -n4\n", "");
        is("", "");
}

static void quotes_and_backslashes_are_taken_off(void **state) {
        (void)state;
        is("#SBATCH -J \"a b\" -A 'c d'", "[-J][a b][-A][c d]");
        is("#SBATCH --job-name=\"a 'b'\"c", "[--job-name=a 'b'c]");
        is("#SBATCH -J a\\ b\\\"c \\\\d", "[-J][a b\"c][\\d]");
        is("#SBATCH -J \"a\\\"b\"", "[-J][a\"b]");
        is("#SBATCH -n4 # -n5", "[-n4]");
        is("#SBATCH -J a#b -n5", "[-J][a]");
        is("#SBATCH -J a\\#b '#c' -n5", "[-J][a#b][#c][-n5]");
        is("#SBATCH -J \"\" -n5", "[-J]");
        is("#SBATCH -J a\\", "[-J][a]");
}

static void mistakes_are_told_with_their_line(void **state) {
        (void)state;
        is("\n#SBATCH -J \"a", "batch script, line 3: unmatched \"");
        is("#SBATCH -J 'a", "batch script, line 2: unmatched '");
        is("#SBATCH -n4 : -n5", "batch script, line 2: unexpected \":\"");
}

static void components_are_told_apart(void **state) {
        static const char lines[] = "#SBATCH -n1\n#SBATCH hetjob\n#SBATCH -n2\n"
                                    "#SBATCH PACKJOB -n3 hetjob -n4\n#SBATCH hetjobs\n";

        (void)state;
        assert_string_equal(words(lines, 0), "[-n1]");
        assert_string_equal(words(lines, 1), "[-n2]");
        assert_string_equal(words(lines, 2), "[-n3][-n4][hetjobs]");
        assert_string_equal(words(lines, 3), "none");
        assert_string_equal(words("#SBATCH hetjob\n#SBATCH -n1\n", 0), "");
}

static void too_many_components_are_refused(void **state) {
        char lines[16 * (SQ_SBATCH_COMPONENTS_MAX + 2) + 16];
        struct sq_sbatch_script *script = NULL;
        size_t n = (size_t)snprintf(lines, sizeof lines, "#!/bin/sh\n");

        (void)state;
        for (int i = 1; i < SQ_SBATCH_COMPONENTS_MAX; i++)
                n += (size_t)snprintf(lines + n, sizeof lines - n, "#SBATCH hetjob\n");
        assert_int_equal(sq_sbatch_script_read(lines, strlen(lines), &script, &error), SQ_OK);
        assert_int_equal(sq_sbatch_script_components(script), SQ_SBATCH_COMPONENTS_MAX);
        sq_sbatch_script_free(script);
        snprintf(lines + n, sizeof lines - n, "#SBATCH hetjob\n");
        assert_int_equal(sq_sbatch_script_read(lines, strlen(lines), &script, &error),
                         SQ_EINVAL);
}

static void what_sbatch_would_not_take_is_no_script(void **state) {
        static const char *const texts[] = {"", "\n", "true\n", "#", "echo #!/bin/sh\n",
                                            "#!/bin/sh\r\ntrue\r\n"};
        struct sq_sbatch_script *script = NULL;

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                assert_int_equal(sq_sbatch_script_read(texts[i], strlen(texts[i]), &script,
                                                       &error), SQ_EINVAL);
        assert_int_equal(sq_sbatch_script_read("#!/bin/sh\n\0", 11, &script, &error),
                         SQ_EINVAL);
        assert_null(script);
}

static void pbs_lines_are_seen(void **state) {
        static const char *const texts[] = {"#!/bin/sh\n#PBS -l x\n", "#!/bin/sh\n#BSUB -n4\n",
                                            "#!/bin/sh\n# PBS\ntrue\n#PBS\n"};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                SQ_CLEANUP(sq_sbatch_script_freep) struct sq_sbatch_script *script = NULL;

                assert_int_equal(sq_sbatch_script_read(texts[i], strlen(texts[i]), &script,
                                                       &error), SQ_OK);
                assert_int_equal(sq_sbatch_script_has_pbs(script), i < 2);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_up_to_the_first_command_are_read),
                cmocka_unit_test(quotes_and_backslashes_are_taken_off),
                cmocka_unit_test(mistakes_are_told_with_their_line),
                cmocka_unit_test(components_are_told_apart),
                cmocka_unit_test(too_many_components_are_refused),
                cmocka_unit_test(what_sbatch_would_not_take_is_no_script),
                cmocka_unit_test(pbs_lines_are_seen),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
