/* rows.h - a list that is printed as it is found, as JSON or in words
 *
 * Nothing is written before the first row: until then an answer may still fail.
 */
#pragma once

#include "base/document.h"

struct sq_rows {
        bool as_json;
        size_t n; /* so far, with the one that is being printed */
        struct sq_document doc;
};

/* None yet, for standard output. */
struct sq_rows sq_rows_of(bool as_json);

/* One more: where it is to be written; NULL: in words, by the caller. */
struct sq_document *sq_rows_add(struct sq_rows *rows);

/* Behind the last one.  False: what there is to say about all of them is the caller's. */
bool sq_rows_end(struct sq_rows *rows);

/* For callbacks to return: SQ_EIO when whoever reads standard output may have seen enough. */
int sq_rows_status(void);
