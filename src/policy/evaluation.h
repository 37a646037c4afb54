/* evaluation.h - what a policy decides about one account
 *
 * A pure function: what is known goes in, the decision comes out.  Evaluating, trying it
 * out, previewing and simulating are this one function; it changes nothing and remembers
 * nothing.  Keeping its outcome (state, who was notified, that usage was reset) and bringing
 * it back the next time is the caller's.
 */
#pragma once

#include "policy/carryover.h"
#include "policy/percentage.h"
#include "policy/plan.h"
#include "policy/policy.h"
#include "policy/settings.h"
#include "policy/state.h"

/* What is known of an account.  `window` is the current one; `previous_base` is what was
 * allocated at the end of the window before it. */
struct sq_facts {
        struct sq_window window;
        struct sq_quantities base, usage;
        struct sq_quantities previous_base, previous_usage;
        struct sq_state state;       /* as the evaluation before left it, and the operator */
        struct sq_notified notified; /* in this window */
        bool reset_done;             /* RawUsage was reset in this window */
        struct sq_limited limited;   /* of what Slurm may have limits because of the policy */
};

struct sq_evaluation {
        struct sq_carryover carryover;
        struct sq_quantities total; /* the allocation with what was carried over */
        struct sq_percentage percentage;
        bool taken[SQ_REACTIONS];   /* which thresholds' actions: those that are reached now,
                                     * notify only where nobody was notified yet */
        struct sq_notified notify;  /* the thresholds of which to notify */
        struct sq_state previous, next;
        enum sq_level qos;          /* the account's QoS: that of the state, or normal when
                                     * the policy does not enforce by QoS */
        char qos_name[SQ_QOS_NAME_SIZE]; /* of the step of a ladder; empty: the site's */
        bool changed;               /* the state did */
        struct sq_settings settings;
        struct sq_plan plan;
};

/* SQ_ERANGE: numbers so large that they cannot be counted; *ret holds nothing of use then. */
int sq_evaluate(const struct sq_policy *policy, const struct sq_facts *facts,
                struct sq_evaluation *ret, struct sq_error *err);
