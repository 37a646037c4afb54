/* controller.h - what slurmctld says about itself, by sdiag
 *
 * A witness: an answer of squeue without jobs is to be believed only when slurmctld
 * knows of none either.  In the source of 22.05.8 and 25.11.0 (controller.c,
 * _foreach_job_running(); statistics.c, pack_all_stat()):
 * - slurmctld counts its jobs every 30 seconds, and says when: a job may have come or
 *   gone since.  Right after its start it has not counted yet: both are 0, states_at too.
 * - Pending: the tasks of an array that wait count each, and so do jobs of federations
 *   that wait elsewhere, and the next run of a requeued job.
 * - Running: records that have their nodes, booting ones and each task and component.
 *   Suspended and completing ones count as neither.
 * - Everybody may ask, whatever PrivateData says, and counts all users' jobs.
 * - The queue to slurmdbd counts messages that wait to be sent.  0 does not mean that
 *   slurmdbd knows everything: slurmctld makes the records of new jobs, and of the tasks
 *   that an array has left, every five seconds.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct sq_controller {
        int64_t jobs_pending; /* -1: sdiag does not say; */
        int64_t jobs_running; /* so everywhere */
        int64_t states_at;    /* when those two were counted; 0: not yet */
        int64_t dbd_queue;
};

/* Asks `program` ([slurm] sdiag).
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: sdiag failed (slurmctld does not answer)
 * or cannot be run; SQ_ENOMEM.  *ret is set only on success. */
int sq_controller_ask(const char *program, int64_t deadline, struct sq_controller *ret,
                      struct sq_error *err);

/* --- without running anything, for tests -------------------------------------- */

/* Nothing is known yet. */
void sq_controller_start(struct sq_controller *controller);

/* One line of sdiag's output (sq_program_line_fn); SQ_OK whatever it is. */
int sq_controller_take(const char *line, void *controller, struct sq_error *err);
