/* form.h - the body of a request: a JSON object with fields that are known */
#pragma once

#include "base/amount.h"
#include "base/cleanup.h"
#include "server/request.h"

enum sq_form_type {
        SQ_FORM_INTEGER,
        SQ_FORM_DECIMAL, /* a number, kept as text: "0.5" */
        SQ_FORM_TEXT,
        SQ_FORM_LIST
};

#define SQ_FORM_DECIMAL_SIZE 32
#define SQ_FORM_TEXT_MAX 2000

struct json_t;

struct sq_form_field {
        const char *name;
        enum sq_form_type type;
        bool required;

        /* What sq_form_read() found. */
        bool given;
        int64_t integer;
        char decimal[SQ_FORM_DECIMAL_SIZE];
        const char *text;          /* lent by the form */
        const struct json_t *list; /* the same */
};

struct sq_form;

/* The body as jansson has it, for who expects more than a list of fields; the caller's.
 * SQ_EINVAL: not sent as application/json, or not a JSON object. */
int sq_form_load(const struct sq_request *request, struct json_t **ret, struct sq_error *err);

/* Reads the body into `n` fields; null is as good as not given.
 * SQ_EINVAL: it is not sent as application/json (which a web page of somebody else cannot
 * do without asking), not a JSON object, has a field that is not known, one of another
 * type, or lacks one that is required.  SQ_ENOMEM.  *ret is the caller's. */
int sq_form_read(const struct sq_request *request, struct sq_form_field *field, size_t n,
                 struct sq_form **ret, struct sq_error *err);

/* The same for an object in it, whose fields are lent as long as it is.  SQ_EINVAL. */
int sq_form_take(const struct json_t *object, struct sq_form_field *field, size_t n,
                 struct sq_error *err);

/* A budget in minutes: 0 and more, or -1.  SQ_EINVAL. */
int sq_form_limit(const struct sq_form_field *field, struct sq_amount *ret,
                  struct sq_error *err);

void sq_form_free(struct sq_form *form);
SQ_DEFINE_CLEANUP(struct sq_form *, sq_form_free)
