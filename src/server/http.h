/* http.h - connections in, answers out: libmicrohttpd around answer.h
 *
 * A pool of threads that poll; never epoll, with which libmicrohttpd 0.9.75 stands still
 * at 256 clients.  It does not listen: connections are accepted by serve.c, from as many
 * sockets as there are, and given to the pool.
 */
#pragma once

#include <sys/socket.h>

#include "server/answer.h"
#include "server/client.h"

struct sq_http;

/* Lends `sources` and `clients`.  SQ_EIO: the library could not start. */
int sq_http_start(const struct sq_config *config, struct sq_sources *sources,
                  struct sq_clients *clients, struct sq_http **ret, struct sq_error *err);

/* Takes a connection over, which is closed when there is no place for it.  From one
 * thread only. */
void sq_http_add(struct sq_http *http, int fd, const struct sockaddr *address,
                 socklen_t size);

/* From now on each connection ends with the request that is under way. */
void sq_http_finish(struct sq_http *http);

/* Ends all connections. */
void sq_http_stop(struct sq_http *http);
SQ_DEFINE_CLEANUP(struct sq_http *, sq_http_stop)
