#include "server/page.h"

#include <stdio_ext.h>
#include <string.h>

bool sq_page_begin(struct sq_page *page) {
        *page = (struct sq_page){.text = NULL};
        page->doc.out = open_memstream(&page->text, &page->length);
        if (!page->doc.out)
                return false;
        /* Nobody else has it: no lock for each comma. */
        (void)__fsetlocking(page->doc.out, FSETLOCKING_BYCALLER);
        return true;
}

void sq_page_end(struct sq_page *page, unsigned status, struct sq_answer *ret) {
        struct sq_json json = {.failed = ferror(page->doc.out) != 0};

        json.failed = fclose(page->doc.out) || json.failed;
        page->doc.out = NULL;
        sq_json_add_bytes(&json, json.failed ? "" : page->text, page->length);
        free(SQ_TAKE(page->text));
        sq_answer_json(&json, status, ret);
}

void sq_page_drop(struct sq_page *page) {
        if (page->doc.out)
                (void)fclose(page->doc.out);
        page->doc.out = NULL;
        free(SQ_TAKE(page->text));
}

bool sq_page_answer(struct sq_sources *sources, const struct sq_request *request,
                    sq_page_fn write, void *payload, struct sq_answer *ret) {
        SQ_CLEANUP(sq_page_drop) struct sq_page page = {.text = NULL};
        struct sq_error err = {.text = ""};
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, &err);

        if (!rc) {
                rc = sq_page_begin(&page)
                             ? write(sources, request, ledger, &page.doc, payload, &err)
                             : sq_fail(&err, SQ_ENOMEM, "out of memory");
                sq_readers_give(sources->readers, ledger, rc && !sq_is_refusal(rc));
        }
        if (rc) {
                sq_answer_failure(sources, rc, &err, ret);
                return false;
        }
        sq_answer_no_trouble(sources);
        sq_page_end(&page, 200, ret);
        return true;
}
