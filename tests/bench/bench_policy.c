/* bench_policy.c - how long a policy takes for so many accounts
 *
 *   bench_policy ACCOUNTS TRES
 *
 * The engine alone, for both carryovers; then the same through a simulation, which keeps
 * what an account has used. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "policy/simulation.h"

static const char *const names[] = {"cpu", "mem", "node", "gres/gpu", "license/x",
                                    "gres/gpu:h100", "gres/gpu:a100", "energy"};

#define NAMES (sizeof names / sizeof names[0])

static size_t tres;

static struct sq_quantities hours(int64_t least) {
        struct sq_quantities list = {.n = 0};

        for (size_t i = 0; i < tres; i++)
                sq_quantities_set(&list, names[i],
                                  sq_quantity_from_hours(least + 7919 * (int64_t)i % 1000));
        return list;
}

static void report(const char *what, int64_t from, size_t n) {
        const double ms = (double)(sq_monotonic_ns() - from) / SQ_NS_PER_MS;

        printf("%-38s %8.1f ms, %6.2f us an account\n", what, ms, 1000 * ms / (double)n);
}

static int evaluate(const struct sq_policy *policy, size_t n, const char *what) {
        struct sq_evaluation *evaluation = calloc(1, sizeof *evaluation);
        struct sq_facts *facts = calloc(1, sizeof *facts);
        const int64_t from = sq_monotonic_ns();
        size_t held = 0;
        int rc = evaluation && facts ? SQ_OK : SQ_ENOMEM;

        for (size_t i = 0; i < n && rc == SQ_OK; i++) {
                facts->window = sq_window_of(SQ_WINDOW_QUARTER, 1,
                                             (struct sq_date){2026, 5, 1});
                facts->base = facts->previous_base = hours(1000);
                facts->usage = hours((int64_t)(i % 3000));
                facts->previous_usage = hours((int64_t)(i % 1700));
                rc = sq_evaluate(policy, facts, evaluation, NULL);
                held += evaluation->qos != SQ_NORMAL;
        }
        report(what, from, n);
        printf("%-38s %8zu of them held back\n", "", held);
        free(evaluation);
        free(facts);
        return rc;
}

/* All accounts, what each used in two quarters, and two evaluations of all. */
static int simulate(const struct sq_policy *policy, size_t n) {
        SQ_CLEANUP(sq_simulation_freep) struct sq_simulation *s = sq_simulation_new(policy);
        const struct sq_quantities base = hours(1000), used = hours(700);
        struct sq_event event = {.quantities = &used};
        char name[32];
        int64_t from;
        int rc = s ? SQ_OK : SQ_ENOMEM;

        for (size_t i = 0; i < n && rc == SQ_OK; i++) {
                snprintf(name, sizeof name, "account%zu", i);
                rc = sq_simulation_add_account(s, name, &base, NULL);
        }
        if (rc == SQ_OK)
                rc = sq_simulation_close_accounts(s, NULL);
        for (int month = 1; month <= 4 && rc == SQ_OK; month += 3)
                for (size_t i = 0; i <= n && rc == SQ_OK; i++) {
                        event.date = (struct sq_date){2026, month, 15};
                        event.kind = i < n ? SQ_EVENT_USAGE : SQ_EVENT_EVALUATE;
                        event.account = i < n ? i : SQ_EVERY_ACCOUNT;
                        rc = sq_simulation_add_event(s, &event, NULL);
                }
        from = sq_monotonic_ns();
        if (rc == SQ_OK)
                rc = sq_simulation_run(s, NULL, NULL, NULL);
        report("simulated, evaluated twice", from, n);
        return rc;
}

int main(int argc, char **argv) {
        size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
        struct sq_policy policy;

        tres = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
        if (n == 0 || n > SQ_SIMULATION_ACCOUNTS_MAX || tres == 0 || tres > NAMES)
                return 2;
        sq_policy_init(&policy);
        policy.period = SQ_WINDOW_QUARTER;
        policy.actions = SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE;
        if (evaluate(&policy, n, "evaluated, capped carryover"))
                return 1;
        policy.carryover_mode = SQ_CARRYOVER_DECAY;
        policy.half_life = 14; /* no whole number of half-lives */
        if (evaluate(&policy, n, "evaluated, decay"))
                return 1;
        return simulate(&policy, n) ? 1 : 0;
}
