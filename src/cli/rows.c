#include "cli/rows.h"

#include "base/error.h"

struct sq_rows sq_rows_of(bool as_json) {
        return (struct sq_rows){.as_json = as_json, .doc = {.out = stdout}};
}

struct sq_document *sq_rows_add(struct sq_rows *rows) {
        rows->n++;
        if (!rows->as_json)
                return NULL;
        if (rows->n == 1)
                sq_document_open_list(&rows->doc, NULL);
        return &rows->doc;
}

bool sq_rows_end(struct sq_rows *rows) {
        if (!rows->as_json)
                return false;
        if (!rows->n)
                sq_document_open_list(&rows->doc, NULL);
        sq_document_close_list(&rows->doc);
        sq_document_end(&rows->doc);
        return true;
}

int sq_rows_status(void) {
        return ferror(stdout) ? SQ_EIO : SQ_OK;
}
