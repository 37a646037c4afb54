#include "wire/evaluation_json.h"

static void add_decimal(struct sq_document *doc, const char *name, struct sq_decimal decimal) {
        sq_document_add_real(doc, name, sq_decimal_double(decimal));
}

static void add_hours(struct sq_document *doc, const char *name, struct sq_quantity quantity) {
        sq_document_add_real(doc, name, sq_quantity_hours(quantity));
}

static void add_minutes(struct sq_document *doc, const char *name, const struct sq_tres *list) {
        sq_document_open_object(doc, name);
        for (size_t i = 0; i < list->n; i++)
                sq_document_add_number(doc, list->item[i].name, list->item[i].count);
        sq_document_close_object(doc);
}

static void add_state(struct sq_document *doc, const char *name, const struct sq_state *state) {
        sq_document_open_object(doc, name);
        sq_document_add_truth(doc, "paused", sq_state_is_paused(state));
        sq_document_add_truth(doc, "downscaled", sq_state_is_downscaled(state));
        sq_document_close_object(doc);
}

static void add_actions(struct sq_document *doc, const bool taken[SQ_REACTIONS]) {
        const char *words[SQ_REACTIONS];
        size_t n = 0;

        for (int i = 0; i < SQ_REACTIONS; i++)
                if (taken[i])
                        words[n++] = sq_reaction_word((enum sq_reaction)i);
        sq_document_add_texts(doc, "actions_taken", words, n);
}

/* Hours of each TRES, of one of the quantities of a carryover. */
static void add_series(struct sq_document *doc, const char *name,
                       const struct sq_carryover *carryover, size_t offset) {

        sq_document_open_object(doc, name);
        for (size_t i = 0; i < carryover->n; i++)
                add_hours(doc, carryover->item[i].name,
                          *(const struct sq_quantity *)((const char *)&carryover->item[i] +
                                                        offset));
        sq_document_close_object(doc);
}

static void add_component(struct sq_document *doc, enum sq_carryover_mode mode,
                          const struct sq_carryover_item *item) {

        sq_document_open_object(doc, item->name);
        add_hours(doc, "base", item->base);
        if (item->previous_base.units != item->base.units)
                add_hours(doc, "previous_base", item->previous_base);
        add_hours(doc, "previous_usage", item->previous_usage);
        if (mode == SQ_CARRYOVER_DECAY)
                add_hours(doc, "effective_previous_usage", item->counted);
        add_hours(doc, "unused", item->unused);
        if (mode == SQ_CARRYOVER_CAPPED)
                add_hours(doc, "carryover_cap", item->cap);
        add_hours(doc, "carryover", item->carried);
        add_hours(doc, "total", item->total);
        sq_document_close_object(doc);
}

/* The seed's members, which are of one TRES. */
static void add_scalar_decay(struct sq_document *doc, const struct sq_carryover_item *item) {
        add_hours(doc, "previous_usage", item->previous_usage);
        add_hours(doc, "effective_previous_usage", item->counted);
        add_hours(doc, "unused_allocation", item->unused);
        add_hours(doc, "base_allocation", item->base);
        add_hours(doc, "total_allocation", item->total);
}

static void add_details(struct sq_document *doc, const struct sq_policy *policy,
                        const struct sq_window *window, const struct sq_carryover *carryover) {

        const struct sq_carryover_rule rule = sq_policy_carryover(policy);
        char text[SQ_WINDOW_SIZE];
        struct sq_window previous;
        struct sq_decay decay;

        sq_document_open_object(doc, "carryover_details");
        sq_document_add_truth(doc, "carryover_applied",
                             carryover->reason == SQ_CARRYOVER_APPLIED);
        if (carryover->reason != SQ_CARRYOVER_APPLIED) {
                sq_document_add_text(doc, "reason",
                                     carryover->reason == SQ_CARRYOVER_DISABLED
                                             ? "carryover_disabled"
                                             : "no_previous_period");
                sq_document_close_object(doc);
                return;
        }
        sq_document_add_text(doc, "previous_period",
                             sq_window_previous(window, &previous)
                                     ? sq_window_text(&previous, text)
                                     : NULL);
        if (rule.mode == SQ_CARRYOVER_DECAY) {
                decay = sq_decay_make(SQ_DECAY_DAYS, rule.half_life);
                sq_document_add_number(doc, "days_elapsed", SQ_DECAY_DAYS);
                sq_document_add_real(doc, "decay_factor", sq_decay_factor(&decay));
                if (carryover->n == 1)
                        add_scalar_decay(doc, &carryover->item[0]);
        } else {
                add_decimal(doc, "carryover_factor", rule.factor);
        }
        sq_document_open_object(doc, "per_component");
        for (size_t i = 0; i < carryover->n; i++)
                add_component(doc, rule.mode, &carryover->item[i]);
        sq_document_close_object(doc);
        sq_document_close_object(doc);
}

void sq_limits_print(struct sq_document *doc, const struct sq_settings *settings) {
        struct sq_tres values;

        for (int t = 0; t < SQ_LIMIT_TYPES; t++) {
                sq_limited_values(&settings->lifted, (enum sq_limit_type)t,
                                  settings->limit_type, &settings->limits, &values);
                if (values.n || t == (int)settings->limit_type)
                        add_minutes(doc, sq_limit_type_member((enum sq_limit_type)t), &values);
        }
}

void sq_settings_print(struct sq_document *doc, const char *name,
                       const struct sq_policy *policy, const struct sq_window *window,
                       const struct sq_evaluation *evaluation) {

        const struct sq_settings *s = &evaluation->settings;

        sq_document_open_object(doc, name);
        sq_document_add_number_if(doc, "fairshare", s->has_fairshare, s->fairshare);
        sq_document_add_text(doc, "limit_type", sq_limit_type_word(s->limit_type));
        sq_limits_print(doc, s);
        add_minutes(doc, "qos_threshold", &s->qos_threshold);
        add_minutes(doc, "grace_limit", &s->grace_limit);
        sq_document_add_truth(doc, "reset_raw_usage", s->reset_raw_usage);
        add_details(doc, policy, window, &evaluation->carryover);
        sq_document_close_object(doc);
}

void sq_step_print(struct sq_document *doc, const struct sq_policy *policy,
                   const struct sq_step *step) {

        const struct sq_evaluation *e = step->evaluation;
        char date[SQ_DATE_SIZE], period[SQ_WINDOW_SIZE];

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "date", sq_date_text(step->date, date));
        sq_document_add_text(doc, "account", step->account);
        sq_document_add_text(doc, "period", sq_window_text(&step->facts->window, period));
        sq_document_add_real(doc, "usage_percentage", sq_percentage_double(&e->percentage));
        add_series(doc, "base_allocation", &e->carryover,
                   offsetof(struct sq_carryover_item, base));
        add_series(doc, "carryover", &e->carryover,
                   offsetof(struct sq_carryover_item, carried));
        add_series(doc, "total_allocation", &e->carryover,
                   offsetof(struct sq_carryover_item, total));
        add_actions(doc, e->taken);
        add_state(doc, "previous_state", &e->previous);
        add_state(doc, "new_state", &e->next);
        sq_document_add_text(doc, "qos", sq_level_word(e->qos));
        if (*e->qos_name)
                sq_document_add_text(doc, "qos_name", e->qos_name);
        sq_settings_print(doc, "settings", policy, &step->facts->window, e);
        sq_document_close_object(doc);
}
