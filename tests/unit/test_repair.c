/* test_repair.c - what verify finds is put right, beside events that go on */
#include "hook_fixture.h"

#include <stdio.h>
#include <string.h>

#include "ledger/budget.h"
#include "ledger/repair.h"
#include "ledger/verify.h"

static const struct sq_actor root = {.name = "root", .reason = "a test"};

/* --- what is tested ------------------------------------------------------------------ */

static struct sq_differences *find(struct fixture *f) {
        struct sq_differences *found = NULL;
        struct sq_error err;

        if (sq_differences_find(f->ledger, &found, &err))
                fail_msg("%s", err.text);
        return found;
}

/* What repair said, a line each with a newline before and after it. */
struct said {
        char lines[4096];
        int64_t repaired, left;
};

static void note(const struct sq_difference *difference, bool repaired, const char *remark,
                 void *payload) {
        struct said *said = payload;
        const size_t n = strlen(said->lines);
        char text[SQ_DIFFERENCE_TEXT_SIZE];

        snprintf(said->lines + n, sizeof said->lines - n, "%s: %s%s%s\n",
                 sq_difference_text(difference, text, sizeof text),
                 repaired ? "repaired" : "not repaired", remark ? ": " : "",
                 remark ? remark : "");
        said->repaired += repaired;
        said->left += !repaired;
}

static struct said repair(struct fixture *f, const struct sq_differences *found) {
        struct said said = {.lines = "\n"};
        struct sq_error err;
        int64_t left = -1;

        if (sq_repair(f->ledger, found, &root, note, &said, &left, &err))
                fail_msg("%s", err.text);
        assert_int_equal(left, said.left);
        return said;
}

static struct said find_and_repair(struct fixture *f) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = find(f);

        return repair(f, found);
}

static void assert_said(const struct said *said, const char *text) {
        char line[512];

        snprintf(line, sizeof line, "\n%s\n", text);
        if (!strstr(said->lines, line))
                fail_msg("not \"%s\" but:%s", text, said->lines);
}

#define ALICE "(SELECT id FROM subject WHERE kind = 'user' AND name = 'alice')"
#define BOB "(SELECT id FROM subject WHERE kind = 'user' AND name = 'bob')"
#define PHYSICS "(SELECT id FROM subject WHERE kind = 'account' AND name = 'physics')"

/* Budgets and a default; a charge of 200 000 s on 4 CPUs and a GPU over three days; an
 * array of bob's, and a task of it that was changed. */
static void fill(struct fixture *f) {
        const struct sq_actor actor = {.name = "test"};
        struct sq_claim claim = fixture_claim(UUID(2), 4, 600);
        struct sq_run run = fixture_run(1, NULL, 4, 200000);
        struct sq_verdict verdict;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 90000000);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_GPU, 80000000);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(70000000), &actor, NULL);
        sq_tres_set(&run.tres, "gres/gpu:h100", 1);
        sq_tres_set(&run.tres, "mem", 1000);
        assert_true(fixture_charge(f, &run).booked);
        claim.user = "bob";
        claim.tasks = 10;
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = 1200;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 3, false, &verdict, NULL),
                         SQ_OK);
        run = fixture_run(2, UUID(2), 1, 10);
        run.user = "bob";
        run.array_job = 2;
        run.array_task = 0;
        assert_true(fixture_charge(f, &run).released);
        fixture_verify(f);
}

/* All that balances and roll-up say, to see that it is as before. */
static int64_t sums(struct fixture *f) {
        return fixture_number(f, "SELECT (SELECT sum(subject_id * 31 + resource_id * 17"
                                 " + budget * 7 + consumed * 5 + reserved * 3 + tasks)"
                                 " FROM balance) + (SELECT sum(amount) FROM usage_day"
                                 " WHERE resource_id < 3)");
}

/* --- every kind ----------------------------------------------------------------------- */

