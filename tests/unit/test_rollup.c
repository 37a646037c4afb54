/* test_rollup.c - what an account used lately, and where that leads under its policy */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "governor/kept_policy.h"
#include "governor/run.h"

static const struct sq_actor actor = {"root", "because"};

/* 2026-03-31 12:00 UTC, the last day of its month and of the first quarter; and a day of
 * which the week is in March and the month reaches into February. */
#define END_OF_MARCH 1774958400
#define MARCH_20 (END_OF_MARCH - 11 * 86400)

/* Of one account. */
struct seen {
        size_t n;
        bool has_lately, has_course;
        struct sq_lately lately;
        struct sq_course course;
        const struct sq_kept_policy *kept;
};

static void see(const struct sq_governed *g, void *payload) {
        struct seen *seen = payload;

        seen->n++;
        seen->has_lately = g->lately != NULL;
        if (g->lately)
                seen->lately = *g->lately;
        seen->has_course = sq_governed_course(seen->kept, g, &seen->course);
}

static struct seen look(struct fixture *f, int64_t now, bool looks_back) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        const struct sq_governing how = {.mode = SQ_RUN_DRY, .now = now, .account = "physics",
                                         .looks_back = looks_back,
                                         .qos = {"normal", "slow", "paused"}};
        struct seen seen = {.n = 0};
        struct sq_error err;

        if (sq_kept_policy_find(f->ledger, "p", &kept, &err))
                fail_msg("%s", err.text);
        seen.kept = kept;
        if (sq_govern(f->ledger, kept, &how, see, &seen, &err))
                fail_msg("%s", err.text);
        assert_int_equal(seen.n, 1);
        return seen;
}

static void expect_days(const struct seen *seen, int64_t week, int64_t month) {
        assert_int_equal(seen->lately.of[SQ_PACE_WEEK].days, week);
        assert_int_equal(seen->lately.of[SQ_PACE_MONTH].days, month);
}

/* Hours in the whole stretches. */
static void expect_used(const struct seen *seen, const char *tres, int64_t week,
                        int64_t month) {
        const sq_int128 hour = SQ_UNITS_PER_HOUR;

        assert_true(sq_quantities_get(&seen->lately.of[SQ_PACE_WEEK].used, tres).units ==
                    week * hour);
        assert_true(sq_quantities_get(&seen->lately.of[SQ_PACE_MONTH].used, tres).units ==
                    month * hour);
}

static void expect(const struct seen *seen, int64_t percent, enum sq_projected outlook,
                   int64_t days) {
        const struct sq_projection is = sq_course_reaches(&seen->course, SQ_DECIMAL(percent));

        assert_int_equal(is.outlook, outlook);
        assert_int_equal(is.days, days);
}

/* So many hours of a TRES of a user in physics. */
static void use(struct fixture *f, const char *user, const char *tres, int day, int hours) {
        char sql[1000];

        fixture_budget(f, SQ_USER, user, SQ_CPU, -1);
        snprintf(sql, sizeof sql,
                 "INSERT OR IGNORE INTO resource (name) VALUES ('%s');"
                 "INSERT OR IGNORE INTO membership SELECT u.id, a.id FROM subject u, subject a"
                 " WHERE u.name = '%s' AND a.name = 'physics';"
                 "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)"
                 " SELECT u.id, a.id, %d, r.id, %d * 3600 FROM subject u, subject a, resource r"
                 " WHERE u.name = '%s' AND a.name = 'physics' AND r.name = '%s'"
                 " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                 tres, user, day, hours, user, tres);
        fixture_sql(f, sql);
}

/* 1000 hours of node and 1000 of cpu in a period for every account. */
static void keep(struct fixture *f, enum sq_window_kind period) {
        SQ_CLEANUP(sq_freep) struct sq_policy *p = malloc(sizeof *p);
        char uuid[SQ_UUID_SIZE];
        struct sq_error err;

        assert_non_null(p);
        sq_policy_init(p);
        snprintf(p->name, sizeof p->name, "p");
        snprintf(p->scope, sizeof p->scope, "c1");
        p->actions = SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE;
        p->apply_to_all = true;
        p->billing_enabled = false;
        p->carryover_enabled = false;
        p->period = period;
        sq_quantities_set(&p->limits, "node", sq_quantity_from_hours(1000));
        sq_quantities_set(&p->limits, "cpu", sq_quantity_from_hours(1000));
        if (sq_kept_policy_create(f->ledger, p, &actor, uuid, &err))
                fail_msg("%s", err.text);
}

static int start(void **state) {
        struct fixture *f;

        if (fixture_start(state))
                return -1;
        f = *state;
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, -1);
        fixture_sql(f, "UPDATE subject SET created_at = 1735700000"); /* 2025 began */
        return 0;
}

/* --- what was used ------------------------------------------------------------------- */

static void whole_days_before_today_are_counted(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260331, 1);    /* today */
        use(f, "alice", "node", 20260330, 10);   /* yesterday */
        use(f, "alice", "node", 20260324, 20);   /* the first of the week */
        use(f, "alice", "node", 20260323, 100);  /* a day before it */
        use(f, "alice", "node", 20260301, 200);  /* the first of the month */
        use(f, "alice", "node", 20260228, 4000); /* a day before it */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 7, 30);
        expect_used(&seen, "node", 30, 330);
        expect_used(&seen, "cpu", 0, 0);
}

