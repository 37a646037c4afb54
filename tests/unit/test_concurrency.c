/* test_concurrency.c - several processes on one ledger, and some that die */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define PROCESSES 4
#define EACH 50

struct worker {
        struct fixture *f;
        int number;
};

static char *uuid_of(int worker, int64_t n, char uuid[SQ_UUID_SIZE]) {
        snprintf(uuid, SQ_UUID_SIZE, "01900000-0000-7000-%04x-%012llx",
                 (unsigned)worker & 0xffff, (unsigned long long)n & 0xffffffffffffULL);
        return uuid;
}

static struct sq_ledger *open_own(struct worker *w) {
        struct sq_ledger *ledger = NULL;

        w->f->options.use = SQ_STORE_HOOK;
        sq_ledger_open(&w->f->options, fixture_patience(), &ledger, NULL);
        return ledger;
}

/* Runs `body` in four processes and adds up what they return. */
static int in_parallel(struct fixture *f, fixture_body_fn body) {
        struct worker worker[PROCESSES];
        pid_t child[PROCESSES];
        int code[PROCESSES], sum = 0;

        fixture_close(f);
        for (int i = 0; i < PROCESSES; i++) {
                worker[i] = (struct worker){f, i};
                child[i] = fixture_fork(body, &worker[i]);
        }
        for (int i = 0; i < PROCESSES; i++)
                code[i] = fixture_wait(child[i]);
        for (int i = 0; i < PROCESSES; i++) {
                assert_true(code[i] <= EACH);
                sum += code[i];
        }
        fixture_open(f, SQ_STORE_PERSON);
        return sum;
}

/* Asks for one more job than its share would be; returns how many it got. */
static int reserve_many(void *payload) {
        struct worker *w = payload;
        struct sq_ledger *ledger = open_own(w);
        char uuid[SQ_UUID_SIZE];
        int accepted = 0;

        for (int64_t n = 0; n < EACH; n++) {
                struct sq_claim claim = fixture_claim(uuid_of(w->number, n, uuid), 1, 60);
                struct sq_verdict verdict;

                if (!ledger || sq_reserve(ledger, &claim, &verdict, NULL))
                        return 101;
                accepted += verdict.accepted;
        }
        sq_ledger_close(ledger);
        return accepted;
}

static void a_budget_for_exactly_n_jobs_accepts_n(void **state) {
        struct fixture *f = *state;
        const int n = PROCESSES * EACH * 2 / 3;

        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, n * 60);
        assert_int_equal(in_parallel(f, reserve_many), n);
        assert_int_equal(fixture_balance(f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds,
                         n * 60);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), n);
        fixture_verify(f);
}

/* Books the same runs as all others; returns how many it was the first for. */
static int charge_many(void *payload) {
        struct worker *w = payload;
        struct sq_ledger *ledger = open_own(w);
        int booked = 0;

        for (int64_t n = 0; n < EACH; n++) {
                struct sq_run run = fixture_run(n, NULL, 1, 100);
                struct sq_charged charged;

                sq_tres_set(&run.tres, "gres/gpu:h100", 2);
                if (w->number % 2)
                        run.restarts = SQ_RESTARTS_UNKNOWN; /* the other path */
                if (!ledger || sq_charge(ledger, &run, &charged, NULL))
                        return 101;
                booked += charged.booked;
        }
        sq_ledger_close(ledger);
        return booked;
}

static void the_same_charges_from_all_sides_are_booked_once(void **state) {
        struct fixture *f = *state;

        assert_int_equal(in_parallel(f, charge_many), EACH);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds,
                         EACH * 100);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM charge"), EACH);
        fixture_verify(f);
}

static int begin_a_store(void *payload) {
        struct worker *w = payload;
        struct sq_ledger *ledger = NULL;
        struct sq_error err;
        int rc = sq_ledger_open(&w->f->options, fixture_patience(), &ledger, &err);

        if (rc)
                print_error("%s\n", err.text);
        sq_ledger_close(ledger);
        return rc ? 101 : 1;
}

