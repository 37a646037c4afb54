#include "cli/course_line.h"

#include <inttypes.h>

static const char *day_text(struct sq_date today, int64_t days, char text[SQ_DATE_SIZE]) {
        return days < 0 ? "never"
                        : sq_date_text(sq_date_from_days(sq_date_days(today) + days), text);
}

static void print_threshold(FILE *out, const struct sq_policy *policy,
                            const struct sq_threshold *threshold,
                            const struct sq_course *course, struct sq_date today) {
        const struct sq_decimal percent = sq_threshold_percent(threshold, policy->grace_ratio);
        const struct sq_projection p = sq_course_reaches(course, percent);
        char number[SQ_DECIMAL_SIZE], at[SQ_DATE_SIZE], from[SQ_DATE_SIZE], to[SQ_DATE_SIZE];

        fprintf(out, " | %s %s%% %s", sq_reaction_word(threshold->reaction),
                sq_decimal_text(percent, number),
                p.outlook == SQ_PROJECTED_PAST ? "reached" : day_text(today, p.days, at));
        if (p.outlook == SQ_PROJECTED_AHEAD && p.earliest != p.latest)
                fprintf(out, " (%s .. %s)", day_text(today, p.earliest, from),
                        day_text(today, p.latest, to));
}

static void print_pace(FILE *out, const struct sq_course *course, enum sq_pace pace) {
        const int64_t days = course->days[pace];

        fprintf(out, "%.2f%% (%" PRId64 " day%s)", sq_course_percent_a_day(course, pace), days,
                days == 1 ? "" : "s");
}

void sq_course_line_print(FILE *out, const struct sq_kept_policy *kept,
                          const struct sq_governed *governed) {
        const struct sq_policy *policy = &kept->policy;
        struct sq_course course;

        if (!sq_governed_course(kept, governed, &course) || !course.at.allocated)
                return;
        fprintf(out, "    a day: ");
        if (!course.days[SQ_PACE_MONTH]) {
                fprintf(out, "not known yet");
        } else {
                print_pace(out, &course, SQ_PACE_WEEK);
                /* A young account has one speed. */
                if (course.days[SQ_PACE_MONTH] > course.days[SQ_PACE_WEEK]) {
                        fprintf(out, ", ");
                        print_pace(out, &course, SQ_PACE_MONTH);
                }
        }
        for (size_t i = 0; i < policy->thresholds.n; i++)
                if (sq_policy_reacts(policy, policy->thresholds.item[i].reaction))
                        print_threshold(out, policy, &policy->thresholds.item[i], &course,
                                        sq_date_from_number(governed->moment->day));
        fprintf(out, "\n");
}
