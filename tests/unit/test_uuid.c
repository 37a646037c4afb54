#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/uuid.h"

static void new_uuids_are_valid_and_of_version_7(void **state) {
        char uuid[SQ_UUID_SIZE];

        (void)state;
        for (int i = 0; i < 1000; i++) {
                memset(uuid, 'z', sizeof uuid);
                assert_int_equal(sq_uuid_make(uuid, NULL), SQ_OK);
                assert_true(sq_uuid_is_valid(uuid));
                assert_int_equal(strlen(uuid), 36);
                assert_int_equal(uuid[14], '7');
                assert_non_null(strchr("89ab", uuid[19]));
        }
}

static void a_later_uuid_sorts_behind(void **state) {
        const struct timespec pause = {.tv_nsec = 3000000};
        char first[SQ_UUID_SIZE], second[SQ_UUID_SIZE];

        (void)state;
        assert_int_equal(sq_uuid_make(first, NULL), SQ_OK);
        nanosleep(&pause, NULL);
        assert_int_equal(sq_uuid_make(second, NULL), SQ_OK);
        assert_true(strcmp(first, second) < 0);
}

static void no_two_of_one_millisecond_are_the_same(void **state) {
        static char uuid[512][SQ_UUID_SIZE];

        (void)state;
        for (int i = 0; i < 512; i++) {
                assert_int_equal(sq_uuid_make(uuid[i], NULL), SQ_OK);
                for (int j = 0; j < i; j++)
                        assert_string_not_equal(uuid[i], uuid[j]);
        }
}

static void only_the_canonical_form_is_valid(void **state) {
        static const char *const wrong[] = {
                "", "0", "01890a5d-ac96-774b-bcce-b302099a805",
                "01890a5d-ac96-774b-bcce-b302099a80570", "01890A5D-ac96-774b-bcce-b302099a8057",
                "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805g",
                "01890a5d_ac96-774b-bcce-b302099a8057", "{1890a5d-ac96-774b-bcce-b302099a805}",
                "------------------------------------", "01890a5d-ac96-774b-bcce b302099a8057",
                "01890a5d-ac96-774b-bcce-", "01890a5d0ac96-774b-bcce-b302099a8057",
        };

        (void)state;
        assert_true(sq_uuid_is_valid("01890a5d-ac96-774b-bcce-b302099a8057"));
        /* Of any version: the ancestor made version 4. */
        assert_true(sq_uuid_is_valid("f47ac10b-58cc-4372-a567-0e02b2c3d479"));
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
                assert_false(sq_uuid_is_valid(wrong[i]));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(new_uuids_are_valid_and_of_version_7),
                cmocka_unit_test(a_later_uuid_sorts_behind),
                cmocka_unit_test(no_two_of_one_millisecond_are_the_same),
                cmocka_unit_test(only_the_canonical_form_is_valid),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
