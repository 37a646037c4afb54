#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wire/scenario_json.h"

static struct sq_error err;

static int read_text(const char *text, struct sq_simulation **ret) {
        static struct sq_policy policy;
        json_t *root = json_loads(text, 0, NULL);
        int rc;

        assert_non_null(root);
        rc = sq_scenario_read_json(root, &policy, ret, &err);
        json_decref(root);
        return rc;
}

static void bad(const char *text, const char *wanted) {
        struct sq_simulation *simulation = NULL;

        assert_int_equal(read_text(text, &simulation), SQ_EINVAL);
        assert_null(simulation);
        assert_string_equal(err.text, wanted);
}

/* An event among two others. */
static void bad_event(const char *event, const char *wanted) {
        char text[1024];

        snprintf(text, sizeof text,
                 "{\"policy\": {}, \"accounts\": [{\"name\": \"a\"}], \"events\": ["
                 "{\"date\": \"2026-01-01\", \"evaluate\": true}, %s,"
                 "{\"date\": \"2026-01-01\", \"evaluate\": true}]}", event);
        bad(text, wanted);
}

static void the_example_is_read(void **state) {
        struct sq_simulation *simulation = NULL;

        (void)state;
        assert_int_equal(read_text(
                "{\"policy\": {\"period\": 3},"
                " \"accounts\": [{\"name\": \"proj1\", \"allocation\": {\"node\": 1000}}],"
                " \"events\": ["
                "{\"date\": \"2026-01-15\", \"account\": \"proj1\", \"usage\": {\"node\": 5}},"
                "{\"date\": \"2026-02-01\", \"account\": \"proj1\","
                " \"allocation\": {\"node\": 1250}},"
                "{\"date\": \"2026-02-02\", \"account\": \"proj1\", \"hold\": \"paused\","
                " \"reason\": \"incident\"},"
                "{\"date\": \"2026-02-02\", \"account\": \"proj1\", \"hold\": null},"
                "{\"date\": \"2026-02-03\", \"evaluate\": true, \"note\": \"all\"},"
                "{\"date\": \"2026-02-03\", \"evaluate\": true, \"account\": \"proj1\"}]}",
                &simulation), SQ_OK);
        assert_int_equal(sq_simulation_run(simulation, NULL, NULL, NULL), SQ_OK);
        sq_simulation_free(simulation);
}

static void events_that_are_wrong_are_named_with_their_field(void **state) {
        (void)state;
        bad_event("5", "events[1]: must be an object");
        bad_event("{\"account\": \"a\", \"usage\": {}}", "events[1]: date is missing");
        bad_event("{\"date\": 5, \"evaluate\": true}", "events[1]: date cannot be 5");
        bad_event("{\"date\": \"2026-02-30\", \"evaluate\": true}",
                  "events[1]: date cannot be \"2026-02-30\"");
        bad_event("{\"date\": \"2026-02-03\"}",
                  "events[1]: usage, allocation, hold or evaluate is missing");
        bad_event("{\"date\": \"2026-02-03\", \"usage\": {\"cpu\": 1}}",
                  "events[1]: account is missing");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"b\", \"usage\": {}}",
                  "events[1]: account cannot be \"b\"");
        bad_event("{\"date\": \"2026-02-03\", \"account\": [], \"usage\": {}}",
                  "events[1]: account cannot be a list");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"usage\": 5}",
                  "events[1]: usage: must be an object of hours by TRES, not 5");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"usage\": {\"cpu\": \"1\"}}",
                  "events[1]: usage: cpu cannot be \"1\"");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"usage\": {\"cpu\": 1e30}}",
                  "events[1]: usage: cpu cannot be 1e+30");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"usage\": {\"hours\": 1}}",
                  "events[1]: usage: \"hours\" is not a TRES");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\","
                  " \"usage\": {\"node\": 1, \"nodeHours\": 1}}",
                  "events[1]: usage: node is there twice");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\","
                  " \"allocation\": {\"cpu\": -1}}",
                  "events[1]: allocation: cpu cannot be -1");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"hold\": \"normal\"}",
                  "events[1]: hold cannot be \"normal\"");
        bad_event("{\"date\": \"2026-02-03\", \"account\": \"a\", \"hold\": true}",
                  "events[1]: hold cannot be true");
        bad_event("{\"date\": \"2026-02-03\", \"evaluate\": false}",
                  "events[1]: evaluate cannot be false");
        bad_event("{\"date\": \"2026-02-03\", \"evaluate\": true, \"hold\": null}",
                  "events[1]: hold and evaluate cannot be in one event");
        bad_event("{\"date\": \"2026-02-03\", \"evaluat\": true}",
                  "events[1]: events have no field \"evaluat\"");
}

static void what_is_wrong_elsewhere_is_named_too(void **state) {
        (void)state;
        bad("[]", "a scenario must be an object");
        bad("{}", "policy is missing");
        bad("{\"policy\": {}}", "accounts is missing");
        bad("{\"policy\": {}, \"accounts\": []}", "events is missing");
        bad("{\"policy\": {}, \"accounts\": {}, \"events\": []}",
            "accounts cannot be an object");
        bad("{\"policy\": {}, \"accounts\": [], \"events\": 1}", "events cannot be 1");
        bad("{\"policy\": [], \"accounts\": [], \"events\": []}",
            "policy: a policy must be an object");
        bad("{\"policy\": {\"period\": 0}, \"accounts\": [], \"events\": []}",
            "policy: period cannot be 0");
        bad("{\"policy\": {\"apply_to_all\": true, \"organization_groups\": [\"x\"]},"
            " \"accounts\": [], \"events\": []}",
            "policy: apply_to_all and organization_groups exclude each other");
        bad("{\"policy\": {}, \"accounts\": [{}], \"events\": []}",
            "accounts[0]: name is missing");
        bad("{\"policy\": {}, \"accounts\": [{\"name\": \"\"}], \"events\": []}",
            "accounts[0]: \"\" is not the name of an account");
        bad("{\"policy\": {}, \"accounts\": [{\"name\": \"a\", \"allocation\": {\"cpu\": -1}}],"
            " \"events\": []}",
            "accounts[0]: allocation: cpu cannot be -1");
        bad("{\"policy\": {}, \"accounts\": [{\"name\": \"a\"}, {\"name\": \"a\"}],"
            " \"events\": []}",
            "accounts: account \"a\" is there twice");
        bad("{\"policy\": {}, \"accounts\": [{\"name\": \"a\", \"x\": 1}], \"events\": []}",
            "accounts[0]: accounts have no field \"x\"");
        bad("{\"policy\": {}, \"accounts\": [], \"events\": [], \"polizy\": 1}",
            "scenarios have no field \"polizy\"");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_example_is_read),
                cmocka_unit_test(events_that_are_wrong_are_named_with_their_field),
                cmocka_unit_test(what_is_wrong_elsewhere_is_named_too),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
