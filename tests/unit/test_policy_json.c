#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wire/policy_json.h"

static struct sq_policy policy;
static struct sq_error err;

static int read_text(const char *text) {
        json_t *object = json_loads(text, 0, NULL);
        int rc;

        assert_non_null(object);
        rc = sq_policy_read_json(object, &policy, &err);
        json_decref(object);
        return rc;
}

static void good(const char *text) {
        sq_policy_init(&policy);
        if (read_text(text) != SQ_OK)
                fail_msg("%s: %s", text, err.text);
}

static void bad(const char *text, const char *wanted) {
        static struct sq_policy before;

        sq_policy_init(&policy);
        before = policy;
        assert_int_equal(read_text(text), SQ_EINVAL);
        assert_string_equal(err.text, wanted);
        assert_memory_equal(&policy, &before, sizeof policy);
}

static void a_policy_of_the_api_is_read(void **state) {
        (void)state;
        good("{\"uuid\": \"5f\", \"url\": \"https://x/\", \"scope\": \"cluster1\","
             " \"actions\": \"notify_organization_owners,request_slurm_resource_pausing\","
             " \"options\": {\"notify_external_user\": \"a@example.com\"},"
             " \"organization_groups\": [\"physics\", \"chemistry\"], \"apply_to_all\": false,"
             " \"component_limits_set\": [{\"type\": \"node_hours\", \"limit\": 1000}],"
             " \"period\": 3, \"period_name\": \"3 month\", \"limit_type\": \"MaxTRESMins\","
             " \"tres_billing_enabled\": false,"
             " \"tres_billing_weights\": {\"CPU\": 0.015625, \"GRES/gpu\": 0},"
             " \"carryover_factor\": 15, \"grace_ratio\": 0.14, \"carryover_enabled\": true,"
             " \"fairshare_decay_half_life\": 30, \"raw_usage_reset\": false,"
             " \"qos_strategy\": \"progressive\", \"has_fired\": false, \"created\": null}");
        assert_string_equal(policy.scope, "cluster1");
        assert_int_equal(policy.actions, SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_PAUSE);
        assert_string_equal(policy.external_addresses, "a@example.com");
        assert_int_equal(policy.groups.n, 2);
        assert_string_equal(policy.groups.name[1], "chemistry");
        assert_true(sq_quantities_get(&policy.limits, "node").units ==
                    sq_quantity_from_hours(1000).units);
        assert_int_equal(policy.period, SQ_WINDOW_QUARTER);
        assert_int_equal(policy.limit_type, SQ_MAX_TRES_MINS);
        assert_false(policy.billing_enabled);
        assert_int_equal(policy.weights.n, 2);
        assert_int_equal(policy.weights.item[1].weight.trillionths, 0);
        assert_int_equal(policy.grace_ratio.trillionths, 140000000000);
        assert_int_equal(policy.half_life, 30);
        assert_false(policy.raw_usage_reset);
        assert_int_equal(policy.qos_strategy, SQ_QOS_PROGRESSIVE);
}

static void of_urls_the_last_part_is_taken(void **state) {
        (void)state;
        good("{\"scope\": \"https://x/api/offerings/cluster1/\", \"organization_groups\":"
             " [\"https://x/api/groups/physics/\", \"chem/istry\"]}");
        assert_string_equal(policy.scope, "cluster1");
        assert_string_equal(policy.groups.name[0], "physics");
        assert_string_equal(policy.groups.name[1], "chem/istry");
}

static void what_is_not_named_stays(void **state) {
        (void)state;
        good("{\"grace_ratio\": 0.5}");
        assert_int_equal(read_text("{\"period\": \"year\"}"), SQ_OK);
        assert_int_equal(policy.grace_ratio.trillionths, SQ_DECIMAL_ONE / 2);
        assert_int_equal(policy.period, SQ_WINDOW_YEAR);
        assert_int_equal(policy.thresholds.n, 3);
}

