#include "ledger/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"

#define COLUMNS "id, hash, name, owner, role, created_at, expires_at, revoked_at, last_used_at"

static const char insert_sql[] =
        "INSERT INTO token (hash, name, owner, role, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, nullif(?, 0))";
static const char same_sql[] =
        "SELECT count(*), coalesce(sum(CASE WHEN name = ? THEN 1 ELSE 0 END), 0) FROM token"
        " WHERE owner = ? AND revoked_at IS NULL" SQ_FOR_UPDATE;
static const char hash_sql[] = "SELECT id FROM token WHERE hash = ?" SQ_FOR_UPDATE;
static const char revoke_sql[] =
        "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
static const char touch_sql[] =
        "UPDATE token SET last_used_at = ? WHERE id = ? AND coalesce(last_used_at, 0) < ?";
static const char one_sql[] =
        "SELECT " COLUMNS " FROM token WHERE id = ? AND revoked_at IS NULL" SQ_FOR_UPDATE;
static const char all_sql[] =
        "SELECT " COLUMNS " FROM token WHERE revoked_at IS NULL ORDER BY id";
static const char own_sql[] =
        "SELECT " COLUMNS " FROM token WHERE owner = ? AND revoked_at IS NULL ORDER BY id";
static const char find_sql[] = "SELECT " COLUMNS " FROM token WHERE hash = ?";

int sq_token_check_name(const char *name, struct sq_error *err) {
        const size_t length = strnlen(name, SQ_TOKEN_NAME_MAX + 1);

        if (!length)
                return sq_fail(err, SQ_EINVAL, "the token's name is empty");
        if (length > SQ_TOKEN_NAME_MAX)
                return sq_fail(err, SQ_EINVAL, "the token's name is longer than %d bytes",
                               SQ_TOKEN_NAME_MAX);
        for (const char *p = name; *p; p++) {
                const bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                                   (*p >= '0' && *p <= '9');

                if (!plain && (p == name || !strchr("._-", *p))) {
                        sq_fail(err, SQ_EINVAL, "that is no name for a token");
                        sq_hint(err, "Letters and digits, and within them . _ and -.");
                        return SQ_EINVAL;
                }
        }
        return SQ_OK;
}

/* The texts of `query`'s row are lent until the next. */
static struct sq_token read_row(struct sq_query *query) {
        const char *role = sq_query_text(query, 4);
        struct sq_token token = {
                .id = sq_query_int(query, 0),
                .hash = sq_query_text(query, 1),
                .name = sq_query_text(query, 2),
                .owner = sq_query_text(query, 3),
                .created_at = sq_query_int(query, 5),
                .expires_at = sq_query_int(query, 6),
                .revoked_at = sq_query_int(query, 7),
                .last_used_at = sq_query_int(query, 8),
        };

        token.has_role = role != NULL;
        /* What is not known is not more. */
        if (role && !sq_role_parse(role, &token.role))
                token.role = SQ_ROLE_NOBODY;
        return token;
}

/* --- changes ---------------------------------------------------------------------------- */

/* `what` and the number, name and owner go into the entry, as its reason. */
static void append_entry(struct sq_txn *txn, const char *what, int64_t id, const char *name,
                         const char *owner, const struct sq_actor *actor) {
        char reason[SQ_TOKEN_NAME_SIZE + 900];
        struct sq_actor who = *actor;

        snprintf(reason, sizeof reason, "%s %" PRId64 " \"%s\" of %.255s%s%.500s", what, id,
                 name, owner, who.reason ? ": " : "", who.reason ? who.reason : "");
        who.reason = reason;
        sq_entry_append(txn, "token", 0, 0, &who);
}

struct create_work {
        const struct sq_token *token;
        const struct sq_actor *actor;
        int64_t id;
};

static int check_room(struct sq_txn *txn, const struct sq_token *token, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, same_sql, "ss", token->name, token->owner);
        int64_t own = 0, same = 0;
        bool known;

        if (sq_query_next(query)) {
                own = sq_query_int(query, 0);
                same = sq_query_int(query, 1);
        }
        sq_query_done(query);
        query = sq_query(txn, hash_sql, "s", token->hash);
        known = sq_query_next(query);
        sq_query_done(query);
        if (same || known) {
                sq_fail(err, SQ_EEXIST, "%s has a token \"%s\" already", token->owner,
                        token->name);
                sq_hint(err, "Revoke it first, or take another name.");
                return SQ_EEXIST;
        }
        if (own >= SQ_TOKENS_PER_OWNER) {
                sq_fail(err, SQ_ERANGE, "%s has %d tokens already", token->owner,
                        SQ_TOKENS_PER_OWNER);
                sq_hint(err, "Revoke those that are not needed any more.");
                return SQ_ERANGE;
        }
        return SQ_OK;
}

