/* factor.h - what an hour on each type of GPU counts
 *
 * The row `default` is for GPUs without a type and for types without a row of
 * their own; without it the default is 1.
 */
#pragma once

#include "ledger/budget.h"
#include "ledger/ledger.h"

/* The GPU type that stands for all others. */
#define SQ_FACTOR_DEFAULT "default"

/* A site has a handful of GPU models; 64 is far beyond every known one, and
 * bounds what a transaction of a hook has to read. */
#define SQ_FACTORS_MAX 64

struct sq_factor {
        char type[SQ_TRES_NAME_MAX];
        int64_t millionths;
};

struct sq_factors {
        size_t n;
        struct sq_factor item[SQ_FACTORS_MAX];
};

/* All factors, `default` first when it is set, then by name. */
int sq_factors_load(struct sq_ledger *ledger, struct sq_factors *ret, struct sq_error *err);

/* SQ_EINVAL: weight not above 0; SQ_ERANGE: more than SQ_FACTORS_MAX types. */
int sq_factor_set(struct sq_ledger *ledger, const char *type, int64_t millionths,
                  const struct sq_actor *actor, struct sq_error *err);

/* The weight of one GPU of `type` (NULL: untyped), in millionths. */
int64_t sq_factors_of(const struct sq_factors *factors, const char *type);

/* The longest time, in seconds, for which `tres` costs at most `amount` (>= 0) of a
 * resource; INT64_MAX when it costs nothing. */
int64_t sq_factors_longest(const struct sq_factors *factors, const struct sq_tres *tres,
                           enum sq_resource resource, struct sq_amount amount);

/* What `tres` costs when held for `seconds`: cpu as it is, gpu weighted by type
 * and rounded half up once.  Untyped GPUs (the part of gres/gpu that no typed
 * item explains) weigh as `default`.  SQ_ERANGE when it does not fit. */
int sq_factors_price(const struct sq_factors *factors, const struct sq_tres *tres,
                     int64_t seconds, struct sq_amounts *ret, struct sq_error *err);
