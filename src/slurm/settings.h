/* settings.h - how slurmctld is configured, by `scontrol show config`
 *
 * What slurmctld runs with, not what a file says: Include lines, defaults and changes that
 * wait for a restart are as it has them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct sq_settings;

/* Asks `program` ([slurm] scontrol); *ret is the caller's.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: scontrol failed (slurmctld does not
 * answer), cannot be run or says more than can be; SQ_ENOMEM. */
int sq_settings_ask(const char *program, int64_t deadline, struct sq_settings **ret,
                    struct sq_error *err);

void sq_settings_free(struct sq_settings *settings);
SQ_DEFINE_CLEANUP(struct sq_settings *, sq_settings_free)

/* The value of a key, which is compared as it stands; lent.  "": there is none, or Slurm
 * has nothing for it ("(null)"). */
const char *sq_settings_of(const struct sq_settings *settings, const char *key);

/* Whether `item` is one of the words between commas in a key's value, in any case. */
bool sq_settings_has(const struct sq_settings *settings, const char *key, const char *item);

/* --- without running anything, for tests -------------------------------------- */

/* NULL: out of memory. */
struct sq_settings *sq_settings_new(void);

/* "Key = value" (sq_program_line_fn); what is no such line is passed over.  SQ_ENOMEM. */
int sq_settings_take(const char *line, void *settings, struct sq_error *err);
