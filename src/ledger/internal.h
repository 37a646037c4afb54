/* internal.h - what the modules of the ledger share */
#pragma once

#include "base/uuid.h"
#include "ledger/balance.h"
#include "ledger/budget.h"
#include "ledger/entry.h"
#include "ledger/factor.h"
#include "ledger/ledger.h"
#include "ledger/refund.h"
#include "ledger/reservation.h"
#include "ledger/window_balance.h"

/* Rows of `resource`, given by migration 001. */
static inline int64_t sq_resource_id(enum sq_resource resource) {
        return resource == SQ_CPU ? 1 : 2;
}

/* Ids that never change once given, remembered for as long as the store is
 * open: one controller has one cluster and a few dozen TRES.  What does not fit
 * is looked up each time. */
#define SQ_KNOWN_NAMES 64

struct sq_known {
        size_t n;
        struct {
                char name[SQ_TRES_NAME_MAX];
                int64_t id;
        } item[SQ_KNOWN_NAMES];
};

/* Memberships that are known to be in the table, at a place given by their ids. */
#define SQ_KNOWN_MEMBERS 256

struct sq_ledger {
        struct sq_store *store;
        struct sq_refunds refunds;
        struct sq_zone *zone; /* NULL: the process's */
        struct sq_calendar calendar;
        struct sq_window_cache windows;
        int64_t as_of; /* when Slurm said what is being written; 0: it says it now */
        struct sq_known resources;
        struct sq_known clusters;
        struct {
                int64_t user_id, account_id;
        } member[SQ_KNOWN_MEMBERS];
};

/* What to note as the time of a change to a reservation.  The reconciler compares with
 * an answer that is some seconds old: what it writes itself must not look like
 * something that has happened since. */
int64_t sq_ledger_change_time(const struct sq_ledger *ledger);

/* A subject with its balances, as one transaction sees it. */
struct sq_subject {
        enum sq_subject_kind kind;
        const char *name; /* lent by the caller */
        int64_t id;       /* 0: not there yet */
        bool halted;      /* it takes no jobs (halt.h) */
        struct sq_balance of[SQ_BUDGETED_RESOURCES];
        struct sq_policy_share cpu_policy; /* of cpu for all of time */
};

/* Reads a subject for changing it; one that is not there has id 0 and the
 * default budgets. */
void sq_subject_read(struct sq_ledger *ledger, struct sq_txn *txn, enum sq_subject_kind kind,
                     const char *name, struct sq_subject *ret);

/* Creates a subject that was read with id 0, with the budgets it was given. */
void sq_subject_create(struct sq_txn *txn, struct sq_subject *subject, const char *actor);

/* Notes that a user works in an account. */
void sq_subject_join(struct sq_ledger *ledger, struct sq_txn *txn, int64_t user_id,
                     int64_t account_id);

void sq_entry_add_line(struct sq_txn *txn, int64_t entry, enum sq_resource resource,
                       struct sq_amount amount);
void sq_entry_add_window_line(struct sq_txn *txn, int64_t entry, int64_t resource_id,
                              enum sq_window_kind window, struct sq_amount amount);

/* The id of a row in `resource` / `cluster`, which is made when it is missing. */
int64_t sq_resource_row(struct sq_ledger *ledger, struct sq_txn *txn, const char *name);
int64_t sq_cluster_row(struct sq_ledger *ledger, struct sq_txn *txn, const char *name);

/* The same for a picture in which nothing may be made: 0 when there is none. */
int64_t sq_cluster_find(struct sq_txn *txn, const char *name);

/* Forgets ids learnt in a transaction that did not commit. */
void sq_known_forget(struct sq_ledger *ledger);

/* Factors inside a transaction. */
void sq_factors_read(struct sq_txn *txn, struct sq_factors *ret);

/* True when any item is a GPU: only then the factors matter. */
bool sq_tres_has_gpus(const struct sq_tres *tres);

/* Changes that one event makes to balances, gathered so that each row is
 * written once. */
#define SQ_DELTAS_MAX 8 /* two users and two accounts (a job moved between
                           accounts) times the budgeted resources */

struct sq_delta {
        int64_t subject_id;
        enum sq_resource resource;
        int64_t consumed, reserved, tasks;
};

