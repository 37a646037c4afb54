#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/gres.h"
#include "slurm/suffix.h"

/* "gres/gpu=3,gres/gpu:h100=2" in the order of the list. */
static const char *gpus(const char *text, int64_t times) {
        static char shown[1024];
        struct sq_tres tres = {.n = 0};
        struct sq_error err = {.text = ""};
        size_t n = 0;

        if (sq_gres_add_gpus(text, times, &tres, &err) < 0)
                fail_msg("\"%s\": %s", text, err.text);
        shown[0] = '\0';
        for (size_t i = 0; i < tres.n; i++)
                n += (size_t)snprintf(shown + n, sizeof shown - n, "%s%s=%lld", i ? "," : "",
                                      tres.item[i].name, (long long)tres.item[i].count);
        return shown;
}

static void every_spelling_means_the_same(void **state) {
        static const struct {
                const char *text, *gpus;
        } row[] = {
                {NULL, ""}, {"", ""}, {",", ""},
                {"gpu", "gres/gpu=1"}, {"gpu:2", "gres/gpu=2"}, {"gpu=2", "gres/gpu=2"},
                {"gres:gpu", "gres/gpu=1"}, {"gres/gpu", "gres/gpu=1"},
                {"gres:gpu:2", "gres/gpu=2"}, {"gres/gpu:2", "gres/gpu=2"},
                {"gres/gpu=2", "gres/gpu=2"},
                {"gpu:h100", "gres/gpu:h100=1,gres/gpu=1"},
                {"gpu:h100:2", "gres/gpu:h100=2,gres/gpu=2"},
                {"gres:gpu:h100:2", "gres/gpu:h100=2,gres/gpu=2"},
                {"gres/gpu:h100", "gres/gpu:h100=1,gres/gpu=1"},
                {"gres/gpu:h100:2", "gres/gpu:h100=2,gres/gpu=2"},
                {"gres/gpu:h100=2", "gres/gpu:h100=2,gres/gpu=2"},
                {"gpu:h100:2(S:0-1)", "gres/gpu:h100=2,gres/gpu=2"},
                {"gpu:h100:2(IDX:0,3),gpu:a100:1",
                 "gres/gpu:h100=2,gres/gpu:a100=1,gres/gpu=3"},
                {"gres/gpu:h100:1,gres/gpu:a100:3",
                 "gres/gpu:h100=1,gres/gpu:a100=3,gres/gpu=4"},
                {"gres/gpu:2, gres/shard:4", "gres/gpu=2"},
                /* numbers and types */
                {"gpu:2K", "gres/gpu=2048"}, {"gpu:1m", "gres/gpu=1048576"},
                {"gpu:2kb", "gres/gpu=2000"}, {"gpu:1KiB", "gres/gpu=1024"},
                {"gpu:1080", "gres/gpu=1080"}, {"gpu:1080:2", "gres/gpu:1080=2,gres/gpu=2"},
                {"gpu:1080=2", "gres/gpu:1080=2,gres/gpu=2"},
                {"gpu:1080ti", "gres/gpu:1080ti=1,gres/gpu=1"},
                {"gpu:k80", "gres/gpu:k80=1,gres/gpu=1"}, {"gpu:k", "gres/gpu:k=1,gres/gpu=1"},
                {"gpu:a100_3g.40gb:1", "gres/gpu:a100_3g.40gb=1,gres/gpu=1"},
                /* nothing */
                {"none", ""}, {"NONE", ""}, {"gres:none", ""}, {"0", ""}, {"gres/0", ""},
                {"gres/", ""}, {"gpu:0", ""}, {"gpu:h100:0", ""}, {"gres/gpu=0", ""},
                /* not GPUs */
                {"gres/shard:4", ""}, {"gres/mps:100", ""}, {"shard", ""}, {"cpu=2", ""},
                {"license/matlab:1", ""}, {"license:matlab", ""}, {"mem=4G", ""},
                {"tmp:100G", ""}, {"energy", ""}, {"cpufreq:2", ""},
                {"cpu=2,gres/gpu:h100=1", "gres/gpu:h100=1,gres/gpu=1"},
                /* the same thing twice: the larger */
                {"gpu:2,gpu:3", "gres/gpu=3"}, {"gpu:3,gpu:2", "gres/gpu=3"},
                {"gpu:h100:1,gpu:h100:4", "gres/gpu:h100=4,gres/gpu=4"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
                if (strcmp(gpus(row[i].text, 1), row[i].gpus))
                        fail_msg("\"%s\" is \"%s\", not \"%s\"", row[i].text,
                                 gpus(row[i].text, 1), row[i].gpus);
}

static void a_list_counts_so_many_times(void **state) {
        (void)state;
        assert_string_equal(gpus("gpu:h100:2", 3), "gres/gpu:h100=6,gres/gpu=6");
        assert_string_equal(gpus("gpu:h100:2", 0), "");
}

static void added_gpus_come_on_top(void **state) {
        struct sq_tres tres = {.n = 0};

        (void)state;
        assert_int_equal(sq_gres_add_gpus("gpu:h100:2", 1, &tres, NULL), SQ_OK);
        assert_int_equal(sq_gres_add_gpus("gpu:h100:1,gpu:a100:1", 1, &tres, NULL), SQ_OK);
        assert_int_equal(sq_tres_count(&tres, "gres/gpu"), 4);
        assert_int_equal(sq_tres_count(&tres, "gres/gpu:h100"), 3);
}

static void items_are_told_apart(void **state) {
        const char *at = "gres/gpu:h100:2,cpu=4,license/matlab:3,license:x,shard:5,cpu";
        static const struct sq_gres expected[] = {
                {"gpu", "h100", 2, true}, {"cpu", "", 4, false},
                {"license/matlab", "", 3, false}, {"license:x", "", 1, false},
                {"shard", "", 5, true}, {"cpu", "", 1, false},
        };
        struct sq_gres gres;

        (void)state;
        for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
                assert_int_equal(sq_gres_next(&at, &gres, NULL), SQ_OK);
                assert_string_equal(gres.name, expected[i].name);
                assert_string_equal(gres.type, expected[i].type);
                assert_int_equal(gres.count, expected[i].count);
                assert_int_equal(gres.is_gres, expected[i].is_gres);
        }
        assert_int_equal(sq_gres_next(&at, &gres, NULL), SQ_OK);
        assert_string_equal(gres.name, "");
}

static void what_cannot_be_read_is_refused_and_named(void **state) {
        static const char *const text[] = {
                "gpu:", "gpu=", "gpu::2", ":2", "gpu:a:b", "gpu:a:b:2", "gpu=x", "gpu:h100=x",
                "gpu:h100=-2", "gpu:-2", "gpu:h 100", "gpu=2x", "a b", "gpu:\"x\"",
                "gpu:99999999999999999999", "gpu:99999999999999P", "cpu=", "cpu=2x",
                "cpu=99999999999999999999", "x(",
                "license/345678901234567890123456789012345678901234567890123456789012345678",
                "gpu:t12345678901234567890123456789012345678901234567890123456789012345678",
                "0123456789012345678901234567890123456789012345678901234567890123456789x",
                "gpu:t234567890123456789012345678901234567890123456789012345",
        };
        struct sq_error err;
        struct sq_tres tres;

        (void)state;
        for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
                char list[300];

                snprintf(list, sizeof list, "gpu:1,%s,gpu:2", text[i]);
                tres.n = 0;
                err.text[0] = '\0';
                if (sq_gres_add_gpus(list, 1, &tres, &err) != SQ_EINVAL)
                        fail_msg("\"%s\" was accepted", text[i]);
                if (strncmp(err.text, "cannot read resource \"", 22))
                        fail_msg("\"%s\": %s", text[i], err.text);
        }
}

