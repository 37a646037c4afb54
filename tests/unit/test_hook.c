#include "window_fixture.h"
#include "world_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>
#include <utime.h>

#include "base/clock.h"
#include "governor/hold.h"
#include "ledger/spool.h"

static struct sq_answer submit(struct world *w, char uuid[SQ_UUID_SIZE]) {
        const struct sq_submission job = {"alice", "Physics", &w->price};
        struct sq_answer answer;

        sq_hook_begin(w->hook);
        sq_hook_submit(w->hook, &job, uuid, &answer);
        return answer;
}

static void finish(struct world *w, int64_t job_id, const char *uuid) {
        struct sq_run run = fixture_run(job_id, uuid, 0, 300);

        run.tres.n = 0;
        sq_hook_begin(w->hook);
        sq_hook_complete(w->hook, &run, "cpu=4,mem=100M,node=1,billing=4");
}

static int64_t reserved(struct world *w) {
        return fixture_balance(w->f, SQ_ACCOUNT, "physics", SQ_CPU).reserved.seconds;
}

static int64_t consumed(struct world *w) {
        return fixture_balance(w->f, SQ_ACCOUNT, "physics", SQ_CPU).consumed.seconds;
}

static const char *log_line(struct world *w) {
        const char *line = NULL;
        bool is_error;

        return sq_hook_take_log(w->hook, &line, &is_error) ? line : NULL;
}

static void a_job_is_held_and_charged(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        assert_true(sq_uuid_is_valid(uuid));
        assert_int_equal(reserved(w), 2400);
        finish(w, 1, uuid);
        assert_int_equal(reserved(w), 0);
        assert_int_equal(consumed(w), 1200);
        assert_null(log_line(w));
        fixture_verify(w->f);
}

static void a_refusal_names_budget_and_amounts_in_one_line(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        fixture_budget(w->f, SQ_ACCOUNT, "physics", SQ_CPU, 2399);
        answer = submit(w, uuid);
        assert_true(answer.refused);
        assert_string_equal(answer.text,
                            "slurm-quota: not enough CPU time left for account physics: asked"
                            " 0h40m, available 0h39m (limit 0h39m, consumed 0h00m, reserved"
                            " 0h00m); a time limit up to 00:09:00 would fit");
}

static void a_refusal_by_a_window_says_which_one_and_until_when(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        it_is(at(2026, 12, 3, 0, 0));
        set_month(w->f, 2399, NULL);
        answer = submit(w, uuid);
        it_is(0);
        assert_true(answer.refused);
        assert_string_equal(answer.text,
                            "slurm-quota: not enough CPU time left for account physics this"
                            " month (until 2026-12-31): asked 0h40m, available 0h39m (limit"
                            " 0h39m, consumed 0h00m, reserved 0h00m); a time limit up to"
                            " 00:09:00 would fit");
}

/* Whoever touches a window after its end begins the next one: slurmctld, too. */
static void windows_follow_the_sites_fiscal_year_and_time_zone(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        write_config(w, "[site]\nfiscal_start = 10\ntime_zone = Pacific/Kiritimati\n");
        new_hook(w);
        be_in("UTC0");
        it_is(at(2026, 8, 3, 0, 0));
        sq_ledger_set_calendar(w->f->ledger, NULL, 10);
        set_budget(w->f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_YEAR, 2399, NULL);
        /* 2027-10-01, 02:00, there. */
        it_is(at(2027, 9, 30, 12, 0));
        answer = submit(w, uuid);
        it_is(0);
        assert_true(answer.refused);
        assert_non_null(strstr(answer.text, "this year (until 2028-09-30)"));
}

static void a_refusal_never_exceeds_its_length(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE], name[256];
        const struct sq_submission job = {name, name, &w->price};

        memset(name, 'x', 255);
        name[255] = '\0';
        fixture_budget(w->f, SQ_USER, name, SQ_CPU, 60);
        sq_tres_set(&w->price.tres, "cpu", 1000);
        w->price.seconds = 365 * 86400;
        w->price.tasks = 90000001;
        w->price.open_ended = true;
        sq_hook_begin(w->hook);
        sq_hook_submit(w->hook, &job, uuid, &answer);
        assert_true(answer.refused);
        assert_true(strlen(answer.text) <= SQ_ANSWER_MAX);
        assert_non_null(strstr(answer.text, "fit"));
        assert_null(strchr(answer.text, '\n'));
}

static void a_job_without_limit_is_told_to_give_one(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        fixture_budget(w->f, SQ_USER, "alice", SQ_CPU, 86400);
        w->price.seconds = 365 * 86400;
        w->price.open_ended = true;
        answer = submit(w, uuid);
        assert_true(answer.refused);
        assert_non_null(strstr(answer.text, "--time up to 06:00:00 would fit"));
}

