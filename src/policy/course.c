#include "policy/course.h"

/* So that a sum times 30 days, times a threshold, fits into 127 bits: a percentage is at most
 * SQ_DECIMAL_MOST, which is 2^16.5 times the allocation. */
#define BITS_MOST 105

/* --- what there is ----------------------------------------------------------------------- */

int sq_course_make(const struct sq_policy *policy, const struct sq_facts *facts,
                   const struct sq_evaluation *evaluation, const struct sq_lately *lately,
                   int64_t days_left, struct sq_course *ret, struct sq_error *err) {
        const struct sq_tariff tariff =
                sq_percentage_tariff(sq_policy_weights(policy),
                                     (enum sq_billing)policy->billing, &evaluation->total);
        bool fits;

        ret->at = evaluation->percentage;
        ret->days_left = days_left;
        ret->faces = sq_tariff_faces(&tariff, &facts->usage, ret->now);
        fits = ret->faces > 0;
        for (int i = 0; i < SQ_PACES && fits; i++) {
                ret->days[i] = lately->of[i].days;
                fits = sq_tariff_faces(&tariff, &lately->of[i].used, ret->more[i]) > 0;
        }
        return fits ? SQ_OK
                    : sq_fail(err, SQ_ERANGE, "usage is more than can be counted with these"
                                              " weights");
}

/* --- where that leads -------------------------------------------------------------------- */

/* Whole days until a sum that is at `now` (below the threshold), and to which `more` came in
 * `days`, is at `percent` of `allocated`; -1: never. */
static int64_t days_until(sq_int128 now, sq_int128 more, int64_t days, sq_int128 allocated,
                          struct sq_decimal percent) {
        const sq_int128 most = (sq_int128)1 << BITS_MOST;
        sq_uint128 limit;
        sq_int128 whole;

        while (allocated >= most || more >= most || now >= most || now <= -most) {
                allocated /= 2;
                more /= 2;
                now /= 2;
        }
        if (days <= 0 || more <= 0 ||
            !sq_exact_floor((sq_uint128)(allocated * days), (uint64_t)percent.trillionths,
                            100 * (sq_uint128)SQ_DECIMAL_ONE, &limit))
                return -1;
        whole = ((sq_int128)limit - now * days) / more;
        return whole > INT64_MAX ? INT64_MAX : (int64_t)whole;
}

/* The largest sum reaches it when the first of them does. */
static int64_t days_by(const struct sq_course *course, enum sq_pace pace,
                       struct sq_decimal percent) {
        int64_t first = -1;

        for (size_t i = 0; i < course->faces && course->at.allocated; i++) {
                const int64_t days = days_until(course->now[i], course->more[pace][i],
                                                course->days[pace], course->at.allocated,
                                                percent);

                if (days >= 0 && (first < 0 || days < first))
                        first = days;
        }
        return first;
}

struct sq_projection sq_course_reaches(const struct sq_course *course,
                                       struct sq_decimal percent) {
        if (course->at.allocated && sq_percentage_reaches(&course->at, percent))
                return sq_projection_past;
        return sq_projection_between(days_by(course, SQ_PACE_WEEK, percent),
                                     days_by(course, SQ_PACE_MONTH, percent),
                                     course->days_left);
}

/* --- how fast ---------------------------------------------------------------------------- */

double sq_course_percent_a_day(const struct sq_course *course, enum sq_pace pace) {
        sq_int128 used = course->more[pace][0], allocated = course->at.allocated;

        for (size_t i = 1; i < course->faces; i++)
                if (course->more[pace][i] > used)
                        used = course->more[pace][i];
        if (used <= 0 || course->days[pace] <= 0 || !allocated)
                return 0;
        for (; allocated >> BITS_MOST; allocated /= 2)
                used /= 2;
        return sq_exact_double(used, 100, (sq_uint128)(allocated * course->days[pace]));
}

double sq_stretch_hours_a_day(const struct sq_stretch *stretch, const char *tres) {
        const sq_int128 units = sq_quantities_get(&stretch->used, tres).units;

        if (units <= 0 || stretch->days <= 0)
                return 0;
        return sq_exact_double(units, 1,
                               (sq_uint128)SQ_UNITS_PER_HOUR * (sq_uint128)stretch->days);
}
