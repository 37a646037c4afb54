#include "server/http.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "server/route.h"
#include "server/worker.h"

/* Clients that are slow to take their answers keep old ones alive while new ones are
 * written.  Above server.answer_bytes those that need more than this have to go. */
#define SLOW_NS SQ_NS_PER_SECOND

/* Who is being disconnected while the next one comes still counts for the library. */
#define SPARE_CONNECTIONS 128

/* The library has renamed it. */
#define TOO_LARGE 413

struct sq_http {
        struct MHD_Daemon *daemon;
        struct sq_sources *sources;
        struct sq_clients *clients;
        struct sq_worker *worker;
        uint64_t request_max, answers_max;
        atomic_bool finishing;
};

/* A request whose connection sleeps while the worker answers it. */
struct job {
        struct sq_http *http;
        struct MHD_Connection *connection;
        struct sq_request asked;
        struct sq_answer made;
};

/* Begins with the first line of a request and ends with its answer. */
struct request {
        bool heard;      /* the headers have come */
        char *body;      /* what has come of it, and a NUL; NULL: nothing */
        size_t length;   /* of the body so far */
        bool too_long;   /* the target, which is "" then */
        struct job *job; /* NULL: it is answered at once */
        char target[];
};

static int descriptor_of(struct MHD_Connection *connection) {
        return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
                ->connect_fd;
}

/* --- answers ----------------------------------------------------------------------- */

static enum MHD_Result queue(struct sq_http *http, struct MHD_Connection *connection,
                             struct sq_answer *answer) {
        struct MHD_Response *response;
        enum MHD_Result done;
        char number[24];

        if (!answer->body)
                return MHD_NO;
        response = MHD_create_response_from_buffer_with_free_callback(
                sq_body_length(answer->body), (void *)sq_body_text(answer->body),
                sq_body_release_text);
        if (!response) {
                sq_body_release(answer->body);
                return MHD_NO;
        }
        if (sq_body_length(answer->body))
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                              answer->type ? answer->type
                                                           : "application/json; charset=utf-8");
        /* Who asks decides what it is. */
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
        if (answer->status == MHD_HTTP_UNAUTHORIZED)
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                                              "MUNGE, Bearer");
        if (answer->counted) {
                snprintf(number, sizeof number, "%lld", (long long)answer->count);
                (void)MHD_add_response_header(response, "X-Result-Count", number);
        }
        if (answer->link[0])
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_LINK, answer->link);
        if (answer->allow[0])
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow);
        if (atomic_load(&http->finishing))
                (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
        sq_clients_answer(http->clients, descriptor_of(connection));
        done = MHD_queue_response(connection, answer->status, response);
        MHD_destroy_response(response);
        return done;
}

static enum MHD_Result refuse(struct sq_http *http, struct MHD_Connection *connection,
                              unsigned status, const char *message) {
        struct sq_answer answer;

        sq_answer_error(status, "too_large", message, &answer);
        sq_tally_add(&http->sources->tally, NULL, status);
        return queue(http, connection, &answer);
}

struct wanted {
        const char *name, *value;
        size_t count;
};

static enum MHD_Result look_at(void *payload, enum MHD_ValueKind kind, const char *name,
                               const char *value) {
        struct wanted *wanted = payload;

        (void)kind;
        if (!strcasecmp(name, wanted->name)) {
                wanted->value = value ? value : "";
                wanted->count++;
        }
        return MHD_YES;
}

static const char *header(void *connection, const char *name, size_t *ret_count) {
        struct wanted wanted = {.name = name};

        (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, look_at, &wanted);
        if (ret_count)
                *ret_count = wanted.count;
        return wanted.value;
}

/* In the worker's thread; the connection goes on in its own.  `late`: the service ends. */
static void work(void *payload, bool late) {
        struct job *job = payload;
        struct sq_http *http = job->http;

        if (late)
                sq_answer_error(503, "unavailable", "the service ends", &job->made);
        else
                job->asked.route->answer(http->sources, &job->asked, &job->made);
        MHD_resume_connection(job->connection);
}

