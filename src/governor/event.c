#include "governor/event.h"

#include <string.h>

#include "base/clock.h"
#include "base/grow.h"

/* In one transaction, which takes a millisecond or two. */
#define AT_ONCE 500

/* Writers take milliseconds. */
#define PATIENCE_NS (2 * SQ_NS_PER_SECOND)

static const char append_sql[] =
        "INSERT INTO event (at, kind, policy_id, account_id, text)"
        " VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?)";

/* 0, or minus the time of a claim that is too old, or of a clock that was set back. */
#define IS_UNTOLD " told <= 0 AND (told = 0 OR told > ? OR told < ?)"

static const char any_sql[] = "SELECT 1 FROM event WHERE" IS_UNTOLD " LIMIT 1";
static const char untold_sql[] =
        "SELECT e.id, e.at, e.kind, p.name, p.uuid, p.cluster, s.name, e.text FROM event e"
        " LEFT JOIN policy p ON p.id = e.policy_id LEFT JOIN subject s ON s.id = e.account_id"
        " WHERE" IS_UNTOLD " ORDER BY e.id LIMIT ?";
static const char note_sql[] = "UPDATE event SET told = ? WHERE id = ?";
static const char give_back_sql[] = "UPDATE event SET told = 0 WHERE id = ? AND told = ?";

void sq_event_append(struct sq_txn *txn, const char *kind, int64_t policy_id,
                     int64_t account_id, int64_t at, const char *text) {
        sq_run(txn, append_sql, "isiis", at, kind, policy_id, account_id, text);
}

/* --- telling --------------------------------------------------------------------------- */

struct item {
        int64_t id, at;
        char *kind, *policy, *policy_uuid, *cluster, *account, *text;
};

struct batch {
        int64_t now;
        struct item *item;
        size_t n, room;
        size_t told; /* the first so many */
        bool any;
};

static void clear(struct batch *b) {
        for (size_t i = 0; i < b->n; i++) {
                free(b->item[i].kind);
                free(b->item[i].policy);
                free(b->item[i].policy_uuid);
                free(b->item[i].cluster);
                free(b->item[i].account);
                free(b->item[i].text);
        }
        b->n = b->told = 0;
}

/* NULL stays NULL; false: out of memory. */
static bool copy(struct sq_query *q, int column, char **ret) {
        const char *text = sq_query_text(q, column);

        *ret = text ? strdup(text) : NULL;
        return !text || *ret;
}

static bool add(struct batch *b, struct sq_query *q) {
        struct item *item;

        if (!sq_grow(&b->item, b->n + 1, &b->room, sizeof *b->item))
                return false;
        item = &b->item[b->n++];
        *item = (struct item){.id = sq_query_int(q, 0), .at = sq_query_int(q, 1)};
        return copy(q, 2, &item->kind) && copy(q, 3, &item->policy) &&
               copy(q, 4, &item->policy_uuid) && copy(q, 5, &item->cluster) &&
               copy(q, 6, &item->account) && copy(q, 7, &item->text);
}

static int look(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct batch *b = context;
        struct sq_query *q = sq_query(txn, any_sql, "ii", -(b->now - SQ_EVENT_CLAIM_SECONDS),
                                      -(b->now + SQ_EVENT_CLAIM_SECONDS));

        (void)err;
        b->any = sq_query_next(q);
        sq_query_done(q);
        return SQ_OK;
}

static int claim(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct batch *b = context;
        struct sq_query *q = sq_query(
                txn, untold_sql, "iii", -(b->now - SQ_EVENT_CLAIM_SECONDS),
                -(b->now + SQ_EVENT_CLAIM_SECONDS), (int64_t)AT_ONCE);

        clear(b);
        while (sq_query_next(q))
                if (!add(b, q)) {
                        sq_query_done(q);
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                }
        for (size_t i = 0; i < b->n; i++)
                sq_run(txn, note_sql, "ii", -b->now, b->item[i].id);
        return SQ_OK;
}

static int settle(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct batch *b = context;

        (void)err;
        for (size_t i = 0; i < b->told; i++)
                sq_run(txn, note_sql, "ii", (int64_t)1, b->item[i].id);
        for (size_t i = b->told; i < b->n; i++)
                sq_run(txn, give_back_sql, "ii", b->item[i].id, -b->now);
        return SQ_OK;
}

static int tell_all(struct batch *b, sq_event_record_fn tell, void *payload) {
        int rc = 0;

        while (b->told < b->n && !rc) {
                const struct item *item = &b->item[b->told];
                const struct sq_event_record record = {
                        .id = item->id, .at = item->at, .kind = item->kind,
                        .policy = item->policy, .policy_uuid = item->policy_uuid,
                        .cluster = item->cluster, .account = item->account, .text = item->text,
                };

                rc = tell(&record, payload);
                b->told += !rc;
        }
        return rc;
}

/* Some of them; b->any says whether there were. */
static int tell_some(struct sq_store *store, struct batch *b, sq_event_record_fn tell,
                     void *payload, struct sq_error *err) {
        int rc, said;

        sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
        rc = sq_store_read(store, look, b, err);
        if (rc || !b->any)
                return rc;
        rc = sq_store_write(store, SQ_DURABLE_SOON, claim, b, err);
        if (rc)
                return rc;
        said = tell_all(b, tell, payload);
        sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
        rc = sq_store_write(store, SQ_DURABLE_SOON, settle, b, err);
        return said ? sq_fail(err, said, "could not tell what has happened") : rc;
}

int sq_event_tell(struct sq_ledger *ledger, int64_t now, sq_event_record_fn tell,
                  void *payload, struct sq_error *err) {
        struct batch b = {.now = now};
        int rc;

        do
                rc = tell_some(sq_ledger_store(ledger), &b, tell, payload, err);
        while (!rc && b.any);
        clear(&b);
        free(b.item);
        return rc;
}
