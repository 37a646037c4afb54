#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/carryover.h"

static struct sq_quantity hours(const char *text) {
        struct sq_quantity quantity = {0};

        assert_true(sq_quantity_parse_hours(text, &quantity));
        return quantity;
}

static struct sq_quantities nodes(const char *text) {
        struct sq_quantities list = {.n = 0};

        assert_true(sq_quantities_set(&list, "node", hours(text)));
        return list;
}

static double factor(int64_t days, int64_t half_life) {
        const struct sq_decay decay = sq_decay_make(days, half_life);

        return sq_decay_factor(&decay);
}

static struct sq_quantity decayed(struct sq_quantity quantity, int64_t days,
                                  int64_t half_life) {
        const struct sq_decay decay = sq_decay_make(days, half_life);

        return sq_decay_apply(&decay, quantity);
}

static const struct sq_carryover_rule half = {SQ_CARRYOVER_CAPPED, SQ_DECIMAL(50), 15};

/* The only TRES of what comes out. */
static struct sq_carryover_item carried(struct sq_carryover_rule rule, const char *base,
                                        const char *previous_base, const char *usage) {
        const struct sq_quantities now = nodes(base), then = nodes(previous_base);
        const struct sq_quantities used = nodes(usage);
        struct sq_carryover carryover;

        assert_int_equal(sq_carryover_make(&rule, true, &now, &then, &used, &carryover, NULL),
                         SQ_OK);
        assert_int_equal(carryover.reason, SQ_CARRYOVER_APPLIED);
        assert_int_equal(carryover.n, 1);
        return carryover.item[0];
}

static void the_worked_example_of_the_ancestor(void **state) {
        const struct sq_carryover_rule rule = {SQ_CARRYOVER_CAPPED, SQ_DECIMAL(15), 15};
        const struct sq_carryover_item item = carried(rule, "1000", "1000", "600");

        (void)state;
        assert_true(item.unused.units == hours("400").units);
        assert_true(item.cap.units == hours("150").units);
        assert_true(item.carried.units == hours("150").units);
        assert_true(item.total.units == hours("1150").units);
}

static void less_than_the_cap_is_carried_whole(void **state) {
        (void)state;
        assert_true(carried(half, "1000", "1000", "999.99").carried.units ==
                    hours("0.01").units);
        assert_true(carried(half, "1000", "1000", "500").carried.units == hours("500").units);
        assert_true(carried(half, "1000", "1000", "499.999").carried.units ==
                    hours("500").units);
        assert_true(carried(half, "1000", "1000", "0").carried.units == hours("500").units);
}

static void nothing_is_left_of_what_was_used_up(void **state) {
        (void)state;
        assert_true(carried(half, "1000", "1000", "1000").carried.units == 0);
        assert_true(carried(half, "1000", "1000", "7000").total.units == hours("1000").units);
}

static void the_allocation_of_the_window_before_counts(void **state) {
        (void)state;
        /* Raising an allocation does not raise what was left of the old one. */
        assert_true(carried(half, "2000", "1000", "900").carried.units == hours("100").units);
        assert_true(carried(half, "2000", "1000", "100").carried.units == hours("500").units);
        assert_true(carried(half, "500", "1000", "0").carried.units == hours("500").units);
        /* What did not exist leaves nothing. */
        assert_true(carried(half, "1000", "0", "0").carried.units == 0);
}

static void a_correction_does_not_leave_more_than_there_was(void **state) {
        const struct sq_carryover_rule all = {SQ_CARRYOVER_CAPPED, SQ_DECIMAL(100), 15};
        const struct sq_carryover_rule decay = {SQ_CARRYOVER_DECAY, SQ_DECIMAL(50), 15};

        (void)state;
        assert_true(carried(all, "1000", "1000", "-50").carried.units == hours("1000").units);
        assert_true(carried(decay, "1000", "1000", "-50").carried.units ==
                    hours("1000").units);
}

static void each_tres_is_carried_by_itself(void **state) {
        struct sq_quantities base = nodes("100"), used = nodes("100");
        struct sq_quantities total;
        struct sq_carryover carryover;

        (void)state;
        assert_true(sq_quantities_set(&base, "gres/gpu", hours("40")));
        assert_true(sq_quantities_set(&base, "mem", hours("0")));
        assert_int_equal(sq_carryover_make(&half, true, &base, &base, &used, &carryover, NULL),
                         SQ_OK);
        assert_int_equal(carryover.n, 2); /* mem has no allocation */
        sq_carryover_totals(&carryover, &total);
        assert_true(sq_quantities_get(&total, "node").units == hours("100").units);
        assert_true(sq_quantities_get(&total, "gres/gpu").units == hours("60").units);
        sq_carryover_carried(&carryover, &total);
        assert_true(sq_quantities_get(&total, "gres/gpu").units == hours("20").units);
}

