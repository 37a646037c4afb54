/* finding.h - what `doctor` has seen, one thing at a time */
#pragma once

enum sq_health {
        SQ_HEALTHY,
        SQ_DOUBTFUL, /* it works, and somebody should know */
        SQ_ILL       /* budgets are not kept as they should be */
};

struct sq_finding {
        enum sq_health health;
        const char *subject; /* "slurmctld", "store", ...; static */
        const char *text;    /* what was found; lent during the call */
        const char *advice;  /* what to do; "": nothing */
};

typedef void (*sq_finding_fn)(const struct sq_finding *finding, void *payload);

/* Who looks, and whom it is told. */
struct sq_report {
        sq_finding_fn tell;
        void *payload;
};

void sq_report(const struct sq_report *report, enum sq_health health, const char *subject,
               const char *advice, const char *format, ...)
        __attribute__((format(printf, 5, 6)));