static void all_users_count_and_what_was_given_back_does_not(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260330, 10);
        use(f, "bob", "node", 20260330, 5);
        use(f, "bob", "cpu", 20260310, 8);
        fixture_sql(f, "UPDATE usage_day SET refunded = 3600 WHERE day = 20260330");
        seen = look(f, END_OF_MARCH, true);
        expect_used(&seen, "node", 13, 13);
        expect_used(&seen, "cpu", 0, 8);
}

static void corrections_may_take_off_more_than_was_used(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260330, -5);
        use(f, "alice", "node", 20260310, 3);
        seen = look(f, END_OF_MARCH, true);
        expect_used(&seen, "node", -5, -2);
        expect(&seen, 80, SQ_PROJECTED_NEVER, -1);
}

static void weighted_gpus_and_what_nobody_was_given_are_left_out(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "gpu", 20260330, 10);
        use(f, "alice", "gres/gpu", 20260330, 10);
        seen = look(f, END_OF_MARCH, true);
        assert_int_equal(seen.lately.of[SQ_PACE_MONTH].used.n, 0);
}

static void nobody_looks_back_who_did_not_ask_for_it(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        seen = look(f, END_OF_MARCH, false);
        assert_false(seen.has_lately);
        assert_false(seen.has_course);
}

/* --- since when ---------------------------------------------------------------------- */

static void an_account_is_as_old_as_the_ledger_knows_it(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        fixture_sql(f, "UPDATE subject SET created_at = 1774828801"); /* 2026-03-30 */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 1, 1);
        fixture_sql(f, "UPDATE subject SET created_at = 1774828799"); /* a day before */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 2, 2);
        fixture_sql(f, "UPDATE subject SET created_at = 1773921600"); /* 2026-03-19 */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 7, 12);
        fixture_sql(f, "UPDATE subject SET created_at = 1774958400");
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 0, 0);
        assert_true(seen.has_course);
        expect(&seen, 80, SQ_PROJECTED_NEVER, -1);
}

static void history_that_was_filled_in_is_older_than_its_account(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260311, 200);
        use(f, "alice", "node", 20260330, 10);
        fixture_sql(f, "UPDATE subject SET created_at = 1774950000"); /* today */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 7, 20);
        use(f, "alice", "node", 20260201, 1); /* before the month */
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 7, 20);
        /* Usage of today makes nobody older. */
        fixture_sql(f, "DELETE FROM usage_day");
        use(f, "alice", "node", 20260331, 10);
        seen = look(f, END_OF_MARCH, true);
        expect_days(&seen, 0, 0);
}

/* --- where that leads ---------------------------------------------------------------- */

/* 2000 hours are allocated and 490 used in this month: 70 a day in the week, and with those
 * of February 700 in the 30 days. */
static void speeds_reach_over_the_beginning_of_the_window(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260313, 245);
        use(f, "alice", "cpu", 20260319, 245);
        use(f, "alice", "cpu", 20260219, 210);
        seen = look(f, MARCH_20, true);
        assert_int_equal(seen.course.days_left, 11);
        assert_true(sq_course_percent_a_day(&seen.course, SQ_PACE_WEEK) == 3.5);
        expect(&seen, 24, SQ_PROJECTED_PAST, 0);
        expect(&seen, 26, SQ_PROJECTED_AHEAD, 1);  /* 30 hours by the month */
        expect(&seen, 64, SQ_PROJECTED_AHEAD, 11); /* 790 by the week; the month's is April */
        expect(&seen, 67, SQ_PROJECTED_NEVER, -1); /* 850 */
        use(f, "alice", "cpu", 20260228, 200);
        seen = look(f, MARCH_20, true);
        assert_true(sq_course_percent_a_day(&seen.course, SQ_PACE_MONTH) == 1.5);
        expect(&seen, 24, SQ_PROJECTED_PAST, 0);
        expect(&seen, 25, SQ_PROJECTED_AHEAD, 0);
}

static void a_total_never_ends(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_TOTAL);
        use(f, "alice", "node", 20260330, 30);
        seen = look(f, END_OF_MARCH, true);
        assert_int_equal(seen.course.days_left, -1);
        expect(&seen, 100, SQ_PROJECTED_AHEAD, 1970);
}

static void on_the_last_day_only_today_is_left(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        keep(f, SQ_WINDOW_MONTH);
        use(f, "alice", "node", 20260310, 1590);
        seen = look(f, END_OF_MARCH, true);
        assert_int_equal(seen.course.days_left, 0);
        expect(&seen, 80, SQ_PROJECTED_AHEAD, 0);
        expect(&seen, 90, SQ_PROJECTED_NEVER, -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(whole_days_before_today_are_counted),
                TEST(all_users_count_and_what_was_given_back_does_not),
                TEST(corrections_may_take_off_more_than_was_used),
                TEST(weighted_gpus_and_what_nobody_was_given_are_left_out),
                TEST(nobody_looks_back_who_did_not_ask_for_it),
                TEST(an_account_is_as_old_as_the_ledger_knows_it),
                TEST(history_that_was_filled_in_is_older_than_its_account),
                TEST(speeds_reach_over_the_beginning_of_the_window),
                TEST(a_total_never_ends),
                TEST(on_the_last_day_only_today_is_left),
        };

        setenv("TZ", "UTC0", 1);
        return cmocka_run_group_tests_name("rollup", tests, NULL, NULL);
}
