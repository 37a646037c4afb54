#include "server/tally.h"

#include "server/route.h"

static const unsigned statuses[SQ_TALLY_STATUSES] = {
        200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 414, 500, 503, 0,
};

static size_t place_of(const struct sq_route *route) {
        const size_t place = route ? (size_t)(route - sq_route_at(0)) : SQ_TALLY_ROUTES;

        return place < SQ_TALLY_ROUTES ? place : SQ_TALLY_ROUTES;
}

void sq_tally_add(struct sq_tally *tally, const struct sq_route *route, unsigned status) {
        size_t i = 0;

        while (statuses[i] && statuses[i] != status)
                i++;
        __atomic_fetch_add(&tally->of[place_of(route)][i], 1, __ATOMIC_RELAXED);
}

void sq_tally_each(const struct sq_tally *tally, sq_tallied_fn each, void *payload) {
        for (size_t r = 0; r <= SQ_TALLY_ROUTES; r++)
                for (size_t i = 0; i < SQ_TALLY_STATUSES; i++) {
                        const uint64_t n =
                                __atomic_load_n(&tally->of[r][i], __ATOMIC_RELAXED);

                        if (n)
                                each(r < SQ_TALLY_ROUTES ? sq_route_at(r) : NULL, statuses[i],
                                     n, payload);
                }
}
