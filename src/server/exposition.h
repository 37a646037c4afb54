/* exposition.h - Prometheus' text format, version 0.0.4, written
 *
 * A family is a name, a type and a help, and after them all its samples.
 */
#pragma once

#include "server/body.h"

/* Content-Type of what is written. */
#define SQ_EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct sq_family {
        const char *name;
        const char *type; /* "counter", "gauge", "histogram" */
        const char *help;
};

void sq_exposition_family(struct sq_json *out, const struct sq_family *family);

/* The begin of a sample, up to its value: name, what is behind the name ("_bucket", or
 * ""), and labels, of which `more` ("kind=\"user\"", or NULL) stands first as it is.  Pairs
 * of name and value follow, and a NULL; what in a value has to be escaped is, and what is
 * not UTF-8 becomes U+FFFD. */
void sq_exposition_begin(struct sq_json *out, const char *name, const char *suffix,
                         const char *more, ...) __attribute__((sentinel));

/* Its value, and its end. */
void sq_exposition_integer(struct sq_json *out, int64_t value);
void sq_exposition_count(struct sq_json *out, uint64_t value);
void sq_exposition_nanoseconds(struct sq_json *out, uint64_t ns); /* as seconds */
void sq_exposition_text(struct sq_json *out, const char *value);  /* "+Inf" */
