/* forecast.h - when a threshold is reached, if things go on as they have
 *
 * What was used in the last 7 and in the last 30 whole days are two speeds; the truth is
 * expected between them.  A subject that is younger is measured by the days it has been
 * there.  Integers only; days, not hours: nobody knows better.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* So many TRES-seconds in so many days, today not counted; days 0: nothing is known yet. */
struct sq_speed {
        int64_t used;
        int64_t days;
};

struct sq_burn {
        struct sq_speed week;  /* of up to 7 days */
        struct sq_speed month; /* of up to 30 */
};

#define SQ_BURN_WEEK 7
#define SQ_BURN_MONTH 30

/* What is used in a day, rounded half up; 0 when nothing is known, or less than nothing was
 * used (corrections). */
int64_t sq_speed_per_day(const struct sq_speed *speed);

enum sq_projected {
        SQ_PROJECTED_NEVER,    /* at these speeds it is not reached before `last_day` */
        SQ_PROJECTED_AHEAD,
        SQ_PROJECTED_PAST   /* it is reached already */
};

/* "never", "projected" or "exceeded", as the seed's API has it. */
const char *sq_projected_word(enum sq_projected outlook);

/* Further than this nobody plans: a hundred years. */
#define SQ_FORECAST_DAYS_MOST 36525

struct sq_projection {
        enum sq_projected outlook;
        /* Whole days from today, if the month's speed goes on (the week's, where there is no
         * other); -1 where it is not reached. */
        int64_t days;
        /* The same by the faster and by the slower speed; latest -1: by that one never. */
        int64_t earliest, latest;
};

/* Of what is reached already. */
extern const struct sq_projection sq_projection_past;

/* What becomes of the days that it takes by the speeds of the week and of the month; -1: by
 * that one never.  `days_left`: how many days from today the window has, 0 when it ends
 * today; negative: it never ends.  What would be reached in a later window is not reached. */
struct sq_projection sq_projection_between(int64_t week, int64_t month, int64_t days_left);

/* When `threshold` is reached by what is at `used` now. */
struct sq_projection sq_forecast(int64_t used, int64_t threshold, const struct sq_burn *burn,
                                 int64_t days_left);
