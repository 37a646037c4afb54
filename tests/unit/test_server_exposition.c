#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "server/exposition.h"
#include "server/route.h"
#include "server/tally.h"

static void is(struct sq_json *out, const char *wanted) {
        struct sq_body *body = sq_json_take(out);
        char text[512];

        assert_non_null(body);
        snprintf(text, sizeof text, "%.*s", (int)sq_body_length(body), sq_body_text(body));
        assert_string_equal(text, wanted);
        sq_body_release(body);
}

static void a_family_is_its_help_and_its_type(void **state) {
        struct sq_json out = {.body = NULL};

        (void)state;
        sq_exposition_family(&out, &(struct sq_family){"x_total", "counter", "Things."});
        is(&out, "# HELP x_total Things.\n# TYPE x_total counter\n");
}

static void labels_follow_each_other(void **state) {
        struct sq_json out = {.body = NULL};

        (void)state;
        sq_exposition_begin(&out, "x", "", NULL, NULL);
        sq_exposition_integer(&out, -3);
        sq_exposition_begin(&out, "x", "_bucket", "a=\"1\"", NULL);
        sq_exposition_count(&out, UINT64_MAX);
        sq_exposition_begin(&out, "x", "", NULL, "b", "2", NULL);
        sq_exposition_text(&out, "+Inf");
        sq_exposition_begin(&out, "x", "", "a=\"1\"", "b", "2", "c", "", NULL);
        sq_exposition_nanoseconds(&out, 12000000345);
        is(&out, "x -3\nx_bucket{a=\"1\"} 18446744073709551615\nx{b=\"2\"} +Inf\n"
                 "x{a=\"1\",b=\"2\",c=\"\"} 12.000000345\n");
}

static void values_are_escaped_and_utf8(void **state) {
        static const struct {
                const char *value, *escaped;
        } of[] = {
                {"a\"b", "a\\\"b"},
                {"a\\nb", "a\\\\nb"},
                {"a\nb\n", "a\\nb\\n"},
                {"caf\xc3\xa9", "caf\xc3\xa9"},
                {"\xff", "\xef\xbf\xbd"},
                {"a\xc3", "a\xef\xbf\xbd"},
                {"\xc3\"", "\xef\xbf\xbd\\\""},
                {"\xe2\x82x", "\xef\xbf\xbd\xef\xbf\xbdx"},
                {"\t\x01", "\t\x01"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
                struct sq_json out = {.body = NULL};
                char wanted[64];

                snprintf(wanted, sizeof wanted, "x{n=\"%s\"} 0\n", of[i].escaped);
                sq_exposition_begin(&out, "x", "", NULL, "n", of[i].value, NULL);
                sq_exposition_integer(&out, 0);
                is(&out, wanted);
        }
}

struct told {
        uint64_t ours, others, others_status;
};

static void take(const struct sq_route *route, unsigned status, uint64_t n, void *payload) {
        struct told *told = payload;

        if (route == sq_route_at(1) && status == 404)
                told->ours += n;
        else if (!route && status == 200)
                told->others += n;
        else if (!route && !status)
                told->others_status += n;
        else
                fail_msg("%u", status);
}

static void answers_are_counted_by_route_and_status(void **state) {
        struct sq_tally tally = {0};
        struct told told = {0};

        (void)state;
        sq_tally_add(&tally, sq_route_at(1), 404);
        sq_tally_add(&tally, sq_route_at(1), 404);
        sq_tally_add(&tally, NULL, 200);
        sq_tally_add(&tally, NULL, 418);
        sq_tally_add(&tally, NULL, 0);
        sq_tally_each(&tally, take, &told);
        assert_int_equal(told.ours, 2);
        assert_int_equal(told.others, 1);
        assert_int_equal(told.others_status, 2);
}

static void there_are_not_more_routes_than_are_counted(void **state) {
        (void)state;
        for (size_t i = 0; i <= SQ_TALLY_ROUTES; i++)
                if (!sq_route_at(i))
                        return;
        fail_msg("make SQ_TALLY_ROUTES larger");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_family_is_its_help_and_its_type),
                cmocka_unit_test(labels_follow_each_other),
                cmocka_unit_test(values_are_escaped_and_utf8),
                cmocka_unit_test(answers_are_counted_by_route_and_status),
                cmocka_unit_test(there_are_not_more_routes_than_are_counted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
