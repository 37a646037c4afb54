/* test_server_client.c - who is connected, who is slow, and who has to go */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "server/client.h"

#define MS SQ_NS_PER_MS

static struct sq_clients *clients;
static int ours[3], theirs[3];

static int start(void **state) {
        (void)state;
        clients = sq_clients_new(64);
        for (int i = 0; i < 3; i++) {
                int pair[2];

                if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
                        return -1;
                ours[i] = pair[0];
                theirs[i] = pair[1];
        }
        return clients ? 0 : -1;
}

static int stop(void **state) {
        (void)state;
        for (int i = 0; i < 3; i++) {
                close(ours[i]);
                close(theirs[i]);
        }
        sq_clients_free(clients);
        return 0;
}

static void join(int i) {
        assert_true(sq_clients_add(clients, ours[i]));
        usleep(2000); /* so that one of them is the oldest */
}

static bool is_open(int i) {
        char byte;

        return recv(theirs[i], &byte, 1, MSG_DONTWAIT) < 0;
}

static void they_are_counted(void **state) {
        (void)state;
        join(0);
        join(1);
        assert_int_equal(sq_clients_state(clients).connected, 2);
        sq_clients_remove(clients, ours[0]);
        sq_clients_remove(clients, ours[1]);
        assert_int_equal(sq_clients_state(clients).connected, 0);
}

static void requests_are_counted_from_their_first_line_to_their_end(void **state) {
        int64_t active_at;

        (void)state;
        join(0);
        active_at = sq_clients_state(clients).active_at;
        sq_clients_begin(clients, ours[0]);
        assert_int_equal(sq_clients_state(clients).requests, 1);
        assert_true(sq_clients_state(clients).active_at > active_at);
        sq_clients_answer(clients, ours[0]);
        assert_int_equal(sq_clients_state(clients).requests, 1);
        active_at = sq_clients_state(clients).active_at;
        sq_clients_end(clients, ours[0]);
        assert_int_equal(sq_clients_state(clients).requests, 0);
        assert_true(sq_clients_state(clients).active_at > active_at);
}

static void a_request_ends_with_its_connection(void **state) {
        (void)state;
        join(0);
        sq_clients_begin(clients, ours[0]);
        sq_clients_remove(clients, ours[0]);
        assert_int_equal(sq_clients_state(clients).requests, 0);
        assert_int_equal(sq_clients_state(clients).connected, 0);
}

static void a_descriptor_that_comes_again_is_one_client(void **state) {
        (void)state;
        join(0);
        sq_clients_begin(clients, ours[0]);
        join(0);
        assert_int_equal(sq_clients_state(clients).connected, 1);
        assert_int_equal(sq_clients_state(clients).requests, 0);
}

static void a_descriptor_that_is_too_large_is_refused(void **state) {
        (void)state;
        assert_false(sq_clients_add(clients, 64));
        assert_int_equal(sq_clients_state(clients).connected, 0);
}

static void who_is_slow_is_disconnected_once(void **state) {
        (void)state;
        join(0);
        join(1);
        assert_int_equal(sq_clients_close_slow(clients, 60000 * MS, false), 0);
        assert_true(is_open(0) && is_open(1));
        usleep(50000);
        sq_clients_begin(clients, ours[1]); /* his time begins anew */
        assert_int_equal(sq_clients_close_slow(clients, 40 * MS, false), 1);
        assert_false(is_open(0));
        assert_true(is_open(1));
        assert_int_equal(sq_clients_close_slow(clients, 40 * MS, false), 0);
        /* He counts until the library has let him go. */
        assert_int_equal(sq_clients_state(clients).connected, 2);
}

static void the_silent_may_be_spared(void **state) {
        (void)state;
        join(0);
        join(1);
        sq_clients_begin(clients, ours[1]);
        usleep(20000);
        assert_int_equal(sq_clients_close_slow(clients, 10 * MS, true), 1);
        assert_true(is_open(0));
        assert_false(is_open(1));
}

static void who_waits_for_us_is_not_slow(void **state) {
        (void)state;
        join(0);
        sq_clients_begin(clients, ours[0]);
        sq_clients_wait(clients, ours[0]);
        assert_int_equal(sq_clients_state(clients).requests, 1);
        usleep(20000);
        assert_int_equal(sq_clients_close_slow(clients, 10 * MS, false), 0);
        assert_false(sq_clients_close_slowest(clients, 0));
        sq_clients_answer(clients, ours[0]);
        usleep(20000);
        assert_int_equal(sq_clients_close_slow(clients, 10 * MS, true), 1);
        assert_false(is_open(0));
}

static void the_slowest_goes_first(void **state) {
        (void)state;
        for (int i = 0; i < 3; i++)
                join(i);
        sq_clients_begin(clients, ours[0]);
        assert_false(sq_clients_close_slowest(clients, 60000 * MS));
        assert_true(sq_clients_close_slowest(clients, 0));
        assert_true(is_open(0) && is_open(2));
        assert_false(is_open(1));
        usleep(2000);
        assert_true(sq_clients_close_slowest(clients, 0));
        assert_false(is_open(2));
        assert_true(sq_clients_close_slowest(clients, 0));
        assert_false(is_open(0));
        assert_false(sq_clients_close_slowest(clients, 0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(they_are_counted),
                CASE(requests_are_counted_from_their_first_line_to_their_end),
                CASE(a_request_ends_with_its_connection),
                CASE(a_descriptor_that_comes_again_is_one_client),
                CASE(a_descriptor_that_is_too_large_is_refused),
                CASE(who_is_slow_is_disconnected_once),
                CASE(the_silent_may_be_spared),
                CASE(who_waits_for_us_is_not_slow),
                CASE(the_slowest_goes_first),
        };

        return cmocka_run_group_tests_name("server_client", tests, NULL, NULL);
}
