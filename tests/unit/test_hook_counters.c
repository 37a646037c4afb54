#include "world_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/spool.h"

/* Where counters are on a site: in memory. */
static char shared[64];

static void configure(struct world *w, const char *more) {
        write_config(w, more);
        new_hook(w);
}

static int start(void **state) {
        struct world *w;

        world_start(state);
        w = *state;
        snprintf(shared, sizeof shared, "/dev/shm/sq-hook-XXXXXX");
        assert_non_null(mkdtemp(shared));
        snprintf(w->counters, sizeof w->counters, "%s/counters", shared);
        configure(w, "");
        sq_tres_set(&w->price.tres, "gres/gpu", 1);
        return 0;
}

static int stop(void **state) {
        fixture_remove_directory(shared);
        return world_stop(state);
}

static struct sq_counts counts(struct world *w) {
        struct sq_counts counts = {0};
        struct sq_error err = {.text = ""};
        int rc = sq_counts_read(w->counters, &counts, &err);

        if (rc)
                print_message("%s\n", err.text);
        assert_int_equal(rc, SQ_OK);
        return counts;
}

/* All that was counted is `n` of `counter`: nothing else, and nothing twice. */
static void only(struct world *w, int counter, uint64_t n) {
        const struct sq_counts now = counts(w);

        for (int i = 0; i < SQ_COUNTERS; i++) {
                if (now.of[i] != (i == counter ? n : 0))
                        print_message("%s{%s} is %lu\n",
                                      sq_counter_about((enum sq_counter)i)->name,
                                      sq_counter_about((enum sq_counter)i)->labels,
                                      (unsigned long)now.of[i]);
                assert_int_equal(now.of[i], i == counter ? n : 0);
        }
}

static uint64_t count(struct world *w, int counter) {
        return counts(w).of[counter];
}

static uint64_t charges(struct world *w, enum sq_charging what) {
        return count(w, SQ_COUNT_CHARGE_OF(SQ_PATH_JOBCOMP_LUA, what));
}

static uint64_t spooled(struct world *w, enum sq_spooling what) {
        return count(w, SQ_COUNT_SPOOL_OF(SQ_PATH_JOBCOMP_LUA, what));
}

static uint64_t calls(struct world *w, enum sq_timer timer) {
        const struct sq_counts now = counts(w);
        uint64_t n = 0;

        for (int i = 0; i <= SQ_TIMER_BOUNDS; i++)
                n += sq_counts_bucket(&now, timer, i);
        return n;
}

static struct sq_answer submit(struct world *w, char uuid[SQ_UUID_SIZE]) {
        const struct sq_submission job = {"alice", "physics", &w->price};
        struct sq_answer answer;

        sq_hook_begin(w->hook);
        sq_hook_submit(w->hook, &job, uuid, &answer);
        sq_hook_end(w->hook, SQ_TIMER_SUBMIT);
        return answer;
}

static struct sq_answer modify(struct world *w, const char *uuid) {
        const struct sq_submission job = {"alice", "physics", &w->price};
        const struct sq_job_key key = {.cluster = "test", .job_id = 7, .submit_at = 1700000000,
                                       .array_task = SQ_NO_TASK, .comment = uuid};
        struct sq_answer answer;

        sq_hook_begin(w->hook);
        sq_hook_modify(w->hook, &job, uuid, &key, &answer);
        sq_hook_end(w->hook, SQ_TIMER_MODIFY);
        return answer;
}

static void finish(struct world *w, int64_t job_id, const char *uuid, const char *allocated) {
        struct sq_run run = fixture_run(job_id, uuid, 0, 300);

        run.tres.n = 0;
        sq_hook_begin(w->hook);
        sq_hook_complete(w->hook, &run, allocated);
        sq_hook_end(w->hook, SQ_TIMER_COMPLETE);
}

