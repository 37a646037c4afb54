/* exact.h - products and quotients that lose nothing
 *
 * A percentage is a quotient of two sums, a threshold a decimal: whether one reaches the
 * other is asked by multiplying across, in 192 bits, and never by dividing.  Only what is
 * shown is rounded, once, to the closest double.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 sq_int128;
__extension__ typedef unsigned __int128 sq_uint128;

/* Below 0, 0 or above 0 as a * b is less than, equal to or more than c * d. */
int sq_exact_compare(sq_int128 a, uint64_t b, sq_int128 c, uint64_t d);

/* a * b / c rounded down.  c > 0 and below 2^126.  False when it does not fit. */
bool sq_exact_floor(sq_uint128 a, uint64_t b, sq_uint128 c, sq_uint128 *ret);

/* The same rounded half up. */
bool sq_exact_round(sq_uint128 a, uint64_t b, sq_uint128 c, sq_uint128 *ret);

/* The double that is closest to a * b / c; of two the one with the even last bit.  c > 0
 * and below 2^126. */
double sq_exact_double(sq_int128 a, uint64_t b, sq_uint128 c);

/* The greatest common divisor; that of 0 and b is b. */
uint64_t sq_exact_divisor(uint64_t a, uint64_t b);
