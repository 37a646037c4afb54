#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/comment.h"

#define A "0190a1b2-c3d4-7e5f-8a6b-0123456789ab"
#define B "0190ffff-0000-7000-8000-000000000001"

static void the_uuid_is_found_where_it_can_be(void **state) {
        static const struct {
                const char *comment, *uuid;
        } row[] = {
                {A, A}, {A ",approved by ann", A}, {A " approved", A}, {A "\n", A}, {" " A, A},
                {"slurm_quota=" A, A}, {"project x slurm_quota=" A, A},
                {"x,slurm_quota=" A ",y", A}, {"slurm_quota=" A " y", A},
                {B ",slurm_quota=" A, A}, {"slurm_quota=bad slurm_quota=" A, A},
                {NULL, NULL}, {"", NULL}, {"approved", NULL}, {"x " A, NULL}, {A "x", NULL},
                {A ";", NULL}, {"slurm_quota=", NULL}, {"slurm_quota= " A, NULL},
                {"xslurm_quota=" A, NULL}, {"slurm_quota=" A "x", NULL},
                {"0190A1B2-C3D4-7E5F-8A6B-0123456789AB", NULL},
                {"0190a1b2xc3d4x7e5fx8a6bx0123456789ab", NULL},
                {"slurm_quota=0190a1b2-c3d4-7e5f-8a6b-0123456789a", NULL},
        };
        char uuid[SQ_UUID_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                memcpy(uuid, "?", 2);
                if (sq_comment_uuid(row[i].comment, uuid) != !!row[i].uuid)
                        fail_msg("\"%s\"", row[i].comment);
                assert_string_equal(uuid, row[i].uuid ? row[i].uuid : "?");
        }
}

static void setting_keeps_what_an_administrator_wrote(void **state) {
        static const struct {
                const char *before, *after;
        } row[] = {
                {NULL, A}, {"", A}, {"  \n", A}, {B, A}, {A, A}, {B ",text", A ",text"},
                {B " text", A " text"}, {"text", "text slurm_quota=" A},
                {"a, b", "a, b slurm_quota=" A},
                {"x slurm_quota=" B ",y", "x slurm_quota=" A ",y"},
                {"slurm_quota=" B, "slurm_quota=" A}, {"slurm_quota=", "slurm_quota=" A},
                {"slurm_quota=rubbish y", "slurm_quota=" A " y"},
                {"x " B, "x " B " slurm_quota=" A},
                {B ",slurm_quota=" B, B ",slurm_quota=" A},
        };
        char text[200], uuid[SQ_UUID_SIZE], again[200];

        (void)state;
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                assert_int_equal(sq_comment_set(row[i].before, A, text, sizeof text, NULL),
                                 SQ_OK);
                assert_string_equal(text, row[i].after);
                assert_true(sq_comment_uuid(text, uuid));
                assert_string_equal(uuid, A);
                assert_int_equal(sq_comment_set(text, A, again, sizeof again, NULL), SQ_OK);
                assert_string_equal(again, text);
        }
}

static void what_does_not_fit_changes_nothing(void **state) {
        char text[64] = "as it was", *large;
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_comment_set(NULL, A, text, 36, &err), SQ_ERANGE);
        assert_string_equal(text, "as it was");
        assert_int_equal(sq_comment_set(NULL, A, text, 37, &err), SQ_OK);
        assert_int_equal(sq_comment_set("text", A, text, 4 + 13 + 36, &err), SQ_ERANGE);
        assert_int_equal(sq_comment_set("text", A, text, 4 + 13 + 36 + 1, &err), SQ_OK);
        large = malloc(SQ_COMMENT_MAX + 2);
        assert_non_null(large);
        memset(large, 'x', SQ_COMMENT_MAX + 1);
        large[SQ_COMMENT_MAX + 1] = '\0';
        assert_int_equal(sq_comment_set(large, A, text, sizeof text, &err), SQ_ERANGE);
        assert_non_null(strstr(err.text, "longer"));
        free(large);
}

static void only_a_uuid_is_written(void **state) {
        char text[64];

        (void)state;
        assert_int_equal(sq_comment_set("x", "y", text, sizeof text, NULL), SQ_EINVAL);
        assert_int_equal(sq_comment_set("x", "0190A1B2-C3D4-7E5F-8A6B-0123456789AB", text,
                                        sizeof text, NULL), SQ_EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_uuid_is_found_where_it_can_be),
                cmocka_unit_test(setting_keeps_what_an_administrator_wrote),
                cmocka_unit_test(what_does_not_fit_changes_nothing),
                cmocka_unit_test(only_a_uuid_is_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
