/* quantity.h - how much of which TRES, finer than TRES-seconds
 *
 * Policies count hours, and a share of an allocation or what a half-life leaves of it need
 * not be whole seconds.  A unit is 1/2500000000 of a TRES-second, which is small enough for
 * a percent of a second, for a sixty-fourth of one, and for hours with twelve places to be
 * whole numbers of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/tres.h"
#include "policy/decimal.h"

struct sq_quantity {
        sq_int128 units;
};

#define SQ_UNITS_PER_SECOND 2500000000LL
#define SQ_UNITS_PER_MINUTE (60 * SQ_UNITS_PER_SECOND)
#define SQ_UNITS_PER_HOUR (3600 * SQ_UNITS_PER_SECOND)

/* TRES-hours, which is about what TRES-seconds in 64 bits can say. */
#define SQ_HOURS_MOST 1000000000000000LL

static inline struct sq_quantity sq_quantity_of(struct sq_amount amount) {
        return (struct sq_quantity){(sq_int128)amount.seconds * SQ_UNITS_PER_SECOND};
}

static inline struct sq_quantity sq_quantity_from_hours(int64_t hours) {
        return (struct sq_quantity){(sq_int128)hours * SQ_UNITS_PER_HOUR};
}

/* Hours as a decimal; false when it is none or beyond SQ_HOURS_MOST. */
bool sq_quantity_parse_hours(const char *text, struct sq_quantity *ret);

/* The closest double. */
double sq_quantity_hours(struct sq_quantity quantity);

/* Whole minutes, rounded down; of nothing below 0. */
int64_t sq_quantity_minutes(struct sq_quantity quantity);

/* `share` (0.5: half) of it, rounded half up to units.  Neither is below 0.  False when it
 * does not fit. */
bool sq_quantity_share(struct sq_quantity quantity, struct sq_decimal share,
                       struct sq_quantity *ret);

/* A list of limits has a line for billing besides (settings.h). */
#define SQ_QUANTITIES_MAX (SQ_TRES_MAX - 1)

/* By Slurm's names. */
struct sq_quantities {
        size_t n;
        struct sq_quantity_item {
                char name[SQ_TRES_NAME_MAX];
                struct sq_quantity of;
        } item[SQ_QUANTITIES_MAX];
};

/* 0 when it is not in the list. */
struct sq_quantity sq_quantities_get(const struct sq_quantities *list, const char *name);

bool sq_quantities_has(const struct sq_quantities *list, const char *name);

/* False, and the list as it was, when there are SQ_QUANTITIES_MAX already, the name is too long
 * or the sum does not fit. */
bool sq_quantities_add(struct sq_quantities *list, const char *name, struct sq_quantity more);
bool sq_quantities_set(struct sq_quantities *list, const char *name, struct sq_quantity value);
