#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/zone.h"

static struct sq_zone *load(const char *name) {
        struct sq_zone *zone = NULL;
        struct sq_error err;

        if (sq_zone_load(name, &zone, &err) != SQ_OK)
                fail_msg("%s", err.text);
        return zone;
}

/* UTC seconds of "2026-03-29 01:00:00". */
static int64_t utc(const char *text) {
        struct tm tm = {0};

        assert_non_null(strptime(text, "%Y-%m-%d %H:%M:%S", &tm));
        return timegm(&tm);
}

static int64_t start_of(const char *name, const char *day) {
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = load(name);
        struct sq_date date;

        assert_true(sq_date_parse(day, &date));
        return sq_zone_day_start(zone, sq_date_days(date));
}

static const char *const zones[] = {
        "UTC", "Europe/Zurich", "Europe/London", "Europe/Dublin", "America/New_York",
        "America/Sao_Paulo", "America/Santiago", "America/Asuncion", "America/St_Johns",
        "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Beirut", "Asia/Gaza",
        "Asia/Tokyo", "Australia/Lord_Howe", "Australia/Sydney", "Africa/Casablanca",
        "Africa/Cairo", "Pacific/Apia", "Pacific/Auckland", "Pacific/Chatham",
        "Pacific/Kiritimati", "Antarctica/Troll", "America/Nuuk",
};

#define ZONES (sizeof zones / sizeof zones[0])

/* What the C library says, in the zone that TZ names. */
static int64_t c_library_offset(int64_t at) {
        const time_t time = at;
        struct tm tm;

        assert_non_null(localtime_r(&time, &tm));
        return tm.tm_gmtoff;
}

static void offsets_are_those_of_the_c_library(void **state) {
        (void)state;
        for (size_t i = 0; i < ZONES; i++) {
                SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = load(zones[i]);

                setenv("TZ", zones[i], 1);
                tzset();
                /* 1900 to 2200, every 5 days and some hours. */
                for (int64_t at = -2208988800; at < 7258118400; at += 5 * 86400 + 12347) {
                        const int64_t wanted = c_library_offset(at);

                        if (sq_zone_offset(zone, at) != wanted)
                                fail_msg("%s at %lld: %lld, not %lld", zones[i], (long long)at,
                                         (long long)sq_zone_offset(zone, at),
                                         (long long)wanted);
                }
        }
        unsetenv("TZ");
}

static void days_begin_when_clocks_say_so_first(void **state) {
        (void)state;
        for (size_t i = 0; i < ZONES; i++) {
                SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = load(zones[i]);

                for (int64_t day = 0; day < 40000; day++) { /* to 2079 */
                        const int64_t start = sq_zone_day_start(zone, day);

                        if (sq_zone_day(zone, start) < day ||
                            sq_zone_day(zone, start - 1) >= day)
                                fail_msg("%s: day %lld", zones[i], (long long)day);
                }
        }
}

static void every_second_lies_in_a_day(void **state) {
        (void)state;
        for (size_t i = 0; i < ZONES; i++) {
                SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = load(zones[i]);

                for (int64_t day = 0; day < 40000; day++)
                        assert_true(sq_zone_day_start(zone, day) <=
                                    sq_zone_day_start(zone, day + 1));
        }
}

static void summer_time_moves_the_beginning_of_days(void **state) {
        (void)state;
        assert_int_equal(start_of("Europe/Zurich", "2026-01-01"), utc("2025-12-31 23:00:00"));
        assert_int_equal(start_of("Europe/Zurich", "2026-07-01"), utc("2026-06-30 22:00:00"));
        assert_int_equal(start_of("Europe/Zurich", "2126-07-01"), utc("2126-06-30 22:00:00"));
        assert_int_equal(start_of("Asia/Kathmandu", "2026-01-01"), utc("2025-12-31 18:15:00"));
}

static void where_clocks_jump_over_midnight_the_day_begins_behind(void **state) {
        (void)state;
        /* 2018-11-04 began at 01:00 in Sao Paulo; Samoa had no 30 December in 2011. */
        assert_int_equal(start_of("America/Sao_Paulo", "2018-11-04"),
                         utc("2018-11-04 03:00:00"));
        assert_int_equal(start_of("Pacific/Apia", "2011-12-30"), utc("2011-12-30 10:00:00"));
        assert_int_equal(start_of("Pacific/Apia", "2011-12-31"), utc("2011-12-30 10:00:00"));
}

static void where_clocks_are_put_back_to_before_midnight_the_day_waits(void **state) {
        (void)state;
        /* 2018-02-18 00:00 became 23:00 of the day before. */
        assert_int_equal(start_of("America/Sao_Paulo", "2018-02-18"),
                         utc("2018-02-18 03:00:00"));
}

static void what_is_no_zone_is_refused(void **state) {
        static const char *const bad[] = {"../passwd", "/etc/passwd", "Europe/../../x",
                                          "Europe/Zürich", "a b", "x\n"};
        struct sq_zone *zone = NULL;
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_int_equal(sq_zone_load(bad[i], &zone, &err), SQ_EINVAL);
        assert_int_equal(sq_zone_load("Europe/Nowhere", &zone, &err), SQ_ENOTFOUND);
        assert_int_equal(sq_zone_load("Europe", &zone, &err), SQ_EIO); /* a directory */
        assert_int_equal(sq_zone_load("zone.tab", &zone, &err), SQ_EINVAL);
        assert_int_equal(sq_zone_load("leapseconds", &zone, &err), SQ_ECORRUPT);
        assert_null(zone);
}

static void the_hosts_zone_is_the_one_without_a_name(void **state) {
        (void)state;
        sq_zone_free(load(NULL));
        sq_zone_free(load(""));
}

/* Cut off anywhere, and with any byte changed: refused or read, and never beyond its end. */
static void damaged_files_do_no_harm(void **state) {
        static unsigned char data[65536];
        FILE *file = fopen(SQ_ZONE_DIRECTORY "/Europe/Zurich", "re");
        size_t size;

        (void)state;
        assert_non_null(file);
        size = fread(data, 1, sizeof data, file);
        fclose(file);
        for (size_t n = 0; n < size; n++) {
                SQ_CLEANUP(sq_freep) unsigned char *cut = malloc(n ? n : 1);
                struct sq_zone *zone = NULL;

                assert_non_null(cut);
                memcpy(cut, data, n);
                assert_int_equal(sq_zone_parse(cut, n, &zone, NULL), SQ_ECORRUPT);
        }
        for (size_t i = 0; i < size; i++) {
                SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
                const unsigned char was = data[i];

                data[i] = (unsigned char)(was ^ 0x85);
                if (sq_zone_parse(data, size, &zone, NULL) == SQ_OK)
                        sq_zone_day_start(zone, 20000);
                data[i] = was;
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(offsets_are_those_of_the_c_library),
                cmocka_unit_test(days_begin_when_clocks_say_so_first),
                cmocka_unit_test(every_second_lies_in_a_day),
                cmocka_unit_test(summer_time_moves_the_beginning_of_days),
                cmocka_unit_test(where_clocks_jump_over_midnight_the_day_begins_behind),
                cmocka_unit_test(where_clocks_are_put_back_to_before_midnight_the_day_waits),
                cmocka_unit_test(what_is_no_zone_is_refused),
                cmocka_unit_test(the_hosts_zone_is_the_one_without_a_name),
                cmocka_unit_test(damaged_files_do_no_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
