#include "ledger/halt.h"

#include <stdio.h>
#include <string.h>

#include "ledger/internal.h"

#define LEVEL_PAUSED "2"

static const char operator_sql[] =
        "SELECT h.reason FROM account_hold h JOIN subject s ON s.id = h.account_id"
        " WHERE s.kind = 'account' AND s.name = ? AND h.level = " LEVEL_PAUSED;
/* Of several that which ends last. */
static const char policy_sql[] =
        "SELECT p.name, a.percentage, a.next_day, a.paused_at FROM policy_account a"
        " JOIN subject s ON s.id = a.account_id JOIN policy p ON p.id = a.policy_id"
        " WHERE s.kind = 'account' AND s.name = ? AND a.halts = 1"
        " ORDER BY a.next_day = 0 DESC, a.next_day DESC, p.id";
static const char settle_sql[] =
        "UPDATE subject SET halted ="
        " (SELECT count(*) FROM account_hold h WHERE h.account_id = ?"
        "  AND h.level = " LEVEL_PAUSED ") * 2"
        " + EXISTS (SELECT 1 FROM policy_account a WHERE a.account_id = ? AND a.halts = 1)"
        " WHERE id = ?";

struct work {
        const char *account;
        struct sq_halt *ret;
};

/* One decimal is enough; cut off, as what is not reached must not look reached. */
static void copy_percentage(const char *text, char ret[16]) {
        const char *point = strchr(text, '.');
        const int length = point ? (int)(point - text) + 2 : (int)strlen(text);

        snprintf(ret, 16, "%.*s", length < 15 ? length : 15, text);
}

static int work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct work *w = context;
        struct sq_query *query;
        const char *text;

        (void)err;
        *w->ret = (struct sq_halt){.by = SQ_HALTED_BY_NOBODY};
        query = sq_query(txn, operator_sql, "s", w->account);
        if (sq_query_next(query)) {
                w->ret->by = SQ_HALTED_BY_OPERATOR;
                text = sq_query_text(query, 0);
                snprintf(w->ret->reason, sizeof w->ret->reason, "%s", text ? text : "");
        }
        sq_query_done(query);
        if (w->ret->by == SQ_HALTED_BY_OPERATOR)
                return SQ_OK;
        query = sq_query(txn, policy_sql, "s", w->account);
        if (sq_query_next(query)) {
                w->ret->by = SQ_HALTED_BY_POLICY;
                snprintf(w->ret->policy, sizeof w->ret->policy, "%s", sq_query_text(query, 0));
                copy_percentage(sq_query_text(query, 1), w->ret->percentage);
                w->ret->next_day = sq_query_int(query, 2);
                w->ret->blocked = sq_query_int(query, 3) == 0;
        }
        sq_query_done(query);
        return SQ_OK;
}

int sq_halt_read(struct sq_ledger *ledger, const char *account, struct sq_halt *ret,
                 struct sq_error *err) {
        struct work w = {account, ret};

        return sq_store_read(ledger->store, work, &w, err);
}

char *sq_halt_text(const struct sq_halt *halt, char text[SQ_HALT_TEXT_SIZE]) {
        size_t length;

        text[0] = '\0';
        if (halt->by == SQ_HALTED_BY_OPERATOR)
                snprintf(text, SQ_HALT_TEXT_SIZE, "by an operator%s%s",
                         halt->reason[0] ? ": " : "", halt->reason);
        if (halt->by != SQ_HALTED_BY_POLICY)
                return text;
        snprintf(text, SQ_HALT_TEXT_SIZE, "by policy %s at %s %% of its allocation",
                 halt->policy, halt->percentage);
        length = strlen(text);
        if (halt->next_day)
                snprintf(text + length, SQ_HALT_TEXT_SIZE - length,
                         "; a new window begins %04d-%02d-%02d", (int)(halt->next_day / 10000),
                         (int)(halt->next_day / 100 % 100), (int)(halt->next_day % 100));
        return text;
}

void sq_halt_settle(struct sq_txn *txn, int64_t account_id) {
        sq_run(txn, settle_sql, "iii", account_id, account_id, account_id);
}
