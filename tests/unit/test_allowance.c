#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/allowance.h"

#define HOUR 3600

static struct sq_policy policy;
static struct sq_quantities total;
static struct sq_allowance allowance;

static int begin(void **state) {
        (void)state;
        sq_policy_init(&policy);
        policy.actions = SQ_ACTION_PAUSE | SQ_ACTION_DOWNSCALE | SQ_ACTION_NOTIFY_OWNERS;
        total.n = 0;
        return 0;
}

static void allocate(const char *tres, int64_t hours) {
        assert_true(sq_quantities_set(&total, tres, sq_quantity_from_hours(hours)));
}

static void make(void) {
        sq_allowance_make(&policy, &total, &allowance);
}

static void one_tres_may_be_used_up_to_the_grace_limit(void **state) {
        (void)state;
        allocate("node", 1000);
        make();
        assert_int_equal(allowance.n, 1);
        assert_string_equal(allowance.item[0].tres, "node");
        assert_int_equal(allowance.item[0].weight, 1);
        assert_int_equal(allowance.item[0].full, 1000 * HOUR);
        assert_int_equal(allowance.item[0].limit, 1200 * HOUR);
}

static void several_share_it_by_their_weights(void **state) {
        (void)state;
        /* 1/64 and 1/4: an hour of a GPU counts as much as 16 of a CPU. */
        allocate("cpu", 1600);
        allocate("gres/gpu", 100);
        make();
        assert_int_equal(allowance.n, 2);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(allowance.item[i].weight, i ? 16 : 1);
                assert_int_equal(allowance.item[i].full, 3200 * HOUR);
                assert_int_equal(allowance.item[i].limit, 3840 * HOUR);
        }
}

static void without_billing_each_hour_counts_one(void **state) {
        (void)state;
        policy.billing_enabled = false;
        allocate("cpu", 100);
        allocate("gres/gpu", 10);
        make();
        assert_int_equal(allowance.n, 2);
        assert_int_equal(allowance.item[0].weight, 1);
        assert_int_equal(allowance.item[1].weight, 1);
        assert_int_equal(allowance.item[1].limit, 132 * HOUR);
}

static void each_stands_for_itself_where_the_largest_counts(void **state) {
        (void)state;
        policy.billing = SQ_BILLING_MAX_TRES;
        allocate("cpu", 1600);
        allocate("gres/gpu", 50);
        make();
        assert_int_equal(allowance.n, 2);
        assert_int_equal(allowance.item[0].weight, 0);
        assert_int_equal(allowance.item[0].limit, 1920 * HOUR);
        /* The CPUs' 1600 are the larger part; as many hours of GPUs are 100. */
        assert_int_equal(allowance.item[1].weight, 0);
        assert_int_equal(allowance.item[1].full, 100 * HOUR);
        assert_int_equal(allowance.item[1].limit, 120 * HOUR);
}

static void a_tres_of_weight_0_is_free(void **state) {
        (void)state;
        assert_true(sq_weights_add(&policy.weights, "cpu", SQ_DECIMAL(1)));
        assert_true(sq_weights_add(&policy.weights, "mem", SQ_DECIMAL(0)));
        allocate("cpu", 10);
        allocate("mem", 10);
        make();
        assert_int_equal(allowance.n, 1);
        assert_string_equal(allowance.item[0].tres, "cpu");
        assert_int_equal(allowance.item[0].full, 10 * HOUR);
}

static void who_does_not_enforce_at_submission_allows_everything(void **state) {
        (void)state;
        allocate("cpu", 10);
        policy.enforce = SQ_ENFORCE_QOS;
        make();
        assert_int_equal(allowance.n, 0);
        policy.enforce = SQ_ENFORCE_SUBMIT;
        make();
        assert_int_equal(allowance.n, 1);
}

static void who_neither_pauses_nor_blocks_allows_everything(void **state) {
        (void)state;
        allocate("cpu", 10);
        policy.actions = SQ_ACTION_DOWNSCALE | SQ_ACTION_NOTIFY_OWNERS;
        make();
        assert_int_equal(allowance.n, 0);
}

