/* test_binding.c - which job a reservation belongs to */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/binding.h"

/* --- in a transaction of its own ------------------------------------------------- */

enum what { FIND, MAKE, DROP };

struct step {
        enum what what;
        const char *uuid;
        struct sq_job job;
        char found[SQ_UUID_SIZE];
        bool bound;
};

static int take_step(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct step *s = context;

        (void)err;
        if (s->what == FIND)
                sq_binding_find(txn, &s->job, s->found, &s->bound);
        else if (s->what == MAKE)
                sq_binding_make(txn, s->uuid, &s->job);
        else
                sq_binding_drop(txn, s->uuid);
        return sq_txn_status(txn);
}

static int run_step(struct fixture *f, struct step *s) {
        return sq_store_write(sq_ledger_store(f->ledger), SQ_DURABLE_SOON, take_step, s, NULL);
}

static void make(struct fixture *f, const char *uuid, int64_t cluster, int64_t job_id,
                 int64_t submit_at) {
        struct step s = {MAKE, uuid, {cluster, job_id, submit_at, false, NULL}, "", false};

        assert_int_equal(run_step(f, &s), SQ_OK);
}

static void drop(struct fixture *f, const char *uuid) {
        struct step s = {.what = DROP, .uuid = uuid};

        assert_int_equal(run_step(f, &s), SQ_OK);
}

/* Looks for it, and says whether `uuid` ("" for none) is the answer. */
static void assert_found(struct fixture *f, struct sq_job job, const char *uuid, bool bound) {
        struct step s = {.what = FIND, .job = job, .found = "?", .bound = !bound};

        assert_int_equal(run_step(f, &s), SQ_OK);
        assert_string_equal(s.found, uuid);
        assert_int_equal(s.bound, bound);
}

static struct sq_job job(int64_t job_id, int64_t submit_at, bool maybe_later,
                         const char *comment) {
        return (struct sq_job){1, job_id, submit_at, maybe_later, comment};
}

static int64_t bindings(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM binding");
}

/* Two clusters, and three jobs that are known. */
static int start(void **state) {
        struct fixture *f;

        if (fixture_start(state))
                return -1;
        f = *state;
        fixture_sql(f, "INSERT INTO cluster (id, name) VALUES (1, 'test'), (2, 'other')");
        make(f, UUID(1), 1, 10, 1000);
        make(f, UUID(2), 1, 10, 2000);
        make(f, UUID(3), 2, 10, 1000);
        return 0;
}

static void the_job_that_is_bound_comes_before_its_comment(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(10, 1000, false, NULL), UUID(1), true);
        assert_found(f, job(10, 2000, false, NULL), UUID(2), true);
        assert_found(f, job(10, 2000, true, NULL), UUID(2), true);
        assert_found(f, job(10, 1000, false, UUID(9)), UUID(1), true);
        assert_found(f, job(10, 1000, true, UUID(2)), UUID(1), true);
}

static void a_comment_names_what_is_bound_to_nothing(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(11, 1000, false, UUID(9)), UUID(9), false);
        assert_found(f, job(11, 1000, true, UUID(9)), UUID(9), false);
        /* Also for an id that was another job's before. */
        assert_found(f, job(10, 3000, false, UUID(9)), UUID(9), false);
}

static void a_comment_that_names_another_jobs_is_nobodys(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(11, 1000, false, UUID(1)), "", false);
        assert_found(f, job(11, 1000, true, UUID(1)), "", false);
        assert_found(f, job(11, 1000, false, UUID(3)), "", false);
        assert_found(f, job(10, 3000, false, UUID(3)), "", false); /* another cluster's 10 */
}

static void a_comment_that_names_the_jobs_own_is_bound_to_it(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(10, 3000, false, UUID(1)), UUID(1), true);
        assert_found(f, job(10, 3000, true, UUID(1)), UUID(1), true);
}

static void a_later_run_has_the_reservation_of_the_last_one_before(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(10, 3000, true, NULL), UUID(2), true);
        assert_found(f, job(10, 1999, true, NULL), UUID(1), true);
        assert_found(f, job(10, 3000, true, UUID(3)), UUID(2), true); /* a copied comment */
        assert_found(f, job(10, 999, true, NULL), "", false);
        assert_found(f, job(11, 3000, true, NULL), "", false);
}

static void the_first_run_of_an_id_that_is_given_again_has_none(void **state) {
        struct fixture *f = *state;

        assert_found(f, job(10, 3000, false, NULL), "", false);
}

