/* ledger.h - budgets, promises and what was really used
 *
 * A ledger is an open store with the ids of the resources at hand.  The events
 * of a job's life and the changes by people are in the modules beside this one,
 * one transaction each.
 */
#pragma once

#include "base/amount.h"
#include "base/tres.h"
#include "store/store.h"

enum sq_subject_kind { SQ_USER, SQ_ACCOUNT };

/* "user" or "account". */
const char *sq_subject_kind_name(enum sq_subject_kind kind);

/* What budgets can be set for today.  The rows of table `resource` also name
 * every TRES that a job used (the roll-up's keys); these two come first. */
enum sq_resource { SQ_CPU, SQ_GPU, SQ_BUDGETED_RESOURCES };

/* "cpu" or "gpu" (design: gpu is weighted by the type factors). */
const char *sq_resource_name(enum sq_resource resource);

/* Amounts of all budgeted resources. */
struct sq_amounts {
        struct sq_amount of[SQ_BUDGETED_RESOURCES];
};

struct sq_ledger;

/* Opens the store and the ledger on it; fails as sq_store_open() does. */
int sq_ledger_open(const struct sq_store_options *options, int64_t deadline,
                   struct sq_ledger **ret, struct sq_error *err);
void sq_ledger_close(struct sq_ledger *ledger);
SQ_DEFINE_CLEANUP(struct sq_ledger *, sq_ledger_close)

/* What is given back of jobs that end from now on (refund.h); nothing, before. */
struct sq_refunds;
void sq_ledger_set_refunds(struct sq_ledger *ledger, const struct sq_refunds *refunds);

/* What is written from now on is what Slurm said at `as_of`; 0: what it says now. */
void sq_ledger_set_as_of(struct sq_ledger *ledger, int64_t as_of);

/* The time zone of its days, which becomes the ledger's (NULL: the process's), and the
 * month with which quarters and years begin; the process's and January, before. */
struct sq_zone;
void sq_ledger_set_calendar(struct sq_ledger *ledger, struct sq_zone *zone,
                            int fiscal_start);

/* Lent. */
struct sq_calendar;
const struct sq_calendar *sq_ledger_calendar(const struct sq_ledger *ledger);

/* Lent. */
struct sq_store *sq_ledger_store(struct sq_ledger *ledger);
