#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/weights.h"

static struct sq_quantities two(const char *a, int64_t x, const char *b, int64_t y) {
        struct sq_quantities list = {.n = 0};

        assert_true(sq_quantities_set(&list, a, sq_quantity_from_hours(x)));
        assert_true(sq_quantities_set(&list, b, sq_quantity_from_hours(y)));
        return list;
}

static struct sq_decimal decimal(const char *text) {
        struct sq_decimal d;

        assert_true(sq_decimal_parse(text, &d));
        return d;
}

/* Billing units, if they are whole. */
static int64_t billed(const struct sq_weights *weights, enum sq_billing billing,
                      const struct sq_quantities *list) {
        const struct sq_tariff tariff = sq_tariff_make(weights, billing, SQ_DECIMAL(0), list);
        sq_int128 units;

        assert_true(sq_tariff_bill(&tariff, list, &units));
        assert_true(units % ((sq_int128)tariff.scale * SQ_UNITS_PER_HOUR) == 0);
        return (int64_t)(units / ((sq_int128)tariff.scale * SQ_UNITS_PER_HOUR));
}

static void a_full_node_of_the_built_in_table_is_one_of_each(void **state) {
        struct sq_quantities node = two("cpu", 64, "mem", 512);

        (void)state;
        assert_true(sq_quantities_set(&node, "gres/gpu", sq_quantity_from_hours(4)));
        assert_int_equal(billed(&sq_weights_builtin, SQ_BILLING_SUM, &node), 3);
        assert_int_equal(billed(&sq_weights_builtin, SQ_BILLING_MAX_TRES, &node), 1);
}

static void max_tres_adds_what_a_cluster_has_as_a_whole(void **state) {
        struct sq_quantities list = two("cpu", 3, "gres/gpu", 5);
        struct sq_weights weights = {.n = 0};

        (void)state;
        assert_true(sq_quantities_set(&list, "license/x", sq_quantity_from_hours(7)));
        assert_true(sq_weights_add(&weights, "cpu", SQ_DECIMAL(1)));
        assert_true(sq_weights_add(&weights, "gres/gpu", SQ_DECIMAL(1)));
        assert_true(sq_weights_add(&weights, "license/x", SQ_DECIMAL(2)));
        assert_int_equal(billed(&weights, SQ_BILLING_SUM, &list), 22);
        assert_int_equal(billed(&weights, SQ_BILLING_MAX_TRES, &list), 19);
}

static void names_are_found_in_letters_of_either_case(void **state) {
        struct sq_weights weights = {.n = 0};
        struct sq_decimal weight;

        (void)state;
        assert_true(sq_weights_add(&weights, "CPU", decimal("0.25")));
        assert_true(sq_weights_add(&weights, "cpu", decimal("0.5")));
        assert_true(sq_weights_add(&weights, "nodeHours", decimal("3")));
        assert_true(sq_weights_find(&weights, "cpu", &weight));
        assert_int_equal(weight.trillionths, decimal("0.5").trillionths);
        assert_true(sq_weights_find(&weights, "node", &weight));
        assert_int_equal(weight.trillionths, decimal("3").trillionths);
        assert_true(sq_weights_find(&sq_weights_builtin, "gres/gpu", &weight));
        assert_int_equal(weight.trillionths, decimal("0.25").trillionths);
        assert_false(sq_weights_find(&sq_weights_builtin, "node", &weight));
}

static void a_weight_of_zero_is_a_weight(void **state) {
        struct sq_weights weights = {.n = 0};
        struct sq_decimal weight = SQ_DECIMAL(1);

        (void)state;
        assert_true(sq_weights_add(&weights, "Mem", SQ_DECIMAL(0)));
        assert_true(sq_weights_find(&weights, "mem", &weight));
        assert_int_equal(weight.trillionths, 0);
}

static void what_has_no_weight_counts_what_the_caller_says(void **state) {
        const struct sq_quantities list = two("node", 10, "cpu", 64);
        const struct sq_tariff zero = sq_tariff_make(&sq_weights_builtin, SQ_BILLING_SUM,
                                                     SQ_DECIMAL(0), &list);
        const struct sq_tariff one = sq_tariff_make(&sq_weights_builtin, SQ_BILLING_SUM,
                                                    SQ_DECIMAL(1), &list);
        sq_int128 units;

        (void)state;
        assert_true(sq_tariff_bill(&zero, &list, &units));
        assert_true(units == (sq_int128)zero.scale * SQ_UNITS_PER_HOUR);
        assert_true(sq_tariff_bill(&one, &list, &units));
        assert_true(units == 11 * (sq_int128)one.scale * SQ_UNITS_PER_HOUR);
}

static void without_weights_hours_are_added(void **state) {
        const struct sq_quantities list = two("node", 10, "cpu", 64);

        (void)state;
        assert_int_equal(billed(NULL, SQ_BILLING_MAX_TRES, &list), 74);
}

static void bad_weights_are_refused(void **state) {
        struct sq_weights weights = {.n = 0};
        char name[SQ_TRES_NAME_MAX + 1];

        (void)state;
        memset(name, 'x', SQ_TRES_NAME_MAX);
        name[SQ_TRES_NAME_MAX] = '\0';
        assert_false(sq_weights_add(&weights, name, SQ_DECIMAL(1)));
        assert_false(sq_weights_add(&weights, "", SQ_DECIMAL(1)));
        assert_false(sq_weights_add(&weights, "cpu", decimal("-1")));
        assert_true(sq_weights_add(&weights, "cpu", SQ_DECIMAL(1)));
        assert_false(sq_weights_add(&weights, "cpu", SQ_DECIMAL(1)));
        for (int i = 1; i < SQ_TRES_MAX; i++) {
                name[1] = '\0';
                name[0] = (char)('A' + i);
                assert_true(sq_weights_add(&weights, name, SQ_DECIMAL(1)));
        }
        assert_false(sq_weights_add(&weights, "more", SQ_DECIMAL(1)));
}

static void what_cannot_be_counted_is_said(void **state) {
        struct sq_quantities list = two("cpu", SQ_HOURS_MOST, "node", 1);
        struct sq_weights weights = {.n = 0};
        struct sq_tariff tariff;
        sq_int128 units;

        (void)state;
        assert_true(sq_weights_add(&weights, "cpu", decimal("8999999.999999999999")));
        tariff = sq_tariff_make(&weights, SQ_BILLING_SUM, SQ_DECIMAL(0), &list);
        assert_false(sq_tariff_bill(&tariff, &list, &units));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_node_of_the_built_in_table_is_one_of_each),
                cmocka_unit_test(max_tres_adds_what_a_cluster_has_as_a_whole),
                cmocka_unit_test(names_are_found_in_letters_of_either_case),
                cmocka_unit_test(a_weight_of_zero_is_a_weight),
                cmocka_unit_test(what_has_no_weight_counts_what_the_caller_says),
                cmocka_unit_test(without_weights_hours_are_added),
                cmocka_unit_test(bad_weights_are_refused),
                cmocka_unit_test(what_cannot_be_counted_is_said),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
