#include "fixture.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/factor.h"

static struct sq_verdict change(struct fixture *f, const struct sq_claim *claim,
                                int64_t array_task) {
        struct sq_verdict verdict;
        struct sq_error err;

        if (sq_reserve_modified(f->ledger, claim, array_task, false, &verdict, &err))
                fail_msg("%s", err.text);
        return verdict;
}

static void assert_reserved(struct fixture *f, int64_t user, int64_t account) {
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, user);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         account);
}

static void unfinished_jobs_count_as_spent(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4000);
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.uuid = UUID(2);
        assert_false(fixture_reserve(f, &claim).accepted);
        assert_reserved(f, 2400, 2400);
        fixture_verify(f);
}

static void what_is_exactly_left_is_enough(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 1000);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4000);
        assert_true(fixture_reserve(f, &claim).accepted);
}

static void a_second_more_than_what_is_left_is_refused(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 4001);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4000);
        assert_false(fixture_reserve(f, &claim).accepted);
}

static void a_budget_of_nothing_refuses_everything(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 0);
        assert_false(fixture_reserve(f, &claim).accepted);
}

static void a_refusal_says_which_budget_binds_and_what_would_fit(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 10, 600);
        struct sq_verdict verdict;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 100000);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 5999);
        verdict = fixture_reserve(f, &claim);
        assert_false(verdict.accepted);
        assert_int_equal(verdict.kind, SQ_ACCOUNT);
        assert_int_equal(verdict.resource, SQ_CPU);
        assert_int_equal(verdict.asked.seconds, 6000);
        assert_int_equal(verdict.balance.budget.seconds, 5999);
        assert_int_equal(verdict.longest, 599);
}

static void the_user_is_asked_before_the_account_and_cpus_before_gpus(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 10, 600);
        const struct {
                enum sq_subject_kind kind;
                enum sq_resource resource;
        } order[] = {
                {SQ_USER, SQ_CPU},
                {SQ_ACCOUNT, SQ_CPU},
                {SQ_USER, SQ_GPU},
                {SQ_ACCOUNT, SQ_GPU},
        };

        sq_tres_set(&claim.tres, "gres/gpu", 1);
        for (int i = 0; i < 4; i++)
                fixture_budget(f, order[i].kind,
                               order[i].kind == SQ_USER ? "alice" : "physics",
                               order[i].resource, 0);
        for (int i = 0; i < 4; i++) {
                struct sq_verdict verdict = fixture_reserve(f, &claim);

                assert_false(verdict.accepted);
                assert_int_equal(verdict.kind, order[i].kind);
                assert_int_equal(verdict.resource, order[i].resource);
                assert_int_equal(verdict.longest, 0);
                fixture_budget(f, order[i].kind,
                               order[i].kind == SQ_USER ? "alice" : "physics",
                               order[i].resource, 100000);
        }
        assert_true(fixture_reserve(f, &claim).accepted);
}

static void the_longest_time_is_the_shortest_over_all_budgets(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 10, 6000);

        sq_tres_set(&claim.tres, "gres/gpu", 2);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 50000);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_GPU, 1000);
        assert_int_equal(fixture_reserve(f, &claim).longest, 500);
        claim.tres.n = 1; /* the same without GPUs */
        assert_int_equal(fixture_reserve(f, &claim).longest, 5000);
}

static void the_longest_time_is_exact_for_every_weight(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        const int64_t weights[] = {1, 333333, 500000, 999999, 1000000, 2000000, 3141592};

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_GPU, 3600);
        for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++)
                for (int64_t gpus = 1; gpus <= 7; gpus++) {
                        struct sq_claim claim = fixture_claim(UUID(1), 1, INT64_C(1) << 40);
                        struct sq_verdict verdict;

                        claim.tasks = 3;
                        sq_tres_set(&claim.tres, "gres/gpu", gpus);
                        assert_int_equal(
                                sq_factor_set(f->ledger, "default", weights[i], &actor, NULL),
                                SQ_OK);
                        verdict = fixture_reserve(f, &claim);
                        assert_false(verdict.accepted);
                        claim.seconds = verdict.longest + 1;
                        assert_false(fixture_reserve(f, &claim).accepted);
                        claim.seconds = verdict.longest;
                        claim.uuid = (char[SQ_UUID_SIZE]){0};
                        assert_int_equal(sq_uuid_make((char *)claim.uuid, NULL), SQ_OK);
                        assert_true(fixture_reserve(f, &claim).accepted);
                        claim.seconds = 0; /* gives it back */
                        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
                }
}

