/* Which accounts a policy is for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "governor/scope.h"

static struct sq_policy *policy_for(const char *group) {
        struct sq_policy *p = malloc(sizeof *p);

        assert_non_null(p);
        sq_policy_init(p);
        p->groups.n = 1;
        snprintf(p->groups.name[0], sizeof p->groups.name[0], "%s", group);
        return p;
}

static struct sq_associations *tree(void) {
        static const char *const lines[] = {"root|", "science|root", "physics|science",
                                            "astro|physics", "arts|root", "physics|",
                                            "circle|circle"};
        struct sq_associations *a = sq_associations_new();

        assert_non_null(a);
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                assert_int_equal(sq_associations_take(lines[i], a, NULL), SQ_OK);
        sq_associations_settle(a);
        return a;
}

static void a_group_is_an_account_and_all_below_it(void **state) {
        struct sq_policy *p = policy_for("science");
        struct sq_associations *t = tree();

        (void)state;
        assert_true(sq_scope_needs_tree(p));
        assert_true(sq_scope_has(p, t, "science"));
        assert_true(sq_scope_has(p, t, "physics"));
        assert_true(sq_scope_has(p, t, "astro"));
        assert_false(sq_scope_has(p, t, "arts"));
        assert_false(sq_scope_has(p, t, "unknown"));
        sq_associations_free(t);
        free(p);
}

static void a_group_is_a_pattern_for_names(void **state) {
        struct sq_policy *p = policy_for("phys*");

        (void)state;
        assert_false(sq_scope_needs_tree(p));
        assert_true(sq_scope_has(p, NULL, "physics"));
        assert_false(sq_scope_has(p, NULL, "astrophysics"));
        free(p);
}

static void every_account_is_every_one(void **state) {
        struct sq_policy *p = policy_for("science");

        (void)state;
        p->apply_to_all = true;
        assert_false(sq_scope_needs_tree(p));
        assert_true(sq_scope_has(p, NULL, "arts"));
        free(p);
}

static void a_tree_that_goes_round_has_an_end(void **state) {
        struct sq_policy *p = policy_for("science");
        struct sq_associations *t = tree();

        (void)state;
        assert_false(sq_scope_has(p, t, "circle"));
        sq_associations_free(t);
        free(p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_group_is_an_account_and_all_below_it),
                cmocka_unit_test(a_group_is_a_pattern_for_names),
                cmocka_unit_test(every_account_is_every_one),
                cmocka_unit_test(a_tree_that_goes_round_has_an_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
