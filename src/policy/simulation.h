/* simulation.h - dated events, replayed through the engine
 *
 * Accounts, what they used, what they were allocated and what operators did, in days of the
 * calendar; and the days on which the policy is evaluated.  No database, no clock, no Slurm.
 *
 * The allocation that an account is added with holds from the beginning of time.  Usage
 * counts in the window of its day.  Days are replayed in their order; what is of one day in
 * the order in which it was added.
 */
#pragma once

#include "base/cleanup.h"
#include "base/date.h"
#include "base/error.h"
#include "policy/evaluation.h"

/* A national centre has some ten thousand projects; a year of them, evaluated daily, is cut
 * into several files. */
#define SQ_SIMULATION_ACCOUNTS_MAX 100000
#define SQ_SIMULATION_EVENTS_MAX 1000000
#define SQ_SIMULATION_STEPS_MAX 5000000

struct sq_simulation;

/* Copies `policy`.  NULL: no memory. */
struct sq_simulation *sq_simulation_new(const struct sq_policy *policy);
void sq_simulation_free(struct sq_simulation *simulation);
SQ_DEFINE_CLEANUP(struct sq_simulation *, sq_simulation_free)

/* SQ_EINVAL: no acceptable name; SQ_ERANGE: too many accounts, or more than SQ_QUANTITIES_MAX
 * TRES in all of them; SQ_ENOMEM. */
int sq_simulation_add_account(struct sq_simulation *simulation, const char *name,
                              const struct sq_quantities *allocation, struct sq_error *err);

/* When all accounts are there, and before the first event.  SQ_EEXIST: a name is there
 * twice; SQ_ENOMEM. */
int sq_simulation_close_accounts(struct sq_simulation *simulation, struct sq_error *err);

/* The place of an account, for its events; false when there is none. */
bool sq_simulation_find(const struct sq_simulation *simulation, const char *name, size_t *ret);

/* The name of an account, by its place, lent; NULL behind the last one. */
const char *sq_simulation_account(const struct sq_simulation *simulation, size_t place);

/* Whether anybody was allocated, or has used, any of a TRES so far. */
bool sq_simulation_has_tres(const struct sq_simulation *simulation, const char *name);

enum sq_event_kind { SQ_EVENT_USAGE, SQ_EVENT_ALLOCATION, SQ_EVENT_HOLD, SQ_EVENT_EVALUATE };

#define SQ_EVERY_ACCOUNT SIZE_MAX

struct sq_event {
        struct sq_date date;
        enum sq_event_kind kind;
        size_t account;                         /* SQ_EVERY_ACCOUNT: of evaluations only */
        const struct sq_quantities *quantities; /* used (below 0: less), or allocated: TRES
                                                 * that are not named keep what they have */
        enum sq_level hold;
};

/* SQ_ERANGE: too many events, steps or TRES; SQ_ENOMEM. */
int sq_simulation_add_event(struct sq_simulation *simulation, const struct sq_event *event,
                            struct sq_error *err);

/* What came out for an account on a day; lent. */
struct sq_step {
        struct sq_date date;
        size_t event; /* which one, in the order in which they were added */
        const char *account;
        const struct sq_facts *facts;
        const struct sq_evaluation *evaluation;
};

/* Whether events were added by date, so that steps come in the order of the events. */
bool sq_simulation_is_in_order(const struct sq_simulation *simulation);

typedef void (*sq_step_fn)(const struct sq_step *step, void *payload);

/* Replays everything from the start; steps come by day, event and account.  `tell` may be
 * NULL, to see whether it can be done.  SQ_ERANGE: the sums do not fit; SQ_ENOMEM. */
int sq_simulation_run(struct sq_simulation *simulation, sq_step_fn tell, void *payload,
                      struct sq_error *err);
