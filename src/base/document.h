/* document.h - JSON written to a stream, as it is found
 *
 * Nothing is gathered first: a list may have millions of objects.  Each object of a list
 * stands in a line of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/field.h"

struct sq_document {
        FILE *out;
        bool follows; /* something stands before the next value: it needs a comma */
        int lists;    /* that are open */
};

/* What is opened must be closed.  `name` is that of a member; NULL in lists, and for the
 * document itself. */
void sq_document_open_list(struct sq_document *doc, const char *name);
void sq_document_close_list(struct sq_document *doc);
void sq_document_open_object(struct sq_document *doc, const char *name);
void sq_document_close_object(struct sq_document *doc);

/* The line's end. */
void sq_document_end(struct sq_document *doc);

/* What is not UTF-8 in `text` becomes U+FFFD; NULL is null. */
void sq_document_add_text(struct sq_document *doc, const char *name, const char *text);
void sq_document_add_number(struct sq_document *doc, const char *name, int64_t number);

void sq_document_add_real(struct sq_document *doc, const char *name, double number);

/* A whole document that somebody else has written, which was found to be one: with an escape
 * in the place of control characters that JSON allows and terminals obey, and a line's end. */
void sq_document_print(FILE *out, const char *document);

/* null where `there` is false. */
void sq_document_add_number_if(struct sq_document *doc, const char *name, bool there,
                               int64_t number);

void sq_document_add_truth(struct sq_document *doc, const char *name, bool truth);

/* A list of texts, in one line. */
void sq_document_add_texts(struct sq_document *doc, const char *name, const char *const *text,
                           size_t n);

/* An object in a list that is JSON already. */
void sq_document_add_ready(struct sq_document *doc, const char *object);

/* An object in a list, of these fields. */
void sq_document_add_object(struct sq_document *doc, const struct sq_fields *fields);
