/* test_store_version.c - how one learns that something has changed */
#include "fixture.h"

#include "base/clock.h"

static struct sq_ledger *open_reader(struct fixture *f) {
        struct sq_store_options options = f->options;
        struct sq_ledger *reader = NULL;

        options.use = SQ_STORE_READER;
        assert_int_equal(sq_ledger_open(&options, fixture_patience(), &reader, NULL), SQ_OK);
        return reader;
}

static int64_t version(struct sq_ledger *ledger) {
        struct sq_error err;
        int64_t number = -1;

        if (sq_store_version(sq_ledger_store(ledger), &number, &err))
                fail_msg("%s", err.text);
        return number;
}

static void it_stays_while_nothing_happens(void **state) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *reader = open_reader(*state);
        const int64_t first = version(reader);

        for (int i = 0; i < 3; i++)
                assert_int_equal(version(reader), first);
}

static void it_changes_with_each_commit_of_somebody_else(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *reader = open_reader(f);
        int64_t before = version(reader);

        for (int i = 1; i < 5; i++) {
                fixture_budget(f, SQ_USER, "alice", SQ_CPU, i);
                assert_int_not_equal(version(reader), before);
                before = version(reader);
        }
        fixture_sql(f, "UPDATE balance SET consumed = 7");
        assert_int_not_equal(version(reader), before);
}

static void a_checkpoint_is_no_change(void **state) {
        struct fixture *f = *state;
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *reader = open_reader(f);
        int64_t before;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        before = version(reader);
        assert_int_equal(sq_store_checkpoint(sq_ledger_store(f->ledger), SQ_CHECKPOINT_KEEP,
                                             NULL), SQ_OK);
        assert_int_equal(version(reader), before);
}

static void a_store_that_passed_its_deadline_can_still_tell(void **state) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *reader = open_reader(*state);
        const int64_t first = version(reader);

        sq_store_set_deadline(sq_ledger_store(reader), 0);
        assert_int_equal(version(reader), first);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(it_stays_while_nothing_happens, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(it_changes_with_each_commit_of_somebody_else,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(a_checkpoint_is_no_change, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(a_store_that_passed_its_deadline_can_still_tell,
                                                fixture_start, fixture_stop),
        };

        return cmocka_run_group_tests_name("store_version", tests, NULL, NULL);
}
