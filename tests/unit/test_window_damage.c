/* test_window_damage.c - verify finds what is wrong with windows, and repair mends it */
#include "window_fixture.h"

#include <stdio.h>
#include <string.h>

#include "ledger/repair.h"
#include "ledger/verify.h"

/* A month that is over, of which something was carried over and a job still runs. */
static void fill(struct fixture *f) {
        set_month(f, 10 * HOUR, "capped:100");
        set_budget(f, SQ_USER, "alice", "node", SQ_WINDOW_YEAR, 1000 * HOUR, NULL);
        charge(f, 1, NULL, 1, at(2026, 3, 20, 0, 0), at(2026, 3, 20, 1, 0));
        it_is(at(2026, 3, 31, 22, 0));
        assert_true(reserve(f, UUID(1), 1, 4 * HOUR));
        it_is(at(2026, 4, 2, 0, 0));
        charge(f, 2, NULL, 1, at(2026, 4, 1, 0, 0), at(2026, 4, 1, 1, 0));
        count(f);
        assert_int_equal(month(f).carried, 7 * HOUR);
        assert_int_equal(month(f).consumed, HOUR);
        assert_int_equal(month(f).reserved, 4 * HOUR);
        fixture_verify(f);
}

static const struct {
        const char *sql, *line;
} damages[] = {
        {"UPDATE balance SET consumed = consumed + 7 WHERE window_id = 2",
         "account physics: consumed of cpu from 20260401 to 20260430 is 3607, the entries say"
         " 3600"},
        {"UPDATE balance SET reserved = 0 WHERE window_id = 2",
         "account physics: reserved of cpu from 20260401 to 20260430 is 0, the reservations say"
         " 14400"},
        {"UPDATE balance SET budget = 1 WHERE window_id = 2",
         "account physics: budget of cpu is 1, the entries say 36000"},
        {"UPDATE balance SET carried = 1 WHERE window_id = 2",
         "account physics: carried over of cpu from 20260401 to 20260430 is 1, the window"
         " before says 25200"},
        {"UPDATE window_close SET consumed = 0",
         "account physics: consumed of cpu from 20260301 to 20260331 is 0, the days say 3600"},
        {"UPDATE window_close SET promised = 0",
         "account physics: promised of cpu from 20260301 to 20260331 is 0, the reservations say"
         " 7200"},
        {"UPDATE window_close SET carried_over = 3",
         "account physics: carried over of cpu from 20260301 to 20260331 is 3, the window"
         " before says 25200"},
        {"UPDATE balance SET consumed = 9 WHERE resource_id > 2 AND window_id = 1",
         "user alice: consumed of node is 9, the entries say 0"},
        {"UPDATE usage_day SET refunded = 8 WHERE day = 20260320",
         "user alice in physics: refunded of cpu is 8, the entries say 0"},
};

struct lines {
        const char *wanted;
        bool found;
        char all[2000];
};

static void look(const char *line, void *payload) {
        struct lines *lines = payload;
        const size_t n = strlen(lines->all);

        lines->found = lines->found || !strcmp(line, lines->wanted);
        snprintf(lines->all + n, sizeof lines->all - n, "%s\n", line);
}

static void every_damage_is_found_and_named(void **state) {
        struct fixture *f = *state;

        fill(f);
        for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
                struct lines lines = {.wanted = damages[i].line};
                int64_t differences;

                fixture_sql(f, "DROP TABLE IF EXISTS b; DROP TABLE IF EXISTS w;"
                               "DROP TABLE IF EXISTS d;"
                               "CREATE TABLE b AS SELECT * FROM balance;"
                               "CREATE TABLE w AS SELECT * FROM window_close;"
                               "CREATE TABLE d AS SELECT * FROM usage_day");
                fixture_sql(f, damages[i].sql);
                assert_int_equal(sq_verify(f->ledger, look, &lines, &differences, NULL), SQ_OK);
                if (!lines.found)
                        fail_msg("not \"%s\" but\n%s", lines.wanted, lines.all);
                fixture_sql(f, "DELETE FROM balance; INSERT INTO balance SELECT * FROM b;"
                               "DELETE FROM window_close; INSERT INTO window_close"
                               " SELECT * FROM w;"
                               "DELETE FROM usage_day; INSERT INTO usage_day SELECT * FROM d");
                fixture_verify(f);
        }
}

static void note(const struct sq_difference *difference, bool repaired, const char *remark,
                 void *payload) {
        char line[SQ_DIFFERENCE_TEXT_SIZE];

        (void)payload;
        if (!repaired)
                fail_msg("%s: %s", sq_difference_text(difference, line, sizeof line),
                         remark ? remark : "not repaired");
}

static void repair(struct fixture *f) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        const struct sq_actor actor = {.name = "test"};
        int64_t left;

        assert_int_equal(sq_differences_find(f->ledger, &found, NULL), SQ_OK);
        assert_true(found->n > 0);
        assert_int_equal(sq_repair(f->ledger, found, &actor, note, NULL, &left, NULL), SQ_OK);
        assert_int_equal(left, 0);
        fixture_verify(f);
}

static void every_damage_is_repaired(void **state) {
        struct fixture *f = *state;

        fill(f);
        for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
                fixture_sql(f, damages[i].sql);
                repair(f);
                assert_int_equal(month(f).carried, 7 * HOUR);
                assert_int_equal(month(f).consumed, HOUR);
                assert_int_equal(month(f).reserved, 4 * HOUR);
                assert_int_equal(month(f).budget, 10 * HOUR);
        }
        for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
                fixture_sql(f, damages[i].sql);
        repair(f);
        assert_int_equal(month(f).carried, 7 * HOUR);
        assert_true(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair'") > 0);
}

static void a_roll_up_that_is_mended_changes_its_windows_with_it(void **state) {
        struct fixture *f = *state;

        fill(f);
        fixture_sql(f, "DELETE FROM usage_day WHERE resource_id = 1");
        repair(f);
        /* All is on the day of the last charge: that is how far it is known. */
        assert_int_equal(month(f).consumed, 2 * HOUR);
        assert_int_equal(closed(f, "consumed", 20260301), 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
#define A_TEST(name) cmocka_unit_test_setup_teardown(name, window_start, window_stop)
                A_TEST(every_damage_is_found_and_named),
                A_TEST(every_damage_is_repaired),
                A_TEST(a_roll_up_that_is_mended_changes_its_windows_with_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
