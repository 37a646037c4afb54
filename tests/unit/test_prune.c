/* test_prune.c - subjects that never came to anything, and what must not go with them */
#include "hook_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/budget.h"
#include "ledger/prune.h"

static const struct sq_actor root = {.name = "root", .reason = "a test"};

/* The names that were called, each with a blank behind it. */
static void note(enum sq_subject_kind kind, const char *name, void *payload) {
        char *names = payload;

        snprintf(names + strlen(names), 256 - strlen(names), "%s:%s ",
                 sq_subject_kind_name(kind), name);
}

static void assert_pruned(struct fixture *f, const struct sq_prune *what, const char *names) {
        char called[256] = "";
        struct sq_error err;
        int64_t count = -1, expected = 0;

        for (const char *p = names; (p = strchr(p, ' ')); p++)
                expected++;
        if (sq_prune_subjects(f->ledger, what, note, called, &root, &count, &err))
                fail_msg("%s", err.text);
        assert_string_equal(called, names);
        assert_int_equal(count, expected);
        sq_store_set_deadline(sq_ledger_store(f->ledger), fixture_patience());
        fixture_verify(f);
}

static void prune_all(struct fixture *f, const char *users, const char *accounts) {
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER}, users);
        assert_pruned(f, &(struct sq_prune){.kind = SQ_ACCOUNT}, accounts);
}

static bool is_there(struct fixture *f, const char *name) {
        char sql[128];

        snprintf(sql, sizeof sql, "SELECT count(*) FROM subject WHERE name = '%s'", name);
        return fixture_number(f, sql) == 1;
}

/* A job of `user` in `account` that was submitted, and cancelled before it ran. */
static void try_once(struct fixture *f, const char *uuid, int64_t job_id, const char *user,
                     const char *account) {
        struct sq_claim claim = fixture_claim(uuid, 1, 60);
        struct sq_run run = fixture_run(job_id, uuid, 1, 0);

        claim.user = run.user = user;
        claim.account = run.account = account;
        run.start_at = 0;
        run.state = "CANCELLED";
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_true(fixture_charge(f, &run).released);
}

/* --- who goes -------------------------------------------------------------------------- */

static void who_never_used_anything_goes(void **state) {
        struct fixture *f = *state;

        try_once(f, UUID(1), 1, "alice", "physcis");
        try_once(f, UUID(2), 2, "bob", "physcis");
        prune_all(f, "user:alice user:bob ", "account:physcis ");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM balance"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM membership"), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), 2);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'open'"),
                         3);
        prune_all(f, "", "");
}

static void only_the_one_that_is_named_goes(void **state) {
        struct fixture *f = *state;

        try_once(f, UUID(1), 1, "alice", "physics");
        try_once(f, UUID(2), 2, "bob", "alice"); /* an account called as a user */
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER, .name = "carol"}, "");
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER, .name = "ALICE"}, "");
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER, .name = "alice"}, "user:alice ");
        assert_true(is_there(f, "bob"));
        assert_true(is_there(f, "physics"));
        assert_true(is_there(f, "alice")); /* the account */
}

static void a_dry_run_only_says_who_would_go(void **state) {
        struct fixture *f = *state;

        try_once(f, UUID(1), 1, "alice", "physics");
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER, .dry_run = true}, "user:alice ");
        assert_true(is_there(f, "alice"));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'prune'"),
                         0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM membership"), 1);
}

static void each_is_an_entry_that_names_it(void **state) {
        struct fixture *f = *state;
        const struct sq_actor silent = {.name = "slurm"};
        const struct sq_prune accounts = {.kind = SQ_ACCOUNT};
        char called[256] = "";
        int64_t count;

        try_once(f, UUID(1), 1, "alice", "physics");
        assert_pruned(f, &(struct sq_prune){.kind = SQ_USER}, "user:alice ");
        assert_int_equal(sq_prune_subjects(f->ledger, &accounts, note, called, &silent, &count,
                                           NULL),
                         SQ_OK);
        assert_int_equal(
                fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'prune'"
                                  " AND user_id IS NULL AND account_id IS NULL"
                                  " AND (actor || '/' || reason IN ('root/user alice: a test',"
                                  " 'slurm/account physics'))"),
                2);
}

/* --- who stays ------------------------------------------------------------------------- */

