/* hold.h - what operators hold accounts back by
 *
 * An operator's hold is his: no policy ever takes it away, however little the account has
 * used.  A paused account takes no jobs from the moment on; the QoS in Slurm follows with
 * the plan that comes of it (outbox.h).  Each is an entry of kind "hold".
 */
#pragma once

#include "ledger/budget.h"
#include "ledger/ledger.h"
#include "policy/state.h"

struct sq_hold {
        const char *account;
        enum sq_level level;
        const char *actor, *reason; /* reason: NULL when none was given */
        int64_t since;
};

/* Makes it `level`; SQ_NORMAL takes the hold away.  Creates the account when the ledger does
 * not know it.  Setting what is so already changes actor and reason.  SQ_ENOTFOUND: nothing
 * is there to be taken away; store failures. */
int sq_hold_set(struct sq_ledger *ledger, const char *account, enum sq_level level,
                const struct sq_actor *actor, struct sq_error *err);

typedef int (*sq_hold_fn)(const struct sq_hold *hold, void *payload);

/* By account; texts are lent during the callback, which stops it with a value that is not
 * 0. */
int sq_hold_each(struct sq_ledger *ledger, sq_hold_fn each, void *payload,
                 struct sq_error *err);
