/* test_adoption.c - what becomes of the ancestor's rows in our ledger */
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ledger/sighting.h"
#include "migrate/heritage.h"
#include "slurm/comment.h"

/* Without affinities: columns hold what they are given. */
#define TABLES                                                                             \
        "CREATE TABLE users (username PRIMARY KEY, total_consumed_cpu_minutes,"            \
        " quota_cpu_minutes, total_consumed_gpu_minutes, quota_gpu_minutes, last_updated);" \
        "CREATE TABLE accounts (account PRIMARY KEY, total_consumed_cpu_minutes,"          \
        " quota_cpu_minutes, total_consumed_gpu_minutes, quota_gpu_minutes, last_updated);" \
        "CREATE TABLE jobs_preallocations (job_uuid PRIMARY KEY, username, account,"       \
        " preallocated_cpu_minutes, preallocated_gpu_minutes, array_size, created_at);"    \
        "CREATE TABLE gpu_factors (gpu_type PRIMARY KEY, factor);"                         \
        "CREATE TABLE settings (key PRIMARY KEY, value);"

/* As the ancestor makes them: of version 4. */
#define OLD_UUID(n) "0a1b2c3d-4e5f-4a6b-8c7d-00000000000" #n

struct old {
        struct fixture *f;
        char path[128];
        struct sq_heritage *heritage;
};

static int start_old(void **state) {
        struct old *o = calloc(1, sizeof *o);
        void *fixture;

        fixture_start(&fixture);
        o->f = fixture;
        snprintf(o->path, sizeof o->path, "%s/old.db", o->f->directory);
        *state = o;
        return 0;
}

static int stop_old(void **state) {
        struct old *o = *state;
        void *fixture = o->f;

        sq_heritage_free(o->heritage);
        fixture_stop(&fixture);
        free(o);
        return 0;
}

static void old_sql(struct old *o, const char *sql) {
        struct fixture at = {.ledger = NULL};

        snprintf(at.path, sizeof at.path, "%s", o->path);
        fixture_sql(&at, sql);
}

static void read_heritage(struct old *o) {
        const struct sq_ancestor_options options = {.path = o->path};
        struct sq_ancestor *old = NULL;
        struct sq_error err = {.text = ""};

        if (sq_ancestor_open(&options, fixture_patience(), &old, &err) ||
            sq_heritage_read(old, &o->heritage, &err))
                fail_msg("%s", err.text);
        sq_ancestor_close(old);
}

static void adopt(struct old *o) {
        const struct sq_actor actor = {.name = "migrate (test)", .reason = "from the old one"};
        struct sq_error err = {.text = ""};

        read_heritage(o);
        if (sq_adopt(o->f->ledger, &o->heritage->adoption, &actor, &err))
                fail_msg("%s", err.text);
        fixture_verify(o->f);
}

static bool has_note(const struct old *o, const char *text) {
        for (size_t i = 0; i < o->heritage->n_notes; i++)
                if (strstr(o->heritage->note[i], text))
                        return true;
        return false;
}

static void assert_note(const struct old *o, const char *text) {
        for (size_t i = 0; i < o->heritage->n_notes && !has_note(o, text); i++)
                print_error("%s\n", o->heritage->note[i]);
        if (!has_note(o, text))
                fail_msg("nothing says \"%s\"", text);
}

static struct sq_balance cpu_of(struct old *o, enum sq_subject_kind kind, const char *name) {
        return fixture_balance(o->f, kind, name, SQ_CPU);
}

static struct sq_balance gpu_of(struct old *o, enum sq_subject_kind kind, const char *name) {
        return fixture_balance(o->f, kind, name, SQ_GPU);
}

/* --- users and accounts ---------------------------------------------------------- */

static void minutes_become_seconds(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO users VALUES ('alice', 100, 1000, 3, 50, '2026-01-02 03:04:05');"
                "INSERT INTO accounts VALUES ('physics', 90, -1, 0, 0, NULL)");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").consumed.seconds, 6000);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").budget.seconds, 60000);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").consumed.seconds, 180);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").budget.seconds, 3000);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "physics").budget.seconds, -1);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "physics").budget.seconds, 0);
        assert_int_equal(o->heritage->n_notes, 0);
        assert_int_equal(fixture_number(o->f, "SELECT last_updated = '2026-01-02 03:04:05'"
                                              " FROM users"),
                         1);
}

