#include "policy/window.h"

#include <stdio.h>
#include <string.h>

#include "base/zone.h"

/* Months of a window; 0: all of time. */
static int length_of(enum sq_window_kind kind) {
        switch (kind) {
        case SQ_WINDOW_MONTH:
                return 1;
        case SQ_WINDOW_QUARTER:
                return 3;
        case SQ_WINDOW_YEAR:
                return 12;
        default:
                return 0;
        }
}

/* Months from the start of the fiscal year 0 to that of the window. */
static int fiscal_month(const struct sq_window *window) {
        return window->kind == SQ_WINDOW_MONTH ? window->first_month
                                               : window->first_month + 1 -
                                                         window->fiscal_start;
}

/* Rounded down, also below 0. */
static int divide_down(int a, int b) {
        return a / b - (a % b < 0);
}

struct sq_window sq_window_of(enum sq_window_kind kind, int fiscal_start,
                              struct sq_date date) {

        const int length = length_of(kind), month = 12 * date.year + date.month - 1;
        const int shift = kind == SQ_WINDOW_MONTH ? 0 : fiscal_start - 1;
        struct sq_window window = {.kind = kind, .fiscal_start = fiscal_start};

        if (length)
                window.first_month = divide_down(month - shift, length) * length + shift;
        return window;
}

bool sq_window_equal(const struct sq_window *a, const struct sq_window *b) {
        return a->kind == b->kind && a->first_month == b->first_month &&
               (a->kind == SQ_WINDOW_TOTAL || a->fiscal_start == b->fiscal_start);
}

bool sq_window_previous(const struct sq_window *window, struct sq_window *ret) {
        const int length = length_of(window->kind);

        if (!length || window->first_month < length)
                return false;
        *ret = *window;
        ret->first_month -= length;
        return true;
}

bool sq_window_next(const struct sq_window *window, struct sq_window *ret) {
        const int length = length_of(window->kind);

        if (!length)
                return false;
        *ret = *window;
        ret->first_month += length;
        return true;
}

static struct sq_date first_of_month(int month) {
        return (struct sq_date){divide_down(month, 12), month - 12 * divide_down(month, 12) + 1,
                                1};
}

bool sq_window_days(const struct sq_window *window, struct sq_date *ret_first,
                    struct sq_date *ret_last) {

        const int length = length_of(window->kind);

        if (!length)
                return false;
        *ret_first = first_of_month(window->first_month);
        *ret_last = first_of_month(window->first_month + length - 1);
        ret_last->day = sq_date_month_length(ret_last->year, ret_last->month);
        return true;
}

bool sq_window_contains(const struct sq_window *window, struct sq_date date) {
        const struct sq_window that = sq_window_of(window->kind, window->fiscal_start, date);

        return sq_window_equal(window, &that);
}

void sq_window_bounds(const struct sq_window *window, const struct sq_zone *zone,
                      int64_t *ret_begin, int64_t *ret_end) {

        struct sq_date first, last;

        if (!sq_window_days(window, &first, &last)) {
                *ret_begin = INT64_MIN;
                *ret_end = INT64_MAX;
                return;
        }
        *ret_begin = sq_zone_day_start(zone, sq_date_days(first));
        *ret_end = sq_zone_day_start(zone, sq_date_days(last) + 1);
}

struct sq_window sq_window_at(enum sq_window_kind kind, int fiscal_start,
                              const struct sq_zone *zone, int64_t at) {
        const struct sq_date date = sq_date_from_days(sq_zone_day(zone, at));
        struct sq_window window = sq_window_of(kind, fiscal_start, date);
        int64_t begin, end;

        /* Clocks that are put back over midnight say the old day again for a while. */
        sq_window_bounds(&window, zone, &begin, &end);
        if (at >= end)
                sq_window_next(&window, &window);
        return window;
}

char *sq_window_text(const struct sq_window *window, char text[SQ_WINDOW_SIZE]) {
        const int month = fiscal_month(window), year = divide_down(month, 12);

        switch (window->kind) {
        case SQ_WINDOW_MONTH:
                snprintf(text, SQ_WINDOW_SIZE, "%04d-%02d", year, month - 12 * year + 1);
                break;
        case SQ_WINDOW_QUARTER:
                snprintf(text, SQ_WINDOW_SIZE, "%04d-Q%d", year, (month - 12 * year) / 3 + 1);
                break;
        case SQ_WINDOW_YEAR:
                snprintf(text, SQ_WINDOW_SIZE, "%04d", year);
                break;
        default:
                snprintf(text, SQ_WINDOW_SIZE, "total");
        }
        return text;
}

/* What stands behind a year: "", "-Q1" to "-Q4" or "-01" to "-12".  *ret_month is counted
 * from 0. */
static bool parse_part(const char *text, enum sq_window_kind *ret_kind, int *ret_month) {
        int month;

        if (!*text) {
                *ret_kind = SQ_WINDOW_YEAR;
                *ret_month = 0;
                return true;
        }
        if (text[0] != '-' || strlen(text) != 3)
                return false;
        if (text[1] == 'Q' && text[2] >= '1' && text[2] <= '4') {
                *ret_kind = SQ_WINDOW_QUARTER;
                *ret_month = 3 * (text[2] - '1');
                return true;
        }
        if (text[1] < '0' || text[1] > '1' || text[2] < '0' || text[2] > '9')
                return false;
        month = 10 * (text[1] - '0') + (text[2] - '0');
        *ret_kind = SQ_WINDOW_MONTH;
        *ret_month = month - 1;
        return month >= 1 && month <= 12;
}

bool sq_window_parse(const char *text, int fiscal_start, struct sq_window *ret) {
        struct sq_window window = {.fiscal_start = fiscal_start};
        int year = 0, month;

        if (!strcmp(text, "total")) {
                window.kind = SQ_WINDOW_TOTAL;
                *ret = window;
                return true;
        }
        for (int i = 0; i < 4; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                year = 10 * year + (text[i] - '0');
        }
        if (!parse_part(text + 4, &window.kind, &month))
                return false;
        window.first_month = 12 * year + month;
        if (window.kind != SQ_WINDOW_MONTH)
                window.first_month += fiscal_start - 1;
        *ret = window;
        return true;
}

const char *sq_window_kind_word(enum sq_window_kind kind) {
        static const char *const words[] = {
                [SQ_WINDOW_TOTAL] = "total",
                [SQ_WINDOW_MONTH] = "month",
                [SQ_WINDOW_QUARTER] = "quarter",
                [SQ_WINDOW_YEAR] = "year",
        };

        return words[kind];
}
