/* policy.h - the rules of a cluster's accounts, and whether they make sense
 *
 * The parameters are those of the seed's API, with some of our own behind them.  One table
 * (parameter.h) says their types, bounds and defaults.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/carryover.h"
#include "policy/limited.h"
#include "policy/threshold.h"
#include "policy/weights.h"
#include "policy/window.h"

/* The API's actions, as bits. */
enum sq_action {
        SQ_ACTION_NOTIFY_OWNERS = 1 << 0,
        SQ_ACTION_NOTIFY_EXTERNAL = 1 << 1,
        SQ_ACTION_BLOCK = 1 << 2,
        SQ_ACTION_DOWNSCALE = 1 << 3,
        SQ_ACTION_PAUSE = 1 << 4
};

#define SQ_ACTIONS 5

/* "notify_organization_owners", ...: the i-th, from 0; NULL behind the last. */
const char *sq_action_word(size_t i);

/* Names with commas between them; "" is none.  SQ_EINVAL names what is no action. */
int sq_actions_parse(const char *text, unsigned int *ret, struct sq_error *err);

/* The same as text, in the order of the enum; returns `text`. */
#define SQ_ACTIONS_SIZE 256
char *sq_actions_text(unsigned int actions, char text[SQ_ACTIONS_SIZE]);

enum sq_qos_strategy { SQ_QOS_THRESHOLD, SQ_QOS_PROGRESSIVE };

enum sq_enforce { SQ_ENFORCE_BOTH, SQ_ENFORCE_SUBMIT, SQ_ENFORCE_QOS };

/* A name, or a URL of the seed's API. */
#define SQ_POLICY_TEXT_SIZE 256

/* A site has some dozens of them. */
#define SQ_GROUPS_MAX 64

/* Some dozens of mail addresses. */
#define SQ_ADDRESSES_SIZE 2048

struct sq_groups {
        size_t n;
        char name[SQ_GROUPS_MAX][SQ_POLICY_TEXT_SIZE];
};

struct sq_policy {
        char uuid[SQ_POLICY_TEXT_SIZE];
        char name[SQ_POLICY_TEXT_SIZE];
        char scope[SQ_POLICY_TEXT_SIZE]; /* the cluster */
        unsigned int actions;            /* enum sq_action */
        char external_addresses[SQ_ADDRESSES_SIZE]; /* options.notify_external_user */
        struct sq_groups groups;         /* organization_groups */
        bool apply_to_all;
        struct sq_quantities limits;     /* component_limits_set */
        int period;                      /* enum sq_window_kind */
        int64_t fiscal_start;            /* month */
        int limit_type;                  /* enum sq_limit_type */
        bool billing_enabled;
        struct sq_weights weights;       /* empty: the built-in ones */
        int billing;                     /* enum sq_billing */
        struct sq_decimal grace_ratio;
        bool carryover_enabled;
        int carryover_mode;              /* enum sq_carryover_mode */
        struct sq_decimal carryover_factor; /* percent */
        int64_t half_life;               /* days */
        bool raw_usage_reset;
        int qos_strategy;                /* enum sq_qos_strategy */
        struct sq_thresholds thresholds;
        struct sq_decimal hysteresis;    /* percent */
        int enforce;                     /* enum sq_enforce */
        bool fairshare;
};

/* One with the default of every parameter. */
void sq_policy_init(struct sq_policy *policy);

/* Whether its actions let it do what a threshold is for. */
bool sq_policy_reacts(const struct sq_policy *policy, enum sq_reaction reaction);

/* The weights it counts with; NULL: every hour counts 1. */
const struct sq_weights *sq_policy_weights(const struct sq_policy *policy);

/* Which carryover it wants. */
struct sq_carryover_rule sq_policy_carryover(const struct sq_policy *policy);

/* What the single parameters' bounds cannot say.  SQ_EINVAL: apply_to_all and groups at
 * once; thresholds that contradict each other. */
int sq_policy_check(const struct sq_policy *policy, struct sq_error *err);

/* What a policy that is to be kept needs besides: a scope, an action, either
 * apply_to_all or groups, and somebody to write to when it is to write.  SQ_EINVAL. */
int sq_policy_check_complete(const struct sq_policy *policy, struct sq_error *err);

/* The i-th thing, from 0, that is accepted but will not do what somebody may expect;
 * lent.  NULL behind the last. */
const char *sq_policy_warning(const struct sq_policy *policy, size_t i);
