#include "policy/percentage.h"

/* A quotient stays what it is when all weights are divided by what they have in common, and
 * the sums get room. */
static void simplify(struct sq_tariff *tariff) {
        uint64_t common = 0;

        for (size_t i = 0; i < tariff->n; i++)
                common = sq_exact_divisor(common, tariff->item[i].weight);
        for (size_t i = 0; i < tariff->n && common; i++)
                tariff->item[i].weight /= common;
}

struct sq_tariff sq_percentage_tariff(const struct sq_weights *weights, enum sq_billing billing,
                                      const struct sq_quantities *allocation) {

        struct sq_tariff tariff = sq_tariff_make(weights, billing, SQ_DECIMAL(1), allocation);

        simplify(&tariff);
        return tariff;
}

int sq_percentage_make(const struct sq_weights *weights, enum sq_billing billing,
                       const struct sq_quantities *usage,
                       const struct sq_quantities *allocation, struct sq_percentage *ret,
                       struct sq_error *err) {

        const struct sq_tariff tariff = sq_percentage_tariff(weights, billing, allocation);
        struct sq_percentage p;

        if (!sq_tariff_bill(&tariff, usage, &p.used) ||
            !sq_tariff_bill(&tariff, allocation, &p.allocated))
                return sq_fail(err, SQ_ERANGE, "usage or allocation is more than can be"
                                               " counted with these weights");
        if (p.allocated <= 0)
                p = (struct sq_percentage){0, 0};
        *ret = p;
        return SQ_OK;
}

bool sq_percentage_reaches(const struct sq_percentage *p, struct sq_decimal percent) {
        const sq_int128 used = p->allocated ? p->used : 0;
        const sq_int128 allocated = p->allocated ? p->allocated : 1;

        if (percent.trillionths <= 0)
                return sq_exact_compare(used, 100 * (uint64_t)SQ_DECIMAL_ONE, -allocated,
                                        -(uint64_t)percent.trillionths) >= 0;
        return sq_exact_compare(used, 100 * (uint64_t)SQ_DECIMAL_ONE, allocated,
                                (uint64_t)percent.trillionths) >= 0;
}

double sq_percentage_double(const struct sq_percentage *p) {
        /* Halved until a divisor of 126 bits, which changes nothing that a double can hold. */
        sq_int128 used = p->used, allocated = p->allocated;

        if (!allocated)
                return 0;
        for (; allocated >> 126; allocated >>= 1)
                used >>= 1;
        return sq_exact_double(used, 100, (sq_uint128)allocated);
}
