/* test_server_body.c - JSON as jansson reads it, and who holds it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "server/body.h"

static json_t *read_back(struct sq_json *json) {
        struct sq_body *body = sq_json_take(json);
        json_error_t error;
        json_t *value;

        assert_non_null(body);
        value = json_loadb(sq_body_text(body), sq_body_length(body), JSON_DECODE_ANY, &error);
        if (!value)
                fail_msg("%s: %.*s", error.text, (int)sq_body_length(body), sq_body_text(body));
        sq_body_release(body);
        return value;
}

static void assert_reads_as(const char *text, const char *wanted) {
        struct sq_json json = {.body = NULL};
        json_t *value;

        sq_json_add_string(&json, text);
        value = read_back(&json);
        assert_string_equal(json_string_value(value), wanted);
        json_decref(value);
}

static void strings_come_back_as_they_were(void **state) {
        static const char *const texts[] = {
                "", "alice", "a\"b", "a\\b", "\\", "\"\"", "\n\r\t\b\f", "\x01\x1f\x7f", "/",
                "m\xc3\xbcller", "\xe5\x90\x8d\xe5\x89\x8d", "\xf0\x9f\x98\x80",
                "x\xf0\x9f\x98\x80\"y", "</script>"};

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                assert_reads_as(texts[i], texts[i]);
}

static void utf8_is_not_escaped(void **state) {
        struct sq_json json = {.body = NULL};
        struct sq_body *body;

        (void)state;
        sq_json_add_string(&json, "m\xc3\xbcller");
        body = sq_json_take(&json);
        assert_int_equal(sq_body_length(body), 9);
        assert_memory_equal(sq_body_text(body), "\"m\xc3\xbcller\"", 9);
        sq_body_release(body);
}

static void what_is_not_utf8_is_replaced(void **state) {
        (void)state;
        assert_reads_as("a\xff" "b", "a\xef\xbf\xbd" "b");
        assert_reads_as("a\xc3", "a\xef\xbf\xbd");
        assert_reads_as("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
        assert_reads_as("\xc3\xbc\xe2\x82", "\xc3\xbc\xef\xbf\xbd\xef\xbf\xbd");
}

static void every_integer_is_written(void **state) {
        static const int64_t numbers[] = {0, 1, -1, 9, 10, 99, 100, 1767225600, INT64_MAX,
                                          INT64_MIN, -10, 1000000007};
        struct sq_json json;
        json_t *value;

        (void)state;
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
                json = (struct sq_json){.body = NULL};
                sq_json_add_integer(&json, numbers[i]);
                value = read_back(&json);
                assert_true(json_integer_value(value) == numbers[i]);
                json_decref(value);
        }
}

static void members_have_commas_between_them(void **state) {
        static const char wanted[] = "{\"a\":1,\"b\":{\"c\":\"{\",\"d\":2}}";
        struct sq_json json = {.body = NULL};
        struct sq_body *body;

        (void)state;
        sq_json_add(&json, "{");
        sq_json_add_name(&json, "a");
        sq_json_add_integer(&json, 1);
        sq_json_add_name(&json, "b");
        sq_json_add(&json, "{");
        sq_json_add_name(&json, "c");
        sq_json_add_string(&json, "{");
        sq_json_add_name(&json, "d");
        sq_json_add_integer(&json, 2);
        sq_json_add(&json, "}}");
        body = sq_json_take(&json);
        assert_int_equal(sq_body_length(body), sizeof wanted - 1);
        assert_memory_equal(sq_body_text(body), wanted, sizeof wanted - 1);
        sq_body_release(body);
}

static void long_texts_grow_as_they_need(void **state) {
        struct sq_json json = {.body = NULL};
        json_t *value;

        (void)state;
        sq_json_add(&json, "[0");
        for (int i = 1; i < 50000; i++) {
                sq_json_add(&json, ",");
                sq_json_add_integer(&json, i);
        }
        sq_json_add(&json, "]");
        value = read_back(&json);
        assert_int_equal(json_array_size(value), 50000);
        json_decref(value);
}

static void a_body_lives_until_its_last_holder_is_done(void **state) {
        const size_t before = sq_body_bytes();
        struct sq_json json = {.body = NULL};
        struct sq_body *body;

        (void)state;
        sq_json_add(&json, "null");
        body = sq_json_take(&json);
        assert_true(sq_body_bytes() > before);
        assert_ptr_equal(sq_body_hold(body), body);
        sq_body_release(body);
        assert_memory_equal(sq_body_text(body), "null", 4);
        sq_body_release_text((void *)sq_body_text(body));
        assert_int_equal(sq_body_bytes(), before);
        sq_body_release(NULL);
}

static void nothing_is_a_text_too(void **state) {
        struct sq_json json = {.body = NULL};
        struct sq_body *body = sq_json_take(&json);

        (void)state;
        assert_non_null(body);
        assert_int_equal(sq_body_length(body), 0);
        sq_body_release(body);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strings_come_back_as_they_were),
                cmocka_unit_test(utf8_is_not_escaped),
                cmocka_unit_test(what_is_not_utf8_is_replaced),
                cmocka_unit_test(every_integer_is_written),
                cmocka_unit_test(members_have_commas_between_them),
                cmocka_unit_test(long_texts_grow_as_they_need),
                cmocka_unit_test(a_body_lives_until_its_last_holder_is_done),
                cmocka_unit_test(nothing_is_a_text_too),
        };

        return cmocka_run_group_tests_name("server_body", tests, NULL, NULL);
}