/* What is damaged, and how many lines say that it is repaired. */
static const struct damage {
        const char *sql;
        const char *line;
        int64_t repaired;
} damages[] = {
        {"UPDATE balance SET budget = 7 WHERE resource_id = 1 AND subject_id = " ALICE,
         "user alice: budget of cpu is 7, the entries say 90000000: repaired", 1},
        {"UPDATE balance SET budget = -1 WHERE resource_id = 2 AND subject_id = " PHYSICS,
         "account physics: budget of gpu is -1, the entries say 80000000: repaired", 1},
        {"UPDATE balance SET consumed = consumed + 1 WHERE resource_id = 1 AND subject_id = "
         ALICE,
         "user alice: consumed of cpu is 800001, the entries say 800000: repaired", 1},
        {"UPDATE balance SET consumed = 0",
         "account physics: consumed of gpu is 0, the entries say 200000: repaired", 5},
        {"UPDATE balance SET reserved = reserved - 1 WHERE resource_id = 1 AND subject_id = "
         BOB,
         "user bob: reserved of cpu is 23999, the reservations say 24000: repaired", 1},
        {"UPDATE balance SET tasks = 8 WHERE resource_id = 1 AND subject_id = " PHYSICS,
         "account physics: number of unfinished tasks of cpu is 8, the reservations say 9:"
         " repaired", 1},
        {"DELETE FROM balance WHERE resource_id = 1 AND subject_id = " ALICE,
         "user alice: there is no balance of cpu: repaired", 2},
        {"DELETE FROM balance",
         "user bob: reserved of cpu is 0, the reservations say 24000: repaired", 15},
        {"INSERT INTO entry_line VALUES (4711, 1, 1, 5), (4711, 2, 1, 5), (4712, 1, 1, 5)",
         "entry_line: 3 rows point to nothing: repaired", 1},
        {"INSERT INTO reservation_amount VALUES ('x', -1, 1, 5), ('x', 4, 2, 5)",
         "reservation_amount: 2 rows point to nothing: repaired", 1},
        {"INSERT INTO membership VALUES (4711, " PHYSICS "), (" ALICE ", 4711)",
         "membership: 2 rows point to nothing: repaired", 1},
        {"INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)"
         " VALUES (4711, 1, 1, -1, 0)",
         "balance: 1 rows point to nothing: repaired", 1},
        {"DELETE FROM entry_line WHERE entry_id IN (SELECT id FROM entry WHERE kind <> 'charge'"
         " AND user_id = " BOB ")",
         "user bob: budget of cpu is 70000000, no entry says so: repaired", 2},
        {"UPDATE usage_day SET amount = amount + 3 WHERE resource_id = 1 AND user_id = " ALICE,
         "user alice in physics: roll-up of cpu is 800012, the charges say 800000: repaired:"
         " taken off their last days", 1},
        {"UPDATE usage_day SET amount = amount - 3 WHERE resource_id = 2",
         "user alice in physics: roll-up of gpu is 199988, the charges say 200000: repaired:"
         " added to 2023-11-17, the day of their last charge", 1},
};

static void every_kind_of_damage_is_repaired(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
                struct fixture *f;
                struct said said;
                int64_t before;

                fixture_start((void **)&f);
                fill(f);
                before = sums(f);
                fixture_sql(f, damages[i].sql);
                said = find_and_repair(f);
                assert_said(&said, damages[i].line);
                if (said.repaired != damages[i].repaired || said.left)
                        fail_msg("%s:%s", damages[i].sql, said.lines);
                fixture_verify(f);
                if (sums(f) != before)
                        fail_msg("%s: not as before", damages[i].sql);
                fixture_stop((void **)&f);
        }
}

static void nothing_is_done_when_all_is_right(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct said said;

        fill(f);
        found = find(f);
        assert_int_equal(found->n, 0);
        assert_false(sq_repair_is_possible(found));
        said = repair(f, found);
        assert_string_equal(said.lines, "\n");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair'"),
                         0);
}