static void a_list_has_a_length(void **state) {
        char text[SQ_GRES_TEXT_MAX + 2];
        struct sq_tres tres = {.n = 0};
        struct sq_error err;

        (void)state;
        memset(text, ',', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        assert_int_equal(sq_gres_add_gpus(text, 1, &tres, &err), SQ_EINVAL);
        text[sizeof text - 2] = '\0';
        assert_int_equal(sq_gres_add_gpus(text, 1, &tres, &err), SQ_OK);
}

static void numbers_that_do_not_fit_are_refused(void **state) {
        struct sq_tres tres = {.n = 0};
        struct sq_error err;
        char text[SQ_GRES_TEXT_MAX];
        size_t n = 0;

        (void)state;
        assert_int_equal(sq_gres_add_gpus("gpu:4", INT64_MAX, &tres, &err), SQ_ERANGE);
        tres.n = 0;
        assert_int_equal(sq_gres_add_gpus("gpu:a:1,gpu:b:1", INT64_MAX, &tres, &err),
                         SQ_ERANGE);
        tres.n = 0;
        assert_int_equal(sq_gres_add_gpus("gpu:a:1", INT64_MAX, &tres, &err), SQ_OK);
        assert_int_equal(sq_gres_add_gpus("gpu:a:1", 1, &tres, &err), SQ_ERANGE);
        for (int i = 0; i < 60; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "gpu:t%d:1,", i);
        tres.n = 0;
        assert_int_equal(sq_gres_add_gpus(text, 1, &tres, &err), SQ_ERANGE);
}

static void units_are_those_of_slurm(void **state) {
        static const struct {
                const char *text;
                int64_t unit;
        } row[] = {
                {"", 1}, {"k", 1024}, {"K", 1024}, {"KiB", 1024}, {"kb", 1000}, {"M", 1 << 20},
                {"mb", 1000000}, {"G", 1 << 30}, {"T", 1LL << 40}, {"P", 1LL << 50},
                {"E", 1LL << 60}, {"EB", 1000000000000000000LL}, {"x", 0}, {"ki", 0}, {"kx", 0},
                {"kxb", 0}, {"kibs", 0}, {"b", 0},
        };
        int64_t value;

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
                assert_int_equal(sq_suffix_unit(row[i].text, strlen(row[i].text)), row[i].unit);
        assert_int_equal(sq_suffix_count("12x", 2, &value), SQ_OK);
        assert_int_equal(value, 12);
        assert_int_equal(sq_suffix_count("", 0, &value), SQ_EINVAL);
        assert_int_equal(sq_suffix_count("9E", 2, &value), SQ_ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_spelling_means_the_same),
                cmocka_unit_test(a_list_counts_so_many_times),
                cmocka_unit_test(added_gpus_come_on_top),
                cmocka_unit_test(items_are_told_apart),
                cmocka_unit_test(what_cannot_be_read_is_refused_and_named),
                cmocka_unit_test(a_list_has_a_length),
                cmocka_unit_test(numbers_that_do_not_fit_are_refused),
                cmocka_unit_test(units_are_those_of_slurm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
