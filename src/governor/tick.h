/* tick.h - what is to be done with a site's policies every few minutes
 *
 * All that follows from time and usage follows from this alone: whoever calls it, and however
 * long nobody has, it catches up.
 */
#pragma once

#include "base/config.h"
#include "governor/record.h"

struct sq_tick {
        const struct sq_config *config; /* sacctmgr, the names of QoS, how long logs stay */
        /* Called for what has happened, as sq_event_record_tell(); not 0: it did not come
         * out, and is told the next time. */
        sq_event_record_fn tell;
        void *payload;
};

/* Evaluates all policies, tells what nobody was told of, and deletes what is old.  Slurm is
 * asked for its tree of accounts once per cluster, where a policy needs it, with no
 * transaction open.  What fails keeps nothing else waiting: the first failure is returned
 * when all is done.  As sq_govern(), sq_account_parents_ask(), `tell` and
 * sq_records_clean(). */
int sq_tick(struct sq_ledger *ledger, const struct sq_tick *tick, struct sq_error *err);
