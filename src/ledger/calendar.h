/* calendar.h - the days and windows of the site
 *
 * Days are those of the site's time zone, as numbers (YYYYMMDD).  A window is a row of
 * days; where it begins and ends in UTC seconds follows from them.
 */
#pragma once

#include <stdint.h>

#include "base/zone.h"
#include "policy/window.h"

struct sq_calendar {
        const struct sq_zone *zone; /* NULL: the process's */
        int fiscal_start; /* the month with which years and quarters begin, 1 to 12 */
};

/* One month, quarter or year, or all of time. */
struct sq_span {
        int64_t first_day, last_day; /* both are in it */
        int64_t since_at, until_at;  /* UTC seconds; until_at is not in it */
};

/* Of the day that it is at a time. */
int64_t sq_calendar_day(const struct sq_calendar *calendar, int64_t at);

/* The window in which a day lies. */
struct sq_span sq_calendar_span(const struct sq_calendar *calendar, enum sq_window_kind kind,
                                int64_t day);

/* The window that begins on the day after `span`: where the fiscal year was given another
 * start in between, the rest of it. */
struct sq_span sq_calendar_next(const struct sq_calendar *calendar, enum sq_window_kind kind,
                                const struct sq_span *span);
