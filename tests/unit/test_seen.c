/* test_seen.c - what a reading of the queue has shown, in memory */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reconcile/seen.h"

static int start(void **state) {
        *state = sq_seen_new();
        return *state ? 0 : -1;
}

static int stop(void **state) {
        sq_seen_free(*state);
        return 0;
}

static void assert_row(struct sq_seen *seen, const char *uuid, int64_t task, int64_t tasks,
                       bool moving) {
        struct sq_seen_row row = {-1, !moving};

        assert_true(sq_seen_find(seen, uuid, task, &row));
        assert_int_equal(row.tasks, tasks);
        assert_int_equal(row.moving, moving);
}

static void nothing_was_seen_at_first(void **state) {
        struct sq_seen_row row = {7, true};
        int64_t submit_at = 7;

        assert_false(sq_seen_find(*state, UUID(1), -1, &row));
        assert_int_equal(row.tasks, 7); /* left alone */
        assert_false(sq_seen_find_job(*state, 1, &submit_at));
        assert_int_equal(submit_at, 7);
}

static void lines_of_the_same_row_add_up(void **state) {
        assert_true(sq_seen_add(*state, UUID(1), -1, 3, false));
        assert_row(*state, UUID(1), -1, 3, false);
        assert_true(sq_seen_add(*state, UUID(1), -1, 1, false));
        assert_row(*state, UUID(1), -1, 4, false);
        assert_true(sq_seen_add(*state, UUID(1), -1, 0, true));
        assert_row(*state, UUID(1), -1, 4, true);
        assert_true(sq_seen_add(*state, UUID(1), -1, 2, false)); /* it is moving for good */
        assert_row(*state, UUID(1), -1, 6, true);
}

static void tasks_and_uuids_are_told_apart(void **state) {
        struct sq_seen_row row;

        assert_true(sq_seen_add(*state, UUID(1), -1, 9, false));
        assert_true(sq_seen_add(*state, UUID(1), 0, 1, false));
        assert_true(sq_seen_add(*state, UUID(1), 7, 1, true));
        assert_true(sq_seen_add(*state, UUID(2), 7, 1, false));
        assert_row(*state, UUID(1), -1, 9, false);
        assert_row(*state, UUID(1), 0, 1, false);
        assert_row(*state, UUID(1), 7, 1, true);
        assert_row(*state, UUID(2), 7, 1, false);
        assert_false(sq_seen_find(*state, UUID(2), -1, &row));
        assert_false(sq_seen_find(*state, UUID(3), 7, &row));
}

static void every_digit_of_a_uuid_counts(void **state) {
        static const char digits[] = "0123456789abcdef";
        char uuid[SQ_UUID_SIZE];

        for (size_t i = 0; i < SQ_UUID_SIZE - 1; i++)
                for (int d = 1; d < 16; d++) {
                        memcpy(uuid, "00000000-0000-0000-0000-000000000000", sizeof uuid);
                        if (uuid[i] == '-')
                                continue;
                        uuid[i] = digits[d];
                        assert_true(sq_seen_add(*state, uuid, -1, (int64_t)i * 16 + d, false));
                }
        for (size_t i = 0; i < SQ_UUID_SIZE - 1; i++)
                for (int d = 1; d < 16; d++) {
                        memcpy(uuid, "00000000-0000-0000-0000-000000000000", sizeof uuid);
                        if (uuid[i] == '-')
                                continue;
                        uuid[i] = digits[d];
                        assert_row(*state, uuid, -1, (int64_t)i * 16 + d, false);
                }
}

static void a_name_that_is_no_uuid_is_no_trouble(void **state) {
        struct sq_seen_row row;

        assert_true(sq_seen_add(*state, "a", -1, 1, false));
        assert_true(sq_seen_add(*state, "0190-", -1, 2, false));
        assert_row(*state, "a", -1, 1, false);
        assert_row(*state, "0190-", -1, 2, false);
        assert_false(sq_seen_find(*state, "", -1, &row));
        assert_false(sq_seen_find(*state, UUID(1), -1, &row));
}

static void jobs_are_no_rows(void **state) {
        static const char none[] = "00000000-0000-0000-0000-000000000005";
        struct sq_seen_row row;
        int64_t submit_at = 0;

        assert_true(sq_seen_add_job(*state, 5, 1000));
        assert_false(sq_seen_find(*state, none, 0, &row)); /* the same bits */
        assert_true(sq_seen_add(*state, none, 0, 2, false));
        assert_true(sq_seen_find_job(*state, 5, &submit_at));
        assert_int_equal(submit_at, 1000);
        assert_row(*state, none, 0, 2, false);
        assert_false(sq_seen_find_job(*state, 6, &submit_at));
}

static void the_last_submission_of_a_job_counts(void **state) {
        int64_t submit_at = 0;

        assert_true(sq_seen_add_job(*state, 5, 1000));
        assert_true(sq_seen_add_job(*state, 5, 2000));
        assert_true(sq_seen_find_job(*state, 5, &submit_at));
        assert_int_equal(submit_at, 2000);
}

static void number(int64_t i, char uuid[SQ_UUID_SIZE]) {
        snprintf(uuid, SQ_UUID_SIZE, "0190%04" PRIx64 "-%04" PRIx64 "-7000-8000-%012" PRIx64,
                 (uint64_t)i >> 16, (uint64_t)i & 0xffff, (uint64_t)i * 2654435761u);
}

static void a_hundred_thousand_rows_are_all_found_again(void **state) {
        const int64_t n = 100000;
        char uuid[SQ_UUID_SIZE];
        struct sq_seen_row row;
        int64_t submit_at = 0;

        for (int64_t i = 0; i < n; i++) {
                number(i, uuid);
                assert_true(sq_seen_add(*state, uuid, i % 10 - 1, i + 1, i % 3 == 0));
                assert_true(sq_seen_add_job(*state, i, 1000 + i));
        }
        for (int64_t i = 0; i < n; i++) {
                number(i, uuid);
                assert_row(*state, uuid, i % 10 - 1, i + 1, i % 3 == 0);
                assert_false(sq_seen_find(*state, uuid, 100, &row));
                assert_true(sq_seen_find_job(*state, i, &submit_at));
                assert_int_equal(submit_at, 1000 + i);
        }
        number(n, uuid);
        assert_false(sq_seen_find(*state, uuid, n % 10 - 1, &row));
        assert_false(sq_seen_find_job(*state, n, &submit_at));
}

/* One array, every task with a line of its own. */
static void a_hundred_thousand_tasks_of_one_array_are_told_apart(void **state) {
        for (int64_t i = 0; i < 100000; i++)
                assert_true(sq_seen_add(*state, UUID(1), i, 1 + i % 2, false));
        for (int64_t i = 0; i < 100000; i++)
                assert_row(*state, UUID(1), i, 1 + i % 2, false);
}

static void nothing_can_be_freed(void **state) {
        (void)state;
        sq_seen_free(NULL);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(nothing_was_seen_at_first),
                A_TEST(lines_of_the_same_row_add_up),
                A_TEST(tasks_and_uuids_are_told_apart),
                A_TEST(every_digit_of_a_uuid_counts),
                A_TEST(a_name_that_is_no_uuid_is_no_trouble),
                A_TEST(jobs_are_no_rows),
                A_TEST(the_last_submission_of_a_job_counts),
                A_TEST(a_hundred_thousand_rows_are_all_found_again),
                A_TEST(a_hundred_thousand_tasks_of_one_array_are_told_apart),
                cmocka_unit_test(nothing_can_be_freed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
