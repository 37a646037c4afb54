/* qos.h - which QoS there are, as slurmdbd knows them
 *
 * `sacctmgr -nP show qos format=name`: a name on each line.  Slurm keeps them in lower case
 * and finds them in any (slurm_addto_char_list(), 22.05 to 25.11).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct sq_qos_list;

/* Asks `program` ([slurm] sacctmgr); *ret is the caller's.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: sacctmgr failed (slurmdbd does not
 * answer), cannot be run or says more than can be; SQ_ENOMEM. */
int sq_qos_list_ask(const char *program, int64_t deadline, struct sq_qos_list **ret,
                    struct sq_error *err);

void sq_qos_list_free(struct sq_qos_list *list);
SQ_DEFINE_CLEANUP(struct sq_qos_list *, sq_qos_list_free)

/* Whether there is one of that name. */
bool sq_qos_list_has(const struct sq_qos_list *list, const char *name);

/* --- without running anything, for tests -------------------------------------- */

/* NULL: out of memory. */
struct sq_qos_list *sq_qos_list_new(void);

/* One line of sacctmgr's output (sq_program_line_fn).  SQ_ENOMEM. */
int sq_qos_list_take(const char *line, void *list, struct sq_error *err);
