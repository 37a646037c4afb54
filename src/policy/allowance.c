#include "policy/allowance.h"

#include <stdio.h>
#include <string.h>

#include "policy/percentage.h"

/* 100 percent as trillionths, of units as seconds. */
#define WHOLE ((sq_uint128)100 * SQ_DECIMAL_ONE * SQ_UNITS_PER_SECOND)

/* Times WHOLE it is below 2^126, which is as much as a divisor can be. */
#define WEIGHT_MOST ((uint64_t)1 << 46)

/* The lowest percentage at which jobs are refused; 0: there is none. */
static struct sq_decimal stop_of(const struct sq_policy *policy) {
        struct sq_decimal stop = {0};

        for (size_t i = 0; i < policy->thresholds.n; i++) {
                const struct sq_threshold *t = &policy->thresholds.item[i];
                const struct sq_decimal percent = sq_threshold_percent(t, policy->grace_ratio);

                if ((t->reaction == SQ_PAUSE || t->reaction == SQ_BLOCK) &&
                    sq_policy_reacts(policy, t->reaction) &&
                    (!stop.trillionths || percent.trillionths < stop.trillionths))
                        stop = percent;
        }
        return stop;
}

/* `percent` of what is billed, in seconds rounded down, divided by `weight`.  False when it
 * does not fit. */
static bool share(sq_int128 billed, struct sq_decimal percent, uint64_t weight, int64_t *ret) {
        sq_uint128 seconds;

        if (!sq_exact_floor((sq_uint128)billed, (uint64_t)percent.trillionths, WHOLE * weight,
                            &seconds) ||
            seconds > INT64_MAX)
                return false;
        *ret = (int64_t)seconds;
        return true;
}

static bool add(const struct sq_tariff *tariff, size_t i, sq_int128 billed,
                struct sq_decimal stop, struct sq_allowance *ret) {
        struct sq_allowance_item *item = &ret->item[ret->n];
        const bool alone = tariff->billing == SQ_BILLING_MAX_TRES;
        const uint64_t divisor = alone ? tariff->item[i].weight : 1;

        if (!tariff->item[i].weight)
                return true;
        if (tariff->item[i].weight >= WEIGHT_MOST ||
            !share(billed, SQ_DECIMAL(100), divisor, &item->full) ||
            !share(billed, stop, divisor, &item->limit))
                return false;
        snprintf(item->tres, sizeof item->tres, "%s", tariff->item[i].name);
        item->weight = alone ? 0 : (int64_t)tariff->item[i].weight;
        ret->n++;
        return true;
}

static bool make(const struct sq_tariff *tariff, const struct sq_quantities *total,
                 struct sq_decimal stop, struct sq_allowance *ret) {
        sq_int128 billed;

        ret->n = 0;
        if (!sq_tariff_bill(tariff, total, &billed))
                return false;
        for (size_t i = 0; i < tariff->n && billed >= 0; i++)
                if (!add(tariff, i, billed, stop, ret))
                        return false;
        return true;
}

/* False when all of them are as small as can be. */
static bool halve(struct sq_tariff *tariff) {
        bool smaller = false;

        for (size_t i = 0; i < tariff->n; i++)
                if (tariff->item[i].weight > 1) {
                        tariff->item[i].weight /= 2;
                        smaller = true;
                }
        return smaller;
}

void sq_allowance_make(const struct sq_policy *policy, const struct sq_quantities *total,
                       struct sq_allowance *ret) {
        const struct sq_decimal stop = stop_of(policy);
        struct sq_tariff tariff;

        ret->n = 0;
        if (policy->enforce == SQ_ENFORCE_QOS || !stop.trillionths)
                return;
        tariff = sq_percentage_tariff(sq_policy_weights(policy),
                                      (enum sq_billing)policy->billing, total);
        while (!make(&tariff, total, stop, ret))
                if (!halve(&tariff)) {
                        ret->n = 0;
                        return;
                }
}

static bool has(const struct sq_allowance *allowance, const struct sq_allowance_item *item) {
        for (size_t i = 0; i < allowance->n; i++)
                if (!strcmp(allowance->item[i].tres, item->tres))
                        return allowance->item[i].weight == item->weight &&
                               allowance->item[i].full == item->full &&
                               allowance->item[i].limit == item->limit;
        return false;
}

bool sq_allowance_equal(const struct sq_allowance *a, const struct sq_allowance *b) {
        for (size_t i = 0; i < a->n; i++)
                if (!has(b, &a->item[i]))
                        return false;
        return a->n == b->n;
}
