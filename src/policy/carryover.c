#include "policy/carryover.h"

#include <math.h>
#include <string.h>

/* Fractions of 1 as integers: 1 is 2^62. */
#define FRACTION_BITS 62

static uint64_t square_root(sq_uint128 square) {
        uint64_t root = 0;

        for (uint64_t bit = 1ULL << 63; bit; bit >>= 1)
                if ((sq_uint128)(root | bit) * (root | bit) <= square)
                        root |= bit;
        return root;
}

/* 2^(-part / whole), where part < whole.  Each binary digit of the quotient is a square root
 * more: 2^-0.101 is 2^-(1/2) * 2^-(1/8). */
static uint64_t fraction_of_two(int64_t part, int64_t whole) {
        uint64_t fraction = 1ULL << FRACTION_BITS, root = 1ULL << (FRACTION_BITS - 1);

        for (int i = 0; i < FRACTION_BITS && part; i++) {
                root = square_root((sq_uint128)root << FRACTION_BITS);
                part *= 2;
                if (part >= whole) {
                        part -= whole;
                        fraction = (uint64_t)((sq_uint128)fraction * root >> FRACTION_BITS);
                }
        }
        return fraction;
}

struct sq_decay sq_decay_make(int64_t days, int64_t half_life) {
        return (struct sq_decay){
                .halvings = days / half_life,
                .fraction = fraction_of_two(days % half_life, half_life),
        };
}

struct sq_quantity sq_decay_apply(const struct sq_decay *decay, struct sq_quantity quantity) {
        sq_uint128 units = 0;

        if (decay->halvings > 126)
                return (struct sq_quantity){0};
        /* The fraction is at most 1, so that it fits. */
        sq_exact_round((sq_uint128)quantity.units, decay->fraction,
                       (sq_uint128)1 << FRACTION_BITS, &units);
        if (decay->halvings) {
                units >>= decay->halvings - 1;
                units = units / 2 + units % 2;
        }
        return (struct sq_quantity){(sq_int128)units};
}

double sq_decay_factor(const struct sq_decay *decay) {
        if (decay->halvings > 1000)
                return 0;
        return ldexp((double)decay->fraction, -(int)decay->halvings - FRACTION_BITS);
}

static struct sq_quantity smaller(struct sq_quantity a, struct sq_quantity b) {
        return a.units < b.units ? a : b;
}

/* `a` less `b`, but neither below nothing nor above `a`. */
static struct sq_quantity less(struct sq_quantity a, struct sq_quantity b) {
        if (b.units <= 0)
                return a;
        return (struct sq_quantity){a.units > b.units ? a.units - b.units : 0};
}

static bool carry(const struct sq_carryover_rule *rule, const struct sq_decay *decay,
                  struct sq_carryover_item *item) {

        const struct sq_decimal share = {rule->factor.trillionths / 100};

        item->counted = rule->mode == SQ_CARRYOVER_DECAY
                                ? sq_decay_apply(decay, item->previous_usage)
                                : item->previous_usage;
        item->unused = less(item->previous_base, item->counted);
        item->cap = item->unused;
        if (rule->mode == SQ_CARRYOVER_CAPPED &&
            !sq_quantity_share(item->previous_base, share, &item->cap))
                return false;
        item->carried = smaller(item->unused, item->cap);
        return !__builtin_add_overflow(item->base.units, item->carried.units,
                                       &item->total.units);
}

int sq_carryover_make(const struct sq_carryover_rule *rule, bool has_previous,
                      const struct sq_quantities *base,
                      const struct sq_quantities *previous_base,
                      const struct sq_quantities *previous_usage, struct sq_carryover *ret,
                      struct sq_error *err) {

        const struct sq_quantity nothing = {0};
        struct sq_decay decay = {.halvings = 0};

        if (rule->mode == SQ_CARRYOVER_DECAY)
                decay = sq_decay_make(SQ_DECAY_DAYS, rule->half_life);
        ret->n = 0;
        ret->reason = rule->mode == SQ_CARRYOVER_NONE ? SQ_CARRYOVER_DISABLED
                      : has_previous                  ? SQ_CARRYOVER_APPLIED
                                                      : SQ_CARRYOVER_NO_PREVIOUS;
        for (size_t i = 0; i < base->n; i++) {
                struct sq_carryover_item *item = &ret->item[ret->n];

                if (base->item[i].of.units <= 0)
                        continue;
                *item = (struct sq_carryover_item){.base = base->item[i].of,
                                                   .total = base->item[i].of};
                memcpy(item->name, base->item[i].name, sizeof item->name);
                ret->n++;
                if (ret->reason != SQ_CARRYOVER_APPLIED)
                        continue;
                item->previous_base = sq_quantities_get(previous_base, item->name);
                item->previous_usage = sq_quantities_get(previous_usage, item->name);
                if (item->previous_usage.units < 0)
                        item->previous_usage = nothing;
                if (!carry(rule, &decay, item))
                        return sq_fail(err, SQ_ERANGE, "more %s is carried over than can be"
                                                       " counted", item->name);
        }
        return SQ_OK;
}

void sq_carryover_totals(const struct sq_carryover *carryover, struct sq_quantities *ret) {
        ret->n = 0;
        for (size_t i = 0; i < carryover->n; i++)
                sq_quantities_set(ret, carryover->item[i].name, carryover->item[i].total);
}

void sq_carryover_carried(const struct sq_carryover *carryover, struct sq_quantities *ret) {
        ret->n = 0;
        for (size_t i = 0; i < carryover->n; i++)
                sq_quantities_set(ret, carryover->item[i].name, carryover->item[i].carried);
}
