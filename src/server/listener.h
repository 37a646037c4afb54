/* listener.h - the sockets that we listen on: systemd's, or our own */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* What systemd hands over at most; a socket unit has a handful. */
#define SQ_LISTENERS_MAX 64

struct sq_listeners {
        size_t n;
        int fd[SQ_LISTENERS_MAX];
};

/* All that systemd has handed over (sd_listen_fds(3)); ret->n is 0 when it has not.  The
 * variables that say so are taken out of the environment.  SQ_EINVAL: too many, or one of
 * them does not listen for connections. */
int sq_listeners_inherit(struct sq_listeners *ret, struct sq_error *err);

/* Listens on `port` of all addresses of `host`: a name or a literal, brackets around an
 * IPv6 address allowed.  Port 0: the kernel chooses one, the same for all.
 * SQ_ENOTFOUND: no such host, or it is not this one; SQ_EBUSY: somebody else has the
 * port; SQ_EACCESS; SQ_EIO. */
int sq_listeners_bind(const char *host, int port, struct sq_listeners *ret,
                      struct sq_error *err);

void sq_listeners_close(struct sq_listeners *listeners);

/* "http://127.0.0.1:9911", "http://[::1]:9911" or "unix:/run/x.sock". */
#define SQ_LISTENER_TEXT 160
const char *sq_listener_text(int fd, char text[SQ_LISTENER_TEXT]);
