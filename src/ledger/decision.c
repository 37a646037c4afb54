/* decision.c - whether a claim is held */
#include <stdio.h>

#include "ledger/internal.h"
#include "ledger/window_check.h"

int sq_decision_price(struct sq_txn *txn, struct sq_decision *d, struct sq_error *err) {
        struct sq_factors factors;
        int rc;

        factors.n = 0;
        if (sq_tres_has_gpus(&d->claim->tres))
                sq_factors_read(txn, &factors);
        rc = sq_factors_price(&factors, &d->claim->tres, d->claim->seconds, &d->per_task, err);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES && !rc; r++)
                if (!sq_amount_scale(d->per_task.of[r], d->tasks, &d->total.of[r]))
                        rc = sq_fail(err, SQ_ERANGE, "the job is too large to be counted");
        return rc;
}

/* What the job holds of this subject's budget already. */
static int64_t own_share(const struct sq_decision *d, const struct sq_subject *subject, int r) {
        const int64_t holder = subject->kind == SQ_USER ? d->held.user_id : d->held.account_id;
        struct sq_amount amount;

        if (!d->held.found || holder != subject->id ||
            !sq_amount_scale(d->held.per_task.of[r], d->tasks, &amount))
                return 0;
        return amount.seconds;
}

struct sq_balance sq_decision_balance(const struct sq_decision *d,
                                      const struct sq_subject *subject, int r) {
        struct sq_balance balance = subject->of[r];

        balance.reserved.seconds -= own_share(d, subject, r);
        return balance;
}

bool sq_decision_suffices(const struct sq_decision *d, const struct sq_subject *subject,
                          int r) {
        const struct sq_balance balance = sq_decision_balance(d, subject, r);
        const int64_t asked = d->total.of[r].seconds;

        return asked == 0 || sq_amount_is_unlimited(balance.budget) ||
               asked <= own_share(d, subject, r) ||
               asked <= sq_balance_available(&balance).seconds;
}

/* The same question to the windows. */
static struct sq_window_request window_request(const struct sq_decision *d) {
        return (struct sq_window_request){
                .subject = {&d->user, &d->account},
                .asked = {d->created_at, d->claim->seconds, d->per_task, &d->claim->tres},
                .tasks = d->tasks,
                .held = d->held.found ? &d->held : NULL,
                .before = d->before,
        };
}

int64_t sq_decision_longest(struct sq_ledger *ledger, struct sq_txn *txn,
                            const struct sq_decision *d) {
        const struct sq_window_request request = window_request(d);
        const struct sq_subject *subject[] = {&d->user, &d->account};
        int64_t longest = d->claim->seconds, in_windows;
        struct sq_factors factors;

        sq_factors_read(txn, &factors);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                for (int s = 0; s < 2; s++) {
                        const struct sq_balance balance = sq_decision_balance(d, subject[s], r);
                        struct sq_amount per_task;
                        int64_t fits;

                        if (sq_amount_is_unlimited(balance.budget))
                                continue;
                        per_task.seconds = sq_balance_available(&balance).seconds / d->tasks;
                        fits = sq_factors_longest(&factors, &d->claim->tres,
                                                  (enum sq_resource)r, per_task);
                        if (fits < longest)
                                longest = fits;
                }
        in_windows = sq_window_longest(ledger, txn, &request, &factors);
        return in_windows < longest ? in_windows : longest;
}

bool sq_decision_make(struct sq_ledger *ledger, struct sq_txn *txn,
                      const struct sq_decision *d, struct sq_verdict *ret) {
        const struct sq_window_request request = window_request(d);
        const struct sq_subject *subject[] = {&d->user, &d->account};

        *ret = (struct sq_verdict){.accepted = true};
        if (d->account.halted && !(d->held.found && d->held.account_id == d->account.id)) {
                *ret = (struct sq_verdict){.kind = SQ_ACCOUNT, .halted = true};
                return false;
        }
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                for (int s = 0; s < 2; s++) {
                        if (sq_decision_suffices(d, subject[s], r))
                                continue;
                        *ret = (struct sq_verdict){
                                .kind = subject[s]->kind,
                                .resource = (enum sq_resource)r,
                                .window = SQ_WINDOW_TOTAL,
                                .asked = d->total.of[r],
                                .balance = sq_decision_balance(d, subject[s], r),
                        };
                        snprintf(ret->tres, sizeof ret->tres, "%s",
                                 sq_resource_name((enum sq_resource)r));
                        return false;
                }
        return sq_window_check(ledger, txn, &request, ret);
}
