/* test_refund.c - the rules by which a part of a charge is given back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "ledger/refund.h"

static struct sq_refunds parsed(const char *text) {
        struct sq_refunds refunds;
        struct sq_error err;

        memset(&refunds, 0x5a, sizeof refunds);
        if (sq_refunds_parse(text, &refunds, &err))
                fail_msg("%s: %s", text, err.text);
        return refunds;
}

static void assert_refused(const char *text, const char *message) {
        struct sq_refunds refunds = {.percent = {4711}};
        struct sq_error err;

        if (sq_refunds_parse(text, &refunds, &err) != SQ_EINVAL)
                fail_msg("accepted: %s", text);
        assert_string_equal(err.text, message);
        assert_non_null(strstr(err.hint, "node_fail:100%, preempted:50%"));
        assert_int_equal(refunds.percent[0], 4711);
        assert_int_equal(sq_refunds_parse(text, &refunds, NULL), SQ_EINVAL);
}

static void each_state_has_its_percentage(void **state) {
        const struct sq_refunds refunds = parsed("node_fail:100%, preempted:50%");

        (void)state;
        assert_int_equal(sq_refunds_percent(&refunds, "NODE_FAIL"), 100);
        assert_int_equal(sq_refunds_percent(&refunds, "PREEMPTED"), 50);
        assert_int_equal(sq_refunds_percent(&refunds, "COMPLETED"), 0);
}

static void every_word_of_slurms_is_known_in_any_case(void **state) {
        static const char *const words[] = {
                "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL",
                "DEADLINE", "OUT_OF_MEMORY", "COMPLETED", "REQUEUED", "Out_Of_memory",
                "completed",
        };

        (void)state;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
                struct sq_refunds refunds;
                char text[32];

                snprintf(text, sizeof text, "%s:7%%", words[i]);
                refunds = parsed(text);
                assert_int_equal(sq_refunds_percent(&refunds, words[i]), 7);
                assert_int_equal(sq_refunds_percent(&refunds, "SUSPENDED"), 0);
        }
}

static void an_empty_text_is_no_rule(void **state) {
        static const char *const texts[] = {"", " ", "\t "};

        (void)state;
        for (size_t i = 0; i < 3; i++) {
                const struct sq_refunds refunds = parsed(texts[i]);

                for (int j = 0; j < SQ_REFUND_STATES; j++)
                        assert_int_equal(refunds.percent[j], 0);
        }
}

static void blanks_do_not_matter(void **state) {
        const struct sq_refunds refunds = parsed(" timeout :\t1 % ,failed: 0% ");

        (void)state;
        assert_int_equal(sq_refunds_percent(&refunds, "TIMEOUT"), 1);
        assert_int_equal(sq_refunds_percent(&refunds, "FAILED"), 0);
}

static void the_first_word_of_a_state_counts(void **state) {
        const struct sq_refunds refunds = parsed("cancelled:25%");

        (void)state;
        assert_int_equal(sq_refunds_percent(&refunds, "CANCELLED by 1000"), 25);
        assert_int_equal(sq_refunds_percent(&refunds, "CANCELLEDX"), 0);
        assert_int_equal(sq_refunds_percent(&refunds, "CANCEL"), 0);
        assert_int_equal(sq_refunds_percent(&refunds, ""), 0);
        assert_int_equal(sq_refunds_percent(&refunds, NULL), 0);
}

static void what_is_no_rule_is_an_error_that_names_it(void **state) {
        (void)state;
        assert_refused("node_fail", "refund rule \"node_fail\" is not STATE:PERCENT%");
        assert_refused("node_fail:100%, ", "refund rule \"\" is not STATE:PERCENT%");
        assert_refused("node_fail:100%,", "refund rule \"\" is not STATE:PERCENT%");
        assert_refused(",node_fail:100%", "refund rule \"\" is not STATE:PERCENT%");
        assert_refused("node_fail:100% preempted:50%",
                       "refund rule \"node_fail:100% preempted:50%\" does not end with a whole"
                       " percentage from 0% to 100%");
        assert_refused("node_fail:1%, running:5%",
                       "refund rule \"running:5%\" names no state that a job ends with");
        assert_refused(":5%", "refund rule \":5%\" names no state that a job ends with");
        assert_refused("failed:1%,timeout:2%, Failed:1%",
                       "refund rule \"Failed:1%\" is the second one for its state");
}

static void a_percentage_is_whole_and_at_most_100(void **state) {
        static const char *const wrong[] = {
                "failed:101%", "failed:50", "failed:%", "failed:", "failed:-5%", "failed:+5%",
                "failed:0.5%", "failed:5%%", "failed:1e1%", "failed:99999999999999999999%",
                "failed:4294967297%", "failed:0x5%", "failed:5%:6%",
        };

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct sq_refunds refunds;
                struct sq_error err;

                assert_int_equal(sq_refunds_parse(wrong[i], &refunds, &err), SQ_EINVAL);
                if (!strstr(err.text, "does not end with a whole percentage from 0% to 100%"))
                        fail_msg("%s: %s", wrong[i], err.text);
        }
}

static void a_part_of_an_amount_is_rounded_half_up(void **state) {
        static const struct {
                int64_t amount;
                int percent;
                int64_t part;
        } cases[] = {
                {0, 100, 0}, {1, 100, 1}, {1, 49, 0}, {1, 50, 1}, {3, 50, 2}, {99, 1, 1},
                {49, 1, 0}, {50, 1, 1}, {149, 1, 1}, {150, 1, 2}, {12345, 33, 4074},
                {INT64_MAX, 100, INT64_MAX}, {INT64_MAX, 0, 0},
                {INT64_MAX, 50, INT64_MAX / 2 + 1}, {INT64_MAX - 1, 50, INT64_MAX / 2},
                {-1, 50, -1}, {-1, 49, 0}, {-150, 1, -2}, {-12345, 33, -4074},
                {INT64_MIN, 100, INT64_MIN},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_int_equal(sq_refund_of(SQ_AMOUNT(cases[i].amount), cases[i].percent)
                                         .seconds,
                                 cases[i].part);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_state_has_its_percentage),
                cmocka_unit_test(every_word_of_slurms_is_known_in_any_case),
                cmocka_unit_test(an_empty_text_is_no_rule),
                cmocka_unit_test(blanks_do_not_matter),
                cmocka_unit_test(the_first_word_of_a_state_counts),
                cmocka_unit_test(what_is_no_rule_is_an_error_that_names_it),
                cmocka_unit_test(a_percentage_is_whole_and_at_most_100),
                cmocka_unit_test(a_part_of_an_amount_is_rounded_half_up),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
