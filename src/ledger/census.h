/* census.h - how many there are of everything, for people who watch the ledger */
#pragma once

#include "ledger/comparison.h"
#include "ledger/ledger.h"

struct sq_census {
        int64_t schema;       /* the number of the last migration */
        int64_t subjects[2];  /* by enum sq_subject_kind */
        int64_t reservations; /* jobs, and arrays as one */
        int64_t bound;        /* those whose job is known; the others are provisional */
        int64_t missing;      /* bound, and neither Slurm's queue nor its accounting could
                                 say what became of their jobs */
};

/* Counts in one picture.  Some milliseconds for 20 000 reservations. */
int sq_census_take(struct sq_ledger *ledger, struct sq_census *ret, struct sq_error *err);

/* Stops with the callback's value when that is not 0.  began_at is not set. */
typedef int (*sq_compared_fn)(const char *cluster, const struct sq_comparison *comparison,
                              void *payload);

/* Calls `each` for the clusters that have been compared, by name, `most` of them. */
int sq_comparison_each(struct sq_ledger *ledger, int64_t most, sq_compared_fn each,
                       void *payload, struct sq_error *err);
