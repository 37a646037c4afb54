/* test_verify.c - every kind of difference is found and named */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/budget.h"
#include "ledger/factor.h"
#include "ledger/verify.h"

struct found {
        char lines[2048]; /* each with a newline before and after it */
        int64_t n;
};

static void note(const char *line, void *payload) {
        struct found *found = payload;
        size_t n = strlen(found->lines);

        snprintf(found->lines + n, sizeof found->lines - n, "%s\n", line);
        found->n++;
}

static struct found look(struct fixture *f) {
        struct found found = {.lines = "\n"};
        int64_t differences = -1;

        assert_int_equal(sq_verify(f->ledger, note, &found, &differences, NULL), SQ_OK);
        assert_int_equal(differences, found.n);
        return found;
}

/* Everything a ledger can hold: budgets, defaults, factors, charges over several
 * days, with GPUs, resized; reservations of jobs, arrays and single tasks. */
static void fill(struct fixture *f) {
        const struct sq_actor actor = {.name = "test"};
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_run run = fixture_run(1, UUID(1), 4, 200000);
        struct sq_verdict verdict;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 100000000);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 90000000);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_GPU, 80000000);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(70000000), &actor, NULL);
        sq_factor_set(f->ledger, "h100", 333333, &actor, NULL);
        sq_tres_set(&claim.tres, "gres/gpu:h100", 1);
        assert_true(fixture_reserve(f, &claim).accepted);
        sq_tres_set(&run.tres, "gres/gpu:h100", 1);
        sq_tres_set(&run.tres, "mem", 1000);
        run.resized = run.goes_on = true;
        assert_true(fixture_charge(f, &run).booked);
        run.resized = run.goes_on = false;
        run.end_at += 1000;
        assert_true(fixture_charge(f, &run).released);
        claim.uuid = UUID(2);
        claim.user = "bob";
        claim.tasks = 10;
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = 1200;
        assert_int_equal(sq_reserve_modified(f->ledger, &claim, 3, false, &verdict, NULL),
                         SQ_OK);
        assert_true(verdict.accepted);
        run = fixture_run(2, UUID(2), 1, 10);
        run.user = "bob";
        run.array_task = 0;
        assert_true(fixture_charge(f, &run).released);
}

static void an_empty_ledger_is_in_order(void **state) {
        assert_int_equal(look(*state).n, 0);
}

static void a_full_ledger_is_in_order(void **state) {
        struct fixture *f = *state;

        fill(f);
        assert_int_equal(look(f).n, 0);
}

#define ALICE "(SELECT id FROM subject WHERE kind = 'user' AND name = 'alice')"
#define BOB "(SELECT id FROM subject WHERE kind = 'user' AND name = 'bob')"
#define PHYSICS "(SELECT id FROM subject WHERE kind = 'account' AND name = 'physics')"

