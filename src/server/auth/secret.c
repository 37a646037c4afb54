#include "server/auth/secret.h"

#include <sodium.h>
#include <string.h>

#define SECRET_BYTES 32
#define HASH_BYTES 32

#define PREFIX_LENGTH (sizeof SQ_SECRET_PREFIX - 1)

_Static_assert(SQ_SECRET_SIZE ==
                       PREFIX_LENGTH + sodium_base64_ENCODED_LEN(
                                               SECRET_BYTES,
                                               sodium_base64_VARIANT_URLSAFE_NO_PADDING),
               "the text of a secret");
_Static_assert(SQ_SECRET_HASH_SIZE == 2 * HASH_BYTES + 1, "the hash of a secret");

static void hash(const char *text, char ret[SQ_SECRET_HASH_SIZE]) {
        unsigned char bytes[HASH_BYTES];

        crypto_generichash(bytes, sizeof bytes, (const unsigned char *)text,
                           SQ_SECRET_SIZE - 1, NULL, 0);
        sodium_bin2hex(ret, SQ_SECRET_HASH_SIZE, bytes, sizeof bytes);
}

int sq_secret_make(char ret_text[SQ_SECRET_SIZE], char ret_hash[SQ_SECRET_HASH_SIZE],
                   struct sq_error *err) {
        unsigned char bytes[SECRET_BYTES];

        if (sodium_init() < 0)
                return sq_fail(err, SQ_EIO, "could not get random bytes");
        randombytes_buf(bytes, sizeof bytes);
        memcpy(ret_text, SQ_SECRET_PREFIX, PREFIX_LENGTH);
        sodium_bin2base64(ret_text + PREFIX_LENGTH, SQ_SECRET_SIZE - PREFIX_LENGTH, bytes,
                          sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        sodium_memzero(bytes, sizeof bytes);
        hash(ret_text, ret_hash);
        return SQ_OK;
}

bool sq_secret_hash(const char *text, char ret[SQ_SECRET_HASH_SIZE]) {
        if (strnlen(text, SQ_SECRET_SIZE) != SQ_SECRET_SIZE - 1 ||
            strncmp(text, SQ_SECRET_PREFIX, PREFIX_LENGTH) != 0)
                return false;
        for (const char *p = text + PREFIX_LENGTH; *p; p++)
                if (!(*p >= 'A' && *p <= 'Z') && !(*p >= 'a' && *p <= 'z') &&
                    !(*p >= '0' && *p <= '9') && *p != '-' && *p != '_')
                        return false;
        hash(text, ret);
        return true;
}

bool sq_secret_is_hash(const char *one, const char *other) {
        return strlen(one) == SQ_SECRET_HASH_SIZE - 1 &&
               strlen(other) == SQ_SECRET_HASH_SIZE - 1 &&
               sodium_memcmp(one, other, SQ_SECRET_HASH_SIZE - 1) == 0;
}
