/* ticker.h - policies are evaluated while the service runs
 *
 * A thread of its own does every few minutes what `policy tick` does (governor/tick.h), a
 * timer or not.  It takes no lock that requests need, and asks Slurm with no transaction open.
 * What fails is tried again.
 */
#pragma once

#include "governor/record.h"
#include "server/membership.h"
#include "server/reader.h"

struct sq_ticker;

/* Begins, soon and then every policy.tick_seconds; with 0 there is nothing to do, and *ret is
 * NULL.  `tell` gets what has happened; `complain` what fails, once as long as it is the same,
 * and that it is over.  Lends all of them. */
int sq_ticker_start(const struct sq_config *config, struct sq_readers *readers,
                    sq_event_record_fn tell, sq_tell_fn complain, struct sq_ticker **ret,
                    struct sq_error *err);

/* Says that it is to end, and does not wait for it. */
void sq_ticker_finish(struct sq_ticker *ticker);

/* Ends the thread, within moments; a sacctmgr that is running is waited for, some seconds at
 * most. */
void sq_ticker_stop(struct sq_ticker *ticker);
SQ_DEFINE_CLEANUP(struct sq_ticker *, sq_ticker_stop)

struct sq_ticker_state {
        uint64_t complete, failed; /* runs */
        int64_t completed_at;      /* the end of the last complete one; 0: there was none */
};

struct sq_ticker_state sq_ticker_state(struct sq_ticker *ticker);
