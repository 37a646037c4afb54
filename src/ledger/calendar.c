#include "ledger/calendar.h"

#include <time.h>

#include "base/date.h"

#define SECONDS_PER_DAY 86400

/* All of time: no day is outside. */
static const struct sq_span total = {0, 99999999, 0, INT64_MAX};

int64_t sq_calendar_day(const struct sq_calendar *calendar, int64_t at) {
        time_t when = (time_t)at;
        struct tm tm = {0};

        if (calendar->zone)
                return sq_date_number(sq_date_from_days(sq_zone_day(calendar->zone, at)));
        localtime_r(&when, &tm);
        return ((int64_t)tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday;
}

/* The first second of a day, looked for by halving: see sq_day_part_first().  No zone is
 * more than a day away from UTC. */
static int64_t begin_of(const struct sq_calendar *calendar, int64_t day) {
        const int64_t days = sq_date_days(sq_date_from_number(day));
        const int64_t guess = days * SECONDS_PER_DAY;
        int64_t before = guess - 2 * SECONDS_PER_DAY, from = guess + 2 * SECONDS_PER_DAY;

        if (calendar->zone)
                return sq_zone_day_start(calendar->zone, days);
        while (from - before > 1) {
                const int64_t middle = before + (from - before) / 2;

                if (sq_calendar_day(calendar, middle) < day)
                        before = middle;
                else
                        from = middle;
        }
        return from;
}

static int64_t day_after(int64_t day) {
        return sq_date_number(sq_date_from_days(sq_date_days(sq_date_from_number(day)) + 1));
}

struct sq_span sq_calendar_span(const struct sq_calendar *calendar, enum sq_window_kind kind,
                                int64_t day) {
        const struct sq_window window =
                sq_window_of(kind, calendar->fiscal_start, sq_date_from_number(day));
        struct sq_date first, last;
        struct sq_span span;

        if (!sq_window_days(&window, &first, &last))
                return total;
        span.first_day = sq_date_number(first);
        span.last_day = sq_date_number(last);
        span.since_at = begin_of(calendar, span.first_day);
        span.until_at = begin_of(calendar, day_after(span.last_day));
        return span;
}

struct sq_span sq_calendar_next(const struct sq_calendar *calendar, enum sq_window_kind kind,
                                const struct sq_span *span) {
        const int64_t first = day_after(span->last_day);
        struct sq_span next = sq_calendar_span(calendar, kind, first);

        if (next.first_day != first) {
                next.first_day = first;
                next.since_at = span->until_at;
        }
        return next;
}
