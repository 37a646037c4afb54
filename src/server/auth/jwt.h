/* jwt.h - the tokens of Slurm's auth/jwt (`scontrol token`)
 *
 * HS256 with the key of AuthAltParameters=jwt_key=..., claims `sun` (whose), `exp` and
 * `iat`; a token without `sun` may have `username`, as slurmctld takes it.  No other
 * algorithm, whatever the token's head says.
 */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "slurm/name.h"

struct sq_jwt;

/* Takes the path (lent) of the key's file, which is read when it is needed first and again
 * when it has changed.  SQ_ENOMEM. */
int sq_jwt_open(const char *key_path, struct sq_jwt **ret, struct sq_error *err);
void sq_jwt_close(struct sq_jwt *jwt);
SQ_DEFINE_CLEANUP(struct sq_jwt *, sq_jwt_close)

/* Whose token it is at `now` (UTC seconds).
 * SQ_EACCESS: it is not acceptable, and why; for the client.
 * SQ_EIO: the key cannot be used; for those who run the service.  SQ_ENOMEM. */
int sq_jwt_check(struct sq_jwt *jwt, const char *token, int64_t now, char ret[SQ_NAME_SIZE],
                 struct sq_error *err);
