/* bench_ledger.c - what a reservation and a charge cost in process
 *
 * Prints the distribution of single calls, with so many live reservations in
 * the store; for design.md's first two rows.  bench_ledger DIRECTORY [LIVE...]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counter.h"
#include "ledger/budget.h"
#include "ledger/charge.h"
#include "ledger/factor.h"
#include "ledger/reservation.h"
#include "ledger/window_allowance.h"
#include "ledger/window_count.h"

static const char accounts_sql[] = "SELECT id FROM subject WHERE kind = 'account'";

#define CALLS 5000

/* As a site has them: jobs come from many users in a few accounts each. */
#define USERS 500
#define ACCOUNTS 60

/* What a hook does too: a checkpoint when the log has grown to this. */
#define WAL_PAGES 8192

struct bench {
        struct sq_ledger *ledger;
        int64_t next_job, live;
        char (*uuid)[SQ_UUID_SIZE];
        int64_t samples[CALLS];
};

static void must(int rc, const struct sq_error *err) {
        if (!rc)
                return;
        fprintf(stderr, "bench_ledger: %s\n", err->text);
        exit(1);
}

static struct sq_claim claim_for(int64_t job, const char *uuid, bool gpus) {
        static char user[32], account[32];
        struct sq_claim claim = {.uuid = uuid, .user = user, .account = account,
                                 .seconds = 3600, .tasks = 1};

        const int number = (int)(job * 7919 % USERS);

        snprintf(user, sizeof user, "user%d", number);
        snprintf(account, sizeof account, "account%d", (number + (int)(job % 2)) % ACCOUNTS);
        sq_tres_set(&claim.tres, "cpu", 4);
        sq_tres_set(&claim.tres, "node", 1);
        if (gpus) {
                sq_tres_set(&claim.tres, "gres/gpu", 1);
                sq_tres_set(&claim.tres, "gres/gpu:h100", 1);
        }
        return claim;
}

static struct sq_run run_for(int64_t job, const struct sq_claim *claim) {
        struct sq_run run = {.cluster = "bench", .job_id = job, .submit_at = 1700000000 + job,
                             .array_task = SQ_NO_TASK, .user = claim->user,
                             .account = claim->account, .uuid = claim->uuid,
                             .state = "COMPLETED", .start_at = 1700000000 + job,
                             .end_at = 1700001800 + job, .tres = claim->tres, .tasks = 1};

        sq_tres_set(&run.tres, "mem", 16000);
        sq_tres_set(&run.tres, "billing", 4);
        return run;
}

