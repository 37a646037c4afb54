#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/amount.h"
#include "base/error.h"

static void adding_gives_the_sum(void **state) {
        struct sq_amount sum = SQ_AMOUNT(40);

        (void)state;
        assert_true(sq_amount_add(&sum, SQ_AMOUNT(2)));
        assert_int_equal(sum.seconds, 42);
        assert_true(sq_amount_add(&sum, SQ_AMOUNT(-42)));
        assert_int_equal(sum.seconds, 0);
}

static void a_sum_that_does_not_fit_changes_nothing(void **state) {
        struct sq_amount sum = SQ_AMOUNT(INT64_MAX);

        (void)state;
        assert_false(sq_amount_add(&sum, SQ_AMOUNT(1)));
        assert_true(sum.seconds == INT64_MAX);
        sum = SQ_AMOUNT(INT64_MIN);
        assert_false(sq_amount_add(&sum, SQ_AMOUNT(-1)));
        assert_true(sum.seconds == INT64_MIN);
}

static void what_is_only_shown_is_as_much_as_can_be_said(void **state) {
        struct sq_amount sum = SQ_AMOUNT(INT64_MAX - 2);

        (void)state;
        sq_amount_add_capped(&sum, SQ_AMOUNT(1));
        assert_true(sum.seconds == INT64_MAX - 1);
        sq_amount_add_capped(&sum, SQ_AMOUNT(2));
        assert_true(sum.seconds == INT64_MAX);
        sq_amount_add_capped(&sum, SQ_AMOUNT(-3));
        assert_true(sum.seconds == INT64_MAX - 3);
}

static void scaling_multiplies(void **state) {
        struct sq_amount product = SQ_AMOUNT(7);

        (void)state;
        assert_true(sq_amount_scale(SQ_AMOUNT(60), 11, &product));
        assert_int_equal(product.seconds, 660);
        assert_true(sq_amount_scale(SQ_AMOUNT(60), 0, &product));
        assert_int_equal(product.seconds, 0);
}

static void scaling_refuses_negative_counts_and_overflow(void **state) {
        struct sq_amount product = SQ_AMOUNT(7);

        (void)state;
        assert_false(sq_amount_scale(SQ_AMOUNT(60), -1, &product));
        assert_false(sq_amount_scale(SQ_AMOUNT(INT64_MAX), 2, &product));
        assert_false(sq_amount_scale(SQ_AMOUNT(INT64_MAX / 2), 3, &product));
        assert_int_equal(product.seconds, 7);
}

static void weighing_rounds_half_up_once(void **state) {
        struct sq_amount a = SQ_AMOUNT(-7);

        (void)state;
        assert_true(sq_amount_weigh(500000, 1, &a)); /* 0.5 */
        assert_int_equal(a.seconds, 1);
        assert_true(sq_amount_weigh(499999, 1, &a));
        assert_int_equal(a.seconds, 0);
        assert_true(sq_amount_weigh(300000, 59, &a)); /* 17.7 */
        assert_int_equal(a.seconds, 18);
        assert_true(sq_amount_weigh(2 * SQ_WEIGHT_ONE, 60, &a));
        assert_int_equal(a.seconds, 120);
        assert_true(sq_amount_weigh(0, 60, &a));
        assert_int_equal(a.seconds, 0);
}

static void weighing_goes_up_to_the_largest_amount(void **state) {
        struct sq_amount a = SQ_AMOUNT(-7);

        (void)state;
        assert_true(sq_amount_weigh(SQ_WEIGHT_ONE, INT64_MAX, &a));
        assert_true(a.seconds == INT64_MAX);
        assert_true(sq_amount_weigh(INT64_MAX, SQ_WEIGHT_ONE, &a));
        assert_true(a.seconds == INT64_MAX);
}

static void weighing_refuses_negatives_and_overflow(void **state) {
        struct sq_amount a = SQ_AMOUNT(-7);

        (void)state;
        assert_false(sq_amount_weigh(-1, 60, &a));
        assert_false(sq_amount_weigh(1, -60, &a));
        assert_false(sq_amount_weigh(INT64_MAX, INT64_MAX, &a));
        assert_false(sq_amount_weigh(SQ_WEIGHT_ONE + 1, INT64_MAX, &a));
        assert_int_equal(a.seconds, -7);
}

static void minutes_become_seconds(void **state) {
        struct sq_amount a = SQ_AMOUNT(7);

        (void)state;
        assert_true(sq_amount_from_minutes(50000, &a));
        assert_int_equal(a.seconds, 3000000);
        assert_true(sq_amount_from_minutes(0, &a));
        assert_int_equal(a.seconds, 0);
        assert_true(sq_amount_from_minutes(INT64_MAX / 60, &a));
        assert_true(a.seconds == INT64_MAX / 60 * 60);
}

static void minus_one_minute_is_unlimited(void **state) {
        struct sq_amount a = SQ_AMOUNT(7);

        (void)state;
        assert_true(sq_amount_from_minutes(-1, &a));
        assert_true(sq_amount_is_unlimited(a));
        assert_int_equal(sq_amount_minutes(a), -1);
        assert_false(sq_amount_is_unlimited(SQ_AMOUNT(0)));
}

