#include "server/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "base/clock.h"
#include "server/answer.h"
#include "server/client.h"
#include "server/http.h"
#include "server/listener.h"
#include "server/manager.h"
#include "server/surroundings.h"
#include "server/ticker.h"

/* How often slow clients are looked for; limits are whole seconds. */
#define TICK_NS SQ_NS_PER_SECOND

/* When there is no place for one more: how soon to look again. */
#define FULL_MS 20

/* Who is disconnected to make a place must have kept us waiting this long. */
#define PATIENCE_NS SQ_NS_PER_SECOND

/* A connection may bring its request in its own time, and a request that was sent before
 * the end may not have been read yet. */
#define FIRST_REQUEST_NS SQ_NS_PER_SECOND
#define LAST_REQUEST_NS (100 * SQ_NS_PER_MS)

/* Accepted from one socket before the others have their turn. */
#define AT_ONCE 64

/* What the kernel keeps for a client who does not take his answer.  By itself it takes
 * megabytes of it for each; twice this is enough for all that the network carries. */
#define SEND_BUFFER (128 * 1024)

/* Descriptors besides those of clients: sockets, pipes, and three for each reader. */
#define SPARE_DESCRIPTORS 256

struct service {
        const struct sq_serve *what;
        const struct sq_config *config;
        struct sq_sources sources;
        struct sq_clients *clients;
        struct sq_http *http;
        struct sq_listeners listeners;
        int signals;         /* signalfd */
        bool cramped;        /* no place for one more connection, the last time */
        int64_t accepted_at; /* the last connection */
        int64_t looked_at;   /* for slow clients */
};

/* --- start --------------------------------------------------------------------------- */

/* SIGTERM and SIGINT are read from a descriptor, in all threads that come after. */
static int take_signals(struct service *s, struct sq_error *err) {
        sigset_t ends;

        sigemptyset(&ends);
        sigaddset(&ends, SIGTERM);
        sigaddset(&ends, SIGINT);
        pthread_sigmask(SIG_BLOCK, &ends, NULL);
        s->signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
        return s->signals < 0 ? sq_fail(err, SQ_EIO, "could not take signals: %s",
                                        strerror(errno))
                              : SQ_OK;
}

static int make_room_for_descriptors(int64_t needed, struct sq_error *err) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= (rlim_t)needed)
                return SQ_OK;
        if (limit.rlim_max >= (rlim_t)needed) {
                limit.rlim_cur = (rlim_t)needed;
                if (!setrlimit(RLIMIT_NOFILE, &limit))
                        return SQ_OK;
        }
        sq_fail(err, SQ_EIO, "%" PRId64 " files cannot be open at once, only %ju", needed,
                (uintmax_t)limit.rlim_max);
        sq_hint(err, "Raise the limit (LimitNOFILE= of the unit), or lower"
                     " server.connections.");
        return SQ_EIO;
}

static int open_sockets(struct service *s, struct sq_error *err) {
        int rc = sq_listeners_inherit(&s->listeners, err);

        if (!rc && !s->listeners.n)
                rc = sq_listeners_bind(s->what->host, s->what->port, &s->listeners, err);
        return rc;
}

static int start(struct service *s, struct sq_error *err) {
        const int64_t descriptors = s->config->server.connections + SPARE_DESCRIPTORS;
        const size_t readers = (size_t)s->config->server.threads;
        int rc = take_signals(s, err);

        if (!rc)
                rc = open_sockets(s, err);
        if (!rc)
                rc = sq_readers_open(s->config, readers, &s->sources.readers, err);
        if (!rc)
                rc = make_room_for_descriptors(descriptors, err);
        if (rc)
                return rc;
        s->sources.config = s->config;
        s->sources.complain = s->what->complain;
        s->sources.everyone = sq_everyone_new(s->sources.readers);
        s->clients = sq_clients_new((int)descriptors);
        if (!s->sources.everyone || !s->clients)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_membership_start(s->config, s->what->complain, &s->sources.membership, err);
        if (!rc)
                rc = sq_surroundings_start(s->config, s->what->complain,
                                           &s->sources.surroundings, err);
        if (!rc)
                rc = sq_guard_open(s->config, s->sources.readers, s->sources.membership,
                                   s->what->complain, &s->sources.guard, err);
        if (!rc)
                rc = sq_ticker_start(s->config, s->sources.readers, s->what->tell_event,
                                     s->what->complain, &s->sources.ticker, err);
        return rc ? rc : sq_http_start(s->config, &s->sources, s->clients, &s->http, err);
}

/* In the order in which they use each other. */
static void clear(struct service *s) {
        sq_http_stop(s->http);
        sq_ticker_stop(s->sources.ticker);
        sq_guard_close(s->sources.guard);
        sq_surroundings_stop(s->sources.surroundings);
        sq_membership_stop(s->sources.membership);
        sq_everyone_free(s->sources.everyone);
        sq_readers_close(s->sources.readers);
        sq_clients_free(s->clients);
        sq_listeners_close(&s->listeners);
        if (s->signals >= 0)
                close(s->signals);
}

/* --- work ------------------------------------------------------------------------------ */

