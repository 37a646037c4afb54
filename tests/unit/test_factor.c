/* test_factor.c - what jobs cost */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "ledger/factor.h"

static const struct sq_actor root = {.name = "root", .reason = "new price list"};

static struct sq_factors factors_of(const char *type, int64_t millionths) {
        struct sq_factors factors = {.n = 1};

        snprintf(factors.item[0].type, sizeof factors.item[0].type, "%s", type);
        factors.item[0].millionths = millionths;
        return factors;
}

static struct sq_tres gpus(const char *name, int64_t count) {
        struct sq_tres tres = {.n = 0};

        assert_true(sq_tres_set(&tres, name, count));
        return tres;
}

static int64_t gpu_price(const struct sq_factors *factors, const struct sq_tres *tres,
                         int64_t seconds) {
        struct sq_amounts amounts;

        assert_int_equal(sq_factors_price(factors, tres, seconds, &amounts, NULL), SQ_OK);
        return amounts.of[SQ_GPU].seconds;
}

static void cpus_cost_their_time(void **state) {
        const struct sq_factors none = {.n = 0};
        const struct sq_tres tres = gpus("cpu", 7);
        struct sq_amounts amounts;

        (void)state;
        assert_int_equal(sq_factors_price(&none, &tres, 100, &amounts, NULL), SQ_OK);
        assert_int_equal(amounts.of[SQ_CPU].seconds, 700);
        assert_int_equal(amounts.of[SQ_GPU].seconds, 0);
}

static void without_factors_a_gpu_counts_as_one(void **state) {
        const struct sq_factors none = {.n = 0};
        struct sq_tres tres = gpus("gres/gpu", 3);

        (void)state;
        assert_int_equal(gpu_price(&none, &tres, 10), 30);
        tres = gpus("gres/gpu:h100", 3);
        assert_int_equal(gpu_price(&none, &tres, 10), 30);
}

static void a_type_without_a_factor_counts_as_the_default(void **state) {
        const struct sq_factors factors = factors_of("default", 250000);
        struct sq_tres tres = gpus("gres/gpu:h100", 4);

        (void)state;
        assert_int_equal(gpu_price(&factors, &tres, 10), 10);
        assert_int_equal(sq_factors_of(&factors, "h100"), 250000);
        assert_int_equal(sq_factors_of(&factors, NULL), 250000);
}

static void typed_gpus_are_not_counted_again_as_untyped(void **state) {
        const struct sq_factors factors = factors_of("h100", 3000000);
        struct sq_tres tres = gpus("gres/gpu", 2);

        (void)state;
        assert_true(sq_tres_set(&tres, "gres/gpu:h100", 2));
        assert_int_equal(gpu_price(&factors, &tres, 10), 60);
        assert_true(sq_tres_set(&tres, "gres/gpu", 3)); /* one of them without type */
        assert_int_equal(gpu_price(&factors, &tres, 10), 70);
        assert_true(sq_tres_set(&tres, "gres/gpu", 1)); /* less than nothing untyped */
        assert_int_equal(gpu_price(&factors, &tres, 10), 60);
}

static void other_gres_cost_nothing(void **state) {
        const struct sq_factors none = {.n = 0};
        struct sq_tres tres = gpus("gres/gpumem", 3);

        (void)state;
        assert_true(sq_tres_set(&tres, "gres/shard", 3));
        assert_true(sq_tres_set(&tres, "mem", 3));
        assert_int_equal(gpu_price(&none, &tres, 10), 0);
}

static void halves_are_rounded_up_once_for_the_whole_job(void **state) {
        struct sq_factors factors = factors_of("h100", 500000);
        struct sq_tres tres = gpus("gres/gpu:h100", 1);

        (void)state;
        assert_int_equal(gpu_price(&factors, &tres, 1), 1);
        assert_int_equal(gpu_price(&factors, &tres, 2), 1);
        assert_int_equal(gpu_price(&factors, &tres, 3), 2);
        factors.item[0].millionths = 499999;
        assert_int_equal(gpu_price(&factors, &tres, 1), 0);
        assert_int_equal(gpu_price(&factors, &tres, 1000000), 499999);

        /* 0.4 of one type and 0.3 of another: 0.7 together, not 0 and 0. */
        factors.n = 2;
        factors.item[0].millionths = 400000;
        factors.item[1] = (struct sq_factor){.type = "a100", .millionths = 300000};
        assert_true(sq_tres_set(&tres, "gres/gpu:a100", 1));
        assert_int_equal(gpu_price(&factors, &tres, 1), 1);
}

