#include "slurm/request.h"

#include "slurm/array.h"
#include "slurm/draft.h"

const struct sq_site sq_no_site = {.cpus_per_core = 1};

int sq_request_price(const struct sq_job_request *request, const struct sq_partition *parts,
                     size_t n, const struct sq_site *site, struct sq_price *ret,
                     struct sq_error *err) {
        struct sq_price price = {.tasks = 1};
        struct draft draft;
        struct room room;
        int rc;

        if (!site)
                site = &sq_no_site;
        rc = sq_array_count(request->array_inx, &price.tasks, err);
        if (rc < 0)
                return rc;
        rc = sq_find_room(request->partition, parts, n, site, &room, err);
        if (rc < 0)
                return rc;
        rc = sq_draft_start(request, site, &room, &draft, err);
        if (rc < 0)
                return rc;
        rc = sq_draft_finish(&draft, &price, err);
        if (rc < 0)
                return rc;
        rc = sq_draft_set_time(request->time_limit, &room, &price, err);
        if (rc < 0)
                return rc;
        *ret = price;
        return SQ_OK;
}