static void refuse_work(struct sq_answer *ret) {
        sq_answer_error(503, "unavailable", "too many evaluations are waiting; come again",
                        ret);
}

/* The connection sleeps from now on, and is called again with what was made; false: *ret is
 * made already. */
static bool hand_over(struct sq_http *http, struct MHD_Connection *connection,
                      struct request *request, const struct sq_request *asked,
                      struct sq_answer *ret) {
        struct job *job = calloc(1, sizeof *job);

        if (!job) {
                refuse_work(ret);
                return false;
        }
        *job = (struct job){.http = http, .connection = connection, .asked = *asked};
        request->job = job;
        sq_clients_wait(http->clients, asked->fd);
        MHD_suspend_connection(connection);
        if (!sq_worker_add(http->worker, work, job)) {
                refuse_work(&job->made);
                MHD_resume_connection(connection);
        }
        return true;
}

static enum MHD_Result finish(struct sq_http *http, struct MHD_Connection *connection,
                              struct job *job) {
        struct sq_answer made = job->made;

        job->made.body = NULL;
        sq_tally_add(&http->sources->tally, job->asked.route, made.status);
        return queue(http, connection, &made);
}

static enum MHD_Result answer(struct sq_http *http, struct MHD_Connection *connection,
                              const char *method, struct request *request) {
        struct sq_request asked = {
                .method = method,
                .target = request->target,
                .body = request->body ? request->body : "",
                .body_length = request->length,
                .header = header,
                .connection = connection,
                .fd = descriptor_of(connection),
        };
        struct sq_answer made;

        if (request->too_long)
                return refuse(http, connection, MHD_HTTP_URI_TOO_LONG,
                              "the address is too long");
        if (sq_body_bytes() > http->answers_max)
                sq_clients_close_slow(http->clients, SLOW_NS, true);
        if (sq_answer_begin(http->sources, &asked, &made)) {
                if (!asked.route->slow)
                        asked.route->answer(http->sources, &asked, &made);
                else if (hand_over(http, connection, request, &asked, &made))
                        return MHD_YES;
        }
        sq_tally_add(&http->sources->tally, asked.other_method ? NULL : asked.route,
                     made.status);
        return queue(http, connection, &made);
}

/* --- what the library calls -------------------------------------------------------- */

/* The first line has come.  What this returns is *payload of the calls below. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection) {
        struct sq_http *http = cls;
        const size_t length = strlen(target);
        const bool too_long = length > http->request_max;
        struct request *request = calloc(1, sizeof *request + (too_long ? 0 : length) + 1);

        sq_clients_begin(http->clients, descriptor_of(connection));
        if (!request)
                return NULL;
        request->too_long = too_long;
        if (!too_long)
                memcpy(request->target, target, length);
        return request;
}

static bool announces_too_much(struct sq_http *http, struct MHD_Connection *connection) {
        const char *text = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                       MHD_HTTP_HEADER_CONTENT_LENGTH);
        uint64_t length = 0;

        for (; text && *text >= '0' && *text <= '9'; text++)
                if (__builtin_mul_overflow(length, 10, &length) ||
                    __builtin_add_overflow(length, (uint64_t)(*text - '0'), &length))
                        return true;
        return length > http->request_max;
}

/* False: too much, or no memory for it. */
static bool keep_body(const struct sq_http *http, struct request *request, const char *piece,
                      size_t n) {
        char *longer;

        if (request->length + n > http->request_max)
                return false;
        longer = realloc(request->body, request->length + n + 1);
        if (!longer)
                return false;
        memcpy(longer + request->length, piece, n);
        request->body = longer;
        request->length += n;
        longer[request->length] = '\0';
        return true;
}

