#include "ledger/window_check.h"

#include <stdio.h>

#define WINDOWS (SQ_WINDOW_YEAR + 1)

/* What the job holds of a balance; in all, or of its window. */
static int64_t own_share(const struct sq_window_request *request,
                         const struct sq_subject *subject,
                         const struct sq_window_balance *balance, const struct sq_span *span) {
        const struct sq_held *held = request->held;
        int64_t share;

        if (!held || (subject->kind == SQ_USER ? held->user_id : held->account_id) !=
                             subject->id ||
            !sq_promise_share(&request->before, balance->resource_id, balance->resource, span,
                              request->tasks, &share))
                return 0;
        return share;
}

/* As long as nobody has counted what is reserved in the window, all that the subject has
 * reserved may be in it. */
static bool reserved_at_most(const struct sq_subject *subject,
                             const struct sq_window_balances *list,
                             const struct sq_window_balance *balance, int64_t *ret) {
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                if (balance->resource_id == sq_resource_id((enum sq_resource)r)) {
                        *ret = subject->of[r].reserved.seconds;
                        return true;
                }
        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].resource_id == balance->resource_id &&
                    list->of[i].window == SQ_WINDOW_TOTAL && !list->of[i].uncounted) {
                        *ret = list->of[i].reserved;
                        return true;
                }
        return false;
}

/* The balance as it would be without the job itself. */
static struct sq_window_balance without_job(const struct sq_window_request *request,
                                            const struct sq_subject *subject,
                                            const struct sq_window_balances *list,
                                            const struct sq_window_balance *balance) {
        static const struct sq_span always = {0, 99999999, 0, INT64_MAX};
        struct sq_window_balance without = *balance;
        int64_t most;

        if ((balance->uncounted & SQ_UNCOUNTED_RESERVED) &&
            reserved_at_most(subject, list, balance, &most))
                without.reserved = most - own_share(request, subject, balance, &always);
        else
                without.reserved -= own_share(request, subject, balance, &balance->span);
        return without;
}

/* False: the budget of *ret does not have *ret_asked. */
static bool has_enough(const struct sq_window_request *request,
                       const struct sq_subject *subject,
                       const struct sq_window_balances *list,
                       const struct sq_window_balance *balance,
                       struct sq_window_balance *ret, int64_t *ret_asked) {
        if (balance->budget < 0 || (balance->uncounted & SQ_UNCOUNTED_CONSUMED))
                return true;
        if (!sq_promise_share(&request->asked, balance->resource_id, balance->resource,
                              &balance->span, request->tasks, ret_asked))
                *ret_asked = INT64_MAX;
        *ret = without_job(request, subject, list, balance);
        return *ret_asked == 0 ||
               *ret_asked <= own_share(request, subject, balance, &balance->span) ||
               *ret_asked <= sq_window_balance_available(ret).seconds;
}

static void refuse(const struct sq_subject *subject, const struct sq_window_balance *balance,
                   int64_t asked, struct sq_verdict *ret) {
        int64_t limit;

        if (__builtin_add_overflow(balance->budget, balance->carried, &limit))
                limit = INT64_MAX;
        *ret = (struct sq_verdict){
                .kind = subject->kind,
                .resource = balance->resource_id == sq_resource_id(SQ_GPU) ? SQ_GPU : SQ_CPU,
                .window = balance->window,
                .last_day = balance->span.last_day,
                .asked = SQ_AMOUNT(asked),
                .balance = {SQ_AMOUNT(limit), SQ_AMOUNT(balance->consumed),
                            SQ_AMOUNT(balance->reserved)},
        };
        snprintf(ret->tres, sizeof ret->tres, "%s", balance->resource);
}

/* The first resource behind `after` that one of them has a budget of. */
static int64_t next_resource(struct sq_window_balances *const list[2],
                             enum sq_window_kind window, int64_t after) {
        int64_t next = 0;

        for (int s = 0; s < 2; s++)
                for (size_t i = 0; i < list[s]->n; i++) {
                        const struct sq_window_balance *balance = &list[s]->of[i];

                        if (balance->window == window && balance->resource_id > after &&
                            (!next || balance->resource_id < next))
                                next = balance->resource_id;
                }
        return next;
}

