/* test_server_request.c - what the first line of a request asks for */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "server/request.h"
#include "server/route.h"
#include "server/stats.h"

static struct sq_error error;
static struct sq_request request;

static int parse(const char *method, const char *target) {
        request.method = method;
        request.target = target;
        return sq_request_parse(&request, &error);
}

/* "": there is nothing. */
static const char *route(const char *target) {
        assert_int_equal(parse("GET", target), SQ_OK);
        return request.route ? request.route->path : "";
}

static const char *user(const char *target) {
        assert_string_equal(route(target), "/stats");
        assert_string_equal(request.parameter[SQ_STATS_ACCOUNT], "");
        return request.parameter[SQ_STATS_USER];
}

static const char *account(const char *target) {
        assert_string_equal(route(target), "/stats");
        assert_string_equal(request.parameter[SQ_STATS_USER], "");
        return request.parameter[SQ_STATS_ACCOUNT];
}

static const char *refused(const char *target) {
        if (parse("GET", target) != SQ_EINVAL)
                fail_msg("accepted: %s", target);
        assert_string_equal(request.route->path, "/stats");
        return error.text;
}

static void paths_are_compared_whole_and_as_they_stand(void **state) {
        static const char *const others[] = {
                "/", "", "/healthz", "/health/", "/Health", "//health", "/health%00",
                "/%68ealth", "health", "/stats/", "/statsx", "/stats;username=a", "*",
                "/stats\\", "/./stats",
                "https://h/stats", "http://h", "http://h?/stats", "http://"};

        (void)state;
        assert_string_equal(route("/health"), "/health");
        assert_string_equal(route("/health?anything=%zz"), "/health");
        assert_string_equal(route("/stats"), "/stats");
        assert_string_equal(route("/stats?"), "/stats");
        assert_string_equal(route("/stats#x"), "/stats");
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
                if (*route(others[i]))
                        fail_msg("known: %s", others[i]);
}

static void a_host_may_stand_before_the_path(void **state) {
        (void)state;
        assert_string_equal(route("http://quota.example.org:9911/health"), "/health");
        assert_string_equal(user("HTTP://[::1]:9911/stats?username=alice"), "alice");
}

static void names_are_decoded(void **state) {
        (void)state;
        assert_string_equal(user("/stats?username=alice"), "alice");
        assert_string_equal(user("/stats?username=m%C3%BCller"), "m\xc3\xbcller");
        assert_string_equal(user("/stats?username=DOM%5calice%2B%26%3d"), "DOM\\alice+&=");
        assert_string_equal(user("/stats?user%6eame=a+b%20c"), "a b c");
        assert_string_equal(user("/stats?username=a=b"), "a=b");
        assert_string_equal(user("/stats?username=m\xc3\xbcller"), "m\xc3\xbcller");
        assert_string_equal(user("/stats?username=a%25zz"), "a%zz");
}

static void names_keep_their_case(void **state) {
        (void)state;
        assert_string_equal(account("/stats?account=HPC"), "HPC");
        assert_string_equal(user("/stats?username=HPC"), "HPC");
}

static void what_is_blank_or_unknown_is_not_there(void **state) {
        static const char *const targets[] = {
                "/stats?username=", "/stats?username", "/stats?username=+%20%09", "/stats?&&&",
                "/stats?=alice", "/stats?user=alice", "/stats?Username=alice",
                "/stats?username%20=alice", "/stats?account=&username=", "/stats?x=%C3"};

        (void)state;
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
                assert_string_equal(user(targets[i]), "");
}

static void the_first_that_is_not_blank_counts(void **state) {
        (void)state;
        assert_string_equal(user("/stats?username=alice&username=bob"), "alice");
        assert_string_equal(user("/stats?username=&x=1&username=bob&account=+"), "bob");
}

static void what_cannot_be_decoded_is_refused(void **state) {
        static const char *const wrong[] = {
                "/stats?username=%", "/stats?username=a%4", "/stats?username=%zz",
                "/stats?username=%4&x=1", "/stats?x%=1", "/stats?username=a&b=%g0",
                "/stats?%", "/stats?username=%-1", "/stats?username=% 1"};

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                assert_string_equal(refused(wrong[i]), "the query cannot be decoded");
        assert_string_equal(refused("/stats?username=alice%00"), "the query holds a NUL byte");
        assert_string_equal(refused("/stats?a%00=1"), "the query holds a NUL byte");
}

