#include "governor/allocation.h"

#include <stdio.h>
#include <string.h>

#include "governor/moment.h"
#include "ledger/entry.h"

static const char insert_sql[] =
        "INSERT INTO allocation (account_id, resource, window_id, amount, first_day, last_day,"
        " note, entry_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
static const char find_sql[] =
        "SELECT account_id, resource FROM allocation WHERE id = ? AND removed_by IS NULL"
        SQ_FOR_UPDATE;
static const char remove_sql[] = "UPDATE allocation SET removed_by = ? WHERE id = ?";
static const char each_sql[] =
        "SELECT a.id, s.name, a.resource, a.window_id, a.amount, a.first_day, a.last_day,"
        " a.note FROM allocation a JOIN subject s ON s.id = a.account_id"
        " WHERE a.removed_by IS NULL AND s.name = coalesce(?, s.name)"
        " ORDER BY s.name, a.window_id, a.resource, a.id";

/* What the entry says beside the reason. */
#define WHAT_SIZE 200
#define REASON_SIZE (WHAT_SIZE + 600)

static void describe(const struct sq_allocation *a, const char *reason,
                     char text[REASON_SIZE]) {
        char amount[32];

        snprintf(text, REASON_SIZE, "%s %s per %s from %08d to %08d%s%s", a->tres,
                 sq_amount_text(a->amount, amount, sizeof amount),
                 sq_window_kind_word(a->window),
                 (int)a->first_day, (int)a->last_day, reason ? ": " : "", reason ? reason : "");
}

static int check(const struct sq_allocation *a, struct sq_error *err) {
        if (a->amount.seconds < 0)
                return sq_fail(err, SQ_EINVAL, "an allocation cannot be negative");
        if (a->first_day > a->last_day)
                return sq_fail(err, SQ_EINVAL, "the last day is before the first one");
        return sq_reason_check(a->note, err);
}

struct set_work {
        struct sq_ledger *ledger;
        const char *account;
        const struct sq_allocation *item;
        size_t n;
        const struct sq_actor *actor;
};

static int set_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct set_work *w = context;
        const int64_t account = sq_subject_ensure(w->ledger, txn, SQ_ACCOUNT, w->account,
                                                  w->actor->name);
        char reason[REASON_SIZE];

        (void)err;
        for (size_t i = 0; i < w->n; i++) {
                const struct sq_allocation *a = &w->item[i];
                const struct sq_actor who = {w->actor->name, reason};

                describe(a, w->actor->reason, reason);
                sq_run(txn, insert_sql, "isiiiisi", account, a->tres, (int64_t)a->window,
                       a->amount.seconds, a->first_day, a->last_day, a->note,
                       sq_entry_append(txn, "allocation", 0, account, &who));
        }
        return SQ_OK;
}

int sq_allocations_set(struct sq_ledger *ledger, const char *account,
                       const struct sq_allocation *allocations, size_t n,
                       const struct sq_actor *actor, struct sq_error *err) {
        struct set_work w = {ledger, account, allocations, n, actor};

        for (size_t i = 0; i < n; i++) {
                int rc = check(&allocations[i], err);

                if (rc)
                        return rc;
        }
        return sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_NOW, set_work, &w, err);
}

struct remove_work {
        int64_t id;
        const struct sq_actor *actor;
};

static int remove_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct remove_work *w = context;
        struct sq_query *query = sq_query(txn, find_sql, "i", w->id);
        char reason[REASON_SIZE];
        const struct sq_actor who = {w->actor->name, reason};
        int64_t account;

        if (!sq_query_next(query)) {
                sq_query_done(query);
                sq_fail(err, SQ_ENOTFOUND, "there is no allocation %lld", (long long)w->id);
                sq_hint(err, "List them with: slurm-quota allocation list");
                return SQ_ENOTFOUND;
        }
        account = sq_query_int(query, 0);
        snprintf(reason, sizeof reason, "number %lld of %s removed%s%s", (long long)w->id,
                 sq_query_text(query, 1), w->actor->reason ? ": " : "",
                 w->actor->reason ? w->actor->reason : "");
        sq_query_done(query);
        sq_run(txn, remove_sql, "ii", sq_entry_append(txn, "allocation", 0, account, &who),
               w->id);
        return SQ_OK;
}

int sq_allocation_remove(struct sq_ledger *ledger, int64_t id, const struct sq_actor *actor,
                         struct sq_error *err) {
        struct remove_work w = {id, actor};

        return sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_NOW, remove_work, &w, err);
}

struct each_work {
        const char *account;
        sq_allocation_fn each;
        void *payload;
        int stopped;
};

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct each_work *w = context;
        struct sq_query *query = sq_query(txn, each_sql, "s", w->account);

        (void)err;
        while (!w->stopped && sq_query_next(query)) {
                const struct sq_allocation a = {
                        .id = sq_query_int(query, 0),
                        .account = sq_query_text(query, 1),
                        .tres = sq_query_text(query, 2),
                        .window = (enum sq_window_kind)sq_query_int(query, 3),
                        .amount = SQ_AMOUNT(sq_query_int(query, 4)),
                        .first_day = sq_query_int(query, 5),
                        .last_day = sq_query_int(query, 6),
                        .note = sq_query_text(query, 7),
                };

                w->stopped = w->each(&a, w->payload);
        }
        sq_query_done(query);
        return SQ_OK;
}

int sq_allocation_each(struct sq_ledger *ledger, const char *account, sq_allocation_fn each,
                       void *payload, struct sq_error *err) {
        struct each_work w = {account, each, payload, 0};
        int rc = sq_store_read(sq_ledger_store(ledger), each_work, &w, err);

        return rc ? rc : w.stopped;
}
