/* Accounts that take no jobs, and why. */
#include <stdio.h>

#include "fixture.h"
#include "governor/hold.h"
#include "ledger/halt.h"

static const struct sq_actor operator = {"root", "security, ticket 7"};

static void hold(struct fixture *f, enum sq_level level) {
        assert_int_equal(sq_hold_set(f->ledger, "physics", level, &operator, NULL), SQ_OK);
}

/* As if a policy had done it. */
static void let_a_policy_pause(struct fixture *f, const char *percentage, int next_day) {
        char sql[400];

        fixture_sql(f, "INSERT INTO policy (id, uuid, name, cluster, document, created_at,"
                       " created_by, changed_at) VALUES (1, 'u', 'quarterly', 'c1', '{}', 0,"
                       " 'x', 0)");
        snprintf(sql, sizeof sql,
                 "INSERT INTO policy_account (policy_id, account_id, paused_at, halts,"
                 " percentage, next_day, evaluated_at) VALUES (1, (SELECT id FROM subject"
                 " WHERE name = 'physics'), 120, 1, '%s', %d, 0)",
                 percentage, next_day);
        fixture_sql(f, sql);
        fixture_sql(f, "UPDATE subject SET halted = halted | 1 WHERE name = 'physics'");
}

static void an_account_takes_jobs_by_default(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_halt halt;

        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_int_equal(halt.by, SQ_HALTED_BY_NOBODY);
        assert_int_equal(sq_halt_read(f->ledger, "chemistry", &halt, NULL), SQ_OK);
        assert_int_equal(halt.by, SQ_HALTED_BY_NOBODY);
}

static void a_paused_account_takes_none_until_it_is_resumed(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_verdict verdict;

        hold(f, SQ_PAUSED);
        verdict = fixture_reserve(f, &claim);
        assert_false(verdict.accepted);
        assert_true(verdict.halted);
        assert_int_equal(fixture_jobs(f, SQ_ACCOUNT, "physics"), 0);
        hold(f, SQ_NORMAL);
        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_verify(f);
}

static void an_account_that_is_slowed_down_takes_jobs(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        hold(f, SQ_DOWNSCALED);
        assert_true(fixture_reserve(f, &claim).accepted);
        hold(f, SQ_PAUSED);
        hold(f, SQ_DOWNSCALED);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE kind = 'account'"),
                         0);
}

static void even_a_job_that_asks_for_nothing_is_refused(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 0, 0);

        hold(f, SQ_PAUSED);
        assert_true(fixture_reserve(f, &claim).halted);
}

static void what_a_job_holds_already_may_be_changed(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 2, 600);
        struct sq_verdict verdict;

        assert_true(fixture_reserve(f, &claim).accepted);
        hold(f, SQ_PAUSED);
        claim.seconds = 300;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL),
                         SQ_OK);
        assert_true(verdict.accepted);
}

static void no_job_moves_into_a_paused_account(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 2, 600);
        struct sq_verdict verdict;

        claim.account = "chemistry";
        assert_true(fixture_reserve(f, &claim).accepted);
        hold(f, SQ_PAUSED);
        claim.account = "physics";
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL),
                         SQ_OK);
        assert_false(verdict.accepted);
        assert_true(verdict.halted);
}

static void an_operators_reason_is_told(void **state) {
        struct fixture *f = *state;
        struct sq_halt halt;
        char text[SQ_HALT_TEXT_SIZE];

        hold(f, SQ_PAUSED);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_string_equal(sq_halt_text(&halt, text), "by an operator: security, ticket 7");
}

static void a_policy_is_told_with_percentage_and_next_window(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_halt halt;
        char text[SQ_HALT_TEXT_SIZE];

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 100);
        let_a_policy_pause(f, "123.48000000000002", 20270101);
        assert_true(fixture_reserve(f, &claim).halted);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_string_equal(sq_halt_text(&halt, text),
                            "by policy quarterly at 123.4 % of its allocation; a new window"
                            " begins 2027-01-01");
}

static void a_policy_for_good_has_no_next_window(void **state) {
        struct fixture *f = *state;
        struct sq_halt halt;
        char text[SQ_HALT_TEXT_SIZE];

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 100);
        let_a_policy_pause(f, "200", 0);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_string_equal(sq_halt_text(&halt, text),
                            "by policy quarterly at 200 % of its allocation");
}

static void of_both_the_operator_is_told(void **state) {
        struct fixture *f = *state;
        struct sq_halt halt;

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 100);
        let_a_policy_pause(f, "200", 0);
        hold(f, SQ_PAUSED);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE kind = 'account'"),
                         3);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_int_equal(halt.by, SQ_HALTED_BY_OPERATOR);
        hold(f, SQ_NORMAL);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE kind = 'account'"),
                         1);
        assert_int_equal(sq_halt_read(f->ledger, "physics", &halt, NULL), SQ_OK);
        assert_int_equal(halt.by, SQ_HALTED_BY_POLICY);
}

static void nothing_can_be_resumed_that_nobody_holds(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_hold_set(f->ledger, "physics", SQ_NORMAL, &operator, NULL),
                         SQ_ENOTFOUND);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject"), 0);
}

static void each_hold_is_an_entry_with_actor_and_reason(void **state) {
        struct fixture *f = *state;

        hold(f, SQ_PAUSED);
        hold(f, SQ_NORMAL);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'hold'"
                                           " AND actor = 'root' AND account_id IS NOT NULL"
                                           " AND reason LIKE '%: security, ticket 7'"),
                         2);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM event"), 2);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM account_hold"), 0);
}

/* Without a policy nobody else would tell Slurm. */
static void a_hold_without_a_policy_is_a_plan_of_its_own(void **state) {
        struct fixture *f = *state;

        hold(f, SQ_PAUSED);
        hold(f, SQ_NORMAL);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM outbox"), 2);
        assert_int_equal(
                fixture_number(f, "SELECT json_extract(message, '$.qos.level') = 'normal'"
                                  " FROM outbox WHERE superseded = 0"),
                1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(an_account_takes_jobs_by_default),
                TEST(a_paused_account_takes_none_until_it_is_resumed),
                TEST(an_account_that_is_slowed_down_takes_jobs),
                TEST(even_a_job_that_asks_for_nothing_is_refused),
                TEST(what_a_job_holds_already_may_be_changed),
                TEST(no_job_moves_into_a_paused_account),
                TEST(an_operators_reason_is_told),
                TEST(a_policy_is_told_with_percentage_and_next_window),
                TEST(a_policy_for_good_has_no_next_window),
                TEST(of_both_the_operator_is_told),
                TEST(nothing_can_be_resumed_that_nobody_holds),
                TEST(each_hold_is_an_entry_with_actor_and_reason),
                TEST(a_hold_without_a_policy_is_a_plan_of_its_own),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
