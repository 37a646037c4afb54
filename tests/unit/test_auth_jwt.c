/* test_auth_jwt.c - tokens of Slurm, good ones and forged ones */
#include "fixture.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jwt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/auth/jwt.h"

#define NOW 1800000000LL

static const char key[] = "0123456789abcdef0123456789abcdef";
static char folder[64], path[96];
static struct sq_error error;
static struct sq_jwt *jwt;

/* A new file each time, as an administrator's editor makes it. */
static void write_key(const char *text, mode_t mode) {
        char fresh[128];
        FILE *file;

        snprintf(fresh, sizeof fresh, "%s.new", path);
        file = fopen(fresh, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        assert_int_equal(chmod(fresh, mode), 0);
        assert_int_equal(rename(fresh, path), 0);
}

static int start(void **state) {
        (void)state;
        fixture_make_directory(folder);
        snprintf(path, sizeof path, "%s/jwt.key", folder);
        write_key(key, 0600);
        return sq_jwt_open(path, &jwt, NULL);
}

static int stop(void **state) {
        (void)state;
        sq_jwt_close(jwt);
        fixture_remove_directory(folder);
        return 0;
}

static char *encode(const char *text, char *to, size_t size) {
        return sodium_bin2base64(to, size, (const unsigned char *)text, strlen(text),
                                 sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* Head and claims as they stand, signed with HMAC-SHA-256 by `with`. */
static const char *signed_with(const char *with, const char *head, const char *claims) {
        static char token[4096];
        unsigned char mac[32];
        crypto_auth_hmacsha256_state hmac;
        size_t n;

        encode(head, token, 1000);
        n = strlen(token);
        token[n++] = '.';
        encode(claims, token + n, 2000);
        crypto_auth_hmacsha256_init(&hmac, (const unsigned char *)with, strlen(with));
        crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)token, strlen(token));
        crypto_auth_hmacsha256_final(&hmac, mac);
        n = strlen(token);
        token[n++] = '.';
        sodium_bin2base64(token + n, 100, mac, sizeof mac,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        return token;
}

#define HEAD "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static const char *good(void) {
        return signed_with(key, HEAD, "{\"exp\":1800000060,\"iat\":1799999999,"
                                      "\"sun\":\"alice\"}");
}

static int check(const char *token, char name[SQ_NAME_SIZE]) {
        error.text[0] = '\0';
        return sq_jwt_check(jwt, token, NOW, name, &error);
}

static void refused(const char *token, const char *why) {
        char name[SQ_NAME_SIZE] = "untouched";

        if (check(token, name) != SQ_EACCESS)
                fail_msg("%s: %s, %s", token, name, error.text);
        assert_string_equal(name, "untouched");
        if (!strstr(error.text, why))
                fail_msg("\"%s\" does not say \"%s\"", error.text, why);
}

static void claims_refused(const char *claims, const char *why) {
        refused(signed_with(key, HEAD, claims), why);
}

static void a_token_of_slurm_says_whose_it_is(void **state) {
        char name[SQ_NAME_SIZE];

        (void)state;
        assert_int_equal(check(good(), name), SQ_OK);
        assert_string_equal(name, "alice");
        assert_int_equal(check(signed_with(key, HEAD, "{\"exp\":1800000060,\"iat\":1799999999,"
                                                      "\"username\":\"bob\"}"), name), SQ_OK);
        assert_string_equal(name, "bob");
}

/* What `scontrol token` makes has no "typ" of its own, and libjwt's order of claims. */
static void so_does_what_the_library_makes(void **state) {
        char name[SQ_NAME_SIZE];
        jwt_t *token;
        char *text;

        (void)state;
        assert_int_equal(jwt_new(&token), 0);
        jwt_add_grant_int(token, "iat", NOW);
        jwt_add_grant_int(token, "exp", NOW + 1800);
        jwt_add_grant(token, "sun", "carol");
        jwt_set_alg(token, JWT_ALG_HS256, (const unsigned char *)key, (int)strlen(key));
        text = jwt_encode_str(token);
        assert_int_equal(check(text, name), SQ_OK);
        assert_string_equal(name, "carol");
        free(text);
        jwt_set_alg(token, JWT_ALG_HS512, (const unsigned char *)key, (int)strlen(key));
        text = jwt_encode_str(token);
        refused(text, "not HS256");
        free(text);
        jwt_set_alg(token, JWT_ALG_NONE, NULL, 0);
        text = jwt_encode_str(token);
        refused(text, "");
        free(text);
        jwt_free(token);
}

static void one_that_another_key_has_signed_is_forged(void **state) {
        (void)state;
        refused(signed_with("0123456789abcdef0123456789abcdeg", HEAD,
                            "{\"exp\":1800000060,\"iat\":1799999999,\"sun\":\"alice\"}"),
                "signature");
        refused(signed_with("", HEAD,
                            "{\"exp\":1800000060,\"iat\":1799999999,\"sun\":\"alice\"}"),
                "signature");
}

static void one_without_a_signature_is_forged(void **state) {
        static const char *const heads[] = {"{\"alg\":\"none\"}", "{\"alg\":\"None\"}",
                                            "{\"alg\":\"nOnE\"}", "{\"alg\":\"NONE\"}",
                                            "{}", "{\"alg\":null}", "{\"alg\":\"RS256\"}",
                                            "{\"alg\":\"HS1\"}", "[]", "\"HS256\""};
        char token[4096];

        (void)state;
        for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
                snprintf(token, sizeof token, "%s",
                         signed_with(key, heads[i], "{\"exp\":1800000060,\"iat\":1799999999,"
                                                    "\"sun\":\"root\"}"));
                refused(token, "");
                strrchr(token, '.')[1] = '\0'; /* nothing behind the second dot */
                refused(token, "");
        }
}