static void who_consumed_something_stays(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 1);

        assert_true(fixture_charge(f, &run).booked);
        prune_all(f, "", "");
}

static void who_holds_a_reservation_stays(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        assert_true(fixture_reserve(f, &claim).accepted);
        claim = fixture_claim(UUID(2), 1, 0); /* of nothing */
        claim.user = "bob";
        claim.account = "chemistry";
        assert_true(fixture_reserve(f, &claim).accepted);
        prune_all(f, "", "");
}

static void who_was_ever_given_a_budget_stays(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "alice", SQ_GPU, 60);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, -1); /* which is the default */
        prune_all(f, "", "");
}

static void who_has_another_budget_than_the_default_of_now_stays(void **state) {
        struct fixture *f = *state;

        try_once(f, UUID(1), 1, "alice", "physics");
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(7), &root, NULL);
        prune_all(f, "", "account:physics ");
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_UNLIMITED, &root, NULL);
        prune_all(f, "user:alice ", "");
}

static void who_is_in_the_roll_up_stays(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 0, 60);

        run.tres = (struct sq_tres){0};
        sq_tres_set(&run.tres, "mem", 1000); /* no CPU, no GPU */
        assert_true(fixture_charge(f, &run).booked);
        prune_all(f, "", "");
}

static void an_account_that_a_refused_update_may_come_back_to_stays(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_verdict verdict;

        assert_true(fixture_reserve(f, &claim).accepted);
        claim.account = "chemistry";
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL),
                         SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation_before"), 1);
        prune_all(f, "", "");
}

static void who_lost_balances_is_left_for_repair(void **state) {
        struct fixture *f = *state;
        int64_t count = -1;

        fixture_sql(f, "INSERT INTO subject VALUES (4711, 'user', 'carol', 0, 0)");
        assert_int_equal(sq_prune_subjects(f->ledger, &(struct sq_prune){.kind = SQ_USER},
                                           note, (char[256]){0}, &root, &count, NULL),
                         SQ_OK);
        assert_int_equal(count, 0);
        assert_true(is_there(f, "carol"));
}

/* --- and comes back ---------------------------------------------------------------------- */

/* The ledger of the fixture is a hook's that remembers who is a member where. */
static void who_is_seen_again_begins_anew(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(3), 1, 60);
        struct sq_run run = fixture_run(3, UUID(3), 1, 60);
        int64_t before;

        try_once(f, UUID(1), 1, "alice", "physics");
        before = fixture_number(f, "SELECT max(id) FROM subject");
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(1000), &root, NULL);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_UNLIMITED, &root, NULL);
        prune_all(f, "user:alice ", "account:physics ");
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(1000), &root, NULL);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_true(fixture_number(f, "SELECT min(id) FROM subject") > before);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 1000);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM membership m JOIN subject u"
                                           " ON u.id = m.user_id JOIN subject a"
                                           " ON a.id = m.account_id WHERE u.name = 'alice'"
                                           " AND a.name = 'physics'"),
                         1);
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 60);
        fixture_verify(f);
}

/* A user goes, the account stays; then the other way round. */
static void a_hook_that_remembers_a_membership_makes_it_again(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 60);

        run.user = "bob";
        assert_true(fixture_charge(f, &run).booked); /* physics stays */
        try_once(f, UUID(1), 2, "alice", "physics");
        try_once(f, UUID(2), 3, "bob", "typo");
        prune_all(f, "user:alice ", "account:typo ");
        try_once(f, UUID(3), 4, "alice", "physics");
        try_once(f, UUID(4), 5, "bob", "typo");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM membership m JOIN subject u"
                                           " ON u.id = m.user_id JOIN subject a"
                                           " ON a.id = m.account_id"),
                         3);
        fixture_verify(f);
}

static void the_end_of_a_job_of_somebody_who_went_is_booked(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(2, UUID(1), 2, 60);

        try_once(f, UUID(1), 1, "alice", "physics");
        prune_all(f, "user:alice ", "account:physics ");
        assert_true(fixture_charge(f, &run).booked);
        run = fixture_run(1, UUID(1), 1, 0); /* told twice, and booked before */
        run.start_at = 0;
        assert_false(fixture_charge(f, &run).booked);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 120);
        fixture_verify(f);
        prune_all(f, "", "");
}

