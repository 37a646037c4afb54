/* test_server_change.c - what operators change over HTTP, and what is refused */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "server/answer.h"

static struct sq_config *config;
static struct sq_sources sources;
static char told[400]; /* the last complaint */

static void complain(const char *line) {
        snprintf(told, sizeof told, "%s", line);
}

static int start(void **state) {
        struct sq_error err;
        char text[400];
        struct fixture *f;

        if (fixture_start(state))
                return -1;
        f = *state;
        fixture_close(f);
        snprintf(text, sizeof text, "[store]\npath = %s\n[slurm]\nuser = %s\n", f->path,
                 fixture_self());
        if (sq_config_parse(text, strlen(text), "test", &config, &err))
                fail_msg("%s", err.text);
        sources = (struct sq_sources){.config = config, .complain = complain};
        if (sq_readers_open(config, 2, &sources.readers, &err))
                fail_msg("%s", err.text);
        fixture_open(f, SQ_STORE_PERSON);
        told[0] = '\0';
        return 0;
}

static int stop(void **state) {
        sq_readers_close(sources.readers);
        sq_config_free(config);
        return fixture_stop(state);
}

static const char *json_type(void *connection, const char *name, size_t *ret_count) {
        (void)ret_count;
        return !strcmp(name, "Content-Type") ? connection : NULL;
}

/* Asks as an operator, and keeps what is answered; the status. */
static char answer_text[2000];

static unsigned ask_as(enum sq_role role, const char *method, const char *target,
                       const char *type, const char *body) {
        struct sq_request request = {
                .method = method,
                .target = target,
                .body = body,
                .body_length = strlen(body),
                .header = json_type,
                .connection = (void *)type,
                .fd = -1,
                .caller = {.role = role, .name = "olga", .how = "munge"},
        };
        struct sq_answer answer;

        sq_answer(&sources, &request, &answer);
        assert_non_null(answer.body);
        snprintf(answer_text, sizeof answer_text, "%.*s", (int)sq_body_length(answer.body),
                 sq_body_text(answer.body));
        sq_body_release(answer.body);
        return answer.status;
}

static unsigned ask(const char *method, const char *target, const char *body) {
        return ask_as(SQ_ROLE_OPERATOR, method, target, "application/json", body);
}

static void refused(unsigned status, const char *method, const char *target, const char *body,
                    const char *why) {
        const unsigned got = ask(method, target, body);

        if (got != status || !strstr(answer_text, why))
                fail_msg("%s %s %s: %u %s", method, target, body, got, answer_text);
}

static int64_t entries(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM entry");
}

static void a_budget_is_set_by_name_and_resource(void **state) {
        struct fixture *f = *state;

        assert_int_equal(ask("PUT", "/quotas/users/alice/cpu", "{\"quota_minutes\": 10}"), 204);
        assert_string_equal(answer_text, "");
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 600);
        assert_int_equal(ask("PUT", "/quotas/users/m%C3%BCller/gpu", "{\"quota_minutes\":0}"),
                         204);
        assert_int_equal(fixture_balance(f, SQ_USER, "m\xc3\xbcller", SQ_GPU).budget.seconds,
                         0);
        assert_int_equal(ask("PUT", "/quotas/accounts/HPC/cpu", "{\"quota_minutes\":-1}"), 204);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "hpc", SQ_CPU).budget.seconds, -1);
        fixture_verify(f);
}

static void who_changed_it_how_and_why_is_in_the_entry(void **state) {
        struct fixture *f = *state;

        assert_int_equal(ask("PUT", "/quotas/users/alice/cpu",
                             "{\"quota_minutes\": 10, \"reason\": \"ticket 7\"}"), 204);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'budget'"
                                           " AND actor = 'olga (munge)'"
                                           " AND reason = 'ticket 7'"), 1);
}

