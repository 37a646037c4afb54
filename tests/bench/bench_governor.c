/* bench_governor.c - what evaluating a policy over a site's accounts costs
 *
 * bench_governor DIRECTORY ACCOUNTS: a new ledger in the directory, five TRES of each account
 * on twenty days of this month and ten of the month before, an allocation for each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "governor/allocation.h"
#include "governor/run.h"

#define DAYS_NOW 20
#define DAYS_BEFORE 10
#define NOW 1779537600 /* 2026-05-23 12:00 UTC */

static const char *const tres[] = {"cpu", "mem", "node", "billing", "gres/gpu"};

#define TRES (sizeof tres / sizeof tres[0])

static const char subject_sql[] =
        "INSERT INTO subject (id, kind, name, created_at) VALUES (?, ?, ?, 0)";
static const char resource_sql[] = "INSERT INTO resource (id, name) VALUES (?, ?)";
static const char member_sql[] = "INSERT INTO membership (user_id, account_id) VALUES (?, ?)";
/* Entry 1 is that of the policy. */
static const char allocation_sql[] =
        "INSERT INTO allocation (account_id, resource, window_id, amount, first_day, last_day,"
        " entry_id) VALUES (?, ?, 2, 3600000, 0, 99999999, 1)";
static const char usage_sql[] =
        "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)"
        " VALUES (?, ?, ?, ?, ?)";

/* Accounts from 1 on, of a user each: `from` to `to`, which is not among them. */
struct fill {
        int64_t from, to;
};

static int64_t resource_of(size_t i) {
        return i == 0 ? 1 : 100 + (int64_t)i; /* cpu is there */
}

static int fill_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct fill *f = context;
        char name[32];

        (void)err;
        for (size_t i = 1; i < TRES && f->from == 1; i++)
                sq_run(txn, resource_sql, "is", resource_of(i), tres[i]);
        for (int64_t a = f->from; a < f->to; a++) {
                const int64_t user = a + 10000000;

                snprintf(name, sizeof name, "account%lld", (long long)a);
                sq_run(txn, subject_sql, "iss", a, "account", name);
                sq_run(txn, subject_sql, "iss", user, "user", name);
                sq_run(txn, member_sql, "ii", user, a);
                for (size_t i = 0; i < TRES; i++)
                        sq_run(txn, allocation_sql, "is", a, tres[i]);
                for (int d = 0; d < DAYS_BEFORE + DAYS_NOW; d++)
                        for (size_t i = 0; i < TRES; i++)
                                sq_run(txn, usage_sql, "iiiii", user, a,
                                       d < DAYS_BEFORE ? (int64_t)20260401 + d
                                                       : (int64_t)20260501 + d - DAYS_BEFORE,
                                       resource_of(i), (a * 37 + d) % 300000);
        }
        return SQ_OK;
}

static void must(int rc, const struct sq_error *err) {
        if (!rc)
                return;
        fprintf(stderr, "bench_governor: %s\n", err->text);
        exit(1);
}

struct seen {
        const struct sq_kept_policy *kept;
        size_t n, planned, held, projected;
};

/* Each threshold of an account, as `policy status` shows them. */
static size_t project(const struct sq_kept_policy *kept, const struct sq_governed *governed) {
        const struct sq_thresholds *list = &kept->policy.thresholds;
        struct sq_course course;
        size_t n = 0;

        if (!sq_governed_course(kept, governed, &course))
                return 0;
        for (size_t i = 0; i < list->n; i++) {
                const struct sq_decimal percent =
                        sq_threshold_percent(&list->item[i], kept->policy.grace_ratio);

                n += sq_course_reaches(&course, percent).outlook == SQ_PROJECTED_AHEAD;
        }
        return n;
}

static void see(const struct sq_governed *governed, void *payload) {
        struct seen *seen = payload;

        seen->n++;
        seen->planned += governed->planned;
        seen->held += sq_state_level(&governed->evaluation->next) != SQ_NORMAL;
        seen->projected += project(seen->kept, governed);
}