static void a_cluster_that_was_never_seen_has_no_bindings(void **state) {
        struct fixture *f = *state;
        struct sq_job unknown = job(10, 1000, true, NULL);

        unknown.cluster_id = 0;
        assert_found(f, unknown, "", false);
        unknown.comment = UUID(9);
        assert_found(f, unknown, UUID(9), false);
        unknown.comment = UUID(1);
        assert_found(f, unknown, "", false);
}

static void what_an_id_was_bound_to_in_the_same_second_gives_way(void **state) {
        struct fixture *f = *state;

        make(f, UUID(4), 1, 10, 1000);
        assert_int_equal(bindings(f), 3);
        assert_found(f, job(10, 1000, false, NULL), UUID(4), true);
        assert_found(f, job(10, 2000, false, NULL), UUID(2), true);
        assert_int_equal(fixture_number(f, "SELECT bound_at FROM binding WHERE uuid ="
                                           " '" UUID(4) "'") >= sq_now() - 60, true);
        assert_int_equal(fixture_number(f, "SELECT missing_since IS NULL FROM binding"
                                           " WHERE uuid = '" UUID(4) "'"), 1);
}

static void a_reservation_is_bound_once(void **state) {
        struct fixture *f = *state;
        struct step s = {MAKE, UUID(1), {1, 99, 1000, false, NULL}, "", false};

        assert_int_equal(run_step(f, &s), SQ_EEXIST);
        assert_found(f, job(10, 1000, false, NULL), UUID(1), true);
}

static void a_binding_stays_while_something_is_held(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        assert_true(fixture_reserve(f, &claim).accepted);
        drop(f, UUID(1));
        assert_int_equal(bindings(f), 3);
        fixture_sql(f, "DELETE FROM reservation");
        drop(f, UUID(1));
        assert_int_equal(bindings(f), 2);
        assert_found(f, job(10, 1000, false, NULL), "", false);
        drop(f, UUID(1)); /* again */
        assert_int_equal(bindings(f), 2);
}

/* --- by the events of a job's life ----------------------------------------------- */

/* The reservation of a job of cluster `test`; NULL when there is none. */
static const char *find(struct fixture *f, int64_t job_id, int64_t submit_at,
                        const char *comment) {
        static struct sq_found found;
        const struct sq_job_key key = {.cluster = "test",
                                       .job_id = job_id,
                                       .submit_at = submit_at,
                                       .array_task = SQ_NO_TASK,
                                       .comment = comment};
        const int rc = sq_reservation_find(f->ledger, &key, &found, NULL);

        if (rc)
                assert_int_equal(rc, SQ_ENOTFOUND);
        return rc ? NULL : found.uuid;
}

static struct sq_claim claim_of(const char *uuid, int64_t job_id, int64_t submit_at) {
        struct sq_claim claim = fixture_claim(uuid, 4, 600);

        if (job_id) {
                claim.cluster = "test";
                claim.job_id = job_id;
                claim.submit_at = submit_at;
        }
        return claim;
}

static void hold(struct fixture *f, const char *uuid, int64_t tasks) {
        struct sq_claim claim = claim_of(uuid, 0, 0);

        claim.tasks = tasks;
        assert_true(fixture_reserve(f, &claim).accepted);
}

static void change(struct fixture *f, const struct sq_claim *claim) {
        struct sq_verdict verdict = {0};

        assert_int_equal(
                sq_reserve_modified(f->ledger, claim, SQ_NO_TASK, false, &verdict, NULL),
                SQ_OK);
        assert_true(verdict.accepted);
        fixture_verify(f);
}

static void a_submission_binds_nothing(void **state) {
        struct fixture *f = *state;

        hold(f, UUID(1), 1);
        assert_int_equal(bindings(f), 0);
        assert_string_equal(find(f, 5, 1000, UUID(1)), UUID(1));
        assert_null(find(f, 5, 1000, NULL));
}

static void an_update_binds_and_then_the_comment_does_not_matter(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = claim_of(UUID(1), 5, 1000);

        hold(f, UUID(1), 1);
        change(f, &claim);
        change(f, &claim); /* once is enough */
        assert_int_equal(bindings(f), 1);
        assert_string_equal(find(f, 5, 1000, NULL), UUID(1));
        assert_string_equal(find(f, 5, 1000, UUID(7)), UUID(1));
        assert_string_equal(find(f, 5, 4000, NULL), UUID(1)); /* it may be a later run */
        assert_null(find(f, 6, 1000, UUID(1))); /* somebody copied it */
        assert_null(find(f, 5, 900, NULL));
}

static void an_update_of_a_job_without_id_binds_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = claim_of(UUID(1), 0, 0);

        hold(f, UUID(1), 1);
        change(f, &claim);
        assert_int_equal(bindings(f), 0);
}

