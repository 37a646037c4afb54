#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"

static int64_t days(int year, int month, int day) {
        return sq_date_days((struct sq_date){year, month, day});
}

static void days_are_counted_from_1970(void **state) {
        (void)state;
        assert_int_equal(days(1970, 1, 1), 0);
        assert_int_equal(days(1969, 12, 31), -1);
        assert_int_equal(days(2000, 2, 29), 11016);
        assert_int_equal(days(2026, 11, 22), 20779);
        assert_int_equal(days(1, 1, 1), -719162);
        assert_int_equal(days(9999, 12, 31), 2932896);
}

static void every_day_of_ten_thousand_years_follows_the_one_before(void **state) {
        struct sq_date date = {1, 1, 1};

        (void)state;
        for (int64_t n = days(1, 1, 1); n <= days(9999, 12, 31); n++) {
                const struct sq_date there = sq_date_from_days(n);

                if (there.year != date.year || there.month != date.month ||
                    there.day != date.day || sq_date_days(there) != n)
                        fail_msg("day %lld", (long long)n);
                if (++date.day > sq_date_month_length(date.year, date.month)) {
                        date.day = 1;
                        if (++date.month > 12) {
                                date.month = 1;
                                date.year++;
                        }
                }
        }
}

static void centuries_are_leap_years_every_fourth_time(void **state) {
        (void)state;
        assert_int_equal(sq_date_month_length(1900, 2), 28);
        assert_int_equal(sq_date_month_length(2000, 2), 29);
        assert_int_equal(sq_date_month_length(2024, 2), 29);
        assert_int_equal(sq_date_month_length(2026, 2), 28);
}

static void a_date_is_read_and_written(void **state) {
        char text[SQ_DATE_SIZE];
        struct sq_date date;

        (void)state;
        assert_true(sq_date_parse("2024-02-29", &date));
        assert_string_equal(sq_date_text(date, text), "2024-02-29");
        assert_true(sq_date_parse("0001-01-01", &date));
        assert_string_equal(sq_date_text(date, text), "0001-01-01");
}

static void what_is_no_day_is_refused(void **state) {
        static const char *const bad[] = {
                "", "2026", "2026-1-1", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
                "2026-01-00", "0000-01-01", "2026-01-01T", "2026-01-01 ", "+026-01-01",
                "2026/01/01", "20260101", "2026-01-0x",
        };
        struct sq_date date = {1, 2, 3};

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(sq_date_parse(bad[i], &date));
        assert_int_equal(date.day, 3);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(days_are_counted_from_1970),
                cmocka_unit_test(every_day_of_ten_thousand_years_follows_the_one_before),
                cmocka_unit_test(centuries_are_leap_years_every_fourth_time),
                cmocka_unit_test(a_date_is_read_and_written),
                cmocka_unit_test(what_is_no_day_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
