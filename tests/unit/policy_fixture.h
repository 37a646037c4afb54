/* policy_fixture.h - a policy in a ledger, and what accounts have used of it */
#pragma once

#include "fixture.h"

#include "governor/kept_policy.h"

/* Who makes it. */
extern const struct sq_actor actor;

/* "monthly" of cluster c1, for all accounts: 80 notify, 100 downscale, 120 pause; nothing is
 * allocated.  For create(). */
struct sq_policy *policy_new(void);

/* Keeps it; the ledger has it then. */
void create(struct fixture *f, struct sq_policy *p);

/* So many node-hours of alice in an account on a day (YYYYMMDD), besides what was. */
void use(struct fixture *f, const char *account, int64_t day, int hours);
