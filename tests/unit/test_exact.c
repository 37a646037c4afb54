/* 2^n */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "policy/exact.h"

static sq_uint128 power(int n) {
        return (sq_uint128)1 << n;
}

static void products_are_compared_beyond_128_bits(void **state) {
        const sq_int128 large = (sq_int128)(power(126) - 1);

        (void)state;
        assert_int_equal(sq_exact_compare(large, UINT64_MAX, large, UINT64_MAX), 0);
        assert_int_equal(sq_exact_compare(large, UINT64_MAX, large, UINT64_MAX - 1), 1);
        assert_int_equal(sq_exact_compare(large - 1, UINT64_MAX, large, UINT64_MAX), -1);
        assert_int_equal(sq_exact_compare(3, 7, 7, 3), 0);
}

static void what_is_below_zero_is_less(void **state) {
        (void)state;
        assert_int_equal(sq_exact_compare(-1, 1, 0, 1), -1);
        assert_int_equal(sq_exact_compare(0, 1, -1, 1), 1);
        assert_int_equal(sq_exact_compare(-2, 1, -1, 1), -1);
        assert_int_equal(sq_exact_compare(-1, 3, -3, 1), 0);
        assert_int_equal(sq_exact_compare(-1, 0, 0, 5), 0);
        assert_int_equal(sq_exact_compare(-5, 1, 5, 1), -1);
}

static void quotients_are_rounded_down_or_half_up(void **state) {
        sq_uint128 n;

        (void)state;
        assert_true(sq_exact_floor(69000, 1200000000000, 1000000000000, &n));
        assert_true(n == 82800);
        assert_true(sq_exact_floor(7, 1, 2, &n) && n == 3);
        assert_true(sq_exact_round(7, 1, 2, &n) && n == 4);
        assert_true(sq_exact_round(10, 1, 3, &n) && n == 3);
        assert_true(sq_exact_floor(power(120), 1ULL << 60, power(60), &n) && n == power(120));
        assert_true(sq_exact_floor(power(127), 2, 3, &n));
        assert_true(n == power(127) / 3 * 2 + 1); /* 2^127 is 3n + 2 */
}

static void what_does_not_fit_is_said(void **state) {
        sq_uint128 n = 5;

        (void)state;
        assert_false(sq_exact_floor(power(127), 2, 1, &n));
        assert_false(sq_exact_round(power(127), 4, 2, &n));
        assert_true(n == 5);
}

static void doubles_are_the_closest(void **state) {
        (void)state;
        assert_true(sq_exact_double(1, 100, 3) == 100.0 / 3);
        assert_true(sq_exact_double(0, 100, 3) == 0);
        assert_true(sq_exact_double(-1, 1, 10) == -0.1);
        assert_true(sq_exact_double(1, 1, 64) == 1.0 / 64);
        assert_true(sq_exact_double((sq_int128)power(126), UINT64_MAX, 1) == ldexp(1, 190));
        assert_true(sq_exact_double(1, 1, power(125)) == ldexp(1, -125));
        /* Half way between two doubles: the even one; a hair more: the next. */
        assert_true(sq_exact_double((sq_int128)power(53) + 1, 1, 1) == ldexp(1, 53));
        assert_true(sq_exact_double((sq_int128)power(53) + 3, 1, 1) == ldexp(1, 53) + 4);
        assert_true(sq_exact_double(((sq_int128)power(53) + 1) * 1000 + 1, 1, 1000) ==
                    ldexp(1, 53) + 2);
        assert_true(sq_exact_double((sq_int128)(power(100) + power(47)), 1, 1) ==
                    ldexp(1, 100));
        assert_true(sq_exact_double((sq_int128)(power(100) + power(47)) + 1, 1, 1) ==
                    ldexp(1, 100) + ldexp(1, 48));
}

/* The processor divides two doubles without an error of its own. */
static void quotients_of_small_numbers_are_those_of_the_processor(void **state) {
        (void)state;
        for (int a = 1; a < 500; a++)
                for (int b = 1; b < 500; b++)
                        if (sq_exact_double(a, 1, (sq_uint128)b) != (double)a / b)
                                fail_msg("%d / %d", a, b);
}

static void divisors_are_the_greatest(void **state) {
        (void)state;
        assert_int_equal(sq_exact_divisor(12, 18), 6);
        assert_int_equal(sq_exact_divisor(0, 5), 5);
        assert_int_equal(sq_exact_divisor(7, 13), 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(products_are_compared_beyond_128_bits),
                cmocka_unit_test(what_is_below_zero_is_less),
                cmocka_unit_test(quotients_are_rounded_down_or_half_up),
                cmocka_unit_test(what_does_not_fit_is_said),
                cmocka_unit_test(doubles_are_the_closest),
                cmocka_unit_test(quotients_of_small_numbers_are_those_of_the_processor),
                cmocka_unit_test(divisors_are_the_greatest),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
