/* test_memory.c - SQLite's allocations fail, one after the other
 *
 * What fails must leave the ledger as it was, and the next try must succeed.
 * NEXT skips some of the later ones, which takes 5 seconds in place of 100; all
 * of them passed when this was written.
 */
#include "fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "ledger/budget.h"
#include "ledger/factor.h"
#include "ledger/verify.h"

static sqlite3_mem_methods real;
static int64_t fail_in = -1; /* allocations until one fails; -1: none does */
static bool failed;

static bool is_failing(void) {
        if (fail_in < 0 || fail_in-- > 0)
                return false;
        failed = true;
        return true;
}

static void *failing_malloc(int n) {
        return is_failing() ? NULL : real.xMalloc(n);
}

static void *failing_realloc(void *p, int n) {
        return is_failing() ? NULL : real.xRealloc(p, n);
}

static int install(void **state) {
        sqlite3_mem_methods failing;

        (void)state;
        if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real))
                return -1;
        failing = real;
        failing.xMalloc = failing_malloc;
        failing.xRealloc = failing_realloc;
        /* Without the lookaside buffers, so that all of them come here. */
        return sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) ||
                               sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0)
                       ? -1
                       : 0;
}

#define NEXT(n) ((n) + 1 + (n) / 16)

typedef int (*try_fn)(struct fixture *f, struct sq_error *err);

/* Everything that a ledger holds, in one number. */
static int64_t picture(struct fixture *f) {
        return fixture_number(
                f, "SELECT (SELECT count(*) FROM entry) + 7 * (SELECT count(*) FROM entry_line)"
                   " + 31 * (SELECT count(*) FROM charge)"
                   " + 101 * (SELECT count(*) FROM subject)"
                   " + 211 * (SELECT count(*) FROM usage_day)"
                   " + 307 * (SELECT coalesce(sum(consumed + reserved + budget + tasks), 0)"
                   "          FROM balance)"
                   " + 401 * (SELECT coalesce(sum(tasks), 0) FROM reservation)"
                   " + 503 * (SELECT count(*) FROM gpu_factor)"
                   " + 601 * (SELECT count(*) FROM default_budget)");
}

/* Tries with the first allocation failing, then the second, until none does. */
static void assert_survives(struct fixture *f, try_fn try) {
        for (int64_t n = 0;; n = NEXT(n)) {
                const int64_t before = picture(f);
                struct sq_error err = {.text = ""};
                int rc;

                fixture_close(f); /* statements are prepared anew, too */
                fixture_open(f, SQ_STORE_HOOK);
                failed = false;
                fail_in = n;
                rc = try(f, &err);
                fail_in = -1;
                if (!failed) {
                        assert_int_equal(rc, SQ_OK);
                        assert_true(n > 3);
                        break;
                }
                /* SQLite gets along without some of them. */
                if (rc != SQ_OK && rc != SQ_ENOMEM && rc != SQ_EIO)
                        fail_msg("allocation %d: %d %s", (int)n, rc, err.text);
                if (rc)
                        assert_int_equal(picture(f), before);
                if (rc && n % 4 == 0) { /* the same connection goes on */
                        fixture_verify(f);
                        assert_int_equal(try(f, &err), SQ_OK);
                }
        }
        fixture_verify(f);
}

/* --- what is tried ---------------------------------------------------------------- */

static char *next_uuid(void) {
        static char uuid[SQ_UUID_SIZE];
        static unsigned n;

        snprintf(uuid, sizeof uuid, "01900000-0000-7000-8000-%012u", ++n);
        return uuid;
}

static int try_reserve(struct fixture *f, struct sq_error *err) {
        struct sq_claim claim = fixture_claim(next_uuid(), 4, 600);
        struct sq_verdict verdict;
        static int user;
        char name[32];

        snprintf(name, sizeof name, "user%d", ++user); /* a new one each time */
        claim.user = name;
        sq_tres_set(&claim.tres, "gres/gpu:h100", 2);
        return sq_reserve(f->ledger, &claim, &verdict, err);
}

static int try_modify(struct fixture *f, struct sq_error *err) {
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_verdict verdict;
        static int64_t task;

        return sq_reserve_modified(f->ledger, &claim, ++task, true, &verdict, err);
}

static int try_charge(struct fixture *f, struct sq_error *err) {
        static int64_t job;
        struct sq_run run = fixture_run(++job, UUID(1), 1, 200000);
        struct sq_charged charged;
        char tres[32];

        snprintf(tres, sizeof tres, "gres/new%d", (int)job);
        sq_tres_set(&run.tres, tres, 1);
        sq_tres_set(&run.tres, "gres/gpu:h100", 1);
        run.array_job = 1;
        run.array_task = job;
        return sq_charge(f->ledger, &run, &charged, err);
}

