/* test_privilege.c - who is operator, administrator or coordinator */
#include "fake_program.h"

#include <string.h>

#include "base/clock.h"
#include "slurm/privilege.h"

static struct sq_error error;

static struct sq_privileges *parsed(const char *const *levels, const char *const *accounts) {
        struct sq_privileges *p = sq_privileges_new();

        assert_non_null(p);
        for (; *levels; levels++)
                assert_int_equal(sq_privileges_take_level(*levels, p, &error), SQ_OK);
        for (; *accounts; accounts++)
                assert_int_equal(sq_privileges_take_account(*accounts, p, &error), SQ_OK);
        sq_privileges_settle(p);
        return p;
}

static const char *const none[] = {NULL};

/* "child parent" */
static const char *coordinated(const struct sq_privileges *p, const char *user) {
        static char text[1000];
        size_t first, n = sq_privileges_coordinated(p, user, &first), length = 0;

        text[0] = '\0';
        for (size_t i = first; i < first + n; i++)
                length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                           length ? " " : "", sq_privileges_account(p, i));
        return text;
}

static void levels_are_those_that_slurmdbd_names(void **state) {
        static const char *const levels[] = {"alice|Operator", "bob|None",
                                             "carol|Administrator", "root|Administrator",
                                             "dave|Not Set", "eve|", NULL};
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = parsed(levels, none);
        enum sq_role role;

        (void)state;
        assert_int_equal(sq_privileges_level(p, "alice"), SQ_ROLE_OPERATOR);
        assert_int_equal(sq_privileges_level(p, "bob"), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_level(p, "carol"), SQ_ROLE_ADMINISTRATOR);
        assert_int_equal(sq_privileges_level(p, "dave"), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_level(p, "eve"), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_level(p, "frank"), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_level(p, ""), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_levels(p), 3);
        assert_string_equal(sq_privileges_level_at(p, 1, &role), "carol");
        assert_int_equal(role, SQ_ROLE_ADMINISTRATOR);
}

static void what_is_no_level_makes_nobody_more(void **state) {
        static const char *const levels[] = {
                "alice", "alice|operator", "alice|Operator ", "alice|Operators", "|Operator",
                "alice|Administrator|x", "alice|Operator|", "alice x|Operator",
                "alice,bob|Operator", "alice|5", "sacctmgr: error: alice|Administratorx", "",
                NULL};
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = parsed(levels, none);

        (void)state;
        assert_int_equal(sq_privileges_level(p, "alice"), SQ_ROLE_USER);
        assert_int_equal(sq_privileges_levels(p), 0);
}

/* As sacctmgr 22.05 prints it: who coordinates the parent is named at its children. */
static void coordinators_have_the_accounts_in_whose_lines_they_are(void **state) {
        static const char *const accounts[] = {"biology|", "child|alice,bob,carol",
                                               "grandchild|alice,bob,carol", "parent|alice",
                                               "physics|bob,carol,bob", "root|", NULL};
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = parsed(none, accounts);

        (void)state;
        assert_string_equal(coordinated(p, "alice"), "child grandchild parent");
        assert_string_equal(coordinated(p, "bob"), "child grandchild physics");
        assert_string_equal(coordinated(p, "dave"), "");
        assert_true(sq_privileges_coordinates(p, "alice", "parent"));
        assert_false(sq_privileges_coordinates(p, "bob", "parent"));
        assert_false(sq_privileges_coordinates(p, "alice", "biology"));
        assert_false(sq_privileges_coordinates(p, "alice", "par"));
        assert_false(sq_privileges_coordinates(p, "", ""));
        assert_int_equal(sq_privileges_coordinators(p), 9);
        assert_string_equal(sq_privileges_coordinator(p, 0), "alice");
        assert_string_equal(sq_privileges_account(p, 0), "child");
}

static void what_is_no_name_coordinates_nothing(void **state) {
        static char longer[600] = "";
        const char *accounts[] = {"", "|", "|alice", "physics", "physics|,,a b,,alice,",
                                  "a|b|alice", "a,b|alice", longer, NULL};
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = NULL;

        (void)state;
        memset(longer, 'x', 300);
        strncat(longer, "|alice", 10);
        p = parsed(none, accounts);
        assert_string_equal(coordinated(p, "alice"), "physics");
        assert_int_equal(sq_privileges_coordinators(p), 1);
}

static int ask(const char *script, struct sq_privileges **ret) {
        return sq_privileges_ask(fake_program(script), sq_monotonic_ns() + 5 * SQ_NS_PER_SECOND,
                                 ret, &error);
}

static void sacctmgr_is_asked_twice(void **state) {
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = NULL;

        (void)state;
        assert_int_equal(ask("echo \"$*\" >>arguments\n"
                             "case $* in *adminlevel) echo 'alice|Operator' ;;\n"
                             "*) echo 'physics|bob' ;; esac", &p), SQ_OK);
        assert_string_equal(fake_arguments(), "-nP show user format=user,adminlevel\n"
                                              "-nP show account withcoord format=account,coord"
                                              "\n");
        assert_int_equal(sq_privileges_level(p, "alice"), SQ_ROLE_OPERATOR);
        assert_string_equal(coordinated(p, "bob"), "physics");
}

static void half_an_answer_is_none(void **state) {
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = NULL;

        (void)state;
        assert_int_equal(ask("case $* in *adminlevel) echo 'alice|Operator' ;;\n"
                             "*) echo 'error: no slurmdbd' >&2; exit 1 ;; esac", &p), SQ_EIO);
        assert_non_null(strstr(error.text, "no slurmdbd"));
        assert_int_equal(ask("exit 1", &p), SQ_EIO);
        assert_int_equal(ask("case $* in *adminlevel) ;; *) yes 'a|b' ;; esac", &p), SQ_EIO);
        assert_int_equal(sq_privileges_ask(fake_program("sleep 100"), sq_monotonic_ns(), &p,
                                           &error), SQ_EBUSY);
        assert_null(p);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(levels_are_those_that_slurmdbd_names),
                cmocka_unit_test(what_is_no_level_makes_nobody_more),
                cmocka_unit_test(coordinators_have_the_accounts_in_whose_lines_they_are),
                cmocka_unit_test(what_is_no_name_coordinates_nothing),
                cmocka_unit_test(sacctmgr_is_asked_twice),
                cmocka_unit_test(half_an_answer_is_none),
        };

        return cmocka_run_group_tests_name("privilege", tests, fake_start, fake_stop);
}