static void a_paused_account_is_refused_in_the_operators_words(void **state) {
        struct world *w = *state;
        const struct sq_actor operator = {"root", "security, ticket 7"};
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        assert_int_equal(sq_hold_set(w->f->ledger, "physics", SQ_PAUSED, &operator, NULL),
                         SQ_OK);
        answer = submit(w, uuid);
        assert_true(answer.refused);
        assert_string_equal(answer.text, "slurm-quota: account physics is paused by an"
                                         " operator: security, ticket 7");
        assert_int_equal(sq_hold_set(w->f->ledger, "physics", SQ_NORMAL, &operator, NULL),
                         SQ_OK);
        assert_false(submit(w, uuid).refused);
}

static void a_job_too_large_to_count_is_refused(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        w->price.tasks = INT64_MAX;
        answer = submit(w, uuid);
        assert_true(answer.refused);
        assert_non_null(strstr(answer.text, "too large"));
        assert_null(log_line(w)); /* the store is well */
}

static void without_a_store_jobs_are_allowed_and_held_later(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        fixture_move_store(w->f, true);
        assert_false(submit(w, uuid).refused);
        assert_non_null(strstr(log_line(w), "1 jobs allowed unchecked"));
        assert_false(sq_spool_is_empty(w->spool));
        fixture_move_store(w->f, false);
        finish(w, 1, NULL); /* any event brings the spool in */
        assert_true(sq_spool_is_empty(w->spool));
        assert_int_equal(reserved(w), 2400);
        finish(w, 2, uuid);
        assert_int_equal(reserved(w), 0);
        assert_int_equal(consumed(w), 2400);
        fixture_verify(w->f);
}

static void without_a_store_jobs_are_refused_where_the_site_says_so(void **state) {
        struct world *w = *state;
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        write_config(w, "[hook]\non_store_failure = refuse\n");
        new_hook(w);
        fixture_move_store(w->f, true);
        answer = submit(w, uuid);
        assert_true(answer.refused);
        assert_non_null(strstr(answer.text, "try again later"));
        assert_true(sq_spool_is_empty(w->spool));
        assert_non_null(strstr(log_line(w), "1 refused"));
        fixture_move_store(w->f, false);
        assert_false(submit(w, uuid).refused);
}

static void a_charge_waits_for_its_store(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], next[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        fixture_move_store(w->f, true);
        finish(w, 1, uuid);
        finish(w, 1, uuid); /* told twice */
        fixture_move_store(w->f, false);
        assert_int_equal(reserved(w), 2400);
        finish(w, 1, uuid); /* and once more */
        assert_int_equal(reserved(w), 0);
        assert_int_equal(consumed(w), 1200);
        assert_false(submit(w, next).refused);
        assert_int_equal(reserved(w), 2400);
        fixture_verify(w->f);
}

static void a_job_that_was_held_and_ended_without_a_store_leaves_nothing_behind(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], next[SQ_UUID_SIZE];

        fixture_move_store(w->f, true);
        for (int job = 1; job <= 100; job++) {
                assert_false(submit(w, uuid).refused);
                finish(w, job, uuid);
        }
        fixture_move_store(w->f, false);
        /* More than one event books along: each must keep the order. */
        for (int job = 101; job <= 120; job++) {
                assert_false(submit(w, next).refused);
                finish(w, job, next);
        }
        finish(w, 121, NULL);
        assert_true(sq_spool_is_empty(w->spool));
        assert_int_equal(reserved(w), 0);
        assert_int_equal(consumed(w), 121 * 1200);
        fixture_verify(w->f);
}

static void the_log_speaks_once_an_interval_and_counts(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        fixture_move_store(w->f, true);
        for (int i = 0; i < 10; i++) {
                submit(w, uuid);
                if (i == 0)
                        assert_non_null(log_line(w));
                else
                        assert_null(log_line(w));
        }
        fixture_move_store(w->f, false);
}

static void two_hooks_of_one_slurmctld_speak_with_one_voice(void **state) {
        struct world *w = *state;
        struct sq_hook *first = w->hook;
        char uuid[SQ_UUID_SIZE];

        fixture_move_store(w->f, true);
        submit(w, uuid);
        assert_non_null(log_line(w));
        w->hook = NULL;
        new_hook(w);
        finish(w, 1, uuid);
        assert_null(log_line(w));
        sq_hook_free(first);
        fixture_move_store(w->f, false);
}

