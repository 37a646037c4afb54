/* clients.c - clients as one would rather not have them, for the tests of the service
 *
 *      clients PORT probe N         N times /health over a new connection; prints the
 *                                   median and the longest time; fails when one fails
 *      clients PORT idle N          N connections that say nothing
 *      clients PORT trickle N       N that send a byte of their request now and then
 *      clients PORT header N        the same behind a complete first line
 *      clients PORT greedy N        N that ask for /stats and take nothing of it
 *      clients PORT at-once N       N that ask at the same moment; fails when one fails
 *      clients PORT fuzz N [SEED]   N connections with damaged requests
 *      clients PATH manager N       prints the N datagrams that come to a socket PATH
 *
 * Those that wait say "ready" and wait until they are killed, or two minutes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define CLIENTS_MAX 4096

/* Longer than a test takes. */
#define LIFE_MS 120000

static uint16_t port;
static int fds[CLIENTS_MAX];

static int fail(const char *what) {
        fprintf(stderr, "clients: %s: %s\n", what, errno ? strerror(errno) : "wrong answer");
        return 1;
}

/* -1: refused.  Who does not read should not have much room either. */
static int join(void) {
        const int small = 4096;

        const struct sockaddr_in address = {.sin_family = AF_INET,
                                            .sin_port = htons(port),
                                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd >= 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address)) {
                close(fd);
                return -1;
        }
        return fd;
}