/* Called for the headers, for each piece of a body, and at the end. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **payload) {
        struct sq_http *http = cls;
        struct request *request = *payload;

        (void)url;
        (void)version;
        if (!request)
                return MHD_NO; /* there was no memory for it */
        if (request->job)
                return finish(http, connection, request->job);
        if (!request->heard) {
                request->heard = true;
                if (announces_too_much(http, connection))
                        return refuse(http, connection, TOO_LARGE,
                                      "the body is too long");
                return MHD_YES;
        }
        if (*upload_size) {
                const size_t n = *upload_size;

                *upload_size = 0;
                return keep_body(http, request, upload, n) ? MHD_YES : MHD_NO;
        }
        return answer(http, connection, method, request);
}

static void on_end(void *cls, struct MHD_Connection *connection, void **payload,
                   enum MHD_RequestTerminationCode how) {
        struct sq_http *http = cls;
        struct request *request = *payload;

        (void)how;
        if (request && request->job)
                sq_body_release(request->job->made.body);
        if (request) {
                free(request->job);
                free(request->body);
        }
        free(request);
        *payload = NULL;
        sq_clients_end(http->clients, descriptor_of(connection));
}

/* The descriptor is closed after this. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **payload,
                          enum MHD_ConnectionNotificationCode what) {
        struct sq_http *http = cls;

        (void)payload;
        if (what == MHD_CONNECTION_NOTIFY_CLOSED)
                sq_clients_remove(http->clients, descriptor_of(connection));
}

/* --- life ---------------------------------------------------------------------------- */

static struct MHD_Daemon *start_daemon(const struct sq_config *config, struct sq_http *http) {
        const struct MHD_OptionItem pool[] = {
                {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)config->server.threads, NULL},
                {MHD_OPTION_END, 0, NULL},
        };
        const unsigned connections =
                (unsigned)(config->server.connections + SPARE_CONNECTIONS);

        return MHD_start_daemon(
                MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                        MHD_ALLOW_SUSPEND_RESUME,
                0, NULL, NULL, on_request, http,
                MHD_OPTION_URI_LOG_CALLBACK, on_target, http,
                MHD_OPTION_NOTIFY_COMPLETED, on_end, http,
                MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
                MHD_OPTION_CONNECTION_LIMIT, connections,
                MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                (unsigned)config->server.connections_per_address,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                (size_t)config->server.memory_per_connection,
                MHD_OPTION_STRICT_FOR_CLIENT, 1,
                /* A pool of one is no pool. */
                MHD_OPTION_ARRAY, config->server.threads > 1 ? pool : pool + 1,
                MHD_OPTION_END);
}

int sq_http_start(const struct sq_config *config, struct sq_sources *sources,
                  struct sq_clients *clients, struct sq_http **ret, struct sq_error *err) {
        struct sq_http *http = calloc(1, sizeof *http);
        int rc;

        if (!http)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = sq_worker_start(&http->worker, err);
        if (rc) {
                free(http);
                return rc;
        }
        http->sources = sources;
        http->clients = clients;
        http->request_max = (uint64_t)config->server.request_bytes;
        http->answers_max = (uint64_t)config->server.answer_bytes;
        http->daemon = start_daemon(config, http);
        if (!http->daemon) {
                sq_worker_stop(http->worker);
                free(http);
                return sq_fail(err, SQ_EIO, "could not start libmicrohttpd %s",
                               MHD_get_version());
        }
        *ret = http;
        return SQ_OK;
}

void sq_http_add(struct sq_http *http, int fd, const struct sockaddr *address,
                 socklen_t size) {
        if (!sq_clients_add(http->clients, fd))
                close(fd);
        /* Closes the descriptor itself when it fails. */
        else if (MHD_add_connection(http->daemon, fd, address, size) != MHD_YES)
                sq_clients_remove(http->clients, fd);
}

void sq_http_finish(struct sq_http *http) {
        atomic_store(&http->finishing, true);
}

void sq_http_stop(struct sq_http *http) {
        if (!http)
                return;
        /* None of the connections may sleep then. */
        sq_worker_stop(http->worker);
        MHD_stop_daemon(http->daemon);
        free(http);
}