static void a_lock_is_waited_for_until_the_deadline_then_less(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], path[160];
        int64_t start_at, first, second;
        int fd;

        assert_false(submit(w, uuid).refused);
        snprintf(path, sizeof path, "%s.lock", w->f->path);
        fd = open(path, O_RDWR | O_CLOEXEC);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        start_at = sq_monotonic_ns();
        assert_false(submit(w, uuid).refused);
        first = sq_monotonic_ns() - start_at;
        assert_false(submit(w, uuid).refused);
        second = sq_monotonic_ns() - start_at - first;
        close(fd);
        print_message("# waited %.1f ms, then %.1f ms\n", (double)first / 1e6,
                      (double)second / 1e6);
        assert_true(first >= 50 * SQ_NS_PER_MS);
        assert_true(second < first);
        assert_int_equal(reserved(w), 2400);
        finish(w, 1, NULL);
        assert_int_equal(reserved(w), 3 * 2400);
        fixture_verify(w->f);
}

static void a_garbage_store_is_survived_and_healed(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE], wal[160];
        FILE *file;

        fixture_close(w->f); /* its last page is in the database, not in the log */
        fixture_move_store(w->f, true);
        snprintf(wal, sizeof wal, "%s-wal", w->f->path);
        assert_int_equal(truncate(wal, 0), 0);
        file = fopen(w->f->path, "we");
        for (int i = 0; i < 10000; i++)
                fputs("this is no database\n", file);
        fclose(file);
        assert_false(submit(w, uuid).refused);
        assert_non_null(strstr(log_line(w), "not a database"));
        assert_int_equal(remove(w->f->path), 0);
        fixture_move_store(w->f, false);
        finish(w, 1, NULL);
        fixture_open(w->f, SQ_STORE_PERSON);
        assert_int_equal(reserved(w), 2400);
}

static void without_a_spool_the_loss_is_counted(void **state) {
        struct world *w = *state;
        char uuid[SQ_UUID_SIZE];

        snprintf(w->spool, sizeof w->spool, "%s/nowhere", w->f->directory);
        write_config(w, "");
        new_hook(w);
        fixture_move_store(w->f, true);
        assert_false(submit(w, uuid).refused);
        assert_non_null(strstr(log_line(w), "1 lost"));
        fixture_move_store(w->f, false);
}

static int submit_and_read_the_log(void *payload) {
        struct world *w = payload;
        char uuid[SQ_UUID_SIZE];
        const char *line;

        sq_hook_free(w->hook);
        w->hook = NULL;
        if (sq_hook_new(w->config, &w->hook, NULL))
                return 1;
        if (submit(w, uuid).refused)
                return 2;
        line = log_line(w);
        if (!line)
                return 3;
        return !strstr(line, "spool") ? 4 : !strstr(line, "slurm-quota.conf:") ? 5 : 0;
}

/* What is in force then are the defaults, with the machine's own spool: somebody who may
 * not write there tries. */
static void a_broken_configuration_is_a_failure_like_any_other(void **state) {
        struct world *w = *state;

        write_config(w, "[hook]\ndeadline = soon\n");
        assert_int_equal(chmod(w->f->directory, 0755), 0);
        assert_int_equal(chmod(w->config, 0644), 0);
        assert_int_equal(fixture_as_nobody(submit_and_read_the_log, w), 0);
}

static void a_changed_configuration_is_read_again(void **state) {
        struct world *w = *state;
        const struct utimbuf later = {.actime = 2000000000, .modtime = 2000000000};
        char uuid[SQ_UUID_SIZE];
        const int64_t until = sq_monotonic_ns() + 10 * SQ_NS_PER_SECOND;

        assert_false(submit(w, uuid).refused);
        write_config(w, "[hook]\non_store_failure = refuse\ndeadline_ms = 1234\n");
        assert_int_equal(utime(w->config, &later), 0);
        do {
                usleep(20000);
                sq_hook_begin(w->hook);
        } while (sq_hook_config(w->hook)->hook.deadline_ms != 1234 &&
                 sq_monotonic_ns() < until);
        assert_int_equal(sq_hook_config(w->hook)->hook.deadline_ms, 1234);
        assert_false(submit(w, uuid).refused);
}

static void what_slurm_writes_and_we_cannot_read_is_kept(void **state) {
        struct world *w = *state;
        struct sq_run run = fixture_run(1, NULL, 0, 300);
        char path[160];

        run.tres.n = 0;
        sq_hook_begin(w->hook);
        sq_hook_complete(w->hook, &run, "cpu=four");
        snprintf(path, sizeof path, "%s/questions", w->spool);
        assert_int_equal(access(path, R_OK), 0);
}

