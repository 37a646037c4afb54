/* Groups of accounts in the configuration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/config.h"

static struct sq_config *parsed(const char *text) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};

        if (sq_config_parse(text, strlen(text), "f.conf", &config, &err) != SQ_OK)
                fail_msg("%s", err.text);
        return config;
}

static struct sq_error refused(const char *text) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};

        if (sq_config_parse(text, strlen(text), "f.conf", &config, &err) != SQ_EINVAL)
                fail_msg("accepted: %s", text);
        assert_null(config);
        return err;
}

#define assert_refused(input, message)                                                  \
        do {                                                                            \
                struct sq_error err_ = refused(input);                                  \
                assert_string_equal(err_.text, "f.conf:" message);                      \
        } while (0)

static const char *text_of(const struct sq_config *config, const char *group) {
        const struct sq_account_group *found = sq_account_group_find(config->groups, group);

        return found ? found->text : "(none)";
}

static void groups_have_names_and_patterns_in_the_order_of_the_file(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                parsed("[group physics]\naccounts = astro,  phys_*\t,[ab]lab\n"
                       "[hook]\ndeadline_ms = 5\n"
                       "[group  Life-Sciences_2.0]\naccounts: b\xc3\xbc" "cher\n");
        const struct sq_account_group *group;

        (void)state;
        assert_int_equal(config->groups->n, 2);
        assert_int_equal(config->hook.deadline_ms, 5);
        group = sq_account_group_find(config->groups, "physics");
        assert_non_null(group);
        assert_int_equal(group->n, 3);
        assert_string_equal(group->account[0], "astro");
        assert_string_equal(group->account[1], "phys_*");
        assert_string_equal(group->account[2], "[ab]lab");
        assert_int_equal(group->line, 1);
        assert_string_equal(text_of(config, "Life-Sciences_2.0"), "b\xc3\xbc" "cher");
        assert_string_equal(text_of(config, "life-sciences_2.0"), "(none)");
        assert_null(sq_account_group_find(NULL, "physics"));
}

static void without_sections_there_are_no_groups(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = parsed("");

        (void)state;
        assert_int_equal(config->groups->n, 0);
}

static void the_accounts_go_on_in_indented_lines(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                parsed("\xef\xbb\xbf[group a]\naccounts =\n        one, two,\n"
                       "        # those of last year\n        [x]three\n\n"
                       "[group b]\naccounts = four\n        five");

        (void)state;
        assert_string_equal(text_of(config, "a"), "one, two, [x]three");
        assert_string_equal(text_of(config, "b"), "four, five");
}

static void a_name_may_be_longer_than_inih_keeps(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        char text[200], name[65];

        (void)state;
        memset(name, 'n', 64);
        name[64] = '\0';
        snprintf(text, sizeof text, "[group %s]\naccounts = a\n", name);
        config = parsed(text);
        assert_string_equal(text_of(config, name), "a");
        snprintf(text, sizeof text, "[group %sx]\naccounts = a\n", name);
        assert_non_null(strstr(refused(text).text, "a group cannot be called"));
}

static void settings_of_groups_come_behind_the_others(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                parsed("[group physics]\n\naccounts = a,b\n[client]\ntimeout_seconds = 3\n");
        struct sq_setting s = {.section = NULL};
        size_t n = 0;

        (void)state;
        while (sq_config_setting(config, n, &s))
                n++;
        assert_string_equal(s.section, "group");
        assert_string_equal(s.name, "physics");
        assert_string_equal(s.key, "accounts");
        assert_string_equal(s.value, "a, b");
        assert_null(s.default_value);
        assert_int_equal(s.line, 3);
        assert_true(sq_config_setting(config, n - 2, &s));
        assert_null(s.name);
}

static void a_group_is_there_once(void **state) {
        (void)state;
        assert_refused("[group a]\naccounts = x\n[group b]\naccounts = x\n[group a]\n",
                       "5: the group \"a\" was there before, on line 1");
        assert_refused("[group a]\naccounts = x\n\naccounts = y\n",
                       "4: accounts was set before, on line 2");
        assert_refused("[group a]\naccounts = x, y,\n        x\n",
                       "3: \"x\" is in the group twice");
}

static void a_group_has_accounts(void **state) {
        (void)state;
        assert_refused("[group a]\n[hook]\ndeadline_ms = 5\n",
                       "1: the group \"a\" has no accounts");
        assert_refused("\n[group a]\naccounts =\n", "2: the group \"a\" has no accounts");
        assert_refused("[group a]\n[group b]\naccounts = x\n",
                       "1: the group \"a\" has no accounts");
        assert_string_equal(refused("[group a]\n").hint, "Write: accounts = NAME, NAME");
}

static void a_group_has_a_name(void **state) {
        static const char *const wrong[] = {"",     " ",   " a b", " -a", " .a", " a,b",
                                            " a*",  " [a", " \xc3\xbc", " a/b"};
        char text[64];

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct sq_error err;

                snprintf(text, sizeof text, "[group%s]\naccounts = x\n", wrong[i]);
                err = refused(text);
                if (strncmp(err.text, "f.conf:1: a group cannot be called", 34))
                        fail_msg("%s: %s", wrong[i], err.text);
        }
        assert_refused("[groups]\n", "1: unknown section [groups]");
        assert_refused("[group a\naccounts = x\n", "1: the section's \"]\" is missing");
}

static void what_is_no_account_is_named(void **state) {
        static const char *const wrong[] = {"a b", "a,,b", ",a", "a=b", "a;b", "-a", "a\"b",
                                            "a%b", "a\\b", "\xff", "\xc2\x80"};
        char text[64];

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                struct sq_error err;

                snprintf(text, sizeof text, "[group g]\naccounts = %s\n", wrong[i]);
                err = refused(text);
                if (strncmp(err.text, "f.conf:2: \"", 11) ||
                    !strstr(err.text, "is neither an account nor a pattern"))
                        fail_msg("%s: %s", wrong[i], err.text);
        }
        assert_refused("[group g]\naccounts = a b\n",
                       "2: \"a b\" is neither an account nor a pattern");
        assert_refused("[group g]\nusers = a\n",
                       "2: unknown key \"users\" in section [group g]");
}

/* inih would take the rest for one, and half of the accounts with it. */
static void a_comment_behind_the_accounts_is_an_error(void **state) {
        (void)state;
        assert_refused("[group g]\naccounts = a ; b\n",
                       "2: a comment behind the accounts of the group \"g\"");
        assert_refused("[group g]\naccounts = a,\n        b\t;c\n",
                       "3: a comment behind the accounts of the group \"g\"");
        assert_refused("[group g]\naccounts = a # b\n",
                       "2: a comment behind the accounts of the group \"g\"");
}

static void the_accounts_have_a_bound(void **state) {
        char text[8192] = "[group g]\naccounts =\n";
        size_t n = strlen(text);

        (void)state;
        for (int i = 0; i < 50; i++)
                n += (size_t)snprintf(text + n, sizeof text - n, "        %03d%0100d\n", i, 0);
        assert_non_null(strstr(refused(text).text, "the list is longer than 4096 bytes"));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(groups_have_names_and_patterns_in_the_order_of_the_file),
                cmocka_unit_test(without_sections_there_are_no_groups),
                cmocka_unit_test(the_accounts_go_on_in_indented_lines),
                cmocka_unit_test(a_name_may_be_longer_than_inih_keeps),
                cmocka_unit_test(settings_of_groups_come_behind_the_others),
                cmocka_unit_test(a_group_is_there_once),
                cmocka_unit_test(a_group_has_accounts),
                cmocka_unit_test(a_group_has_a_name),
                cmocka_unit_test(what_is_no_account_is_named),
                cmocka_unit_test(a_comment_behind_the_accounts_is_an_error),
                cmocka_unit_test(the_accounts_have_a_bound),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
