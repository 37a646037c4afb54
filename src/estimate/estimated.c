/* estimated.c - what can be said of an estimate without a ledger: for a client, too */
#include <stdlib.h>

#include "estimate/estimate.h"

void sq_estimate_free(struct sq_estimate *estimate) {
        if (!estimate)
                return;
        for (size_t i = 0; estimate->part && i < estimate->n; i++)
                free(estimate->part[i].partition);
        free(estimate->part);
        free(estimate);
}

struct sq_amounts sq_estimate_total(const struct sq_estimate *estimate) {
        struct sq_amounts sum = {{{0}}};

        for (size_t i = 0; i < estimate->n; i++)
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        if (!sq_amount_add(&sum.of[r], estimate->part[i].outlook.total.of[r]))
                                sum.of[r] = SQ_AMOUNT(INT64_MAX);
        return sum;
}

const char *sq_shortage_name(const struct sq_estimate *estimate,
                             const struct sq_shortage *shortage) {
        return shortage->kind == SQ_USER ? estimate->user
                                         : estimate->part[estimate->refused_part].account;
}

enum sq_shortage_end sq_shortage_end(const struct sq_shortage *shortage) {
        struct sq_amount all = shortage->relief.running;

        if (shortage->relief.by)
                return SQ_SHORTAGE_MAY_END;
        if (!sq_amount_add(&all, shortage->relief.waiting))
                all = SQ_AMOUNT(INT64_MAX);
        return all.seconds >= shortage->lacking.seconds ? SQ_SHORTAGE_NEEDS_ALL
                                                        : SQ_SHORTAGE_STAYS;
}
