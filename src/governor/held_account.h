/* held_account.h - an account under a policy: what is known of it, and what is kept of it */
#pragma once

#include "governor/kept_policy.h"
#include "governor/moment.h"
#include "ledger/window_allowance.h"
#include "policy/evaluation.h"
#include "slurm/name.h"

struct sq_held_account {
        int64_t id; /* of the subject */
        char name[SQ_NAME_SIZE];
        struct sq_facts facts;
        bool is_known;              /* the policy has a row for it */
        int64_t halted;             /* SQ_HALT_... of the subject */
        char percentage[32];        /* as it is kept */
        char window[SQ_WINDOW_SIZE]; /* in which that was; empty: never */
        char reset_window[SQ_WINDOW_SIZE];
        bool reset_asked;           /* in this window, whether it was done or not */
        char *plan;                 /* the last that was asked for; NULL: none */
        struct sq_kept_allowance allowance; /* what submissions are held to */
        struct sq_quantities ended; /* nothing of each TRES that it has allocations of, but
                                     * none for today */
};

/* Reads all of it in one picture or transaction; id and name are set by the caller, and the
 * rest of an account that was read before is given back.  Usage is the roll-up of what Slurm
 * allocated.  TRES that the account has no allocation of get the policy's limits; those
 * count for the window before only if the policy was there then. */
int sq_held_account_read(struct sq_txn *txn, const struct sq_kept_policy *kept,
                         const struct sq_moment *moment, struct sq_held_account *account,
                         struct sq_error *err);

/* What its reading took. */
void sq_held_account_clear(struct sq_held_account *account);

/* Keeps what an evaluation decided, and what it asked for. */
void sq_held_account_keep(struct sq_txn *txn, const struct sq_kept_policy *kept,
                          const struct sq_moment *moment, const struct sq_held_account *account,
                          const struct sq_evaluation *evaluation, const char *plan,
                          const char *reset_window);

/* What submissions are to be held to: its allowance, where the ledger has the same window as
 * the policy, and it is the one of now.  Who had allocations and has none today may use
 * nothing; who never had one may use what he likes. */
void sq_held_account_allow(const struct sq_ledger *ledger, const struct sq_kept_policy *kept,
                           const struct sq_moment *moment,
                           const struct sq_held_account *account,
                           const struct sq_evaluation *e,
                           struct sq_kept_allowance *ret);

/* Whether that is something else than what is kept. */
bool sq_held_account_allows_other(const struct sq_held_account *account,
                                  const struct sq_kept_allowance *wanted);

/* The policy lets go of an account: nothing of it is kept, and it is back to what an
 * operator says, in Slurm too by a plan of its own, which lifts the policy's limits. */
int sq_held_account_free(struct sq_ledger *ledger, struct sq_txn *txn,
                         const struct sq_kept_policy *kept, int64_t account_id,
                         const char *name, int64_t now, struct sq_error *err);
int sq_held_accounts_free_all(struct sq_ledger *ledger, struct sq_txn *txn,
                              const struct sq_kept_policy *kept, int64_t now,
                              struct sq_error *err);
