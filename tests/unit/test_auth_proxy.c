/* test_auth_proxy.c - which clients may say whose request it is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "server/auth/proxy.h"

static struct sq_error error;
static struct sq_proxies proxies;

static void take(const char *list) {
        if (sq_proxies_parse(list, &proxies, &error))
                fail_msg("%s: %s", list, error.text);
}

static bool has(const char *address) {
        struct sockaddr_in four = {.sin_family = AF_INET};
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};

        if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
                return sq_proxies_have(&proxies, (struct sockaddr *)&four);
        assert_int_equal(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
        return sq_proxies_have(&proxies, (struct sockaddr *)&six);
}

static void nobody_is_a_proxy_by_default(void **state) {
        const struct sockaddr_un local = {.sun_family = AF_UNIX};

        (void)state;
        take("");
        assert_int_equal(proxies.n, 0);
        assert_false(has("127.0.0.1"));
        assert_false(has("::1"));
        take("127.0.0.1;::1");
        assert_false(sq_proxies_have(&proxies, NULL));
        assert_false(sq_proxies_have(&proxies, (const struct sockaddr *)&local));
}

static void an_address_is_that_one_alone(void **state) {
        (void)state;
        take(" 10.0.0.7 ;; fd00::7;");
        assert_int_equal(proxies.n, 2);
        assert_true(has("10.0.0.7"));
        assert_true(has("fd00::7"));
        assert_false(has("10.0.0.6"));
        assert_false(has("10.0.0.8"));
        assert_false(has("11.0.0.7"));
        assert_false(has("fd00::6"));
        assert_false(has("fe00::7"));
        assert_false(has("127.0.0.1"));
}

static void a_network_is_all_addresses_in_it(void **state) {
        (void)state;
        take("192.168.4.0/22; 10.128.0.0/9; fd00:1:2::/47; 172.16.0.1/32");
        assert_true(has("192.168.4.0"));
        assert_true(has("192.168.7.255"));
        assert_false(has("192.168.8.0"));
        assert_false(has("192.168.3.255"));
        assert_true(has("10.128.0.1"));
        assert_true(has("10.255.255.255"));
        assert_false(has("10.127.255.255"));
        assert_true(has("fd00:1:2::1"));
        assert_true(has("fd00:1:3:ffff::1"));
        assert_false(has("fd00:1:4::1"));
        assert_true(has("172.16.0.1"));
        assert_false(has("172.16.0.0"));
}

static void an_ipv4_client_of_an_ipv6_socket_is_the_ipv4_one(void **state) {
        (void)state;
        take("10.0.0.0/24");
        assert_true(has("::ffff:10.0.0.9"));
        assert_false(has("::ffff:10.0.1.9"));
        assert_false(has("::10.0.0.9"));
        assert_false(has("64:ff9b::10.0.0.9"));
        take("::ffff:10.0.0.0/120");
        assert_true(has("10.0.0.9"));
        assert_false(has("10.0.1.9"));
        /* A network of IPv6 has no client of IPv4 in it, whatever its bits are. */
        take("::/1");
        assert_true(has("::1"));
        assert_false(has("10.0.0.9"));
        assert_false(has("::ffff:10.0.0.9"));
}

static void what_is_no_list_is_refused(void **state) {
        static const char *const lists[] = {
                "localhost", "10.0.0", "10.0.0.256", "010.0.0.1x", "10.0.0.7/33", "10.0.0.7/",
                "10.0.0.7/x", "10.0.0.7/-1", "10.0.0.7/+8", "10.0.0.0/0032", "10.0.0.0/24/1",
                "fd00::/129", "fd00:::1", "fd00::%eth0", "10.0.0.7,10.0.0.8",
                "10.0.0.7 10.0.0.8", "unix:", "*", "[::1]",
                "10.0.0.7; 10.0.0.0000000000000000000000000000000000000000000000000000000001"};

        (void)state;
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                if (sq_proxies_parse(lists[i], &proxies, &error) != SQ_EINVAL)
                        fail_msg("accepted: %s", lists[i]);
}

static void a_slip_of_the_pen_does_not_believe_everybody(void **state) {
        static const char *const lists[] = {"0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96",
                                            "10.0.0.7/8", "fd00::1/64", "::ffff:10.0.0.7/100"};

        (void)state;
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                if (sq_proxies_parse(lists[i], &proxies, &error) != SQ_EINVAL)
                        fail_msg("accepted: %s", lists[i]);
}

static void a_proxy_at_a_unix_socket_is_a_user(void **state) {
        char list[200] = "";

        (void)state;
        take("10.0.0.7; unix:www-data ;unix:web");
        assert_int_equal(proxies.n, 1);
        assert_true(sq_proxies_have_user(&proxies, "www-data"));
        assert_true(sq_proxies_have_user(&proxies, "web"));
        assert_false(sq_proxies_have_user(&proxies, "we"));
        assert_false(sq_proxies_have_user(&proxies, ""));
        assert_false(sq_proxies_have_user(&proxies, "10.0.0.7"));
        take("10.0.0.7");
        assert_false(sq_proxies_have_user(&proxies, "web"));
        assert_int_equal(sq_proxies_parse("unix:a b", &proxies, &error), SQ_EINVAL);
        assert_int_equal(sq_proxies_parse("unix:*", &proxies, &error), SQ_EINVAL);
        for (int i = 0; i <= SQ_PROXY_USERS_MAX; i++)
                snprintf(list + strlen(list), sizeof list - strlen(list), "unix:u%d;", i);
        assert_int_equal(sq_proxies_parse(list, &proxies, &error), SQ_ERANGE);
}

static void the_list_has_a_bound(void **state) {
        char list[SQ_PROXIES_MAX * 16 + 32] = "";

        (void)state;
        for (int i = 0; i < SQ_PROXIES_MAX; i++)
                snprintf(list + strlen(list), sizeof list - strlen(list), "10.0.0.%d;", i);
        take(list);
        assert_int_equal(proxies.n, SQ_PROXIES_MAX);
        assert_true(has("10.0.0.63"));
        strncat(list, "10.0.0.99", 16);
        assert_int_equal(sq_proxies_parse(list, &proxies, &error), SQ_ERANGE);
        assert_false(has("10.0.0.99"));
}

static void a_header_has_a_name_of_its_own(void **state) {
        static const char *const bad[] = {"", "X User", "X-User:", "authorization",
                                          "X-Slurm-User-Name", "x-slurm-user-token", "Host",
                                          "X\xc3\xa4", "Cookie"};

        (void)state;
        assert_int_equal(sq_proxy_check_header("X-Remote-User", &error), SQ_OK);
        assert_int_equal(sq_proxy_check_header("REMOTE_USER", &error), SQ_OK);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                if (sq_proxy_check_header(bad[i], &error) != SQ_EINVAL)
                        fail_msg("accepted: %s", bad[i]);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nobody_is_a_proxy_by_default),
                cmocka_unit_test(an_address_is_that_one_alone),
                cmocka_unit_test(a_network_is_all_addresses_in_it),
                cmocka_unit_test(an_ipv4_client_of_an_ipv6_socket_is_the_ipv4_one),
                cmocka_unit_test(what_is_no_list_is_refused),
                cmocka_unit_test(a_slip_of_the_pen_does_not_believe_everybody),
                cmocka_unit_test(a_proxy_at_a_unix_socket_is_a_user),
                cmocka_unit_test(the_list_has_a_bound),
                cmocka_unit_test(a_header_has_a_name_of_its_own),
        };

        return cmocka_run_group_tests_name("auth_proxy", tests, NULL, NULL);
}
