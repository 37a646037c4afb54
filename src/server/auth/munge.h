/* munge.h - MUNGE credentials: which uid has asked for exactly this
 *
 * The payload of a credential is what is asked for (wire/payload.h): who gets hold of one
 * cannot ask for something else with it, and munged lets nobody ask for the same again.
 *
 * munged may be dead or hang, and libmunge then tries for two or ten seconds (0.5.15).  A
 * thread of its own does that; requests wait for it for three seconds, and not at all
 * while it is known to be stuck.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

struct sq_munge;

/* Takes the path of munged's socket, lent; "": libmunge's own.  SQ_EIO, SQ_ENOMEM. */
int sq_munge_open(const char *socket, struct sq_munge **ret, struct sq_error *err);

/* A thread that is stuck is left behind. */
void sq_munge_close(struct sq_munge *munge);
SQ_DEFINE_CLEANUP(struct sq_munge *, sq_munge_close)

/* What a credential must be for; `target` is path and query as they were sent, without
 * "http://HOST". */
struct sq_munge_purpose {
        const char *method;
        const char *target;
        const char *body;
        size_t length; /* of the body */
};

/* Whose credential ("MUNGE:...:") it is.
 * SQ_EACCESS: it is not acceptable, and why; for the client.
 * SQ_EBUSY: munged does not answer; for those who run the service.  SQ_ENOMEM. */
int sq_munge_check(struct sq_munge *munge, const char *credential,
                   const struct sq_munge_purpose *purpose, uid_t *ret, struct sq_error *err);
