/* settings.h - what Slurm is told about an account
 *
 * Limits are whole minutes.  With a grace ratio they are that much higher than the
 * allocation, as Slurm kills and holds jobs at a limit: the account would never get from
 * 100 percent to where it is paused.  A limit of nothing is not set: Slurm would hold every
 * job of an account that may use as much as it likes of another TRES.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "policy/policy.h"

struct sq_settings {
        bool has_fairshare;          /* the policy sets it, and there is an allocation */
        int64_t fairshare;           /* a third of all hours, at least 1 */
        enum sq_limit_type limit_type;
        struct sq_tres limits;       /* minutes by TRES */
        struct sq_limited lifted;    /* limits that an earlier plan set and nobody wants now */
        struct sq_tres qos_threshold; /* minutes that are 100 percent */
        struct sq_tres grace_limit;   /* and those at the grace limit */
        bool reset_raw_usage;
};

/* For an account with `total` in this window.  `reset_due`: RawUsage has not been reset in
 * it.  SQ_ERANGE: minutes that do not fit into 64 bits. */
int sq_settings_make(const struct sq_policy *policy, const struct sq_quantities *total,
                     bool reset_due, struct sq_settings *ret, struct sq_error *err);