static void consumption_is_adjusted_and_what_is_left_of_it_answered(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        assert_int_equal(ask("PATCH", "/consumption/user/alice/cpu", "{\"delta_minutes\":5}"),
                         200);
        assert_string_equal(answer_text, "{\"total_consumed_minutes\":5,"
                                         "\"consumed_seconds\":300,\"applied_seconds\":300}");
        assert_int_equal(ask("PATCH", "/consumption/user/alice/cpu", "{\"delta_minutes\":-9}"),
                         200);
        assert_string_equal(answer_text, "{\"total_consumed_minutes\":0,"
                                         "\"consumed_seconds\":0,\"applied_seconds\":-300}");
        refused(404, "PATCH", "/consumption/account/nobody/cpu", "{\"delta_minutes\":1}",
                "\"not_found\"");
        fixture_verify(f);
}

static void defaults_are_set_some_at_a_time_and_shown(void **state) {
        (void)state;
        assert_int_equal(ask("PUT", "/quotas/defaults",
                             "{\"user_cpu_minutes\":5,\"account_gpu_minutes\":0}"), 204);
        assert_int_equal(ask("GET", "/quotas/defaults", ""), 200);
        assert_string_equal(answer_text, "{\"user_cpu_minutes\":5,\"user_gpu_minutes\":-1,"
                                         "\"account_cpu_minutes\":-1,"
                                         "\"account_gpu_minutes\":0}");
        refused(400, "PUT", "/quotas/defaults", "{\"reason\":\"x\"}", "at least one of");
}

static void factors_keep_the_decimals_that_were_meant(void **state) {
        struct fixture *f = *state;

        assert_int_equal(ask("GET", "/factors/gpu", ""), 200);
        assert_string_equal(answer_text, "{\"default_factor\":1.000,\"factors\":{}}");
        assert_int_equal(ask("PUT", "/factors/gpu/h100", "{\"factor\":0.1}"), 204);
        assert_int_equal(ask("PUT", "/factors/gpu/default", "{\"factor\":2}"), 204);
        assert_int_equal(fixture_number(f, "SELECT millionths FROM gpu_factor"
                                           " WHERE type = 'h100'"), 100000);
        assert_int_equal(ask("GET", "/factors/gpu", ""), 200);
        assert_string_equal(answer_text,
                            "{\"default_factor\":2.000,\"factors\":{\"h100\":0.100}}");
        assert_int_equal(ask("PUT", "/factors/gpu/a100", "{\"factor\":0.000001}"), 204);
        assert_int_equal(fixture_number(f, "SELECT millionths FROM gpu_factor"
                                           " WHERE type = 'a100'"),
                         1);
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":0}", "bad_request");
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":1e-20}", "bad_request");
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":-1}", "bad_request");
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":1e9}", "bad_request");
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":0.0000001}", "bad_request");
        refused(400, "PUT", "/factors/gpu/h100", "{\"factor\":\"0.5\"}", "must be a number");
        refused(400, "PUT", "/factors/gpu/h:1", "{\"factor\":1}", "bad_request");
}

