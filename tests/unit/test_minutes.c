/* test_minutes.c - the ancestor's minutes and times, as seconds */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "migrate/minutes.h"

static void minutes_round_to_the_nearest_second(void **state) {
        static const struct {
                struct sq_value value;
                enum sq_reading reading;
                int64_t seconds;
        } cases[] = {
                {{.type = SQ_VALUE_INTEGER, .integer = 0}, SQ_READ_AMOUNT, 0},
                {{.type = SQ_VALUE_REAL, .real = 0.0084}, SQ_READ_AMOUNT, 1},
                {{.type = SQ_VALUE_REAL, .real = 0.0082}, SQ_READ_AMOUNT, 0},
                {{.type = SQ_VALUE_REAL, .real = 1e15}, SQ_READ_AMOUNT, 60000000000000000},
                {{.type = SQ_VALUE_REAL, .real = 1e17}, SQ_READ_TOO_LARGE, 0},
                {{.type = SQ_VALUE_REAL, .real = -0.5}, SQ_READ_NEGATIVE, 0},
                {{.type = SQ_VALUE_INTEGER, .integer = INT64_MIN}, SQ_READ_NEGATIVE, 0},
                {{.type = SQ_VALUE_INTEGER, .integer = INT64_MAX}, SQ_READ_TOO_LARGE, 0},
                {{.type = SQ_VALUE_INTEGER, .integer = SQ_MOST_SECONDS / 60}, SQ_READ_AMOUNT,
                 SQ_MOST_SECONDS / 60 * 60},
                {{.type = SQ_VALUE_TEXT, .text = "+7"}, SQ_READ_AMOUNT, 420},
                {{.type = SQ_VALUE_TEXT, .text = "-99999999999999999999"}, SQ_READ_NEGATIVE, 0},
                {{.type = SQ_VALUE_TEXT, .text = "7 "}, SQ_READ_NO_NUMBER, 0},
                {{.type = SQ_VALUE_TEXT, .text = "-"}, SQ_READ_NO_NUMBER, 0},
                {{.type = SQ_VALUE_TEXT, .text = ""}, SQ_READ_NO_NUMBER, 0},
                {{.type = SQ_VALUE_BYTES}, SQ_READ_NO_NUMBER, 0},
                {{.type = SQ_VALUE_ABSENT}, SQ_READ_ABSENT, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                int64_t seconds = 0;
                const enum sq_reading reading = sq_read_minutes(&cases[i].value, &seconds);

                if (reading != cases[i].reading || seconds != cases[i].seconds)
                        fail_msg("case %zu: %d %lld", i, reading, (long long)seconds);
        }
}

static int64_t read_time(const char *text) {
        const struct sq_value value = {.type = SQ_VALUE_TEXT, .text = text};

        return sq_read_time(&value, 2000000000);
}

static void times_are_utc_or_now(void **state) {
        const struct sq_value number = {.type = SQ_VALUE_INTEGER, .integer = 5};

        (void)state;
        assert_int_equal(read_time("2001-09-09 01:46:40"), 1000000000);
        assert_int_equal(read_time("2001-09-09 01:46:40.123456"), 1000000000);
        assert_int_equal(read_time("2001-09-09T01:46:40"), 2000000000);
        assert_int_equal(read_time("2001-09-09 01:46:40+02:00"), 2000000000);
        assert_int_equal(read_time("2999-01-01 00:00:00"), 2000000000);
        assert_int_equal(read_time(""), 2000000000);
        assert_int_equal(sq_read_time(&number, 2000000000), 2000000000);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(minutes_round_to_the_nearest_second),
                cmocka_unit_test(times_are_utc_or_now),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