static void what_was_consumed_is_an_entry_with_who_and_why(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES "INSERT INTO users VALUES ('alice', 100, 1000, 0, -1, NULL),"
                          " ('bob', 0, -1, 0, -1, NULL)");
        adopt(o);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM entry"
                                              " WHERE kind = 'adjustment'"
                                              " AND actor = 'migrate (test)'"
                                              " AND reason = 'from the old one'"),
                         1);
        assert_int_equal(fixture_number(o->f, "SELECT sum(l.amount) FROM entry_line l"
                                              " JOIN entry e ON e.id = l.entry_id"
                                              " WHERE e.kind = 'adjustment'"),
                         6000);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM entry"
                                              " WHERE kind = 'open'"),
                         2);
}

static void negative_quotas_block_and_negative_use_is_none(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES "INSERT INTO users VALUES ('alice', -536, -5, -1, -2, NULL)");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").consumed.seconds, 0);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").budget.seconds, 0);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").consumed.seconds, 0);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").budget.seconds, 0);
        assert_note(o, "user \"alice\": quota_cpu_minutes is negative, which blocks: now 0");
        assert_note(o, "user \"alice\": total_consumed_gpu_minutes is negative: now 0");
}

static void odd_values_are_read_as_far_as_they_are_numbers(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO users VALUES ('fraction', 1.5, 0.008, 0, -1.0, NULL),"
                " ('text', '12', '-1', 'twelve', 'much', NULL),"
                " ('null', NULL, NULL, NULL, NULL, NULL),"
                " ('large', 1e30, 9223372036854775807, '99999999999999999999', 9e999, NULL),"
                " ('bytes', x'31', x'31', 0, -1, NULL)");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "fraction").consumed.seconds, 90);
        assert_int_equal(cpu_of(o, SQ_USER, "fraction").budget.seconds, 0);
        assert_int_equal(gpu_of(o, SQ_USER, "fraction").budget.seconds, -1);
        assert_int_equal(cpu_of(o, SQ_USER, "text").consumed.seconds, 720);
        assert_int_equal(cpu_of(o, SQ_USER, "text").budget.seconds, -1);
        assert_note(o, "user \"text\": total_consumed_gpu_minutes is no number: now 0");
        assert_note(o, "user \"text\": quota_gpu_minutes is no number: now unlimited");
        assert_note(o, "user \"null\": total_consumed_cpu_minutes is NULL: now 0");
        assert_note(o, "user \"null\": quota_gpu_minutes is NULL: now unlimited");
        assert_note(o, "user \"large\": total_consumed_cpu_minutes is too large to be counted");
        assert_note(o, "user \"large\": quota_cpu_minutes is too large to be counted: now"
                       " unlimited");
        assert_note(o, "user \"large\": total_consumed_gpu_minutes is too large");
        assert_note(o, "user \"bytes\": quota_cpu_minutes is no number");
        assert_int_equal(o->heritage->left_out, 0);
}

static void impossible_names_are_left_out_and_said(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO users VALUES (NULL, 1, 1, 1, 1, 1), ('', 1, 1, 1, 1, 1),"
                " ('x y', 1, 1, 1, 1, 1), (x'41', 1, 1, 1, 1, 1), (char(27) || '[2J', 1, 1, 1,"
                " 1, 1), ('alice', 1, 1, 1, 1, 1);"
                "INSERT INTO accounts SELECT printf('%300s', 'a'), 1, 1, 1, 1, 1");
        adopt(o);
        assert_int_equal(o->heritage->left_out, 6);
        assert_int_equal(o->heritage->adoption.n_subjects, 1);
        assert_note(o, "left out: user NULL: there is no name");
        assert_note(o, "left out: user \"\": user name is empty");
        assert_note(o, "left out: user \"x y\": user name contains a blank");
        assert_note(o, "left out: user (binary): the name is no text");
        assert_note(o, "left out: user \"?[2J\": "); /* a terminal is not told to */
        assert_note(o, "...\": account name is longer than 255 bytes");
}

