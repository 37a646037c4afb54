#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/zone.h"
#include "policy/window.h"

static struct sq_window of(enum sq_window_kind kind, int fiscal_start, const char *date) {
        struct sq_date day;

        assert_true(sq_date_parse(date, &day));
        return sq_window_of(kind, fiscal_start, day);
}

static void expect(struct sq_window window, const char *name, const char *first,
                   const char *last) {
        char text[SQ_WINDOW_SIZE], day[SQ_DATE_SIZE];
        struct sq_date from, to;

        assert_string_equal(sq_window_text(&window, text), name);
        assert_true(sq_window_days(&window, &from, &to));
        assert_string_equal(sq_date_text(from, day), first);
        assert_string_equal(sq_date_text(to, day), last);
}

static void a_month_goes_from_its_first_day_to_its_last(void **state) {
        (void)state;
        expect(of(SQ_WINDOW_MONTH, 1, "2024-02-01"), "2024-02", "2024-02-01", "2024-02-29");
        expect(of(SQ_WINDOW_MONTH, 1, "2026-02-28"), "2026-02", "2026-02-01", "2026-02-28");
        expect(of(SQ_WINDOW_MONTH, 10, "2026-12-31"), "2026-12", "2026-12-01", "2026-12-31");
}

static void quarters_have_three_months(void **state) {
        (void)state;
        expect(of(SQ_WINDOW_QUARTER, 1, "2026-03-31"), "2026-Q1", "2026-01-01", "2026-03-31");
        expect(of(SQ_WINDOW_QUARTER, 1, "2026-04-01"), "2026-Q2", "2026-04-01", "2026-06-30");
        expect(of(SQ_WINDOW_QUARTER, 1, "2026-12-31"), "2026-Q4", "2026-10-01", "2026-12-31");
}

static void a_fiscal_year_has_the_number_of_the_year_it_begins_in(void **state) {
        (void)state;
        expect(of(SQ_WINDOW_YEAR, 1, "2026-06-01"), "2026", "2026-01-01", "2026-12-31");
        expect(of(SQ_WINDOW_YEAR, 10, "2026-09-30"), "2025", "2025-10-01", "2026-09-30");
        expect(of(SQ_WINDOW_YEAR, 10, "2026-10-01"), "2026", "2026-10-01", "2027-09-30");
        expect(of(SQ_WINDOW_QUARTER, 10, "2026-11-22"), "2026-Q1", "2026-10-01", "2026-12-31");
        expect(of(SQ_WINDOW_QUARTER, 10, "2026-01-01"), "2025-Q2", "2026-01-01", "2026-03-31");
        expect(of(SQ_WINDOW_QUARTER, 2, "2026-01-31"), "2025-Q4", "2025-11-01", "2026-01-31");
}

static void the_previous_window_ends_where_this_one_begins(void **state) {
        static const char *const pairs[][3] = {
                {"2024-Q2", "2024-Q1"}, {"2024-Q1", "2023-Q4"}, {"2026-03", "2026-02"},
                {"2026-01", "2025-12"}, {"2026", "2025"},
        };
        struct sq_window window, previous, next;
        char text[SQ_WINDOW_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
                assert_true(sq_window_parse(pairs[i][0], 1, &window));
                assert_true(sq_window_previous(&window, &previous));
                assert_string_equal(sq_window_text(&previous, text), pairs[i][1]);
                assert_true(sq_window_next(&previous, &next));
                assert_true(sq_window_equal(&next, &window));
        }
}

static void a_total_has_neither_bounds_nor_neighbours(void **state) {
        struct sq_window total = of(SQ_WINDOW_TOTAL, 1, "2026-01-01"), other;
        char text[SQ_WINDOW_SIZE];
        struct sq_date day = {9999, 12, 31};

        (void)state;
        assert_string_equal(sq_window_text(&total, text), "total");
        assert_false(sq_window_days(&total, &day, &day));
        assert_false(sq_window_previous(&total, &other));
        assert_false(sq_window_next(&total, &other));
        assert_true(sq_window_contains(&total, day));
}

static void every_day_lies_in_one_window_of_each_kind(void **state) {
        (void)state;
        for (int kind = SQ_WINDOW_MONTH; kind <= SQ_WINDOW_YEAR; kind++)
                for (int start = 1; start <= 12; start++) {
                        struct sq_window window = sq_window_of((enum sq_window_kind)kind, start,
                                                               (struct sq_date){2, 1, 1});
                        struct sq_date first, last;
                        int64_t end = 0;

                        for (int i = 0; i < 5000; i++) {
                                assert_true(sq_window_days(&window, &first, &last));
                                assert_true(!end || sq_date_days(first) == end + 1);
                                end = sq_date_days(last);
                                assert_true(sq_window_contains(&window, first));
                                assert_true(sq_window_contains(&window, last));
                                assert_false(sq_window_contains(&window,
                                                                sq_date_from_days(end + 1)));
                                assert_true(sq_window_next(&window, &window));
                        }
                }
}

