/* local_estimate.h - estimates from the ledger of this host, and what Slurm tells here */
#pragma once

#include "base/config.h"
#include "estimate/estimate.h"

/* Asks scontrol and sacctmgr, ten seconds each at most, and the ledger; as the desk's
 * question of that name (wire/desk.h). */
int sq_local_estimate(const struct sq_config *config, struct sq_ledger *ledger,
                      const char *user, const struct sq_estimate_part *part, size_t n,
                      struct sq_estimate **ret, struct sq_error *err);
