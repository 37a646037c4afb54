#include "governor/moment.h"

void sq_moment_of(const struct sq_calendar *calendar, const struct sq_policy *policy,
                  int64_t now, struct sq_moment *ret) {
        const int64_t day = sq_calendar_day(calendar, now);
        struct sq_window other;
        struct sq_date first, last;

        *ret = (struct sq_moment){
                .now = now,
                .day = day,
                .window = sq_window_of((enum sq_window_kind)policy->period,
                                       (int)policy->fiscal_start, sq_date_from_number(day)),
                .first_day = SQ_DAY_FIRST,
                .last_day = SQ_DAY_LAST,
        };
        if (!sq_window_days(&ret->window, &first, &last))
                return;
        ret->first_day = sq_date_number(first);
        ret->last_day = sq_date_number(last);
        ret->next_day = sq_date_number(sq_date_from_days(sq_date_days(last) + 1));
        if (!sq_window_previous(&ret->window, &other) || !sq_window_days(&other, &first, &last))
                return;
        ret->has_previous = true;
        ret->previous_first = sq_date_number(first);
        ret->previous_last = sq_date_number(last);
}

int64_t sq_moment_days_left(const struct sq_moment *moment) {
        if (!moment->next_day)
                return -1;
        return sq_date_days(sq_date_from_number(moment->last_day)) -
               sq_date_days(sq_date_from_number(moment->day));
}
