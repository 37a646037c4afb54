/* test_successor.c - the new database takes the place of an earlier program's */
#include "ancestor_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/budget.h"

/* Ours, with bob in it, where a successor is made. */
static void make_successor(struct fixture *f) {
        struct sq_store_options options = f->options;
        const struct sq_actor actor = {.name = "test"};
        struct sq_ledger *ledger = NULL;
        char path[160];

        sq_ancestor_successor(f->path, path, sizeof path);
        options.path = path;
        options.use = SQ_STORE_PERSON;
        assert_int_equal(sq_ledger_open(&options, fixture_patience(), &ledger, NULL), SQ_OK);
        assert_int_equal(sq_budget_set(ledger, SQ_USER, "bob", SQ_CPU, SQ_AMOUNT(60), &actor,
                                       NULL),
                         SQ_OK);
        assert_int_equal(sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_EMPTY,
                                             NULL),
                         SQ_OK);
        sq_ledger_close(ledger);
}

static void assert_replaced(struct fixture *f) {
        static const char *const suffix[] = {"-wal", "-shm", "-journal", ".migrating",
                                             ".migrating-wal", ".migrating-shm",
                                             ".migrating.lock"};

        for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++)
                assert_false(exists(beside(f, suffix[i])));
        fixture_open(f, SQ_STORE_HOOK);
        assert_int_equal(fixture_balance(f, SQ_USER, "bob", SQ_CPU).budget.seconds, 60);
        fixture_verify(f);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM pragma_integrity_check"
                                           " WHERE integrity_check = 'ok'"),
                         1);
        fixture_close(f);
}

static void the_new_one_takes_its_place_without_the_log_of_the_old(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;
        char copy[160];

        for (int wal = 0; wal < 2; wal++) {
                remove(f->path);
                fixture_sql(f, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
                fixture_sql(f, SECOND ALICE);
                if (wal)
                        assert_int_equal(fixture_wait(fixture_fork(leave_a_log, f)),
                                         128 + SIGKILL);
                old = open_old(f, true);
                snprintf(copy, sizeof copy, "%s.copy", f->path);
                assert_int_equal(sq_ancestor_backup(old, copy, NULL), SQ_OK);
                make_successor(f);
                assert_int_equal(sq_ancestor_succeed(old, NULL), SQ_OK);
                sq_ancestor_close(old);
                assert_replaced(f);
                remove(beside(f, "-wal"));
                remove(beside(f, "-shm"));
                assert_int_equal(rename(copy, f->path), 0); /* and back */
                assert_int_equal(fixture_number(f, "SELECT last_updated = 'in the log'"
                                                   " FROM users WHERE username = 'alice'"),
                                 wal);
        }
}

static void one_from_elsewhere_stays_there(void **state) {
        struct fixture *f = *state;
        char elsewhere[160];
        const struct sq_ancestor_options options = {.path = elsewhere, .store = &f->options};
        struct sq_ancestor *old = NULL;
        struct sq_error err;
        FILE *stale;

        fixture_sql(f, SECOND ALICE);
        snprintf(elsewhere, sizeof elsewhere, "%s.elsewhere", f->path);
        assert_int_equal(link(f->path, elsewhere), 0);
        f->options.use = SQ_STORE_PERSON;
        assert_int_equal(sq_ancestor_open(&options, fixture_patience(), &old, &err), SQ_EEXIST);
        assert_non_null(strstr(err.text, "already"));
        remove(f->path);
        assert_int_equal(sq_ancestor_open(&options, fixture_patience(), &old, &err), SQ_OK);
        stale = fopen(beside(f, "-wal"), "w"); /* of a database that was deleted */
        fputs("old", stale);
        fclose(stale);
        make_successor(f);
        assert_int_equal(sq_ancestor_succeed(old, NULL), SQ_OK);
        sq_ancestor_close(old);
        assert_replaced(f);
        snprintf(f->path, sizeof f->path, "%s", elsewhere);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM users"), 1);
}

static void what_came_there_meanwhile_is_not_replaced(void **state) {
        struct fixture *f = *state;
        char elsewhere[160];
        const struct sq_ancestor_options options = {.path = elsewhere, .store = &f->options};
        struct sq_ancestor *old = NULL;
        struct sq_error err;

        fixture_sql(f, SECOND ALICE);
        snprintf(elsewhere, sizeof elsewhere, "%s.elsewhere", f->path);
        assert_int_equal(rename(f->path, elsewhere), 0);
        f->options.use = SQ_STORE_PERSON;
        assert_int_equal(sq_ancestor_open(&options, fixture_patience(), &old, &err), SQ_OK);
        make_successor(f);
        close(open(f->path, O_WRONLY | O_CREAT, 0600));
        assert_int_equal(sq_ancestor_succeed(old, &err), SQ_EEXIST);
        sq_ancestor_close(old);
}

static void a_successor_that_is_not_complete_does_not_take_its_place(void **state) {
        struct fixture *f = *state;
        struct sq_ancestor *old;
        struct sq_error err;
        FILE *log;

        fixture_sql(f, SECOND ALICE);
        old = open_old(f, true);
        assert_int_equal(sq_ancestor_succeed(old, &err), SQ_EIO); /* there is none */
        make_successor(f);
        log = fopen(beside(f, ".migrating-wal"), "w");
        fputs("not in the file yet", log);
        fclose(log);
        assert_int_equal(sq_ancestor_succeed(old, &err), SQ_EIO);
        assert_non_null(strstr(err.text, "could not empty the log"));
        sq_ancestor_discard(f->path);
        assert_false(exists(beside(f, ".migrating")));
        sq_ancestor_close(old);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM users"), 1);
}

static void what_an_interrupted_run_left_is_removed(void **state) {
        static const char *const left[] = {".migrating", ".migrating-wal", ".migrating-shm",
                                           ".migrating.lock",
                                           ".before-migrate-20260101T000000Z.part"};
        static const char *const kept[] = {".before-migrate-20260101T000000Z",
                                           ".before-repair-20260101T000000Z.part"};
        struct fixture *f = *state;

        fixture_sql(f, SECOND);
        for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
                close(open(beside(f, left[i]), O_WRONLY | O_CREAT, 0600));
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
                close(open(beside(f, kept[i]), O_WRONLY | O_CREAT, 0600));
        sq_ancestor_close(open_old(f, false));
        assert_true(exists(beside(f, left[0])));
        sq_ancestor_close(open_old(f, true));
        for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
                assert_false(exists(beside(f, left[i])));
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
                assert_true(exists(beside(f, kept[i])));
}

#define WITHOUT(name) cmocka_unit_test_setup_teardown(name, start_without, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITHOUT(the_new_one_takes_its_place_without_the_log_of_the_old),
                WITHOUT(one_from_elsewhere_stays_there),
                WITHOUT(what_came_there_meanwhile_is_not_replaced),
                WITHOUT(a_successor_that_is_not_complete_does_not_take_its_place),
                WITHOUT(what_an_interrupted_run_left_is_removed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
