/* Which accounts a policy is for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
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
        assert_true(sq_scope_needs_tree(p, NULL));
        assert_true(sq_scope_has(p, NULL, t, "science"));
        assert_true(sq_scope_has(p, NULL, t, "physics"));
        assert_true(sq_scope_has(p, NULL, t, "astro"));
        assert_false(sq_scope_has(p, NULL, t, "arts"));
        assert_false(sq_scope_has(p, NULL, t, "unknown"));
        sq_associations_free(t);
        free(p);
}

static void a_group_is_a_pattern_for_names(void **state) {
        struct sq_policy *p = policy_for("phys*");

        (void)state;
        assert_false(sq_scope_needs_tree(p, NULL));
        assert_true(sq_scope_has(p, NULL, NULL, "physics"));
        assert_false(sq_scope_has(p, NULL, NULL, "astrophysics"));
        free(p);
}

static void every_account_is_every_one(void **state) {
        struct sq_policy *p = policy_for("science");

        (void)state;
        p->apply_to_all = true;
        assert_false(sq_scope_needs_tree(p, NULL));
        assert_true(sq_scope_has(p, NULL, NULL, "arts"));
        free(p);
}

static void a_tree_that_goes_round_has_an_end(void **state) {
        struct sq_policy *p = policy_for("science");
        struct sq_associations *t = tree();

        (void)state;
        assert_false(sq_scope_has(p, NULL, t, "circle"));
        sq_associations_free(t);
        free(p);
}

/* --- groups of the configuration ------------------------------------------------------ */

static struct sq_config *site(const char *text) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};

        if (sq_config_parse(text, strlen(text), "f.conf", &config, &err))
                fail_msg("%s", err.text);
        return config;
}

static void a_group_of_the_configuration_has_its_accounts_and_all_below_them(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site("[group lab]\naccounts = physics, chem_*\n");
        struct sq_policy *p = policy_for("lab");
        struct sq_associations *t = tree();

        (void)state;
        assert_true(sq_scope_needs_tree(p, config->groups));
        assert_true(sq_scope_has(p, config->groups, t, "physics"));
        assert_true(sq_scope_has(p, config->groups, t, "astro"));
        assert_true(sq_scope_has(p, config->groups, t, "chem_x"));
        assert_false(sq_scope_has(p, config->groups, t, "science"));
        assert_false(sq_scope_has(p, config->groups, t, "lab"));
        assert_false(sq_scope_has(p, NULL, t, "physics"));
        assert_true(sq_scope_has(p, config->groups, NULL, "physics"));
        assert_false(sq_scope_has(p, config->groups, NULL, "astro"));
        sq_associations_free(t);
        free(p);
}

static void a_pattern_in_a_group_is_for_names_alone(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site("[group lab]\naccounts = phys*\n");
        struct sq_policy *p = policy_for("lab");
        struct sq_associations *t = tree();

        (void)state;
        assert_false(sq_scope_needs_tree(p, config->groups));
        assert_true(sq_scope_has(p, config->groups, t, "physics"));
        assert_false(sq_scope_has(p, config->groups, t, "astro"));
        sq_associations_free(t);
        free(p);
}

static void a_group_hides_the_account_of_its_name(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site("[group physics]\naccounts = arts\n[group arts]\naccounts = arts, x\n");
        struct sq_policy *p = policy_for("physics");
        struct sq_associations *t = tree();

        (void)state;
        assert_true(sq_scope_has(p, config->groups, t, "arts"));
        assert_false(sq_scope_has(p, config->groups, t, "physics"));
        assert_false(sq_scope_has(p, config->groups, t, "astro"));
        /* What is in a group is an account, also where there is a group of that name. */
        assert_false(sq_scope_has(p, config->groups, t, "x"));
        sq_associations_free(t);
        free(p);
}

static void capitals_do_not_count(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site("[group lab]\naccounts = Arts, PHYS*\n");
        struct sq_policy *named = policy_for("Science"), *grouped = policy_for("lab");
        struct sq_associations *t = tree();

        (void)state;
        assert_true(sq_scope_has(named, NULL, t, "astro"));
        assert_true(sq_scope_has(grouped, config->groups, t, "arts"));
        assert_true(sq_scope_has(grouped, config->groups, t, "physics"));
        sq_associations_free(t);
        free(named);
        free(grouped);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_group_is_an_account_and_all_below_it),
                cmocka_unit_test(a_group_is_a_pattern_for_names),
                cmocka_unit_test(every_account_is_every_one),
                cmocka_unit_test(a_tree_that_goes_round_has_an_end),
                cmocka_unit_test(
                        a_group_of_the_configuration_has_its_accounts_and_all_below_them),
                cmocka_unit_test(a_pattern_in_a_group_is_for_names_alone),
                cmocka_unit_test(a_group_hides_the_account_of_its_name),
                cmocka_unit_test(capitals_do_not_count),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