static void other_negative_minutes_and_overflow_are_refused(void **state) {
        struct sq_amount a = SQ_AMOUNT(7);

        (void)state;
        assert_false(sq_amount_from_minutes(-2, &a));
        assert_false(sq_amount_from_minutes(INT64_MIN, &a));
        assert_false(sq_amount_from_minutes(INT64_MAX / 60 + 1, &a));
        assert_false(sq_amount_from_minutes(INT64_MAX, &a));
        assert_int_equal(a.seconds, 7);
}

static void minutes_are_rounded_up_for_display(void **state) {
        (void)state;
        assert_int_equal(sq_amount_minutes(SQ_AMOUNT(0)), 0);
        assert_int_equal(sq_amount_minutes(SQ_AMOUNT(1)), 1);
        assert_int_equal(sq_amount_minutes(SQ_AMOUNT(60)), 1);
        assert_int_equal(sq_amount_minutes(SQ_AMOUNT(61)), 2);
        assert_true(sq_amount_minutes(SQ_AMOUNT(INT64_MAX)) == INT64_MAX / 60 + 1);
}

static void the_text_has_hours_and_minutes(void **state) {
        char text[32];

        (void)state;
        assert_string_equal(sq_amount_text(SQ_AMOUNT(0), text, sizeof text), "0h00m");
        assert_string_equal(sq_amount_text(SQ_AMOUNT(1), text, sizeof text), "0h01m");
        assert_string_equal(sq_amount_text(SQ_AMOUNT(12 * 3600 + 5 * 60), text, sizeof text),
                            "12h05m");
        assert_string_equal(sq_amount_text(SQ_AMOUNT(3541), text, sizeof text), "1h00m");
        assert_string_equal(sq_amount_text(SQ_UNLIMITED, text, sizeof text), "unlimited");
        assert_string_equal(sq_amount_text(SQ_AMOUNT(INT64_MAX), text, sizeof text),
                            "2562047788015215h31m");
}

static void weights_are_read_exactly(void **state) {
        static const struct {
                const char *text;
                int64_t millionths;
        } table[] = {
                {"1", 1000000},          {"0.5", 500000},
                {".5", 500000},          {"5.", 5000000},
                {"0.50000000", 500000},  {"0.333333", 333333},
                {"0.000001", 1},         {"0001.5", 1500000},
                {"1000000", 1000000000000}, {"1000000.000000", 1000000000000},
                {"999999.999999", 999999999999}, {"0.1000000000000000000000000", 100000},
        };
        int64_t value;

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                value = -7;
                assert_int_equal(sq_weight_parse(table[i].text, &value, NULL), SQ_OK);
                assert_int_equal(value, table[i].millionths);
        }
}

static void weights_that_are_not_plain_decimals_are_refused(void **state) {
        static const char *const table[] = {
                "", "0", "0.0", "0.000000", "-1", "-0.5", "+1", "nan", "NaN", "inf", "INF",
                "infinity", "1e3", "1E3", "0x10", " 1", "1 ", "1\n", "1,5", "1.2.3", ".",
                "..5", "one", "0.0000001", "0.1234567", "1.0000001", "1000000.1",
                "1000000.000001", "1000001", "99999999999999999999999999",
                "18446744073709551617", "-", "0.5x",
        };

        (void)state;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                struct sq_error err = {.text = ""};
                int64_t value = -7;

                if (sq_weight_parse(table[i], &value, &err) != SQ_EINVAL)
                        fail_msg("\"%s\" was accepted", table[i]);
                assert_int_equal(value, -7);
                assert_non_null(strstr(err.text, table[i]));
                assert_true(err.hint[0] != '\0');
        }
}

static void weights_are_shown_with_three_to_six_places(void **state) {
        char text[32];

        (void)state;
        assert_string_equal(sq_weight_text(500000, text, sizeof text), "0.500");
        assert_string_equal(sq_weight_text(1000000, text, sizeof text), "1.000");
        assert_string_equal(sq_weight_text(333333, text, sizeof text), "0.333333");
        assert_string_equal(sq_weight_text(250100, text, sizeof text), "0.2501");
        assert_string_equal(sq_weight_text(1, text, sizeof text), "0.000001");
        assert_string_equal(sq_weight_text(1000000000000, text, sizeof text), "1000000.000");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(adding_gives_the_sum),
                cmocka_unit_test(a_sum_that_does_not_fit_changes_nothing),
                cmocka_unit_test(what_is_only_shown_is_as_much_as_can_be_said),
                cmocka_unit_test(scaling_multiplies),
                cmocka_unit_test(scaling_refuses_negative_counts_and_overflow),
                cmocka_unit_test(weighing_rounds_half_up_once),
                cmocka_unit_test(weighing_goes_up_to_the_largest_amount),
                cmocka_unit_test(weighing_refuses_negatives_and_overflow),
                cmocka_unit_test(minutes_become_seconds),
                cmocka_unit_test(minus_one_minute_is_unlimited),
                cmocka_unit_test(other_negative_minutes_and_overflow_are_refused),
                cmocka_unit_test(minutes_are_rounded_up_for_display),
                cmocka_unit_test(the_text_has_hours_and_minutes),
                cmocka_unit_test(weights_are_read_exactly),
                cmocka_unit_test(weights_that_are_not_plain_decimals_are_refused),
                cmocka_unit_test(weights_are_shown_with_three_to_six_places),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