static void accepted_jobs_and_changes_are_counted(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        only(w, SQ_COUNT_ACCEPTED_SUBMIT, 1);
        assert_int_equal(calls(w, SQ_TIMER_SUBMIT), 1);
        w->price.seconds = 1200;
        assert_false(modify(w, uuid).refused);
        assert_int_equal(count(w, SQ_COUNT_ACCEPTED_MODIFY), 1);
        assert_int_equal(calls(w, SQ_TIMER_MODIFY), 1);
        assert_int_equal(calls(w, SQ_TIMER_SUBMIT), 1);
}

static void each_budget_is_a_reason_of_its_own(void **state) {
        static const struct {
                enum sq_subject_kind kind;
                const char *name;
                enum sq_resource resource;
                enum sq_reason reason;
        } of[] = {
                {SQ_USER, "alice", SQ_CPU, SQ_REASON_USER_CPU},
                {SQ_USER, "alice", SQ_GPU, SQ_REASON_USER_GPU},
                {SQ_ACCOUNT, "physics", SQ_CPU, SQ_REASON_ACCOUNT_CPU},
                {SQ_ACCOUNT, "physics", SQ_GPU, SQ_REASON_ACCOUNT_GPU},
        };
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
                fixture_budget(w->f, of[i].kind, of[i].name, of[i].resource, 1);
                assert_int_equal(unlink(w->counters), 0);
                configure(w, "");
                assert_true(submit(w, uuid).refused);
                only(w, SQ_COUNT_REFUSED_SUBMIT + (int)of[i].reason, 1);
                fixture_budget(w->f, of[i].kind, of[i].name, of[i].resource, -1);
        }
}

static void a_paused_account_is_a_reason_of_its_own(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        fixture_budget(w->f, SQ_ACCOUNT, "physics", SQ_CPU, -1);
        fixture_sql(w->f, "UPDATE subject SET halted = 2 WHERE name = 'physics'");
        assert_true(submit(w, uuid).refused);
        assert_int_equal(count(w, SQ_COUNT_REFUSED_SUBMIT + SQ_REASON_HALTED), 1);
}

static void a_refused_change_is_told_from_a_refused_job(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        fixture_budget(w->f, SQ_ACCOUNT, "physics", SQ_CPU, 2400);
        w->price.seconds = 1200;
        assert_true(modify(w, uuid).refused);
        assert_int_equal(count(w, SQ_COUNT_REFUSED_MODIFY + SQ_REASON_ACCOUNT_CPU), 1);
        assert_int_equal(count(w, SQ_COUNT_REFUSED_SUBMIT + SQ_REASON_ACCOUNT_CPU), 0);
}

static void what_cannot_be_counted_is_the_requests_fault(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        w->price.tasks = INT64_MAX;
        assert_true(submit(w, uuid).refused);
        only(w, SQ_COUNT_REFUSED_SUBMIT + SQ_REASON_REQUEST, 1);
}

static void what_the_module_refuses_is_counted(void **state) {
        struct world *w = *state;
        struct sq_answer answer = {.refused = false};
        struct sq_error err;

        sq_fail(&err, SQ_EINVAL, "no");
        sq_hook_begin(w->hook);
        sq_hook_refuse(w->hook, SQ_TIMER_SUBMIT, SQ_REASON_NO_ACCOUNT, &err, &answer);
        assert_true(answer.refused);
        only(w, SQ_COUNT_REFUSED_SUBMIT + SQ_REASON_NO_ACCOUNT, 1);
}

static void a_store_that_fails_is_counted_with_what_was_decided(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        fixture_move_store(w->f, true);
        assert_false(submit(w, uuid).refused);
        assert_int_equal(count(w, SQ_COUNT_STORE_FAILED + SQ_PATH_JOBCOMP_LUA), 1);
        assert_int_equal(count(w, SQ_COUNT_UNCHECKED_SUBMIT), 1);
        assert_int_equal(spooled(w, SQ_SPOOL_KEPT), 1);
        assert_int_equal(count(w, SQ_COUNT_ACCEPTED_SUBMIT), 0);
        configure(w, "[hook]\non_store_failure = refuse\n");
        assert_true(submit(w, uuid).refused);
        assert_int_equal(count(w, SQ_COUNT_REFUSED_SUBMIT + SQ_REASON_STORE), 1);
        assert_int_equal(count(w, SQ_COUNT_UNCHECKED_SUBMIT), 1);
        assert_int_equal(count(w, SQ_COUNT_STORE_FAILED + SQ_PATH_JOBCOMP_LUA), 2);
        fixture_move_store(w->f, false);
        finish(w, 1, NULL, "cpu=4,node=1");
        assert_int_equal(spooled(w, SQ_SPOOL_BOOKED), 1);
}

