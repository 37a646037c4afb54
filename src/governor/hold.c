#include "governor/hold.h"

#include <stdio.h>

#include "base/clock.h"
#include "governor/event.h"
#include "governor/outbox.h"
#include "ledger/entry.h"
#include "ledger/halt.h"

static const char delete_sql[] = "DELETE FROM account_hold WHERE account_id = ?";
static const char insert_sql[] =
        "INSERT INTO account_hold (account_id, level, actor, reason, since, entry_id)"
        " VALUES (?, ?, ?, ?, ?, ?)";
/* The next evaluation asks for it: it knows the rest of the plan. */
static const char replan_sql[] = "UPDATE policy_account SET plan = NULL WHERE account_id = ?";
static const char each_sql[] =
        "SELECT s.name, h.level, h.actor, h.reason, h.since FROM account_hold h"
        " JOIN subject s ON s.id = h.account_id ORDER BY s.name";

#define REASON_SIZE 600

struct set_work {
        struct sq_ledger *ledger;
        const char *account;
        enum sq_level level;
        const struct sq_actor *actor;
};

static int set_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct set_work *w = context;
        const int64_t account = sq_subject_ensure(w->ledger, txn, SQ_ACCOUNT, w->account,
                                                  w->actor->name);
        const char *word = w->level == SQ_NORMAL ? "resumed" : sq_level_word(w->level);
        const int64_t now = sq_now();
        char reason[REASON_SIZE], text[REASON_SIZE];
        const struct sq_actor who = {w->actor->name, reason};
        int64_t entry;
        bool was_held;
        int rc = SQ_OK;

        snprintf(reason, sizeof reason, "%s%s%s", word, w->actor->reason ? ": " : "",
                 w->actor->reason ? w->actor->reason : "");
        was_held = sq_run(txn, delete_sql, "i", account) > 0;
        if (!was_held && w->level == SQ_NORMAL)
                return sq_fail(err, SQ_ENOTFOUND, "no operator holds account \"%s\"",
                               w->account);
        entry = sq_entry_append(txn, "hold", 0, account, &who);
        if (w->level != SQ_NORMAL)
                sq_run(txn, insert_sql, "iissii", account, (int64_t)w->level, w->actor->name,
                       w->actor->reason, now, entry);
        sq_halt_settle(txn, account);
        if (!sq_run(txn, replan_sql, "i", account))
                rc = sq_outbox_add_level(txn, account, w->account, w->level, now, err);
        snprintf(text, sizeof text, "account %s: %.300s by %.100s", w->account, reason,
                 w->actor->name);
        sq_event_append(txn, SQ_EVENT_OF_OPERATORS, 0, account, now, text);
        return rc ? rc : sq_txn_status(txn);
}

int sq_hold_set(struct sq_ledger *ledger, const char *account, enum sq_level level,
                const struct sq_actor *actor, struct sq_error *err) {
        struct set_work w = {ledger, account, level, actor};

        return sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_NOW, set_work, &w, err);
}

struct each_work {
        sq_hold_fn each;
        void *payload;
        int stopped;
};

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct each_work *w = context;
        struct sq_query *query = sq_query(txn, each_sql, "");

        (void)err;
        while (!w->stopped && sq_query_next(query)) {
                const struct sq_hold hold = {
                        .account = sq_query_text(query, 0),
                        .level = (enum sq_level)sq_query_int(query, 1),
                        .actor = sq_query_text(query, 2),
                        .reason = sq_query_text(query, 3),
                        .since = sq_query_int(query, 4),
                };

                w->stopped = w->each(&hold, w->payload);
        }
        sq_query_done(query);
        return SQ_OK;
}

int sq_hold_each(struct sq_ledger *ledger, sq_hold_fn each, void *payload,
                 struct sq_error *err) {
        struct each_work w = {each, payload, 0};
        int rc = sq_store_read(sq_ledger_store(ledger), each_work, &w, err);

        return rc ? rc : w.stopped;
}
