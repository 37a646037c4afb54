/* test_grow.c - arrays that get longer */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/grow.h"

static void what_is_in_it_stays(void **state) {
        size_t room = 0;
        int64_t *list = NULL;

        (void)state;
        for (size_t i = 0; i < 10000; i++) {
                assert_true(sq_grow(&list, i + 1, &room, sizeof *list));
                assert_true(room > i);
                list[i] = (int64_t)i * 3;
        }
        for (size_t i = 0; i < 10000; i++)
                assert_int_equal(list[i], (int64_t)i * 3);
        free(list);
}

static void it_grows_seldom(void **state) {
        size_t room = 0, before = 0;
        int grown = 0;
        char *text = NULL;

        (void)state;
        for (size_t n = 1; n <= 1000000; n++) {
                assert_true(sq_grow(&text, n, &room, 1));
                grown += room != before;
                before = room;
        }
        assert_in_range(grown, 1, 20);
        free(text);
}

static void many_may_be_asked_for_at_once(void **state) {
        size_t room = 0;
        char *text = NULL;

        (void)state;
        assert_true(sq_grow(&text, 100000, &room, 1));
        assert_true(room >= 100000);
        text[99999] = 'z';
        assert_true(sq_grow(&text, 100, &room, 1));
        assert_int_equal(text[99999], 'z');
        free(text);
}

static void what_does_not_fit_changes_nothing(void **state) {
        static const size_t wanted[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8 + 2};
        int64_t *list = NULL, *before;
        size_t room = 0, had;

        (void)state;
        assert_true(sq_grow(&list, 1, &room, sizeof *list));
        before = list;
        had = room;
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
                assert_false(sq_grow(&list, wanted[i], &room, sizeof *list));
                assert_ptr_equal(list, before);
                assert_int_equal(room, had);
        }
        free(list);

        /* Nor does twice of what is too long to be doubled. */
        list = NULL;
        room = SIZE_MAX / 2 + 1;
        assert_false(sq_grow(&list, room + 1, &room, sizeof *list));
        assert_null(list);
        assert_int_equal(room, SIZE_MAX / 2 + 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_in_it_stays),
                cmocka_unit_test(it_grows_seldom),
                cmocka_unit_test(many_may_be_asked_for_at_once),
                cmocka_unit_test(what_does_not_fit_changes_nothing),
        };

        return cmocka_run_group_tests_name("grow", tests, NULL, NULL);
}
