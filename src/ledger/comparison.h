/* comparison.h - how far the ledger has been compared with Slurm */
#pragma once

#include "ledger/ledger.h"

struct sq_comparison {
        int64_t began_at;      /* when this ledger was made: what ended before is not its */
        int64_t compared_at;   /* begin of the last complete pass, UTC seconds; 0: never */
        int64_t charged_until; /* ends before this are in the ledger, as far as slurmdbd
                                  knew them; 0: nothing was read yet */
        int64_t drift;         /* differences that the last pass found, */
        int64_t drift_total;   /* and all passes together */
};

/* What was noted last for a cluster; but for began_at all 0 when nothing was. */
int sq_comparison_read(struct sq_ledger *ledger, const char *cluster,
                       struct sq_comparison *ret, struct sq_error *err);

/* Notes a complete pass; `drift` is added to the total. */
int sq_comparison_note(struct sq_ledger *ledger, const char *cluster, int64_t compared_at,
                       int64_t charged_until, int64_t drift, struct sq_error *err);

/* When the queue of any cluster was compared last; 0: never. */
int sq_comparison_newest(struct sq_ledger *ledger, int64_t *ret_compared_at,
                         struct sq_error *err);
