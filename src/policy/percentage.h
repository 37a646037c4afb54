/* percentage.h - how much of an allocation is used
 *
 * 100 times what the usage counts, divided by what the allocation counts.  Kept as the two
 * sums, so that whether it reaches a threshold is exact; a double is for showing it.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "policy/weights.h"

struct sq_percentage {
        sq_int128 used;
        sq_int128 allocated; /* 0: there is no allocation, and the percentage is 0 */
};

/* TRES without an allocation are left out, on both sides; a TRES without a weight counts
 * its hours as they are, one of weight 0 nothing.  `weights` NULL: all count their hours.
 * With a single TRES this is 100 * usage / allocation.  SQ_ERANGE: too much to be
 * counted. */
int sq_percentage_make(const struct sq_weights *weights, enum sq_billing billing,
                       const struct sq_quantities *usage,
                       const struct sq_quantities *allocation, struct sq_percentage *ret,
                       struct sq_error *err);

/* How its two sums are counted, which lends the names of `allocation`. */
struct sq_tariff sq_percentage_tariff(const struct sq_weights *weights, enum sq_billing billing,
                                      const struct sq_quantities *allocation);

/* Whether it is `percent` or more. */
bool sq_percentage_reaches(const struct sq_percentage *percentage, struct sq_decimal percent);

/* The closest double. */
double sq_percentage_double(const struct sq_percentage *percentage);
