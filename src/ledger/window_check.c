#include "ledger/window_check.h"

#include <stdio.h>

#define WINDOWS (SQ_WINDOW_YEAR + 1)

static const char policy_sql[] = "SELECT name FROM policy WHERE id = ?";

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

static const struct sq_span always = {0, 99999999, 0, INT64_MAX};

/* The balance as it would be without the job itself. */
static struct sq_window_balance without_job(const struct sq_window_request *request,
                                            const struct sq_subject *subject,
                                            const struct sq_window_balances *list,
                                            const struct sq_window_balance *balance) {
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

/* --- what a policy lets the account use ------------------------------------------------ */

/* Balances that share what they may use, counted with their weights. */
struct pool {
        struct sq_policy_share policy;
        enum sq_window_kind window;
        struct sq_span span;
        int64_t consumed, reserved, asked, own; /* reserved without the job's own */
        int64_t rate;    /* asked in a second by one task */
        bool is_unknown; /* what was consumed of one of them is not counted */
};

/* What does not fit is as much as can be. */
static int64_t sum_up(int64_t sum, int64_t amount, int64_t weight) {
        int64_t more;

        if (__builtin_mul_overflow(amount, weight ? weight : 1, &more))
                more = INT64_MAX;
        return __builtin_add_overflow(sum, more, &more) ? INT64_MAX : more;
}

static void pour(struct pool *pool, const struct sq_window_request *request,
                 const struct sq_window_balances *list,
                 const struct sq_window_balance *balance) {
        const struct sq_subject *account = request->subject[SQ_ACCOUNT_OF_REQUEST];
        const int64_t weight = balance->policy.weight;
        const struct sq_window_balance without =
                without_job(request, account, list, balance);
        int64_t asked;

        if (!sq_promise_share(&request->asked, balance->resource_id, balance->resource,
                              &balance->span, request->tasks, &asked))
                asked = INT64_MAX;
        pool->consumed = sum_up(pool->consumed, balance->consumed, weight);
        pool->reserved = sum_up(pool->reserved, without.reserved, weight);
        pool->asked = sum_up(pool->asked, asked, weight);
        pool->own = sum_up(pool->own, own_share(request, account, balance, &balance->span),
                           weight);
        pool->rate = sum_up(pool->rate, sq_tres_count(request->asked.tres, balance->resource),
                            weight);
        pool->is_unknown = pool->is_unknown || (balance->uncounted & SQ_UNCOUNTED_CONSUMED);
}

static bool is_same_pool(const struct sq_window_balance *a, const struct sq_window_balance *b) {
        return a->policy.policy_id == b->policy.policy_id && a->window == b->window &&
               a->policy.weight && b->policy.weight;
}

/* cpu for all of time, which is kept elsewhere, as one of them. */
static struct sq_window_balance cpu_total(const struct sq_subject *account) {
        const struct sq_balance *cpu = &account->of[SQ_CPU];

        return (struct sq_window_balance){
                .resource_id = sq_resource_id(SQ_CPU), .window = SQ_WINDOW_TOTAL,
                .resource = "cpu", .consumed = cpu->consumed.seconds,
                .reserved = cpu->reserved.seconds, .span = always,
                .policy = account->cpu_policy};
}

/* The pool that begins with the balance at `i` (list->n: cpu for all of time); false when it
 * is in one that began before, or no policy's. */
static bool fill(const struct sq_window_request *request,
                 const struct sq_window_balances *list, size_t i, struct pool *ret) {
        const struct sq_subject *account = request->subject[SQ_ACCOUNT_OF_REQUEST];
        const struct sq_window_balance *first = &list->of[i];
        struct sq_window_balance cpu;

        if (!(i < list->n ? first->policy : account->cpu_policy).policy_id)
                return false;
        cpu = cpu_total(account);
        if (i == list->n)
                first = &cpu;
        for (size_t k = 0; k < i; k++)
                if (is_same_pool(&list->of[k], first))
                        return false;
        *ret = (struct pool){.policy = first->policy, .window = first->window,
                             .span = first->span};
        pour(ret, request, list, first);
        for (size_t k = i + 1; k <= list->n; k++) {
                const struct sq_window_balance *other = k < list->n ? &list->of[k] : &cpu;

                if (is_same_pool(other, first))
                        pour(ret, request, list, other);
        }
        return true;
}

static int64_t left_of(const struct pool *pool) {
        int64_t spent, left;

        if (__builtin_add_overflow(pool->consumed, pool->reserved, &spent) ||
            spent >= pool->policy.limit)
                return 0;
        return __builtin_sub_overflow(pool->policy.limit, spent, &left) ? INT64_MAX : left;
}

static void refuse_by_policy(struct sq_txn *txn, const struct pool *pool,
                             struct sq_verdict *ret) {
        struct sq_query *query;

        *ret = (struct sq_verdict){
                .kind = SQ_ACCOUNT,
                .resource = SQ_CPU,
                .of_policy = true,
                .full = pool->policy.full,
                .window = pool->window,
                .last_day = pool->span.last_day,
                .asked = SQ_AMOUNT(pool->asked),
                .balance = {SQ_AMOUNT(pool->policy.limit), SQ_AMOUNT(pool->consumed),
                            SQ_AMOUNT(pool->reserved)},
        };
        query = sq_query(txn, policy_sql, "i", pool->policy.policy_id);
        if (sq_query_next(query))
                snprintf(ret->policy, sizeof ret->policy, "%s", sq_query_text(query, 0));
        sq_query_done(query);
}

static bool policies_allow(struct sq_txn *txn, const struct sq_window_request *request,
                           const struct sq_window_balances *list, struct sq_verdict *ret) {
        struct pool pool;

        for (size_t i = 0; i <= list->n; i++) {
                if (!fill(request, list, i, &pool) || pool.is_unknown || !pool.asked ||
                    pool.asked <= pool.own || pool.asked <= left_of(&pool))
                        continue;
                refuse_by_policy(txn, &pool, ret);
                return false;
        }
        return true;
}

/* --- all of them ---------------------------------------------------------------------- */

bool sq_window_check(struct sq_ledger *ledger, struct sq_txn *txn,
                     const struct sq_window_request *request, struct sq_verdict *ret) {
        struct sq_window_balances *list[2];

        lists_of(ledger, txn, request, list);
        for (int w = SQ_WINDOW_TOTAL; w < WINDOWS; w++) {
                const enum sq_window_kind window = (enum sq_window_kind)w;

                for (int64_t id = 0; (id = next_resource(list, window, id));)
                        if (!check_one(request, list, window, id, ret))
                                return false;
        }
        return policies_allow(txn, request, list[SQ_ACCOUNT_OF_REQUEST], ret);
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

/* As long as a pool lasts. */
static int64_t longest_of_pool(const struct sq_window_request *request,
                               const struct pool *pool) {
        const int64_t room = room_of(request, &pool->span);
        int64_t fits;

        if (!pool->rate)
                return INT64_MAX;
        fits = left_of(pool) / request->tasks / pool->rate;
        return fits < room ? fits : INT64_MAX;
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
        for (size_t i = 0; i <= list[SQ_ACCOUNT_OF_REQUEST]->n; i++) {
                struct pool pool;
                int64_t fits;

                if (!fill(request, list[SQ_ACCOUNT_OF_REQUEST], i, &pool) || pool.is_unknown)
                        continue;
                fits = longest_of_pool(request, &pool);
                if (fits < longest)
                        longest = fits;
        }
        return longest;
}
