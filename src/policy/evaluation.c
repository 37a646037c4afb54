#include "policy/evaluation.h"

#include <string.h>

static struct sq_decimal *mark_of(struct sq_state *state, enum sq_reaction reaction) {
        return reaction == SQ_PAUSE       ? &state->paused_at
               : reaction == SQ_DOWNSCALE ? &state->downscaled_at
                                          : &state->blocked_at;
}

/* A threshold that is reached: its mark goes up, or its notification out. */
static void take(const struct sq_facts *facts, const struct sq_threshold *threshold,
                 struct sq_decimal percent, struct sq_evaluation *e) {

        struct sq_decimal *mark;

        if (threshold->reaction == SQ_NOTIFY) {
                if (sq_notified_has(&facts->notified, percent))
                        return;
                sq_notified_add(&e->notify, percent);
        } else {
                mark = mark_of(&e->next, threshold->reaction);
                if (mark->trillionths < percent.trillionths) {
                        *mark = percent;
                        if (threshold->reaction == SQ_DOWNSCALE)
                                memcpy(e->qos_name, threshold->qos, sizeof e->qos_name);
                }
        }
        e->taken[threshold->reaction] = true;
}

static void decide(const struct sq_policy *policy, const struct sq_facts *facts,
                   struct sq_evaluation *e) {

        struct sq_state before = facts->state;

        e->previous = facts->state;
        e->next = (struct sq_state){.hold = facts->state.hold};
        for (size_t i = 0; i < policy->thresholds.n; i++) {
                const struct sq_threshold *t = &policy->thresholds.item[i];
                const struct sq_decimal percent = sq_threshold_percent(t, policy->grace_ratio);
                const bool held = t->reaction != SQ_NOTIFY &&
                                  mark_of(&before, t->reaction)->trillionths >=
                                          percent.trillionths;

                if (e->percentage.allocated && sq_policy_reacts(policy, t->reaction) &&
                    sq_threshold_reached(t, policy->grace_ratio, policy->hysteresis, held,
                                         &e->percentage))
                        take(facts, t, percent, e);
        }
        e->changed = !sq_state_equal(&e->previous, &e->next);
        e->qos = policy->enforce == SQ_ENFORCE_SUBMIT ? SQ_NORMAL : sq_state_level(&e->next);
        if (e->qos != SQ_DOWNSCALED)
                e->qos_name[0] = '\0';
}

int sq_evaluate(const struct sq_policy *policy, const struct sq_facts *facts,
                struct sq_evaluation *ret, struct sq_error *err) {

        const struct sq_carryover_rule rule = sq_policy_carryover(policy);
        struct sq_window previous;
        int rc;

        memset(ret->taken, 0, sizeof ret->taken);
        ret->notify.n = 0;
        ret->qos_name[0] = '\0';
        rc = sq_carryover_make(&rule, sq_window_previous(&facts->window, &previous),
                               &facts->base, &facts->previous_base, &facts->previous_usage,
                               &ret->carryover, err);
        if (rc != SQ_OK)
                return rc;
        sq_carryover_totals(&ret->carryover, &ret->total);
        rc = sq_percentage_make(sq_policy_weights(policy), (enum sq_billing)policy->billing,
                                &facts->usage, &ret->total, &ret->percentage, err);
        if (rc == SQ_OK)
                rc = sq_settings_make(policy, &ret->total, !facts->reset_done, &ret->settings,
                                      err);
        if (rc != SQ_OK)
                return rc;
        decide(policy, facts, ret);
        sq_limited_without(&facts->limited, ret->settings.limit_type, &ret->settings.limits,
                           &ret->settings.lifted);
        ret->plan = sq_plan_make(&ret->settings, policy->enforce != SQ_ENFORCE_SUBMIT);
        return SQ_OK;
}
