/* request.h - a request: its first line taken apart, its headers and its body
 *
 * The first line is read by ourselves and not by libmicrohttpd, which decodes what cannot
 * be decoded and cuts a name off at %00.
 */
#pragma once

#include "base/error.h"
#include "server/caller.h"
#include "slurm/name.h"

/* Variables in a path, and parameters that a route knows. */
#define SQ_REQUEST_PARTS 2
#define SQ_REQUEST_PARAMETERS 8

struct sq_route;

/* The value of a header, lent; NULL: the client has not sent it.  *ret_count, which may be
 * NULL, is how often it did: the value is that of one of them. */
typedef const char *(*sq_header_fn)(void *connection, const char *name, size_t *ret_count);

struct sq_request {
        /* As it came; all lent. */
        const char *method; /* "GET", ... */
        const char *target; /* "/stats?username=alice" */
        const char *body;   /* ends with a NUL of ours */
        size_t body_length;
        sq_header_fn header; /* NULL: there are none */
        void *connection;
        int fd; /* of the client; -1: none */

        /* By sq_request_parse(). */
        const struct sq_route *route; /* NULL: there is nothing under that path */
        char part[SQ_REQUEST_PARTS][SQ_NAME_SIZE];           /* of the path, decoded */
        char parameter[SQ_REQUEST_PARAMETERS][SQ_NAME_SIZE]; /* by the route's list; "": not
                                                                given, or blank */
        bool other_method; /* the path is known, and the method is not one of its own */

        struct sq_caller caller;
};

/* Finds the route of `request->method` and `request->target` ("/stats?username=alice",
 * with or without "http://HOST" before it) and reads its variables.  The path is compared
 * as it stands, but for what stands in the place of a variable; of a parameter that comes
 * more than once the first that is not blank counts; others than the known ones are passed
 * over.  HEAD is GET.  SQ_EINVAL: the path's variables or the query are not acceptable.
 * With `other_method`, the route is the path's first. */
int sq_request_parse(struct sq_request *request, struct sq_error *err);

/* What is behind the host of "http://HOST/path", which a client may send to anybody and
 * does send to a proxy; lent. */
const char *sq_request_path(const char *target);