static void measure(struct sq_ledger *ledger, const char *what, enum sq_run_mode mode,
                    bool looks_back) {
        const struct sq_governing how = {.mode = mode, .now = NOW, .looks_back = looks_back,
                                         .qos = {"normal", "slow", "paused"}};
        struct sq_kept_policy *kept = NULL;
        struct sq_error err;
        struct seen seen = {.n = 0};
        int64_t from;
        clock_t cpu;

        must(sq_kept_policy_find(ledger, "monthly", &kept, &err), &err);
        seen.kept = kept;
        from = sq_monotonic_ns();
        cpu = clock();
        must(sq_govern(ledger, kept, &how, see, &seen, &err), &err);
        printf("%-34s %6.0f ms (CPU %4.0f): %zu accounts, %zu held back, %zu plans,"
               " %zu thresholds ahead; longest lock %.1f ms\n",
               what, (double)(sq_monotonic_ns() - from) / 1e6,
               (double)(clock() - cpu) * 1e3 / CLOCKS_PER_SEC, seen.n, seen.held, seen.planned,
               seen.projected, (double)sq_store_longest_lock(sq_ledger_store(ledger)) / 1e6);
        free(kept);
}

static void open_ledger(const char *directory, struct sq_ledger **ret) {
        char path[4096];
        const struct sq_store_options options = {.path = path, .use = SQ_STORE_PERSON,
                                                 .owner = "root"};
        struct sq_error err;

        snprintf(path, sizeof path, "%s/governor.db", directory);
        must(sq_ledger_open(&options, sq_monotonic_ns() + 60 * SQ_NS_PER_SECOND, ret, &err),
             &err);
}

static void make_site(struct sq_ledger *ledger, int64_t accounts) {
        const struct sq_actor actor = {"bench", NULL};
        struct sq_policy *policy = malloc(sizeof *policy);
        char uuid[SQ_UUID_SIZE];
        struct sq_error err;

        if (!policy)
                exit(1);
        sq_policy_init(policy);
        snprintf(policy->name, sizeof policy->name, "monthly");
        snprintf(policy->scope, sizeof policy->scope, "c1");
        policy->apply_to_all = true;
        policy->actions = SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE;
        must(sq_kept_policy_create(ledger, policy, &actor, uuid, &err), &err);
        free(policy);
        for (int64_t from = 1; from <= accounts; from += 500) {
                struct fill f = {from, from + 500 <= accounts + 1 ? from + 500 : accounts + 1};

                sq_store_set_deadline(sq_ledger_store(ledger),
                                      sq_monotonic_ns() + 60 * SQ_NS_PER_SECOND);
                must(sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_SOON, fill_work, &f,
                                    &err),
                     &err);
        }
}

int main(int argc, char **argv) {
        const long accounts = argc > 2 ? (long)strtoul(argv[2], NULL, 10) : 0;
        struct sq_ledger *ledger = NULL;

        if (accounts < 1 || accounts > 1000000)
                return 2;
        setenv("TZ", "UTC0", 1);
        sq_clock_set(NOW); /* allowances are those of the window of now */
        open_ledger(argv[1], &ledger);
        make_site(ledger, accounts);
        sq_ledger_close(ledger); /* what was the longest lock begins anew */
        open_ledger(argv[1], &ledger);
        measure(ledger, "dry run", SQ_RUN_DRY, false);
        measure(ledger, "status, with forecasts", SQ_RUN_DRY, true);
        measure(ledger, "evaluated, everything is new", SQ_RUN_LOGGED, false);
        measure(ledger, "evaluated again and logged", SQ_RUN_LOGGED, false);
        measure(ledger, "the timer, nothing has changed", SQ_RUN_QUIETLY, false);
        sq_ledger_close(ledger);
        return 0;
}
