/* plan.h - what is to be done in Slurm, in order
 *
 * The values are those of the settings and the state.  Whoever carries the plan out
 * compares it with Slurm's real state first, and verifies it afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/settings.h"

/* In this order: an account must not wait for a slower QoS longer than it must, and usage is
 * forgotten only when the new limits are there. */
enum sq_plan_kind { SQ_PLAN_FAIRSHARE, SQ_PLAN_LIMITS, SQ_PLAN_QOS, SQ_PLAN_RESET_USAGE };

#define SQ_PLAN_MAX 4

struct sq_plan {
        size_t n;
        enum sq_plan_kind step[SQ_PLAN_MAX];
};

/* "fairshare", "limits", "qos", "reset_usage". */
const char *sq_plan_word(enum sq_plan_kind kind);

/* `sets_qos`: the policy enforces by QoS. */
struct sq_plan sq_plan_make(const struct sq_settings *settings, bool sets_qos);