static void a_job_that_never_started_costs_nothing(void **state) {
        struct world *w = *state;
        struct sq_run run;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        run = fixture_run(1, uuid, 0, 0);
        run.tres.n = 0;
        run.start_at = run.end_at + 1000; /* only expected */
        sq_hook_begin(w->hook);
        sq_hook_complete(w->hook, &run, NULL);
        assert_int_equal(reserved(w), 0);
        assert_int_equal(consumed(w), 0);
        fixture_verify(w->f);
}

/* Job 7 as an update shows it; its comment names `uuid`. */
static const struct sq_job_key *key_of(const char *uuid) {
        static struct sq_job_key key;

        key = (struct sq_job_key){.cluster = "test",
                                  .job_id = 7,
                                  .submit_at = 1000,
                                  .array_task = SQ_NO_TASK,
                                  .comment = uuid};
        return &key;
}

static void a_modification_holds_the_job_as_it_will_be(void **state) {
        struct world *w = *state;
        const struct sq_submission job = {"alice", "physics", &w->price};
        struct sq_answer answer;
        struct sq_holding held;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        assert_true(sq_hook_find(w->hook, key_of(uuid), &held));
        assert_true(held.known);
        assert_string_equal(held.uuid, uuid);
        assert_int_equal(sq_tres_count(&held.tres, "cpu"), 4);
        fixture_budget(w->f, SQ_USER, "alice", SQ_CPU, 3000);
        w->price.seconds = 750;
        sq_hook_begin(w->hook);
        sq_hook_modify(w->hook, &job, uuid, key_of(uuid), &answer);
        assert_false(answer.refused);
        w->price.seconds = 751;
        sq_hook_modify(w->hook, &job, uuid, key_of(uuid), &answer);
        assert_true(answer.refused);
        assert_int_equal(reserved(w), 3000);
        /* The comment is not needed any more: the update has bound it to the job. */
        assert_true(sq_hook_find(w->hook, key_of(NULL), &held));
        assert_string_equal(held.uuid, uuid);
        /* The reservation of this one may wait in the spool. */
        assert_true(sq_hook_find(w->hook, key_of(UUID(9)), &held));
        assert_true(held.known); /* bound by its job id */
}

static void another_users_uuid_in_a_comment_changes_nothing(void **state) {
        struct world *w = *state;
        const struct sq_submission job = {"mallory", "physics", &w->price};
        struct sq_answer answer;
        char uuid[SQ_UUID_SIZE];

        assert_false(submit(w, uuid).refused);
        w->price.seconds = 1;
        sq_hook_begin(w->hook);
        sq_hook_modify(w->hook, &job, uuid, key_of(uuid), &answer);
        assert_false(answer.refused);
        assert_int_equal(reserved(w), 2400);
}

static void users_are_known_by_their_login_names(void **state) {
        struct world *w = *state;

        assert_string_equal(sq_hook_user_name(w->hook, 0), "root");
        assert_string_equal(sq_hook_user_name(w->hook, 256 * 4000003), "1024000768");
        assert_string_equal(sq_hook_user_name(w->hook, 0), "root");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, world_start, world_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(a_job_is_held_and_charged),
                A_TEST(a_refusal_names_budget_and_amounts_in_one_line),
                A_TEST(a_refusal_by_a_window_says_which_one_and_until_when),
                A_TEST(windows_follow_the_sites_fiscal_year_and_time_zone),
                A_TEST(a_refusal_never_exceeds_its_length),
                A_TEST(a_job_without_limit_is_told_to_give_one),
                A_TEST(a_paused_account_is_refused_in_the_operators_words),
                A_TEST(a_job_too_large_to_count_is_refused),
                A_TEST(without_a_store_jobs_are_allowed_and_held_later),
                A_TEST(without_a_store_jobs_are_refused_where_the_site_says_so),
                A_TEST(a_charge_waits_for_its_store),
                A_TEST(a_job_that_was_held_and_ended_without_a_store_leaves_nothing_behind),
                A_TEST(the_log_speaks_once_an_interval_and_counts),
                A_TEST(two_hooks_of_one_slurmctld_speak_with_one_voice),
                A_TEST(a_lock_is_waited_for_until_the_deadline_then_less),
                A_TEST(a_garbage_store_is_survived_and_healed),
                A_TEST(without_a_spool_the_loss_is_counted),
                A_TEST(a_broken_configuration_is_a_failure_like_any_other),
                A_TEST(a_changed_configuration_is_read_again),
                A_TEST(what_slurm_writes_and_we_cannot_read_is_kept),
                A_TEST(a_job_that_never_started_costs_nothing),
                A_TEST(a_modification_holds_the_job_as_it_will_be),
                A_TEST(another_users_uuid_in_a_comment_changes_nothing),
                A_TEST(users_are_known_by_their_login_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
