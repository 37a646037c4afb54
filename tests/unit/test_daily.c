/* test_daily.c - what a subject has used, day by day */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/daily.h"

/* Everything that was told, "20260131 cpu 60;" for each. */
static char told[2000];

static int hear(struct sq_date day, const char *tres, struct sq_amount used, void *payload) {
        const size_t n = strlen(told);

        snprintf(told + n, sizeof told - n, "%04d%02d%02d %s %" PRId64 ";", day.year, day.month,
                 day.day, tres, used.seconds);
        return payload && strstr(told, payload) ? SQ_EIO : SQ_OK;
}

static const char *days(struct fixture *f, enum sq_subject_kind kind, const char *name) {
        struct sq_error err;

        told[0] = '\0';
        if (sq_daily_each(f->ledger, kind, name, (struct sq_date){2026, 1, 1},
                          (struct sq_date){2026, 1, 31}, hear, NULL, &err))
                fail_msg("%s", err.text);
        return told;
}

/* alice and bob in physics, alice in biology, too; around the turn of the year. */
static int start(void **state) {
        struct fixture *f;

        if (fixture_start(state))
                return -1;
        f = *state;
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 1);
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 1);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 1);
        fixture_budget(f, SQ_ACCOUNT, "biology", SQ_CPU, 1);
        fixture_sql(f, "INSERT INTO resource (id, name) VALUES (9, 'node');"
                       "INSERT INTO membership SELECT u.id, a.id FROM subject u, subject a"
                       " WHERE u.kind = 'user' AND a.kind = 'account'"
                       " AND (a.name = 'physics' OR u.name = 'alice');"
                       "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)"
                       " SELECT u.id, a.id, v.column3, v.column4, v.column5 FROM"
                       " (VALUES ('alice', 'physics', 20251231, 1, 5),"
                       " ('alice', 'physics', 20260101, 1, 60),"
                       " ('bob', 'physics', 20260101, 1, 7),"
                       " ('bob', 'physics', 20260101, 9, 3),"
                       " ('alice', 'biology', 20260102, 1, 11),"
                       " ('alice', 'physics', 20260131, 1, -2),"
                       " ('alice', 'physics', 20260201, 1, 13)) v"
                       " JOIN subject u ON u.name = v.column1"
                       " JOIN subject a ON a.name = v.column2");
        return 0;
}

static void an_accounts_days_are_those_of_all_its_users(void **state) {
        assert_string_equal(days(*state, SQ_ACCOUNT, "physics"),
                            "20260101 cpu 67;20260101 node 3;20260131 cpu -2;");
        assert_string_equal(days(*state, SQ_ACCOUNT, "biology"), "20260102 cpu 11;");
}

static void a_users_days_are_those_in_all_accounts(void **state) {
        assert_string_equal(days(*state, SQ_USER, "alice"),
                            "20260101 cpu 60;20260102 cpu 11;20260131 cpu -2;");
        assert_string_equal(days(*state, SQ_USER, "bob"), "20260101 cpu 7;20260101 node 3;");
}

static void nobody_has_no_days(void **state) {
        assert_string_equal(days(*state, SQ_USER, "physics"), "");
        assert_string_equal(days(*state, SQ_ACCOUNT, "alice"), "");
        assert_string_equal(days(*state, SQ_USER, "nobody"), "");
}

static void who_listens_may_have_heard_enough(void **state) {
        struct fixture *f = *state;
        struct sq_error err = {.text = ""};
        char enough[] = "20260101";

        told[0] = '\0';
        assert_int_equal(sq_daily_each(f->ledger, SQ_USER, "alice",
                                       (struct sq_date){2026, 1, 1},
                                       (struct sq_date){2026, 1, 31}, hear, enough, &err),
                         SQ_EIO);
        assert_string_equal(told, "20260101 cpu 60;");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(an_accounts_days_are_those_of_all_its_users),
                TEST(a_users_days_are_those_in_all_accounts),
                TEST(nobody_has_no_days),
                TEST(who_listens_may_have_heard_enough),
        };

        return cmocka_run_group_tests_name("daily", tests, NULL, NULL);
}
