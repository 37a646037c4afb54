/* window.h - the time that a budget covers
 *
 * A month, a quarter, a year, or all of time, in days of the calendar.  Years and quarters
 * may begin in another month than January: the fiscal start, a month from 1 to 12.  Such a
 * year has the number of the calendar year in which it begins: with a start in October
 * 2025-Q1 is October to December of 2025, the first quarter of the year 2025.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"

struct sq_zone;

/* The numbers are those of the API's `period`. */
enum sq_window_kind {
        SQ_WINDOW_TOTAL = 1,
        SQ_WINDOW_MONTH = 2,
        SQ_WINDOW_QUARTER = 3,
        SQ_WINDOW_YEAR = 4
};

struct sq_window {
        enum sq_window_kind kind;
        int fiscal_start; /* 1 to 12 */
        int first_month;  /* counted from January of the year 0; 0 for a total */
};

/* "2026-Q1", with room for every int. */
#define SQ_WINDOW_SIZE 32

/* The one in which `date` lies. */
struct sq_window sq_window_of(enum sq_window_kind kind, int fiscal_start, struct sq_date date);

bool sq_window_equal(const struct sq_window *a, const struct sq_window *b);

/* The windows beside it; false for a total, and before the year 0. */
bool sq_window_previous(const struct sq_window *window, struct sq_window *ret);
bool sq_window_next(const struct sq_window *window, struct sq_window *ret);

/* Its first and last day; false for a total, which has none. */
bool sq_window_days(const struct sq_window *window, struct sq_date *ret_first,
                    struct sq_date *ret_last);

bool sq_window_contains(const struct sq_window *window, struct sq_date date);

/* Its first UTC second and the first behind it, by the clocks of a zone: it covers
 * begin <= t < end.  For a total INT64_MIN and INT64_MAX. */
void sq_window_bounds(const struct sq_window *window, const struct sq_zone *zone,
                      int64_t *ret_begin, int64_t *ret_end);

/* The one in which a UTC second lies. */
struct sq_window sq_window_at(enum sq_window_kind kind, int fiscal_start,
                              const struct sq_zone *zone, int64_t at);

/* "2026-03", "2026-Q1", "2026" or "total"; returns `text`. */
char *sq_window_text(const struct sq_window *window, char text[SQ_WINDOW_SIZE]);

/* Reads what sq_window_text() writes; false for anything else. */
bool sq_window_parse(const char *text, int fiscal_start, struct sq_window *ret);

/* "month", "quarter", "year", "total". */
const char *sq_window_kind_word(enum sq_window_kind kind);
