#include "cli/event_line.h"

#include <stdio.h>

#include "governor/record_json.h"

int sq_event_line_print(const struct sq_event_record *record, void *payload) {
        struct sq_document doc = {.out = stdout};
        bool failed;

        (void)payload;
        flockfile(stdout);
        sq_event_record_print(&doc, record);
        sq_document_end(&doc);
        /* What was told is not told again: it must be out. */
        failed = fflush(stdout) != 0;
        funlockfile(stdout);
        return failed ? SQ_EIO : SQ_OK;
}