static void a_third_is_exact_for_a_million_seconds(void **state) {
        const struct sq_factors factors = factors_of("default", 333333);
        const struct sq_tres tres = gpus("gres/gpu", 1);

        (void)state;
        assert_int_equal(gpu_price(&factors, &tres, 1000000), 333333);
        assert_int_equal(gpu_price(&factors, &tres, 1000001), 333333);
        assert_int_equal(gpu_price(&factors, &tres, 1000002), 333334);
}

static void what_does_not_fit_is_an_error(void **state) {
        const struct sq_factors heaviest = factors_of("default", 1000000LL * SQ_WEIGHT_ONE);
        const struct sq_factors lightest = factors_of("default", 1);
        struct sq_amounts amounts = {.of = {{7}, {8}}};
        struct sq_tres tres;

        (void)state;
        tres = gpus("cpu", INT64_MAX);
        assert_int_equal(sq_factors_price(&lightest, &tres, 1, &amounts, NULL), SQ_OK);
        amounts = (struct sq_amounts){.of = {{7}, {8}}};
        assert_int_equal(sq_factors_price(&lightest, &tres, 2, &amounts, NULL), SQ_ERANGE);
        assert_int_equal(sq_factors_price(&lightest, &tres, -1, &amounts, NULL), SQ_ERANGE);
        tres = gpus("gres/gpu:h100", INT64_MAX);
        assert_int_equal(sq_factors_price(&heaviest, &tres, 1, &amounts, NULL), SQ_ERANGE);
        tres = gpus("gres/gpu", INT64_MAX);
        assert_int_equal(sq_factors_price(&heaviest, &tres, 1, &amounts, NULL), SQ_ERANGE);
        /* Each fits alone, but not both together. */
        assert_true(sq_tres_set(&tres, "gres/gpu", 0));
        assert_true(sq_tres_set(&tres, "gres/gpu:a", INT64_MAX));
        assert_true(sq_tres_set(&tres, "gres/gpu:b", INT64_MAX));
        assert_true(sq_tres_set(&tres, "gres/gpu:c", INT64_MAX));
        assert_int_equal(sq_factors_price(&lightest, &tres, 1, &amounts, NULL), SQ_ERANGE);
        tres = gpus("gres/gpu:a", INT64_MAX / 2 + 1);
        assert_true(sq_tres_set(&tres, "gres/gpu", INT64_MAX));
        assert_int_equal(sq_factors_price(&lightest, &tres, 1, &amounts, NULL), SQ_OK);
        amounts = (struct sq_amounts){.of = {{7}, {8}}};
        assert_int_equal(sq_factors_price(&lightest, &tres, INT64_MAX, &amounts, NULL),
                         SQ_ERANGE);
        assert_int_equal(amounts.of[SQ_CPU].seconds, 7);
        assert_int_equal(amounts.of[SQ_GPU].seconds, 8);
}

static void the_untyped_rest_can_be_what_does_not_fit(void **state) {
        struct sq_factors factors = factors_of("a", 1);
        struct sq_amounts amounts;
        struct sq_tres tres = gpus("gres/gpu:a", INT64_MAX / 4);

        (void)state;
        factors.n = 2;
        factors.item[1] = (struct sq_factor){.type = "default", .millionths = 2};
        assert_true(sq_tres_set(&tres, "gres/gpu", INT64_MAX / 4 + INT64_MAX / 2));
        assert_int_equal(sq_factors_price(&factors, &tres, 1, &amounts, NULL), SQ_ERANGE);
}

/* --- the table ------------------------------------------------------------ */

static void the_default_comes_first_and_then_the_types_by_name(void **state) {
        struct fixture *f = *state;
        struct sq_factors factors;

        assert_int_equal(sq_factors_load(f->ledger, &factors, NULL), SQ_OK);
        assert_int_equal(factors.n, 0);
        assert_int_equal(sq_factor_set(f->ledger, "h100", 2000000, &root, NULL), SQ_OK);
        assert_int_equal(sq_factor_set(f->ledger, SQ_FACTOR_DEFAULT, 500000, &root, NULL),
                         SQ_OK);
        assert_int_equal(sq_factor_set(f->ledger, "a100", 1, &root, NULL), SQ_OK);
        assert_int_equal(sq_factor_set(f->ledger, "h100", 3000000, &root, NULL), SQ_OK);
        assert_int_equal(sq_factors_load(f->ledger, &factors, NULL), SQ_OK);
        assert_int_equal(factors.n, 3);
        assert_string_equal(factors.item[0].type, "default");
        assert_string_equal(factors.item[1].type, "a100");
        assert_string_equal(factors.item[2].type, "h100");
        assert_int_equal(sq_factors_of(&factors, "h100"), 3000000);
        assert_int_equal(sq_factors_of(&factors, "H100"), 500000);
}