static int by_value(const void *a, const void *b) {
        const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static void print(struct bench *b, const char *what, int64_t live) {
        qsort(b->samples, CALLS, sizeof b->samples[0], by_value);
        printf("%-24s %9" PRId64 " live: median %6.1f us   90%% %6.1f us   99%% %6.1f us   "
               "max %8.1f us\n",
               what, live, (double)b->samples[CALLS / 2] / 1e3,
               (double)b->samples[CALLS * 9 / 10] / 1e3,
               (double)b->samples[CALLS * 99 / 100] / 1e3, (double)b->samples[CALLS - 1] / 1e3);
}

/* Counted with the call: a hook pays for it too. */
static void look_after_log(struct bench *b) {
        if (sq_store_backlog(sq_ledger_store(b->ledger)) > WAL_PAGES)
                sq_store_checkpoint(sq_ledger_store(b->ledger), SQ_CHECKPOINT_KEEP, NULL);
}

static void fill(struct bench *b, int64_t live) {
        char uuid[SQ_UUID_SIZE];
        struct sq_error err;

        for (; b->next_job < live; b->next_job++) {
                struct sq_claim claim = claim_for(b->next_job, uuid, b->next_job % 4 == 0);

                must(sq_uuid_make(uuid, &err), &err);
                must(sq_reserve_anyway(b->ledger, &claim, &err), &err);
                look_after_log(b);
        }
}

static void measure_reserve(struct bench *b, int64_t live, bool gpus) {
        struct sq_verdict verdict;
        struct sq_error err;

        for (int i = 0; i < CALLS; i++) {
                struct sq_claim claim = claim_for(b->next_job + i, b->uuid[i], gpus);
                int64_t start = sq_monotonic_ns();

                must(sq_uuid_make(b->uuid[i], &err), &err);
                must(sq_reserve(b->ledger, &claim, &verdict, &err), &err);
                look_after_log(b);
                b->samples[i] = sq_monotonic_ns() - start;
        }
        print(b, gpus ? "reserve cpu+gpu" : "reserve cpu", live);
}

static void measure_charge(struct bench *b, int64_t live, bool gpus) {
        struct sq_charged charged;
        struct sq_error err;

        for (int i = 0; i < CALLS; i++) {
                struct sq_claim claim = claim_for(b->next_job + i, b->uuid[i], gpus);
                struct sq_run run = run_for(b->next_job + i, &claim);
                int64_t start = sq_monotonic_ns();

                must(sq_charge(b->ledger, &run, &charged, &err), &err);
                look_after_log(b);
                b->samples[i] = sq_monotonic_ns() - start;
        }
        print(b, gpus ? "charge cpu+gpu" : "charge cpu", live);
        b->next_job += CALLS;
}

/* What a hook counts for one submission, the clock that it reads for it included. */
static void measure_counting(void) {
        struct sq_counters counters = {.mapped = NULL};
        const int64_t times = 1000000;
        char path[64];
        int64_t start;

        snprintf(path, sizeof path, "/dev/shm/sq-bench-counters.%d", (int)getpid());
        sq_counters_open(&counters, path, SQ_COUNTERS_HOOK);
        start = sq_monotonic_ns();
        for (int64_t i = 0; i < times; i++) {
                sq_count(&counters, SQ_COUNT_ACCEPTED_SUBMIT);
                sq_count_time(&counters, SQ_TIMER_SUBMIT, sq_monotonic_ns() - start);
        }
        printf("%-24s %s: %.1f ns\n", "counting of an event",
               counters.mapped ? "mapped file" : "no file",
               (double)(sq_monotonic_ns() - start) / (double)times);
        sq_counters_close(&counters);
        unlink(path);
}

/* --- policies ------------------------------------------------------------------------ */

static int allow_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct bench *b = context;
        const struct sq_quantities nothing = {.n = 0};
        struct sq_allowance allowance = {.n = 2};
        struct sq_query *query;
        int64_t id[ACCOUNTS];
        size_t n = 0;

        (void)err;
        for (size_t i = 0; i < allowance.n; i++) {
                snprintf(allowance.item[i].tres, sizeof allowance.item[i].tres, "%s",
                         i ? "node" : "cpu");
                allowance.item[i].weight = i ? 64 : 1;
                allowance.item[i].full = allowance.item[i].limit = INT64_MAX / 4;
        }
        query = sq_query(txn, accounts_sql, "");
        while (sq_query_next(query) && n < ACCOUNTS)
                id[n++] = sq_query_int(query, 0);
        sq_query_done(query);
        for (size_t i = 0; i < n; i++)
                sq_window_allowance_set(b->ledger, txn, id[i], 1, SQ_WINDOW_MONTH, &allowance,
                                        &nothing);
        return sq_txn_status(txn);
}

/* A policy holds every account to an allocation of two TRES for a month. */
static void measure_policies(struct bench *b, int64_t live) {
        struct sq_error err;

        printf("with a policy for each account, of two TRES for a month:\n");
        must(sq_store_write(sq_ledger_store(b->ledger), SQ_DURABLE_SOON, allow_work, b, &err),
             &err);
        must(sq_windows_count(b->ledger, NULL, &err), &err);
        measure_reserve(b, live, false);
        measure_charge(b, live, false);
}

int main(int argc, char **argv) {
        struct bench *b = calloc(1, sizeof *b);
        struct sq_store_options options = {.use = SQ_STORE_PERSON, .owner = "root"};
        const struct sq_actor actor = {.name = "bench"};
        struct sq_error err;
        char path[4096];

        if (argc < 2 || !b) {
                fprintf(stderr, "usage: bench_ledger DIRECTORY [LIVE...]\n");
                return 2;
        }
        b->uuid = calloc(CALLS, sizeof *b->uuid);
        measure_counting();
        snprintf(path, sizeof path, "%s/bench.db", argv[1]);
        options.path = path;
        must(sq_ledger_open(&options, INT64_MAX, &b->ledger, &err), &err);
        for (int kind = SQ_USER; kind <= SQ_ACCOUNT; kind++)
                must(sq_budget_set_default(b->ledger, (enum sq_subject_kind)kind, SQ_CPU,
                                           SQ_AMOUNT(INT64_MAX / 4), &actor, &err),
                     &err);
        must(sq_factor_set(b->ledger, "h100", 500000, &actor, &err), &err);
        for (int i = 2; i < argc || i == 2; i++) {
                int64_t live = argc > 2 ? strtoimax(argv[i], NULL, 10) : 0;

                fill(b, live);
                measure_reserve(b, live, false); /* the first pass also makes the subjects */
                measure_charge(b, live, false);
                measure_reserve(b, live, false);
                measure_charge(b, live, false);
                measure_reserve(b, live, true);
                measure_charge(b, live, true);
                b->live = live;
        }
        measure_policies(b, b->live);
        sq_ledger_close(b->ledger);
        return 0;
}