static void accounts_that_are_one_to_slurm_are_added_up(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO accounts VALUES ('HPC', 10, -1, 1, 100, '2026-01-02 00:00:00'),"
                " ('hpc', 90, 500, 2, -1, '2026-01-01 00:00:00'), ('Hpc', 5, 7, 0, 7, NULL),"
                " ('BIO', 1, 300, 0, -1, NULL), ('Bio', 2, 200, 0, 5, NULL),"
                " ('CHEM', 4, 20, 0, 0, NULL);"
                "INSERT INTO users VALUES ('Alice', 1, 1, 1, 1, 1), ('alice', 2, 2, 2, 2, 2);"
                "INSERT INTO jobs_preallocations VALUES ('" OLD_UUID(1) "', 'alice', 'HPC', 60,"
                " 0, 1, NULL), ('" OLD_UUID(2) "', 'Alice', 'hpc', 30, 0, 1, NULL)");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "hpc").consumed.seconds, 105 * 60);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "hpc").consumed.seconds, 180);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "hpc").budget.seconds, 500 * 60);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "hpc").budget.seconds, -1);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "hpc").reserved.seconds, 90 * 60);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "bio").budget.seconds, 200 * 60);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "bio").budget.seconds, 300);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "chem").consumed.seconds, 240);
        assert_note(o, "account \"hpc\": is there more than once");
        assert_note(o, "that of the name in lower case");
        assert_note(o, "the budget is the smallest");
        /* Users keep their case. */
        assert_int_equal(cpu_of(o, SQ_USER, "Alice").consumed.seconds, 60);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").consumed.seconds, 120);
}

/* --- settings and factors -------------------------------------------------------- */

static void defaults_are_what_new_subjects_get(void **state) {
        struct old *o = *state;
        struct sq_run run = fixture_run(1, NULL, 1, 60);

        old_sql(o, TABLES
                "INSERT INTO settings VALUES ('default_user_quota_cpu_minutes', '500'),"
                " ('default_user_quota_gpu_minutes', '-1'),"
                " ('default_account_quota_cpu_minutes', 'lots'),"
                " ('default_account_quota_gpu_minutes', '-7'), ('colour', 'green')");
        adopt(o);
        fixture_charge(o->f, &run);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").budget.seconds, 30000);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").budget.seconds, -1);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "physics").budget.seconds, -1);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "physics").budget.seconds, 0);
        assert_note(o, "default_account_quota_cpu_minutes is no number: now unlimited");
        assert_note(o, "default_account_quota_gpu_minutes is negative");
        assert_note(o, "left out: setting \"colour\": not known");
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM entry"
                                              " WHERE kind = 'default'"),
                         2);
        fixture_verify(o->f);
}

static void factors_become_millionths(void **state) {
        struct old *o = *state;
        struct sq_factors factors;

        old_sql(o, TABLES
                "INSERT INTO gpu_factors VALUES ('default', 1), ('h100', 0.5), ('a100', 1.0/3),"
                " ('million', 1e6), ('zero', 0), ('minus', -1.0), ('inf', 9e999),"
                " ('nan', NULL), ('text', 'one'), ('tiny', 1e-9), ('much', 1000001),"
                " ('a b', 1), (x'41', 1)");
        adopt(o);
        assert_int_equal(sq_factors_load(o->f->ledger, &factors, NULL), SQ_OK);
        assert_int_equal(factors.n, 4);
        assert_int_equal(sq_factors_of(&factors, NULL), 1000000);
        assert_int_equal(sq_factors_of(&factors, "h100"), 500000);
        assert_int_equal(sq_factors_of(&factors, "a100"), 333333);
        assert_int_equal(sq_factors_of(&factors, "million"), 1000000000000);
        assert_note(o, "GPU type \"zero\": the factor is not above 0");
        assert_note(o, "GPU type \"minus\": the factor is not above 0");
        assert_note(o, "GPU type \"tiny\": the factor is not above 0");
        assert_note(o, "GPU type \"inf\": the factor is above 1000000");
        assert_note(o, "GPU type \"nan\": the factor is NULL");
        assert_note(o, "GPU type \"text\": the factor is no number");
        assert_note(o, "GPU type \"a b\": GPU type contains a blank");
        assert_int_equal(o->heritage->left_out, 9);
}

static void more_factors_than_we_keep_are_left_out(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 66)"
                " INSERT INTO gpu_factors SELECT 'type' || i, 1 FROM c");
        adopt(o);
        assert_int_equal(o->heritage->adoption.factors.n, SQ_FACTORS_MAX);
        assert_int_equal(o->heritage->left_out, 2);
        assert_note(o, "is one too many");
}

/* --- reservations ---------------------------------------------------------------- */

