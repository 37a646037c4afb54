/* test_budget.c - budgets and defaults, where subjects stand, and the views */
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/budget.h"
#include "ledger/factor.h"

static const struct sq_actor root = {.name = "root", .reason = "ticket 7"};

/* The first row of `sql`, its columns joined by '|'. */
static const char *row(struct fixture *f, const char *sql, char text[256]) {
        sqlite3_stmt *st = NULL;
        sqlite3 *db = NULL;

        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
        text[0] = '\0';
        if (sqlite3_step(st) == SQLITE_ROW)
                for (int i = 0; i < sqlite3_column_count(st); i++) {
                        const char *value = (const char *)sqlite3_column_text(st, i);
                        size_t n = strlen(text);

                        snprintf(text + n, 256 - n, "%s%s", i ? "|" : "",
                                 value ? value : "NULL");
                }
        sqlite3_finalize(st);
        sqlite3_close(db);
        return text;
}

static void assert_row(struct fixture *f, const char *sql, const char *expected) {
        char text[256];

        assert_string_equal(row(f, sql, text), expected);
}

static void a_budget_is_what_was_set_last(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 6000);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).budget.seconds, -1);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 0);
        fixture_budget(f, SQ_USER, "alice", SQ_GPU, INT64_MAX);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).budget.seconds,
                         INT64_MAX);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, -1);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, -1);
        fixture_verify(f);
}

static void no_budget_is_below_unlimited(void **state) {
        struct fixture *f = *state;
        struct sq_error err;

        assert_int_equal(sq_budget_set(f->ledger, SQ_USER, "alice", SQ_CPU, SQ_AMOUNT(-2),
                                       &root, &err),
                         SQ_EINVAL);
        assert_string_equal(err.text, "a budget cannot be negative");
        assert_int_equal(sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(INT64_MIN),
                                               &root, NULL),
                         SQ_EINVAL);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"), 0);
}

static void every_change_of_a_budget_is_an_entry_with_actor_and_reason(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_budget_set(f->ledger, SQ_ACCOUNT, "physics", SQ_GPU, SQ_AMOUNT(60),
                                       &root, NULL),
                         SQ_OK);
        assert_row(f,
                   "SELECT e.kind, e.user_id, s.name, e.actor, e.reason, r.name, l.amount,"
                   " abs(e.at - strftime('%s', 'now')) < 60 FROM entry e"
                   " JOIN subject s ON s.id = e.account_id"
                   " JOIN entry_line l ON l.entry_id = e.id"
                   " JOIN resource r ON r.id = l.resource_id WHERE e.kind = 'budget'",
                   "budget|NULL|physics|root|ticket 7|gpu|60|1");
        /* Before it, the one that opened the account with the defaults. */
        assert_row(f,
                   "SELECT e.kind, e.actor, e.reason, count(*), sum(l.amount) FROM entry e"
                   " JOIN entry_line l ON l.entry_id = e.id WHERE e.id = 1 GROUP BY e.id",
                   "open|root|seen for the first time|2|-2");
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 60);
        assert_row(f,
                   "SELECT s.kind, s.name, e.account_id, e.reason FROM entry e JOIN subject s"
                   " ON s.id = e.user_id WHERE e.kind = 'budget'",
                   "user|bob|NULL|NULL");
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"), 4);
}

static void defaults_are_unlimited_until_they_are_set(void **state) {
        struct fixture *f = *state;
        struct sq_amounts defaults;

        assert_int_equal(sq_budget_defaults(f->ledger, SQ_USER, &defaults, NULL), SQ_OK);
        assert_int_equal(defaults.of[SQ_CPU].seconds, -1);
        assert_int_equal(defaults.of[SQ_GPU].seconds, -1);
        assert_int_equal(sq_budget_set_default(f->ledger, SQ_USER, SQ_GPU, SQ_AMOUNT(60), &root,
                                               NULL),
                         SQ_OK);
        assert_int_equal(sq_budget_set_default(f->ledger, SQ_USER, SQ_GPU, SQ_AMOUNT(120),
                                               &root, NULL),
                         SQ_OK);
        assert_int_equal(sq_budget_defaults(f->ledger, SQ_USER, &defaults, NULL), SQ_OK);
        assert_int_equal(defaults.of[SQ_CPU].seconds, -1);
        assert_int_equal(defaults.of[SQ_GPU].seconds, 120);
        assert_int_equal(sq_budget_defaults(f->ledger, SQ_ACCOUNT, &defaults, NULL), SQ_OK);
        assert_int_equal(defaults.of[SQ_GPU].seconds, -1);
}