static void a_changed_character_makes_it_another(void **state) {
        char token[4096], name[SQ_NAME_SIZE];
        size_t length;

        (void)state;
        snprintf(token, sizeof token, "%s", good());
        length = strlen(token);
        /* The last one holds two bits of nothing. */
        for (size_t i = 0; i + 1 < length; i++) {
                const char before = token[i];

                token[i] = before == 'A' ? 'B' : 'A';
                if (check(token, name) == SQ_OK)
                        fail_msg("accepted with another character at %zu", i);
                token[i] = before;
        }
        for (size_t n = 0; n + 1 < length; n++) {
                token[n] = '\0';
                if (check(token, name) == SQ_OK)
                        fail_msg("accepted when cut off at %zu", n);
                token[n] = good()[n];
        }
}

static void expired_ones_and_those_of_tomorrow_are_refused(void **state) {
        char name[SQ_NAME_SIZE];

        (void)state;
        claims_refused("{\"exp\":1800000000,\"iat\":1799999000,\"sun\":\"alice\"}", "expired");
        claims_refused("{\"exp\":1,\"iat\":1,\"sun\":\"alice\"}", "expired");
        claims_refused("{\"exp\":-5,\"iat\":1,\"sun\":\"alice\"}", "from when");
        claims_refused("{\"exp\":1900000000,\"iat\":1800000061,\"sun\":\"alice\"}",
                       "not good yet");
        assert_int_equal(check(signed_with(key, HEAD, "{\"exp\":1900000000,\"iat\":1800000060,"
                                                      "\"sun\":\"alice\"}"), name), SQ_OK);
}

static void claims_that_are_missing_or_of_another_type_are_refused(void **state) {
        (void)state;
        claims_refused("{\"iat\":1799999999,\"sun\":\"alice\"}", "from when");
        claims_refused("{\"exp\":1800000060,\"sun\":\"alice\"}", "from when");
        claims_refused("{\"exp\":\"1800000060\",\"iat\":1,\"sun\":\"alice\"}", "from when");
        claims_refused("{\"exp\":1e99,\"iat\":1,\"sun\":\"alice\"}", "");
        claims_refused("{\"exp\":true,\"iat\":1,\"sun\":\"alice\"}", "from when");
        claims_refused("{\"exp\":99999999999999999999,\"iat\":1,\"sun\":\"alice\"}", "");
        claims_refused("{\"exp\":1800000060,\"iat\":1}", "whose");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":\"\"}", "whose");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":7}", "whose");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":[\"root\"]}", "whose");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":\"a b\"}", "whose");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":\"root\\u0000x\"}", "");
        claims_refused("{\"exp\":1800000060,\"iat\":1,\"sun\":\"-x\"}", "whose");
        claims_refused("[1]", "");
        claims_refused("7", "");
        claims_refused("", "");
}

