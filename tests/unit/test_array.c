#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/array.h"

static int64_t count(const char *text) {
        struct sq_error err = {.text = ""};
        int64_t n = -1;

        if (sq_array_count(text, &n, &err) < 0)
                fail_msg("\"%s\": %s", text, err.text);
        return n;
}

static void refused(const char *text, int code, const char *says) {
        struct sq_error err = {.text = ""};
        int64_t n = -7;

        assert_int_equal(sq_array_count(text, &n, &err), code);
        if (!strstr(err.text, says))
                fail_msg("\"%s\": \"%s\" does not say \"%s\"", text, err.text, says);
        assert_int_equal(n, -7);
}

static void a_job_without_array_is_one_task(void **state) {
        (void)state;
        assert_int_equal(count(NULL), 1);
        assert_int_equal(count(""), 1);
}

static void every_spelling_that_slurm_takes_is_counted(void **state) {
        static const struct {
                const char *text;
                int64_t tasks;
        } row[] = {
                {"0", 1}, {"7", 1}, {"0-10", 11}, {"1-1", 1}, {"0,4,8,12", 4},
                {"0,6,16-32", 19},
                {"0-15:4", 4}, {"0-15:4%2", 4}, {"0-16:4", 5}, {"0-10%3", 11}, {"5%1", 1},
                {"[0-10]", 11}, {"[0-10]%3", 11}, {"[1,2,3]", 3}, {"[1-3:2]", 2}, {"[5]", 1},
                {" 1, 2", 2}, {"1- 3", 3}, {"+1-+3", 3}, {"1-9: 4", 3}, {"1,,2,", 2}, {",3", 1},
                {"%5", 1}, {"-", 1}, {"5-9:100", 1}, {"0-3,2-5", 6}, {"1,1,1", 1},
                {"1-5,3", 5}, {"0-9:2,1-9:2", 10}, {"0-9:2,0-9:3", 7}, {"0-9:2,0-9", 10},
                {"1]-3]", 3}, {"1-5]:2]", 3}, {"0-4000000", 4000001}, {"0-90000000", 90000001},
                {"0-4294967295", 4294967296}, {"0-4294967294:2", 2147483648},
                {"0-20,4294967295", 22}, {"\t7", 1}, {"0-63,64-127", 128},
                {"3-200,100-300:7", 212}, {"1-\v3", 3},
        };

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
                if (count(row[i].text) != row[i].tasks)
                        fail_msg("\"%s\" is %lld, not %lld", row[i].text,
                                 (long long)count(row[i].text), (long long)row[i].tasks);
}

static void what_slurm_refuses_is_refused_and_named(void **state) {
        char text[SQ_ARRAY_TEXT_MAX + 2];

        (void)state;
        refused("a", SQ_EINVAL, "\"a\"");
        refused("1,x-2", SQ_EINVAL, "\"x-2\"");
        refused("1-2-3", SQ_EINVAL, "\"1-2-3\"");
        refused("1 ,2", SQ_EINVAL, "\"1 \"");
        refused("1 - 3", SQ_EINVAL, "\"1 - 3\"");
        refused("1:2", SQ_EINVAL, "\"1:2\"");
        refused("[[1", SQ_EINVAL, "\"[[1\"");
        refused("1]]", SQ_EINVAL, "\"1]]\"");
        refused("1-5:2x", SQ_EINVAL, "\"1-5:2x\"");
        refused("9-1", SQ_EINVAL, "ends before");
        refused("0-10:0", SQ_EINVAL, "step");
        refused("0-10:-2", SQ_EINVAL, "step");
        refused("0-10:", SQ_EINVAL, "step");
        refused("-1", SQ_EINVAL, "negative");
        refused("1--2", SQ_EINVAL, "ends before");
        refused(",,", SQ_EINVAL, "no task");
        refused("4294967296", SQ_ERANGE, "too large");
        refused("0-99999999999999999999999", SQ_ERANGE, "too large");
        memset(text, '1', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        refused(text, SQ_EINVAL, "longer");
}

static void the_longest_list_is_counted(void **state) {
        char text[SQ_ARRAY_TEXT_MAX + 1];

        (void)state;
        for (size_t i = 0; i < SQ_ARRAY_TEXT_MAX; i += 2)
                memcpy(text + i, "7,", 2);
        text[SQ_ARRAY_TEXT_MAX] = '\0';
        assert_int_equal(count(text), 1);
}

static void wide_overlaps_with_steps_are_never_counted_too_low(void **state) {
        char text[4096];
        size_t n = 0;
        int64_t tasks;

        (void)state;
        /* the sum is smaller than the width, and the other way round */
        assert_int_equal(count("0-3000000:3,1-3000000:1000"), 1000001 + 3000);
        assert_int_equal(count("0-3000000:2,1-3000000"), 3000001);
        /* too much work for exactness: bounded by the width */
        for (int i = 0; i < 200; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%d-500000:2",
                                      i ? "," : "", i * 2);
        tasks = count(text);
        assert_in_range(tasks, 250001, 500001);
        /* one range after the other does not make a chain */
        assert_int_equal(count("0-600000:2,700000-1000000:3"), 300001 + 100001);
}

static void random_lists_agree_with_counting_by_hand(void **state) {
        enum { IDS = 400 };
        uint32_t seed = 12345;
        char text[512];

        (void)state;
        for (int round = 0; round < 20000; round++) {
                unsigned char seen[IDS] = {0};
                int64_t expected = 0;
                size_t n = 0;
                int parts;

                seed = seed * 1664525 + 1013904223;
                parts = 1 + (int)((seed >> 16) % 6);
                for (int i = 0; i < parts; i++) {
                        int first, last, step;

                        seed = seed * 1664525 + 1013904223;
                        first = (int)((seed >> 8) % IDS);
                        seed = seed * 1664525 + 1013904223;
                        last = first + (int)((seed >> 8) % (unsigned)(IDS - first));
                        seed = seed * 1664525 + 1013904223;
                        step = (seed >> 8) % 2 ? 1 : 1 + (int)((seed >> 10) % 9);
                        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d-%d:%d",
                                              i ? "," : "", first, last, step);
                        for (int id = first; id <= last; id += step)
                                seen[id] = 1;
                }
                for (int id = 0; id < IDS; id++)
                        expected += seen[id];
                if (count(text) != expected)
                        fail_msg("\"%s\" is %lld, not %lld", text, (long long)count(text),
                                 (long long)expected);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_job_without_array_is_one_task),
                cmocka_unit_test(every_spelling_that_slurm_takes_is_counted),
                cmocka_unit_test(what_slurm_refuses_is_refused_and_named),
                cmocka_unit_test(the_longest_list_is_counted),
                cmocka_unit_test(wide_overlaps_with_steps_are_never_counted_too_low),
                cmocka_unit_test(random_lists_agree_with_counting_by_hand),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
