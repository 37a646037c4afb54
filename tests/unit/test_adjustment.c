/* test_adjustment.c - what people add to what was used, or take off again */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/adjustment.h"

static const struct sq_actor root = {.name = "root", .reason = "ticket 7"};

static struct sq_adjusted adjust(struct fixture *f, enum sq_subject_kind kind,
                                 const char *name, enum sq_resource resource, int64_t delta) {
        struct sq_adjusted adjusted = {{0}, {0}};
        struct sq_error err;

        if (sq_adjust(f->ledger, kind, name, resource, SQ_AMOUNT(delta), &root, &adjusted,
                      &err))
                fail_msg("%s", err.text);
        fixture_verify(f);
        return adjusted;
}

static int64_t consumed(struct fixture *f, enum sq_subject_kind kind, const char *name,
                        enum sq_resource resource) {
        return fixture_balance(f, kind, name, resource).consumed.seconds;
}

static int64_t entries(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM entry");
}

static void an_adjustment_is_added_to_one_resource_of_one_subject(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 2, 300);
        struct sq_adjusted adjusted;

        assert_true(fixture_charge(f, &run).booked);
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, 5400);
        assert_int_equal(adjusted.applied.seconds, 5400);
        assert_int_equal(adjusted.consumed.seconds, 6000);
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_CPU), 6000);
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_GPU), 0);
        assert_int_equal(consumed(f, SQ_ACCOUNT, "physics", SQ_CPU), 600);
        adjusted = adjust(f, SQ_ACCOUNT, "physics", SQ_GPU, 60);
        assert_int_equal(adjusted.consumed.seconds, 60);
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, -1000);
        assert_int_equal(adjusted.applied.seconds, -1000);
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_CPU), 5000);
}

static void nobody_gets_below_nothing_and_the_entry_says_what_was_taken(void **state) {
        struct fixture *f = *state;
        struct sq_adjusted adjusted;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        adjust(f, SQ_USER, "alice", SQ_CPU, 61);
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, -62);
        assert_int_equal(adjusted.applied.seconds, -61);
        assert_int_equal(adjusted.consumed.seconds, 0);
        assert_int_equal(fixture_number(f, "SELECT amount FROM entry_line ORDER BY entry_id"
                                           " DESC LIMIT 1"), -61);
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, INT64_MIN);
        assert_int_equal(adjusted.applied.seconds, 0);
        assert_int_equal(consumed(f, SQ_USER, "alice", SQ_CPU), 0);
}

static void what_is_below_nothing_stays_there_when_more_is_taken_off(void **state) {
        struct fixture *f = *state;
        struct sq_adjusted adjusted;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        adjust(f, SQ_USER, "alice", SQ_CPU, 100);
        /* As slurmdbd's correction of a charge leaves it. */
        fixture_sql(f, "UPDATE balance SET consumed = -20 WHERE consumed = 100;"
                       "UPDATE entry_line SET amount = -20 WHERE amount = 100");
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, -30);
        assert_int_equal(adjusted.applied.seconds, 0);
        assert_int_equal(adjusted.consumed.seconds, -20);
        adjusted = adjust(f, SQ_USER, "alice", SQ_CPU, 30);
        assert_int_equal(adjusted.consumed.seconds, 10);
}

static void an_adjustment_is_an_entry_with_actor_and_reason(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        adjust(f, SQ_USER, "alice", SQ_GPU, 60);
        assert_int_equal(
                fixture_number(f, "SELECT count(*) FROM entry e"
                                  " JOIN subject s ON s.id = e.user_id"
                                  " JOIN entry_line l ON l.entry_id = e.id"
                                  " WHERE e.kind = 'adjustment' AND e.actor = 'root'"
                                  " AND e.reason = 'ticket 7' AND e.account_id IS NULL"
                                  " AND s.name = 'alice' AND l.resource_id = 2"
                                  " AND l.amount = 60"), 1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM usage_day"), 0);
}

static void who_is_not_known_is_not_made(void **state) {
        struct fixture *f = *state;
        struct sq_adjusted adjusted = {{7}, {7}};
        const int64_t before = entries(f);
        struct sq_error err;

        fixture_budget(f, SQ_ACCOUNT, "alice", SQ_CPU, 60); /* another alice */
        assert_int_equal(sq_adjust(f->ledger, SQ_USER, "alice", SQ_CPU, SQ_AMOUNT(60), &root,
                                   &adjusted, &err),
                         SQ_ENOTFOUND);
        assert_string_equal(err.text, "there is no user \"alice\"");
        assert_non_null(strstr(err.hint, "slurm-quota user-quota alice "));
        assert_int_equal(adjusted.applied.seconds, 7);
        assert_int_equal(entries(f), before + 2);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject"), 1);
}

static void what_does_not_fit_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_adjusted adjusted;
        int64_t before;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        adjust(f, SQ_USER, "alice", SQ_CPU, INT64_MAX - 1);
        adjust(f, SQ_USER, "alice", SQ_CPU, 1);
        before = entries(f);
        assert_int_equal(sq_adjust(f->ledger, SQ_USER, "alice", SQ_CPU, SQ_AMOUNT(1), &root,
                                   &adjusted, NULL),
                         SQ_ERANGE);
        assert_int_equal(entries(f), before);
        assert_int_equal(adjust(f, SQ_USER, "alice", SQ_CPU, -INT64_MAX).consumed.seconds, 0);
}

static void an_adjustment_counts_for_what_is_left_and_is_an_update(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        fixture_sql(f, "UPDATE balance SET updated_at = 7");
        adjust(f, SQ_USER, "alice", SQ_CPU, 1);
        assert_true(fixture_number(f, "SELECT max(updated_at) FROM balance") >= sq_now() - 60);
        assert_false(fixture_reserve(f, &claim).accepted);
        adjust(f, SQ_USER, "alice", SQ_CPU, -1);
        assert_true(fixture_reserve(f, &claim).accepted);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(an_adjustment_is_added_to_one_resource_of_one_subject),
                A_TEST(nobody_gets_below_nothing_and_the_entry_says_what_was_taken),
                A_TEST(what_is_below_nothing_stays_there_when_more_is_taken_off),
                A_TEST(an_adjustment_is_an_entry_with_actor_and_reason),
                A_TEST(who_is_not_known_is_not_made),
                A_TEST(what_does_not_fit_changes_nothing),
                A_TEST(an_adjustment_counts_for_what_is_left_and_is_an_update),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
