/* record.h - what policies did: evaluations, commands, events, and how accounts stand
 *
 * Lists come newest first, with texts that are lent during the callback, which stops them
 * with a value that is not 0.
 */
#pragma once

#include "governor/kept_policy.h"

struct sq_record_filter {
        int64_t policy_id;   /* 0: all */
        const char *account; /* NULL: all */
        const char *window;  /* "2026-Q1"; NULL: all; not for commands and events */
        int64_t limit;       /* only so many, the newest */
};

/* What is not known yet. */
#define SQ_PENDING (-1)

struct sq_evaluation_record {
        const char *uuid, *policy, *cluster, *account, *window;
        const char *percentage, *grace_limit; /* decimals */
        const char *actions;                  /* "pause,downscale,notify" */
        bool paused_before, downscaled_before, paused, downscaled;
        bool planned;      /* a plan came of it */
        bool sent;         /* and somebody took it */
        int confirmed;     /* SQ_PENDING, or whether it was carried out */
        const char *answer; /* JSON; NULL */
        int64_t evaluated_at;
};

typedef int (*sq_evaluation_record_fn)(const struct sq_evaluation_record *record,
                                       void *payload);
int sq_evaluation_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                              sq_evaluation_record_fn each, void *payload,
                              struct sq_error *err);

struct sq_command_record {
        const char *uuid, *policy, *account; /* policy: NULL, an operator's */
        const char *cluster;                 /* the policy's; "": an operator's */
        const char *kind, *command;
        const char *mode;                    /* NULL: nobody has run it */
        int success;                         /* or SQ_PENDING */
        const char *error_message;           /* NULL: none */
        int64_t planned_at, ended_at;        /* 0: it has not ended */
};

typedef int (*sq_command_record_fn)(const struct sq_command_record *record, void *payload);
int sq_command_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                           sq_command_record_fn each, void *payload, struct sq_error *err);

struct sq_event_record {
        int64_t id, at;
        const char *kind;
        const char *policy, *policy_uuid, *cluster; /* NULL: an operator's */
        const char *account;                        /* NULL: of none */
        const char *text;
};

typedef int (*sq_event_record_fn)(const struct sq_event_record *record, void *payload);
int sq_event_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                         sq_event_record_fn each, void *payload, struct sq_error *err);

/* How many accounts a policy has, and how many it holds back. */
struct sq_policy_count {
        int64_t accounts, paused, downscaled, waiting; /* waiting: plans */
};
int sq_policy_count(struct sq_ledger *ledger, int64_t policy_id, struct sq_policy_count *ret,
                    struct sq_error *err);

/* The policy that has waited longest for an evaluation, whoever was to make it. */
struct sq_policy_wait {
        char name[SQ_POLICY_TEXT_SIZE]; /* "": there are no policies */
        bool evaluated; /* ever */
        int64_t since;  /* the last evaluation, or when the policy was made */
};
int sq_policy_longest_wait(struct sq_ledger *ledger, struct sq_policy_wait *ret,
                           struct sq_error *err);

/* Deletes what is older than so many days, but nothing of the windows of now, and no plan
 * that waits; whom was notified is never forgotten before his window is over.  *ret is how
 * many evaluations went.  In steps of milliseconds; the deadline is renewed with each. */
int sq_records_clean(struct sq_ledger *ledger, int64_t now, int64_t days, int64_t *ret,
                     struct sq_error *err);
