/* daily.h - what a subject has used, day by day
 *
 * From the roll-up: what Slurm allocated, by Slurm's names, split at midnight of the site's
 * zone, less what was given back; and `gpu`, which is weighted.
 */
#pragma once

#include "base/date.h"
#include "ledger/ledger.h"

typedef int (*sq_daily_fn)(struct sq_date day, const char *tres, struct sq_amount used,
                           void *payload);

/* Calls `each` for every day from `first` to `last` and every TRES that was used on it, by
 * day.  No such subject: no call, SQ_OK.  Stops with the callback's value when that is not
 * 0; names are lent during the call.  Store failures. */
int sq_daily_each(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                  struct sq_date first, struct sq_date last, sq_daily_fn each, void *payload,
                  struct sq_error *err);
