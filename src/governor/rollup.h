/* rollup.h - what an account has used by the ledger's days: its users' in it together
 *
 * What Slurm allocated, by Slurm's names, less what was given back.  Corrections may take off
 * more than a day had.
 */
#pragma once

#include <stdbool.h>

#include "governor/moment.h"
#include "policy/course.h"
#include "store/store.h"

/* Of one TRES, in TRES-seconds; returns whether to go on. */
typedef bool (*sq_rollup_fn)(const char *tres, int64_t before, int64_t since, void *payload);

/* Calls `each` for every TRES that was used from the day `first` to the day `last`: how much
 * of it before the day `middle`, and how much since.  False when a call did not go on. */
bool sq_rollup_read(struct sq_txn *txn, int64_t account_id, int64_t first, int64_t middle,
                    int64_t last, sq_rollup_fn each, void *payload);

/* What it used of the TRES of `only` in the days before `moment`.  It exists since the
 * ledger knows it, or since the first of these days on which it used something: history that
 * was filled in from slurmdbd is older than its account here. */
void sq_rollup_read_lately(struct sq_txn *txn, const struct sq_calendar *calendar,
                           const struct sq_moment *moment, int64_t account_id,
                           const struct sq_quantities *only, struct sq_lately *ret);
