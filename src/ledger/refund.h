/* refund.h - how much of a charge is given back, by how the job ended
 *
 * A site's rules, "node_fail:100%, preempted:50%": what Slurm itself took from a job is
 * not the user's to pay.  Nothing here touches the store.
 */
#pragma once

#include "base/amount.h"
#include "base/error.h"

/* The states that a run can end with. */
#define SQ_REFUND_STATES 10

struct sq_refunds {
        int percent[SQ_REFUND_STATES]; /* by the place of the state in refund.c; 0: nothing */
};

/* Reads STATE:PERCENT% items with commas between them; blanks around a part do not
 * matter, and neither does the case of Slurm's words (CANCELLED, FAILED, TIMEOUT,
 * NODE_FAIL, PREEMPTED, BOOT_FAIL, DEADLINE, OUT_OF_MEMORY, COMPLETED, REQUEUED).
 * Whole percents from 0 to 100, each state once; an empty text is no rule.
 * SQ_EINVAL with the item's name; *ret is as it was then. */
int sq_refunds_parse(const char *text, struct sq_refunds *ret, struct sq_error *err);

/* The percentage for a state in any case, of which the first word counts ("CANCELLED
 * by 1000"); 0 when there is no rule for it, or when it is NULL. */
int sq_refunds_percent(const struct sq_refunds *refunds, const char *state);

/* `percent` (0 to 100) of an amount, half a second rounded away from 0.  What is given
 * back of a correction downwards is negative as it is. */
struct sq_amount sq_refund_of(struct sq_amount amount, int percent);