static void an_array_counts_all_its_tasks(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        claim.tasks = 10;
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 599);
        assert_false(fixture_reserve(f, &claim).accepted);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), 10);
        fixture_verify(f);
}

static void gpus_weigh_by_their_type_and_untyped_ones_by_default(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_claim claim = fixture_claim(UUID(1), 1, 100);

        sq_factor_set(f->ledger, "h100", 500000, &actor, NULL);
        sq_factor_set(f->ledger, "default", 2000000, &actor, NULL);
        sq_tres_set(&claim.tres, "gres/gpu", 4);
        sq_tres_set(&claim.tres, "gres/gpu:h100", 1);
        sq_tres_set(&claim.tres, "gres/gpu:a100", 1);
        assert_true(fixture_reserve(f, &claim).accepted);
        /* 0.5 for the h100, 2 each for the a100 and the two untyped ones. */
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_GPU).reserved.seconds, 650);
}

static void a_refused_job_leaves_no_trace(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 0);
        assert_false(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM subject WHERE kind = 'user'"),
                         0);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 0);
}

static void new_subjects_get_the_default_budgets(void **state) {
        struct fixture *f = *state;
        const struct sq_actor actor = {.name = "test"};
        struct sq_claim claim = fixture_claim(UUID(1), 1, 61);

        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(60), &actor, NULL);
        assert_false(fixture_reserve(f, &claim).accepted);
        claim.seconds = 60;
        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 60);
        sq_budget_set_default(f->ledger, SQ_USER, SQ_CPU, SQ_AMOUNT(7), &actor, NULL);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).budget.seconds, 60);
        fixture_verify(f);
}

static void a_uuid_is_taken_once(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_verdict verdict;

        assert_true(fixture_reserve(f, &claim).accepted);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_EEXIST);
        assert_int_equal(sq_reserve_anyway(f->ledger, &claim, NULL), SQ_OK);
        assert_reserved(f, 2400, 2400);
}

static void what_slurm_was_told_already_is_held_without_asking(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 10);
        assert_int_equal(sq_reserve_anyway(f->ledger, &claim, NULL), SQ_OK);
        assert_reserved(f, 2400, 2400);
        fixture_verify(f);
}

static void amounts_that_do_not_fit_are_errors(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), INT64_MAX / 2, 600);
        struct sq_verdict verdict;

        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        claim = fixture_claim(UUID(1), 4000000000, 4000000000);
        claim.tasks = 4000000000;
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        claim = fixture_claim(UUID(1), 1, INT64_MAX / 2);
        claim.tasks = 3; /* one fits, and two */
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        claim = fixture_claim(UUID(1), 1000000, 4000000000000);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_OK);
        claim.uuid = UUID(2);
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_OK);
        claim.uuid = UUID(3); /* now the sum of three does not fit */
        assert_int_equal(sq_reserve(f->ledger, &claim, &verdict, NULL), SQ_ERANGE);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), 2);
        fixture_verify(f);
}

static void nonsense_is_refused_before_the_store_is_asked(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        claim.tasks = 0;
        assert_int_equal(sq_reserve_anyway(f->ledger, &claim, NULL), SQ_EINVAL);
        claim.tasks = 1;
        claim.seconds = -1;
        assert_int_equal(sq_reserve_anyway(f->ledger, &claim, NULL), SQ_EINVAL);
}

