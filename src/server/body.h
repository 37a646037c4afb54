/* body.h - the JSON text of an answer, written once and shared by those who send it
 *
 * A writer by hand: a tree of values first (jansson) takes four times as long and twenty
 * times the memory for the table of a large site (docs/decisions/0007-serve.md).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/field.h"

struct sq_body;

const char *sq_body_text(const struct sq_body *body);
size_t sq_body_length(const struct sq_body *body);

/* One more holder; every holder gives it back.  NULL is allowed. */
struct sq_body *sq_body_hold(struct sq_body *body);
void sq_body_release(struct sq_body *body);
SQ_DEFINE_CLEANUP(struct sq_body *, sq_body_release)

/* The same, by what sq_body_text() gave. */
void sq_body_release_text(void *text);

/* Bytes of all bodies that somebody holds. */
size_t sq_body_bytes(void);

/* --- writing --------------------------------------------------------------------- */

/* Begins zeroed.  Running out of memory is found out at the end. */
struct sq_json {
        struct sq_body *body;
        size_t n, size;
        bool failed;
};

/* Text that is JSON already. */
void sq_json_add(struct sq_json *json, const char *text);
void sq_json_add_bytes(struct sq_json *json, const char *text, size_t length);
/* Of a member, which needs no escapes: in its quotes, with the colon behind it and, unless
 * the object begins here, the comma before it. */
void sq_json_add_name(struct sq_json *json, const char *name);
/* A string in its quotes; what is not UTF-8 in it becomes U+FFFD. */
void sq_json_add_string(struct sq_json *json, const char *text);
void sq_json_add_integer(struct sq_json *json, int64_t number);
/* An object of these fields. */
void sq_json_add_object(struct sq_json *json, const struct sq_fields *fields);

/* What was written; NULL when there was no memory for it.  Begins anew. */
struct sq_body *sq_json_take(struct sq_json *json);

void sq_json_clear(struct sq_json *json);
