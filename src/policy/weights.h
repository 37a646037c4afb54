/* weights.h - what an hour of each TRES counts in billing units
 *
 * As Slurm's TRESBillingWeights: units are the sum over all TRES of hours times weight, or,
 * with PriorityFlags=MAX_TRES, the largest of the TRES that nodes have, plus those that a
 * cluster has as a whole, such as licenses (assoc_mgr_tres_weighted() in assoc_mgr.c).
 * A weight of 0 makes a TRES free.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "policy/quantity.h"

struct sq_weights {
        size_t n;
        struct {
                char name[SQ_TRES_NAME_MAX]; /* as it was given: "GRES/gpu" */
                char tres[SQ_TRES_NAME_MAX]; /* "gres/gpu"; `name` when it is no TRES */
                struct sq_decimal weight;
        } item[SQ_TRES_MAX];
};

enum sq_billing { SQ_BILLING_SUM, SQ_BILLING_MAX_TRES };

/* One node of 64 cores, 512 GB and 4 GPUs is one unit: CPU 0.015625, Mem 0.001953125,
 * GRES/gpu 0.25. */
extern const struct sq_weights sq_weights_builtin;

/* False when there are SQ_TRES_MAX already, the name is empty or too long or there, or the
 * weight is below 0. */
bool sq_weights_add(struct sq_weights *weights, const char *name, struct sq_decimal weight);

/* Of the same name; else of the same in letters of either case, or by another name for the
 * same TRES.  False when it has none. */
bool sq_weights_find(const struct sq_weights *weights, const char *name,
                     struct sq_decimal *ret);

/* How to bill a list of TRES: each one's weight as a whole number, in units of 1/scale. */
struct sq_tariff {
        enum sq_billing billing;
        uint64_t scale;
        size_t n;
        struct {
                const char *name; /* lent from the list of sq_tariff_make() */
                uint64_t weight;
        } item[SQ_QUANTITIES_MAX];
};

/* For the TRES of `allocation`.  `other` is what those count that have no weight.  Without
 * `weights` each hour counts 1. */
struct sq_tariff sq_tariff_make(const struct sq_weights *weights, enum sq_billing billing,
                                struct sq_decimal other,
                                const struct sq_quantities *allocation);

/* What `quantities` count, in units of a TRES-hour divided by SQ_UNITS_PER_HOUR and by the
 * scale; TRES that the tariff does not know count nothing.  False when it does not fit. */
bool sq_tariff_bill(const struct sq_tariff *tariff, const struct sq_quantities *quantities,
                    sq_int128 *ret);

/* The bill is the largest of these sums: one, or with SQ_BILLING_MAX_TRES one for each TRES
 * that nodes have.  Each of them grows evenly with the quantities, which the bill does not.
 * Returns how many; 0 when one does not fit. */
size_t sq_tariff_faces(const struct sq_tariff *tariff, const struct sq_quantities *quantities,
                       sq_int128 ret[SQ_QUANTITIES_MAX]);
