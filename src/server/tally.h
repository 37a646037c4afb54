/* tally.h - how often each route was answered, and how */
#pragma once

#include <stdint.h>

struct sq_route;

/* More rows than this are counted together with what has no route. */
#define SQ_TALLY_ROUTES 64

/* Statuses that are told apart; others are the last one's. */
#define SQ_TALLY_STATUSES 14

struct sq_tally {
        uint64_t of[SQ_TALLY_ROUTES + 1][SQ_TALLY_STATUSES];
};

/* Counts an answer; from any thread.  `route` NULL: it has none, or it was asked for with
 * another method. */
void sq_tally_add(struct sq_tally *tally, const struct sq_route *route, unsigned status);

/* Calls `each` for all that is not 0; `route` NULL as above, `status` 0: another one. */
typedef void (*sq_tallied_fn)(const struct sq_route *route, unsigned status, uint64_t n,
                              void *payload);
void sq_tally_each(const struct sq_tally *tally, sq_tallied_fn each, void *payload);
