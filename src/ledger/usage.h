/* usage.h - the roll-up: who used how much of what on which day
 *
 * Periods, policies, plots and forecasts read this, never the job rows.  Days
 * are those of the site's time zone; a run that crosses
 * midnight is split there, to the second.
 */
#pragma once

#include "ledger/charge.h"
#include "ledger/internal.h"

/* A part of a run that lies within one day. */
struct sq_day_part {
        int64_t day; /* YYYYMMDD */
        int64_t from, to;
};

/* The part of [from, to) that begins at `from`: up to the next midnight. */
struct sq_day_part sq_day_part_first(const struct sq_calendar *calendar, int64_t from,
                                     int64_t to);

/* A correction of what was added for a run. */
struct sq_usage_change {
        int64_t user_id, account_id;
        const struct sq_tres *tres;
        int64_t end_at;
        int64_t seconds; /* by which the run was longer; negative: shorter.  0: not known,
                            and then only the amounts are corrected */
        struct sq_amounts amounts;
        int refund_percent; /* of all of it */
};

/* Changes the days in which the last seconds of the run lie. */
int sq_usage_correct(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_change *change, struct sq_error *err);

/* Adds `run`, from `start_at` to its end, to the roll-up; suspended time is taken off
 * the end, since nobody tells when it was.  So many percent of it are given back. */
int sq_usage_add(struct sq_ledger *ledger, struct sq_txn *txn, const struct sq_run *run,
                 int64_t start_at, int64_t user_id, int64_t account_id,
                 const struct sq_factors *factors, int refund_percent,
                 struct sq_error *err);

/* One day of a user in an account.  Everything that changes the roll-up goes through
 * this: the budgets of the user and the account for the window of the day change with
 * it. */
struct sq_usage_place {
        int64_t user_id, account_id, day;
};
int sq_usage_add_day(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_usage_place *place, int64_t resource_id, int64_t amount,
                     int64_t refunded, struct sq_error *err);
