/* parameter.h - the table of a policy's parameters
 *
 * One row each: name, type, bounds, default, help.  Reading and writing of policies,
 * `slurm-quota policy create`, the API's document and the man page come from it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "policy/policy.h"

enum sq_parameter_type {
        SQ_PARAMETER_FLAG,    /* true, false */
        SQ_PARAMETER_INTEGER,
        SQ_PARAMETER_DECIMAL,
        SQ_PARAMETER_WORD,    /* one of a few */
        SQ_PARAMETER_TEXT,
        SQ_PARAMETER_PERIOD,  /* 1 to 4; as words too */
        /* These have modules of their own. */
        SQ_PARAMETER_ACTIONS,
        SQ_PARAMETER_OPTIONS,
        SQ_PARAMETER_GROUPS,
        SQ_PARAMETER_LIMITS,
        SQ_PARAMETER_WEIGHTS,
        SQ_PARAMETER_THRESHOLDS,
        /* The API answers with it and does not take it. */
        SQ_PARAMETER_READ_ONLY
};

struct sq_parameter {
        const char *name;
        enum sq_parameter_type type;
        const char *default_value; /* as JSON; NULL: it has none */
        char accepts[96];          /* "a whole number from 1 to 12", ... */
        const char *help;
};

/* Describes parameter number `i`, from 0; false behind the last. */
bool sq_parameter_at(size_t i, struct sq_parameter *ret);

/* Its number; false when there is none of this name. */
bool sq_parameter_find(const char *name, size_t *ret);

/* Each for the parameters of its type.  SQ_EINVAL names parameter and value, and the hint
 * what would be good. */
int sq_parameter_set_flag(struct sq_policy *policy, size_t i, bool value, struct sq_error *err);
int sq_parameter_set_text(struct sq_policy *policy, size_t i, const char *value,
                          struct sq_error *err);

/* The text of a number; for decimals, integers and periods. */
int sq_parameter_set_number(struct sq_policy *policy, size_t i, const char *value,
                            struct sq_error *err);

/* What it has: of flags, words, texts and numbers.  Texts are lent. */
bool sq_parameter_flag(const struct sq_policy *policy, size_t i);
int64_t sq_parameter_integer(const struct sq_policy *policy, size_t i);
struct sq_decimal sq_parameter_decimal(const struct sq_policy *policy, size_t i);
const char *sq_parameter_text(const struct sq_policy *policy, size_t i);

/* "parameter cannot be VALUE", and what it takes as the hint. */
int sq_parameter_refuse(size_t i, const char *value, struct sq_error *err);

/* All that have a simple type. */
void sq_parameters_set_defaults(struct sq_policy *policy);
