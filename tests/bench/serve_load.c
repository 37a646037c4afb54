/* serve_load.c - many clients at once, and how long they wait
 *
 * serve_load PORT TARGET CLIENTS SECONDS keep|close: each client asks for TARGET again as
 * soon as it has the answer, over the same connection or a new one.  Prints requests per
 * second and the distribution of the time from the request (or the connection) to the
 * answer's last byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define CLIENTS_MAX 1024
#define SAMPLES_MAX 2000000
#define HEADERS_MAX 4096

struct client {
        int fd;
        int64_t began;
        char head[HEADERS_MAX + 1];
        size_t n;     /* bytes of the headers so far */
        int64_t left; /* of the body; -1: the headers are not complete */
};

static struct client clients[CLIENTS_MAX];
static int64_t samples[SAMPLES_MAX];
static size_t n_samples;
static int64_t received;
static char request[4200];
static size_t request_length;
static struct sockaddr_in address = {.sin_family = AF_INET};
static int events;
static bool keep;

static void die(const char *what) {
        fprintf(stderr, "serve_load: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void ask(struct client *client) {
        client->n = 0;
        client->left = -1;
        if (send(client->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
                die("could not send");
}

static void join(struct client *client) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

        client->began = sq_monotonic_ns();
        client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client->fd < 0 ||
            connect(client->fd, (struct sockaddr *)&address, sizeof address) ||
            epoll_ctl(events, EPOLL_CTL_ADD, client->fd, &event))
                die("could not connect");
        ask(client);
}

/* What of the body came with the headers; -1 when they are not complete. */
static int64_t take_head(struct client *client) {
        const char *end, *length;

        client->head[client->n] = '\0';
        end = strstr(client->head, "\r\n\r\n");
        length = strstr(client->head, "Content-Length: ");
        if (!end)
                return -1;
        if (strncmp(client->head, "HTTP/1.1 200 ", 13) != 0 || !length) {
                fprintf(stderr, "serve_load: not an answer: %.60s\n", client->head);
                exit(1);
        }
        client->left = strtoll(length + 16, NULL, 10);
        return client->n - (end + 4 - client->head);
}

static bool is_done(struct client *client, char *buffer, size_t size) {
        const bool head = client->left < 0;
        ssize_t n = recv(client->fd, head ? client->head + client->n : buffer,
                         head ? HEADERS_MAX - client->n : size, MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN)
                return false;
        if (n <= 0)
                die("could not receive");
        received += n;
        if (!head) {
                client->left -= n;
        } else {
                client->n += (size_t)n;
                n = take_head(client);
                if (n > 0)
                        client->left -= n;
        }
        return client->left == 0;
}

static void next(struct client *client) {
        const int64_t now = sq_monotonic_ns();

        if (n_samples < SAMPLES_MAX)
                samples[n_samples++] = now - client->began;
        if (keep) {
                client->began = now;
                ask(client);
        } else {
                close(client->fd);
                join(client);
        }
}

static int by_value(const void *a, const void *b) {
        const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static void print(double seconds) {
        if (!n_samples)
                return;
        qsort(samples, n_samples, sizeof samples[0], by_value);
        printf("%7.0f requests/s %7.1f MB/s  median %7.3f ms  99%% %7.3f ms  most %7.3f ms\n",
               (double)n_samples / seconds, (double)received / seconds / 1e6,
               (double)samples[n_samples / 2] / 1e6,
               (double)samples[n_samples * 99 / 100] / 1e6,
               (double)samples[n_samples - 1] / 1e6);
}

int main(int argc, char **argv) {
        static char buffer[1024 * 1024];
        struct epoll_event ready[64];
        int64_t began, until;
        int n;

        if (argc != 6)
                return 2;
        address.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        n = (int)strtoul(argv[3], NULL, 10);
        keep = !strcmp(argv[5], "keep");
        request_length = (size_t)snprintf(request, sizeof request,
                                          "GET %.4000s HTTP/1.1\r\nHost: bench\r\n%s\r\n",
                                          argv[2], keep ? "" : "Connection: close\r\n");
        events = epoll_create1(EPOLL_CLOEXEC);
        began = sq_monotonic_ns();
        until = began + (int64_t)(strtod(argv[4], NULL) * 1e9);
        for (int i = 0; i < n && i < CLIENTS_MAX; i++)
                join(&clients[i]);
        while (sq_monotonic_ns() < until) {
                int k = epoll_wait(events, ready, 64, 1000);

                for (int i = 0; i < k; i++)
                        if (is_done(ready[i].data.ptr, buffer, sizeof buffer))
                                next(ready[i].data.ptr);
        }
        print((double)(sq_monotonic_ns() - began) / 1e9);
        return 0;
}
