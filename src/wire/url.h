/* url.h - where a service is, and how what is asked of it is written
 *
 * A service is "http://HOST[:PORT][/BASE]", "https://..." or "unix:/PATH" of a socket.
 * BASE is what a reverse proxy puts before the paths of the service; whether a slash ends
 * it makes no difference.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Longer than any that people type; with the longest target it stays below the 8 KiB that
 * servers take. */
#define SQ_URL_MAX 1024

struct sq_url {
        char base[SQ_URL_MAX + 1]; /* what targets are appended to: ends without a slash */
        char socket[108];          /* of a Unix socket, as in sun_path; else empty */
};

/* SQ_EINVAL with the reason: another scheme, no host, a user or password in it, a query, a
 * relative path of a socket, characters that no URL has, or too long. */
int sq_url_parse(const char *text, struct sq_url *ret, struct sq_error *err);

/* --- targets: path and query behind the base, "/stats?username=alice" ------------- */

/* Six names of 255 bytes, each byte as %XX. */
#define SQ_TARGET_SIZE 5120

struct sq_target {
        char text[SQ_TARGET_SIZE];
        size_t n;
        bool queried;  /* the next parameter follows others */
        bool too_long; /* and cut off */
};

/* Begins with `path`, which is taken as it is. */
void sq_target_begin(struct sq_target *target, const char *path);

/* Appends "/" and `segment`, encoded. */
void sq_target_add_segment(struct sq_target *target, const char *segment);

/* Appends a parameter of the query; nothing when `value` is NULL. */
void sq_target_add_parameter(struct sq_target *target, const char *name, const char *value);
void sq_target_add_number(struct sq_target *target, const char *name, int64_t number);