static void without_carryover_the_base_is_all(void **state) {
        const struct sq_carryover_rule none = {SQ_CARRYOVER_NONE, SQ_DECIMAL(50), 15};
        const struct sq_quantities base = nodes("1000"), used = nodes("0");
        struct sq_carryover carryover;

        (void)state;
        assert_int_equal(sq_carryover_make(&none, true, &base, &base, &used, &carryover, NULL),
                         SQ_OK);
        assert_int_equal(carryover.reason, SQ_CARRYOVER_DISABLED);
        assert_true(carryover.item[0].total.units == hours("1000").units);
        assert_int_equal(sq_carryover_make(&half, false, &base, &base, &used, &carryover, NULL),
                         SQ_OK);
        assert_int_equal(carryover.reason, SQ_CARRYOVER_NO_PREVIOUS);
        assert_true(carryover.item[0].total.units == hours("1000").units);
}

static void decay_has_the_numbers_of_the_seed(void **state) {
        static const struct {
                const char *usage, *total;
        } cases[] = {
                {"0", "2000"}, {"1000", "1984.375"}, {"2000", "1968.75"}, {"500", "1992.1875"},
                {"1700", "1973.4375"}, {"64000", "1000"}, {"100000", "1000"},
        };
        const struct sq_carryover_rule decay = {SQ_CARRYOVER_DECAY, SQ_DECIMAL(50), 15};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                if (carried(decay, "1000", "1000", cases[i].usage).total.units !=
                    hours(cases[i].total).units)
                        fail_msg("%s used", cases[i].usage);
}

static void whole_half_lives_are_exact(void **state) {
        (void)state;
        assert_true(factor(90, 15) == 0.015625);
        assert_true(factor(90, 30) == 0.125);
        assert_true(factor(15, 15) == 0.5);
        assert_true(factor(30, 15) == 0.25);
        assert_true(factor(0, 15) == 1);
        assert_true(decayed(hours("0.01"), 90, 15).units == hours("0.00015625").units);
        assert_true(decayed(sq_quantity_of(SQ_AMOUNT(1)), 90, 15).units ==
                    SQ_UNITS_PER_SECOND / 64);
        assert_true(decayed(hours("1000000000000000"), 36500, 1).units == 0);
}

static void other_half_lives_are_close(void **state) {
        (void)state;
        for (int half_life = 1; half_life <= 400; half_life++) {
                const double wanted = exp2(-90.0 / half_life);

                if (fabs(factor(90, half_life) / wanted - 1) > 1e-14)
                        fail_msg("half-life %d", half_life);
                if (fabs(sq_quantity_hours(decayed(hours("1000"), 90, half_life)) -
                         1000 * wanted) > 1e-11)
                        fail_msg("1000 hours, half-life %d", half_life);
        }
}

static void what_is_carried_lies_between_nothing_and_what_there_was(void **state) {
        struct sq_carryover_rule rule = half;
        char usage[32];

        (void)state;
        for (int percent = 0; percent <= 100; percent += 5)
                for (int used = 0; used <= 1500; used += 50) {
                        struct sq_carryover_item item;
                        int64_t least;

                        rule.factor = SQ_DECIMAL(percent);
                        snprintf(usage, sizeof usage, "%d", used);
                        item = carried(rule, "800", "1000", usage);
                        least = used >= 1000 ? 0 : 1000 - used;
                        least = least > 10 * percent ? 10 * percent : least;
                        assert_true(item.carried.units ==
                                    sq_quantity_from_hours(least).units);
                        assert_true(item.total.units ==
                                    item.base.units + item.carried.units);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_worked_example_of_the_ancestor),
                cmocka_unit_test(less_than_the_cap_is_carried_whole),
                cmocka_unit_test(nothing_is_left_of_what_was_used_up),
                cmocka_unit_test(the_allocation_of_the_window_before_counts),
                cmocka_unit_test(a_correction_does_not_leave_more_than_there_was),
                cmocka_unit_test(each_tres_is_carried_by_itself),
                cmocka_unit_test(without_carryover_the_base_is_all),
                cmocka_unit_test(decay_has_the_numbers_of_the_seed),
                cmocka_unit_test(whole_half_lives_are_exact),
                cmocka_unit_test(other_half_lives_are_close),
                cmocka_unit_test(what_is_carried_lies_between_nothing_and_what_there_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