static void an_update_of_a_job_that_was_unknown_binds_what_it_holds(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = claim_of(UUID(1), 5, 1000);

        change(f, &claim);
        assert_string_equal(find(f, 5, 1000, NULL), UUID(1));
}

static void an_update_takes_no_reservation_from_another_job(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = claim_of(UUID(1), 5, 1000);

        hold(f, UUID(1), 1);
        change(f, &claim);
        claim.job_id = 6;
        change(f, &claim);
        assert_int_equal(bindings(f), 1);
        assert_string_equal(find(f, 5, 1000, NULL), UUID(1));
        assert_null(find(f, 6, 1000, NULL));
}

static void a_refused_update_binds_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = claim_of(UUID(1), 5, 1000);
        struct sq_verdict verdict;

        hold(f, UUID(1), 1);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 2400);
        claim.seconds = 601;
        assert_int_equal(
                sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict, NULL),
                SQ_OK);
        assert_false(verdict.accepted);
        assert_int_equal(bindings(f), 0);
}

static void a_requeued_job_is_found_by_its_id_from_then_on(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(5, UUID(1), 4, 300);

        hold(f, UUID(1), 1);
        run.goes_on = true;
        fixture_charge(f, &run);
        assert_int_equal(bindings(f), 1);
        assert_string_equal(find(f, 5, run.submit_at, NULL), UUID(1));
        assert_string_equal(find(f, 5, run.end_at, NULL), UUID(1));

        /* The end of its second run, of which the comment was overwritten. */
        run.goes_on = false;
        run.restarts = 1;
        run.submit_at = run.end_at;
        run.start_at = run.end_at + 10;
        run.end_at = run.start_at + 100;
        run.uuid = NULL;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(bindings(f), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 0);
        fixture_verify(f);
}

static void an_array_is_bound_until_its_last_task_ends(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(101, UUID(1), 4, 300);

        hold(f, UUID(1), 3);
        run.array_job = 100;
        run.array_task = 0;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(bindings(f), 1);
        assert_string_equal(find(f, 100, run.submit_at, NULL), UUID(1));
        run.job_id = 102;
        run.array_task = 1;
        run.uuid = NULL;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(bindings(f), 1);
        run.job_id = 100;
        run.array_task = 2;
        assert_true(fixture_charge(f, &run).released);
        assert_int_equal(bindings(f), 0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 0);
        fixture_verify(f);
}

static void a_job_that_ends_at_once_was_never_bound(void **state) {
        struct fixture *f = *state;
        const struct sq_run run = fixture_run(5, UUID(1), 4, 300);

        hold(f, UUID(1), 1);
        fixture_charge(f, &run);
        assert_int_equal(bindings(f), 0);
}

static void the_end_of_a_job_with_a_copied_comment_releases_nothing(void **state) {
        struct fixture *f = *state;
        const struct sq_claim claim = claim_of(UUID(1), 5, 1700000000);
        const struct sq_run run = fixture_run(6, UUID(1), 4, 300);

        hold(f, UUID(1), 1);
        change(f, &claim);
        assert_false(fixture_charge(f, &run).released);
        assert_string_equal(find(f, 5, 1700000000, NULL), UUID(1));
        fixture_verify(f);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)
#define DIRECTLY(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                DIRECTLY(the_job_that_is_bound_comes_before_its_comment),
                DIRECTLY(a_comment_names_what_is_bound_to_nothing),
                DIRECTLY(a_comment_that_names_another_jobs_is_nobodys),
                DIRECTLY(a_comment_that_names_the_jobs_own_is_bound_to_it),
                DIRECTLY(a_later_run_has_the_reservation_of_the_last_one_before),
                DIRECTLY(the_first_run_of_an_id_that_is_given_again_has_none),
                DIRECTLY(a_cluster_that_was_never_seen_has_no_bindings),
                DIRECTLY(what_an_id_was_bound_to_in_the_same_second_gives_way),
                DIRECTLY(a_reservation_is_bound_once),
                DIRECTLY(a_binding_stays_while_something_is_held),
                A_TEST(a_submission_binds_nothing),
                A_TEST(an_update_binds_and_then_the_comment_does_not_matter),
                A_TEST(an_update_of_a_job_without_id_binds_nothing),
                A_TEST(an_update_of_a_job_that_was_unknown_binds_what_it_holds),
                A_TEST(an_update_takes_no_reservation_from_another_job),
                A_TEST(a_refused_update_binds_nothing),
                A_TEST(a_requeued_job_is_found_by_its_id_from_then_on),
                A_TEST(an_array_is_bound_until_its_last_task_ends),
                A_TEST(a_job_that_ends_at_once_was_never_bound),
                A_TEST(the_end_of_a_job_with_a_copied_comment_releases_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
