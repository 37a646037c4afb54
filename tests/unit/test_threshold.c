#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/threshold.h"

static struct sq_percentage at(int64_t thousandths) {
        return (struct sq_percentage){thousandths, 100000};
}

static const struct sq_decimal none = {0};

static void the_defaults_are_those_of_the_seed(void **state) {
        const struct sq_decimal grace = {SQ_DECIMAL_ONE / 5};
        const struct sq_thresholds *d = &sq_thresholds_default;

        (void)state;
        assert_int_equal(d->n, 3);
        assert_int_equal(d->item[0].reaction, SQ_NOTIFY);
        assert_int_equal(sq_threshold_percent(&d->item[0], grace).trillionths,
                         80 * SQ_DECIMAL_ONE);
        assert_int_equal(d->item[1].reaction, SQ_DOWNSCALE);
        assert_int_equal(sq_threshold_percent(&d->item[1], grace).trillionths,
                         100 * SQ_DECIMAL_ONE);
        assert_int_equal(d->item[2].reaction, SQ_PAUSE);
        assert_int_equal(sq_threshold_percent(&d->item[2], grace).trillionths,
                         120 * SQ_DECIMAL_ONE);
        assert_int_equal(sq_thresholds_check(d, grace, false, NULL), SQ_OK);
}

static void the_grace_limit_is_exact(void **state) {
        (void)state;
        for (int64_t hundredths = 0; hundredths <= 200; hundredths++) {
                const struct sq_decimal grace = {hundredths * SQ_DECIMAL_ONE / 100};

                assert_int_equal(sq_grace_limit(grace).trillionths,
                                 (100 + hundredths) * SQ_DECIMAL_ONE);
        }
}

static void a_threshold_is_reached_at_it(void **state) {
        const struct sq_threshold t = {.reaction = SQ_PAUSE, .percent = SQ_DECIMAL(80)};
        struct sq_percentage p = at(79999);

        (void)state;
        assert_false(sq_threshold_reached(&t, none, none, false, &p));
        p = at(80000);
        assert_true(sq_threshold_reached(&t, none, none, false, &p));
}

static void hysteresis_keeps_what_is_held(void **state) {
        const struct sq_threshold t = {.reaction = SQ_PAUSE, .percent = SQ_DECIMAL(80)};
        struct sq_percentage p = at(75000);

        (void)state;
        assert_false(sq_threshold_reached(&t, none, SQ_DECIMAL(5), false, &p));
        assert_true(sq_threshold_reached(&t, none, SQ_DECIMAL(5), true, &p));
        p = at(74999);
        assert_false(sq_threshold_reached(&t, none, SQ_DECIMAL(5), true, &p));
}

static void lists_that_contradict_themselves_are_refused(void **state) {
        struct sq_thresholds list = {.n = 2, .item = {
                {.reaction = SQ_DOWNSCALE, .percent = SQ_DECIMAL(90)},
                {.reaction = SQ_DOWNSCALE, .percent = SQ_DECIMAL(100)},
        }};

        (void)state;
        assert_int_equal(sq_thresholds_check(&list, none, false, NULL), SQ_EINVAL);
        assert_int_equal(sq_thresholds_check(&list, none, true, NULL), SQ_OK);
        list.item[1].percent = SQ_DECIMAL(90);
        assert_int_equal(sq_thresholds_check(&list, none, true, NULL), SQ_EINVAL);
        list.item[1].reaction = SQ_PAUSE;
        assert_int_equal(sq_thresholds_check(&list, none, false, NULL), SQ_OK);
        list.item[0].reaction = SQ_PAUSE;
        list.item[0].percent = SQ_DECIMAL(95);
        assert_int_equal(sq_thresholds_check(&list, none, true, NULL), SQ_EINVAL);
        list.item[0].reaction = SQ_NOTIFY;
        list.item[1].reaction = SQ_NOTIFY;
        assert_int_equal(sq_thresholds_check(&list, none, false, NULL), SQ_OK);
        list.item[0].percent = none;
        assert_int_equal(sq_thresholds_check(&list, none, false, NULL), SQ_EINVAL);
}

static void steps_have_a_qos_of_their_own_on_ladders_only(void **state) {
        struct sq_thresholds list = {.n = 1, .item = {
                {.reaction = SQ_DOWNSCALE, .percent = SQ_DECIMAL(90), .qos = "slow"},
        }};

        (void)state;
        assert_int_equal(sq_thresholds_check(&list, none, true, NULL), SQ_OK);
        assert_int_equal(sq_thresholds_check(&list, none, false, NULL), SQ_EINVAL);
        list.item[0].reaction = SQ_PAUSE;
        assert_int_equal(sq_thresholds_check(&list, none, true, NULL), SQ_EINVAL);
}

static void reactions_have_words(void **state) {
        enum sq_reaction reaction;

        (void)state;
        for (int i = 0; i < SQ_REACTIONS; i++) {
                assert_true(sq_reaction_parse(sq_reaction_word((enum sq_reaction)i),
                                              &reaction));
                assert_int_equal(reaction, i);
        }
        assert_false(sq_reaction_parse("Pause", &reaction));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_defaults_are_those_of_the_seed),
                cmocka_unit_test(the_grace_limit_is_exact),
                cmocka_unit_test(a_threshold_is_reached_at_it),
                cmocka_unit_test(hysteresis_keeps_what_is_held),
                cmocka_unit_test(lists_that_contradict_themselves_are_refused),
                cmocka_unit_test(steps_have_a_qos_of_their_own_on_ladders_only),
                cmocka_unit_test(reactions_have_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
