#include "governor/event.h"

static const char append_sql[] =
        "INSERT INTO event (at, kind, policy_id, account_id, text)"
        " VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?)";

void sq_event_append(struct sq_txn *txn, const char *kind, int64_t policy_id,
                     int64_t account_id, int64_t at, const char *text) {
        sq_run(txn, append_sql, "isiis", at, kind, policy_id, account_id, text);
}
