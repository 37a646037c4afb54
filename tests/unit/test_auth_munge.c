/* test_auth_munge.c - MUNGE credentials, with no munged and with one that hangs
 *
 * What a real munged says is in tests/server/auth.bats.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/auth/munge.h"
#include "wire/payload.h"

#define CREDENTIAL "MUNGE:AwQFAAC7LUgrCWmjBCjpGnpXoaUTGmHCJrCg:"

static char folder[64], path[96];
static struct sq_error error;

static const struct sq_munge_purpose purpose = {"GET", "/me?x=1", "", 0};

static int start(void **state) {
        (void)state;
        fixture_make_directory(folder);
        snprintf(path, sizeof path, "%s/munge.socket", folder);
        return 0;
}

static int stop(void **state) {
        (void)state;
        fixture_remove_directory(folder);
        return 0;
}

/* A socket that takes connections, and says nothing. */
static int hanging_munged(void) {
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        memcpy(address.sun_path, path, strlen(path) + 1);
        unlink(path);
        assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(fd, 16), 0);
        return fd;
}

static struct sq_munge *opened(void) {
        struct sq_munge *munge = NULL;

        assert_int_equal(sq_munge_open(path, &munge, &error), SQ_OK);
        return munge;
}

static int check(struct sq_munge *munge, const char *credential, int64_t *ret_ms) {
        const int64_t began = sq_monotonic_ns();
        uid_t uid = 12345;
        const int rc = sq_munge_check(munge, credential, &purpose, &uid, &error);

        assert_int_equal(uid, 12345);
        *ret_ms = (sq_monotonic_ns() - began) / SQ_NS_PER_MS;
        return rc;
}

/* SHA-256 of nothing and of "abc" are those of FIPS 180. */
static void the_payload_names_method_target_and_body(void **state) {
        SQ_CLEANUP(sq_freep) char *get = sq_payload_make("GET", "/me?x=1", "", 0);
        SQ_CLEANUP(sq_freep) char *other =
                sq_payload_make("PUT", "/quotas/users/alice/cpu", "abc", 3);

        (void)state;
        assert_string_equal(get, "slurm-quota 1\nGET /me?x=1\n"
                                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
                                 "b855");
        assert_string_equal(other, "slurm-quota 1\nPUT /quotas/users/alice/cpu\n"
                                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61"
                                   "f20015ad");
}

static void what_is_no_credential_does_not_reach_munged(void **state) {
        static const char *const texts[] = {"", "MUNGE:", "MUNGE::", "munge:abc:", "MUNGE:abc",
                                            "abc:", "Bearer x"};
        SQ_CLEANUP(sq_munge_closep) struct sq_munge *munge = opened();
        char *large = malloc(32770);
        int64_t ms;

        (void)state;
        assert_non_null(large);
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                if (check(munge, texts[i], &ms) != SQ_EACCESS)
                        fail_msg("not refused: %s", texts[i]);
        memset(large, 'A', 32769);
        memcpy(large, "MUNGE:", 6);
        large[32768] = ':';
        large[32769] = '\0';
        assert_int_equal(check(munge, large, &ms), SQ_EACCESS);
        free(large);
}

static void without_munged_nothing_can_be_checked(void **state) {
        SQ_CLEANUP(sq_munge_closep) struct sq_munge *munge = opened();
        int64_t ms;

        (void)state;
        assert_int_equal(check(munge, CREDENTIAL, &ms), SQ_EBUSY);
        assert_non_null(strstr(error.text, "munged"));
        assert_true(ms < 3500);
}

/* libmunge alone would take ten seconds for each. */
static void one_that_hangs_holds_nobody_up_for_long(void **state) {
        const int fd = hanging_munged();
        struct sq_munge *munge = opened();
        int64_t first, second, third, closing;

        (void)state;
        assert_int_equal(check(munge, CREDENTIAL, &first), SQ_EBUSY);
        assert_int_equal(check(munge, CREDENTIAL, &second), SQ_EBUSY);
        assert_int_equal(check(munge, CREDENTIAL, &third), SQ_EBUSY);
        assert_string_equal(error.text, "munged does not answer");
        assert_true(first >= 2000 && first < 9000);
        assert_true(second + third < 1000);
        closing = sq_monotonic_ns();
        sq_munge_close(munge);
        assert_true(sq_monotonic_ns() - closing < 8 * SQ_NS_PER_SECOND);
        close(fd);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_payload_names_method_target_and_body),
                cmocka_unit_test(what_is_no_credential_does_not_reach_munged),
                cmocka_unit_test(without_munged_nothing_can_be_checked),
                cmocka_unit_test(one_that_hangs_holds_nobody_up_for_long),
        };

        return cmocka_run_group_tests_name("auth_munge", tests, start, stop);
}