static void what_is_no_token_does_not_reach_the_library(void **state) {
        static const char *const texts[] = {"", ".", "..", "a", "a.b", "a.b.", ".b.c",
                                            "a.b.c.d",
                                            "a b.c.d", "a.b.c\n", "a.b=.c", "a+.b.c",
                                            "\xff.\xfe.\xfd", "Bearer a.b.c"};
        char *large = malloc(8200);

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                refused(texts[i], "not a token of Slurm");
        assert_non_null(large);
        memset(large, 'A', 8199);
        large[10] = large[20] = '.';
        large[8199] = '\0';
        refused(large, "not a token of Slurm");
        large[8192] = '\0';
        refused(large, "signature");
        free(large);
}

static void deep_nesting_is_no_danger(void **state) {
        char claims[1400];

        (void)state;
        memset(claims, '[', sizeof claims - 1);
        claims[sizeof claims - 1] = '\0';
        claims_refused(claims, "");
}

static void the_key_is_read_again_when_it_has_changed(void **state) {
        static const char other[] = "another key, as long as the one before it";
        char name[SQ_NAME_SIZE], before[4096];

        (void)state;
        snprintf(before, sizeof before, "%s", good());
        assert_int_equal(check(before, name), SQ_OK);
        write_key(other, 0600);
        refused(before, "signature");
        assert_int_equal(check(signed_with(other, HEAD,
                                           "{\"exp\":1800000060,\"iat\":1,\"sun\":\"bob\"}"),
                               name), SQ_OK);
        write_key(key, 0600);
        assert_int_equal(check(before, name), SQ_OK);
}

static void unusable(const char *why) {
        char name[SQ_NAME_SIZE];

        assert_int_equal(check(good(), name), SQ_EIO);
        if (!strstr(error.text, why))
                fail_msg("\"%s\" does not say \"%s\"", error.text, why);
}

static void a_key_that_cannot_be_trusted_checks_nothing(void **state) {
        char name[SQ_NAME_SIZE];

        (void)state;
        write_key(key, 0644);
        unusable("open to everybody");
        write_key("short", 0600);
        unusable("bytes");
        write_key("", 0600);
        unusable("bytes");
        assert_int_equal(truncate(path, 20000), 0);
        unusable("bytes");
        assert_int_equal(unlink(path), 0);
        unusable("No such file");
        assert_int_equal(mkfifo(path, 0600), 0);
        unusable("not a file");
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        unusable("not a file");
        assert_int_equal(rmdir(path), 0);
        write_key(key, 0640);
        assert_int_equal(check(good(), name), SQ_OK);
        write_key(key, 0600);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_token_of_slurm_says_whose_it_is),
                cmocka_unit_test(so_does_what_the_library_makes),
                cmocka_unit_test(one_that_another_key_has_signed_is_forged),
                cmocka_unit_test(one_without_a_signature_is_forged),
                cmocka_unit_test(a_changed_character_makes_it_another),
                cmocka_unit_test(expired_ones_and_those_of_tomorrow_are_refused),
                cmocka_unit_test(claims_that_are_missing_or_of_another_type_are_refused),
                cmocka_unit_test(what_is_no_token_does_not_reach_the_library),
                cmocka_unit_test(deep_nesting_is_no_danger),
                cmocka_unit_test(the_key_is_read_again_when_it_has_changed),
                cmocka_unit_test(a_key_that_cannot_be_trusted_checks_nothing),
        };

        return cmocka_run_group_tests_name("auth_jwt", tests, start, stop);
}