static void say(int fd, const char *text, size_t length) {
        (void)!send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say_text(int fd, const char *text) {
        say(fd, text, strlen(text));
}

/* Reads to the end, for so long at most; bytes that came, -1: there was no end. */
static ssize_t hear(int fd, char *text, size_t size, int ms) {
        const int64_t until = sq_monotonic_ns() + ms * SQ_NS_PER_MS;
        size_t n = 0;

        for (;;) {
                struct pollfd wait = {.fd = fd, .events = POLLIN};
                const int64_t left = until - sq_monotonic_ns();
                ssize_t got;

                if (left <= 0 || poll(&wait, 1, (int)(left / SQ_NS_PER_MS) + 1) <= 0)
                        return -1;
                got = recv(fd, text + n, size - 1 - n, 0);
                if (got <= 0)
                        break;
                n += (size_t)got;
                if (n == size - 1)
                        n = 0; /* only the end is of interest */
        }
        text[n] = '\0';
        return (ssize_t)n;
}

static void wait_to_be_killed(void) {
        printf("ready\n");
        fflush(stdout);
}

static int by_value(const void *a, const void *b) {
        const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static int probe(int n) {
        static int64_t took[CLIENTS_MAX];
        char text[2000];

        for (int i = 0; i < n; i++) {
                const int64_t began = sq_monotonic_ns();
                int fd = join();

                if (fd < 0)
                        return fail("could not connect");
                say_text(fd, "GET /health HTTP/1.0\r\n\r\n");
                errno = 0;
                if (hear(fd, text, sizeof text, 10000) <= 0 || !strstr(text, " 200 OK\r\n") ||
                    !strstr(text, "{\"status\":\"ok\"}"))
                        return fail("/health");
                took[i] = sq_monotonic_ns() - began;
                close(fd);
        }
        qsort(took, (size_t)n, sizeof took[0], by_value);
        printf("%d times /health: median %.1f ms, longest %.1f ms\n", n,
               (double)took[n / 2] / 1e6, (double)took[n - 1] / 1e6);
        return 0;
}

/* Each says `first`, and then, if it is to go on, "x" every 50 ms. */
static int stay(int n, const char *first, bool go_on) {
        const int64_t until = sq_monotonic_ns() + LIFE_MS * SQ_NS_PER_MS;

        for (int i = 0; i < n; i++) {
                fds[i] = join();
                if (fds[i] < 0)
                        return fail("could not connect");
                say_text(fds[i], first);
        }
        wait_to_be_killed();
        while (sq_monotonic_ns() < until) {
                poll(NULL, 0, 50);
                for (int i = 0; go_on && i < n; i++)
                        say(fds[i], "x", 1);
        }
        return 0;
}

static int at_once(int n) {
        static char text[1 << 20];
        int failed = 0;

        for (int i = 0; i < n; i++)
                if ((fds[i] = join()) < 0)
                        return fail("could not connect");
        for (int i = 0; i < n; i++)
                say_text(fds[i], "GET /stats HTTP/1.0\r\n\r\n");
        for (int i = 0; i < n; i++)
                failed += hear(fds[i], text, sizeof text, 20000) <= 0 ||
                          !strstr(text, " 200 OK\r\n");
        printf("%d at once, %d failed\n", n, failed);
        return failed != 0;
}

/* --- damaged requests --------------------------------------------------------------- */

static const char *const good[] = {
        "GET /stats?username=alice HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
        "GET /stats?account=hpc&x=%41 HTTP/1.0\r\n\r\n",
        "POST /stats HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        ("POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n0\r\n\r\n"),
        "GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /stats HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /stats HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n",
        "GET http://h/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=b\r\n\r\n",
};

static const char *const piece[] = {
        "\r\n", "\n", "\r", "%", "%00", " ", "\t", ":", "HTTP/1.1", "HTTP/9.9", "GET ", "?",
        "&", "/stats", "=", "\xff\xfe", "\r\n\r\n", "../", "Host:\r\n", "username=",
        "Content-Length: -1\r\n", "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n",
        "Connection: keep-alive\r\n", "Expect: 100-continue\r\n",
};

static const char *some_piece(unsigned *seed) {
        return piece[(unsigned)rand_r(seed) % (sizeof piece / sizeof piece[0])];
}

static int damage(char *text, int n, int size, unsigned *seed) {
        for (int k = rand_r(seed) % 6; k > 0 && n > 2; k--) {
                const int at = rand_r(seed) % n;
                const char *add = some_piece(seed);
                const int length = (int)strlen(add);

                switch (rand_r(seed) % 4) {
                case 0:
                        text[at] = (char)rand_r(seed);
                        break;
                case 1: /* cut off */
                        n = at + 1;
                        break;
                case 2: /* once more */
                        if (n + n - at < size) {
                                memcpy(text + n, text + at, (size_t)(n - at));
                                n += n - at;
                        }
                        break;
                default:
                        if (n + length < size) {
                                memmove(text + at + length, text + at, (size_t)(n - at));
                                memcpy(text + at, add, (size_t)length);
                                n += length;
                        }
                }
        }
        return n;
}

/* In one or several pieces; then it waits a little, half closes, or breaks off. */
static void send_damaged(int fd, unsigned *seed) {
        const struct linger reset = {.l_onoff = 1};
        char text[8192], answer[4096];
        const char *base = good[(unsigned)rand_r(seed) % (sizeof good / sizeof *good)];
        int n = (int)strlen(base), sent = 0;

        memcpy(text, base, (size_t)n);
        n = damage(text, n, sizeof text, seed);
        while (sent < n) {
                const int part = 1 + rand_r(seed) % n;

                say(fd, text + sent, (size_t)(part < n - sent ? part : n - sent));
                sent += part;
        }
        switch (rand_r(seed) % 3) {
        case 0:
                (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
                break;
        case 1:
                shutdown(fd, SHUT_WR);
                (void)hear(fd, answer, sizeof answer, 100);
                break;
        default:
                (void)hear(fd, answer, sizeof answer, 2);
        }
}

static int fuzz(int n, unsigned seed) {
        for (int i = 0; i < n; i++) {
                int fd = join();

                if (fd < 0)
                        return fail("could not connect");
                send_damaged(fd, &seed);
                close(fd);
        }
        printf("%d damaged requests\n", n);
        return 0;
}

/* --- the service manager -------------------------------------------------------------- */

static int manage(const char *path, int n) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        char text[200];
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address))
                return fail("could not bind");
        wait_to_be_killed();
        for (int i = 0; i < n; i++) {
                const ssize_t length = recv(fd, text, sizeof text, 0);

                if (length < 0)
                        return fail("could not receive");
                printf("%.*s\n", (int)length, text);
                fflush(stdout);
        }
        return 0;
}

int main(int argc, char **argv) {
        struct rlimit limit = {CLIENTS_MAX + 64, CLIENTS_MAX + 64};
        const char *what = argc > 3 ? argv[2] : "";
        const int n = argc > 3 ? (int)strtoul(argv[3], NULL, 10) : 0;

        if (n <= 0 || n > 1000000)
                return 2;
        port = (uint16_t)strtoul(argv[1], NULL, 10);
        if (!strcmp(what, "fuzz"))
                return fuzz(n, argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 1);
        if (!strcmp(what, "manager"))
                return manage(argv[1], n);
        if (n > CLIENTS_MAX || (n > 900 && setrlimit(RLIMIT_NOFILE, &limit)))
                return fail("too many clients");
        if (!strcmp(what, "probe"))
                return probe(n);
        if (!strcmp(what, "idle"))
                return stay(n, "", false);
        if (!strcmp(what, "trickle"))
                return stay(n, "GET /hea", true);
        if (!strcmp(what, "header"))
                return stay(n, "GET /health HTTP/1.1\r\nHost: ", true);
        if (!strcmp(what, "greedy"))
                return stay(n, "GET /stats HTTP/1.1\r\nHost: x\r\n\r\n", false);
        if (!strcmp(what, "at-once"))
                return at_once(n);
        return 2;
}
