/* serve_fill.c - a ledger as a large site has it: serve_fill DATABASE USERS ACCOUNTS JOBS
 *
 * Every user has budgets and works in a few accounts; JOBS reservations are held.  One
 * that is there already gets the reservations only. */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/uuid.h"
#include "ledger/budget.h"
#include "ledger/reservation.h"

/* What a hook does too: a checkpoint when the log has grown to this. */
#define WAL_PAGES 8192

static const struct sq_actor actor = {.name = "bench"};

static void must(int rc, const struct sq_error *err) {
        if (!rc)
                return;
        fprintf(stderr, "serve_fill: %s\n", err->text);
        exit(1);
}

static void budgets(struct sq_ledger *ledger, enum sq_subject_kind kind, int n) {
        struct sq_error err;
        char name[32];

        for (int i = 0; i < n; i++) {
                snprintf(name, sizeof name, "%s%04d", kind == SQ_USER ? "user" : "project", i);
                must(sq_budget_set(ledger, kind, name, SQ_CPU,
                                   SQ_AMOUNT(6000000000000 + 60LL * 7919 * i), &actor, &err),
                     &err);
                must(sq_budget_set(ledger, kind, name, SQ_GPU,
                                   SQ_AMOUNT(60000000000 + 60LL * i), &actor, &err),
                     &err);
        }
}

static void reserve(struct sq_ledger *ledger, int job, int users, int accounts) {
        char uuid[SQ_UUID_SIZE], user[32], account[32];
        struct sq_claim claim = {.uuid = uuid, .user = user, .account = account,
                                 .seconds = 3600 + job % 86400, .tasks = 1 + job % 3};
        struct sq_verdict verdict;
        struct sq_error err;

        must(sq_uuid_make(uuid, &err), &err);
        snprintf(user, sizeof user, "user%04d", job % users);
        snprintf(account, sizeof account, "project%04d", (job % users + job % 4) % accounts);
        sq_tres_set(&claim.tres, "cpu", 1 + job % 128);
        sq_tres_set(&claim.tres, "gres/gpu", job % 5);
        must(sq_reserve(ledger, &claim, &verdict, &err), &err);
        if (sq_store_backlog(sq_ledger_store(ledger)) > WAL_PAGES)
                (void)!sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_KEEP, NULL);
}

int main(int argc, char **argv) {
        struct sq_store_options options = {.use = SQ_STORE_PERSON, .path = argv[1],
                                           .owner = getpwuid(getuid())->pw_name};
        struct sq_ledger *ledger;
        struct sq_error err;
        int users, accounts, jobs;

        if (argc != 5)
                return 2;
        users = (int)strtoul(argv[2], NULL, 10);
        accounts = (int)strtoul(argv[3], NULL, 10);
        jobs = (int)strtoul(argv[4], NULL, 10);
        if (access(argv[1], F_OK)) {
                must(sq_ledger_open(&options, INT64_MAX, &ledger, &err), &err);
                budgets(ledger, SQ_USER, users);
                budgets(ledger, SQ_ACCOUNT, accounts);
                sq_ledger_close(ledger);
        }
        options.use = SQ_STORE_HOOK; /* who does not wait for the disk */
        must(sq_ledger_open(&options, INT64_MAX, &ledger, &err), &err);
        for (int i = 0; i < jobs; i++)
                reserve(ledger, i, users, accounts);
        sq_ledger_close(ledger);
        return 0;
}
