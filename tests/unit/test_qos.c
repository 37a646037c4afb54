/* test_qos.c - which QoS sacctmgr has */
#include "fake_program.h"

#include <string.h>

#include "base/clock.h"
#include "slurm/qos.h"

static struct sq_error error;

static int ask(const char *script, struct sq_qos_list **ret) {
        return sq_qos_list_ask(fake_program(script), sq_monotonic_ns() + 20 * SQ_NS_PER_SECOND,
                               ret, &error);
}

static void names_are_lines_and_found_in_any_case(void **state) {
        SQ_CLEANUP(sq_qos_list_freep) struct sq_qos_list *list = NULL;

        (void)state;
        assert_int_equal(ask("echo \"$*\" >arguments; printf 'normal\\nslow\\n\\ngpu-long\\n'",
                             &list), SQ_OK);
        assert_string_equal(fake_arguments(), "-nP show qos format=name\n");
        assert_true(sq_qos_list_has(list, "normal"));
        assert_true(sq_qos_list_has(list, "Slow"));
        assert_true(sq_qos_list_has(list, "gpu-long"));
        assert_false(sq_qos_list_has(list, "gpu"));
        assert_false(sq_qos_list_has(list, ""));
}

static void a_sacctmgr_that_fails_is_no_answer(void **state) {
        struct sq_qos_list *list = NULL;

        (void)state;
        assert_int_equal(ask("echo normal; echo 'error: no slurmdbd' >&2; exit 1", &list),
                         SQ_EIO);
        assert_non_null(strstr(error.text, "no slurmdbd"));
        assert_int_equal(ask("yes normal", &list), SQ_EIO);
        assert_int_equal(ask("head -c 10000 /dev/zero | tr '\\0' x", &list), SQ_EIO);
        assert_int_equal(sq_qos_list_ask("/nonexistent/sacctmgr",
                                         sq_monotonic_ns() + SQ_NS_PER_SECOND, &list, &error),
                         SQ_EIO);
        assert_int_equal(sq_qos_list_ask(fake_program("sleep 100"), sq_monotonic_ns(), &list,
                                         &error), SQ_EBUSY);
        assert_null(list);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_are_lines_and_found_in_any_case),
                cmocka_unit_test(a_sacctmgr_that_fails_is_no_answer),
        };

        return cmocka_run_group_tests_name("qos", tests, fake_start, fake_stop);
}
