#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/decimal.h"

static int64_t parsed(const char *text) {
        struct sq_decimal decimal = {-12345};

        assert_true(sq_decimal_parse(text, &decimal));
        return decimal.trillionths;
}

static void decimals_are_read_exactly(void **state) {
        (void)state;
        assert_int_equal(parsed("0.14"), 140000000000);
        assert_int_equal(parsed("0.68"), 680000000000);
        assert_int_equal(parsed("0.93"), 930000000000);
        assert_int_equal(parsed("120"), 120 * SQ_DECIMAL_ONE);
        assert_int_equal(parsed("-0.5"), -500000000000);
        assert_int_equal(parsed("0.001953125"), 1953125000);
        assert_int_equal(parsed("00.50000000000000000000000000000000000000000"), 500000000000);
        assert_int_equal(parsed(".5"), 500000000000);
        assert_int_equal(parsed("5."), 5 * SQ_DECIMAL_ONE);
        assert_int_equal(parsed("0"), 0);
        assert_int_equal(parsed("9000000"), 9000000 * SQ_DECIMAL_ONE);
}

static void exponents_move_the_point(void **state) {
        (void)state;
        assert_int_equal(parsed("1e-3"), 1000000000);
        assert_int_equal(parsed("1.5E+2"), 150 * SQ_DECIMAL_ONE);
        assert_int_equal(parsed("12345e-20"), 0);
        assert_int_equal(parsed("5e-13"), 1);
        assert_int_equal(parsed("4e-13"), 0);
        assert_int_equal(parsed("0e999999999999"), 0);
        assert_int_equal(parsed("1e-999999999999"), 0);
}

static void the_thirteenth_place_is_rounded_half_up(void **state) {
        (void)state;
        assert_int_equal(parsed("0.3333333333333333"), 333333333333);
        assert_int_equal(parsed("0.6666666666666666"), 666666666667);
        assert_int_equal(parsed("0.30000000000000004"), 300000000000);
        assert_int_equal(parsed("-0.0000000000005"), -1);
        assert_int_equal(parsed("0.99999999999999999999999999999999999999999"), SQ_DECIMAL_ONE);
}

static void what_is_no_number_is_refused(void **state) {
        static const char *const bad[] = {"", "-", ".", "1.2.3", "1,5", " 1", "1 ", "0x10",
                                          "nan", "inf", "1e", "1e+", "+1", "--1", "1e5x"};
        struct sq_decimal decimal;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(sq_decimal_parse(bad[i], &decimal));
}

static void what_does_not_fit_is_refused(void **state) {
        struct sq_decimal decimal;
        sq_int128 scanned;

        (void)state;
        assert_false(sq_decimal_parse("9000001", &decimal));
        assert_false(sq_decimal_parse("-9000001", &decimal));
        assert_false(sq_decimal_parse("1e300", &decimal));
        assert_true(sq_decimal_scan("999999999999999999999999", &scanned));
        assert_false(sq_decimal_scan("1000000000000000000000000", &scanned));
        assert_false(sq_decimal_scan("1e24", &scanned));
}

static void they_are_written_without_zeros_at_the_end(void **state) {
        static const char *const texts[] = {"0.2", "120", "0", "-0.5", "0.000000000001",
                                            "9000000", "114.000000000001"};
        char text[SQ_DECIMAL_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                assert_string_equal(
                        sq_decimal_text((struct sq_decimal){parsed(texts[i])}, text), texts[i]);
}

static void the_double_is_the_one_that_was_written(void **state) {
        (void)state;
        assert_true(sq_decimal_double((struct sq_decimal){parsed("0.14")}) == 0.14);
        assert_true(sq_decimal_double((struct sq_decimal){parsed("0.001953125")}) ==
                    0.001953125);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(decimals_are_read_exactly),
                cmocka_unit_test(exponents_move_the_point),
                cmocka_unit_test(the_thirteenth_place_is_rounded_half_up),
                cmocka_unit_test(what_is_no_number_is_refused),
                cmocka_unit_test(what_does_not_fit_is_refused),
                cmocka_unit_test(they_are_written_without_zeros_at_the_end),
                cmocka_unit_test(the_double_is_the_one_that_was_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
