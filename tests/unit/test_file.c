/* test_file.c - what a file has, read whole */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static void all_that_comes_in_pieces_is_read(void **state) {
        char text[16] = "";
        size_t length = 0;
        int pipes[2];
        pid_t writer;

        (void)state;
        assert_int_equal(pipe(pipes), 0);
        writer = fork();
        assert_true(writer >= 0);
        if (!writer) {
                /* The second half is written when the reader waits for it. */
                (void)!write(pipes[1], "half ", 5);
                usleep(20000);
                (void)!write(pipes[1], "whole", 5);
                _exit(0);
        }
        close(pipes[1]);
        assert_true(sq_file_read(pipes[0], text, sizeof text, &length));
        assert_int_equal(length, 10);
        assert_memory_equal(text, "half whole", 10);
        close(pipes[0]);
}

static void no_more_is_read_than_there_is_room_for(void **state) {
        char text[4] = "....";
        size_t length = 0;
        int pipes[2];

        (void)state;
        assert_int_equal(pipe(pipes), 0);
        assert_int_equal(write(pipes[1], "123456", 6), 6);
        assert_true(sq_file_read(pipes[0], text, 3, &length));
        assert_int_equal(length, 3);
        assert_memory_equal(text, "123.", 4);
        close(pipes[0]);
        close(pipes[1]);
}

static void a_failure_is_told_by_errno_and_sets_nothing(void **state) {
        char text[4];
        size_t length = 99;

        (void)state;
        errno = 0;
        assert_false(sq_file_read(-1, text, sizeof text, &length));
        assert_int_equal(errno, EBADF);
        assert_int_equal(length, 99);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_that_comes_in_pieces_is_read),
                cmocka_unit_test(no_more_is_read_than_there_is_room_for),
                cmocka_unit_test(a_failure_is_told_by_errno_and_sets_nothing),
        };

        return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
