/* estimate.h - what would become of a job, were it submitted now
 *
 * What the submit hook does with a job descriptor (slurm/request.h), decided by the very
 * function that enforces (ledger/outlook.h), with nothing held in the end.
 *
 * Slurm's own checks come after the hook and are not made here: limits of associations,
 * QOS and partitions, groups, nodes that there are.
 */
#pragma once

#include "ledger/outlook.h"
#include "ledger/relief.h"
#include "slurm/name.h"
#include "slurm/request.h"

/* A job, or a component of a heterogeneous one. */
struct sq_estimate_part {
        struct sq_job_request request;
        const char *account; /* in any case; NULL, for who finds it out: the default one */
};

struct sq_estimate_question {
        const char *user;
        const struct sq_estimate_part *part;
        size_t n; /* at least 1 */
        const struct sq_partition *partition;
        size_t partitions;
        const struct sq_site *site;
        int64_t now; /* UTC seconds */
};

/* A budget that does not have enough. */
struct sq_shortage {
        enum sq_subject_kind kind;
        enum sq_resource resource;
        struct sq_amount asked;
        struct sq_balance balance;
        struct sq_amount lacking; /* asked - available */
        struct sq_relief relief;
};

enum sq_shortage_end {
        SQ_SHORTAGE_MAY_END,   /* when running jobs give back enough, by relief.by */
        SQ_SHORTAGE_NEEDS_ALL, /* only when waiting jobs give back as well */
        SQ_SHORTAGE_STAYS      /* not with this budget */
};

enum sq_shortage_end sq_shortage_end(const struct sq_shortage *shortage);

struct sq_estimated_part {
        char account[SQ_NAME_SIZE];
        char *partition; /* as asked for; NULL: the default one */
        struct sq_price price;
        struct sq_outlook outlook;
};

#define SQ_SHORTAGES_MAX (2 * SQ_BUDGETED_RESOURCES)

/* What sbatch shows as one line (hook/hook.h), and a NUL. */
#define SQ_REFUSAL_SIZE 301

struct sq_estimate {
        char user[SQ_NAME_SIZE];
        size_t n;
        struct sq_estimated_part *part;

        bool refused;
        size_t refused_part;              /* the first that is */
        char refusal[SQ_REFUSAL_SIZE];    /* as sbatch shows it */
        struct sq_shortage shortage[SQ_SHORTAGES_MAX]; /* of that part, as they are checked */
        size_t shortages;

        int64_t longest_minutes; /* the longest --time that fits; 0: none */
        int64_t most_minutes;    /* it was looked for up to here: the partitions' MaxTime, */
        bool limited;            /* or, when false, a year: there is none */
};

/* SQ_EINVAL, SQ_ERANGE: what the hook refuses because of the job itself; the texts are
 * those of the refusal behind "slurm-quota: ".  Store failures; SQ_ENOMEM.  *ret is the
 * caller's. */
int sq_estimate_make(struct sq_ledger *ledger, const struct sq_estimate_question *question,
                     struct sq_estimate **ret, struct sq_error *err);

void sq_estimate_free(struct sq_estimate *estimate);
SQ_DEFINE_CLEANUP(struct sq_estimate *, sq_estimate_free)

/* Whose budget it is. */
const char *sq_shortage_name(const struct sq_estimate *estimate,
                             const struct sq_shortage *shortage);

/* What all parts would hold together; what does not fit is the most that does. */
struct sq_amounts sq_estimate_total(const struct sq_estimate *estimate);
