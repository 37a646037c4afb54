/* snapshot.h - slurmctld's queue, whole or not at all
 *
 * The answer is kept in a temporary file until squeue has ended well and, where it is
 * empty, a second witness agrees: nobody acts on half of a queue, on an old one, or on an
 * empty one that is a mistake.
 */
#pragma once

#include "base/cleanup.h"
#include "base/config.h"
#include "slurm/queue.h"

struct sq_snapshot;

/* Asks sdiag what is unsent, then squeue, and scontrol as the witness.  SQ_EBUSY: no answer
 * until `deadline`; SQ_EIO: no answer that can be believed, and `err` says why. */
int sq_snapshot_take(const struct sq_config *config, int64_t deadline,
                     struct sq_snapshot **ret, struct sq_error *err);
void sq_snapshot_free(struct sq_snapshot *snapshot);
SQ_DEFINE_CLEANUP(struct sq_snapshot *, sq_snapshot_free)

/* When it was asked for, in UTC seconds: what is newer is not in it. */
int64_t sq_snapshot_as_of(const struct sq_snapshot *snapshot);
int64_t sq_snapshot_rows(const struct sq_snapshot *snapshot);

/* Records of ends that slurmctld has not sent to slurmdbd yet; -1: not known. */
int64_t sq_snapshot_unsent(const struct sq_snapshot *snapshot);

/* The next row; SQ_ENOTFOUND (without a text) at the end; SQ_EIO. */
int sq_snapshot_next(struct sq_snapshot *snapshot, struct sq_queued *ret,
                     struct sq_error *err);
