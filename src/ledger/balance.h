/* balance.h - where subjects stand: budget, consumed, reserved
 *
 * Balances are kept up to date by every event; reading them is a picture of
 * one moment.
 */
#pragma once

#include "base/field.h"
#include "ledger/ledger.h"

struct sq_balance {
        struct sq_amount budget; /* SQ_UNLIMITED possible */
        struct sq_amount consumed;
        struct sq_amount reserved;
};

/* budget - consumed - reserved, never below 0; SQ_UNLIMITED when unlimited. */
struct sq_amount sq_balance_available(const struct sq_balance *balance);

/* One line of `stats`. */
struct sq_standing {
        enum sq_subject_kind kind;
        const char *name; /* lent during the callback */
        struct sq_balance of[SQ_BUDGETED_RESOURCES];
        int64_t jobs;       /* unfinished jobs, array tasks counted singly */
        int64_t updated_at; /* UTC seconds of the last charge or budget change */
};

/* What `stats --json` and GET /stats write: the fields of slurm-quota 2, in minutes rounded
 * up, then the same amounts in seconds; -1 is unlimited. */
void sq_standing_fields(const struct sq_standing *standing, struct sq_fields *ret);

typedef int (*sq_standing_fn)(const struct sq_standing *standing, void *payload);

/* Calls `each` for every subject of `kind`, by name, or for the one called
 * `name` when it is not NULL.  No such subject: no call, SQ_OK.  Stops with the
 * callback's value when that is not 0. */
int sq_balance_each(struct sq_ledger *ledger, enum sq_subject_kind kind, const char *name,
                    sq_standing_fn each, void *payload, struct sq_error *err);

/* Calls `each` for the accounts that `user` has ever reserved or charged in. */
int sq_balance_each_account_of(struct sq_ledger *ledger, const char *user,
                               sq_standing_fn each, void *payload, struct sq_error *err);
