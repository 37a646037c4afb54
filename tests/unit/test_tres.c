#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/tres.h"

static void a_name_that_is_not_there_counts_zero(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_int_equal(sq_tres_count(&tres, "cpu"), 0);
        assert_int_equal(tres.n, 0);
}

static void adding_appends_and_then_sums(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_true(sq_tres_add(&tres, "cpu", 4));
        assert_true(sq_tres_add(&tres, "gres/gpu:h100", 2));
        assert_true(sq_tres_add(&tres, "cpu", 3));
        assert_int_equal(tres.n, 2);
        assert_int_equal(sq_tres_count(&tres, "cpu"), 7);
        assert_int_equal(sq_tres_count(&tres, "gres/gpu:h100"), 2);
        assert_int_equal(sq_tres_count(&tres, "gres/gpu"), 0);
        assert_string_equal(tres.item[0].name, "cpu");
}

static void setting_replaces(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_true(sq_tres_set(&tres, "cpu", 4));
        assert_true(sq_tres_set(&tres, "cpu", 3));
        assert_int_equal(sq_tres_count(&tres, "cpu"), 3);
        assert_true(sq_tres_set(&tres, "cpu", 0));
        assert_int_equal(sq_tres_count(&tres, "cpu"), 0);
        assert_int_equal(tres.n, 1);
}

static void negative_counts_are_refused(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_false(sq_tres_add(&tres, "cpu", -1));
        assert_false(sq_tres_set(&tres, "cpu", -1));
        assert_int_equal(tres.n, 0);
}

static void a_sum_that_does_not_fit_changes_nothing(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_true(sq_tres_add(&tres, "mem", INT64_MAX));
        assert_false(sq_tres_add(&tres, "mem", 1));
        assert_true(sq_tres_count(&tres, "mem") == INT64_MAX);
}

static void names_are_bounded(void **state) {
        struct sq_tres tres = {.n = 0};
        char name[SQ_TRES_NAME_MAX + 1];

        (void)state;
        memset(name, 'x', sizeof name);
        name[SQ_TRES_NAME_MAX] = '\0';
        assert_false(sq_tres_add(&tres, name, 1));
        assert_false(sq_tres_set(&tres, name, 1));
        assert_int_equal(tres.n, 0);
        name[SQ_TRES_NAME_MAX - 1] = '\0';
        assert_true(sq_tres_add(&tres, name, 1));
        assert_int_equal(sq_tres_count(&tres, name), 1);
}

static void a_full_list_takes_no_new_name_but_old_ones(void **state) {
        struct sq_tres tres = {.n = 0};
        char name[16];

        (void)state;
        for (int i = 0; i < SQ_TRES_MAX; i++) {
                snprintf(name, sizeof name, "gres/r%d", i);
                assert_true(sq_tres_add(&tres, name, i));
        }
        assert_false(sq_tres_add(&tres, "cpu", 1));
        assert_false(sq_tres_set(&tres, "cpu", 1));
        assert_int_equal(tres.n, SQ_TRES_MAX);
        assert_true(sq_tres_add(&tres, "gres/r5", 5));
        assert_int_equal(sq_tres_count(&tres, "gres/r5"), 10);
}

static void the_type_of_a_gpu_is_behind_the_colon(void **state) {
        (void)state;
        assert_string_equal(sq_tres_gpu_type("gres/gpu:h100"), "h100");
        assert_string_equal(sq_tres_gpu_type("gres/gpu:"), "");
        assert_null(sq_tres_gpu_type("gres/gpu"));
        assert_null(sq_tres_gpu_type("gres/gpux:h100"));
        assert_null(sq_tres_gpu_type("cpu"));
        assert_null(sq_tres_gpu_type(""));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_name_that_is_not_there_counts_zero),
                cmocka_unit_test(adding_appends_and_then_sums),
                cmocka_unit_test(setting_replaces),
                cmocka_unit_test(negative_counts_are_refused),
                cmocka_unit_test(a_sum_that_does_not_fit_changes_nothing),
                cmocka_unit_test(names_are_bounded),
                cmocka_unit_test(a_full_list_takes_no_new_name_but_old_ones),
                cmocka_unit_test(the_type_of_a_gpu_is_behind_the_colon),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