/* False: there are no descriptors or there is no memory for more. */
static bool accept_some(struct service *s, int listener) {
        const int buffer = SEND_BUFFER;

        for (int i = 0; i < AT_ONCE; i++) {
                struct sockaddr_storage address;
                socklen_t size = sizeof address;
                const int fd = accept4(listener, (struct sockaddr *)&address, &size,
                                       SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        return errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
                               errno != ENOMEM;
                s->accepted_at = sq_monotonic_ns();
                (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
                sq_http_add(s->http, fd, (struct sockaddr *)&address, size);
        }
        return true;
}

/* Whether one more may come; if not, the slowest is asked to go. */
static bool has_place(struct service *s) {
        const size_t most = (size_t)s->config->server.connections;

        if (sq_clients_state(s->clients).connected < most)
                return true;
        sq_clients_close_slowest(s->clients, PATIENCE_NS);
        return false;
}

static void look_for_slow_clients(struct service *s, int64_t now) {
        if (now - s->looked_at < TICK_NS)
                return;
        s->looked_at = now;
        sq_clients_close_slow(s->clients, s->config->server.timeout_seconds * SQ_NS_PER_SECOND,
                              false);
}

/* When nobody will have asked for long enough; INT64_MAX: that is not known yet. */
static int64_t idle_at(const struct service *s, const struct sq_clients_state *state) {
        const int64_t asked = state->active_at + s->what->idle_seconds * SQ_NS_PER_SECOND;
        const int64_t came = s->accepted_at + FIRST_REQUEST_NS;

        if (!s->what->idle_seconds || state->requests)
                return INT64_MAX;
        return asked > came ? asked : came;
}

/* How long poll() may wait. */
static int wait_ms(const struct sq_clients_state *state, int64_t now, int64_t idle) {
        int64_t until = state->connected ? now + TICK_NS : idle;
        int64_t ms;

        if (idle < until)
                until = idle;
        if (until == INT64_MAX)
                return -1;
        ms = (until - now) / SQ_NS_PER_MS + 1;
        return ms < 0 ? 0 : ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Waits for connections and signals, and takes what comes.  False: a signal came. */
static bool take_what_comes(struct service *s, int ms) {
        struct pollfd wait[1 + SQ_LISTENERS_MAX] = {{.fd = s->signals, .events = POLLIN}};

        for (size_t i = 0; i < s->listeners.n; i++)
                wait[1 + i] = (struct pollfd){.fd = s->listeners.fd[i], .events = POLLIN};
        if (s->cramped) /* those who wait outside would wake us at once */
                (void)poll(wait, 1, FULL_MS);
        else
                (void)poll(wait, 1 + s->listeners.n, ms);
        s->cramped = !has_place(s);
        for (size_t i = 1; i <= s->listeners.n && !s->cramped; i++)
                if (wait[i].revents)
                        s->cramped = !accept_some(s, wait[i].fd) || !has_place(s);
        return !wait[0].revents;
}

/* Until a signal comes or nobody has asked for long; the reason. */
static const char *work(struct service *s) {
        for (;;) {
                const struct sq_clients_state state = sq_clients_state(s->clients);
                const int64_t now = sq_monotonic_ns(), idle = idle_at(s, &state);

                if (idle <= now)
                        return "stopping: nobody has asked for long";
                look_for_slow_clients(s, now);
                if (!take_what_comes(s, wait_ms(&state, now, idle)))
                        return "stopping: told to";
        }
}

/* --- end ------------------------------------------------------------------------------- */

/* True when a second signal came: somebody is in a hurry. */
static bool is_hurried(const struct service *s) {
        struct pollfd wait = {.fd = s->signals, .events = POLLIN};

        return poll(&wait, 1, 10) > 0;
}

/* No more connections; lets the requests end that are under way. */
static void finish(struct service *s) {
        const int64_t began = sq_monotonic_ns();
        const int64_t until = began + s->config->server.stop_seconds * SQ_NS_PER_SECOND;
        struct signalfd_siginfo signal;
        int64_t now;

        sq_manager_tell("STOPPING=1");
        sq_ticker_finish(s->sources.ticker);
        sq_http_finish(s->http);
        for (size_t i = 0; i < s->listeners.n; i++)
                accept_some(s, s->listeners.fd[i]);
        sq_listeners_close(&s->listeners);
        (void)!read(s->signals, &signal, sizeof signal);
        do {
                now = sq_monotonic_ns();
                if (now - began >= LAST_REQUEST_NS && !sq_clients_state(s->clients).requests)
                        break;
        } while (now < until && !is_hurried(s));
}

static void tell_where(const struct service *s) {
        char where[SQ_LISTENER_TEXT], line[SQ_LISTENER_TEXT + 16];

        for (size_t i = 0; i < s->listeners.n; i++) {
                snprintf(line, sizeof line, "listening on %s",
                         sq_listener_text(s->listeners.fd[i], where));
                s->what->tell(line);
        }
}

int sq_serve(const struct sq_serve *what, struct sq_error *err) {
        SQ_CLEANUP(clear) struct service s = {
                .what = what, .config = what->config, .signals = -1};
        int rc = start(&s, err);

        if (rc)
                return rc;
        s.accepted_at = sq_monotonic_ns();
        tell_where(&s);
        sq_manager_tell("READY=1");
        what->tell(work(&s));
        finish(&s);
        return SQ_OK;
}
