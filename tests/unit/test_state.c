#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/state.h"

static void pausing_goes_before_slowing_down(void **state) {
        struct sq_state s = {.hold = SQ_NORMAL};

        (void)state;
        assert_int_equal(sq_state_level(&s), SQ_NORMAL);
        s.downscaled_at = SQ_DECIMAL(100);
        assert_int_equal(sq_state_level(&s), SQ_DOWNSCALED);
        s.paused_at = SQ_DECIMAL(120);
        assert_int_equal(sq_state_level(&s), SQ_PAUSED);
}

static void an_operator_holds_whatever_the_policy_wants(void **state) {
        struct sq_state s = {.hold = SQ_PAUSED};

        (void)state;
        assert_true(sq_state_is_paused(&s));
        assert_false(sq_state_is_downscaled(&s));
        assert_true(sq_state_refuses(&s));
        s.hold = SQ_DOWNSCALED;
        assert_true(sq_state_is_downscaled(&s));
        assert_false(sq_state_refuses(&s));
        s.paused_at = SQ_DECIMAL(120);
        assert_int_equal(sq_state_level(&s), SQ_PAUSED);
}

static void what_is_blocked_runs_on_and_submits_nothing(void **state) {
        const struct sq_state s = {.blocked_at = SQ_DECIMAL(90)};

        (void)state;
        assert_int_equal(sq_state_level(&s), SQ_NORMAL);
        assert_true(sq_state_refuses(&s));
}

static void states_are_equal_when_all_of_them_is(void **state) {
        const struct sq_state a = {.hold = SQ_NORMAL};
        struct sq_state b = a;

        (void)state;
        assert_true(sq_state_equal(&a, &b));
        b.hold = SQ_PAUSED;
        assert_false(sq_state_equal(&a, &b));
        b = (struct sq_state){.downscaled_at = SQ_DECIMAL(100)};
        assert_false(sq_state_equal(&a, &b));
}

static void levels_have_words(void **state) {
        enum sq_level level;

        (void)state;
        for (int i = SQ_NORMAL; i <= SQ_PAUSED; i++) {
                assert_true(sq_level_parse(sq_level_word((enum sq_level)i), &level));
                assert_int_equal(level, i);
        }
        assert_false(sq_level_parse("", &level));
}

static void who_was_notified_is_remembered_by_threshold(void **state) {
        struct sq_notified notified = {.n = 0};

        (void)state;
        sq_notified_add(&notified, SQ_DECIMAL(80));
        assert_true(sq_notified_has(&notified, SQ_DECIMAL(80)));
        assert_false(sq_notified_has(&notified, SQ_DECIMAL(90)));
        for (int i = 1; i < 40; i++)
                sq_notified_add(&notified, SQ_DECIMAL(80 + i));
        assert_int_equal(notified.n, SQ_THRESHOLDS_MAX);
        assert_true(sq_notified_has(&notified, SQ_DECIMAL(119)));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(pausing_goes_before_slowing_down),
                cmocka_unit_test(an_operator_holds_whatever_the_policy_wants),
                cmocka_unit_test(what_is_blocked_runs_on_and_submits_nothing),
                cmocka_unit_test(states_are_equal_when_all_of_them_is),
                cmocka_unit_test(levels_have_words),
                cmocka_unit_test(who_was_notified_is_remembered_by_threshold),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
