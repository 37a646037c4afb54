#include "server/client.h"

#include <pthread.h>
#include <sys/socket.h>

#include "base/clock.h"

struct client {
        bool connected;
        bool requesting;
        bool closing; /* his connection was shut; the library will notice */
        int64_t since; /* he came, his last request ended, this one came, was answered;
                        * INT64_MAX: he waits for us */
};

struct sq_clients {
        pthread_mutex_t mutex;
        struct sq_clients_state state;
        int most;
        struct client client[]; /* by descriptor: they are small and used again */
};

struct sq_clients *sq_clients_new(int most) {
        struct sq_clients *clients =
                calloc(1, sizeof *clients + (size_t)most * sizeof clients->client[0]);

        if (!clients)
                return NULL;
        clients->most = most;
        clients->state.active_at = sq_monotonic_ns();
        pthread_mutex_init(&clients->mutex, NULL);
        return clients;
}

void sq_clients_free(struct sq_clients *clients) {
        if (!clients)
                return;
        pthread_mutex_destroy(&clients->mutex);
        free(clients);
}

/* Under the lock. */
static void set_requesting(struct sq_clients *clients, struct client *client, bool requesting) {
        if (client->requesting == requesting)
                return;
        client->requesting = requesting;
        clients->state.requests += requesting ? 1 : (size_t)-1;
        clients->state.active_at = sq_monotonic_ns();
}

bool sq_clients_add(struct sq_clients *clients, int fd) {
        struct client *client;

        if (fd >= clients->most)
                return false;
        client = &clients->client[fd];
        pthread_mutex_lock(&clients->mutex);
        /* One whose memory the library could not get goes without a word: his descriptor
         * comes again. */
        clients->state.connected += !client->connected;
        set_requesting(clients, client, false);
        *client = (struct client){.connected = true, .since = sq_monotonic_ns()};
        pthread_mutex_unlock(&clients->mutex);
        return true;
}

void sq_clients_remove(struct sq_clients *clients, int fd) {
        struct client *client = &clients->client[fd];

        pthread_mutex_lock(&clients->mutex);
        clients->state.connected -= client->connected;
        set_requesting(clients, client, false);
        client->connected = false;
        pthread_mutex_unlock(&clients->mutex);
}

static void step(struct sq_clients *clients, int fd, bool requesting, int64_t since) {
        pthread_mutex_lock(&clients->mutex);
        clients->client[fd].since = since;
        set_requesting(clients, &clients->client[fd], requesting);
        pthread_mutex_unlock(&clients->mutex);
}

void sq_clients_begin(struct sq_clients *clients, int fd) {
        step(clients, fd, true, sq_monotonic_ns());
}

void sq_clients_answer(struct sq_clients *clients, int fd) {
        step(clients, fd, true, sq_monotonic_ns());
}

void sq_clients_wait(struct sq_clients *clients, int fd) {
        step(clients, fd, true, INT64_MAX);
}

void sq_clients_end(struct sq_clients *clients, int fd) {
        step(clients, fd, false, sq_monotonic_ns());
}

struct sq_clients_state sq_clients_state(struct sq_clients *clients) {
        struct sq_clients_state state;

        pthread_mutex_lock(&clients->mutex);
        state = clients->state;
        pthread_mutex_unlock(&clients->mutex);
        return state;
}

/* Shut, not closed: the descriptor belongs to the library, which finds it at its end. */
static void shut(struct sq_clients *clients, int fd) {
        clients->client[fd].closing = true;
        shutdown(fd, SHUT_RDWR);
}

size_t sq_clients_close_slow(struct sq_clients *clients, int64_t longer_than_ns,
                             bool requesting_only) {
        const int64_t limit = sq_monotonic_ns() - longer_than_ns;
        size_t n = 0;

        pthread_mutex_lock(&clients->mutex);
        for (int fd = 0; fd < clients->most; fd++) {
                const struct client *client = &clients->client[fd];

                if (!client->connected || client->closing || client->since >= limit ||
                    (requesting_only && !client->requesting))
                        continue;
                shut(clients, fd);
                n++;
        }
        pthread_mutex_unlock(&clients->mutex);
        return n;
}

bool sq_clients_close_slowest(struct sq_clients *clients, int64_t longer_than_ns) {
        int64_t oldest = sq_monotonic_ns() - longer_than_ns;
        int found = -1;

        pthread_mutex_lock(&clients->mutex);
        for (int fd = 0; fd < clients->most; fd++) {
                const struct client *client = &clients->client[fd];

                if (client->connected && !client->closing && client->since < oldest) {
                        oldest = client->since;
                        found = fd;
                }
        }
        if (found >= 0)
                shut(clients, found);
        pthread_mutex_unlock(&clients->mutex);
        return found >= 0;
}
