/* guard.h - who asks, by what a request brings with it
 *
 * An Authorization header or a token of Slurm (X-SLURM-USER-TOKEN) decides alone; else the
 * header of a proxy that is believed; else who is at the other end of a Unix socket; else
 * it is nobody.  A credential that is not good is refused, never passed over.
 *
 * Who passes on somebody else's request is not who asks: a proxy, one that is believed or
 * one that says itself what it is, never asks in its own name.
 */
#pragma once

#include <sys/socket.h>

#include "base/config.h"
#include "server/caller.h"
#include "server/membership.h"
#include "server/reader.h"

struct sq_guard;

/* What a request brings; all lent.  NULL: it does not have that header. */
struct sq_credentials {
        const char *method;
        const char *target; /* path and query, without "http://HOST" */
        const char *body;
        size_t body_length;
        const char *authorization;
        const char *user_token; /* X-SLURM-USER-TOKEN */
        const char *user_name;  /* X-SLURM-USER-NAME */
        const char *proxy_user; /* the header that sq_guard_proxy_header() names */
        bool repeated;          /* one of these headers came more than once */
        bool passed_on;         /* a header says that a proxy has passed it on */
        int fd;                 /* of the client; -1: none */
        const struct sockaddr *address; /* where he is; NULL: asked of `fd` */
};

/* Lends everything.  `complain` is told when something of ours keeps credentials from being
 * checked, and when it works again.
 * SQ_EINVAL: auth.proxy_header or auth.proxy_addresses; SQ_EIO, SQ_ENOMEM. */
int sq_guard_open(const struct sq_config *config, struct sq_readers *readers,
                  struct sq_membership *membership, sq_tell_fn complain,
                  struct sq_guard **ret, struct sq_error *err);
void sq_guard_close(struct sq_guard *guard);
SQ_DEFINE_CLEANUP(struct sq_guard *, sq_guard_close)

/* The header to look for; NULL: no proxy is believed. */
const char *sq_guard_proxy_header(const struct sq_guard *guard);

/* Fills *ret, which is nobody when there is no credential.
 * SQ_EACCESS: a credential is not good; the text says why, to the client.
 * SQ_EBUSY: it cannot be checked now; the text has nothing that the client should not
 * see. */
int sq_guard_admit(struct sq_guard *guard, const struct sq_credentials *credentials,
                   struct sq_caller *ret, struct sq_error *err);
