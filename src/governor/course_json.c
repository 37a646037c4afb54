#include "governor/course_json.h"

static void add_day(struct sq_document *doc, const char *name, const char *days_name,
                    int64_t days, struct sq_date today) {
        char text[SQ_DATE_SIZE];
        const struct sq_date date = sq_date_from_days(sq_date_days(today) + days);

        sq_document_add_number_if(doc, days_name, days >= 0, days);
        sq_document_add_text(doc, name, days >= 0 ? sq_date_text(date, text) : NULL);
}

void sq_projection_print_members(struct sq_document *doc,
                                 const struct sq_projection *projection, struct sq_date today) {
        sq_document_add_text(doc, "status", sq_projected_word(projection->outlook));
        add_day(doc, "date", "days", projection->days, today);
        add_day(doc, "earliest", "earliest_days", projection->earliest, today);
        add_day(doc, "latest", "latest_days", projection->latest, today);
}

static void add_pace(struct sq_document *doc, const char *name, enum sq_pace pace,
                     const struct sq_evaluation *evaluation, const struct sq_lately *lately,
                     const struct sq_course *course) {
        sq_document_open_object(doc, name);
        sq_document_add_number(doc, "days", lately->of[pace].days);
        sq_document_add_real(doc, "percent_per_day", sq_course_percent_a_day(course, pace));
        sq_document_open_object(doc, "hours_per_day");
        for (size_t i = 0; i < evaluation->total.n; i++) {
                const char *tres = evaluation->total.item[i].name;

                sq_document_add_real(doc, tres,
                                     sq_stretch_hours_a_day(&lately->of[pace], tres));
        }
        sq_document_close_object(doc);
        sq_document_close_object(doc);
}

static void add_threshold(struct sq_document *doc, const struct sq_policy *policy,
                          const struct sq_threshold *threshold, const struct sq_course *course,
                          struct sq_date today) {
        const struct sq_decimal percent = sq_threshold_percent(threshold, policy->grace_ratio);
        const struct sq_projection projection = sq_course_reaches(course, percent);

        sq_document_open_object(doc, NULL);
        sq_document_add_real(doc, "percent", sq_decimal_double(percent));
        sq_document_add_text(doc, "action", sq_reaction_word(threshold->reaction));
        sq_document_add_truth(doc, "enabled", sq_policy_reacts(policy, threshold->reaction));
        sq_projection_print_members(doc, &projection, today);
        sq_document_close_object(doc);
}

void sq_course_print_members(struct sq_document *doc, const struct sq_policy *policy,
                             const struct sq_evaluation *evaluation,
                             const struct sq_lately *lately, const struct sq_course *course,
                             struct sq_date today) {
        if (!course) {
                sq_document_add_text(doc, "burn_rates", NULL);
                sq_document_add_text(doc, "threshold_projections", NULL);
                return;
        }
        sq_document_open_object(doc, "burn_rates");
        add_pace(doc, "week", SQ_PACE_WEEK, evaluation, lately, course);
        add_pace(doc, "month", SQ_PACE_MONTH, evaluation, lately, course);
        sq_document_close_object(doc);
        sq_document_open_list(doc, "threshold_projections");
        for (size_t i = 0; i < policy->thresholds.n; i++)
                add_threshold(doc, policy, &policy->thresholds.item[i], course, today);
        sq_document_close_list(doc);
}

void sq_governed_print_course(struct sq_document *doc, const struct sq_kept_policy *kept,
                              const struct sq_governed *governed) {
        struct sq_course course;
        const bool known = sq_governed_course(kept, governed, &course);

        sq_course_print_members(doc, &kept->policy, governed->evaluation, governed->lately,
                                known ? &course : NULL,
                                sq_date_from_number(governed->moment->day));
}