static const struct sq_actor root = {.name = "root"};

static int try_budget(struct fixture *f, struct sq_error *err) {
        static int64_t seconds;

        seconds++;
        return sq_budget_set(f->ledger, SQ_ACCOUNT, seconds % 2 ? "new" : "physics", SQ_GPU,
                             SQ_AMOUNT(seconds), &root, err);
}

static int try_default(struct fixture *f, struct sq_error *err) {
        static int64_t seconds;

        seconds++;
        return sq_budget_set_default(f->ledger, SQ_USER, seconds % 2 ? SQ_CPU : SQ_GPU,
                                     SQ_AMOUNT(seconds), &root, err);
}

static int try_factor(struct fixture *f, struct sq_error *err) {
        static int64_t weight;

        weight++;
        return sq_factor_set(f->ledger, weight % 2 ? "h100" : "a100", weight, &root, err);
}

static void ignore(const char *line, void *payload) {
        (void)line;
        ++*(int *)payload;
}

static int try_verify(struct fixture *f, struct sq_error *err) {
        int64_t differences;
        int lines = 0;
        int rc = sq_verify(f->ledger, ignore, &lines, &differences, err);

        assert_int_equal(lines, 0); /* a failure is not a difference */
        return rc;
}

static int count_standing(const struct sq_standing *standing, void *payload) {
        (void)standing;
        ++*(int *)payload;
        return 0;
}

static int try_look(struct fixture *f, struct sq_error *err) {
        struct sq_run run = fixture_run(1, NULL, 1, 1);
        struct sq_amounts defaults;
        struct sq_factors factors;
        const struct sq_job_key key = {
                .cluster = "test", .job_id = 1, .submit_at = 1700000000,
                .array_task = SQ_NO_TASK, .comment = UUID(1)};
        struct sq_found found;
        bool booked;
        int n = 0;
        int rc;

        rc = sq_balance_each(f->ledger, SQ_USER, NULL, count_standing, &n, err);
        if (!rc)
                rc = sq_balance_each_account_of(f->ledger, "alice", count_standing, &n, err);
        if (!rc)
                rc = sq_budget_defaults(f->ledger, SQ_USER, &defaults, err);
        if (!rc)
                rc = sq_factors_load(f->ledger, &factors, err);
        if (!rc)
                rc = sq_charge_is_booked(f->ledger, &run, &booked, err);
        if (!rc)
                rc = sq_reservation_find(f->ledger, &key, &found, err);
        return rc;
}

static void no_change_is_left_half_done(void **state) {
        static const try_fn tries[] = {try_reserve, try_modify,  try_charge, try_budget,
                                       try_default, try_factor, try_verify, try_look};
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        claim.tasks = 1000000;
        assert_true(fixture_reserve(f, &claim).accepted);
        for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
                assert_survives(f, tries[i]);
}

static void opening_fails_cleanly(void **state) {
        static const enum sq_store_use uses[] = {SQ_STORE_PERSON, SQ_STORE_HOOK,
                                                 SQ_STORE_READER};
        struct fixture *f = *state;

        fixture_close(f);
        for (size_t u = 0; u < 3; u++)
                for (int64_t n = 0;; n = NEXT(n)) {
                        struct sq_error err = {.text = ""};
                        int rc;

                        if (uses[u] == SQ_STORE_PERSON) { /* from the very beginning */
                                remove(f->path);
                                fixture_sql(f, "PRAGMA journal_mode = DELETE");
                        }
                        f->options.use = uses[u];
                        failed = false;
                        fail_in = n;
                        rc = sq_ledger_open(&f->options, fixture_patience(), &f->ledger, &err);
                        fail_in = -1;
                        fixture_close(f);
                        if (!failed) {
                                assert_int_equal(rc, SQ_OK);
                                break;
                        }
                        if (rc != SQ_OK && rc != SQ_ENOMEM && rc != SQ_EIO)
                                fail_msg("allocation %d: %d %s", (int)n, rc, err.text);
                        fixture_open(f, SQ_STORE_PERSON);
                        fixture_verify(f);
                        fixture_close(f);
                }
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(no_change_is_left_half_done),
                A_TEST(opening_fails_cleanly),
        };

        return cmocka_run_group_tests(tests, install, NULL);
}
