/* What a policy lets an account use, from its evaluation to a submission. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "governor/allocation.h"
#include "governor/run.h"
#include "hook/refusal.h"
#include "policy_fixture.h"
#include "window_fixture.h"

static void replace(struct fixture *f, struct sq_policy *p) {
        struct sq_error err = {0};

        if (sq_kept_policy_replace(f->ledger, "monthly", p, 0, &actor, &err))
                fail_msg("%s", err.text);
        free(p);
}

static void allocate(struct fixture *f, const char *tres, enum sq_window_kind window,
                     int64_t hours) {
        const struct sq_allocation a = {.tres = tres,
                                        .window = window,
                                        .amount = SQ_AMOUNT(hours * HOUR),
                                        .last_day = 99999999};

        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL), SQ_OK);
}

static void allocate_until(struct fixture *f, int64_t last_day) {
        const struct sq_allocation a = {.tres = "cpu", .window = SQ_WINDOW_MONTH,
                                        .amount = SQ_AMOUNT(100 * HOUR), .last_day = last_day};

        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL), SQ_OK);
}

static void evaluate(struct fixture *f, enum sq_run_mode mode) {
        const struct sq_governing how = {.mode = mode, .now = sq_now(),
                                         .qos = {"normal", "slow", "paused"}};
        struct sq_kept_policy *kept = NULL;
        struct sq_error err = {0};

        if (sq_kept_policy_find(f->ledger, "monthly", &kept, &err) ||
            sq_govern(f->ledger, kept, &how, NULL, NULL, &err))
                fail_msg("%s", err.text);
        free(kept);
}

/* 100 hours of the CPUs in a month, up to 120. */
static void begin(struct fixture *f) {
        create(f, policy_new());
        allocate(f, "cpu", SQ_WINDOW_MONTH, 100);
        evaluate(f, SQ_RUN_QUIETLY);
}

static struct sq_verdict ask(struct fixture *f, struct sq_claim claim) {
        return fixture_reserve(f, &claim);
}

static void jobs_are_accepted_up_to_the_grace_limit_and_no_further(void **state) {
        struct fixture *f = *state;
        struct sq_verdict verdict;

        begin(f);
        assert_true(reserve(f, UUID(1), 100, HOUR));
        verdict = ask(f, fixture_claim(UUID(2), 21, HOUR));
        assert_false(verdict.accepted);
        assert_true(verdict.of_policy);
        assert_string_equal(verdict.policy, "monthly");
        assert_int_equal(verdict.window, SQ_WINDOW_MONTH);
        assert_int_equal(verdict.last_day, 20260331);
        assert_int_equal(verdict.full, 100 * HOUR);
        assert_int_equal(verdict.balance.budget.seconds, 120 * HOUR);
        assert_int_equal(verdict.balance.reserved.seconds, 100 * HOUR);
        assert_int_equal(verdict.asked.seconds, 21 * HOUR);
        assert_int_equal(verdict.longest, 20 * HOUR / 21);
        assert_true(reserve(f, UUID(3), 20, HOUR));
        assert_false(reserve(f, UUID(4), 1, 1));
        fixture_verify(f);
}

static void a_refusal_says_how_far_the_account_may_go(void **state) {
        struct fixture *f = *state;
        const struct sq_price price = {0};
        char text[SQ_ANSWER_MAX + 1];
        struct sq_verdict verdict;

        begin(f);
        charge(f, 1, NULL, 90, at(2026, 3, 2, 8, 0), at(2026, 3, 2, 9, 0));
        assert_true(reserve(f, UUID(1), 25, HOUR));
        verdict = ask(f, fixture_claim(UUID(2), 10, HOUR));
        sq_refusal_text(&verdict, "alice", "physics", &price, text);
        assert_string_equal(text,
                            "slurm-quota: policy monthly lets account physics use 120.0 % of"
                            " its allocation this month (until 2026-03-31): consumed 90.0 %,"
                            " reserved 25.0 %, asked 10.0 %; a time limit up to 00:30:00 would"
                            " fit");
}

static void what_was_used_before_counts_from_the_first_evaluation_on(void **state) {
        struct fixture *f = *state;

        charge(f, 1, NULL, 110, at(2026, 3, 2, 8, 0), at(2026, 3, 2, 9, 0));
        assert_true(reserve(f, UUID(1), 5, HOUR));
        begin(f);
        /* What is reserved is counted later; nothing is taken for more than it is. */
        assert_false(reserve(f, UUID(2), 11, HOUR));
        count(f);
        assert_false(reserve(f, UUID(3), 6, HOUR));
        assert_true(reserve(f, UUID(4), 5, HOUR));
        fixture_verify(f);
}

