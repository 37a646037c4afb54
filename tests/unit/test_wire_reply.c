/* test_wire_reply.c - what answers of a service mean that are none of those wanted */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/reply.h"

#define URL "http://host:9911/"

static int reply(long status, const char *body, struct sq_error *err) {
        return sq_reply_error(URL, status, body, strlen(body), err);
}

static void a_status_with_the_services_words_has_a_code(void **state) {
        static const struct {
                long status;
                int code;
        } cases[] = {
                {400, SQ_EINVAL}, {413, SQ_EINVAL}, {422, SQ_EINVAL}, {401, SQ_EACCESS},
                {403, SQ_EACCESS}, {404, SQ_ENOTFOUND}, {405, SQ_EIO}, {409, SQ_EEXIST},
                {500, SQ_EIO}, {502, SQ_EIO}, {503, SQ_EBUSY},
        };
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_int_equal(reply(cases[i].status,
                                       "{\"error\":\"x\",\"message\":\"no such thing\","
                                       "\"hint\":\"Do that.\"}",
                                       &err),
                                 cases[i].code);
                assert_string_equal(err.text, "no such thing");
                assert_string_equal(err.hint, "Do that.");
        }
}

static void a_refusal_without_a_hint_gets_one(void **state) {
        struct sq_error err;

        (void)state;
        reply(401, "{\"error\":\"unauthorized\",\"message\":\"who are you\"}", &err);
        assert_non_null(strstr(err.hint, "munged must run"));
        reply(403, "{\"error\":\"forbidden\",\"message\":\"not you\"}", &err);
        assert_non_null(strstr(err.hint, URL));
        reply(404, "{\"error\":\"not_found\",\"message\":\"nobody\"}", &err);
        assert_string_equal(err.hint, "");
}

static void what_others_answer_is_not_the_services_word(void **state) {
        static const char *const bodies[] = {
                "", "<html>404</html>", "[]", "null", "{}", "{\"message\":\"x\"}",
                "{\"error\":1,\"message\":\"x\"}", "{\"error\":\"x\",\"message\":null}",
                "{\"error\":\"x\",\"message\":\"y\"", "\xff\xfe",
        };
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
                assert_int_equal(reply(404, bodies[i], &err), SQ_EIO);
                assert_string_equal(err.text, URL " answers with status 404, and not as"
                                                  " slurm-quota does");
                assert_non_null(strstr(err.hint, "address"));
        }
        assert_int_equal(reply(301, "", &err), SQ_EIO);
        assert_string_equal(err.text,
                            URL " sends us elsewhere (status 301), where we do not go");
        assert_int_equal(sq_reply_error(URL, 500, "", 0, NULL), SQ_EIO);
}

static void terminals_are_told_nothing_by_a_message(void **state) {
        struct sq_error err;

        (void)state;
        reply(403, "{\"error\":\"x\",\"message\":\"a\\u001b[2Jb\\u007fc\\u009bd\\u00e9\\n\"}",
              &err);
        assert_string_equal(err.text, "a?[2Jb?c?d\xc3\xa9?");
}

static void a_message_without_end_is_cut(void **state) {
        char body[2048], *p = body;
        struct sq_error err;

        (void)state;
        p = stpcpy(p, "{\"error\":\"x\",\"message\":\"");
        memset(p, 'a', 1500);
        memcpy(p + 1500, "\"}", 3);
        assert_int_equal(reply(400, body, &err), SQ_EINVAL);
        assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_status_with_the_services_words_has_a_code),
                cmocka_unit_test(a_refusal_without_a_hint_gets_one),
                cmocka_unit_test(what_others_answer_is_not_the_services_word),
                cmocka_unit_test(terminals_are_told_nothing_by_a_message),
                cmocka_unit_test(a_message_without_end_is_cut),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
