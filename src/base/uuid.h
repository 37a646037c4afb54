/* uuid.h - names for reservations */
#pragma once

#include "base/error.h"

/* 8-4-4-4-12 lower-case hexadecimal digits and the final NUL. */
#define SQ_UUID_SIZE 37

/* A new UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random
 * bits.  Ordered by time, so that new rows go to the end of their index: with
 * random ones each insert would touch another page of it.  SQ_EIO when the
 * system gives no randomness. */
int sq_uuid_make(char ret[SQ_UUID_SIZE], struct sq_error *err);

/* True for exactly 36 characters of the canonical lower-case form. */
_Bool sq_uuid_is_valid(const char *text);
