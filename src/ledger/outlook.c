#include "ledger/outlook.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

struct work {
        struct sq_ledger *ledger;
        const struct sq_claim *claims;
        size_t n;
        int64_t most_minutes;
        struct sq_outlook *ret;
        int64_t longest;
};

/* What accepted components before this one hold of the same subject. */
static void add_held(const struct work *w, size_t place, const struct sq_outlook *before,
                     struct sq_decision *d) {
        for (size_t i = 0; i < place; i++)
                for (int r = 0; r < SQ_BUDGETED_RESOURCES && before[i].verdict.accepted; r++) {
                        const struct sq_amount held = before[i].total.of[r];
                        struct sq_amount *user = &d->user.of[r].reserved;
                        struct sq_amount *account = &d->account.of[r].reserved;

                        if (!sq_amount_add(user, held))
                                *user = SQ_AMOUNT(INT64_MAX);
                        if (!strcmp(w->claims[i].account, w->claims[place].account) &&
                            !sq_amount_add(account, held))
                                *account = SQ_AMOUNT(INT64_MAX);
                }
}

/* The same of their windows, of claims that took `seconds`. */
static void add_to_windows(struct sq_txn *txn, const struct work *w, size_t place,
                           const struct sq_outlook *before, const struct sq_decision *d,
                           int64_t seconds) {
        for (size_t i = 0; i < place; i++) {
                const struct sq_claim *claim = &w->claims[i];
                const struct sq_promise promise = {d->created_at,
                                                   seconds < 0 ? claim->seconds : seconds,
                                                   before[i].per_task, &claim->tres};

                if (!before[i].verdict.accepted)
                        continue;
                sq_window_pretend(w->ledger, txn, d->user.id, &promise, claim->tasks);
                if (!strcmp(claim->account, w->claims[place].account))
                        sq_window_pretend(w->ledger, txn, d->account.id, &promise,
                                          claim->tasks);
        }
}

/* Decides about one component as if it, and those before it, took `seconds`
 * (below 0: what they ask for); those before it are in `all`. */
static int decide(struct sq_txn *txn, const struct work *w, size_t place, int64_t seconds,
                  struct sq_outlook *all, struct sq_error *err) {
        struct sq_claim claim = w->claims[place];
        struct sq_decision d = {
                .claim = &claim, .tasks = claim.tasks, .created_at = sq_now()};
        struct sq_outlook *ret = &all[place];
        int rc;

        if (seconds >= 0)
                claim.seconds = seconds;
        rc = sq_decision_price(txn, &d, err);
        if (rc)
                return rc;
        sq_subject_read(w->ledger, txn, SQ_USER, claim.user, &d.user);
        sq_subject_read(w->ledger, txn, SQ_ACCOUNT, claim.account, &d.account);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        add_held(w, place, all, &d);
        add_to_windows(txn, w, place, all, &d, seconds);
        *ret = (struct sq_outlook){.per_task = d.per_task, .total = d.total};
        if (!sq_decision_make(w->ledger, txn, &d, &ret->verdict))
                ret->verdict.longest = sq_decision_longest(w->ledger, txn, &d);
        memcpy(ret->user, d.user.of, sizeof ret->user);
        memcpy(ret->account, d.account.of, sizeof ret->account);
        return SQ_OK;
}

/* Whether all would be accepted with so many minutes.  What cannot be counted would not. */
static bool all_fit(struct sq_txn *txn, const struct work *w, int64_t minutes,
                    struct sq_outlook *all) {
        for (size_t i = 0; i < w->n; i++)
                if (decide(txn, w, i, minutes * 60, all, NULL) || !all[i].verdict.accepted)
                        return false;
        return true;
}

static int find_longest(struct sq_txn *txn, struct work *w, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_outlook *all = calloc(w->n, sizeof *all);
        int64_t low = 0, high = w->most_minutes, middle;

        if (!all)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        while (low < high && !sq_txn_status(txn)) {
                middle = low + (high - low) / 2 + 1;
                if (middle > high)
                        middle = high;
                if (all_fit(txn, w, middle, all))
                        low = middle;
                else
                        high = middle - 1;
        }
        w->longest = low;
        return sq_txn_status(txn);
}

static int outlook_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct work *w = context;
        int rc = SQ_OK;

        for (size_t i = 0; i < w->n && !rc; i++)
                rc = decide(txn, w, i, -1, w->ret, err);
        return rc ? rc : find_longest(txn, w, err);
}

int sq_outlook_read(struct sq_ledger *ledger, const struct sq_claim *claims, size_t n,
                    int64_t most_minutes, struct sq_outlook *ret, int64_t *ret_longest,
                    struct sq_error *err) {
        struct work w = {.ledger = ledger,
                         .claims = claims,
                         .n = n,
                         .most_minutes = most_minutes,
                         .ret = ret};
        int rc;

        for (size_t i = 0; i < n; i++)
                if (claims[i].tasks < 1 || claims[i].seconds < 0)
                        return sq_fail(err, SQ_EINVAL, "a job has at least one task and no"
                                                       " negative time");
        if (most_minutes < 0 || most_minutes > INT64_MAX / 60)
                return sq_fail(err, SQ_ERANGE, "time limit is too long");
        rc = sq_store_read(ledger->store, outlook_work, &w, err);
        if (!rc)
                *ret_longest = w.longest;
        return rc;
}
