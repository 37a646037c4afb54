#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/percentage.h"

static struct sq_quantities list_of(const char *a, const char *x, const char *b,
                                    const char *y) {
        struct sq_quantities list = {.n = 0};
        struct sq_quantity hours;

        assert_true(sq_quantity_parse_hours(x, &hours));
        assert_true(sq_quantities_set(&list, a, hours));
        if (b) {
                assert_true(sq_quantity_parse_hours(y, &hours));
                assert_true(sq_quantities_set(&list, b, hours));
        }
        return list;
}

static struct sq_percentage percentage(const struct sq_weights *weights,
                                       struct sq_quantities usage,
                                       struct sq_quantities allocation) {
        struct sq_percentage p;

        assert_int_equal(sq_percentage_make(weights, SQ_BILLING_SUM, &usage, &allocation, &p,
                                            NULL), SQ_OK);
        return p;
}

static double of(const struct sq_weights *weights, struct sq_quantities usage,
                 struct sq_quantities allocation) {
        const struct sq_percentage p = percentage(weights, usage, allocation);

        return sq_percentage_double(&p);
}

static struct sq_decimal percent(const char *text) {
        struct sq_decimal d;

        assert_true(sq_decimal_parse(text, &d));
        return d;
}

static void of_a_single_tres_the_weight_does_not_matter(void **state) {
        const struct sq_quantities used = list_of("cpu", "333.33", NULL, NULL);
        const struct sq_quantities there = list_of("cpu", "1000", NULL, NULL);

        (void)state;
        assert_true(of(NULL, used, there) == 33.333);
        assert_true(of(&sq_weights_builtin, used, there) == 33.333);
        assert_true(of(&sq_weights_builtin, list_of("node", "1500", NULL, NULL),
                       list_of("node", "1000", NULL, NULL)) == 150);
}

static void weights_decide_between_several(void **state) {
        (void)state;
        /* 64 cpu hours are one unit, 4 gpu hours are one. */
        assert_true(of(&sq_weights_builtin, list_of("cpu", "64", "gres/gpu", "0"),
                       list_of("cpu", "64", "gres/gpu", "4")) == 50);
        assert_true(of(NULL, list_of("cpu", "64", "gres/gpu", "0"),
                       list_of("cpu", "64", "gres/gpu", "4")) == 100.0 * 64 / 68);
}

static void what_has_no_allocation_does_not_count(void **state) {
        (void)state;
        assert_true(of(NULL, list_of("cpu", "50", "gres/gpu", "100000"),
                       list_of("cpu", "100", NULL, NULL)) == 50);
}

static void a_weight_of_zero_is_free_and_no_weight_counts_hours(void **state) {
        struct sq_weights weights = {.n = 0};

        (void)state;
        assert_true(sq_weights_add(&weights, "mem", SQ_DECIMAL(0)));
        assert_true(of(&weights, list_of("cpu", "50", "mem", "900"),
                       list_of("cpu", "100", "mem", "100")) == 50);
        assert_true(of(&weights, list_of("mem", "50", NULL, NULL),
                       list_of("mem", "100", NULL, NULL)) == 0);
        assert_true(of(&weights, list_of("cpu", "50", "node", "10"),
                       list_of("cpu", "100", "node", "20")) == 50);
}

static void without_an_allocation_it_is_nothing(void **state) {
        const struct sq_quantities none = {.n = 0};
        const struct sq_percentage p = percentage(NULL, list_of("cpu", "50", NULL, NULL), none);

        (void)state;
        assert_true(sq_percentage_double(&p) == 0);
        assert_false(sq_percentage_reaches(&p, percent("0.000000000001")));
        assert_true(sq_percentage_reaches(&p, percent("0")));
}

static void a_hair_below_is_below_and_the_boundary_is_reached(void **state) {
        struct sq_percentage p = percentage(NULL, list_of("cpu", "1140", NULL, NULL),
                                            list_of("cpu", "1000", NULL, NULL));

        (void)state;
        assert_true(sq_percentage_reaches(&p, percent("114")));
        assert_false(sq_percentage_reaches(&p, percent("114.000000000001")));
        p = percentage(NULL, list_of("cpu", "1139.999999999999", NULL, NULL),
                       list_of("cpu", "1000", NULL, NULL));
        assert_false(sq_percentage_reaches(&p, percent("114")));
        assert_true(sq_percentage_reaches(&p, percent("113.999999999999")));
}

static void corrections_may_take_it_below_zero(void **state) {
        const struct sq_percentage p = percentage(NULL, list_of("cpu", "-10", NULL, NULL),
                                                  list_of("cpu", "1000", NULL, NULL));

        (void)state;
        assert_true(sq_percentage_double(&p) == -1);
        assert_false(sq_percentage_reaches(&p, percent("0")));
        assert_true(sq_percentage_reaches(&p, percent("-1")));
        assert_false(sq_percentage_reaches(&p, percent("-0.999")));
}

static void the_largest_numbers_are_counted_or_refused(void **state) {
        const struct sq_quantities most = list_of("mem", "1000000000000000", NULL, NULL);
        struct sq_weights weights = {.n = 0};
        struct sq_percentage p;
        struct sq_quantities more = list_of("mem", "1000000000000000", "cpu", "1");

        (void)state;
        assert_true(of(&sq_weights_builtin, most, most) == 100);
        assert_true(sq_weights_add(&weights, "mem", percent("8999999.999999999999")));
        assert_true(of(&weights, most, most) == 100);
        assert_int_equal(sq_percentage_make(&weights, SQ_BILLING_SUM, &more, &more, &p, NULL),
                         SQ_ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(of_a_single_tres_the_weight_does_not_matter),
                cmocka_unit_test(weights_decide_between_several),
                cmocka_unit_test(what_has_no_allocation_does_not_count),
                cmocka_unit_test(a_weight_of_zero_is_free_and_no_weight_counts_hours),
                cmocka_unit_test(without_an_allocation_it_is_nothing),
                cmocka_unit_test(a_hair_below_is_below_and_the_boundary_is_reached),
                cmocka_unit_test(corrections_may_take_it_below_zero),
                cmocka_unit_test(the_largest_numbers_are_counted_or_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
