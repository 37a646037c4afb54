/* policy_json.h - policies as the API has them */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "policy/policy.h"

/* Sets what `object` names; the rest of `policy` stays, so that it may be a new one
 * (sq_policy_init) or one that is changed.  What the API answers with and does not take is
 * passed over.  Of URLs in scope and organization_groups, which the ancestor has, the last
 * part is taken.  SQ_EINVAL names the parameter: no object, one that is not known, or a value
 * that it cannot have; `policy` is as it was then.  Whether the parameters fit together is
 * sq_policy_check()'s. */
int sq_policy_read_json(const json_t *object, struct sq_policy *policy, struct sq_error *err);

/* Makes "https://host/api/offerings/physics/" "physics"; a name stays what it is. */
void sq_policy_take_last_part(char *text);

/* All parameters that can be set.  NULL: no memory.  The caller's, for json_decref(). */
json_t *sq_policy_write_json(const struct sq_policy *policy);
