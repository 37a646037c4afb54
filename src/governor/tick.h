/* tick.h - what is to be done with a site's policies every few minutes
 *
 * All that follows from time and usage follows from this alone: whoever calls it, and however
 * long nobody has, it catches up.  Several may call it at the same time: what one has done
 * the other finds done.
 */
#pragma once

#include "base/config.h"
#include "governor/event.h"

struct sq_tick {
        const struct sq_config *config; /* sacctmgr, the names of QoS, how long logs stay */
        sq_event_record_fn tell;        /* as sq_event_tell() */
        void *payload;
        const bool *stop; /* when another thread makes it true, we end; may be NULL */
};

/* Evaluates all policies, tells what nobody was told of, and, the first time on a day of the
 * site, deletes what is old.  Slurm is asked for its tree of accounts once per cluster, where
 * a policy needs it, with no transaction open.  What fails keeps nothing else waiting: the
 * first failure is returned when all is done.  As sq_govern(), sq_account_parents_ask(),
 * sq_event_tell() and sq_records_clean(); SQ_EBUSY when it was stopped. */
int sq_tick(struct sq_ledger *ledger, const struct sq_tick *tick, struct sq_error *err);

/* Whether there is anything that sq_tick() would look at; a store open for reading will do. */
int sq_tick_has_work(struct sq_ledger *ledger, bool *ret, struct sq_error *err);