static void what_is_written_is_read(void **state) {
        static const char *const dates[] = {"0001-01-01", "2026-07-31", "9999-12-31"};
        char text[SQ_WINDOW_SIZE];

        (void)state;
        for (int kind = SQ_WINDOW_TOTAL; kind <= SQ_WINDOW_YEAR; kind++)
                for (int start = 1; start <= 12; start++)
                        for (size_t i = 0; i < 3; i++) {
                                const struct sq_window there =
                                        of((enum sq_window_kind)kind, start, dates[i]);
                                struct sq_window back;

                                sq_window_text(&there, text);
                                assert_true(sq_window_parse(text, start, &back));
                                assert_true(sq_window_equal(&there, &back));
                        }
}

static void what_names_no_window_is_refused(void **state) {
        static const char *const bad[] = {"", "20", "2026-", "2026-Q", "2026-Q0", "2026-Q5",
                                          "2026-13", "2026-00", "2026-1", "2026-01-01",
                                          "Total", "2026Q1", " 2026", "20a6"};
        struct sq_window window;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                assert_false(sq_window_parse(bad[i], 1, &window));
}

static void before_the_year_0_there_is_no_window(void **state) {
        struct sq_window window = of(SQ_WINDOW_YEAR, 7, "0001-06-30"), previous;
        char text[SQ_WINDOW_SIZE];

        (void)state;
        assert_string_equal(sq_window_text(&window, text), "0000");
        assert_false(sq_window_previous(&window, &previous));
}

static void bounds_follow_the_clocks_of_the_zone(void **state) {
        struct sq_window window = of(SQ_WINDOW_QUARTER, 1, "2026-04-01");
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
        int64_t begin, end;

        (void)state;
        assert_int_equal(sq_zone_load("Europe/Zurich", &zone, NULL), SQ_OK);
        sq_window_bounds(&window, zone, &begin, &end);
        assert_int_equal(begin, 1774994400); /* 2026-03-31 22:00 UTC */
        assert_int_equal(end, 1782856800);   /* 2026-06-30 22:00 UTC */
        window = of(SQ_WINDOW_TOTAL, 1, "2026-04-01");
        sq_window_bounds(&window, zone, &begin, &end);
        assert_true(begin == INT64_MIN && end == INT64_MAX);
}

static void every_second_lies_in_the_window_whose_bounds_say_so(void **state) {
        /* Where clocks jump over midnight, are put back over it, or skip a day. */
        static const char *const zones[] = {"Europe/Zurich", "America/Sao_Paulo",
                                            "America/St_Johns", "Pacific/Apia", "Asia/Gaza"};

        (void)state;
        for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
                SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
                struct sq_window window, there, next;
                int64_t begin, end = 0;

                assert_int_equal(sq_zone_load(zones[i], &zone, NULL), SQ_OK);
                window = of(SQ_WINDOW_MONTH, 1, "1985-01-01");
                for (int month = 0; month < 12 * 60; month++) {
                        sq_window_bounds(&window, zone, &begin, &end);
                        assert_true(begin < end);
                        there = sq_window_at(SQ_WINDOW_MONTH, 1, zone, begin);
                        assert_true(sq_window_equal(&there, &window));
                        there = sq_window_at(SQ_WINDOW_MONTH, 1, zone, end - 1);
                        assert_true(sq_window_equal(&there, &window));
                        there = sq_window_at(SQ_WINDOW_MONTH, 1, zone, end);
                        assert_true(sq_window_next(&window, &next));
                        assert_true(sq_window_equal(&there, &next));
                        window = next;
                }
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_month_goes_from_its_first_day_to_its_last),
                cmocka_unit_test(quarters_have_three_months),
                cmocka_unit_test(a_fiscal_year_has_the_number_of_the_year_it_begins_in),
                cmocka_unit_test(the_previous_window_ends_where_this_one_begins),
                cmocka_unit_test(a_total_has_neither_bounds_nor_neighbours),
                cmocka_unit_test(every_day_lies_in_one_window_of_each_kind),
                cmocka_unit_test(what_is_written_is_read),
                cmocka_unit_test(what_names_no_window_is_refused),
                cmocka_unit_test(before_the_year_0_there_is_no_window),
                cmocka_unit_test(bounds_follow_the_clocks_of_the_zone),
                cmocka_unit_test(every_second_lies_in_the_window_whose_bounds_say_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
