#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/quantity.h"

static struct sq_quantity hours(const char *text) {
        struct sq_quantity quantity = {0};

        assert_true(sq_quantity_parse_hours(text, &quantity));
        return quantity;
}

static void seconds_and_hours_are_whole_numbers_of_units(void **state) {
        (void)state;
        assert_true(sq_quantity_of(SQ_AMOUNT(3600)).units == hours("1").units);
        assert_true(sq_quantity_of(SQ_AMOUNT(1)).units == SQ_UNITS_PER_SECOND);
        assert_true(hours("0.000000000001").units == 9);
        assert_true(sq_quantity_of(SQ_AMOUNT(INT64_MAX)).units > 0);
        assert_true(sq_quantity_from_hours(1000).units == hours("1000").units);
}

static void hours_come_back_as_they_were_written(void **state) {
        (void)state;
        assert_true(sq_quantity_hours(hours("1150")) == 1150);
        assert_true(sq_quantity_hours(hours("0.1")) == 0.1);
        assert_true(sq_quantity_hours(hours("-33.33")) == -33.33);
        assert_true(sq_quantity_hours(hours("523.7481923812731")) - 523.7481923812731 < 1e-12);
}

static void hours_have_a_bound(void **state) {
        struct sq_quantity quantity;

        (void)state;
        assert_true(sq_quantity_parse_hours("1000000000000000", &quantity));
        assert_false(sq_quantity_parse_hours("1000000000000001", &quantity));
        assert_false(sq_quantity_parse_hours("-1e16", &quantity));
        assert_false(sq_quantity_parse_hours("many", &quantity));
}

static void minutes_are_rounded_down(void **state) {
        (void)state;
        assert_int_equal(sq_quantity_minutes(hours("1150")), 69000);
        assert_int_equal(sq_quantity_minutes(hours("0.999999")), 59);
        assert_int_equal(sq_quantity_minutes(hours("-1")), 0);
}

static void shares_are_exact(void **state) {
        struct sq_quantity part;

        (void)state;
        assert_true(sq_quantity_share(hours("1000"), (struct sq_decimal){150000000000}, &part));
        assert_true(part.units == hours("150").units);
        assert_true(sq_quantity_share(sq_quantity_of(SQ_AMOUNT(1)),
                                      (struct sq_decimal){SQ_DECIMAL_ONE / 100}, &part));
        assert_true(part.units == SQ_UNITS_PER_SECOND / 100);
        assert_false(sq_quantity_share(hours("-1"), SQ_DECIMAL(1), &part));
}

static void a_list_keeps_its_order_and_adds_up(void **state) {
        struct sq_quantities list = {.n = 0};

        (void)state;
        assert_true(sq_quantities_add(&list, "node", hours("2")));
        assert_true(sq_quantities_add(&list, "cpu", hours("1")));
        assert_true(sq_quantities_add(&list, "node", hours("-3")));
        assert_int_equal(list.n, 2);
        assert_string_equal(list.item[0].name, "node");
        assert_true(sq_quantities_get(&list, "node").units == hours("-1").units);
        assert_true(sq_quantities_get(&list, "mem").units == 0);
        assert_true(sq_quantities_has(&list, "cpu"));
        assert_false(sq_quantities_has(&list, "mem"));
}

static void a_full_list_and_long_names_are_refused(void **state) {
        struct sq_quantities list = {.n = 0};
        char name[SQ_TRES_NAME_MAX + 1];

        (void)state;
        for (int i = 0; i < SQ_QUANTITIES_MAX; i++) {
                memset(name, 0, sizeof name);
                name[0] = (char)('A' + i);
                assert_true(sq_quantities_add(&list, name, hours("1")));
        }
        assert_false(sq_quantities_add(&list, "more", hours("1")));
        list.n = 1;
        memset(name, 'x', SQ_TRES_NAME_MAX);
        name[SQ_TRES_NAME_MAX] = '\0';
        assert_false(sq_quantities_set(&list, name, hours("1")));
}

static void a_sum_that_does_not_fit_changes_nothing(void **state) {
        const sq_int128 most = (sq_int128)(((sq_uint128)1 << 127) - 1);
        struct sq_quantities list = {.n = 0};

        (void)state;
        assert_true(sq_quantities_set(&list, "cpu", (struct sq_quantity){most}));
        assert_false(sq_quantities_add(&list, "cpu", (struct sq_quantity){1}));
        assert_true(sq_quantities_get(&list, "cpu").units == most);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(seconds_and_hours_are_whole_numbers_of_units),
                cmocka_unit_test(hours_come_back_as_they_were_written),
                cmocka_unit_test(hours_have_a_bound),
                cmocka_unit_test(minutes_are_rounded_down),
                cmocka_unit_test(shares_are_exact),
                cmocka_unit_test(a_list_keeps_its_order_and_adds_up),
                cmocka_unit_test(a_full_list_and_long_names_are_refused),
                cmocka_unit_test(a_sum_that_does_not_fit_changes_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
