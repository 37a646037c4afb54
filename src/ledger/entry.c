/* entry.c - the append-only lines of the ledger */
#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

/* As slurm-quota 3.0 bounds it; a line in a log stays readable. */
#define REASON_MAX 500

static const char append_sql[] =
        "INSERT INTO entry (at, kind, user_id, account_id, actor, reason)"
        " VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?)";
static const char line_sql[] =
        "INSERT INTO entry_line (entry_id, resource_id, window_id, amount)"
        " VALUES (?, ?, ?, ?)";

int64_t sq_entry_append(struct sq_txn *txn, const char *kind, int64_t user_id,
                        int64_t account_id, const struct sq_actor *actor) {
        sq_run(txn, append_sql, "isiiss", sq_now(), kind, user_id, account_id, actor->name,
               actor->reason);
        return sq_txn_last_id(txn);
}

void sq_entry_add_line(struct sq_txn *txn, int64_t entry, enum sq_resource resource,
                       struct sq_amount amount) {
        sq_entry_add_window_line(txn, entry, sq_resource_id(resource), SQ_WINDOW_TOTAL,
                                 amount);
}

void sq_entry_add_window_line(struct sq_txn *txn, int64_t entry, int64_t resource_id,
                              enum sq_window_kind window, struct sq_amount amount) {
        sq_run(txn, line_sql, "iiii", entry, resource_id, (int64_t)window, amount.seconds);
}

int sq_reason_check(const char *text, struct sq_error *err) {
        bool blank = true;

        if (!text)
                return SQ_OK;
        if (strlen(text) > REASON_MAX)
                return sq_fail(err, SQ_EINVAL, "the reason is longer than %d bytes",
                               REASON_MAX);
        for (; *text; text++) {
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return sq_fail(err, SQ_EINVAL, "the reason must be one line of"
                                                       " plain text");
                blank = blank && *text == ' ';
        }
        return blank ? sq_fail(err, SQ_EINVAL, "the reason is blank") : SQ_OK;
}
