#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

static void failing_returns_the_code_and_keeps_the_text(void **state) {
        struct sq_error err = {.hint = "an old hint"};

        (void)state;
        assert_int_equal(sq_fail(&err, SQ_EBUSY, "could not lock \"%s\"", "x"), SQ_EBUSY);
        assert_string_equal(err.text, "could not lock \"x\"");
        assert_string_equal(err.hint, "");
}

static void an_error_is_optional(void **state) {
        (void)state;
        assert_int_equal(sq_fail(NULL, SQ_EIO, "nobody reads this"), SQ_EIO);
        sq_context(NULL, "nor this");
        sq_hint(NULL, "nor this");
}

static void context_goes_in_front_and_leaves_the_hint(void **state) {
        struct sq_error err;

        (void)state;
        sq_fail(&err, SQ_EIO, "disk full");
        sq_hint(&err, "Remove %d files.", 3);
        sq_context(&err, "could not book job %d", 7);
        sq_context(&err, "charge");
        assert_string_equal(err.text, "charge: could not book job 7: disk full");
        assert_string_equal(err.hint, "Remove 3 files.");
}

static void long_texts_are_cut_to_fit(void **state) {
        struct sq_error err;
        char longer[2 * sizeof err.text];

        (void)state;
        memset(longer, 'x', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        sq_fail(&err, SQ_EIO, "%s", longer);
        assert_int_equal(strlen(err.text), sizeof err.text - 1);
        sq_context(&err, "before");
        assert_int_equal(strlen(err.text), sizeof err.text - 1);
        assert_memory_equal(err.text, "before: xxx", 11);
        sq_context(&err, "%s", longer);
        assert_int_equal(strlen(err.text), sizeof err.text - 1);
        assert_int_equal(err.text[0], 'x');
        sq_hint(&err, "%s", longer);
        assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(failing_returns_the_code_and_keeps_the_text),
                cmocka_unit_test(an_error_is_optional),
                cmocka_unit_test(context_goes_in_front_and_leaves_the_hint),
                cmocka_unit_test(long_texts_are_cut_to_fit),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
