/* Accounts that two policies of a cluster are for: they belong to the first that has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "governor/run.h"
#include "ledger/halt.h"
#include "policy_fixture.h"

/* 2026-01-15, 12:00 UTC. */
#define JANUARY 1768478400

/* A policy for one word of organization_groups, with so many hours of node. */
static struct sq_policy *policy_for(const char *name, const char *group, int hours) {
        struct sq_policy *p = policy_new();

        snprintf(p->name, sizeof p->name, "%s", name);
        p->apply_to_all = false;
        p->groups.n = 1;
        snprintf(p->groups.name[0], sizeof p->groups.name[0], "%s", group);
        sq_quantities_set(&p->limits, "node", sq_quantity_from_hours(hours));
        return p;
}

/* hpc has used 130 hours: over grace in "monthly", next to nothing in "wide". */
static void two_policies(struct fixture *f) {
        create(f, policy_for("monthly", "hp*", 100));
        create(f, policy_for("wide", "*pc", 10000));
        use(f, "hpc", 20260110, 130);
}

struct seen {
        struct fixture *f;
        size_t n, left;
        char account[SQ_NAME_SIZE], policy[SQ_POLICY_TEXT_SIZE]; /* the last that was left */
        const char *then; /* the policy that is evaluated after the first account; NULL: none */
};

static struct seen run(struct fixture *f, const char *policy, enum sq_run_mode mode);

static void see(const struct sq_governed *governed, void *payload) {
        struct seen *seen = payload;

        (void)governed;
        if (!seen->n++ && seen->then)
                (void)run(seen->f, seen->then, SQ_RUN_LOGGED);
}

static void see_left(const char *account, const char *policy, void *payload) {
        struct seen *seen = payload;

        seen->left++;
        snprintf(seen->account, sizeof seen->account, "%s", account);
        snprintf(seen->policy, sizeof seen->policy, "%s", policy);
}

static int try_run(struct seen *seen, const char *policy, enum sq_run_mode mode,
                   const char *account, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        const struct sq_governing how = {.mode = mode, .now = JANUARY, .account = account,
                                         .left = see_left,
                                         .qos = {"normal", "slow", "paused"}};
        int rc = sq_kept_policy_find(seen->f->ledger, policy, &kept, err);

        return rc ? rc : sq_govern(seen->f->ledger, kept, &how, see, seen, err);
}

static struct seen run(struct fixture *f, const char *policy, enum sq_run_mode mode) {
        struct seen seen = {.f = f};
        struct sq_error err = {0};

        if (try_run(&seen, policy, mode, NULL, &err))
                fail_msg("%s", err.text);
        return seen;
}

/* How many policies keep something of hpc. */
static int64_t owners(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM policy_account a JOIN subject s"
                                 " ON s.id = a.account_id WHERE s.name = 'hpc'");
}

static int64_t halted(struct fixture *f) {
        return fixture_number(f, "SELECT halted FROM subject WHERE name = 'hpc'");
}

/* --- who has it ----------------------------------------------------------------------- */

static void an_account_belongs_to_the_policy_that_had_it_first(void **state) {
        static const enum sq_run_mode modes[] = {SQ_RUN_DRY, SQ_RUN_QUIETLY, SQ_RUN_LOGGED};
        struct fixture *f = *state;

        two_policies(f);
        assert_int_equal(run(f, "monthly", SQ_RUN_QUIETLY).n, 1);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
                const struct seen seen = run(f, "wide", modes[i]);

                assert_int_equal(seen.n, 0);
                assert_int_equal(seen.left, 1);
                assert_string_equal(seen.account, "hpc");
                assert_string_equal(seen.policy, "monthly");
                assert_int_equal(owners(f), 1);
        }
        /* The plan that pauses it is the only one, and waits. */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM outbox"), 1);
        assert_int_equal(fixture_number(f, "SELECT superseded FROM outbox"), 0);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        /* And what is its own stays so. */
        assert_int_equal(run(f, "monthly", SQ_RUN_QUIETLY).left, 0);
}

