#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#include "policy/component.h"
#include "policy/parameter.h"

static const char *const action_words[SQ_ACTIONS] = {
        "notify_organization_owners",
        "notify_external_user",
        "block_creation_of_new_resources",
        "request_slurm_resource_downscaling",
        "request_slurm_resource_pausing",
};

const char *sq_action_word(size_t i) {
        return i < SQ_ACTIONS ? action_words[i] : NULL;
}

static bool find_action(const char *word, size_t length, unsigned int *actions) {
        for (size_t i = 0; i < SQ_ACTIONS; i++)
                if (strlen(action_words[i]) == length &&
                    !memcmp(action_words[i], word, length)) {
                        *actions |= 1u << i;
                        return true;
                }
        return false;
}

int sq_actions_parse(const char *text, unsigned int *ret, struct sq_error *err) {
        unsigned int actions = 0;

        while (*text) {
                const size_t length = strcspn(text, ",");

                if (!find_action(text, length, &actions)) {
                        sq_fail(err, SQ_EINVAL, "\"%.*s\" is not an action",
                                (int)(length > 60 ? 60 : length), text);
                        sq_hint(err, "Actions: notify_organization_owners,"
                                     " notify_external_user, block_creation_of_new_resources,"
                                     " request_slurm_resource_downscaling,"
                                     " request_slurm_resource_pausing.");
                        return SQ_EINVAL;
                }
                text += length;
                if (*text && !*++text)
                        return sq_fail(err, SQ_EINVAL, "the actions end with a comma");
        }
        *ret = actions;
        return SQ_OK;
}

char *sq_actions_text(unsigned int actions, char text[SQ_ACTIONS_SIZE]) {
        size_t used = 0;

        text[0] = '\0';
        for (size_t i = 0; i < SQ_ACTIONS; i++)
                if (actions & 1u << i)
                        used += (size_t)snprintf(text + used, SQ_ACTIONS_SIZE - used, "%s%s",
                                                 used ? "," : "", action_words[i]);
        return text;
}

void sq_policy_init(struct sq_policy *policy) {
        memset(policy, 0, sizeof *policy);
        sq_parameters_set_defaults(policy);
        policy->thresholds = sq_thresholds_default;
}

bool sq_policy_reacts(const struct sq_policy *policy, enum sq_reaction reaction) {
        static const unsigned int needed[] = {
                [SQ_PAUSE] = SQ_ACTION_PAUSE,
                [SQ_DOWNSCALE] = SQ_ACTION_DOWNSCALE,
                [SQ_BLOCK] = SQ_ACTION_BLOCK,
                [SQ_NOTIFY] = SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_NOTIFY_EXTERNAL,
        };

        return policy->actions & needed[reaction];
}

const struct sq_weights *sq_policy_weights(const struct sq_policy *policy) {
        if (!policy->billing_enabled)
                return NULL;
        return policy->weights.n ? &policy->weights : &sq_weights_builtin;
}

struct sq_carryover_rule sq_policy_carryover(const struct sq_policy *policy) {
        return (struct sq_carryover_rule){
                .mode = policy->carryover_enabled
                                ? (enum sq_carryover_mode)policy->carryover_mode
                                : SQ_CARRYOVER_NONE,
                .factor = policy->carryover_factor,
                .half_life = policy->half_life,
        };
}

int sq_policy_check(const struct sq_policy *policy, struct sq_error *err) {
        int rc;

        if (policy->apply_to_all && policy->groups.n) {
                sq_fail(err, SQ_EINVAL, "apply_to_all and organization_groups exclude each"
                                        " other");
                sq_hint(err, "Set apply_to_all to false, or leave the groups out.");
                return SQ_EINVAL;
        }
        rc = sq_thresholds_check(&policy->thresholds, policy->grace_ratio,
                                 policy->qos_strategy == SQ_QOS_PROGRESSIVE, err);
        if (rc != SQ_OK)
                sq_context(err, "thresholds");
        return rc;
}

int sq_policy_check_complete(const struct sq_policy *policy, struct sq_error *err) {
        if (!*policy->scope)
                return sq_fail(err, SQ_EINVAL, "scope is missing: the cluster that the policy"
                                               " is for");
        if (!policy->actions)
                return sq_fail(err, SQ_EINVAL, "actions is missing or empty");
        if (!policy->apply_to_all && !policy->groups.n) {
                sq_fail(err, SQ_EINVAL, "the policy is for nobody");
                sq_hint(err, "Set apply_to_all to true, or name organization_groups.");
                return SQ_EINVAL;
        }
        if ((policy->actions & SQ_ACTION_NOTIFY_EXTERNAL) && !*policy->external_addresses)
                return sq_fail(err, SQ_EINVAL, "notify_external_user needs the addresses in"
                                               " options.notify_external_user");
        return SQ_OK;
}

