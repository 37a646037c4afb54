/* pass.h - what the parts of a pass share (private) */
#pragma once

#include "reconcile/reconcile.h"
#include "reconcile/seen.h"
#include "reconcile/snapshot.h"
#include "slurm/name.h"

/* Steps in one transaction: some 40 us each. */
#define SQ_PASS_BATCH 64

/* How long the store may keep one step waiting; nobody waits for a pass. */
#define SQ_PASS_STORE_NS (10 * SQ_NS_PER_SECOND)

struct sq_pass {
        const struct sq_reconcile *what;
        struct sq_ledger *ledger;
        struct sq_snapshot *snapshot;
        struct sq_seen *seen;
        int64_t as_of;
        int64_t charged_until; /* what to note when the pass is complete */
        char cluster[SQ_NAME_SIZE];
        struct sq_reconcile_report report;
};

/* Says what was done, or would be, if anybody listens. */
__attribute__((format(printf, 2, 3)))
void sq_pass_tell(const struct sq_pass *pass, const char *format, ...);

/* Gives the store its patience for the next step. */
void sq_pass_be_patient(struct sq_pass *pass);

/* The parts, in this order. */
int sq_pass_bring_in(struct sq_pass *pass, struct sq_error *err);     /* the queue */
int sq_pass_settle_ended(struct sq_pass *pass, struct sq_error *err); /* slurmdbd */
int sq_pass_sweep(struct sq_pass *pass, struct sq_error *err);        /* what is left */

/* Settles all runs that slurmdbd has of these jobs (ids of arrays: all their tasks).
 * *ret[i] is what it said of job[i]. */
enum sq_fate {
        SQ_FATE_UNKNOWN, /* slurmdbd does not know the job */
        SQ_FATE_OPEN,    /* one of its runs has not ended, as slurmdbd sees it */
        SQ_FATE_ENDED
};

struct sq_fated {
        int64_t job_id, submit_at; /* in: of its first run */
        enum sq_fate fate;         /* out */
};

int sq_pass_settle_jobs(struct sq_pass *pass, struct sq_fated *job, size_t n,
                        struct sq_error *err);
