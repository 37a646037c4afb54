/* credential.h - a MUNGE credential for one request
 *
 * Its payload names the request: "slurm-quota 1\nMETHOD TARGET\n" and the SHA-256 of the
 * body in lower-case hexadecimal digits, so that who reads the credential on its way can
 * use it for nothing else; MUNGE itself refuses to accept it twice.
 */
#pragma once

#include "base/error.h"

/* How long it may be on its way, in seconds. */
#define SQ_CREDENTIAL_TTL 60

/* Asks munged on `socket` (empty: where it listens by default), for which libmunge takes
 * ten seconds at most.  `target` is path and query behind the base path; `body` NULL: none.
 * *ret is the caller's, for free().  SQ_EIO: munged does not answer; SQ_ENOMEM. */
int sq_credential_make(const char *socket, const char *method, const char *target,
                       const char *body, char **ret, struct sq_error *err);