/* --- beside others ------------------------------------------------------------------------ */

#define USERS 300

static bool one_job(struct sq_ledger *ledger, int64_t n) {
        char uuid[SQ_UUID_SIZE] = "", user[16];

        snprintf(user, sizeof user, "user%d", (int)(n % USERS));
        return hook_reserve(ledger, user, uuid) &&
               (n % 5 == 4 || hook_charge(ledger, user, uuid, 1000 + n, n % 3 ? 0 : 50));
}

static bool another_job(struct sq_ledger *ledger, int64_t n) {
        return one_job(ledger, n * 7);
}

static void count(enum sq_subject_kind kind, const char *name, void *payload) {
        (void)kind;
        (void)name;
        ++*(int64_t *)payload;
}

static void hooks_go_on_while_their_users_come_and_go(void **state) {
        struct fixture *f = *state;
        const struct sq_prune users = {.kind = SQ_USER};
        int64_t called = 0, n = 0;
        struct hook hook;

        for (int64_t i = 0; i < USERS; i++)
                assert_true(one_job(f->ledger, i));
        hook_start(&hook, f, another_job, 200);
        for (int round = 0; round < 10; round++) {
                int64_t more;

                assert_int_equal(sq_prune_subjects(f->ledger, &users, count, &called, &root,
                                                   &more, NULL),
                                 SQ_OK);
                n += more;
                usleep(20000);
        }
        assert_true(hook_stop(&hook).n > USERS);
        assert_int_equal(called, n);
        assert_true(n > 0);
        sq_store_set_deadline(sq_ledger_store(f->ledger), fixture_patience());
        fixture_verify(f);
}

/* What happens between looking and removing is noticed: the trigger stands for hooks that
 * come in while alice, the first one, goes. */
static void who_comes_back_in_between_stays(void **state) {
        struct fixture *f = *state;
        char called[256] = "";
        const struct sq_prune users = {.kind = SQ_USER};
        int64_t n = -1;

        try_once(f, UUID(1), 1, "alice", "physics");
        try_once(f, UUID(2), 2, "bob", "physics");
        try_once(f, UUID(3), 3, "carol", "physics");
        try_once(f, UUID(4), 4, "dave", "physics");
        try_once(f, UUID(5), 5, "erin", "physics");
        fixture_sql(f, "CREATE TRIGGER t AFTER INSERT ON entry WHEN new.kind = 'prune'"
                       " AND new.reason LIKE 'user alice%' BEGIN"
                       " INSERT INTO entry (at, kind, user_id, actor) SELECT 0, 'budget', id,"
                       "  'x' FROM subject WHERE name = 'bob';"
                       " INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks,"
                       "  tres, seconds, created_at) SELECT 'z', -1, id, id, 1, '', 0, 0"
                       "  FROM subject WHERE name = 'carol';"
                       " UPDATE balance SET reserved = 1 WHERE resource_id = 2 AND subject_id ="
                       "  (SELECT id FROM subject WHERE name = 'dave'); END");
        assert_int_equal(sq_prune_subjects(f->ledger, &users, note, called, &root, &n, NULL),
                         SQ_OK);
        assert_string_equal(called, "user:alice user:erin ");
        assert_int_equal(n, 2);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(who_never_used_anything_goes),
                A_TEST(only_the_one_that_is_named_goes),
                A_TEST(a_dry_run_only_says_who_would_go),
                A_TEST(each_is_an_entry_that_names_it),
                A_TEST(who_consumed_something_stays),
                A_TEST(who_holds_a_reservation_stays),
                A_TEST(who_was_ever_given_a_budget_stays),
                A_TEST(who_has_another_budget_than_the_default_of_now_stays),
                A_TEST(who_is_in_the_roll_up_stays),
                A_TEST(an_account_that_a_refused_update_may_come_back_to_stays),
                A_TEST(who_lost_balances_is_left_for_repair),
                A_TEST(who_is_seen_again_begins_anew),
                A_TEST(a_hook_that_remembers_a_membership_makes_it_again),
                A_TEST(the_end_of_a_job_of_somebody_who_went_is_booked),
                A_TEST(who_comes_back_in_between_stays),
                A_TEST(hooks_go_on_while_their_users_come_and_go),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
