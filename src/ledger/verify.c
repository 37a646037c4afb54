#include "ledger/verify.h"

#include "ledger/difference.h"

int sq_verify(struct sq_ledger *ledger, sq_difference_fn each, void *payload,
              int64_t *ret_differences, struct sq_error *err) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        char line[SQ_DIFFERENCE_TEXT_SIZE];
        int rc = sq_differences_find(ledger, &found, err);

        if (rc)
                return rc;
        for (size_t i = 0; i < found->n; i++)
                each(sq_difference_text(&found->item[i], line, sizeof line), payload);
        *ret_differences = (int64_t)found->n;
        return SQ_OK;
}