static void a_factor_is_an_entry_with_its_value(void **state) {
        struct fixture *f = *state;
        const struct sq_actor silent = {.name = "root"};

        assert_int_equal(sq_factor_set(f->ledger, "h100", 333333, &root, NULL), SQ_OK);
        assert_int_equal(sq_factor_set(f->ledger, "h100", 500000, &silent, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'factor'"
                                           " AND actor = 'root'"
                                           " AND reason = 'h100 = 0.333333: new price list'"),
                         1);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry"
                                           " WHERE reason = 'h100 = 0.500'"),
                         1);
        fixture_verify(f);
}

static void what_is_no_type_or_no_factor_is_refused(void **state) {
        struct fixture *f = *state;
        char name[SQ_TRES_NAME_MAX + 1];

        memset(name, 'x', sizeof name);
        name[SQ_TRES_NAME_MAX] = '\0';
        assert_int_equal(sq_factor_set(f->ledger, "h100", 0, &root, NULL), SQ_EINVAL);
        assert_int_equal(sq_factor_set(f->ledger, "h100", -1, &root, NULL), SQ_EINVAL);
        assert_int_equal(sq_factor_set(f->ledger, "", 1, &root, NULL), SQ_EINVAL);
        assert_int_equal(sq_factor_set(f->ledger, name, 1, &root, NULL), SQ_EINVAL);
        name[SQ_TRES_NAME_MAX - 1] = '\0';
        assert_int_equal(sq_factor_set(f->ledger, name, 1, &root, NULL), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM gpu_factor"), 1);
}

static void there_are_at_most_64_types(void **state) {
        struct fixture *f = *state;
        struct sq_factors factors;
        char name[16];

        for (int i = 0; i < SQ_FACTORS_MAX; i++) {
                snprintf(name, sizeof name, "type%d", i);
                assert_int_equal(sq_factor_set(f->ledger, name, i + 1, &root, NULL), SQ_OK);
        }
        assert_int_equal(sq_factor_set(f->ledger, "one-more", 1, &root, NULL), SQ_ERANGE);
        assert_int_equal(sq_factor_set(f->ledger, "type7", 99, &root, NULL), SQ_OK);
        assert_int_equal(sq_factors_load(f->ledger, &factors, NULL), SQ_OK);
        assert_int_equal(factors.n, SQ_FACTORS_MAX);
        assert_int_equal(sq_factors_of(&factors, "type7"), 99);
        assert_int_equal(sq_factors_of(&factors, "one-more"), SQ_WEIGHT_ONE);

        /* Rows put there by force: the default is not the one that falls off. */
        fixture_sql(f, "INSERT INTO gpu_factor VALUES ('default', 5), ('a', 6)");
        assert_int_equal(sq_factors_load(f->ledger, &factors, NULL), SQ_OK);
        assert_int_equal(factors.n, SQ_FACTORS_MAX);
        assert_int_equal(sq_factors_of(&factors, NULL), 5);
        assert_int_equal(sq_factors_of(&factors, "a"), 6);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(cpus_cost_their_time),
                cmocka_unit_test(without_factors_a_gpu_counts_as_one),
                cmocka_unit_test(a_type_without_a_factor_counts_as_the_default),
                cmocka_unit_test(typed_gpus_are_not_counted_again_as_untyped),
                cmocka_unit_test(other_gres_cost_nothing),
                cmocka_unit_test(halves_are_rounded_up_once_for_the_whole_job),
                cmocka_unit_test(a_third_is_exact_for_a_million_seconds),
                cmocka_unit_test(what_does_not_fit_is_an_error),
                cmocka_unit_test(the_untyped_rest_can_be_what_does_not_fit),
                A_TEST(the_default_comes_first_and_then_the_types_by_name),
                A_TEST(a_factor_is_an_entry_with_its_value),
                A_TEST(what_is_no_type_or_no_factor_is_refused),
                A_TEST(there_are_at_most_64_types),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