static void what_is_not_utf8_is_refused(void **state) {
        static const char *const wrong[] = {"%ff", "a%C3", "%C0%AF", "%ED%A0%80",
                                            "%F4%90%80%80", "%80", "%E2%82"};
        char target[64];

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                snprintf(target, sizeof target, "/stats?account=%s", wrong[i]);
                assert_string_equal(refused(target), "account is not valid UTF-8");
        }
        assert_true(sq_utf8_is_text("a\xc2\x80\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
}

static void names_are_bounded(void **state) {
        char target[400] = "/stats?username=";
        const size_t n = strlen(target);

        (void)state;
        memset(target + n, 'a', 255);
        assert_int_equal(strlen(user(target)), 255);
        target[n + 255] = 'a';
        assert_string_equal(refused(target), "username is longer than 255 bytes");
        /* Of others it is no concern. */
        memcpy(target, "/stats?unknownx=", n);
        assert_string_equal(user(target), "");
        memset(target + 7, 'u', 300);
        assert_string_equal(user(target), "");
}

/* Whatever comes: an answer, and names that are text. */
static void a_hundred_thousand_odd_targets_do_no_harm(void **state) {
        static const char *const piece[] = {
                "/stats", "?", "username", "account", "=", "&", "%", "%0", "%41", "%00", "a",
                "+",
                "%C3%BC", "\xff", "http://", "/", "#", "=%ff", "\xc3\xbc", "%e2%82", "zz", " "};
        unsigned seed = 20260115;
        char target[256];

        (void)state;
        for (int i = 0; i < 100000; i++) {
                size_t n = 0;

                target[0] = '\0';
                for (int k = rand_r(&seed) % 14; k > 0; k--)
                        n += (size_t)snprintf(target + n, sizeof target - n, "%s",
                                              k == 13 ? "/stats?"
                                                      : piece[(unsigned)rand_r(&seed) %
                                                              (sizeof piece / sizeof *piece)]);
                (void)parse("GET", target);
                assert_true(sq_utf8_is_text(request.parameter[SQ_STATS_USER]));
                assert_true(sq_utf8_is_text(request.parameter[SQ_STATS_ACCOUNT]));
        }
}

#define POLICIES "/api/marketplace-slurm-periodic-usage-policies/"

static void words_of_a_path_are_no_variables(void **state) {
        (void)state;
        assert_string_equal(route(POLICIES), POLICIES);
        assert_string_equal(route(POLICIES "?page=2"), POLICIES);
        assert_string_equal(request.parameter[0], "2");
        assert_string_equal(route(POLICIES "actions/"), POLICIES "actions/");
        assert_string_equal(route(POLICIES "action/"), POLICIES "{uuid}/");
        assert_string_equal(request.part[0], "action");
        assert_string_equal(route(POLICIES "x/evaluation-logs/"),
                            POLICIES "{uuid}/evaluation-logs/");
        assert_string_equal(route(POLICIES "x"), "");
        assert_string_equal(route(POLICIES "x/evaluation-logs"), "");
        assert_string_equal(route(POLICIES "/"), "");
}

static void another_method_of_a_word_is_none_of_a_variable(void **state) {
        (void)state;
        assert_int_equal(parse("PUT", POLICIES "actions/"), SQ_OK);
        assert_true(request.other_method);
        assert_string_equal(request.route->path, POLICIES "actions/");
        assert_int_equal(parse("PUT", POLICIES "x/"), SQ_OK);
        assert_false(request.other_method);
        assert_string_equal(request.route->method, "PUT");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(paths_are_compared_whole_and_as_they_stand),
                cmocka_unit_test(a_host_may_stand_before_the_path),
                cmocka_unit_test(names_are_decoded),
                cmocka_unit_test(names_keep_their_case),
                cmocka_unit_test(what_is_blank_or_unknown_is_not_there),
                cmocka_unit_test(the_first_that_is_not_blank_counts),
                cmocka_unit_test(what_cannot_be_decoded_is_refused),
                cmocka_unit_test(what_is_not_utf8_is_refused),
                cmocka_unit_test(names_are_bounded),
                cmocka_unit_test(a_hundred_thousand_odd_targets_do_no_harm),
                cmocka_unit_test(words_of_a_path_are_no_variables),
                cmocka_unit_test(another_method_of_a_word_is_none_of_a_variable),
        };

        return cmocka_run_group_tests_name("server_request", tests, NULL, NULL);
}