static void the_lowest_threshold_that_refuses_is_the_limit(void **state) {
        (void)state;
        allocate("cpu", 100);
        policy.actions |= SQ_ACTION_BLOCK;
        policy.thresholds.item[policy.thresholds.n++] =
                (struct sq_threshold){.reaction = SQ_BLOCK, .percent = SQ_DECIMAL(105)};
        make();
        assert_int_equal(allowance.item[0].limit, 105 * HOUR);
        /* Not when it may not. */
        policy.actions &= ~(unsigned int)SQ_ACTION_BLOCK;
        make();
        assert_int_equal(allowance.item[0].limit, 120 * HOUR);
}

static void without_an_allocation_there_is_nothing_to_hold_to(void **state) {
        (void)state;
        make();
        assert_int_equal(allowance.n, 0);
}

static void an_allocation_of_nothing_allows_nothing(void **state) {
        (void)state;
        allocate("cpu", 0);
        allocate("node", 0);
        make();
        assert_int_equal(allowance.n, 2);
        assert_int_equal(allowance.item[0].full, 0);
        assert_int_equal(allowance.item[1].limit, 0);
        /* Something of another TRES is for both. */
        allocate("node", 1);
        make();
        assert_int_equal(allowance.item[0].full, allowance.item[1].full);
}

static void parts_of_a_second_are_not_given_away(void **state) {
        (void)state;
        assert_true(sq_decimal_parse("0.14", &policy.grace_ratio));
        assert_true(sq_quantities_set(&total, "cpu", sq_quantity_of(SQ_AMOUNT(50))));
        make();
        assert_int_equal(allowance.item[0].limit, 57);
        assert_true(sq_quantities_set(&total, "cpu", sq_quantity_of(SQ_AMOUNT(51))));
        make();
        assert_int_equal(allowance.item[0].limit, 58); /* of 58.14 */
}

static void weights_shrink_until_the_sum_fits(void **state) {
        (void)state;
        assert_true(sq_weights_add(&policy.weights, "cpu", SQ_DECIMAL(1)));
        assert_true(sq_weights_add(&policy.weights, "mem", SQ_DECIMAL(1000000)));
        allocate("cpu", SQ_HOURS_MOST / 1000);
        allocate("mem", SQ_HOURS_MOST / 1000);
        make();
        assert_int_equal(allowance.n, 2);
        assert_int_equal(allowance.item[0].weight, 1);
        assert_in_range(allowance.item[1].weight, 1000, 999999);
        assert_true(allowance.item[1].limit > allowance.item[1].full);
}

static void what_no_number_can_hold_is_not_held_to(void **state) {
        (void)state;
        policy.billing_enabled = false;
        policy.grace_ratio = SQ_DECIMAL(1000);
        allocate("cpu", SQ_HOURS_MOST);
        allocate("mem", SQ_HOURS_MOST);
        make();
        assert_int_equal(allowance.n, 0);
}

static void the_order_does_not_matter(void **state) {
        struct sq_allowance other;

        (void)state;
        allocate("cpu", 1600);
        allocate("gres/gpu", 100);
        make();
        other = allowance;
        other.item[0] = allowance.item[1];
        other.item[1] = allowance.item[0];
        assert_true(sq_allowance_equal(&allowance, &other));
        other.item[0].limit++;
        assert_false(sq_allowance_equal(&allowance, &other));
        other = allowance;
        other.n = 1;
        assert_false(sq_allowance_equal(&allowance, &other));
        assert_false(sq_allowance_equal(&other, &allowance));
        other.n = 2;
        other.item[1].tres[0] = 'x';
        assert_false(sq_allowance_equal(&allowance, &other));
}

/* --- against the evaluation ------------------------------------------------------------ */

static uint64_t seed;

static int64_t any(int64_t most) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return (int64_t)((seed >> 33) % (uint64_t)(most + 1));
}

static const char *const some_tres[] = {"cpu", "mem", "gres/gpu", "node"};