#define HELD(n, more)                                                                      \
        "INSERT INTO users (username) VALUES ('alice');"                                   \
        "INSERT INTO accounts (account) VALUES ('physics');"                               \
        "INSERT INTO jobs_preallocations VALUES ('" OLD_UUID(n) "', 'alice', 'physics', " more \
        ");"

static void reservations_keep_uuid_amounts_and_time(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES HELD(1, "60, 5, 10, '2026-01-02 03:04:05'"));
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 36000);
        assert_int_equal(gpu_of(o, SQ_ACCOUNT, "physics").reserved.seconds, 3000);
        assert_int_equal(fixture_jobs(o->f, SQ_USER, "alice"), 10);
        assert_int_equal(o->heritage->reserved_tasks, 10);
        assert_int_equal(fixture_number(o->f,
                                        "SELECT array_size = 10"
                                        " AND preallocated_cpu_minutes = 60"
                                        " AND preallocated_gpu_minutes = 5"
                                        " AND created_at = '2026-01-02 03:04:05'"
                                        " AND job_uuid = '" OLD_UUID(1) "'"
                                        " FROM jobs_preallocations"),
                         1);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM membership"), 1);
}

/* jobcomp of the new plugin, with the comment that the old one wrote. */
static void a_job_of_the_old_plugin_is_charged_and_released_by_the_new(void **state) {
        struct old *o = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 100);
        struct sq_charged charged;
        char uuid[SQ_UUID_SIZE];

        old_sql(o, TABLES HELD(1, "60, 0, 1, NULL") "UPDATE users SET"
                          " total_consumed_cpu_minutes = 10");
        adopt(o);
        assert_true(sq_comment_uuid(OLD_UUID(1), uuid));
        run.uuid = uuid;
        charged = fixture_charge(o->f, &run);
        assert_true(charged.booked);
        assert_true(charged.released);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").consumed.seconds, 600 + 400);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 0);
        assert_int_equal(fixture_jobs(o->f, SQ_USER, "alice"), 0);
        fixture_verify(o->f);
}

static void tasks_of_an_old_array_are_charged_one_by_one(void **state) {
        struct old *o = *state;
        struct sq_run run = fixture_run(8, OLD_UUID(1), 1, 60);

        old_sql(o, TABLES HELD(1, "60, 0, 3, NULL"));
        adopt(o);
        run.array_job = 7;
        for (int64_t task = 0; task < 3; task++) {
                run.job_id = 8 + task;
                run.array_task = task;
                assert_true(fixture_charge(o->f, &run).released);
                assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds,
                                 (2 - task) * 3600);
        }
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM reservation"), 0);
        fixture_verify(o->f);
}

/* What the first pass of the reconciler does with it. */
static void the_first_look_at_the_queue_makes_it_what_slurm_says(void **state) {
        struct old *o = *state;
        struct sq_tres tres = {.n = 0};
        struct sq_sighting line = {
                .cluster = "c", .job_id = 7, .array_task = SQ_NO_TASK, .tasks = 1,
                .submit_at = 1700000000, .user = "alice", .account = "physics",
                .uuid = OLD_UUID(1), .state = SQ_SIGHT_PENDING, .tres = &tres,
                .seconds = 1800, .limit_is_final = false};
        struct sq_sighted seen;

        sq_tres_set(&tres, "cpu", 16);
        old_sql(o, TABLES HELD(1, "4294967294, 0, 1, NULL")); /* no --time */
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 4294967294 * 60);
        sq_ledger_set_as_of(o->f->ledger, sq_now() + 5);
        assert_int_equal(sq_sightings_bring_in(o->f->ledger, &line, 1, sq_now() + 5, true,
                                               &seen, NULL),
                         SQ_OK);
        assert_true(seen.corrected);
        assert_true(seen.bound);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 16 * 1800);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM reservation"), 1);
        fixture_verify(o->f);
}

static void an_update_before_that_prices_the_job_anew(void **state) {
        struct old *o = *state;
        struct sq_claim claim = fixture_claim(OLD_UUID(1), 8, 600);
        struct sq_verdict verdict;

        old_sql(o, TABLES HELD(1, "60, 5, 1, NULL") "UPDATE users SET quota_cpu_minutes = 100");
        adopt(o);
        assert_int_equal(sq_reserve_modified(o->f->ledger, &claim, SQ_NO_TASK, false, &verdict,
                                             NULL),
                         SQ_OK);
        assert_true(verdict.accepted);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 4800);
        assert_int_equal(gpu_of(o, SQ_USER, "alice").reserved.seconds, 0);
        fixture_verify(o->f);
}