static void a_job_that_holds_something_may_be_changed_to_less(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 120, HOUR);
        struct sq_verdict verdict;

        begin(f);
        assert_true(ask(f, claim).accepted);
        allocate(f, "cpu", SQ_WINDOW_MONTH, 10);
        evaluate(f, SQ_RUN_QUIETLY);
        claim.seconds = HOUR / 2;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, NULL, &verdict,
                                             NULL),
                         SQ_OK);
        assert_true(verdict.accepted);
        claim.seconds = HOUR;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, NULL, &verdict,
                                             NULL),
                         SQ_OK);
        assert_false(verdict.accepted);
}

static void only_the_part_in_this_window_counts(void **state) {
        struct fixture *f = *state;

        begin(f);
        it_is(at(2026, 3, 31, 22, 0));
        /* Two of a hundred hours are in March. */
        assert_true(reserve(f, UUID(1), 60, 100 * HOUR));
        assert_false(reserve(f, UUID(2), 1, HOUR));
}

static void a_new_window_begins_with_the_allowance_of_the_one_before(void **state) {
        struct fixture *f = *state;

        struct sq_policy *p = policy_new();

        begin(f);
        charge(f, 1, NULL, 80, at(2026, 3, 2, 8, 0), at(2026, 3, 2, 9, 0));
        p->carryover_enabled = true;
        replace(f, p);
        it_is(at(2026, 4, 1, 0, 0));
        assert_false(reserve(f, UUID(1), 121, HOUR));
        assert_true(reserve(f, UUID(2), 120, HOUR));
        /* The 20 hours that were left are carried over: 120 and the fifth of it. */
        evaluate(f, SQ_RUN_QUIETLY);
        assert_false(reserve(f, UUID(3), 25, HOUR));
        assert_true(reserve(f, UUID(4), 24, HOUR));
        fixture_verify(f);
}

static void several_tres_share_what_they_may_use(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 100, HOUR);

        create(f, policy_new());
        allocate(f, "cpu", SQ_WINDOW_MONTH, 100);
        allocate(f, "node", SQ_WINDOW_MONTH, 10);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_true(sq_tres_set(&claim.tres, "node", 32));
        assert_true(ask(f, claim).accepted); /* 132 of 132 */
        claim.uuid = UUID(2);
        assert_true(sq_tres_set(&claim.tres, "cpu", 0));
        assert_true(sq_tres_set(&claim.tres, "node", 1));
        assert_false(ask(f, claim).accepted);
        fixture_verify(f);
}

static void cpus_for_all_of_time_are_held_to_it_too(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();
        struct sq_verdict verdict;

        p->period = SQ_WINDOW_TOTAL;
        create(f, p);
        allocate(f, "cpu", SQ_WINDOW_TOTAL, 100);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_true(reserve(f, UUID(1), 100, HOUR));
        verdict = ask(f, fixture_claim(UUID(2), 30, HOUR));
        assert_false(verdict.accepted);
        assert_int_equal(verdict.window, SQ_WINDOW_TOTAL);
        assert_int_equal(verdict.longest, 20 * HOUR / 30);
        assert_true(reserve(f, UUID(3), 20, HOUR));
}

static void a_budget_beside_it_counts_for_itself(void **state) {
        struct fixture *f = *state;

        begin(f);
        set_month(f, 50 * HOUR, NULL);
        assert_false(ask(f, fixture_claim(UUID(1), 51, HOUR)).of_policy);
        set_month(f, 500 * HOUR, NULL);
        assert_true(ask(f, fixture_claim(UUID(2), 121, HOUR)).of_policy);
        /* Taking the budget away leaves what the policy says. */
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_ACCOUNT, "physics", "cpu",
                                                 SQ_WINDOW_MONTH, &actor, NULL),
                         SQ_OK);
        assert_true(ask(f, fixture_claim(UUID(3), 121, HOUR)).of_policy);
        fixture_verify(f);
}

static void other_accounts_and_users_are_not_held_to_it(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 500, HOUR);

        begin(f);
        claim.account = "chemistry";
        assert_true(ask(f, claim).accepted);
}

static void who_had_an_allocation_and_has_none_today_may_use_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_price price = {0};
        char text[SQ_ANSWER_MAX + 1];
        struct sq_verdict verdict;

        begin(f);
        assert_int_equal(sq_allocation_remove(f->ledger, 1, &actor, NULL), SQ_OK);
        evaluate(f, SQ_RUN_QUIETLY);
        /* One that was taken back never was. */
        assert_true(reserve(f, UUID(1), 500, HOUR));
        allocate_until(f, 20260314);
        evaluate(f, SQ_RUN_QUIETLY);
        verdict = ask(f, fixture_claim(UUID(2), 1, 1));
        assert_false(verdict.accepted);
        sq_refusal_text(&verdict, "alice", "physics", &price, text);
        assert_string_equal(text, "slurm-quota: account physics has no allocation this month"
                                  " (until 2026-03-31) (policy monthly)");
        allocate_until(f, 20260315);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_false(ask(f, fixture_claim(UUID(3), 1, 1)).full == 0);
}