static void make_any_policy(void) {
        begin(NULL);
        policy.weights.n = 0;
        policy.billing = any(1) ? SQ_BILLING_SUM : SQ_BILLING_MAX_TRES;
        policy.grace_ratio.trillionths = any(100) * SQ_DECIMAL_ONE / 100;
        for (size_t i = 0; i < 4; i++) {
                assert_true(sq_quantities_set(&total, some_tres[i],
                                              sq_quantity_of(SQ_AMOUNT(any(1000000)))));
                assert_true(sq_weights_add(&policy.weights, some_tres[i],
                                           (struct sq_decimal){any(5) * SQ_DECIMAL_ONE / 4}));
        }
}

/* 1: somebody who used this may use more; -1: he may use nothing more; 0: he is at the very
 * limit, which may lie between two seconds. */
static int room_for(const struct sq_quantities *used) {
        int64_t sum = 0, limit = 0;
        int room = 1;

        for (size_t i = 0; i < allowance.n; i++) {
                const struct sq_allowance_item *item = &allowance.item[i];
                const int64_t seconds =
                        (int64_t)(sq_quantities_get(used, item->tres).units /
                                  SQ_UNITS_PER_SECOND);
                const int one = seconds < item->limit ? 1 : seconds > item->limit ? -1 : 0;

                if (!item->weight)
                        room = one < room ? one : room;
                sum += item->weight * seconds;
                limit = item->limit;
        }
        return policy.billing == SQ_BILLING_MAX_TRES ? room : sum < limit  ? 1
                                                      : sum > limit ? -1
                                                                    : 0;
}

static void it_says_the_same_as_the_percentage(void **state) {
        size_t beyond = 0, within = 0;

        (void)state;
        for (seed = 1; beyond + within < 4000;) {
                struct sq_quantities used = {.n = 0};
                struct sq_percentage percentage;
                bool stops;

                make_any_policy();
                for (size_t i = 0; i < 4; i++)
                        assert_true(sq_quantities_set(&used, some_tres[i],
                                                      sq_quantity_of(SQ_AMOUNT(any(1500000)))));
                make();
                if (!allowance.n)
                        continue;
                assert_int_equal(sq_percentage_make(&policy.weights,
                                                    (enum sq_billing)policy.billing, &used,
                                                    &total, &percentage, NULL),
                                 SQ_OK);
                stops = sq_percentage_reaches(&percentage,
                                              sq_grace_limit(policy.grace_ratio));
                if (room_for(&used) < 0)
                        assert_true(stops);
                else if (room_for(&used) > 0)
                        assert_false(stops);
                if (stops)
                        beyond++;
                else
                        within++;
        }
        assert_true(beyond > 500 && within > 500);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(one_tres_may_be_used_up_to_the_grace_limit, begin),
                cmocka_unit_test_setup(several_share_it_by_their_weights, begin),
                cmocka_unit_test_setup(without_billing_each_hour_counts_one, begin),
                cmocka_unit_test_setup(each_stands_for_itself_where_the_largest_counts, begin),
                cmocka_unit_test_setup(a_tres_of_weight_0_is_free, begin),
                cmocka_unit_test_setup(who_does_not_enforce_at_submission_allows_everything,
                                       begin),
                cmocka_unit_test_setup(who_neither_pauses_nor_blocks_allows_everything, begin),
                cmocka_unit_test_setup(the_lowest_threshold_that_refuses_is_the_limit, begin),
                cmocka_unit_test_setup(without_an_allocation_there_is_nothing_to_hold_to,
                                       begin),
                cmocka_unit_test_setup(an_allocation_of_nothing_allows_nothing, begin),
                cmocka_unit_test_setup(parts_of_a_second_are_not_given_away, begin),
                cmocka_unit_test_setup(weights_shrink_until_the_sum_fits, begin),
                cmocka_unit_test_setup(what_no_number_can_hold_is_not_held_to, begin),
                cmocka_unit_test_setup(the_order_does_not_matter, begin),
                cmocka_unit_test(it_says_the_same_as_the_percentage),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
