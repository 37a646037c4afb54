#include "policy/forecast.h"

const struct sq_projection sq_projection_past = {SQ_PROJECTED_PAST, 0, 0, 0};

static bool is_moving(const struct sq_speed *speed) {
        return speed->days > 0 && speed->used > 0;
}

int64_t sq_speed_per_day(const struct sq_speed *speed) {
        if (!is_moving(speed))
                return 0;
        return (int64_t)(((__int128)speed->used * 2 + speed->days) /
                         (2 * (__int128)speed->days));
}

const char *sq_projected_word(enum sq_projected outlook) {
        static const char *const words[] = {
                [SQ_PROJECTED_NEVER] = "never",
                [SQ_PROJECTED_AHEAD] = "projected",
                [SQ_PROJECTED_PAST] = "exceeded",
        };

        return words[outlook];
}

/* Whole days until `missing` (> 0) is used, of which none is counted twice: what is used up
 * in the course of today is 0 days away.  -1: never. */
static int64_t days_until(__int128 missing, const struct sq_speed *speed) {
        __int128 days;

        if (!is_moving(speed))
                return -1;
        days = missing * speed->days / speed->used;
        return days > INT64_MAX ? INT64_MAX : (int64_t)days;
}

static int64_t within(int64_t days, int64_t days_left) {
        const int64_t most = days_left < 0 || days_left > SQ_FORECAST_DAYS_MOST
                                     ? SQ_FORECAST_DAYS_MOST
                                     : days_left;

        return days > most ? -1 : days;
}

struct sq_projection sq_projection_between(int64_t week, int64_t month, int64_t days_left) {
        struct sq_projection p;

        week = within(week, days_left);
        month = within(month, days_left);
        p.outlook = week < 0 && month < 0 ? SQ_PROJECTED_NEVER : SQ_PROJECTED_AHEAD;
        p.days = month >= 0 ? month : week;
        p.earliest = week < 0 || (month >= 0 && month < week) ? month : week;
        p.latest = week < 0 || month < 0 ? -1 : week > month ? week : month;
        return p;
}

struct sq_projection sq_forecast(int64_t used, int64_t threshold, const struct sq_burn *burn,
                                 int64_t days_left) {
        const __int128 missing = (__int128)threshold - used;

        if (missing <= 0)
                return sq_projection_past;
        return sq_projection_between(days_until(missing, &burn->week),
                                     days_until(missing, &burn->month), days_left);
}