static void a_store_that_is_busy_is_told_from_one_that_is_broken(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], path[160];
        int fd;

        assert_false(submit(w, uuid).refused);
        snprintf(path, sizeof path, "%s.lock", w->f->path);
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_false(submit(w, uuid).refused);
        close(fd);
        assert_int_equal(count(w, SQ_COUNT_STORE_BUSY + SQ_PATH_JOBCOMP_LUA), 1);
        assert_int_equal(count(w, SQ_COUNT_STORE_FAILED + SQ_PATH_JOBCOMP_LUA), 0);
        assert_int_equal(count(w, SQ_COUNT_UNCHECKED_SUBMIT), 1);
}

static void charges_are_counted_by_what_became_of_them(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        submit(w, uuid);
        finish(w, 1, uuid, "cpu=4,node=1");
        finish(w, 1, uuid, "cpu=4,node=1");
        assert_int_equal(charges(w, SQ_CHARGE_BOOKED), 1);
        assert_int_equal(charges(w, SQ_CHARGE_REPEATED), 1);
        finish(w, 2, NULL, "cpu=four");
        fixture_move_store(w->f, true);
        finish(w, 3, NULL, "cpu=4,node=1");
        assert_int_equal(charges(w, SQ_CHARGE_SPOOLED), 2);
        assert_int_equal(calls(w, SQ_TIMER_COMPLETE), 4);
        fixture_move_store(w->f, false);
}

static void an_event_that_not_even_the_spool_takes_is_counted(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], events[128];

        fixture_move_store(w->f, true);
        snprintf(events, sizeof events, "%s/events", w->f->directory);
        assert_int_equal(mkdir(events, 0700), 0); /* no file can be there */
        assert_false(submit(w, uuid).refused);
        finish(w, 1, uuid, "cpu=4,node=1");
        assert_int_equal(spooled(w, SQ_SPOOL_LOST), 2);
        assert_int_equal(charges(w, SQ_CHARGE_FAILED), 1);
        assert_int_equal(spooled(w, SQ_SPOOL_KEPT), 0);
        assert_int_equal(rmdir(events), 0);
        fixture_move_store(w->f, false);
}

static void every_count_follows_a_hook_that_is_made_anew(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        submit(w, uuid);
        new_hook(w);
        submit(w, uuid);
        only(w, SQ_COUNT_ACCEPTED_SUBMIT, 2);
}

static void without_a_place_for_counters_everything_works(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        snprintf(w->counters, sizeof w->counters, "/proc/no/such/place");
        configure(w, "");
        assert_false(submit(w, uuid).refused);
        finish(w, 1, uuid, "cpu=4,node=1");
        fixture_verify(w->f);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(accepted_jobs_and_changes_are_counted),
                CASE(each_budget_is_a_reason_of_its_own),
                CASE(a_paused_account_is_a_reason_of_its_own),
                CASE(a_refused_change_is_told_from_a_refused_job),
                CASE(what_cannot_be_counted_is_the_requests_fault),
                CASE(what_the_module_refuses_is_counted),
                CASE(a_store_that_fails_is_counted_with_what_was_decided),
                CASE(a_store_that_is_busy_is_told_from_one_that_is_broken),
                CASE(charges_are_counted_by_what_became_of_them),
                CASE(an_event_that_not_even_the_spool_takes_is_counted),
                CASE(every_count_follows_a_hook_that_is_made_anew),
                CASE(without_a_place_for_counters_everything_works),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
