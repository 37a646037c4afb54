#include "policy/plan.h"

const char *sq_plan_word(enum sq_plan_kind kind) {
        static const char *const words[] = {
                [SQ_PLAN_FAIRSHARE] = "fairshare",
                [SQ_PLAN_LIMITS] = "limits",
                [SQ_PLAN_QOS] = "qos",
                [SQ_PLAN_RESET_USAGE] = "reset_usage",
        };

        return words[kind];
}

struct sq_plan sq_plan_make(const struct sq_settings *settings, bool sets_qos) {
        struct sq_plan plan = {.n = 0};

        if (settings->has_fairshare)
                plan.step[plan.n++] = SQ_PLAN_FAIRSHARE;
        if (settings->limits.n || sq_limited_any(&settings->lifted))
                plan.step[plan.n++] = SQ_PLAN_LIMITS;
        if (sets_qos)
                plan.step[plan.n++] = SQ_PLAN_QOS;
        if (settings->reset_raw_usage)
                plan.step[plan.n++] = SQ_PLAN_RESET_USAGE;
        return plan;
}
