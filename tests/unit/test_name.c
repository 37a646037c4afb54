#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/name.h"

enum { USER = 1, ACCOUNT = 2, TYPE = 4, ALL = 7 };

static int accepted(const char *name) {
        int kinds = 0;

        for (int kind = SQ_NAME_USER; kind <= SQ_NAME_GPU_TYPE; kind++) {
                struct sq_error err = {.text = ""};

                if (sq_name_check((enum sq_name_kind)kind, name, &err) == SQ_OK)
                        kinds |= 1 << kind;
                else
                        assert_true(err.text[0]);
        }
        return kinds;
}

static void names_that_sites_use_pass(void **state) {
        static const char *const name[] = {
                "ann", "ann.b-c_d", "ann@example.org", "host$", "Ann", "x+y", "123", "a", "~x",
                "j\xc3\xbcrgen", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80", "a100_3g.40gb",
                "\xef\xbf\xbd", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xc2\xa1", "\xe0\xa0\x80",
        };

        (void)state;
        for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
                if (accepted(name[i]) != ALL)
                        fail_msg("\"%s\"", name[i]);
        assert_int_equal(accepted("DOMAIN\\ann"), USER);
        assert_int_equal(accepted("dept/project"), ACCOUNT);
        assert_int_equal(accepted("a:b"), ACCOUNT);
        assert_int_equal(accepted("a(b)"), USER | ACCOUNT);
}

static void names_that_would_be_taken_apart_are_refused(void **state) {
        static const char *const name[] = {
                "", "-x", "a b", "a\tb", "a\nb", "a,b", "a\"b", "a'b", "a`b", "a=b", "*", "a%b",
                "\x7f", "a\x01", " a",
                /* no UTF-8: stray, cut off, too long a form, surrogate, too large */
                "\x80", "\xc3", "\xc3(", "\xc0\x80", "\xe0\x80\x80", "\xe6\x97", "\xe6\x97(",
                "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf0\x9f\x98(",
                /* control characters and the blank beyond ASCII */
                "a\xc2\x85", "a\xc2\xa0z",
        };

        (void)state;
        for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
                if (accepted(name[i]))
                        fail_msg("\"%s\" passed as %d", name[i], accepted(name[i]));
        assert_int_equal(accepted(NULL), 0);
}

static void names_are_bounded(void **state) {
        char name[300];

        (void)state;
        memset(name, 'x', sizeof name);
        name[SQ_NAME_MAX] = '\0';
        assert_int_equal(accepted(name), USER | ACCOUNT);
        name[SQ_NAME_MAX] = 'x';
        name[SQ_NAME_MAX + 1] = '\0';
        assert_int_equal(accepted(name), 0);
        name[SQ_GPU_TYPE_MAX] = '\0';
        assert_int_equal(accepted(name), ALL);
        assert_int_equal(strlen("gres/gpu:") + strlen(name) + 1, SQ_TRES_NAME_MAX);
}

static void lower_case_is_that_of_slurm(void **state) {
        char name[16] = "ProjectX\xc3\x9c";

        (void)state;
        assert_true(sq_name_lower(name, name, sizeof name));
        assert_string_equal(name, "projectx\xc3\x9c");
        assert_true(sq_name_lower("[@AZaz09`{", name, sizeof name));
        assert_string_equal(name, "[@azaz09`{");
        assert_false(sq_name_lower("ABCD", name, 4));
        assert_string_equal(name, "[@azaz09`{");
        assert_true(sq_name_lower("ABCD", name, 5));
        assert_string_equal(name, "abcd");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_that_sites_use_pass),
                cmocka_unit_test(names_that_would_be_taken_apart_are_refused),
                cmocka_unit_test(names_are_bounded),
                cmocka_unit_test(lower_case_is_that_of_slurm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