static void each_repair_is_an_entry_with_who_why_and_how_much(void **state) {
        struct fixture *f = *state;
        const struct sq_actor silent = {.name = "slurm"};
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct said said = {.lines = ""};
        int64_t left;

        fill(f);
        fixture_sql(f, "UPDATE balance SET consumed = 1000 WHERE resource_id = 1"
                       " AND subject_id = " ALICE);
        find_and_repair(f);
        assert_int_equal(
                fixture_number(f, "SELECT count(*) FROM entry e JOIN entry_line l"
                                  " ON l.entry_id = e.id WHERE e.kind = 'repair'"
                                  " AND e.user_id = " ALICE " AND e.account_id IS NULL"
                                  " AND e.actor = 'root' AND e.reason = 'consumed: a test'"
                                  " AND l.resource_id = 1 AND l.amount = 799000"),
                1);
        fixture_sql(f, "UPDATE balance SET budget = 5 WHERE resource_id = 2"
                       " AND subject_id = " PHYSICS);
        found = find(f);
        assert_int_equal(sq_repair(f->ledger, found, &silent, note, &said, &left, NULL), SQ_OK);
        assert_int_equal(
                fixture_number(f, "SELECT count(*) FROM entry e JOIN entry_line l"
                                  " ON l.entry_id = e.id WHERE e.kind = 'repair'"
                                  " AND e.account_id = " PHYSICS " AND e.user_id IS NULL"
                                  " AND e.actor = 'slurm'"
                                  " AND e.reason = 'budget: it did not agree with the ledger'"
                                  " AND l.resource_id = 2 AND l.amount = 80000000"),
                1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair'"),
                         2);
}

/* --- subjects --------------------------------------------------------------------------- */

static void a_missing_balance_gets_the_default_when_no_entry_knows_better(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "INSERT INTO subject VALUES (4711, 'user', 'carol', 0, 0)");
        said = find_and_repair(f);
        assert_said(&said, "user carol: there is no balance of cpu: repaired");
        assert_said(&said, "user carol: there is no balance of gpu: repaired");
        assert_int_equal(fixture_balance(f, SQ_USER, "carol", SQ_CPU).budget.seconds, 70000000);
        assert_int_equal(fixture_balance(f, SQ_USER, "carol", SQ_GPU).budget.seconds, -1);
        fixture_verify(f);
}

static void a_subject_without_balances_can_run_jobs_again(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(5), 1, 60);
        struct sq_verdict verdict;

        fill(f);
        fixture_sql(f, "DELETE FROM balance WHERE subject_id = " ALICE);
        assert_int_not_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_OK);
        assert_int_equal(find_and_repair(f).left, 0);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 800000);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 90000000);
        fixture_verify(f);
}

static void a_budget_that_was_set_meanwhile_stays(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;

        fill(f);
        fixture_sql(f, "UPDATE balance SET budget = 7 WHERE resource_id = 1;"
                       "DELETE FROM balance WHERE resource_id = 2 AND subject_id = " PHYSICS);
        found = find(f);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 7); /* what it is by mistake */
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 8);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_GPU, 9); /* into a row that is missing */
        assert_int_equal(repair(f, found).left, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 7);
        assert_int_equal(fixture_balance(f, SQ_USER, "bob", SQ_CPU).budget.seconds, 8);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_GPU).budget.seconds, 9);
        fixture_verify(f);
}

static void a_subject_that_went_meanwhile_is_no_trouble(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct said said;

        fixture_sql(f, "INSERT INTO subject VALUES (4711, 'user', 'carol', 0, 0);"
                       "INSERT INTO subject VALUES (4712, 'user', 'dave', 0, 0);"
                       "INSERT INTO balance (subject_id, resource_id, window_id, budget,"
                       " reserved, updated_at) VALUES (4712, 1, 1, 5, 5, 0),"
                       " (4712, 2, 1, 5, 5, 0)");
        found = find(f);
        assert_int_equal(found->n, 6);
        fixture_sql(f, "DELETE FROM subject; DELETE FROM balance");
        said = repair(f, found);
        assert_int_equal(said.repaired, 0);
        assert_int_equal(said.left, 0);
        fixture_verify(f);
}

static void a_difference_that_does_not_fit_is_left_and_the_others_are_not(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "UPDATE balance SET consumed = -9223372036854775807"
                       " WHERE resource_id = 1 AND subject_id = " ALICE ";"
                       "UPDATE balance SET consumed = 1"
                       " WHERE resource_id = 1 AND subject_id = " BOB);
        said = find_and_repair(f);
        assert_said(&said, "user alice: consumed of cpu is -9223372036854775807, the entries"
                           " say 800000: not repaired: the difference is too large to be"
                           " counted");
        assert_said(&said, "user bob: consumed of cpu is 1, the entries say 10: repaired");
        assert_int_equal(said.left, 1);
}

