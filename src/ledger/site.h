/* site.h - the ledger of a site, as its configuration has it */
#pragma once

#include "base/config.h"
#include "ledger/ledger.h"

/* Opens it with the site's rules for refunds, to be used as `use` says.  Fails as
 * sq_ledger_open() does; SQ_EINVAL when pricing.refund is not acceptable. */
int sq_ledger_open_site(const struct sq_config *config, enum sq_store_use use,
                        int64_t deadline, struct sq_ledger **ret, struct sq_error *err);