/* What is damaged, and a line that has to say so. */
static const struct damage {
        const char *sql;
        const char *line;
        int lines; /* in all */
} damages[] = {
        {"UPDATE balance SET budget = 7 WHERE resource_id = 1 AND subject_id = " ALICE,
         "user alice: budget of cpu is 7, the entries say 90000000", 1},
        {"UPDATE balance SET budget = -1 WHERE resource_id = 2 AND subject_id = " PHYSICS,
         "account physics: budget of gpu is -1, the entries say 80000000", 1},
        {"UPDATE balance SET budget = 7 WHERE resource_id = 1 AND subject_id = " BOB,
         "user bob: budget of cpu is 7, the entries say 70000000", 1},
        {"UPDATE balance SET consumed = consumed + 1 WHERE resource_id = 1 AND subject_id = "
         ALICE,
         "user alice: consumed of cpu is 804001, the entries say 804000", 1},
        {"UPDATE balance SET consumed = 0 WHERE resource_id = 2 AND subject_id = " PHYSICS,
         "account physics: consumed of gpu is 0, the entries say 67000", 1},
        {"UPDATE balance SET reserved = reserved - 1 WHERE resource_id = 1 AND subject_id = "
         BOB,
         "user bob: reserved of cpu is 23999, the reservations say 24000", 1},
        {"UPDATE balance SET reserved = 5 WHERE resource_id = 2 AND subject_id = " ALICE,
         "user alice: reserved of gpu is 5, the reservations say 0", 1},
        {"UPDATE balance SET tasks = 8 WHERE resource_id = 1 AND subject_id = " PHYSICS,
         "account physics: number of unfinished tasks of cpu is 8, the reservations say 9", 1},
        {"UPDATE usage_day SET amount = amount + 3 WHERE resource_id = 1 AND user_id = " ALICE
         " AND day = (SELECT min(day) FROM usage_day)",
         "user alice in physics: roll-up of cpu is 804003, the charges say 804000", 1},
        {"DELETE FROM usage_day WHERE resource_id = 2",
         "user alice in physics: roll-up of gpu is 0, the charges say 67000", 1},
        {"INSERT INTO usage_day VALUES (" BOB ", " PHYSICS ", 20240101, 2, 9, 0)",
         "user bob in physics: roll-up of gpu is 9, the charges say 0", 1},
        {"UPDATE reservation SET tasks = tasks - 1 WHERE array_task = -1",
         "account physics: reserved of cpu is 24000, the reservations say 21600", 8},
        {"UPDATE entry_line SET amount = amount + 1 WHERE resource_id = 1 AND entry_id ="
         " (SELECT max(id) FROM entry WHERE kind = 'charge')",
         "user bob: consumed of cpu is 10, the entries say 11", 3},
        {"UPDATE charge SET entry_id = 4711 WHERE job_id = 2",
         "charge: 1 rows point to nothing", 2},
        {"UPDATE charge SET entry_id = 4711 WHERE job_id = 2",
         "charge entry: 1 rows point to nothing", 2},
        {"DELETE FROM charge WHERE job_id = 1", "charge entry: 2 rows point to nothing", 1},
        {"INSERT INTO entry_line VALUES (4711, 1, 1, 5)",
         "entry_line: 1 rows point to nothing", 1},
        {"INSERT INTO reservation_amount VALUES ('x', -1, 1, 5)",
         "reservation_amount: 1 rows point to nothing", 1},
        {"INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres, seconds,"
         " created_at) VALUES ('x', -1, 4711, " PHYSICS ", 1, 'cpu=1', 1, 0)",
         "reservation: 1 rows point to nothing", 1},
        {"INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)"
         " VALUES (4711, 1, 1, -1, 0)",
         "balance: 1 rows point to nothing", 1},
        {"INSERT INTO membership VALUES (4711, " PHYSICS ")",
         "membership: 1 rows point to nothing", 1},
        {"INSERT INTO subject VALUES (4711, 'user', 'carol', 0, 0)",
         "user carol: there is no balance of gpu", 2},
        {"DELETE FROM balance WHERE resource_id = 1 AND subject_id = " ALICE,
         "user alice: consumed of cpu is 0, the entries say 804000", 2},
        {"DELETE FROM entry_line WHERE entry_id IN (SELECT id FROM entry WHERE kind <> 'charge'"
         " AND user_id = " BOB ")",
         "user bob: budget of cpu is 70000000, no entry says so", 2},
        {"UPDATE charge SET entry_id = (SELECT max(id) FROM entry WHERE kind = 'budget')"
         " WHERE job_id = 2",
         "charge: 1 rows point to nothing", 2},
};

static void every_damage_is_found_and_named(void **state) {
        (void)state;
        for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
                struct fixture *f;
                struct found found;
                char line[256];

                fixture_start((void **)&f);
                fill(f);
                fixture_sql(f, damages[i].sql);
                found = look(f);
                fixture_stop((void **)&f);
                snprintf(line, sizeof line, "\n%s\n", damages[i].line);
                if (!strstr(found.lines, line) || found.n != damages[i].lines)
                        fail_msg("not \"%s\" (%d lines) but:%s", damages[i].line,
                                 damages[i].lines, found.lines);
        }
}

/* Every table is looked at once, not once for each row of another. */
static void a_hundred_thousand_charges_are_compared_in_seconds(void **state) {
        struct fixture *f = *state;

        fill(f);
        fixture_sql(f, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                       " WHERE i < 100000) INSERT INTO entry (at, kind, user_id, account_id,"
                       " actor) SELECT i, 'charge', " ALICE ", " PHYSICS ", 'x' FROM c;"
                       "INSERT INTO charge (cluster_id, job_id, submit_at, array_task,"
                       " restarts, part, entry_id, start_at, end_at, state, resized)"
                       " SELECT 1, id + 100, 0, -1, 0, 0, id, 0, at, 'CANCELLED', 0"
                       " FROM entry WHERE actor = 'x';"
                       "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                       " WHERE i < 100000) INSERT INTO reservation (uuid, array_task, user_id,"
                       " account_id, tasks, tres, seconds, created_at) SELECT printf('%036d',"
                       " i), -1, " BOB ", " PHYSICS ", 1, 'cpu=1', 0, 0 FROM c");
        sq_store_set_deadline(sq_ledger_store(f->ledger),
                              sq_monotonic_ns() + 30 * SQ_NS_PER_SECOND);
        assert_int_equal(look(f).n, 0);
}

static void a_ledger_that_cannot_be_read_is_an_error(void **state) {
        struct fixture *f = *state;
        struct found found = {.lines = "\n"};
        int64_t differences = 4711;

        fixture_sql(f, "DROP VIEW users; DROP TABLE usage_day");
        assert_int_equal(sq_verify(f->ledger, note, &found, &differences, NULL), SQ_ECORRUPT);
        assert_int_equal(differences, 4711);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(an_empty_ledger_is_in_order),
                A_TEST(a_full_ledger_is_in_order),
                cmocka_unit_test(every_damage_is_found_and_named),
                A_TEST(a_hundred_thousand_charges_are_compared_in_seconds),
                A_TEST(a_ledger_that_cannot_be_read_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
