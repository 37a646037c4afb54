#include "ledger/site.h"

#include "ledger/refund.h"

int sq_ledger_open_site(const struct sq_config *config, enum sq_store_use use,
                        int64_t deadline, struct sq_ledger **ret, struct sq_error *err) {
        const struct sq_store_options options = {
                .path = config->store.path,
                .use = use,
                .owner = config->slurm.user,
                .world_readable = config->store.readable_by == SQ_READABLE_BY_EVERYONE,
        };
        struct sq_refunds refunds;
        int rc = sq_refunds_parse(config->pricing.refund, &refunds, err);

        if (rc) {
                sq_context(err, "pricing.refund");
                return rc;
        }
        rc = sq_ledger_open(&options, deadline, ret, err);
        if (!rc)
                sq_ledger_set_refunds(*ret, &refunds);
        return rc;
}
