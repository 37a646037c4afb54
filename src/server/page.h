/* page.h - an answer that is written as a document (base/document.h) */
#pragma once

#include "base/document.h"
#include "server/answer.h"

struct sq_page {
        struct sq_document doc;
        char *text;
        size_t length;
};

/* False: no memory. */
bool sq_page_begin(struct sq_page *page);

/* Ends it: what was written is the answer. */
void sq_page_end(struct sq_page *page, unsigned status, struct sq_answer *ret);

/* Ends it for nothing. */
void sq_page_drop(struct sq_page *page);

/* Writes into `doc` what the ledger has. */
typedef int (*sq_page_fn)(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                          struct sq_error *err);

/* Lets `write` read in a ledger and answers 200 with what it wrote.  False: *ret says what
 * is wrong with the request or the store. */
bool sq_page_answer(struct sq_sources *sources, const struct sq_request *request,
                    sq_page_fn write, void *payload, struct sq_answer *ret);

