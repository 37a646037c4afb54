/* window_budget.h - budgets for every TRES and every window
 *
 * Those of cpu and gpu for all of time are the ones of budget.h and are there for every
 * subject.  Others are there when somebody has set them; what counts for them is in the
 * roll-up (usage.h) already, so they begin with what was used of their window before.
 * With a budget of another TRES for a month, a quarter or a year comes an unlimited one
 * for all of time: it tells what is reserved of it.
 */
#pragma once

#include "base/field.h"
#include "ledger/budget.h"
#include "ledger/window_balance.h"

struct sq_window_budget {
        const char *resource; /* "cpu", "gpu" (weighted), or Slurm's name of a TRES */
        enum sq_window_kind window;
        struct sq_amount limit; /* SQ_UNLIMITED: it is only counted */
        /* Whether `carryover` is to be set; else it stays as it is (nothing, at first). */
        bool sets_carryover;
        struct sq_carryover_choice carryover;
};

/* "none", "capped:PERCENT" (0 to 100) or "decay:DAYS" (1 to 36500).  SQ_EINVAL. */
int sq_carryover_parse(const char *text, struct sq_carryover_choice *ret,
                       struct sq_error *err);

/* The same as text; 32 is enough for `size`. */
const char *sq_carryover_text(const struct sq_carryover_choice *choice, char *text,
                              size_t size);

/* Sets budgets of one subject, all or nothing, and creates it when it is missing; counts
 * what was used of their windows.  SQ_EINVAL: a negative budget, or a carryover for all of
 * time; SQ_ERANGE: more than SQ_WINDOW_BALANCES_MOST of them; store failures. */
int sq_window_budget_set(struct sq_ledger *ledger, enum sq_subject_kind kind,
                         const char *name, const struct sq_window_budget *budgets, size_t n,
                         const struct sq_actor *actor, struct sq_error *err);

/* Takes a budget away; those of cpu and gpu for all of time become unlimited.  Records of
 * its windows stay.  SQ_ENOTFOUND: there is none. */
int sq_window_budget_remove(struct sq_ledger *ledger, enum sq_subject_kind kind,
                            const char *name, const char *resource,
                            enum sq_window_kind window, const struct sq_actor *actor,
                            struct sq_error *err);

/* Where a budget stands. */
struct sq_window_standing {
        enum sq_subject_kind kind;
        const char *name, *resource; /* lent during the callback */
        /* In the window of now; what is not counted is at most as much as it says. */
        struct sq_window_balance balance;
};

struct sq_window_filter {
        enum sq_subject_kind kind;
        const char *name;           /* NULL: all of the kind */
        enum sq_window_kind window; /* 0: any */
};

typedef int (*sq_window_standing_fn)(const struct sq_window_standing *standing,
                                     void *payload);

/* Calls `each` for every budget, by subject, resource and window; with those of cpu and gpu
 * for all of time.  Changes nothing: a window that is over is shown as the one of now will
 * begin.  Stops with the callback's value when that is not 0. */
int sq_window_budget_each(struct sq_ledger *ledger, const struct sq_window_filter *filter,
                          sq_window_standing_fn each, void *payload, struct sq_error *err);

/* The same for all users and then all accounts, `window` 0 for any; but not what is unlimited
 * for all of time. */
int sq_window_budget_each_limited(struct sq_ledger *ledger, enum sq_window_kind window,
                                  sq_window_standing_fn each, void *payload,
                                  struct sq_error *err);

/* What `budget list --json` and GET /budgets write of it. */
void sq_window_standing_fields(const struct sq_window_standing *standing,
                               struct sq_fields *ret);
