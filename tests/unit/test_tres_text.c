#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/tres_text.h"

static struct sq_tres parse(const char *text) {
        struct sq_error err = {.text = ""};
        struct sq_tres tres;

        if (sq_tres_parse(text, &tres, &err) < 0)
                fail_msg("\"%s\": %s", text ? text : "", err.text);
        return tres;
}

static void refused(const char *text, int code) {
        struct sq_error err = {.text = ""};
        struct sq_tres tres = {.n = 7};

        if (sq_tres_parse(text, &tres, &err) != code)
                fail_msg("\"%.80s\" does not give %d", text, code);
        assert_true(err.text[0]);
        assert_int_equal(tres.n, 7);
}

static void the_text_of_a_job_is_read(void **state) {
        struct sq_tres t = parse("cpu=4,mem=20000M,node=1,billing=4,gres/gpu=1,"
                                 "gres/gpu:h100=1");

        (void)state;
        assert_int_equal(t.n, 6);
        assert_int_equal(sq_tres_count(&t, "cpu"), 4);
        assert_int_equal(sq_tres_count(&t, "mem"), 20000);
        assert_int_equal(sq_tres_count(&t, "node"), 1);
        assert_int_equal(sq_tres_count(&t, "billing"), 4);
        assert_int_equal(sq_tres_count(&t, "gres/gpu"), 1);
        assert_int_equal(sq_tres_count(&t, "gres/gpu:h100"), 1);
        assert_int_equal(sq_tres_untyped_gpus(&t), 0);
}

static void nothing_is_an_empty_list(void **state) {
        struct sq_tres t;

        (void)state;
        t = parse(NULL);
        assert_int_equal(t.n, 0);
        t = parse("");
        assert_int_equal(t.n, 0);
        t = parse(",,");
        assert_int_equal(t.n, 0);
        assert_int_equal(sq_tres_untyped_gpus(&t), 0);
}

static void memory_is_counted_in_mebibytes(void **state) {
        static const struct {
                const char *text, *name;
                int64_t count;
        } row[] = {
                {"mem=0", "mem", 0}, {"mem=500", "mem", 500}, {"mem=62.50G", "mem", 64000},
                {"mem=2T", "mem", 2097152}, {"mem=1.5G", "mem", 1536}, {"mem=1K", "mem", 1},
                {"mem=1025K", "mem", 2}, {"mem=0.01M", "mem", 1}, {"vmem=1G", "vmem", 1024},
                {"gres/gpumem=1G", "gres/gpumem", 1024},
                {"bb/datawarp=2G", "bb/datawarp", 2048},
                {"billing=2K", "billing", 2048}, {"energy=1.5K", "energy", 1536},
                {"license/x=3", "license/x", 3}, {"mem=1P", "mem", 1LL << 30},
                {"mem=1E", "mem", 1LL << 40}, {"cpu=9223372036854775807", "cpu", INT64_MAX},
                {"mem=123.456789", "mem", 124}, {"fs/disk=0", "fs/disk", 0},
        };

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                struct sq_tres t = parse(row[i].text);

                if (sq_tres_count(&t, row[i].name) != row[i].count)
                        fail_msg("\"%s\" is %lld", row[i].text,
                                 (long long)sq_tres_count(&t, row[i].name));
        }
}

static void counts_that_are_not_set_are_left_out(void **state) {
        struct sq_tres t = parse("cpu=1,energy=18446744073709551614,"
                                 "pages=18446744073709551615");

        (void)state;
        assert_int_equal(t.n, 1);
}

static void a_name_that_stands_twice_adds_up(void **state) {
        struct sq_tres t = parse("gres/gpu:h100=1,gres/gpu:h100=2");

        (void)state;
        assert_int_equal(sq_tres_count(&t, "gres/gpu:h100"), 3);
}

static void the_total_of_gpus_is_at_least_the_typed_ones(void **state) {
        struct sq_tres t = parse("cpu=1,gres/gpu:h100=2,gres/gpu:a100=1");

        (void)state;
        assert_int_equal(sq_tres_count(&t, "gres/gpu"), 3);
        assert_int_equal(sq_tres_untyped_gpus(&t), 0);
        t = parse("gres/gpu=1,gres/gpu:h100=2");
        assert_int_equal(sq_tres_count(&t, "gres/gpu"), 2);
        t = parse("gres/gpu=5,gres/gpu:h100=2");
        assert_int_equal(sq_tres_count(&t, "gres/gpu"), 5);
        assert_int_equal(sq_tres_untyped_gpus(&t), 3);
        t = parse("gres/gpu=5");
        assert_int_equal(sq_tres_untyped_gpus(&t), 5);
}

static void what_is_no_such_list_is_refused(void **state) {
        static const char *const text[] = {
                "cpu", "=4", "cpu=", "cpu=x", "cpu=-1", "cpu=4x", "mem=1.G", "mem=.5G",
                "mem=1.1234567G", "mem=1 G", "cpu=1 ,mem=2", "(null)",
        };

        (void)state;
        for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
                refused(text[i], SQ_EINVAL);
}

static void what_does_not_fit_is_refused(void **state) {
        char text[SQ_TRES_TEXT_SIZE + 2];
        size_t n = 0;

        (void)state;
        refused("cpu=9223372036854775808", SQ_ERANGE);
        refused("cpu=99999999999999999999999999", SQ_ERANGE);
        refused("cpu=9223372036854775807K", SQ_ERANGE);
        refused("cpu=9223372036854775807.999999E", SQ_ERANGE);
        refused("cpu=9223372036854775807,cpu=1", SQ_ERANGE);
        refused("gres/gpu:a=9223372036854775807,gres/gpu:b=1", SQ_ERANGE);
        refused("x23456789012345678901234567890123456789012345678901234567890123456789=1",
                SQ_ERANGE);
        for (int i = 0; i < SQ_TRES_MAX + 1; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "license/n%d=1,", i);
        refused(text, SQ_ERANGE);
        n = 0;
        for (int i = 0; i < SQ_TRES_MAX; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "gres/gpu:n%d=1,", i);
        refused(text, SQ_ERANGE); /* no room for the total */
        memset(text, ',', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        refused(text, SQ_ERANGE);
}

static void typed_gpus_beyond_counting_leave_none_untyped(void **state) {
        struct sq_tres t = {.n = 0};

        (void)state;
        assert_true(sq_tres_set(&t, "gres/gpu", 1));
        assert_true(sq_tres_set(&t, "gres/gpu:a", INT64_MAX));
        assert_true(sq_tres_set(&t, "gres/gpu:b", INT64_MAX));
        assert_int_equal(sq_tres_untyped_gpus(&t), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_text_of_a_job_is_read),
                cmocka_unit_test(nothing_is_an_empty_list),
                cmocka_unit_test(memory_is_counted_in_mebibytes),
                cmocka_unit_test(counts_that_are_not_set_are_left_out),
                cmocka_unit_test(a_name_that_stands_twice_adds_up),
                cmocka_unit_test(the_total_of_gpus_is_at_least_the_typed_ones),
                cmocka_unit_test(what_is_no_such_list_is_refused),
                cmocka_unit_test(what_does_not_fit_is_refused),
                cmocka_unit_test(typed_gpus_beyond_counting_leave_none_untyped),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
