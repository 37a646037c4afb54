/* ledger_desk.h - the desk of this host: the site's ledger */
#pragma once

#include "cli/command.h"
#include "ledger/ledger.h"
#include "wire/desk.h"

/* For questions: takes over `ledger`, which was opened for looking; on failure too.
 * For changes: NULL, it is opened when something is changed.  Lends the configuration. */
int sq_ledger_desk_open(const struct sq_config *config, struct sq_ledger *ledger,
                        struct sq_desk **ret, struct sq_error *err);
