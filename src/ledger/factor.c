#include "ledger/factor.h"

#include <stdio.h>
#include <string.h>

#include "ledger/internal.h"

/* `default` sorts first, so that it is never the one that a bound cuts off. */
static const char read_sql[] = "SELECT type, millionths FROM gpu_factor"
                               " ORDER BY type <> 'default', type";
static const char update_sql[] = "UPDATE gpu_factor SET millionths = ? WHERE type = ?";
static const char insert_sql[] = "INSERT INTO gpu_factor (millionths, type) VALUES (?, ?)";

void sq_factors_read(struct sq_txn *txn, struct sq_factors *ret) {
        struct sq_query *query = sq_query(txn, read_sql, "");

        ret->n = 0;
        while (ret->n < SQ_FACTORS_MAX && sq_query_next(query)) {
                snprintf(ret->item[ret->n].type, sizeof ret->item[ret->n].type, "%s",
                         sq_query_text(query, 0));
                ret->item[ret->n++].millionths = sq_query_int(query, 1);
        }
        sq_query_done(query);
}

static int load_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        (void)err;
        sq_factors_read(txn, context);
        return SQ_OK;
}

int sq_factors_load(struct sq_ledger *ledger, struct sq_factors *ret, struct sq_error *err) {
        struct sq_factors factors = {0};
        int rc = sq_store_read(ledger->store, load_work, &factors, err);

        if (!rc)
                *ret = factors;
        return rc;
}

struct set_work {
        const char *type;
        int64_t millionths;
        const struct sq_actor *actor;
};

static int set_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct set_work *w = context;
        struct sq_factors factors = {0};
        struct sq_actor who = *w->actor;
        char weight[32], reason[SQ_TRES_NAME_MAX + 600];
        bool there = false;

        sq_factors_read(txn, &factors);
        for (size_t i = 0; i < factors.n; i++)
                there = there || !strcmp(factors.item[i].type, w->type);
        if (!there && factors.n == SQ_FACTORS_MAX)
                return sq_fail(err, SQ_ERANGE, "there are %d GPU types already",
                               SQ_FACTORS_MAX);
        sq_run(txn, there ? update_sql : insert_sql, "is", w->millionths, w->type);
        snprintf(reason, sizeof reason, "%s = %s%s%s", w->type,
                 sq_weight_text(w->millionths, weight, sizeof weight), who.reason ? ": " : "",
                 who.reason ? who.reason : "");
        who.reason = reason;
        sq_entry_append(txn, "factor", 0, 0, &who);
        return SQ_OK;
}

int sq_factor_set(struct sq_ledger *ledger, const char *type, int64_t millionths,
                  const struct sq_actor *actor, struct sq_error *err) {
        struct set_work w = {type, millionths, actor};

        if (millionths <= 0 || !type[0] || strlen(type) >= SQ_TRES_NAME_MAX)
                return sq_fail(err, SQ_EINVAL, "that is not a GPU type and a factor above 0");
        return sq_store_write(ledger->store, SQ_DURABLE_NOW, set_work, &w, err);
}

static int64_t weight_of_row(const struct sq_factors *factors, const char *type) {
        for (size_t i = 0; i < factors->n; i++)
                if (!strcmp(factors->item[i].type, type))
                        return factors->item[i].millionths;
        return 0;
}

int64_t sq_factors_of(const struct sq_factors *factors, const char *type) {
        int64_t weight = type ? weight_of_row(factors, type) : 0;

        if (!weight)
                weight = weight_of_row(factors, SQ_FACTOR_DEFAULT);
        return weight ? weight : SQ_WEIGHT_ONE;
}

bool sq_tres_has_gpus(const struct sq_tres *tres) {
        for (size_t i = 0; i < tres->n; i++)
                if (!strncmp(tres->item[i].name, "gres/gpu", 8) &&
                    (tres->item[i].name[8] == '\0' || tres->item[i].name[8] == ':'))
                        return true;
        return false;
}

/* All GPUs of `tres` in millionths of a GPU of weight one. */
static bool weigh_gpus(const struct sq_factors *factors, const struct sq_tres *tres,
                       int64_t *ret) {
        int64_t untyped = sq_tres_count(tres, "gres/gpu"), sum = 0, part;

        for (size_t i = 0; i < tres->n; i++) {
                const char *type = sq_tres_gpu_type(tres->item[i].name);

                if (!type)
                        continue;
                if (__builtin_mul_overflow(tres->item[i].count, sq_factors_of(factors, type),
                                           &part) ||
                    __builtin_add_overflow(sum, part, &sum))
                        return false;
                untyped -= tres->item[i].count; /* fits: no weight is below 1 */
        }
        if (untyped > 0 &&
            (__builtin_mul_overflow(untyped, sq_factors_of(factors, NULL), &part) ||
             __builtin_add_overflow(sum, part, &sum)))
                return false;
        *ret = sum;
        return true;
}

/* The inverse of the two lines below: CPUs cost count * t, GPUs (weighted * t + half)
 * / one, rounded down. */
int64_t sq_factors_longest(const struct sq_factors *factors, const struct sq_tres *tres,
                           enum sq_resource resource, struct sq_amount amount) {
        const int64_t cpus = sq_tres_count(tres, "cpu");
        int64_t weighted = 0;
        __int128 longest;

        if (resource == SQ_CPU)
                return cpus ? amount.seconds / cpus : INT64_MAX;
        if (!weigh_gpus(factors, tres, &weighted))
                return 0;
        if (!weighted)
                return INT64_MAX;
        longest = ((__int128)amount.seconds * SQ_WEIGHT_ONE + SQ_WEIGHT_ONE / 2 - 1) / weighted;
        return longest < INT64_MAX ? (int64_t)longest : INT64_MAX;
}

int sq_factors_price(const struct sq_factors *factors, const struct sq_tres *tres,
                     int64_t seconds, struct sq_amounts *ret, struct sq_error *err) {
        struct sq_amounts amounts;
        int64_t weighted;

        if (!sq_amount_scale(SQ_AMOUNT(sq_tres_count(tres, "cpu")), seconds,
                             &amounts.of[SQ_CPU]) ||
            !weigh_gpus(factors, tres, &weighted) ||
            !sq_amount_weigh(weighted, seconds, &amounts.of[SQ_GPU]))
                return sq_fail(err, SQ_ERANGE, "the job is too large to be counted");
        *ret = amounts;
        return SQ_OK;
}