static int create_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct create_work *w = context;
        const struct sq_token *t = w->token;
        const int rc = check_room(txn, t, err);

        if (rc)
                return rc;
        sq_run(txn, insert_sql, "ssssii", t->hash, t->name, t->owner,
               t->has_role ? sq_role_name(t->role) : NULL, sq_now(), t->expires_at);
        w->id = sq_txn_last_id(txn);
        append_entry(txn, "made", w->id, t->name, t->owner, w->actor);
        return SQ_OK;
}

int sq_token_create(struct sq_ledger *ledger, const struct sq_token *token,
                    const struct sq_actor *actor, int64_t *ret_id, struct sq_error *err) {
        struct create_work w = {token, actor, 0};
        int rc = sq_token_check_name(token->name, err);

        if (!rc)
                rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, create_work, &w, err);
        if (!rc)
                *ret_id = w.id;
        return rc;
}

struct revoke_work {
        int64_t id;
        const char *owner;
        const struct sq_actor *actor;
};

static int revoke_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct revoke_work *w = context;
        struct sq_query *query = sq_query(txn, one_sql, "i", w->id);
        char name[SQ_TOKEN_NAME_SIZE] = "", owner[256] = "";
        bool there = sq_query_next(query);

        if (there) {
                const struct sq_token token = read_row(query);

                there = !w->owner || !strcmp(w->owner, token.owner);
                snprintf(name, sizeof name, "%s", token.name);
                snprintf(owner, sizeof owner, "%s", token.owner);
        }
        sq_query_done(query);
        if (!there)
                return sq_fail(err, SQ_ENOTFOUND, "there is no token %" PRId64, w->id);
        sq_run(txn, revoke_sql, "ii", sq_now(), w->id);
        append_entry(txn, "revoked", w->id, name, owner, w->actor);
        return SQ_OK;
}

int sq_token_revoke(struct sq_ledger *ledger, int64_t id, const char *owner,
                    const struct sq_actor *actor, struct sq_error *err) {
        struct revoke_work w = {id, owner, actor};

        return sq_store_write(ledger->store, SQ_DURABLE_NOW, revoke_work, &w, err);
}

struct touch_work {
        int64_t id, at;
};

static int touch_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct touch_work *w = context;

        (void)err;
        sq_run(txn, touch_sql, "iii", w->at, w->id, w->at);
        return SQ_OK;
}

int sq_token_touch(struct sq_ledger *ledger, int64_t id, int64_t at, struct sq_error *err) {
        struct touch_work w = {id, at};

        return sq_store_write(ledger->store, SQ_DURABLE_SOON, touch_work, &w, err);
}

/* --- questions -------------------------------------------------------------------------- */

struct read_work {
        const char *owner, *hash; /* one of them, or none */
        sq_token_fn each;
        void *payload;
        bool found;
        int result;
};

static int read_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct read_work *w = context;
        struct sq_query *query = w->hash    ? sq_query(txn, find_sql, "s", w->hash)
                                 : w->owner ? sq_query(txn, own_sql, "s", w->owner)
                                            : sq_query(txn, all_sql, "");

        (void)err;
        while (!w->result && sq_query_next(query)) {
                const struct sq_token token = read_row(query);

                w->found = true;
                w->result = w->each(&token, w->payload);
        }
        sq_query_done(query);
        return SQ_OK;
}

static int read_tokens(struct sq_ledger *ledger, struct read_work *w, struct sq_error *err) {
        const int rc = sq_store_read(ledger->store, read_work, w, err);

        return rc ? rc : w->result;
}

int sq_token_each(struct sq_ledger *ledger, const char *owner, sq_token_fn each,
                  void *payload, struct sq_error *err) {
        struct read_work w = {.owner = owner, .each = each, .payload = payload};

        return read_tokens(ledger, &w, err);
}

int sq_token_find(struct sq_ledger *ledger, const char *hash, sq_token_fn each,
                  void *payload, struct sq_error *err) {
        struct read_work w = {.hash = hash, .each = each, .payload = payload};
        const int rc = read_tokens(ledger, &w, err);

        return rc || w.found ? rc : sq_fail(err, SQ_ENOTFOUND, "there is no such token");
}