static void odd_reservations_are_one_task_at_least(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                HELD(1, "60, NULL, NULL, NULL")
                "INSERT INTO jobs_preallocations VALUES ('" OLD_UUID(2) "', 'alice', 'physics',"
                " 60, 0, 0, 'yesterday'), ('" OLD_UUID(3) "', 'alice', 'physics', -5, 'x', 2.7,"
                " '2999-01-01 00:00:00')");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds, 7200);
        assert_int_equal(fixture_number(o->f, "SELECT tasks FROM reservation WHERE uuid = '"
                                              OLD_UUID(3) "'"),
                         2);
        assert_int_equal(fixture_number(o->f, "SELECT max(created_at) <= unixepoch()"
                                              " FROM reservation"),
                         1);
        assert_note(o, "reservation " OLD_UUID(1) ": preallocated_gpu_minutes is NULL: now 0");
        assert_note(o, "reservation " OLD_UUID(3) ": preallocated_cpu_minutes is negative");
        assert_note(o, "reservation " OLD_UUID(3) ": preallocated_gpu_minutes is no number");
}

static void reservations_that_no_job_can_have_are_left_out(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO jobs_preallocations VALUES (NULL, 'a', 'b', 1, 1, 1, 1),"
                " ('maintenance', 'a', 'b', 1, 1, 1, 1),"
                " ('0A1B2C3D-4E5F-4A6B-8C7D-000000000001', 'a', 'b', 1, 1, 1, 1),"
                " ('" OLD_UUID(1) "', 'x y', 'b', 1, 1, 1, 1),"
                " ('" OLD_UUID(2) "', 'a', NULL, 1, 1, 1, 1)");
        adopt(o);
        assert_int_equal(o->heritage->left_out, 5);
        assert_int_equal(o->heritage->adoption.n_reservations, 0);
        assert_int_equal(o->heritage->adoption.n_subjects, 0);
        assert_note(o, "reservation \"maintenance\": is no UUID");
        assert_note(o, "reservation " OLD_UUID(1) ": user name contains a blank");
        assert_note(o, "reservation " OLD_UUID(2) ": there is no name");
}

static void users_and_accounts_that_only_a_reservation_names_are_made(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "INSERT INTO settings VALUES ('default_user_quota_cpu_minutes', '500');"
                "INSERT INTO accounts VALUES ('physics', 7, 8, 0, -1, NULL);"
                "INSERT INTO jobs_preallocations VALUES ('" OLD_UUID(1) "', 'ghost', 'PHYSICS',"
                " 60, 0, 1, NULL), ('" OLD_UUID(2) "', 'ghost', 'New', 60, 0, 1, NULL)");
        adopt(o);
        assert_int_equal(cpu_of(o, SQ_USER, "ghost").budget.seconds, 30000);
        assert_int_equal(cpu_of(o, SQ_USER, "ghost").reserved.seconds, 7200);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "physics").consumed.seconds, 420);
        assert_int_equal(cpu_of(o, SQ_ACCOUNT, "new").reserved.seconds, 3600);
        assert_int_equal(o->heritage->n_notes, 0);
}

static void what_cannot_be_counted_is_left_out_and_the_rest_taken(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                HELD(1, "30000000000000000, 0, 1, NULL")
                "INSERT INTO jobs_preallocations VALUES ('" OLD_UUID(2) "', 'alice', 'physics',"
                " 30000000000000000, 0, 1, NULL), ('" OLD_UUID(3) "', 'alice', 'physics', 1, 0,"
                " 1, NULL), ('" OLD_UUID(4) "', 'alice', 'physics', 100000000000, 0,"
                " 100000000000, NULL)");
        adopt(o);
        assert_int_equal(o->heritage->left_out, 2);
        assert_note(o, "left out: reservation " OLD_UUID(2) ": too large to be counted");
        assert_note(o, "left out: reservation " OLD_UUID(4) ": too large to be counted");
        assert_int_equal(cpu_of(o, SQ_USER, "alice").reserved.seconds,
                         30000000000000000 * 60 + 60);
}

/* --- the rest -------------------------------------------------------------------- */

