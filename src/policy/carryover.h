/* carryover.h - what of a window's allocation is left for the next one
 *
 * capped: what was not used, but at most a share of what there was.
 * decay:  the allocation less what a half-life leaves of the usage.  This is the formula of
 *         the seed document, kept for sites that have it: as usage fades before it is taken
 *         off, who used everything still gets nearly everything once more.
 *
 * Both take the allocation of the window before, so that raising an allocation does not
 * raise what was left of the old one, and what did not exist then leaves nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "policy/quantity.h"

enum sq_carryover_mode { SQ_CARRYOVER_NONE, SQ_CARRYOVER_CAPPED, SQ_CARRYOVER_DECAY };

struct sq_carryover_rule {
        enum sq_carryover_mode mode;
        struct sq_decimal factor; /* percent, of capped */
        int64_t half_life;        /* days, of decay; above 0 */
};

/* Days between two windows for the decay: a constant of the seed's formula, whatever the
 * window. */
#define SQ_DECAY_DAYS 90

/* One TRES. */
struct sq_carryover_item {
        char name[SQ_TRES_NAME_MAX];
        struct sq_quantity base;           /* of this window */
        struct sq_quantity previous_base;
        struct sq_quantity previous_usage; /* not below 0 */
        struct sq_quantity counted;        /* of it: what a half-life leaves, or all */
        struct sq_quantity unused;
        struct sq_quantity cap;            /* of capped */
        struct sq_quantity carried;
        struct sq_quantity total;          /* base and what was carried */
};

enum sq_carryover_reason {
        SQ_CARRYOVER_APPLIED,
        SQ_CARRYOVER_DISABLED,
        SQ_CARRYOVER_NO_PREVIOUS /* all of time has no window before it */
};

struct sq_carryover {
        enum sq_carryover_reason reason;
        size_t n; /* the TRES of the base */
        struct sq_carryover_item item[SQ_QUANTITIES_MAX];
};

/* What `base` becomes.  `has_previous`: there is a window before this one.  TRES of which
 * the base has nothing are left out.  SQ_ERANGE: more than can be counted. */
int sq_carryover_make(const struct sq_carryover_rule *rule, bool has_previous,
                      const struct sq_quantities *base,
                      const struct sq_quantities *previous_base,
                      const struct sq_quantities *previous_usage, struct sq_carryover *ret,
                      struct sq_error *err);

/* The totals, and what was carried, as lists. */
void sq_carryover_totals(const struct sq_carryover *carryover, struct sq_quantities *ret);
void sq_carryover_carried(const struct sq_carryover *carryover, struct sq_quantities *ret);

/* 2^(-days / half-life): exact where whole half-lives have passed, else to 2^-56 of it. */
struct sq_decay {
        int64_t halvings;  /* whole half-lives */
        uint64_t fraction; /* what the rest makes of 2^62 */
};

/* `days` is not below 0, `half_life` above. */
struct sq_decay sq_decay_make(int64_t days, int64_t half_life);

/* What is left of it, rounded to units.  It is not below 0. */
struct sq_quantity sq_decay_apply(const struct sq_decay *decay, struct sq_quantity quantity);

/* The factor as a number, for showing it. */
double sq_decay_factor(const struct sq_decay *decay);
