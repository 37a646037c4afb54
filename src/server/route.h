/* route.h - what can be asked for: one row for each method and path
 *
 * The table is what requests are looked up in, and what tests compare with openapi.json
 * and with who may do what.
 */
#pragma once

#include "server/answer.h"
#include "server/request.h"

/* Answers a request whose route, variables and caller's role are in order. */
typedef void (*sq_handler_fn)(struct sq_sources *sources, const struct sq_request *request,
                              struct sq_answer *ret);

struct sq_route {
        const char *method;
        const char *path; /* "/quotas/users/{name}/{resource}" */
        enum sq_role least;
        bool open; /* for nobody too, where the site shows /stats to everybody */
        bool slow; /* a thread of its own answers (worker.h) */
        bool watches; /* instead of `least` counts what auth.metrics says */
        sq_handler_fn answer;
        const char *parameter[SQ_REQUEST_PARAMETERS];
};

/* The row at a place; NULL behind the last one. */
const struct sq_route *sq_route_at(size_t i);

/* The methods of a path, for the header Allow: "GET, HEAD, PUT". */
const char *sq_route_methods(const char *path, char *text, size_t size);
