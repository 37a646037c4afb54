/* surroundings.h - what an estimate needs to know of Slurm, asked behind the requests' back
 *
 * A thread of its own asks scontrol for the partitions and sacctmgr for everybody's default
 * account, and reads slurm.conf: when the first request needs them, and then, while there
 * are such requests, as often as server.associations_seconds says.  Nobody runs a program
 * for a request.
 */
#pragma once

#include "base/config.h"
#include "server/membership.h"
#include "slurm/association.h"
#include "slurm/partition.h"

struct sq_surroundings;

/* Begins to wait for somebody who needs them.  `complain` is told when Slurm does not
 * answer, and when it does again.  Lends the configuration. */
int sq_surroundings_start(const struct sq_config *config, sq_tell_fn complain,
                          struct sq_surroundings **ret, struct sq_error *err);

/* Ends the thread; a program that is running is waited for, some seconds at most. */
void sq_surroundings_stop(struct sq_surroundings *surroundings);
SQ_DEFINE_CLEANUP(struct sq_surroundings *, sq_surroundings_stop)

/* What is known, valid until it is given back. */
struct sq_known_surroundings {
        const struct sq_partitions *partitions;
        const struct sq_associations *default_accounts;
        const struct sq_site *site;
};

/* Takes the last answer.  When there is none yet, or an old one, waits for the next, two
 * seconds at most; after a failure nobody waits.
 * SQ_EBUSY: Slurm has not answered yet.  After SQ_OK, for sq_surroundings_give(). */
int sq_surroundings_take(struct sq_surroundings *surroundings,
                         struct sq_known_surroundings *ret, struct sq_error *err);
void sq_surroundings_give(struct sq_surroundings *surroundings);
