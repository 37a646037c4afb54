/* test_token.c - API tokens in the ledger, and what is kept of their texts */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/token.h"
#include "server/auth/secret.h"

static const struct sq_actor root = {.name = "root", .reason = "ticket 7"};
static struct sq_error error;

static const char *hash_of(int number) {
        static char hash[SQ_SECRET_HASH_SIZE];

        snprintf(hash, sizeof hash, "%064d", number);
        return hash;
}

static int64_t make(struct fixture *f, int number, const char *name, const char *owner) {
        const struct sq_token token = {.hash = hash_of(number), .name = name, .owner = owner};
        int64_t id = 0;

        if (sq_token_create(f->ledger, &token, &root, &id, &error))
                fail_msg("%s", error.text);
        return id;
}

static int append(const struct sq_token *token, void *payload) {
        char *text = payload;
        const size_t n = strlen(text);

        snprintf(text + n, 1000 - n, "%s%lld %s of %s%s%s", n ? ", " : "",
                 (long long)token->id, token->name, token->owner, token->has_role ? " as " : "",
                 token->has_role ? sq_role_name(token->role) : "");
        return 0;
}

static const char *all(struct fixture *f, const char *owner) {
        static char text[1000];

        text[0] = '\0';
        assert_int_equal(sq_token_each(f->ledger, owner, append, text, &error), SQ_OK);
        return text;
}

static int copy(const struct sq_token *token, void *payload) {
        *(struct sq_token *)payload = *token;
        return 0;
}

static struct sq_token found(struct fixture *f, int number) {
        struct sq_token token = {.id = 0};

        assert_int_equal(sq_token_find(f->ledger, hash_of(number), copy, &token, &error),
                         SQ_OK);
        return token;
}

static void tokens_are_listed_by_number_and_by_owner(void **state) {
        struct fixture *f = *state;
        char third[SQ_SECRET_HASH_SIZE] = "";
        const struct sq_token capped = {.hash = third, .name = "read", .owner = "alice",
                                        .has_role = true, .role = SQ_ROLE_USER};
        int64_t id;

        memset(third, 'f', sizeof third - 1);
        make(f, 1, "deploy", "alice");
        make(f, 2, "deploy", "bob");
        assert_int_equal(sq_token_create(f->ledger, &capped, &root, &id, &error), SQ_OK);
        assert_string_equal(all(f, NULL), "1 deploy of alice, 2 deploy of bob,"
                                          " 3 read of alice as user");
        assert_string_equal(all(f, "bob"), "2 deploy of bob");
        assert_string_equal(all(f, "carol"), "");
}

static void one_is_found_by_the_hash_of_its_text(void **state) {
        struct fixture *f = *state;
        struct sq_token token;

        make(f, 1, "deploy", "alice");
        token = found(f, 1);
        assert_int_equal(token.id, 1);
        assert_true(token.created_at > 1700000000);
        assert_int_equal(token.expires_at, 0);
        assert_int_equal(token.last_used_at, 0);
        assert_false(token.has_role);
        assert_int_equal(sq_token_find(f->ledger, hash_of(2), copy, &token, &error),
                         SQ_ENOTFOUND);
        assert_int_equal(sq_token_find(f->ledger, "", copy, &token, &error), SQ_ENOTFOUND);
}

static void what_a_role_is_not_known_to_be_is_nothing(void **state) {
        struct fixture *f = *state;

        make(f, 1, "deploy", "alice");
        fixture_sql(f, "UPDATE token SET role = 'emperor'");
        assert_true(found(f, 1).has_role);
        assert_int_equal(found(f, 1).role, SQ_ROLE_NOBODY);
}

static void a_revoked_one_is_gone_and_stays_known(void **state) {
        struct fixture *f = *state;

        make(f, 1, "deploy", "alice");
        assert_int_equal(sq_token_revoke(f->ledger, 1, "bob", &root, &error), SQ_ENOTFOUND);
        assert_int_equal(found(f, 1).revoked_at, 0);
        assert_int_equal(sq_token_revoke(f->ledger, 1, "alice", &root, &error), SQ_OK);
        assert_true(found(f, 1).revoked_at > 0);
        assert_string_equal(all(f, NULL), "");
        assert_int_equal(sq_token_revoke(f->ledger, 1, NULL, &root, &error), SQ_ENOTFOUND);
        assert_int_equal(sq_token_revoke(f->ledger, 99, NULL, &root, &error), SQ_ENOTFOUND);
        assert_int_equal(make(f, 2, "deploy", "alice"), 2);
}

static void each_change_is_an_entry(void **state) {
        struct fixture *f = *state;

        make(f, 1, "deploy", "alice");
        assert_int_equal(sq_token_revoke(f->ledger, 1, NULL, &root, &error), SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'token' AND"
                                           " actor = 'root' AND reason IN"
                                           " ('made 1 \"deploy\" of alice: ticket 7',"
                                           " 'revoked 1 \"deploy\" of alice: ticket 7')"), 2);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE reason LIKE"
                                           " '%0000%'"), 0);
        fixture_verify(f);
}

static void a_name_is_taken_until_it_is_revoked(void **state) {
        struct fixture *f = *state;
        struct sq_token token = {.hash = hash_of(2), .name = "deploy", .owner = "alice"};
        int64_t id = 7;

        make(f, 1, "deploy", "alice");
        token.hash = hash_of(2);
        assert_int_equal(sq_token_create(f->ledger, &token, &root, &id, &error), SQ_EEXIST);
        token = (struct sq_token){.hash = hash_of(1), .name = "other", .owner = "bob"};
        assert_int_equal(sq_token_create(f->ledger, &token, &root, &id, &error), SQ_EEXIST);
        assert_int_equal(id, 7);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM token"), 1);
}