static void our_own_parameters_are_read(void **state) {
        (void)state;
        good("{\"carryover_mode\": \"decay\", \"hysteresis\": 2.5, \"enforce\": \"submit\","
             " \"fairshare\": false, \"fiscal_start\": 10, \"tres_billing_mode\": \"max_tres\","
             " \"actions\": [\"notify_external_user\"],"
             " \"thresholds\": [{\"percent\": 70, \"action\": \"notify\"},"
             " {\"percent\": \"grace\", \"action\": \"block\"},"
             " {\"percent\": 99.5, \"action\": \"downscale\", \"qos\": \"slow\"}]}");
        assert_int_equal(policy.carryover_mode, SQ_CARRYOVER_DECAY);
        assert_int_equal(policy.hysteresis.trillionths, 2500000000000);
        assert_int_equal(policy.enforce, SQ_ENFORCE_SUBMIT);
        assert_false(policy.fairshare);
        assert_int_equal(policy.fiscal_start, 10);
        assert_int_equal(policy.billing, SQ_BILLING_MAX_TRES);
        assert_int_equal(policy.actions, SQ_ACTION_NOTIFY_EXTERNAL);
        assert_int_equal(policy.thresholds.n, 3);
        assert_true(policy.thresholds.item[1].at_grace);
        assert_int_equal(policy.thresholds.item[1].reaction, SQ_BLOCK);
        assert_string_equal(policy.thresholds.item[2].qos, "slow");
}

static void errors_name_the_parameter(void **state) {
        (void)state;
        bad("{\"grace_ration\": 0.2}", "policies have no parameter \"grace_ration\"");
        bad("{\"grace_ratio\": \"0.2\"}", "grace_ratio cannot be \"0.2\"");
        bad("{\"grace_ratio\": -0.5}", "grace_ratio cannot be -0.5");
        bad("{\"grace_ratio\": true}", "grace_ratio cannot be true");
        bad("{\"grace_ratio\": null}", "grace_ratio cannot be null");
        bad("{\"period\": 5}", "period cannot be 5");
        bad("{\"limit_type\": \"grp\"}", "limit_type cannot be \"grp\"");
        bad("{\"apply_to_all\": 1}", "apply_to_all cannot be 1");
        bad("{\"actions\": \"fly\"}", "\"fly\" is not an action");
        bad("{\"actions\": 5}", "actions cannot be 5");
        bad("{\"options\": {\"x\": 1}}", "\"x\" is not an action");
        bad("{\"options\": {\"notify_external_user\": 1}}", "options cannot be 1");
        bad("{\"organization_groups\": [\"\"]}", "organization_groups cannot be \"\"");
        bad("{\"component_limits_set\": [{\"type\": \"x\", \"limit\": 1}]}",
            "component_limits_set: \"x\" is not a TRES");
        bad("{\"component_limits_set\": [{\"type\": \"node\", \"limit\": 1},"
            " {\"type\": \"nodeHours\", \"limit\": 1}]}",
            "component_limits_set: node is there twice");
        bad("{\"component_limits_set\": [{\"type\": \"cpu\"}]}",
            "component_limits_set cannot be an object");
        bad("{\"component_limits_set\": [{\"type\": \"cpu\", \"limit\": -1}]}",
            "component_limits_set cannot be -1");
        bad("{\"tres_billing_weights\": {\"Mem\": \"0.25G\"}}",
            "\"Mem\": tres_billing_weights cannot be \"0.25G\"");
        bad("{\"tres_billing_weights\": {\"Mem\": -1}}",
            "\"Mem\": tres_billing_weights cannot be -1");
        bad("{\"thresholds\": [{\"percent\": 80, \"action\": \"shout\"}]}",
            "thresholds[0] is not a threshold");
        bad("{\"thresholds\": [{\"percent\": \"80\", \"action\": \"notify\"}]}",
            "thresholds[0] is not a threshold");
        bad("{\"thresholds\": {}}", "thresholds cannot be an object");
        bad("[]", "a policy must be an object");
}

static void what_is_written_is_read_again(void **state) {
        static struct sq_policy before;
        json_t *object;

        (void)state;
        good("{\"scope\": \"c\", \"actions\": \"request_slurm_resource_pausing\","
             " \"options\": {}, \"organization_groups\": [\"g\"],"
             " \"component_limits_set\": [{\"type\": \"cpu\", \"limit\": 0.5}],"
             " \"period\": 4, \"tres_billing_weights\": {\"CPU\": 0.3},"
             " \"grace_ratio\": 0.93, \"thresholds\": [{\"percent\": 99.9,"
             " \"action\": \"downscale\", \"qos\": \"q\"}], \"name\": \"n\"}");
        before = policy;
        object = sq_policy_write_json(&policy);
        assert_non_null(object);
        sq_policy_init(&policy);
        assert_int_equal(sq_policy_read_json(object, &policy, &err), SQ_OK);
        json_decref(object);
        assert_memory_equal(&policy, &before, sizeof policy);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_policy_of_the_api_is_read),
                cmocka_unit_test(of_urls_the_last_part_is_taken),
                cmocka_unit_test(what_is_not_named_stays),
                cmocka_unit_test(our_own_parameters_are_read),
                cmocka_unit_test(errors_name_the_parameter),
                cmocka_unit_test(what_is_written_is_read_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