/* --- the roll-up ----------------------------------------------------------------------- */

static int64_t day(struct fixture *f, int64_t number) {
        char sql[320];

        snprintf(sql, sizeof sql, "SELECT coalesce((SELECT amount FROM usage_day WHERE day = %d"
                                  " AND resource_id = 1 AND user_id = " ALICE "), -1)",
                 (int)number);
        return fixture_number(f, sql);
}

static void what_a_roll_up_has_too_much_comes_off_the_last_days(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f); /* 800 000 s over 14, 15, 16 and 17 November 2023 */
        fixture_sql(f, "INSERT INTO usage_day VALUES (" ALICE ", " PHYSICS
                       ", 20231118, 1, 50, 0);"
                       "UPDATE usage_day SET amount = amount + 70 WHERE day = 20231114"
                       " AND resource_id = 1");
        said = find_and_repair(f);
        assert_said(&said, "user alice in physics: roll-up of cpu is 800120, the charges say"
                           " 800000: repaired: taken off their last days");
        assert_int_equal(day(f, 20231118), 0);
        assert_true(day(f, 20231117) > 0);
        fixture_verify(f);
}

static void a_roll_up_that_is_gone_comes_back_on_the_day_of_the_last_charge(void **state) {
        struct fixture *f = *state;

        fill(f);
        fixture_sql(f, "DELETE FROM usage_day");
        assert_int_equal(find_and_repair(f).left, 0);
        assert_int_equal(day(f, 20231117), 800000);
        fixture_verify(f);
}

static void without_a_charge_a_roll_up_goes_to_today(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "DELETE FROM usage_day; UPDATE charge SET entry_id = 4711");
        said = find_and_repair(f);
        assert_non_null(strstr(said.lines, ", since there is no charge\n"));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM usage_day"
                                           " WHERE day > 20260101"),
                         3);
}

/* --- rows that point to nothing ---------------------------------------------------------- */

static void a_reservation_of_nobody_goes_and_gives_back_what_it_holds(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(3), 2, 100);
        struct said said;

        fill(f);
        claim.user = "carol";
        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_sql(f, "DELETE FROM balance WHERE subject_id ="
                       " (SELECT id FROM subject WHERE name = 'carol');"
                       "DELETE FROM subject WHERE name = 'carol'");
        said = find_and_repair(f);
        assert_said(&said, "reservation: 1 rows point to nothing: repaired");
        assert_said(&said, "membership: 1 rows point to nothing: repaired");
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         24000);
        assert_int_equal(fixture_jobs(f, SQ_ACCOUNT, "physics"), 9);
        fixture_verify(f);
}

static void a_reservation_of_nobody_and_a_wrong_balance_are_both_repaired(void **state) {
        struct fixture *f = *state;

        fill(f);
        fixture_sql(f, "DELETE FROM subject WHERE name = 'bob';"
                       "UPDATE balance SET reserved = 5 WHERE subject_id = " PHYSICS ";"
                       "DELETE FROM balance WHERE resource_id = 1 AND subject_id = " PHYSICS);
        assert_int_equal(find_and_repair(f).left, 0);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds, 0);
        assert_int_equal(fixture_jobs(f, SQ_ACCOUNT, "physics"), 0);
        fixture_verify(f);
}

static void more_rows_than_one_transaction_takes_all_go(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                       " WHERE i < 300) INSERT INTO reservation_amount"
                       " SELECT 'lost-' || i, -1, 1, 5 FROM c");
        said = find_and_repair(f);
        assert_said(&said, "reservation_amount: 300 rows point to nothing: repaired");
        fixture_verify(f);
        assert_int_equal(
                fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair' AND"
                                  " reason = '300 rows of reservation_amount deleted: a test'"),
                1);
}

