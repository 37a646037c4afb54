/* cmd_verify.c - verify */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "ledger/repair.h"

enum option { REPAIR, REASON };

static const struct sq_option options[] = {
        [REPAIR] = {"repair", NULL, "put right what differs, after a backup"},
        [REASON] = {"reason", "TEXT", "why; kept with each repair"},
        {NULL, NULL, NULL},
};

/* How long moving the log into the database may wait. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

static int differ(int64_t n, const char *what, struct sq_error *err) {
        return n ? sq_fail(err, SQ_ECORRUPT, "%" PRId64 " difference%s %s", n,
                           n == 1 ? "" : "s", what)
                 : SQ_OK;
}

/* What differs, as somebody who only looks sees it. */
static int find(const struct sq_config *config, struct sq_differences **ret,
                struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        int rc = sq_reader_open(config, &ledger, err);

        if (rc)
                return rc;
        /* Years of entries take minutes, and a reader is in nobody's way. */
        sq_store_set_deadline(sq_ledger_store(ledger), INT64_MAX);
        return sq_differences_find(ledger, ret, err);
}

static int back_up(const struct sq_config *config, struct sq_ledger *ledger,
                   struct sq_error *err) {
        char path[PATH_MAX], when[SQ_UTC_NAME_SIZE] = "";
        int rc;

        sq_utc_name(sq_now(), when);
        snprintf(path, sizeof path, "%s.before-repair-%s", config->store.path, when);
        sq_store_set_deadline(sq_ledger_store(ledger), INT64_MAX);
        rc = sq_store_backup(sq_ledger_store(ledger), path, err);
        if (rc)
                sq_context(err, "nothing was repaired, for want of a backup");
        else
                printf("backup: %s\n", path);
        return rc;
}

static void print_outcome(const struct sq_difference *difference, bool repaired,
                          const char *remark, void *payload) {
        char text[SQ_DIFFERENCE_TEXT_SIZE];

        (void)payload;
        printf("%s: %s%s%s\n", sq_difference_text(difference, text, sizeof text),
               repaired ? "repaired" : "not repaired", remark ? ": " : "",
               remark ? remark : "");
}

static int repair(const struct sq_call *call, const struct sq_differences *found,
                  struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_actor actor = {.reason = call->option[REASON]};
        char actor_name[SQ_ACTOR_SIZE];
        int64_t left = 0;
        int rc;

        rc = sq_administrator_open(call->config, &ledger, err);
        if (!rc && sq_repair_is_possible(found))
                rc = back_up(call->config, ledger, err);
        if (rc)
                return rc;
        actor.name = sq_administrator_name(actor_name);
        rc = sq_repair(ledger, found, &actor, print_outcome, NULL, &left, err);
        /* Repairs are not on the disk yet, so that the hooks need not wait for it. */
        sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + PATIENCE_NS);
        (void)!sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_KEEP, NULL);
        return rc ? rc : differ(left, "left", err);
}

static int check(const struct sq_call *call, struct sq_error *err) {
        int rc;

        if (!call->option[REPAIR] && call->option[REASON]) {
                sq_fail(err, SQ_EINVAL, "--reason goes with --repair");
                sq_hint(err, "Without --repair nothing is changed.");
                return SQ_EINVAL;
        }
        if (!call->option[REPAIR])
                return SQ_OK;
        rc = sq_administrator_check(call, err);
        if (rc) {
                sq_context(err, "--repair");
                sq_hint(err, "Without --repair it only looks.");
                return rc;
        }
        return sq_reason_check(call->option[REASON], err);
}

static int verify(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_differences_freep) struct sq_differences *found = NULL;
        char text[SQ_DIFFERENCE_TEXT_SIZE];
        int rc = check(call, err);

        if (!rc)
                rc = find(call->config, &found, err);
        if (rc || !found->n)
                return rc;
        if (call->option[REPAIR])
                return repair(call, found, err);
        for (size_t i = 0; i < found->n; i++)
                printf("%s\n", sq_difference_text(&found->item[i], text, sizeof text));
        return differ((int64_t)found->n, "found", err);
}

const struct sq_command sq_cmd_verify = {
        .name = "verify",
        .summary = "compare the balances with the entries and reservations",
        .details = "Says nothing and ends with status 0 when all is right; otherwise with a\n"
                   "line for each difference and status 1.\n"
                   "With --repair (root and SlurmUser only) the balances are made what the\n"
                   "entries and reservations say, beside running hooks; a copy of the\n"
                   "database is made first, beside it.  Status 0 when nothing differs any\n"
                   "more.\n",
        .options = options,
        .run = verify,
};