static void a_longer_limit_needs_only_the_difference(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 4000);
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = 1000;
        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 4000, 4000);
        claim.seconds = 1001;
        assert_false(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 4000, 4000);
        fixture_verify(f);
}

static void a_shorter_limit_is_never_refused(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 0);
        claim.seconds = 300;
        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 1200, 1200);
        claim.seconds = 301;
        assert_false(change(f, &claim, SQ_NO_TASK).accepted);
}

static void a_job_that_moves_to_another_account_takes_its_reservation_along(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        assert_true(fixture_reserve(f, &claim).accepted);
        fixture_budget(f, SQ_ACCOUNT, "chemistry", SQ_CPU, 2399);
        claim.account = "chemistry";
        assert_false(change(f, &claim, SQ_NO_TASK).accepted);
        fixture_budget(f, SQ_ACCOUNT, "chemistry", SQ_CPU, 2400);
        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 2400, 0);
        assert_int_equal(
                fixture_balance(f, SQ_ACCOUNT, "chemistry", SQ_CPU).reserved.seconds, 2400);
        fixture_verify(f);
}

static void one_array_task_can_be_changed_alone(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);

        claim.tasks = 10;
        assert_true(fixture_reserve(f, &claim).accepted);
        claim.seconds = 100;
        assert_true(change(f, &claim, 3).accepted);
        assert_reserved(f, 640, 640);
        claim.seconds = 50; /* again the same one */
        assert_true(change(f, &claim, 3).accepted);
        assert_reserved(f, 590, 590);
        claim.seconds = 10; /* now the other nine */
        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 140, 140);
        assert_int_equal(fixture_jobs(f, SQ_USER, "alice"), 10);
        fixture_verify(f);
}

static void a_change_of_an_unknown_job_is_held_like_a_new_one(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 2399);
        assert_false(change(f, &claim, SQ_NO_TASK).accepted);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 2400);
        assert_true(change(f, &claim, SQ_NO_TASK).accepted);
        assert_reserved(f, 2400, 2400);
}

static void another_users_reservation_cannot_be_changed(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_verdict verdict;

        assert_true(fixture_reserve(f, &claim).accepted);
        claim.user = "mallory";
        claim.seconds = 1;
        assert_int_equal(
                sq_reserve_modified(f->ledger, &claim, SQ_NO_TASK, false, &verdict, NULL),
                SQ_EEXIST);
        assert_reserved(f, 2400, 2400);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(unfinished_jobs_count_as_spent),
                A_TEST(what_is_exactly_left_is_enough),
                A_TEST(a_second_more_than_what_is_left_is_refused),
                A_TEST(a_budget_of_nothing_refuses_everything),
                A_TEST(a_refusal_says_which_budget_binds_and_what_would_fit),
                A_TEST(the_user_is_asked_before_the_account_and_cpus_before_gpus),
                A_TEST(the_longest_time_is_the_shortest_over_all_budgets),
                A_TEST(the_longest_time_is_exact_for_every_weight),
                A_TEST(an_array_counts_all_its_tasks),
                A_TEST(gpus_weigh_by_their_type_and_untyped_ones_by_default),
                A_TEST(a_refused_job_leaves_no_trace),
                A_TEST(new_subjects_get_the_default_budgets),
                A_TEST(a_uuid_is_taken_once),
                A_TEST(what_slurm_was_told_already_is_held_without_asking),
                A_TEST(amounts_that_do_not_fit_are_errors),
                A_TEST(nonsense_is_refused_before_the_store_is_asked),
                A_TEST(a_longer_limit_needs_only_the_difference),
                A_TEST(a_shorter_limit_is_never_refused),
                A_TEST(a_job_that_moves_to_another_account_takes_its_reservation_along),
                A_TEST(one_array_task_can_be_changed_alone),
                A_TEST(a_change_of_an_unknown_job_is_held_like_a_new_one),
                A_TEST(another_users_reservation_cannot_be_changed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
