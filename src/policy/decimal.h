/* decimal.h - percentages, ratios and weights, as exact as people write them
 *
 * Decimals with twelve places in an integer: 0.14 is 140000000000, and 100 * (1 + 0.14) is
 * 114 and not 113.99999999999999.  JSON readers hand numbers over as doubles: what somebody
 * wrote with up to 15 digits is there again in their text (base/real.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "policy/exact.h"

struct sq_decimal {
        int64_t trillionths;
};

#define SQ_DECIMAL_ONE INT64_C(1000000000000)

/* A whole number, which must be below SQ_DECIMAL_MOST. */
#define SQ_DECIMAL(n) ((struct sq_decimal){(n) * SQ_DECIMAL_ONE})

/* Numbers have a place below and above this: 64 bits end at 9.2 million. */
#define SQ_DECIMAL_MOST 9000000

/* Reads "0.2", "-1", "1e-3": *ret is the number times 10^12, rounded half away from 0
 * behind the twelfth place.  False when it is no such number or beyond 10^24. */
bool sq_decimal_scan(const char *text, sq_int128 *ret);

/* The same as a decimal; false beyond SQ_DECIMAL_MOST too. */
bool sq_decimal_parse(const char *text, struct sq_decimal *ret);

double sq_decimal_double(struct sq_decimal decimal);

/* "0.2", "120": without zeros at the end; returns `text`. */
#define SQ_DECIMAL_SIZE 32
char *sq_decimal_text(struct sq_decimal decimal, char text[SQ_DECIMAL_SIZE]);