static void nobody_has_more_than_a_hundred(void **state) {
        struct fixture *f = *state;
        struct sq_token token = {.name = "one-more", .owner = "alice"};
        char name[16];
        int64_t id;

        for (int i = 0; i < SQ_TOKENS_PER_OWNER; i++) {
                snprintf(name, sizeof name, "t%d", i);
                make(f, i, name, "alice");
        }
        token.hash = hash_of(5000);
        assert_int_equal(sq_token_create(f->ledger, &token, &root, &id, &error), SQ_ERANGE);
        assert_int_equal(sq_token_revoke(f->ledger, 50, NULL, &root, &error), SQ_OK);
        assert_int_equal(sq_token_create(f->ledger, &token, &root, &id, &error), SQ_OK);
        make(f, 6000, "one-more", "bob");
}

static void names_are_words(void **state) {
        static const char *const good[] = {"a", "deploy", "ci_7", "x.y-z", "7"};
        static const char *const bad[] = {"", "a b", "-a", ".a", "a/b", "a\n", "\xc3\xa4",
                                          "a\"b", "a%s"};
        char name[SQ_TOKEN_NAME_MAX + 2];

        (void)state;
        for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
                assert_int_equal(sq_token_check_name(good[i], &error), SQ_OK);
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                if (sq_token_check_name(bad[i], &error) != SQ_EINVAL)
                        fail_msg("accepted: %s", bad[i]);
        memset(name, 'a', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        assert_int_equal(sq_token_check_name(name, &error), SQ_EINVAL);
        name[SQ_TOKEN_NAME_MAX] = '\0';
        assert_int_equal(sq_token_check_name(name, &error), SQ_OK);
}

static void its_use_is_noted_and_never_goes_back(void **state) {
        struct fixture *f = *state;

        make(f, 1, "deploy", "alice");
        assert_int_equal(sq_token_touch(f->ledger, 1, 1000, &error), SQ_OK);
        assert_int_equal(found(f, 1).last_used_at, 1000);
        assert_int_equal(sq_token_touch(f->ledger, 1, 900, &error), SQ_OK);
        assert_int_equal(found(f, 1).last_used_at, 1000);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM entry WHERE kind = 'token'"),
                         1);
}

static void secrets_are_never_the_same(void **state) {
        char one[SQ_SECRET_SIZE], other[SQ_SECRET_SIZE];
        char hash[SQ_SECRET_HASH_SIZE], again[SQ_SECRET_HASH_SIZE];

        (void)state;
        assert_int_equal(sq_secret_make(one, hash, &error), SQ_OK);
        assert_int_equal(strlen(one), SQ_SECRET_SIZE - 1);
        assert_int_equal(strncmp(one, "sqt_", 4), 0);
        assert_true(sq_secret_hash(one, again));
        assert_true(sq_secret_is_hash(hash, again));
        assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
        assert_int_equal(sq_secret_make(other, again, &error), SQ_OK);
        assert_string_not_equal(one, other);
        assert_false(sq_secret_is_hash(hash, again));
        assert_null(strstr(hash, one + 4));
}

static void every_bit_of_a_secret_counts(void **state) {
        char text[SQ_SECRET_SIZE], hash[SQ_SECRET_HASH_SIZE], other[SQ_SECRET_HASH_SIZE];

        (void)state;
        assert_int_equal(sq_secret_make(text, hash, &error), SQ_OK);
        for (size_t i = 0; i < sizeof text - 1; i++)
                for (int bit = 0; bit < 8; bit++) {
                        text[i] = (char)(text[i] ^ 1 << bit);
                        if (sq_secret_hash(text, other) && sq_secret_is_hash(hash, other))
                                fail_msg("bit %d of byte %zu does not count", bit, i);
                        text[i] = (char)(text[i] ^ 1 << bit);
                }
        assert_true(sq_secret_hash(text, other));
        assert_true(sq_secret_is_hash(hash, other));
}

static void what_cannot_be_a_secret_is_not_hashed(void **state) {
        char text[SQ_SECRET_SIZE + 4], hash[SQ_SECRET_HASH_SIZE];

        (void)state;
        assert_int_equal(sq_secret_make(text, hash, &error), SQ_OK);
        assert_false(sq_secret_hash("", hash));
        assert_false(sq_secret_hash("sqt_", hash));
        assert_false(sq_secret_hash(text + 1, hash));
        strncat(text, "A", 2);
        assert_false(sq_secret_hash(text, hash));
        text[SQ_SECRET_SIZE - 2] = '\0';
        assert_false(sq_secret_hash(text, hash));
        assert_false(sq_secret_is_hash("", ""));
}

#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                WITH_LEDGER(tokens_are_listed_by_number_and_by_owner),
                WITH_LEDGER(one_is_found_by_the_hash_of_its_text),
                WITH_LEDGER(what_a_role_is_not_known_to_be_is_nothing),
                WITH_LEDGER(a_revoked_one_is_gone_and_stays_known),
                WITH_LEDGER(each_change_is_an_entry),
                WITH_LEDGER(a_name_is_taken_until_it_is_revoked),
                WITH_LEDGER(nobody_has_more_than_a_hundred),
                cmocka_unit_test(names_are_words),
                WITH_LEDGER(its_use_is_noted_and_never_goes_back),
                cmocka_unit_test(secrets_are_never_the_same),
                cmocka_unit_test(every_bit_of_a_secret_counts),
                cmocka_unit_test(what_cannot_be_a_secret_is_not_hashed),
        };

        return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
