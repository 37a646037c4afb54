/* metrics_part.h - the parts of GET /metrics (private to metrics*.c)
 *
 * Each writes its families, all of them whatever happens: of what cannot be read there are
 * no samples.
 */
#pragma once

#include "base/config.h"
#include "ledger/ledger.h"
#include "server/body.h"

/* Budgets, reservations, the reconciler, policies; accounts and users by name only with
 * `whose`.  `ledger` NULL: there is none to be read.  False: it could not be read, and *err
 * says why. */
bool sq_metrics_write_store(const struct sq_config *config, bool whose,
                            struct sq_ledger *ledger, struct sq_json *out,
                            struct sq_error *err);

/* What hooks and commands have counted.  False: there is nothing to be read. */
bool sq_metrics_write_counts(const char *path, struct sq_json *out);
