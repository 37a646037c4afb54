/* token.h - API tokens that are sent to us, looked up in the ledger
 *
 * That one was used is noted at most once a minute, and a client never waits for it longer
 * than a moment.
 */
#pragma once

#include "base/config.h"
#include "ledger/token.h"
#include "server/reader.h"
#include "slurm/name.h"

struct sq_tokens;

/* Lends both.  SQ_EIO, SQ_ENOMEM. */
int sq_tokens_open(const struct sq_config *config, struct sq_readers *readers,
                   struct sq_tokens **ret, struct sq_error *err);
void sq_tokens_close(struct sq_tokens *tokens);
SQ_DEFINE_CLEANUP(struct sq_tokens *, sq_tokens_close)

struct sq_token_found {
        int64_t id;
        char name[SQ_TOKEN_NAME_SIZE];
        char owner[SQ_NAME_SIZE];
        enum sq_role most; /* no more than this */
};

/* Whose token it is at `now` (UTC seconds).
 * SQ_EACCESS: it is not good, and why; for the client.  Store failures, SQ_ENOMEM. */
int sq_tokens_check(struct sq_tokens *tokens, const char *text, int64_t now,
                    struct sq_token_found *ret, struct sq_error *err);
