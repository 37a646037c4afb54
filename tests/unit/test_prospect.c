/* test_prospect.c - whether a budget will last, from what the ledger knows */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/prospect.h"

/* Everything that was told, a line each. */
static char told[4000];

static int hear(const struct sq_prospect *p, void *payload) {
        const size_t n = strlen(told);

        (void)payload;
        snprintf(told + n, sizeof told - n,
                 "%s %s %s %s: %" PRId64 " of %" PRId64 ", %" PRId64 "/%" PRId64 " %" PRId64
                 "/%" PRId64 ", %s %" PRId64 ", %s %" PRId64 " (%" PRId64 "-%" PRId64 ")\n",
                 sq_subject_kind_name(p->kind), p->name, p->resource,
                 sq_window_kind_word(p->window), p->consumed.seconds, p->budget.seconds,
                 p->burn.week.used, p->burn.week.days, p->burn.month.used, p->burn.month.days,
                 sq_projected_word(p->early.outlook), p->early.days,
                 sq_projected_word(p->full.outlook), p->full.days, p->full.earliest,
                 p->full.latest);
        return SQ_OK;
}

static const struct sq_date today = {2026, 3, 31};

static const char *prospects(struct fixture *f, enum sq_subject_kind kind, const char *name) {
        const struct sq_window_filter filter = {.kind = kind, .name = name};
        struct sq_error err;

        told[0] = '\0';
        if (sq_prospect_each(f->ledger, &filter, today, hear, NULL, &err))
                fail_msg("%s", err.text);
        return told;
}

/* `seconds` of CPUs on a day, by alice in physics. */
static void use(struct fixture *f, int64_t day, int64_t seconds) {
        char sql[1000];

        snprintf(sql, sizeof sql,
                 "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)"
                 " SELECT u.id, a.id, %" PRId64 ", 1, %" PRId64 " FROM subject u, subject a"
                 " WHERE u.name = 'alice' AND a.name = 'physics';"
                 "UPDATE balance SET consumed = consumed + %" PRId64
                 " WHERE resource_id = 1 AND window_id = 1", day, seconds, seconds);
        fixture_sql(f, sql);
}

static int start(void **state) {
        struct fixture *f;

        if (fixture_start(state))
                return -1;
        f = *state;
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 1000);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 10000);
        fixture_sql(f, "INSERT INTO membership SELECT u.id, a.id FROM subject u, subject a"
                       " WHERE u.name = 'alice' AND a.name = 'physics';"
                       "UPDATE subject SET created_at = 1735700000"); /* 2025 began */
        return 0;
}

static void what_was_used_lately_says_until_when_it_lasts(void **state) {
        struct fixture *f = *state;

        use(f, 20260330, 70);  /* yesterday */
        use(f, 20260324, 70);  /* a week ago */
        use(f, 20260323, 100); /* one day more */
        use(f, 20260301, 60);  /* a month ago */
        use(f, 20260228, 500); /* a day more */
        use(f, 20260331, 7);   /* today does not count */
        assert_string_equal(prospects(f, SQ_USER, "alice"),
                            "user alice cpu total: 807 of 1000, 140/7 300/30, exceeded 0,"
                            " projected 19 (9-19)\n"
                            "user alice gpu total: 0 of -1, 0/7 0/30, never -1, never -1"
                            " (-1--1)\n");
        assert_non_null(strstr(prospects(f, SQ_ACCOUNT, "physics"),
                               "account physics cpu total: 807 of 10000, 140/7 300/30,"
                               " projected 719, projected 919 (459-919)\n"));
}

static void who_is_new_is_measured_by_the_days_he_has_been_there(void **state) {
        struct fixture *f = *state;

        use(f, 20260330, 70);
        fixture_sql(f, "UPDATE subject SET created_at = 1774656000"); /* 2026-03-28 */
        assert_non_null(strstr(prospects(f, SQ_USER, "alice"),
                               "cpu total: 70 of 1000, 70/3 70/3,"));
        fixture_sql(f, "DELETE FROM usage_day");
        use(f, 20260331, 70);
        fixture_sql(f, "UPDATE subject SET created_at = 1774915300"); /* 2026-03-31 */
        assert_non_null(strstr(prospects(f, SQ_USER, "alice"), "0/0 0/0, never -1"));
}

static void history_that_was_filled_in_is_older_than_its_user(void **state) {
        struct fixture *f = *state;

        use(f, 20260311, 60);
        use(f, 20260330, 70);
        fixture_sql(f, "UPDATE subject SET created_at = 1774915300"); /* 2026-03-31 */
        assert_non_null(strstr(prospects(f, SQ_USER, "alice"), "70/7 130/20"));
}

static void everybody_is_told_by_name(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 5);
        fixture_sql(f, "UPDATE subject SET created_at = 1735700000");
        prospects(f, SQ_USER, NULL);
        assert_non_null(strstr(told, "user alice cpu"));
        assert_non_null(strstr(told, "user bob cpu total: 0 of 5, 0/7 0/30, never -1"));
        assert_true(strstr(told, "alice") < strstr(told, "bob"));
        assert_string_equal(prospects(f, SQ_USER, "nobody"), "");
}

static void the_fields_have_room_and_say_dates(void **state) {
        struct sq_prospect p = {.kind = SQ_USER, .name = "alice", .resource = "cpu",
                                .window = SQ_WINDOW_TOTAL,
                                .early = {SQ_PROJECTED_AHEAD, 1, 1, 2},
                                .full = {SQ_PROJECTED_NEVER, -1, -1, -1}};
        struct sq_fields fields;

        (void)state;
        sq_prospect_fields(&p, today, &fields);
        assert_int_equal(fields.n, 22);
        for (size_t i = 0; i < fields.n; i++) {
                const struct sq_field *field = &fields.item[i];

                if (!strcmp(field->name, "early_date"))
                        assert_string_equal(field->text, "2026-04-01");
                if (!strcmp(field->name, "full_date") || !strcmp(field->name, "last_day"))
                        assert_null(field->text);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(what_was_used_lately_says_until_when_it_lasts),
                TEST(who_is_new_is_measured_by_the_days_he_has_been_there),
                TEST(history_that_was_filled_in_is_older_than_its_user),
                TEST(everybody_is_told_by_name),
                TEST(the_fields_have_room_and_say_dates),
        };

        return cmocka_run_group_tests_name("prospect", tests, NULL, NULL);
}