struct sq_deltas {
        size_t n;
        bool overflow;
        struct sq_delta item[SQ_DELTAS_MAX];
};

void sq_deltas_add(struct sq_deltas *deltas, int64_t subject_id, enum sq_resource resource,
                   int64_t consumed, int64_t reserved, int64_t tasks);

/* Writes them; `touch` moves updated_at to now. */
int sq_deltas_apply(struct sq_txn *txn, const struct sq_deltas *deltas, bool touch,
                    struct sq_error *err);

/* How far a job has come: all 0 while it waits. */
struct sq_progress {
        int64_t job_id;        /* a task's own */
        int64_t running_since; /* suspended time taken off: it has used now - this */
        int64_t paused_at;     /* since when it is suspended; 0: it is not */
};

/* A row of `reservation` with its amounts. */
struct sq_held {
        bool found;
        struct sq_progress progress;
        int64_t created_at, seconds;
        int64_t array_task;
        int64_t user_id, account_id;
        int64_t tasks;
        struct sq_amounts per_task;
};

void sq_held_read(struct sq_txn *txn, const char *uuid, int64_t array_task,
                  struct sq_held *ret);

/* Takes `tasks` of what is held (all of them at most) off the row and off the
 * balances in `deltas` and off the windows; the row goes with its last task.  `at` is
 * when that was. */
void sq_held_release(struct sq_ledger *ledger, struct sq_txn *txn, const char *uuid,
                     const struct sq_held *held, int64_t tasks, int64_t at,
                     struct sq_deltas *deltas);

/* Makes it `tasks`, more or fewer, of a row that is there. */
void sq_held_resize(struct sq_ledger *ledger, struct sq_txn *txn, const char *uuid,
                    const struct sq_held *held, int64_t tasks, int64_t at,
                    struct sq_deltas *deltas);

/* What one task of it holds, with its TRES read into `tres`. */
struct sq_promise sq_held_promise(struct sq_txn *txn, const char *uuid,
                                  const struct sq_held *held, struct sq_tres *tres);

/* A claim before the budgets: what sq_reserve() decides, and what would be decided. */
struct sq_decision {
        const struct sq_claim *claim;
        int64_t tasks;             /* of those that are decided about */
        struct sq_held held;       /* what the job holds already; not found: nothing */
        struct sq_subject user, account;
        struct sq_amounts per_task, total; /* sq_decision_price() sets them */
        int64_t created_at;                /* since when the job can use something */
        struct sq_promise before;          /* what one task of `held` holds */
        struct sq_tres held_tres;          /* in `before` */
};

/* What the claim costs.  SQ_ERANGE: it does not fit. */
int sq_decision_price(struct sq_txn *txn, struct sq_decision *d, struct sq_error *err);

/* What a subject has beside what the job itself holds. */
struct sq_balance sq_decision_balance(const struct sq_decision *d,
                                      const struct sq_subject *subject, int resource);

/* True when that is enough. */
bool sq_decision_suffices(const struct sq_decision *d, const struct sq_subject *subject,
                          int resource);

/* In the order that people know: user cpu, account cpu, user gpu, account gpu, then the
 * windows (window_check.h).  Sets all of *ret but `longest`; the same as ret->accepted. */
bool sq_decision_make(struct sq_ledger *ledger, struct sq_txn *txn,
                      const struct sq_decision *d, struct sq_verdict *ret);

/* The longest time per task for which every budget would have enough, up to the claim's. */
int64_t sq_decision_longest(struct sq_ledger *ledger, struct sq_txn *txn,
                            const struct sq_decision *d);

/* An entry that takes `percent` of what was charged for a run off again; negative
 * amounts (a charge corrected downwards) take the refund back. */
struct sq_run;
void sq_refund_append(struct sq_txn *txn, const struct sq_run *run,
                      const struct sq_amounts *charged, int percent, int64_t user_id,
                      int64_t account_id, struct sq_deltas *deltas);

/* sq_reserve_modified() inside a transaction, without asking whether there is enough. */
int sq_claim_replace(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_claim *claim, int64_t array_task,
                     const struct sq_progress *progress, struct sq_error *err);
