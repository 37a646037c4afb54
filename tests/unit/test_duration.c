#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/duration.h"

static void seconds_become_a_limit_to_paste(void **state) {
        static const struct {
                int64_t seconds;
                const char *text;
        } row[] = {
                {0, "00:00:00"}, {59, "00:00:00"}, {60, "00:01:00"}, {1199, "00:19:00"},
                {3600, "01:00:00"}, {86399, "23:59:00"}, {86400, "1-00:00:00"},
                {95459, "1-02:30:00"}, {31536000, "365-00:00:00"}, {-5, "00:00:00"},
                {SQ_INFINITE, "UNLIMITED"}, {INT64_MAX - 1, "106751991167300-15:30:00"},
        };
        char text[SQ_DURATION_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
                assert_string_equal(sq_duration_text(row[i].seconds, text, sizeof text),
                                    row[i].text);
}

static void a_short_buffer_is_not_overrun(void **state) {
        char text[4] = "xxx";

        (void)state;
        assert_string_equal(sq_duration_text(90000000, text, 3), "10");
        assert_string_equal(sq_duration_text(60, text, 3), "00");
}

static void every_form_of_slurm_is_read(void **state) {
        static const struct {
                const char *text;
                int64_t seconds;
        } row[] = {
                {"0", 0}, {"30", 1800}, {"30:15", 1815}, {"1:02:03", 3723}, {"00:19:00", 1140},
                {"1-2", 93600}, {"1-2:30", 95400}, {"1-02:30:05", 95405}, {"90:00", 5400},
                {"100:00:00", 360000}, {"UNLIMITED", SQ_INFINITE}, {"unlimited", SQ_INFINITE},
                {"INFINITE", SQ_INFINITE}, {"-1", SQ_INFINITE}, {"Partition_Limit", SQ_UNSET},
                {"PARTITION_LIMIT", SQ_UNSET}, {"365-00:00:00", 31536000},
        };
        int64_t seconds;

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                seconds = -99;
                assert_int_equal(sq_duration_parse(row[i].text, &seconds, NULL), SQ_OK);
                if (seconds != row[i].seconds)
                        fail_msg("\"%s\" is %lld", row[i].text, (long long)seconds);
        }
}

static void what_is_no_time_is_refused(void **state) {
        static const char zeros[] = "00000000000000000000000000000000000000000"
                                    "00000000000000000000000000000000000000001";
        static const char *const text[] = {
                "", "x", "1:", ":1", "1:2:3:4", "1-", "-2", "1-2-3", "1-2:3:4:5", "1:2-3", "1 ",
                " 1", "+1", "1.5", "NOT_SET", "1-x", "1--2", zeros,
        };
        struct sq_error err;
        int64_t seconds = 5;

        (void)state;
        for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
                if (sq_duration_parse(text[i], &seconds, &err) != SQ_EINVAL)
                        fail_msg("\"%s\" was read", text[i]);
        assert_int_equal(sq_duration_parse(NULL, &seconds, &err), SQ_EINVAL);
        assert_int_equal(sq_duration_parse("99999999999999999999", &seconds, &err), SQ_ERANGE);
        assert_int_equal(sq_duration_parse("9223372036854775807", &seconds, &err), SQ_ERANGE);
        assert_int_equal(sq_duration_parse("9223372036854775809", &seconds, &err), SQ_ERANGE);
        assert_int_equal(sq_duration_parse("106751991167300-99", &seconds, &err), SQ_ERANGE);
        assert_int_equal(seconds, 5);
}

static void what_is_written_is_read_back(void **state) {
        char text[SQ_DURATION_SIZE];
        int64_t seconds;

        (void)state;
        for (int64_t s = 0; s < 40000000; s += 86371) {
                sq_duration_text(s, text, sizeof text);
                assert_int_equal(sq_duration_parse(text, &seconds, NULL), SQ_OK);
                assert_int_equal(seconds, s - s % 60);
        }
}

static void numbers_of_slurm_know_not_set_and_no_limit(void **state) {
        static const struct {
                double value;
                enum sq_width width;
                int64_t number;
        } row[] = {
                {0, SQ_WIDTH_16, 0}, {65533, SQ_WIDTH_16, 65533},
                {65534, SQ_WIDTH_16, SQ_UNSET},
                {65535, SQ_WIDTH_16, SQ_INFINITE}, {65536, SQ_WIDTH_16, SQ_UNSET},
                {4294967293., SQ_WIDTH_32, 4294967293}, {4294967294., SQ_WIDTH_32, SQ_UNSET},
                {4294967295., SQ_WIDTH_32, SQ_INFINITE}, {4294967296., SQ_WIDTH_32, SQ_UNSET},
                {65534, SQ_WIDTH_32, 65534}, {1.8446744073709552e19, SQ_WIDTH_64, SQ_UNSET},
                {9223372036854775808., SQ_WIDTH_64, SQ_UNSET},
                {4294967295., SQ_WIDTH_64, 4294967295},
                {-1, SQ_WIDTH_32, SQ_UNSET}, {-1e300, SQ_WIDTH_64, SQ_UNSET},
                {2.9, SQ_WIDTH_32, 2},
                {1e300, SQ_WIDTH_32, SQ_UNSET}, {__builtin_nan(""), SQ_WIDTH_32, SQ_UNSET},
                {__builtin_inf(), SQ_WIDTH_64, SQ_UNSET}, {-0.0, SQ_WIDTH_16, 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
                if (sq_number_from_slurm(row[i].value, row[i].width) != row[i].number)
                        fail_msg("row %zu", i);
        assert_false(sq_number_counts(SQ_UNSET));
        assert_false(sq_number_counts(SQ_INFINITE));
        assert_false(sq_number_counts(0));
        assert_true(sq_number_counts(1));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(seconds_become_a_limit_to_paste),
                cmocka_unit_test(a_short_buffer_is_not_overrun),
                cmocka_unit_test(every_form_of_slurm_is_read),
                cmocka_unit_test(what_is_no_time_is_refused),
                cmocka_unit_test(what_is_written_is_read_back),
                cmocka_unit_test(numbers_of_slurm_know_not_set_and_no_limit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
