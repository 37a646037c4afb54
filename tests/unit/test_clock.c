/* test_clock.c - times as people and files have them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static void times_are_written_in_utc(void **state) {
        static const struct {
                int64_t at;
                const char *text, *name;
        } cases[] = {
                {1, "1970-01-01 00:00:01", "19700101T000001Z"},
                {1769884200, "2026-01-31 18:30:00", "20260131T183000Z"},
                {INT64_C(4294967296), "2106-02-07 06:28:16", "21060207T062816Z"},
                {INT64_C(253402300799), "9999-12-31 23:59:59", "99991231T235959Z"},
        };
        char text[SQ_UTC_TEXT_SIZE], name[SQ_UTC_NAME_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_true(sq_utc_text(cases[i].at, text));
                assert_string_equal(text, cases[i].text);
                assert_true(sq_utc_name(cases[i].at, name));
                assert_string_equal(name, cases[i].name);
        }
}

static void what_is_no_time_is_not_written(void **state) {
        static const int64_t cases[] = {0, -1, INT64_MIN, INT64_C(253402300800), INT64_MAX};
        char text[SQ_UTC_TEXT_SIZE] = "as it was", name[SQ_UTC_NAME_SIZE] = "as it was";

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_false(sq_utc_text(cases[i], text));
                assert_string_equal(text, "as it was");
                assert_false(sq_utc_name(cases[i], name));
                assert_string_equal(name, "as it was");
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(times_are_written_in_utc),
                cmocka_unit_test(what_is_no_time_is_not_written),
        };

        return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
