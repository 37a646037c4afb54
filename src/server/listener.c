#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* SD_LISTEN_FDS_START */
#define FIRST_HANDED_OVER 3

/* --- handed over ----------------------------------------------------------------- */

/* A number that must be there whole; -1: it is not. */
static int number_in(const char *name) {
        const char *text = getenv(name);
        int value = 0;

        if (!text || !*text)
                return -1;
        for (; *text; text++)
                if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *text - '0', &value))
                        return -1;
        return value;
}

static bool listens(int fd) {
        int type = 0, yes = 0;
        socklen_t size = sizeof type;

        return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_STREAM &&
               !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) && yes;
}

/* accept() must not wait for a client who has gone again. */
static bool prepare(int fd) {
        return !fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) &&
               !fcntl(fd, F_SETFD, FD_CLOEXEC);
}

int sq_listeners_inherit(struct sq_listeners *ret, struct sq_error *err) {
        const int pid = number_in("LISTEN_PID"), n = number_in("LISTEN_FDS");

        ret->n = 0;
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        unsetenv("LISTEN_FDNAMES");
        if (pid != getpid() || n <= 0)
                return SQ_OK;
        if (n > SQ_LISTENERS_MAX)
                return sq_fail(err, SQ_EINVAL, "%d sockets were handed over, %d are the most",
                               n, SQ_LISTENERS_MAX);
        for (int fd = FIRST_HANDED_OVER; fd < FIRST_HANDED_OVER + n; fd++) {
                if (!listens(fd) || !prepare(fd)) {
                        sq_fail(err, SQ_EINVAL, "descriptor %d, which was handed over, does not"
                                                " listen for connections", fd);
                        sq_hint(err, "The socket unit needs ListenStream= and Accept=no.");
                        return SQ_EINVAL;
                }
                ret->fd[ret->n++] = fd;
        }
        return SQ_OK;
}

/* --- our own ----------------------------------------------------------------------- */

static int why(int error) {
        switch (error) {
        case EADDRINUSE:
                return SQ_EBUSY;
        case EACCES:
        case EPERM:
                return SQ_EACCESS;
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT:
                return SQ_ENOTFOUND;
        default:
                return SQ_EIO;
        }
}

/* All addresses of both kinds: "::" alone also takes IPv4, unless that has a socket of
 * its own. */
static void set_options(int fd, const struct addrinfo *at, bool alone) {
        const int yes = 1, no = 0;

        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (at->ai_family == AF_INET6)
                (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, alone ? &no : &yes, sizeof yes);
}

/* The port is at the same place for both kinds of addresses. */
static void set_port(struct addrinfo *at, in_port_t port) {
        ((struct sockaddr_in *)(void *)at->ai_addr)->sin_port = port;
}

static in_port_t port_of(int fd) {
        struct sockaddr_in6 address = {.sin6_port = 0};
        socklen_t size = sizeof address;

        (void)getsockname(fd, (struct sockaddr *)&address, &size);
        return address.sin6_port;
}

static int bind_one(const struct addrinfo *at, bool alone, int *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = socket(
                at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
        char host[64] = "?", port[8] = "?";
        int error = 0;

        if (fd >= 0)
                set_options(fd, at, alone);
        if (fd < 0 || bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, SOMAXCONN))
                error = errno;
        if (!error) {
                *ret = fd;
                fd = -1;
                return SQ_OK;
        }
        (void)getnameinfo(at->ai_addr, at->ai_addrlen, host, sizeof host, port, sizeof port,
                          NI_NUMERICHOST | NI_NUMERICSERV);
        return sq_fail(err, why(error), "cannot listen on %s port %s: %s", host, port,
                       strerror(error));
}

/* Kinds of addresses that this machine does not have are passed over, if it has others. */
static int bind_all(struct addrinfo *list, struct sq_listeners *ret, struct sq_error *err) {
        const bool alone = !list->ai_next;
        int failed = SQ_OK;

        ret->n = 0;
        for (struct addrinfo *at = list; at && ret->n < SQ_LISTENERS_MAX; at = at->ai_next) {
                int rc;

                if (ret->n)
                        set_port(at, port_of(ret->fd[0]));
                rc = bind_one(at, alone, &ret->fd[ret->n], err);
                if (!rc)
                        ret->n++;
                else if (rc != SQ_ENOTFOUND)
                        return rc;
                else
                        failed = rc;
        }
        return ret->n ? SQ_OK : failed;
}

static int find(const char *host, int port, struct addrinfo **ret, struct sq_error *err) {
        const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                        .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
        const size_t n = strlen(host);
        const bool brackets = n > 2 && host[0] == '[' && host[n - 1] == ']';
        char name[256], service[16];
        int rc;

        snprintf(name, sizeof name, "%.*s", (int)(n - 2 * brackets), host + brackets);
        snprintf(service, sizeof service, "%d", port);
        rc = getaddrinfo(name, service, &wanted, ret);
        if (!rc)
                return SQ_OK;
        sq_fail(err, SQ_ENOTFOUND, "cannot listen on host \"%.100s\": %s", host,
                rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        sq_hint(err, "Give a name or an address of this machine, as 127.0.0.1, ::1 or"
                     " 0.0.0.0.");
        return SQ_ENOTFOUND;
}

int sq_listeners_bind(const char *host, int port, struct sq_listeners *ret,
                      struct sq_error *err) {
        struct addrinfo *list;
        int rc = find(host, port, &list, err);

        if (rc)
                return rc;
        rc = bind_all(list, ret, err);
        freeaddrinfo(list);
        if (rc)
                sq_listeners_close(ret);
        return rc;
}

void sq_listeners_close(struct sq_listeners *listeners) {
        for (size_t i = 0; i < listeners->n; i++)
                close(listeners->fd[i]);
        listeners->n = 0;
}

const char *sq_listener_text(int fd, char text[SQ_LISTENER_TEXT]) {
        union {
                struct sockaddr any;
                struct sockaddr_storage room;
                struct sockaddr_un local;
        } address = {.any.sa_family = AF_UNSPEC};
        socklen_t size = sizeof address;
        char host[64], port[8];

        if (getsockname(fd, &address.any, &size))
                size = 0;
        if (address.any.sa_family == AF_UNIX)
                snprintf(text, SQ_LISTENER_TEXT, "unix:%.*s",
                         (int)sizeof address.local.sun_path, address.local.sun_path);
        else if (!getnameinfo(&address.any, size, host, sizeof host, port, sizeof port,
                              NI_NUMERICHOST | NI_NUMERICSERV))
                snprintf(text, SQ_LISTENER_TEXT,
                         address.any.sa_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s",
                         host, port);
        else
                snprintf(text, SQ_LISTENER_TEXT, "descriptor %d", fd);
        return text;
}