static void a_dry_run_holds_nobody_to_anything(void **state) {
        struct fixture *f = *state;

        create(f, policy_new());
        allocate(f, "cpu", SQ_WINDOW_MONTH, 100);
        evaluate(f, SQ_RUN_DRY);
        assert_true(reserve(f, UUID(1), 500, HOUR));
}

static void a_policy_by_qos_alone_lets_jobs_through(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();

        begin(f);
        assert_false(reserve(f, UUID(1), 121, HOUR));
        p->enforce = SQ_ENFORCE_QOS;
        replace(f, p);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_true(reserve(f, UUID(2), 500, HOUR));
}

static void another_period_takes_the_place_of_the_first(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();

        begin(f);
        p->period = SQ_WINDOW_QUARTER;
        replace(f, p);
        allocate(f, "cpu", SQ_WINDOW_QUARTER, 1000);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_true(reserve(f, UUID(1), 1200, HOUR));
        assert_false(reserve(f, UUID(2), 1, HOUR));
}

static void deleting_the_policy_lets_jobs_through(void **state) {
        struct fixture *f = *state;

        begin(f);
        assert_false(reserve(f, UUID(1), 121, HOUR));
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_true(reserve(f, UUID(2), 500, HOUR));
        fixture_verify(f);
}

static void a_fiscal_year_that_the_ledger_does_not_have_is_only_paused(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();

        p->period = SQ_WINDOW_YEAR;
        p->fiscal_start = 10;
        create(f, p);
        allocate(f, "cpu", SQ_WINDOW_YEAR, 100);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_true(reserve(f, UUID(1), 500, HOUR));
}

static void the_same_again_writes_nothing(void **state) {
        struct fixture *f = *state;
        int64_t version;

        begin(f);
        version = fixture_number(f, "SELECT max(evaluated_at) FROM policy_account");
        it_is(sq_now() + 60);
        evaluate(f, SQ_RUN_QUIETLY);
        assert_int_equal(fixture_number(f, "SELECT max(evaluated_at) FROM policy_account"),
                         version);
}

static void of_two_policies_the_first_stays(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();
        struct sq_kept_policy *kept = NULL;
        const struct sq_governing how = {.mode = SQ_RUN_QUIETLY, .now = sq_now(),
                                         .qos = {"normal", "slow", "paused"}};

        begin(f);
        snprintf(p->name, sizeof p->name, "other");
        snprintf(p->scope, sizeof p->scope, "c2");
        p->grace_ratio = SQ_DECIMAL(1);
        create(f, p);
        assert_int_equal(sq_kept_policy_find(f->ledger, "other", &kept, NULL), SQ_OK);
        assert_int_equal(sq_govern(f->ledger, kept, &how, NULL, NULL, NULL), SQ_OK);
        free(kept);
        assert_string_equal(ask(f, fixture_claim(UUID(1), 150, HOUR)).policy, "monthly");
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, window_start, window_stop)
        const struct CMUnitTest tests[] = {
                CASE(jobs_are_accepted_up_to_the_grace_limit_and_no_further),
                CASE(a_refusal_says_how_far_the_account_may_go),
                CASE(what_was_used_before_counts_from_the_first_evaluation_on),
                CASE(a_job_that_holds_something_may_be_changed_to_less),
                CASE(only_the_part_in_this_window_counts),
                CASE(a_new_window_begins_with_the_allowance_of_the_one_before),
                CASE(several_tres_share_what_they_may_use),
                CASE(cpus_for_all_of_time_are_held_to_it_too),
                CASE(a_budget_beside_it_counts_for_itself),
                CASE(other_accounts_and_users_are_not_held_to_it),
                CASE(who_had_an_allocation_and_has_none_today_may_use_nothing),
                CASE(a_dry_run_holds_nobody_to_anything),
                CASE(a_policy_by_qos_alone_lets_jobs_through),
                CASE(another_period_takes_the_place_of_the_first),
                CASE(deleting_the_policy_lets_jobs_through),
                CASE(a_fiscal_year_that_the_ledger_does_not_have_is_only_paused),
                CASE(the_same_again_writes_nothing),
                CASE(of_two_policies_the_first_stays),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
