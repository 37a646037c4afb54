/* test_wire_url.c - addresses of services, and targets behind them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/url.h"

static void a_slash_at_the_end_makes_no_difference(void **state) {
        static const struct {
                const char *given, *base;
        } cases[] = {
                {"http://host", "http://host"},
                {"http://host/", "http://host"},
                {"http://host:9911/", "http://host:9911"},
                {"http://host/quota", "http://host/quota"},
                {"http://host/quota/", "http://host/quota"},
                {"http://host/quota//", "http://host/quota"},
                {"https://host/a/b/", "https://host/a/b"},
                {"HTTP://[::1]:9911/", "HTTP://[::1]:9911"},
        };
        struct sq_url url;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_int_equal(sq_url_parse(cases[i].given, &url, NULL), 0);
                assert_string_equal(url.base, cases[i].base);
                assert_string_equal(url.socket, "");
        }
}

static void a_socket_is_named_by_its_path(void **state) {
        struct sq_url url;

        (void)state;
        assert_int_equal(sq_url_parse("unix:/run/q/q.sock", &url, NULL), 0);
        assert_string_equal(url.socket, "/run/q/q.sock");
        assert_string_equal(url.base, "http://localhost");
        assert_int_equal(sq_url_parse("unix:///run/q", &url, NULL), 0);
        assert_string_equal(url.socket, "/run/q");
}

static void what_is_no_address_is_refused_with_the_reason(void **state) {
        static const struct {
                const char *given, *why;
        } cases[] = {
                {"", "it begins with http://, https:// or unix:"},
                {"controller:9911", "it begins with http://, https:// or unix:"},
                {"ftp://host/", "it begins with http://, https:// or unix:"},
                {"file:///etc/passwd", "it begins with http://, https:// or unix:"},
                {"http://", "there is no host"},
                {"http:///stats", "there is no host"},
                {"http://?", "there is no host"},
                {"http://-x/", "there is no host"},
                {"http://me:secret@host/", "it must not hold a user or a password"},
                {"http://host/?a=b", "it must not hold a query"},
                {"http://host/#a", "it must not hold a query"},
                {"http://host/a b", "it holds characters that no address has"},
                {"http://host/\r\nX: y", "it holds characters that no address has"},
                {"http://host/\xc3\xa4", "it holds characters that no address has"},
                {"unix:run/q.sock", "the path of a socket begins with /"},
                {"unix:", "the path of a socket begins with /"},
        };
        struct sq_error err;
        struct sq_url url;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_int_equal(sq_url_parse(cases[i].given, &url, &err), SQ_EINVAL);
                assert_non_null(strstr(err.text, cases[i].why));
        }
}

static void what_is_too_long_is_refused(void **state) {
        char text[SQ_URL_MAX + 2];
        struct sq_url url;

        (void)state;
        memset(text, 'a', sizeof text);
        memcpy(text, "http://", 7);
        text[SQ_URL_MAX + 1] = '\0';
        assert_int_equal(sq_url_parse(text, &url, NULL), SQ_EINVAL);
        text[SQ_URL_MAX] = '\0';
        assert_int_equal(sq_url_parse(text, &url, NULL), 0);
        memcpy(text, "unix:/a", 7);
        text[5 + sizeof url.socket] = '\0';
        assert_int_equal(sq_url_parse(text, &url, NULL), SQ_EINVAL);
        text[5 + sizeof url.socket - 1] = '\0';
        assert_int_equal(sq_url_parse(text, &url, NULL), 0);
}

static void names_are_encoded_in_targets(void **state) {
        struct sq_target target;

        (void)state;
        sq_target_begin(&target, "/quotas/users");
        sq_target_add_segment(&target, "DOM\\j/o?e%&+ \xc3\xa4@site.org");
        sq_target_add_segment(&target, "cpu");
        assert_string_equal(target.text,
                            "/quotas/users/DOM%5Cj%2Fo%3Fe%25%26%2B%20%C3%A4@site.org/cpu");
        sq_target_begin(&target, "/history");
        sq_target_add_parameter(&target, "user", "a&b=c+d @e");
        sq_target_add_parameter(&target, "account", NULL);
        sq_target_add_number(&target, "limit", -12);
        assert_string_equal(target.text, "/history?user=a%26b%3Dc%2Bd%20%40e&limit=-12");
        assert_false(target.too_long);
}

static void names_of_full_length_fit_and_more_is_told(void **state) {
        struct sq_target target;
        char name[256];

        (void)state;
        memset(name, ' ', sizeof name - 1);
        name[255] = '\0';
        sq_target_begin(&target, "/stats");
        for (int i = 0; i < 6; i++)
                sq_target_add_parameter(&target, "username", name);
        assert_false(target.too_long);
        for (int i = 0; i < 6; i++)
                sq_target_add_segment(&target, name);
        assert_true(target.too_long);
        assert_true(strlen(target.text) < sizeof target.text);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_slash_at_the_end_makes_no_difference),
                cmocka_unit_test(a_socket_is_named_by_its_path),
                cmocka_unit_test(what_is_no_address_is_refused_with_the_reason),
                cmocka_unit_test(what_is_too_long_is_refused),
                cmocka_unit_test(names_are_encoded_in_targets),
                cmocka_unit_test(names_of_full_length_fit_and_more_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
