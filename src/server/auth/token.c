#include "server/auth/token.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/site.h"
#include "server/auth/secret.h"

#define NOTE_SECONDS 60

/* A store that somebody else is writing to: the note can wait. */
#define NOTE_PATIENCE_NS (20 * SQ_NS_PER_MS)

/* Tokens whose use was noted lately, whether that went well or not; others are noted
 * earlier than they need be. */
#define NOTED 256

struct sq_tokens {
        const struct sq_config *config;
        struct sq_readers *readers;
        pthread_mutex_t mutex; /* of the next */
        struct {
                int64_t id, at;
        } noted[NOTED]; /* by id */
};

int sq_tokens_open(const struct sq_config *config, struct sq_readers *readers,
                   struct sq_tokens **ret, struct sq_error *err) {
        struct sq_tokens *tokens;

        if (sodium_init() < 0)
                return sq_fail(err, SQ_EIO, "libsodium does not start");
        tokens = calloc(1, sizeof *tokens);
        if (!tokens)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        tokens->config = config;
        tokens->readers = readers;
        pthread_mutex_init(&tokens->mutex, NULL);
        *ret = tokens;
        return SQ_OK;
}

void sq_tokens_close(struct sq_tokens *tokens) {
        if (!tokens)
                return;
        pthread_mutex_destroy(&tokens->mutex);
        free(tokens);
}

/* --- notes ------------------------------------------------------------------------------ */

/* Whether it is time for one; if so, it counts as done. */
static bool is_due(struct sq_tokens *tokens, int64_t id, int64_t now) {
        const size_t place = (size_t)id % NOTED;
        bool due;

        pthread_mutex_lock(&tokens->mutex);
        due = tokens->noted[place].id != id ||
              now - tokens->noted[place].at >= NOTE_SECONDS || now < tokens->noted[place].at;
        if (due) {
                tokens->noted[place].id = id;
                tokens->noted[place].at = now;
        }
        pthread_mutex_unlock(&tokens->mutex);
        return due;
}

/* As the hooks do: nothing is made, and what cannot be written now is not written. */
static void note(struct sq_tokens *tokens, int64_t id, int64_t now) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;

        if (!sq_ledger_open_site(tokens->config, SQ_STORE_HOOK,
                                 sq_monotonic_ns() + NOTE_PATIENCE_NS, &ledger, NULL))
                (void)!sq_token_touch(ledger, id, now, NULL);
}

/* --- tokens ----------------------------------------------------------------------------- */

struct look {
        const char *hash;
        int64_t now;
        struct sq_token_found *found;
        int64_t last_used_at;
        const char *refusal; /* NULL: it is good */
};

static int take(const struct sq_token *token, void *payload) {
        struct look *look = payload;
        struct sq_token_found *found = look->found;

        if (!sq_secret_is_hash(token->hash, look->hash))
                look->refusal = "there is no such token";
        else if (token->revoked_at)
                look->refusal = "the token was revoked";
        else if (token->expires_at && token->expires_at <= look->now)
                look->refusal = "the token has expired";
        else if ((token->has_role && token->role == SQ_ROLE_NOBODY) ||
                 sq_name_check(SQ_NAME_USER, token->owner, NULL))
                look->refusal = "the token is nobody's";
        found->id = token->id;
        found->most = token->has_role ? token->role : SQ_ROLE_ADMINISTRATOR;
        snprintf(found->name, sizeof found->name, "%s", token->name);
        snprintf(found->owner, sizeof found->owner, "%s", token->owner);
        look->last_used_at = token->last_used_at;
        return SQ_OK;
}

int sq_tokens_check(struct sq_tokens *tokens, const char *text, int64_t now,
                    struct sq_token_found *ret, struct sq_error *err) {
        char hash[SQ_SECRET_HASH_SIZE];
        struct look look = {.hash = hash, .now = now, .found = ret};
        struct sq_ledger *ledger;
        int rc;

        if (!sq_secret_hash(text, hash))
                return sq_fail(err, SQ_EACCESS, "that is no token");
        rc = sq_readers_take(tokens->readers, &ledger, err);
        if (rc)
                return rc;
        rc = sq_token_find(ledger, hash, take, &look, err);
        sq_readers_give(tokens->readers, ledger, rc && rc != SQ_ENOTFOUND);
        if (rc == SQ_ENOTFOUND)
                return sq_fail(err, SQ_EACCESS, "there is no such token");
        if (!rc && look.refusal)
                return sq_fail(err, SQ_EACCESS, "%s", look.refusal);
        if (!rc && now - look.last_used_at >= NOTE_SECONDS && is_due(tokens, ret->id, now))
                note(tokens, ret->id, now);
        return rc;
}