/* Numbers of entries that are missing at the end are given again. */
static void lines_of_a_lost_entry_do_not_come_to_belong_to_the_repair(void **state) {
        struct fixture *f = *state;

        fill(f);
        fixture_sql(f, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                       " WHERE i < 300) INSERT INTO entry_line"
                       " SELECT (SELECT max(id) FROM entry) + i, 1, 1, 5 FROM c");
        assert_int_equal(find_and_repair(f).left, 0);
        fixture_verify(f);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry_line l JOIN entry e"
                                           " ON e.id = l.entry_id WHERE e.kind = 'repair'"),
                         0);
}

static void what_cannot_be_known_is_left_and_said(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct said said;

        fill(f);
        fixture_sql(f, "UPDATE charge SET entry_id = 4711 WHERE job_id = 2");
        found = find(f);
        assert_false(sq_repair_is_possible(found));
        said = repair(f, found);
        assert_said(&said, "charge: 1 rows point to nothing: not repaired: what was charged"
                           " cannot be known");
        assert_said(&said, "charge entry: 1 rows point to nothing: not repaired: which job was"
                           " charged cannot be known");
        assert_int_equal(said.left, 2);
        assert_int_equal(said.repaired, 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair'"),
                         0);
}

static void a_charge_whose_entry_is_lost_does_not_take_the_repairs_for_it(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "DELETE FROM entry WHERE id = (SELECT max(id) FROM entry)");
        said = find_and_repair(f);
        assert_said(&said, "user bob: consumed of cpu is 10, the entries say 0: repaired");
        assert_said(&said, "charge: 1 rows point to nothing: not repaired: what was charged"
                           " cannot be known");
        assert_int_equal(said.left, 1);
}

/* --- beside others ----------------------------------------------------------------------- */

static void events_between_comparison_and_repair_are_kept(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct sq_claim claim = fixture_claim(UUID(5), 3, 1000);
        struct sq_run run = fixture_run(7, NULL, 2, 500);

        fill(f);
        fixture_sql(f, "UPDATE balance SET consumed = consumed + 11, reserved = reserved - 12,"
                       " tasks = tasks + 13; UPDATE usage_day SET amount = amount + 1");
        found = find(f);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_true(fixture_charge(f, &run).booked);
        run = fixture_run(8, UUID(2), 1, 10);
        run.user = "bob";
        run.array_job = 2;
        run.array_task = 3;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(repair(f, found).left, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 801000);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, 3000);
        assert_int_equal(fixture_balance(f, SQ_USER, "bob", SQ_CPU).reserved.seconds, 19200);
        fixture_verify(f);
}

static void what_somebody_else_repaired_is_not_repaired_twice(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *first = NULL;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *second = NULL;
        struct said said = {.lines = ""};
        struct sq_error err;
        int64_t left = 4711;

        fill(f);
        fixture_sql(f, "UPDATE balance SET consumed = consumed + 11");
        first = find(f);
        second = find(f);
        assert_int_equal(repair(f, first).left, 0);
        assert_int_equal(sq_repair(f->ledger, second, &root, note, &said, &left, &err),
                         SQ_EBUSY);
        assert_string_equal(err.text, "somebody else is repairing");
        assert_int_equal(left, 4711);
        assert_int_equal(said.repaired, 0);
        fixture_verify(f);
}

static void what_differs_again_at_the_end_is_said(void **state) {
        struct fixture *f = *state;
        struct said said;

        fill(f);
        fixture_sql(f, "CREATE TRIGGER t AFTER INSERT ON entry WHEN new.kind = 'repair' BEGIN"
                       " UPDATE balance SET tasks = tasks + 1 WHERE resource_id = 2"
                       " AND subject_id = new.user_id; END;"
                       "UPDATE balance SET tasks = 1 WHERE resource_id = 2"
                       " AND subject_id = " ALICE ";"
                       "UPDATE balance SET consumed = 1 WHERE resource_id = 1"
                       " AND subject_id = " BOB);
        said = find_and_repair(f);
        assert_said(&said, "user alice: number of unfinished tasks of gpu is 1, the"
                           " reservations say 0: not repaired: it differs again");
        assert_said(&said, "user bob: number of unfinished tasks of gpu is 1, the reservations"
                           " say 0: not repaired: it is new since the comparison");
        assert_int_equal(said.left, 2);
        assert_int_equal(said.repaired, 2);
}

