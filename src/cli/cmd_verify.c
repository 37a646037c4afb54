/* cmd_verify.c - verify */
#include <inttypes.h>
#include <stdio.h>

#include "cli/administrator.h"
#include "ledger/verify.h"

static void print_difference(const char *line, void *payload) {
        (void)payload;
        printf("%s\n", line);
}

static int verify(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        int64_t differences = 0;
        int rc;

        rc = sq_reader_open(call->config, &ledger, err);
        if (rc)
                return rc;
        /* Years of entries take minutes, and a reader is in nobody's way. */
        sq_store_set_deadline(sq_ledger_store(ledger), INT64_MAX);
        rc = sq_verify(ledger, print_difference, NULL, &differences, err);
        if (rc)
                return rc;
        return differences ? sq_fail(err, SQ_ECORRUPT, "%" PRId64 " difference%s found",
                                     differences, differences == 1 ? "" : "s")
                           : SQ_OK;
}

const struct sq_command sq_cmd_verify = {
        .name = "verify",
        .summary = "compare the balances with the entries and reservations",
        .details = "Says nothing and ends with status 0 when all is right; otherwise with a\n"
                   "line for each difference and status 1.\n",
        .run = verify,
};