static void a_default_is_an_entry_too(void **state) {
        struct fixture *f = *state;
        const struct sq_actor silent = {.name = "ops"};

        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(60), &root, NULL);
        sq_budget_set_default(f->ledger, SQ_ACCOUNT, SQ_CPU, SQ_AMOUNT(61), &silent, NULL);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_GPU, SQ_AMOUNT(62), &silent, NULL);
        assert_row(f,
                   "SELECT group_concat(kind || ' ' || actor || ' ' || reason || ' ' || amount,"
                   " ', ') FROM (SELECT e.*, l.amount FROM entry e JOIN entry_line l"
                   " ON l.entry_id = e.id ORDER BY e.id)",
                   "default root ticket 7 60, default ops default for accounts 61,"
                   " default ops default for users 62");
        fixture_verify(f);
}

static void a_new_subject_takes_its_other_budget_from_the_default(void **state) {
        struct fixture *f = *state;

        sq_budget_set_default(f->ledger, SQ_USER, SQ_GPU, SQ_AMOUNT(120), &root, NULL);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 60);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).budget.seconds, 120);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_GPU, SQ_AMOUNT(0), &root, NULL);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).budget.seconds, 120);
        fixture_verify(f);
}

/* --- where subjects stand ------------------------------------------------- */

static void what_is_available_is_never_below_nothing(void **state) {
        const struct {
                int64_t budget, consumed, reserved, available;
        } cases[] = {
                {-1, 5, 5, -1},
                {0, 0, 0, 0},
                {100, 0, 0, 100},
                {100, 30, 69, 1},
                {100, 30, 70, 0},
                {100, 200, 0, 0},
                {INT64_MAX, INT64_MAX, INT64_MAX, 0},
                {INT64_MAX, 1, 0, INT64_MAX - 1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct sq_balance balance = {.budget = {cases[i].budget},
                                                   .consumed = {cases[i].consumed},
                                                   .reserved = {cases[i].reserved}};

                assert_int_equal(sq_balance_available(&balance).seconds, cases[i].available);
        }
}

struct names {
        char text[128];
        int stop_after;
};

static int note_name(const struct sq_standing *standing, void *payload) {
        struct names *names = payload;
        size_t n = strlen(names->text);

        snprintf(names->text + n, sizeof names->text - n, "%s ", standing->name);
        return --names->stop_after == 0 ? 42 : 0;
}

static void subjects_come_by_name_and_of_one_kind(void **state) {
        struct fixture *f = *state;
        struct names users = {.text = ""}, accounts = {.text = ""}, nobody = {.text = ""};

        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 60);
        fixture_budget(f, SQ_ACCOUNT, "alice", SQ_CPU, 60);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        fixture_budget(f, SQ_USER, "carol", SQ_CPU, 60);
        assert_int_equal(sq_balance_each(f->ledger, SQ_USER, NULL, note_name, &users, NULL),
                         SQ_OK);
        assert_string_equal(users.text, "alice bob carol ");
        assert_int_equal(
                sq_balance_each(f->ledger, SQ_ACCOUNT, NULL, note_name, &accounts, NULL),
                SQ_OK);
        assert_string_equal(accounts.text, "alice ");
        assert_int_equal(sq_balance_each(f->ledger, SQ_USER, "dave", note_name, &nobody, NULL),
                         SQ_OK);
        assert_string_equal(nobody.text, "");
        assert_string_equal(sq_resource_name(SQ_CPU), "cpu");
        assert_string_equal(sq_resource_name(SQ_GPU), "gpu");
}

static void the_callback_can_stop_and_its_value_comes_back(void **state) {
        struct fixture *f = *state;
        struct names first = {.stop_after = 1}, last = {.stop_after = 2};

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 60);
        assert_int_equal(sq_balance_each(f->ledger, SQ_USER, NULL, note_name, &first, NULL),
                         42);
        assert_string_equal(first.text, "alice ");
        assert_int_equal(sq_balance_each(f->ledger, SQ_USER, NULL, note_name, &last, NULL), 42);
        assert_string_equal(last.text, "alice bob ");
        fixture_budget(f, SQ_USER, "carol", SQ_CPU, 60); /* and the store goes on */
}

static void a_user_stands_in_the_accounts_where_he_has_held_something(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct names names = {.text = ""};

        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(2);
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(3);
        claim.account = "biology";
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(4);
        claim.account = "chemistry";
        claim.user = "bob";
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(
                sq_balance_each_account_of(f->ledger, "alice", note_name, &names, NULL), SQ_OK);
        assert_string_equal(names.text, "biology physics ");
}

static void a_user_stands_in_the_accounts_where_he_was_charged(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 60);
        struct names names = {.text = ""};

        assert_true(fixture_charge(f, &run).booked);
        assert_int_equal(
                sq_balance_each_account_of(f->ledger, "alice", note_name, &names, NULL), SQ_OK);
        assert_string_equal(names.text, "physics ");
}

static void an_account_that_a_failure_took_back_is_found_again(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), INT64_MAX / 2, 2);
        struct names names = {.text = ""};
        struct sq_verdict verdict;

        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(2);
        claim.account = "chemistry"; /* made for this job, and gone with it */
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        claim = fixture_claim(UUID(3), 1, 1);
        claim.account = "biology"; /* gets the number that chemistry had */
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(
                sq_balance_each_account_of(f->ledger, "alice", note_name, &names, NULL), SQ_OK);
        assert_string_equal(names.text, "biology physics ");
}

