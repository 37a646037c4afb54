#include "wire/payload.h"

#include <sodium.h>
#include <stdio.h>

char *sq_payload_make(const char *method, const char *target, const char *body,
                      size_t length) {
        unsigned char hash[crypto_hash_sha256_BYTES];
        char hex[2 * sizeof hash + 1];
        char *payload;

        crypto_hash_sha256(hash, (const unsigned char *)body, length);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        return asprintf(&payload, "slurm-quota 1\n%s %s\n%s", method, target, hex) < 0
                       ? NULL
                       : payload;
}
