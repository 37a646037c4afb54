/* secret.h - the text of an API token, and what is kept of it
 *
 * "sqt_" and 32 random bytes in base64url.  Kept is the BLAKE2b hash of the text: a slow
 * hash is for passwords, which can be guessed; 256 random bits cannot, and each request
 * pays for the hash.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

#define SQ_SECRET_PREFIX "sqt_"

/* The text and its NUL. */
#define SQ_SECRET_SIZE (4 + 43 + 1)

/* 64 hexadecimal digits and the NUL. */
#define SQ_SECRET_HASH_SIZE 65

/* The names by which `slurm-quota token` finds it in the module of the service (serve.h):
 * so no command but that one waits for libsodium. */
#define SQ_SECRET_MAKE_SYMBOL "sq_secret_make"

typedef int (*sq_secret_make_fn)(char ret_text[SQ_SECRET_SIZE],
                                 char ret_hash[SQ_SECRET_HASH_SIZE], struct sq_error *err);

/* A new one.  SQ_EIO: the system gives no randomness. */
int sq_secret_make(char ret_text[SQ_SECRET_SIZE], char ret_hash[SQ_SECRET_HASH_SIZE],
                   struct sq_error *err);

/* False: `text` cannot be one. */
bool sq_secret_hash(const char *text, char ret[SQ_SECRET_HASH_SIZE]);

/* In the same time whatever they are. */
bool sq_secret_is_hash(const char *one, const char *other);
