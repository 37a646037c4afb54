/* moment.h - the windows of a policy at one time, in days of the site */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ledger/calendar.h"
#include "policy/policy.h"

/* Days as the ledger's tables have them, YYYYMMDD. */
#define SQ_DAY_FIRST 0
#define SQ_DAY_LAST 99999999

struct sq_moment {
        int64_t now;  /* UTC seconds */
        int64_t day;
        struct sq_window window;
        int64_t first_day, last_day; /* of the window */
        int64_t next_day;            /* the first of the next one; 0: there is none */
        bool has_previous;
        int64_t previous_first, previous_last;
        int64_t policy_since; /* the day on which the policy was made; set by who knows it */
};

/* That of `now`, by the site's days and the policy's fiscal year. */
void sq_moment_of(const struct sq_calendar *calendar, const struct sq_policy *policy,
                  int64_t now, struct sq_moment *ret);

/* How many days its window has left, 0 on the last one; -1: it never ends. */
int64_t sq_moment_days_left(const struct sq_moment *moment);
