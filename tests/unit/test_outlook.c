/* test_outlook.c - what sq_reserve() would answer, without holding anything */
#include "fixture.h"

#include "ledger/factor.h"
#include "ledger/outlook.h"

static struct sq_error error;

#define MOST (7 * 24 * 60)

static int64_t look(struct fixture *f, const struct sq_claim *claims, size_t n,
                    struct sq_outlook *ret) {
        int64_t longest = -1;
        int rc = sq_outlook_read(f->ledger, claims, n, MOST, ret, &longest, &error);

        if (rc)
                fail_msg("%s", error.text);
        return longest;
}

static void the_answer_is_that_of_a_submission_and_nothing_is_held(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 3600);
        struct sq_outlook outlook;
        struct sq_verdict verdict;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4 * 3600);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 100 * 3600);
        look(f, &claim, 1, &outlook);
        assert_true(outlook.verdict.accepted);
        assert_int_equal(outlook.total.of[SQ_CPU].seconds, 4 * 3600);
        assert_int_equal(outlook.user[SQ_CPU].budget.seconds, 4 * 3600);
        assert_int_equal(outlook.account[SQ_CPU].budget.seconds, 100 * 3600);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 0);
        claim.seconds++;
        look(f, &claim, 1, &outlook);
        verdict = fixture_reserve(f, &claim);
        assert_false(outlook.verdict.accepted);
        assert_false(verdict.accepted);
        assert_int_equal(outlook.verdict.kind, verdict.kind);
        assert_int_equal(outlook.verdict.resource, verdict.resource);
        assert_int_equal(outlook.verdict.asked.seconds, verdict.asked.seconds);
        assert_int_equal(outlook.verdict.longest, verdict.longest);
        assert_int_equal(outlook.verdict.balance.reserved.seconds,
                         verdict.balance.reserved.seconds);
}

static void who_is_not_known_has_the_default_budgets_and_is_not_made(void **state) {
        const struct sq_actor actor = {.name = "test"};
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 1, 3600);
        struct sq_outlook outlook;

        assert_int_equal(sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(60),
                                               &actor, &error), SQ_OK);
        assert_int_equal(look(f, &claim, 1, &outlook), 1);
        assert_false(outlook.verdict.accepted);
        assert_int_equal(outlook.user[SQ_CPU].budget.seconds, 60);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject"), 0);
}

static void components_come_one_after_the_other(void **state) {
        struct fixture *f = *state;
        struct sq_claim claims[3] = {fixture_claim(UUID(1), 1, 3600),
                                     fixture_claim(UUID(2), 2, 3600),
                                     fixture_claim(UUID(3), 1, 3600)};
        struct sq_outlook outlook[3];

        claims[2].account = "chemistry";
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4 * 3600);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 3 * 3600);
        fixture_budget(f, SQ_ACCOUNT, "chemistry", SQ_CPU, 3600);
        assert_int_equal(look(f, claims, 3, outlook), 60);
        for (int i = 0; i < 3; i++)
                assert_true(outlook[i].verdict.accepted);
        assert_int_equal(outlook[2].user[SQ_CPU].reserved.seconds, 3 * 3600);
        assert_int_equal(outlook[2].account[SQ_CPU].reserved.seconds, 0);
        claims[1].tasks = 2;
        assert_int_equal(look(f, claims, 3, outlook), 36);
        assert_true(outlook[0].verdict.accepted);
        assert_false(outlook[1].verdict.accepted);
        assert_true(outlook[2].verdict.accepted);
        assert_int_equal(outlook[1].account[SQ_CPU].reserved.seconds, 3600);
}

/* Whatever divides badly: that time is accepted, and a minute more is not. */
static void the_longest_time_is_the_longest_that_is_accepted(void **state) {
        const struct sq_actor actor = {.name = "test"};
        struct fixture *f = *state;
        uint32_t seed = 7;

        assert_int_equal(sq_factor_set(f->ledger, "h100", 2333333, &actor, &error), SQ_OK);
        for (int round = 0; round < 200; round++) {
                struct sq_claim claim = fixture_claim(UUID(1), 1 + round % 7, 60);
                struct sq_outlook outlook;
                int64_t longest;

                seed = seed * 1664525 + 1013904223;
                claim.tasks = 1 + round % 5;
                sq_tres_set(&claim.tres, "gres/gpu", round % 4);
                sq_tres_set(&claim.tres, "gres/gpu:h100", round % 3);
                fixture_budget(f, SQ_USER, "alice", SQ_GPU, (int64_t)(seed % 2000000));
                fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, (int64_t)(seed % 30000000));
                longest = look(f, &claim, 1, &outlook);
                claim.seconds = longest * 60;
                look(f, &claim, 1, &outlook);
                assert_true(outlook.verdict.accepted || !longest);
                claim.seconds = (longest + 1) * 60;
                look(f, &claim, 1, &outlook);
                assert_true(!outlook.verdict.accepted || longest == MOST);
        }
}

static void the_longest_time_has_its_bounds(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_outlook outlook;
        int64_t longest = -1;

        assert_int_equal(look(f, &claim, 1, &outlook), MOST);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 0);
        assert_int_equal(look(f, &claim, 1, &outlook), 0);
        assert_int_equal(sq_outlook_read(f->ledger, &claim, 1, 0, &outlook, &longest, &error),
                         SQ_OK);
        assert_int_equal(longest, 0);
        claim.tasks = 0;
        assert_int_equal(sq_outlook_read(f->ledger, &claim, 1, MOST, &outlook, &longest,
                                         &error), SQ_EINVAL);
        claim.tasks = INT64_MAX;
        assert_int_equal(sq_outlook_read(f->ledger, &claim, 1, MOST, &outlook, &longest,
                                         &error), SQ_ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        the_answer_is_that_of_a_submission_and_nothing_is_held, fixture_start,
                        fixture_stop),
                cmocka_unit_test_setup_teardown(
                        who_is_not_known_has_the_default_budgets_and_is_not_made,
                        fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(components_come_one_after_the_other,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(
                        the_longest_time_is_the_longest_that_is_accepted, fixture_start,
                        fixture_stop),
                cmocka_unit_test_setup_teardown(the_longest_time_has_its_bounds, fixture_start,
                                                fixture_stop),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