static void a_store_can_be_begun_by_several_at_once(void **state) {
        struct fixture *f = *state;

        fixture_close(f);
        fixture_remove_directory(f->directory);
        assert_int_equal(mkdir(f->directory, 0755), 0);
        f->options.use = SQ_STORE_PERSON;
        assert_int_equal(in_parallel(f, begin_a_store), PROCESSES);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM schema_migration"),
                         fixture_schema_version());
        fixture_verify(f);
}

/* --- death ------------------------------------------------------------------------ */

#define DEATHS 40

/* Where a machine has so much else to do that they die before they have done anything,
 * more of them die. */
#define DEATHS_MOST 400

/* Reserves, changes and charges until somebody ends it. */
static int work_forever(void *payload) {
        struct worker *w = payload;
        struct sq_ledger *ledger = open_own(w);
        char uuid[SQ_UUID_SIZE];

        for (int64_t n = 0; ledger; n++) {
                struct sq_claim claim = fixture_claim(uuid_of(w->number, n, uuid), 4, 600);
                struct sq_run run = fixture_run(w->number * 1000000 + n, uuid, 4, 90000);
                struct sq_charged charged;
                struct sq_verdict verdict;

                claim.tasks = 1 + n % 3;
                run.array_task = n % 5 ? SQ_NO_TASK : 3;
                sq_tres_set(&run.tres, "gres/gpu:h100", 1);
                if (sq_reserve(ledger, &claim, &verdict, NULL) ||
                    sq_reserve_modified(ledger, &claim, 3, true, &verdict, NULL) ||
                    sq_charge(ledger, &run, &charged, NULL) ||
                    sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_KEEP, NULL))
                        return 102;
        }
        return 103;
}

static int64_t charges(struct fixture *f) {
        int64_t n;

        fixture_open(f, SQ_STORE_PERSON);
        fixture_verify(f);
        n = fixture_number(f, "SELECT count(*) FROM charge");
        fixture_close(f);
        return n;
}

static void processes_that_are_killed_leave_a_ledger_in_order(void **state) {
        struct fixture *f = *state;

        fixture_close(f);
        for (int i = 0; i < DEATHS || (i < DEATHS_MOST && charges(f) <= DEATHS); i++) {
                struct worker worker[2] = {{f, 2 * i}, {f, 2 * i + 1}};
                /* 3 to 25 ms, and more: from the opening on, a bit later each time. */
                const struct timespec nap = {.tv_nsec = 3000000 + i * 550000};
                pid_t child[2];

                for (int k = 0; k < 2; k++)
                        child[k] = fixture_fork(work_forever, &worker[k]);
                nanosleep(&nap, NULL);
                for (int k = 0; k < 2; k++)
                        kill(child[k], SIGKILL);
                for (int k = 0; k < 2; k++)
                        assert_int_equal(fixture_wait(child[k]), 128 + SIGKILL);
                if (i % 8 == 0)
                        charges(f);
        }
        assert_true(charges(f) > DEATHS);
        fixture_open(f, SQ_STORE_PERSON);
        assert_int_equal(fixture_number(f, "SELECT integrity_check = 'ok'"
                                           " FROM pragma_integrity_check"),
                         1);
}

static void a_killed_process_holds_no_lock(void **state) {
        struct fixture *f = *state;
        struct worker worker = {f, 1};
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        const struct timespec nap = {.tv_nsec = 20000000};
        pid_t child;

        fixture_close(f);
        child = fixture_fork(work_forever, &worker);
        nanosleep(&nap, NULL);
        kill(child, SIGSTOP); /* perhaps with the lock in its hands */
        kill(child, SIGKILL);
        assert_int_equal(fixture_wait(child), 128 + SIGKILL);
        fixture_open(f, SQ_STORE_HOOK);
        sq_store_set_deadline(sq_ledger_store(f->ledger),
                              sq_monotonic_ns() + 2 * SQ_NS_PER_SECOND);
        assert_true(fixture_reserve(f, &claim).accepted);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_budget_for_exactly_n_jobs_accepts_n),
                A_TEST(the_same_charges_from_all_sides_are_booked_once),
                A_TEST(a_store_can_be_begun_by_several_at_once),
                A_TEST(processes_that_are_killed_leave_a_ledger_in_order),
                A_TEST(a_killed_process_holds_no_lock),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
