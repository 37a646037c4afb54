/* course.h - where the usage of an account under a policy leads
 *
 * What was used in the last 7 and in the last 30 whole days counts as the percentage does,
 * by the policy's weights, and goes on like that: two speeds, and for each percentage the
 * days until it is reached (forecast.h).  Exact: days are quotients of whole numbers, rounded
 * down.  A pure function; reading what was used is the governor's.
 */
#pragma once

#include "policy/evaluation.h"
#include "policy/forecast.h"

/* What was used in so many whole days, today not among them; days 0: the account is of
 * today, and nothing is known.  Corrections may make it less than nothing. */
struct sq_stretch {
        int64_t days;
        struct sq_quantities used;
};

enum sq_pace {
        SQ_PACE_WEEK,  /* of up to SQ_BURN_WEEK days */
        SQ_PACE_MONTH, /* of up to SQ_BURN_MONTH */
        SQ_PACES
};

struct sq_lately {
        struct sq_stretch of[SQ_PACES];
};

struct sq_course {
        struct sq_percentage at; /* now */
        int64_t days[SQ_PACES];  /* of the stretches */
        int64_t days_left;       /* of the window from today on; negative: it never ends */
        /* The sums of which the bill is the largest (sq_tariff_faces()): how they are now,
         * and what came to them in the stretches. */
        size_t faces;
        sq_int128 now[SQ_QUANTITIES_MAX];
        sq_int128 more[SQ_PACES][SQ_QUANTITIES_MAX];
};

/* `evaluation` is what came of `facts` under `policy`.  SQ_ERANGE: more than can be counted
 * with its weights. */
int sq_course_make(const struct sq_policy *policy, const struct sq_facts *facts,
                   const struct sq_evaluation *evaluation, const struct sq_lately *lately,
                   int64_t days_left, struct sq_course *ret, struct sq_error *err);

/* When `percent` (above 0) is reached; without an allocation never.  (Sums of more than
 * 2^105, which are 4 * 10^18 hours of weight 1, lose what is beyond 105 bits.) */
struct sq_projection sq_course_reaches(const struct sq_course *course,
                                       struct sq_decimal percent);

/* What was used in a day of a stretch, in percent of the allocation: the closest double.  0
 * when nothing is known, less than nothing was used, or there is no allocation. */
double sq_course_percent_a_day(const struct sq_course *course, enum sq_pace pace);

/* The same of one TRES in hours, whatever it weighs. */
double sq_stretch_hours_a_day(const struct sq_stretch *stretch, const char *tres);
