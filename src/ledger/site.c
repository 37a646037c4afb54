#include "ledger/site.h"

#include "base/zone.h"
#include "ledger/refund.h"

int sq_ledger_open_site(const struct sq_config *config, enum sq_store_use use,
                        int64_t deadline, struct sq_ledger **ret, struct sq_error *err) {
        const struct sq_store_options options = {
                .path = config->store.path,
                .use = use,
                .owner = config->slurm.user,
                .world_readable = config->store.readable_by == SQ_READABLE_BY_EVERYONE,
        };
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
        struct sq_refunds refunds;
        int rc = sq_refunds_parse(config->pricing.refund, &refunds, err);

        if (rc) {
                sq_context(err, "pricing.refund");
                return rc;
        }
        if (config->site.time_zone[0] &&
            (rc = sq_zone_load(config->site.time_zone, &zone, err))) {
                sq_context(err, "site.time_zone");
                return rc;
        }
        rc = sq_ledger_open(&options, deadline, ret, err);
        if (rc)
                return rc;
        sq_ledger_set_refunds(*ret, &refunds);
        sq_ledger_set_calendar(*ret, SQ_TAKE(zone), (int)config->site.fiscal_start);
        return SQ_OK;
}