static void what_is_not_acceptable_says_why_and_changes_nothing(void **state) {
        static const char target[] = "/quotas/users/alice/cpu";
        struct fixture *f = *state;
        const int64_t before = entries(f);

        refused(400, "PUT", target, "", "not JSON");
        refused(400, "PUT", target, "{", "not JSON");
        refused(400, "PUT", target, "[1]", "must be a JSON object");
        refused(400, "PUT", target, "{}", "quota_minutes is missing");
        refused(400, "PUT", target, "{\"quota_minutes\":null}", "quota_minutes is missing");
        refused(400, "PUT", target, "{\"quota_minutes\":\"5\"}", "must be a whole number");
        refused(400, "PUT", target, "{\"quota_minutes\":5.5}", "must be a whole number");
        refused(400, "PUT", target, "{\"quota_minutes\":true}", "must be a whole number");
        refused(400, "PUT", target, "{\"quota_minutes\":-2}", "cannot be -2");
        refused(400, "PUT", target, "{\"quota_minutes\":9223372036854775807}", "cannot be");
        refused(400, "PUT", target, "{\"quota_minutes\":1e400}", "not JSON");
        refused(400, "PUT", target, "{\"quota_minutes\":1,\"quota_minutes\":2}", "not JSON");
        refused(400, "PUT", target, "{\"quota_minutes\":1,\"quota\":2}", "no field \\\"quota");
        refused(400, "PUT", target, "{\"quota_minutes\":1,\"reason\":\" \"}", "blank");
        refused(400, "PUT", target, "{\"quota_minutes\":1,\"reason\":\"a\\nb\"}", "one line");
        refused(400, "PUT", target, "{\"quota_minutes\":1,\"reason\":7}", "must be a string");
        refused(400, "PUT", "/quotas/users/-alice/cpu", "{\"quota_minutes\":1}", "bad_request");
        refused(400, "PUT", "/quotas/users/a%zz/cpu", "{\"quota_minutes\":1}", "decoded");
        refused(400, "PUT", "/quotas/users/a%00/cpu", "{\"quota_minutes\":1}", "NUL");
        refused(404, "PUT", "/quotas/users/alice/mem", "{\"quota_minutes\":1}", "cpu and gpu");
        refused(404, "PUT", "/quotas/users//cpu", "{\"quota_minutes\":1}", "not_found");
        refused(404, "PUT", "/quotas/users/alice/cpu/", "{\"quota_minutes\":1}", "not_found");
        refused(405, "GET", target, "", "PUT");
        refused(405, "DELETE", "/quotas/defaults", "", "GET, HEAD, PUT");
        refused(400, "PATCH", "/consumption/user/alice/cpu",
                "{\"delta_minutes\":153722867280912931}", "more than can be counted");
        assert_int_equal(ask_as(SQ_ROLE_OPERATOR, "PUT", target, "text/plain",
                                "{\"quota_minutes\":1}"), 400);
        assert_non_null(strstr(answer_text, "application/json"));
        assert_int_equal(ask_as(SQ_ROLE_OPERATOR, "PUT", target, "application/jsonx",
                                "{\"quota_minutes\":1}"), 400);
        assert_int_equal(entries(f), before);
        assert_string_equal(told, "");
}

static void what_is_for_operators_is_for_nobody_less(void **state) {
        static const char *const targets[] = {"/quotas/users/alice/cpu", "/quotas/defaults",
                                              "/factors/gpu/h100"};
        struct fixture *f = *state;
        const int64_t before = entries(f);

        for (int role = SQ_ROLE_NOBODY; role < SQ_ROLE_OPERATOR; role++)
                for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
                        assert_int_equal(ask_as((enum sq_role)role, "PUT", targets[i],
                                                "application/json", "{}"),
                                         role == SQ_ROLE_NOBODY ? 401 : 403);
        assert_int_equal(entries(f), before);
}

static void a_store_that_cannot_be_written_is_trouble_and_said_once(void **state) {
        struct fixture *f = *state;
        FILE *file;

        fixture_sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
        fixture_close(f);
        file = fopen(f->path, "w");
        assert_non_null(file);
        for (int i = 0; i < 100; i++)
                fputs("not a database", file);
        assert_int_equal(fclose(file), 0);
        refused(503, "PUT", "/quotas/users/alice/cpu", "{\"quota_minutes\":1}", "\"store\"");
        assert_string_not_equal(told, "");
        told[0] = '\0';
        refused(503, "PUT", "/quotas/users/alice/cpu", "{\"quota_minutes\":1}", "\"store\"");
        assert_string_equal(told, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_budget_is_set_by_name_and_resource),
                TEST(who_changed_it_how_and_why_is_in_the_entry),
                TEST(consumption_is_adjusted_and_what_is_left_of_it_answered),
                TEST(defaults_are_set_some_at_a_time_and_shown),
                TEST(factors_keep_the_decimals_that_were_meant),
                TEST(what_is_not_acceptable_says_why_and_changes_nothing),
                TEST(what_is_for_operators_is_for_nobody_less),
                TEST(a_store_that_cannot_be_written_is_trouble_and_said_once),
        };

        return cmocka_run_group_tests_name("server_change", tests, NULL, NULL);
}
