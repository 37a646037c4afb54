/* partition.h - the partitions, as scontrol shows them
 *
 * The same fields as slurmctld shows a submit hook (part_list in job_submit.lua), from
 * `scontrol --all --oneliner show partition`: OverSubscribe=EXCLUSIVE is max_share 0,
 * DefaultTime=NONE is NO_VAL, UNLIMITED is INFINITE (api/partition_info.c, 22.05 to
 * 25.11).  The hook is not shown partitions whose AllowGroups leave out who submits;
 * these are all.
 */
#pragma once

#include "base/cleanup.h"
#include "slurm/request.h"

/* Sites have some dozens. */
#define SQ_PARTITIONS_MAX 10000

struct sq_partitions;

/* Asks `program` ([slurm] scontrol); *ret is the caller's.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: scontrol failed (slurmctld does not
 * answer), cannot be run or says more than can be; SQ_ENOMEM. */
int sq_partitions_ask(const char *program, int64_t deadline, struct sq_partitions **ret,
                      struct sq_error *err);
void sq_partitions_free(struct sq_partitions *partitions);
SQ_DEFINE_CLEANUP(struct sq_partitions *, sq_partitions_free)

/* All of them, lent, as sq_request_price() takes them. */
const struct sq_partition *sq_partitions_list(const struct sq_partitions *partitions,
                                              size_t *ret_n);

/* SQ_EINVAL, with the name: one of the list `names` is no partition; or, for NULL and
 * "", there is no default one. */
int sq_partitions_check(const struct sq_partitions *partitions, const char *names,
                        struct sq_error *err);

/* --- without running anything, for tests -------------------------------------- */

/* There is none.  NULL: out of memory. */
struct sq_partitions *sq_partitions_new(void);

/* One line of scontrol's output (sq_program_line_fn).  What is no partition is passed
 * over; SQ_ENOMEM, SQ_ERANGE. */
int sq_partitions_take(const char *line, void *partitions, struct sq_error *err);
