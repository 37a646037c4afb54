/* token.h - API tokens: whose they are and how long they are good
 *
 * A token speaks for its owner, who is any name of a user, and never has more rights than
 * he has when it is used.  What is kept of its text is a hash, which is made and compared
 * outside (server/auth/secret.h).
 */
#pragma once

#include "base/role.h"
#include "ledger/budget.h"

/* A label for people; letters, digits, and ._- within. */
#define SQ_TOKEN_NAME_MAX 64
#define SQ_TOKEN_NAME_SIZE (SQ_TOKEN_NAME_MAX + 1)

/* Not revoked ones of one owner, expired ones included: what a mad script can make. */
#define SQ_TOKENS_PER_OWNER 100

/* A hundred years in seconds: what is added to the time must fit. */
#define SQ_TOKEN_LIFE_MAX (100LL * 365 * 86400)

struct sq_token {
        int64_t id;
        const char *hash;
        const char *name;
        const char *owner;
        bool has_role; /* else it may what the owner may */
        enum sq_role role;
        int64_t created_at;
        int64_t expires_at;   /* 0: never */
        int64_t revoked_at;   /* 0: it is not */
        int64_t last_used_at; /* 0: never */
};

/* SQ_EINVAL when `name` is no name for a token. */
int sq_token_check_name(const char *name, struct sq_error *err);

/* Makes one of `token`'s hash, name, owner, role and expires_at; *ret_id is its number.
 * SQ_EINVAL: the name; SQ_ERANGE: the owner has SQ_TOKENS_PER_OWNER already; SQ_EEXIST:
 * the hash is there, or a token of that name and owner that is not revoked; store
 * failures. */
int sq_token_create(struct sq_ledger *ledger, const struct sq_token *token,
                    const struct sq_actor *actor, int64_t *ret_id, struct sq_error *err);

/* Revokes number `id`, which must be `owner`'s when that is not NULL.
 * SQ_ENOTFOUND: there is none, or not any more. */
int sq_token_revoke(struct sq_ledger *ledger, int64_t id, const char *owner,
                    const struct sq_actor *actor, struct sq_error *err);

typedef int (*sq_token_fn)(const struct sq_token *token, void *payload);

/* Calls `each` for all that are not revoked, by number, or for those of `owner`; texts are
 * lent during the call.  Stops with its value when that is not 0. */
int sq_token_each(struct sq_ledger *ledger, const char *owner, sq_token_fn each,
                  void *payload, struct sq_error *err);

/* Calls `each` once, for the token with that hash, be it expired or revoked.
 * SQ_ENOTFOUND. */
int sq_token_find(struct sq_ledger *ledger, const char *hash, sq_token_fn each,
                  void *payload, struct sq_error *err);

/* Notes that it was used.  May be lost in a power cut. */
int sq_token_touch(struct sq_ledger *ledger, int64_t id, int64_t at, struct sq_error *err);