static void lists_of(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_window_request *request,
                     struct sq_window_balances *ret[2]) {
        static struct sq_window_balances none;

        for (int s = 0; s < 2; s++)
                ret[s] = request->subject[s]->id
                                 ? sq_window_balances_of(ledger, txn,
                                                         request->subject[s]->id)
                                 : &none;
}

static bool check_one(const struct sq_window_request *request,
                      struct sq_window_balances *const list[2], enum sq_window_kind window,
                      int64_t resource_id, struct sq_verdict *ret) {
        struct sq_window_balance lacking;
        int64_t asked;

        for (int s = 0; s < 2; s++)
                for (size_t i = 0; i < list[s]->n; i++) {
                        const struct sq_window_balance *balance = &list[s]->of[i];

                        if (balance->window != window || balance->resource_id != resource_id ||
                            has_enough(request, request->subject[s], list[s], balance,
                                       &lacking, &asked))
                                continue;
                        refuse(request->subject[s], &lacking, asked, ret);
                        return false;
                }
        return true;
}

bool sq_window_check(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_window_request *request, struct sq_verdict *ret) {
        struct sq_window_balances *list[2];

        lists_of(ledger, txn, request, list);
        if (!list[0]->n && !list[1]->n)
                return true;
        for (int w = SQ_WINDOW_TOTAL; w < WINDOWS; w++) {
                const enum sq_window_kind window = (enum sq_window_kind)w;

                for (int64_t id = 0; (id = next_resource(list, window, id));)
                        if (!check_one(request, list, window, id, ret))
                                return false;
        }
        return true;
}

/* --- what would fit --------------------------------------------------------------------- */

/* Seconds of the job that can lie in the window at most. */
static int64_t room_of(const struct sq_window_request *request, const struct sq_span *span) {
        const int64_t from = request->asked.created_at > span->since_at
                                     ? request->asked.created_at
                                     : span->since_at;

        return span->until_at > from ? span->until_at - from : 0;
}

/* Rounding up the part of a weighted amount costs up to two seconds more. */
#define ROUNDED 2

static int64_t longest_in(const struct sq_window_request *request,
                          const struct sq_window_balance *balance,
                          const struct sq_factors *factors) {
        const int64_t available =
                sq_window_balance_available(balance).seconds / request->tasks;
        const int64_t room = room_of(request, &balance->span);
        const int64_t count = sq_tres_count(request->asked.tres, balance->resource);
        int64_t fits, whole;

        if (balance->resource_id == sq_resource_id(SQ_GPU)) {
                fits = sq_factors_longest(factors, request->asked.tres, SQ_GPU,
                                          SQ_AMOUNT(available));
                whole = available <= ROUNDED
                                ? 0
                                : sq_factors_longest(factors, request->asked.tres, SQ_GPU,
                                                     SQ_AMOUNT(available - ROUNDED));
        } else {
                fits = whole = count ? available / count : INT64_MAX;
        }
        return whole >= room ? INT64_MAX : fits < room ? fits : room;
}

int64_t sq_window_longest(struct sq_ledger *ledger, struct sq_txn *txn,
                          const struct sq_window_request *request,
                          const struct sq_factors *factors) {
        struct sq_window_balances *list[2];
        int64_t longest = INT64_MAX;

        lists_of(ledger, txn, request, list);
        for (int s = 0; s < 2; s++)
                for (size_t i = 0; i < list[s]->n; i++) {
                        const struct sq_window_balance *balance = &list[s]->of[i];
                        struct sq_window_balance without;
                        int64_t fits;

                        if (balance->budget < 0 ||
                            (balance->uncounted & SQ_UNCOUNTED_CONSUMED))
                                continue;
                        without = without_job(request, request->subject[s], list[s], balance);
                        fits = longest_in(request, &without, factors);
                        if (fits < longest)
                                longest = fits;
                }
        return longest;
}