static bool addresses_get_nothing(const struct sq_policy *policy) {
        return *policy->external_addresses && !(policy->actions & SQ_ACTION_NOTIFY_EXTERNAL);
}

static bool has_reaction(const struct sq_policy *policy, enum sq_reaction reaction) {
        for (size_t i = 0; i < policy->thresholds.n; i++)
                if (policy->thresholds.item[i].reaction == reaction)
                        return true;
        return false;
}

static bool is_grp_tres(const struct sq_policy *policy) {
        return policy->limit_type == SQ_GRP_TRES;
}

static bool is_max_tres_mins(const struct sq_policy *policy) {
        return policy->limit_type == SQ_MAX_TRES_MINS;
}

static bool is_decay(const struct sq_policy *policy) {
        return sq_policy_carryover(policy).mode == SQ_CARRYOVER_DECAY;
}

static bool pauses_never(const struct sq_policy *policy) {
        return policy->actions & SQ_ACTION_PAUSE && !has_reaction(policy, SQ_PAUSE);
}

static bool slows_never(const struct sq_policy *policy) {
        return policy->actions & SQ_ACTION_DOWNSCALE && !has_reaction(policy, SQ_DOWNSCALE);
}

static bool blocks_never(const struct sq_policy *policy) {
        return policy->actions & SQ_ACTION_BLOCK && !has_reaction(policy, SQ_BLOCK);
}

static bool notifies_never(const struct sq_policy *policy) {
        return policy->actions & (SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_NOTIFY_EXTERNAL) &&
               !has_reaction(policy, SQ_NOTIFY);
}

/* Others may be TRES of Slurm's too, but their allocations have no such names. */
static bool weighs_no_tres(const struct sq_policy *policy) {
        char tres[SQ_TRES_NAME_MAX];

        for (size_t i = 0; i < policy->weights.n; i++)
                if (!sq_component_tres(policy->weights.item[i].name, tres))
                        return true;
        return false;
}

static bool hysteresis_holds_for_ever(const struct sq_policy *policy) {
        for (size_t i = 0; i < policy->thresholds.n; i++) {
                const struct sq_threshold *t = &policy->thresholds.item[i];

                if (t->reaction != SQ_NOTIFY &&
                    policy->hysteresis.trillionths >=
                            sq_threshold_percent(t, policy->grace_ratio).trillionths)
                        return true;
        }
        return false;
}

static const struct {
        bool (*applies)(const struct sq_policy *policy);
        const char *text;
} warnings[] = {
        {is_grp_tres,
         "limit_type GrpTRES limits how much an account has at the same time, not how much it"
         " uses in a period: minutes of a period make no sense there"},
        {is_max_tres_mins,
         "limit_type MaxTRESMins limits each single job, not what an account uses in a"
         " period"},
        {is_decay,
         "carryover_mode decay carries nearly the whole allocation over, also after it was"
         " used up: usage counts for what its half-life has left of it"},
        {addresses_get_nothing,
         "options has addresses for notify_external_user, which is not among the actions"},
        {pauses_never, "no threshold pauses, so request_slurm_resource_pausing does nothing"},
        {slows_never, "no threshold slows down, so request_slurm_resource_downscaling does"
                      " nothing"},
        {blocks_never,
         "no threshold blocks, so block_creation_of_new_resources does nothing: thresholds"
         " takes {\"percent\": 100, \"action\": \"block\"}"},
        {notifies_never, "no threshold notifies, so the actions that notify do nothing"},
        {weighs_no_tres,
         "tres_billing_weights has a name that is no TRES, whose weight is not used"},
        {hysteresis_holds_for_ever,
         "hysteresis is as large as a threshold, which is never left then"},
};

const char *sq_policy_warning(const struct sq_policy *policy, size_t i) {
        for (size_t k = 0; k < sizeof warnings / sizeof warnings[0]; k++)
                if (warnings[k].applies(policy) && i-- == 0)
                        return warnings[k].text;
        return NULL;
}
