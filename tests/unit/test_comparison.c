/* test_comparison.c - how far the ledger has been compared with Slurm */
#include "fixture.h"

#include "base/clock.h"
#include "ledger/comparison.h"

static struct sq_comparison read_back(struct fixture *f, const char *cluster) {
        struct sq_comparison c = {.drift = -1};
        struct sq_error err;

        if (sq_comparison_read(f->ledger, cluster, &c, &err))
                fail_msg("%s", err.text);
        return c;
}

static void note(struct fixture *f, const char *cluster, int64_t at, int64_t until,
                 int64_t drift) {
        struct sq_error err;

        if (sq_comparison_note(f->ledger, cluster, at, until, drift, &err))
                fail_msg("%s", err.text);
}

static int64_t newest(struct fixture *f) {
        int64_t at = -1;

        assert_int_equal(sq_comparison_newest(f->ledger, &at, NULL), SQ_OK);
        return at;
}

static void assert_comparison(struct sq_comparison c, int64_t at, int64_t until, int64_t drift,
                              int64_t total) {
        assert_int_equal(c.compared_at, at);
        assert_int_equal(c.charged_until, until);
        assert_int_equal(c.drift, drift);
        assert_int_equal(c.drift_total, total);
}

static void nothing_was_compared_in_a_new_ledger(void **state) {
        struct fixture *f = *state;

        const int64_t now = sq_now();

        assert_comparison(read_back(f, "test"), 0, 0, 0, 0);
        assert_int_equal(newest(f), 0);
        /* It says when it was made, whatever cluster is asked for. */
        assert_in_range(read_back(f, "test").began_at, now - 60, now);
        /* Looking makes no cluster. */
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 0);
}

static void the_last_pass_is_kept_and_its_drift_is_added_up(void **state) {
        struct fixture *f = *state;

        note(f, "test", 1000, 900, 3);
        assert_comparison(read_back(f, "test"), 1000, 900, 3, 3);
        note(f, "test", 1060, 0, 0);
        assert_comparison(read_back(f, "test"), 1060, 0, 0, 3);
        note(f, "test", 1120, 1100, 4);
        assert_comparison(read_back(f, "test"), 1120, 1100, 4, 7);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reconciliation"), 1);
        fixture_verify(f);
}

static void the_same_pass_noted_twice_is_one_row(void **state) {
        struct fixture *f = *state;

        note(f, "test", 1000, 900, 0);
        note(f, "test", 1000, 900, 0);
        assert_comparison(read_back(f, "test"), 1000, 900, 0, 0);
}

static void each_cluster_has_its_own(void **state) {
        struct fixture *f = *state;

        note(f, "one", 2000, 1900, 1);
        note(f, "two", 1000, 900, 2);
        assert_comparison(read_back(f, "one"), 2000, 1900, 1, 1);
        assert_comparison(read_back(f, "two"), 1000, 900, 2, 2);
        assert_comparison(read_back(f, "three"), 0, 0, 0, 0);
        assert_int_equal(newest(f), 2000);
        note(f, "two", 3000, 900, 0);
        assert_int_equal(newest(f), 3000);
}

static void a_cluster_that_has_charges_was_not_compared_for_that(void **state) {
        struct fixture *f = *state;
        const struct sq_run run = fixture_run(1, NULL, 4, 300);

        fixture_charge(f, &run);
        assert_comparison(read_back(f, "test"), 0, 0, 0, 0);
}

static void a_failure_leaves_what_is_asked_for_as_it_was(void **state) {
        struct fixture *f = *state;
        struct sq_comparison c = {
                .compared_at = 1, .charged_until = 2, .drift = 3, .drift_total = 4};
        int64_t at = 5;

        note(f, "test", 1000, 900, 1);
        fixture_sql(f, "CREATE TRIGGER no_update BEFORE UPDATE ON reconciliation"
                       " BEGIN SELECT raise(ABORT, 'no'); END");
        assert_int_not_equal(sq_comparison_note(f->ledger, "test", 2000, 1900, 1, NULL), SQ_OK);
        fixture_sql(f, "DROP TRIGGER no_update");
        assert_comparison(read_back(f, "test"), 1000, 900, 1, 1);
        /* A cluster that was made in what failed is not remembered. */
        fixture_sql(f, "CREATE TRIGGER no_insert BEFORE INSERT ON reconciliation"
                       " BEGIN SELECT raise(ABORT, 'no'); END");
        assert_int_not_equal(sq_comparison_note(f->ledger, "new", 2000, 1900, 1, NULL), SQ_OK);
        fixture_sql(f, "DROP TRIGGER no_insert");
        note(f, "new", 3000, 2900, 2);
        assert_comparison(read_back(f, "new"), 3000, 2900, 2, 2);
        fixture_sql(f, "ALTER TABLE reconciliation RENAME TO hidden");
        assert_int_not_equal(sq_comparison_read(f->ledger, "test", &c, NULL), SQ_OK);
        assert_comparison(c, 1, 2, 3, 4);
        assert_int_not_equal(sq_comparison_newest(f->ledger, &at, NULL), SQ_OK);
        assert_int_equal(at, 5);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(nothing_was_compared_in_a_new_ledger),
                A_TEST(the_last_pass_is_kept_and_its_drift_is_added_up),
                A_TEST(the_same_pass_noted_twice_is_one_row),
                A_TEST(each_cluster_has_its_own),
                A_TEST(a_cluster_that_has_charges_was_not_compared_for_that),
                A_TEST(a_failure_leaves_what_is_asked_for_as_it_was),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