static void a_store_that_fails_in_between_is_an_error(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct said said = {.lines = ""};
        int64_t left = 4711;

        fill(f);
        fixture_sql(f, "UPDATE balance SET consumed = consumed + 11, tasks = tasks + 1");
        found = find(f);
        fixture_sql(f, "CREATE TRIGGER t BEFORE UPDATE OF consumed ON balance"
                       " WHEN new.resource_id = 2 BEGIN SELECT raise(ABORT, 'broken'); END");
        assert_int_not_equal(sq_repair(f->ledger, found, &root, note, &said, &left, NULL),
                             SQ_OK);
        assert_int_equal(left, 4711);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'repair'"),
                         said.repaired); /* all of one, or nothing */
}

#define USERS 200

static bool one_job(struct sq_ledger *ledger, int64_t n) {
        char uuid[SQ_UUID_SIZE] = "", user[16];

        snprintf(user, sizeof user, "user%d", (int)(n % USERS));
        return hook_reserve(ledger, user, uuid) &&
               (n % 2 || hook_charge(ledger, user, uuid, 1000 + n, 50));
}

static void hooks_go_on_while_everything_is_repaired(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        struct hook hook;
        struct said said;

        fill(f);
        for (int64_t n = 0; n < USERS; n++)
                assert_true(one_job(f->ledger, n));
        fixture_sql(f, "UPDATE balance SET consumed = consumed + 11, reserved = reserved - 12,"
                       " tasks = tasks + 13, budget = 7;"
                       "DELETE FROM usage_day WHERE user_id % 2 = 0;"
                       "DELETE FROM balance WHERE resource_id = 2 AND subject_id % 3 = 0;"
                       "INSERT INTO entry_line VALUES (4711000, 1, 1, 5);"
                       "INSERT INTO membership VALUES (4711, 4712)");
        hook_start(&hook, f, one_job, 500);
        sq_store_set_deadline(sq_ledger_store(f->ledger), INT64_MAX);
        found = find(f);
        said = repair(f, found);
        assert_true(hook_stop(&hook).n > USERS);
        if (said.left)
                fail_msg("%s", said.lines);
        assert_true(said.repaired > 4 * USERS);
        sq_store_set_deadline(sq_ledger_store(f->ledger), fixture_patience());
        fixture_verify(f);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_kind_of_damage_is_repaired),
                A_TEST(nothing_is_done_when_all_is_right),
                A_TEST(each_repair_is_an_entry_with_who_why_and_how_much),
                A_TEST(a_missing_balance_gets_the_default_when_no_entry_knows_better),
                A_TEST(a_subject_without_balances_can_run_jobs_again),
                A_TEST(a_budget_that_was_set_meanwhile_stays),
                A_TEST(a_subject_that_went_meanwhile_is_no_trouble),
                A_TEST(a_difference_that_does_not_fit_is_left_and_the_others_are_not),
                A_TEST(what_a_roll_up_has_too_much_comes_off_the_last_days),
                A_TEST(a_roll_up_that_is_gone_comes_back_on_the_day_of_the_last_charge),
                A_TEST(without_a_charge_a_roll_up_goes_to_today),
                A_TEST(a_reservation_of_nobody_goes_and_gives_back_what_it_holds),
                A_TEST(a_reservation_of_nobody_and_a_wrong_balance_are_both_repaired),
                A_TEST(more_rows_than_one_transaction_takes_all_go),
                A_TEST(lines_of_a_lost_entry_do_not_come_to_belong_to_the_repair),
                A_TEST(what_cannot_be_known_is_left_and_said),
                A_TEST(a_charge_whose_entry_is_lost_does_not_take_the_repairs_for_it),
                A_TEST(events_between_comparison_and_repair_are_kept),
                A_TEST(what_somebody_else_repaired_is_not_repaired_twice),
                A_TEST(what_differs_again_at_the_end_is_said),
                A_TEST(a_store_that_fails_in_between_is_an_error),
                A_TEST(hooks_go_on_while_everything_is_repaired),
        };

        setenv("TZ", "UTC0", 1); /* the days of the roll-up */
        return cmocka_run_group_tests(tests, NULL, NULL);
}