static int note_time(const struct sq_standing *standing, void *payload) {
        *(int64_t *)payload = standing->updated_at;
        return 0;
}

static int64_t updated_at(struct fixture *f) {
        int64_t at = 0;

        sq_balance_each(f->ledger, SQ_USER, "alice", note_time, &at, NULL);
        return at;
}

static void charges_and_budgets_move_the_time_of_update_and_reservations_do_not(void **state) {
        struct fixture *f = *state;
        const char back[] = "UPDATE balance SET updated_at = 7";
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_run run = fixture_run(1, NULL, 1, 60);
        const int64_t now = sq_now();

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 6000);
        assert_true(updated_at(f) >= now);
        fixture_sql(f, back);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(updated_at(f), 7);
        assert_true(fixture_charge(f, &run).booked);
        assert_true(updated_at(f) >= now);
        fixture_sql(f, back);
        fixture_budget(f, SQ_USER, "alice", SQ_GPU, 6000);
        assert_true(updated_at(f) >= now);
}

/* --- the views of slurm-quota 2 ------------------------------------------- */

static void the_view_of_users_shows_whole_minutes_rounded_up(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 61);

        sq_tres_set(&run.tres, "gres/gpu", 2);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        assert_true(fixture_charge(f, &run).booked);
        fixture_sql(f, "UPDATE balance SET updated_at = 1700000000 + resource_id");
        assert_row(f, "SELECT * FROM users", "alice|2|10|3|-1|2023-11-14 22:13:22");
        assert_row(f,
                   "SELECT username, total_consumed_cpu_minutes, quota_cpu_minutes,"
                   " total_consumed_gpu_minutes, quota_gpu_minutes, last_updated FROM users",
                   "alice|2|10|3|-1|2023-11-14 22:13:22");
        assert_row(f,
                   "SELECT account, total_consumed_cpu_minutes, quota_cpu_minutes,"
                   " total_consumed_gpu_minutes, quota_gpu_minutes, last_updated FROM accounts",
                   "physics|2|-1|3|-1|2023-11-14 22:13:22");
}

static void the_view_of_reservations_shows_the_amount_of_one_task(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 2, 61);

        claim.tasks = 10;
        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_sql(f, "UPDATE reservation SET created_at = 1700000000");
        assert_row(f,
                   "SELECT job_uuid, username, account, preallocated_cpu_minutes,"
                   " preallocated_gpu_minutes, array_size, created_at FROM jobs_preallocations",
                   UUID(1) "|alice|physics|3|0|10|2023-11-14 22:13:20");
}

static void the_views_of_factors_and_settings_have_the_old_names(void **state) {
        struct fixture *f = *state;

        sq_factor_set(f->ledger, "h100", 500000, &root, NULL);
        assert_row(f, "SELECT gpu_type, factor FROM gpu_factors", "h100|0.5");
        sq_budget_set_default(f->ledger, SQ_ACCOUNT, SQ_GPU, SQ_AMOUNT(3600), &root, NULL);
        assert_row(f,
                   "SELECT group_concat(key || '=' || value, ' ') FROM"
                   " (SELECT * FROM settings ORDER BY key)",
                   "default_account_quota_cpu_minutes=-1 default_account_quota_gpu_minutes=60"
                   " default_user_quota_cpu_minutes=-1 default_user_quota_gpu_minutes=-1");
}

static void the_views_cannot_be_written(void **state) {
        struct fixture *f = *state;
        sqlite3 *db = NULL;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
        assert_int_equal(
                sqlite3_exec(db, "UPDATE users SET quota_cpu_minutes = -1", NULL, NULL, NULL),
                SQLITE_ERROR);
        sqlite3_close(db);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_budget_is_what_was_set_last),
                A_TEST(no_budget_is_below_unlimited),
                A_TEST(every_change_of_a_budget_is_an_entry_with_actor_and_reason),
                A_TEST(defaults_are_unlimited_until_they_are_set),
                A_TEST(a_default_is_an_entry_too),
                A_TEST(a_new_subject_takes_its_other_budget_from_the_default),
                cmocka_unit_test(what_is_available_is_never_below_nothing),
                A_TEST(subjects_come_by_name_and_of_one_kind),
                A_TEST(the_callback_can_stop_and_its_value_comes_back),
                A_TEST(a_user_stands_in_the_accounts_where_he_has_held_something),
                A_TEST(a_user_stands_in_the_accounts_where_he_was_charged),
                A_TEST(an_account_that_a_failure_took_back_is_found_again),
                A_TEST(charges_and_budgets_move_the_time_of_update_and_reservations_do_not),
                A_TEST(the_view_of_users_shows_whole_minutes_rounded_up),
                A_TEST(the_view_of_reservations_shows_the_amount_of_one_task),
                A_TEST(the_views_of_factors_and_settings_have_the_old_names),
                A_TEST(the_views_cannot_be_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