static void roles_are_named_and_not_taken_over(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES
                "CREATE TABLE operators (username PRIMARY KEY);"
                "CREATE TABLE managers (username PRIMARY KEY);"
                "CREATE TABLE manager_accounts (manager_username, account);"
                "INSERT INTO operators VALUES ('olga'), ('otto');"
                "INSERT INTO managers VALUES ('carol');"
                "INSERT INTO manager_accounts VALUES ('carol', 'bio'), ('carol', 'hpc')");
        adopt(o);
        assert_note(o, "operators \"olga\", \"otto\": roles come from Slurm now");
        assert_note(o, "managers \"carol\": roles");
        assert_note(o, "managers' accounts \"carol\" for \"bio\", \"carol\" for \"hpc\": ro");
        old_sql(o, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                   " WHERE i < 900) INSERT INTO operators SELECT 'operator' || i FROM c");
        sq_heritage_free(o->heritage);
        o->heritage = NULL;
        read_heritage(o);
        assert_note(o, ", ...: roles come from Slurm now");
}

static void an_empty_database_is_an_empty_ledger(void **state) {
        struct old *o = *state;

        old_sql(o, TABLES);
        adopt(o);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM entry"), 0);
        assert_int_equal(o->heritage->n_notes, 0);
}

static void a_ledger_with_something_in_it_takes_nothing_over(void **state) {
        struct old *o = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_error err;

        old_sql(o, TABLES HELD(1, "60, 0, 1, NULL"));
        fixture_budget(o->f, SQ_USER, "bob", SQ_CPU, 60);
        read_heritage(o);
        assert_int_equal(sq_adopt(o->f->ledger, &o->heritage->adoption, &actor, &err),
                         SQ_EEXIST);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM subject"), 1);
        fixture_verify(o->f);
}

static void half_an_adoption_is_none(void **state) {
        struct old *o = *state;
        const struct sq_actor actor = {.name = "test"};

        old_sql(o, TABLES HELD(1, "60, 0, 1, NULL"));
        read_heritage(o);
        o->heritage->adoption.reservation[0].tasks = INT64_MAX;
        assert_int_equal(sq_adopt(o->f->ledger, &o->heritage->adoption, &actor, NULL),
                         SQ_ERANGE);
        assert_int_equal(fixture_number(o->f, "SELECT count(*) FROM subject"), 0);
        o->heritage->adoption.reservation[0].tasks = 1;
        assert_int_equal(sq_adopt(o->f->ledger, &o->heritage->adoption, &actor, NULL), SQ_OK);
        fixture_verify(o->f);
}

static void ours_is_no_heritage(void **state) {
        struct old *o = *state;
        const struct sq_ancestor_options options = {.path = o->f->path};
        struct sq_ancestor *old = NULL;

        assert_int_equal(sq_ancestor_open(&options, fixture_patience(), &old, NULL), SQ_OK);
        assert_int_equal(sq_heritage_read(old, &o->heritage, NULL), SQ_EVERSION);
        sq_ancestor_close(old);
        sq_heritage_free(NULL);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start_old, stop_old)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(minutes_become_seconds),
                A_TEST(what_was_consumed_is_an_entry_with_who_and_why),
                A_TEST(negative_quotas_block_and_negative_use_is_none),
                A_TEST(odd_values_are_read_as_far_as_they_are_numbers),
                A_TEST(impossible_names_are_left_out_and_said),
                A_TEST(accounts_that_are_one_to_slurm_are_added_up),
                A_TEST(defaults_are_what_new_subjects_get),
                A_TEST(factors_become_millionths),
                A_TEST(more_factors_than_we_keep_are_left_out),
                A_TEST(reservations_keep_uuid_amounts_and_time),
                A_TEST(a_job_of_the_old_plugin_is_charged_and_released_by_the_new),
                A_TEST(tasks_of_an_old_array_are_charged_one_by_one),
                A_TEST(the_first_look_at_the_queue_makes_it_what_slurm_says),
                A_TEST(an_update_before_that_prices_the_job_anew),
                A_TEST(odd_reservations_are_one_task_at_least),
                A_TEST(reservations_that_no_job_can_have_are_left_out),
                A_TEST(users_and_accounts_that_only_a_reservation_names_are_made),
                A_TEST(what_cannot_be_counted_is_left_out_and_the_rest_taken),
                A_TEST(roles_are_named_and_not_taken_over),
                A_TEST(an_empty_database_is_an_empty_ledger),
                A_TEST(a_ledger_with_something_in_it_takes_nothing_over),
                A_TEST(half_an_adoption_is_none),
                A_TEST(ours_is_no_heritage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