static void an_account_that_nobody_has_is_left_to_nobody(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        two_policies(f);
        seen = run(f, "wide", SQ_RUN_DRY);
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.left, 0);
}

static void policies_of_two_clusters_have_the_same_account(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_for("elsewhere", "hpc", 100);
        struct seen seen;

        two_policies(f);
        snprintf(p->scope, sizeof p->scope, "c2");
        create(f, p);
        run(f, "monthly", SQ_RUN_QUIETLY);
        seen = run(f, "elsewhere", SQ_RUN_QUIETLY);
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.left, 0);
        assert_int_equal(owners(f), 2);
}

static void who_asks_for_such_an_account_is_told_whose_it_is(void **state) {
        struct fixture *f = *state;
        struct seen seen = {.f = f};
        struct sq_error err = {0};

        two_policies(f);
        run(f, "monthly", SQ_RUN_QUIETLY);
        assert_int_equal(try_run(&seen, "wide", SQ_RUN_DRY, "hpc", &err), SQ_ENOTFOUND);
        assert_non_null(strstr(err.text, "\"hpc\" belongs to policy \"monthly\""));
        assert_int_equal(try_run(&seen, "wide", SQ_RUN_LOGGED, "hpc", &err), SQ_ENOTFOUND);
        assert_int_equal(seen.n, 0);
        assert_int_equal(owners(f), 1);
}

/* hpc comes in the second transaction of "wide", which began before "monthly" did. */
static void an_account_that_is_taken_meanwhile_is_left(void **state) {
        struct fixture *f = *state;
        struct seen seen = {.f = f, .then = "monthly"};
        struct sq_error err = {0};
        char account[16];

        two_policies(f);
        for (int i = 0; i < 40; i++) {
                snprintf(account, sizeof account, "a%02dpc", i);
                use(f, account, 20260110, 1);
        }
        if (try_run(&seen, "wide", SQ_RUN_QUIETLY, NULL, &err))
                fail_msg("%s", err.text);
        assert_int_equal(seen.n, 40);
        assert_int_equal(seen.left, 1);
        assert_int_equal(owners(f), 1);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
}

/* --- and afterwards ------------------------------------------------------------------- */

static void expect_taken_by_wide(struct fixture *f) {
        const struct seen seen = run(f, "wide", SQ_RUN_QUIETLY);

        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.left, 0);
        assert_int_equal(owners(f), 1);
        assert_int_equal(halted(f), 0);
}

static void the_second_takes_it_when_the_first_is_deleted(void **state) {
        struct fixture *f = *state;

        two_policies(f);
        run(f, "monthly", SQ_RUN_QUIETLY);
        run(f, "wide", SQ_RUN_QUIETLY);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        expect_taken_by_wide(f);
}

static void the_second_takes_it_when_the_first_lets_go_of_it(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy_for("monthly", "other", 100);

        two_policies(f);
        run(f, "monthly", SQ_RUN_QUIETLY);
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", p, 0, &actor, NULL),
                         SQ_OK);
        assert_int_equal(run(f, "wide", SQ_RUN_QUIETLY).left, 1);
        assert_int_equal(run(f, "monthly", SQ_RUN_QUIETLY).n, 0);
        expect_taken_by_wide(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(an_account_belongs_to_the_policy_that_had_it_first),
                TEST(an_account_that_nobody_has_is_left_to_nobody),
                TEST(policies_of_two_clusters_have_the_same_account),
                TEST(who_asks_for_such_an_account_is_told_whose_it_is),
                TEST(an_account_that_is_taken_meanwhile_is_left),
                TEST(the_second_takes_it_when_the_first_is_deleted),
                TEST(the_second_takes_it_when_the_first_lets_go_of_it),
        };

        setenv("TZ", "UTC0", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
