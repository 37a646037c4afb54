/* test_association.c - which users are in which accounts */
#include "fake_program.h"

#include <string.h>

#include "base/clock.h"
#include "slurm/association.h"

static struct sq_error error;

static struct sq_associations *parsed(const char *const *lines) {
        struct sq_associations *a = sq_associations_new();

        assert_non_null(a);
        for (; *lines; lines++)
                assert_int_equal(sq_associations_take(*lines, a, &error), SQ_OK);
        sq_associations_settle(a);
        return a;
}

/* The accounts of `user` as one text, "a b c". */
static const char *accounts(const struct sq_associations *a, const char *user) {
        static char text[1000];
        size_t first, n = sq_associations_of(a, user, &first), length = 0;

        text[0] = '\0';
        for (size_t i = 0; i < n; i++)
                length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                           i ? " " : "", sq_associations_account(a, first + i));
        return text;
}

static void each_user_has_the_accounts_once_and_by_name(void **state) {
        static const char *const lines[] = {
                "|root", "root|root", "|physics", "bob|physics", "alice|physics",
                "alice|chemistry", "alice|physics", "carol|zoo", "al|a", NULL};
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = parsed(lines);

        (void)state;
        assert_string_equal(accounts(a, "alice"), "chemistry physics");
        assert_string_equal(accounts(a, "bob"), "physics");
        assert_string_equal(accounts(a, "carol"), "zoo");
        assert_string_equal(accounts(a, "al"), "a");
        assert_string_equal(accounts(a, "root"), "root");
}

static void who_is_not_there_has_none(void **state) {
        static const char *const none[] = {NULL};
        static const char *const lines[] = {"bob|physics", NULL};
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *empty = parsed(none);
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = parsed(lines);
        static const char *const names[] = {"", "a", "bo", "bob ", "bobby", "zoe"};

        (void)state;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                assert_string_equal(accounts(empty, names[i]), "");
                assert_string_equal(accounts(a, names[i]), "");
        }
}

static void what_is_no_pair_of_names_is_passed_over(void **state) {
        static char longer[300] = "";
        const char *lines[] = {"", "|", "alice", "alice|", "alice|a|b", "a,b|x", "alice|x y",
                               " alice|x", "sacctmgr: error: no|", longer, "alice|good", NULL};
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = NULL;
        size_t first;

        (void)state;
        memset(longer, 'a', 256);
        strncat(longer, "|x", 3);
        a = parsed(lines);
        assert_string_equal(accounts(a, "alice"), "good");
        assert_int_equal(sq_associations_of(a, "sacctmgr: error: no", &first), 0);
        longer[256] = '\0';
        assert_int_equal(sq_associations_of(a, longer, &first), 0);
}

static void many_are_found_too(void **state) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = sq_associations_new();
        char line[64];

        (void)state;
        for (int i = 9999; i >= 0; i--) {
                snprintf(line, sizeof line, "user%d|account%d", i % 1000, i / 1000);
                assert_int_equal(sq_associations_take(line, a, &error), SQ_OK);
        }
        sq_associations_settle(a);
        assert_string_equal(accounts(a, "user777"),
                            "account0 account1 account2 account3 account4 account5 account6"
                            " account7 account8 account9");
}

static int ask(const char *script, struct sq_associations **ret) {
        return sq_associations_ask(fake_program(script),
                                   sq_monotonic_ns() + 5 * SQ_NS_PER_SECOND, ret, &error);
}

static void sacctmgr_is_asked_for_all_at_once(void **state) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = NULL;

        (void)state;
        assert_int_equal(ask("echo \"$*\" >arguments; echo 'alice|physics'; echo '|root'", &a),
                         SQ_OK);
        assert_string_equal(fake_arguments(), "-nP show associations format=user,account\n");
        assert_string_equal(accounts(a, "alice"), "physics");
}

static void a_sacctmgr_that_fails_is_no_answer(void **state) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = NULL;

        (void)state;
        assert_int_equal(ask("echo 'alice|physics'; echo 'error: no slurmdbd' >&2; exit 1", &a),
                         SQ_EIO);
        assert_non_null(strstr(error.text, "no slurmdbd"));
        assert_int_equal(ask("yes 'alice|physics'", &a), SQ_EIO);
        assert_int_equal(ask("head -c 10000 /dev/zero | tr '\\0' x", &a), SQ_EIO);
        assert_int_equal(sq_associations_ask(fake_program("sleep 100"), sq_monotonic_ns(), &a,
                                             &error),
                         SQ_EBUSY);
        assert_null(a);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_user_has_the_accounts_once_and_by_name),
                cmocka_unit_test(who_is_not_there_has_none),
                cmocka_unit_test(what_is_no_pair_of_names_is_passed_over),
                cmocka_unit_test(many_are_found_too),
                cmocka_unit_test(sacctmgr_is_asked_for_all_at_once),
                cmocka_unit_test(a_sacctmgr_that_fails_is_no_answer),
        };

        return cmocka_run_group_tests_name("association", tests, fake_start, fake_stop);
}
