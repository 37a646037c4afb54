#include "policy/settings.h"

#include <string.h>

/* How many accounts share their parent's fairshare, says the seed. */
#define SIBLINGS 3

/* units * (1 + grace) / divisor in whole numbers. */
static bool raised(sq_int128 units, struct sq_decimal grace, sq_uint128 divisor, int64_t *ret) {
        sq_uint128 number;

        if (!sq_exact_floor((sq_uint128)units, (uint64_t)(SQ_DECIMAL_ONE + grace.trillionths),
                            divisor * SQ_DECIMAL_ONE, &number) ||
            number > INT64_MAX)
                return false;
        *ret = (int64_t)number;
        return true;
}

/* Minutes of `units`, with grace or without; a TRES with none is left out. */
static bool add_minutes(struct sq_tres *list, const char *name, sq_int128 units,
                        struct sq_decimal grace, sq_uint128 divisor) {
        int64_t minutes;

        return raised(units, grace, divisor, &minutes) &&
               (minutes == 0 || sq_tres_set(list, name, minutes));
}

/* A limit is rounded twice, as the ancestor does it: to minutes, and again with grace. */
static bool add_limit(struct sq_tres *list, const char *name, sq_int128 units,
                      struct sq_decimal grace, sq_uint128 divisor) {
        const struct sq_decimal none = {0};
        int64_t minutes;

        return raised(units, none, divisor, &minutes) &&
               add_minutes(list, name, minutes, grace, 1);
}

/* What `total` counts in billing units; *ret_units 0 when none of it has a weight.  In units
 * of 1 / *ret_divisor minutes. */
static bool bill(const struct sq_policy *policy, const struct sq_quantities *total,
                 sq_int128 *ret_units, sq_uint128 *ret_divisor) {

        const struct sq_weights *weights = sq_policy_weights(policy);
        struct sq_tariff tariff;

        *ret_units = 0;
        *ret_divisor = 1;
        if (!weights || sq_quantities_has(total, "billing"))
                return true;
        tariff = sq_tariff_make(weights, (enum sq_billing)policy->billing, SQ_DECIMAL(0),
                                total);
        *ret_divisor = (sq_uint128)tariff.scale * SQ_UNITS_PER_MINUTE;
        return sq_tariff_bill(&tariff, total, ret_units);
}

/* Where 100 percent and the grace limit are: in billing units where they say something,
 * else for each TRES. */
static bool add_marks(const struct sq_policy *policy, const struct sq_quantities *total,
                      sq_int128 billed, sq_uint128 divisor, struct sq_settings *settings) {

        const struct sq_decimal none = {0};
        bool fits = true;

        if (billed > 0)
                return add_minutes(&settings->qos_threshold, "billing", billed, none,
                                   divisor) &&
                       add_minutes(&settings->grace_limit, "billing", billed,
                                   policy->grace_ratio, divisor);
        for (size_t i = 0; i < total->n; i++) {
                const char *name = total->item[i].name;
                const sq_int128 units = total->item[i].of.units;

                fits = fits &&
                       add_minutes(&settings->qos_threshold, name, units, none,
                                   SQ_UNITS_PER_MINUTE) &&
                       add_minutes(&settings->grace_limit, name, units, policy->grace_ratio,
                                   SQ_UNITS_PER_MINUTE);
        }
        return fits;
}

static bool add_fairshare(const struct sq_quantities *total, struct sq_settings *settings) {
        sq_int128 sum = 0;

        for (size_t i = 0; i < total->n; i++)
                if (__builtin_add_overflow(sum, total->item[i].of.units, &sum))
                        return false;
        sum /= SIBLINGS * (sq_int128)SQ_UNITS_PER_HOUR;
        if (sum > INT64_MAX)
                return false;
        settings->fairshare = sum > 1 ? (int64_t)sum : 1;
        return true;
}

int sq_settings_make(const struct sq_policy *policy, const struct sq_quantities *total,
                     bool reset_due, struct sq_settings *ret, struct sq_error *err) {

        struct sq_settings settings = {
                .has_fairshare = policy->fairshare && total->n,
                .limit_type = (enum sq_limit_type)policy->limit_type,
                .reset_raw_usage = reset_due && policy->raw_usage_reset &&
                                   policy->period != SQ_WINDOW_TOTAL,
        };
        sq_uint128 divisor;
        sq_int128 billed;
        bool fits;

        fits = bill(policy, total, &billed, &divisor) && add_fairshare(total, &settings);
        for (size_t i = 0; i < total->n && fits; i++)
                fits = add_limit(&settings.limits, total->item[i].name,
                                 total->item[i].of.units, policy->grace_ratio,
                                 SQ_UNITS_PER_MINUTE);
        if (fits && billed > 0)
                fits = add_limit(&settings.limits, "billing", billed, policy->grace_ratio,
                                 divisor);
        if (!fits || !add_marks(policy, total, billed, divisor, &settings))
                return sq_fail(err, SQ_ERANGE, "the limits are more minutes than Slurm can"
                                               " count");
        *ret = settings;
        return SQ_OK;
}
