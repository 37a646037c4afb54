/* test_history.c - runs that have ended, as sacct's rows say
 *
 * The rows are as a real sacct 22.05.8 printed them.
 */
#include <string.h>

#include "base/clock.h"
#include "fake_program.h"
#include "slurm/history.h"

#define A "0190a1b2-c3d4-7e5f-8a6b-0123456789ab"

#define RUNS_MAX 16

static struct sq_history_reader reader; /* 200 kB */
static struct sq_history_end end;
static struct sq_error error;

/* What was handed over. */
static struct sq_ended run[RUNS_MAX];
static size_t n_runs;
static int answer; /* of the function below */

static const int64_t some_job[] = {7};
static const struct sq_history_question window = {.since = 100, .until = 2000000000};
static const struct sq_history_question by_id = {.jobs = some_job, .n_jobs = 1};

static int keep(const struct sq_ended *ended, void *payload, struct sq_error *err) {
        (void)err;
        assert_ptr_equal(payload, run);
        if (n_runs < RUNS_MAX)
                run[n_runs] = *ended;
        n_runs++;
        return answer;
}

static void start(const struct sq_history_question *question) {
        n_runs = 0;
        answer = SQ_OK;
        memset(&end, 0, sizeof end);
        sq_history_reader_start(&reader, question, keep, run);
}

/* A line with `|` for the separators before the comment. */
static int take(const char *line) {
        char text[70000];
        int n = 0;

        snprintf(text, sizeof text, "%s", line);
        for (char *p = text; *p && n < 10; p++)
                if (*p == '|') {
                        *p = '\x1f';
                        n++;
                }
        return sq_history_reader_take(text, &reader, &error);
}

static int finish(void) {
        return sq_history_reader_finish(&reader, &end, &error);
}

static void read_all(const struct sq_history_question *question, const char *const *lines,
                     size_t n) {
        start(question);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(take(lines[i]), SQ_OK);
        assert_int_equal(finish(), SQ_OK);
}

#define READ(question, ...)                                  \
        read_all(question, (const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* What matters of a size. */
static void is_size(const struct sq_ended *size, int64_t submit, int64_t began,
                    int64_t elapsed, bool resized, bool continues) {
        assert_int_equal(size->submit_at, submit);
        assert_int_equal(size->start_at, began);
        assert_int_equal(size->elapsed, elapsed);
        assert_int_equal(size->resized, resized);
        assert_int_equal(size->continues, continues);
}

static void a_run_that_has_ended_is_read(void **state) {
        (void)state;
        READ(&window, "2|2|1795343374|1795343375|1795344072|697|CANCELLED by 0|alice|physics|"
                      "billing=3,cpu=3,gres/gpu:h100=1,gres/gpu=1,mem=2G,node=1|" A);
        assert_int_equal(end.runs, 1);
        assert_int_equal(end.unreadable, 0);
        assert_int_equal(run[0].job_id, 2);
        assert_int_equal(run[0].array_job, 0);
        assert_int_equal(run[0].array_task, -1);
        assert_int_equal(run[0].tasks, 1);
        is_size(&run[0], 1795343374, 1795343375, 697, false, false);
        assert_int_equal(run[0].end_at, 1795344072);
        assert_true(run[0].ended);
        assert_string_equal(run[0].state, "CANCELLED");
        assert_string_equal(run[0].user, "alice");
        assert_string_equal(run[0].account, "physics");
        assert_string_equal(run[0].uuid, A);
        assert_int_equal(sq_tres_count(&run[0].tres, "mem"), 2048);
        assert_int_equal(sq_tres_count(&run[0].tres, "gres/gpu:h100"), 1);
}

static void tasks_and_components_are_read(void **state) {
        (void)state;
        READ(&window,
             "8|3_0|1795343374|1795343375|1795343710|335|REQUEUED|bob|physics|cpu=4|",
             "7|6+1|1795343375|1795343375|1795344072|697|CANCELLED by 0|carol|chemistry|cpu=2|",
             "5|5_[1,4-5,9%2]|1795343375|None|1795344089|0|CANCELLED by 0|bob|physics||" A,
             "16|16_[0-2,4,18...]|1795344198|None|1795344198|0|CANCELLED by 0|bob|physics||",
             "17|17_[]|1795344198|None|1795344198|0|CANCELLED by 0|bob|physics||",
             "18|18_[5|1795344198|None|1795344198|0|CANCELLED by 0|bob|physics||",
             "19|19_5-7|1795344198|None|1795344198|0|CANCELLED by 0|bob|physics||",
             "20|x_5|1795344198|None|1795344198|0|CANCELLED by 0|bob|physics||");
        assert_int_equal(run[0].job_id, 8);
        assert_int_equal(run[0].array_job, 3);
        assert_int_equal(run[0].array_task, 0);
        assert_int_equal(run[0].tasks, 1);
        assert_string_equal(run[0].state, "REQUEUED");
        assert_int_equal(run[1].job_id, 7);
        assert_int_equal(run[1].array_job, 0);
        /* What was left of an array. */
        assert_int_equal(run[2].array_job, 5);
        assert_int_equal(run[2].array_task, -1);
        assert_int_equal(run[2].tasks, 4);
        assert_string_equal(run[2].uuid, A);
        assert_int_equal(run[3].tasks, -1);
        assert_int_equal(run[4].tasks, 1);
        assert_int_equal(run[5].tasks, 1);
        assert_int_equal(run[6].tasks, 1);
        assert_int_equal(run[7].array_job, 0);
        assert_int_equal(run[7].array_task, -1);
}

static void a_run_that_never_started_had_nothing(void **state) {
        (void)state;
        READ(&window, "7|7|90|None|200|0|CANCELLED by 5001|alice|physics||",
             "7|7|90|200|200|0|CANCELLED by 5001|alice|physics||",
             "7|7|90|100|200|100|CANCELLED by 5001|alice|physics||",
             "7|7|90|Unknown|200|0|CANCELLED by 5001|alice|physics|cpu=1|");
        for (int i = 0; i < 4; i++)
                is_size(&run[i], 90, 0, 0, false, false);
        assert_int_equal(end.runs, 4);
}

static void suspended_time_is_not_counted(void **state) {
        (void)state;
        READ(&window, "7|7|90|100|200|70|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[0], 90, 100, 70, false, false);
}

static void each_size_of_a_resized_job_is_a_run(void **state) {
        (void)state;
        /* As seen; the second size was suspended for three seconds, other jobs between. */
        READ(&window, "13|13|1795344073|1795344074|1795344075|1|RESIZING|alice|physics|cpu=2|",
             "13|13|1795344075|1795344074|1795344089|15|CANCELLED by 0|alice|physics|cpu=1|",
             "14|14|1795344078|1795344078|1795344080|2|RESIZING|alice|physics|cpu=8|",
             "15|15|1795344079|1795344080|1795344085|5|COMPLETED|alice|physics|cpu=1|",
             "14|14|1795344080|1795344078|1795344086|5|REQUEUED|alice|physics|cpu=7|",
             "14|14|1795344086|1795344206|1795344216|10|COMPLETED|alice|physics|cpu=8|");
        assert_int_equal(n_runs, 6);
        is_size(&run[0], 1795344073, 1795344074, 1, true, false);
        assert_string_equal(run[0].state, "RESIZING");
        is_size(&run[1], 1795344073, 1795344075, 14, false, false);
        is_size(&run[2], 1795344078, 1795344078, 2, true, false);
        is_size(&run[3], 1795344079, 1795344080, 5, false, false);
        is_size(&run[4], 1795344078, 1795344080, 3, false, false);
        /* The next run is one of its own. */
        is_size(&run[5], 1795344086, 1795344206, 10, false, false);
}

static void a_job_may_be_resized_more_than_once(void **state) {
        (void)state;
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|201|100|300|200|RESIZING|alice|physics|cpu=3|",
             "7|7|299|100|400|300|COMPLETED|alice|physics|cpu=2|");
        is_size(&run[0], 90, 100, 100, true, false);
        is_size(&run[1], 90, 201, 99, true, false);
        is_size(&run[2], 90, 299, 101, false, false);
}

static void a_size_may_begin_with_its_own_start(void **state) {
        (void)state;
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|200|200|300|100|COMPLETED|alice|physics|cpu=3|");
        is_size(&run[1], 90, 200, 100, false, false);
}

static void only_one_row_follows_a_size(void **state) {
        (void)state;
        /* Requeued a second after it was resized. */
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|200|100|201|101|REQUEUED|alice|physics|cpu=3|",
             "7|7|201|210|300|90|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[1], 90, 200, 1, false, false);
        is_size(&run[2], 201, 210, 90, false, false);
        /* That of another job is none. */
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "8|8|200|210|300|90|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[1], 200, 210, 90, false, false);
}

static void what_was_suspended_before_leaves_no_negative_time(void **state) {
        (void)state;
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|200|100|300|50|COMPLETED|alice|physics|cpu=3|");
        is_size(&run[1], 90, 200, 0, false, false);
}

static void a_size_without_those_before_continues_something(void **state) {
        (void)state;
        READ(&window, "7|7|200|100|300|200|RESIZING|alice|physics|cpu=3|",
             "7|7|300|100|400|300|COMPLETED|alice|physics|cpu=2|");
        is_size(&run[0], 200, 200, 100, true, true);
        is_size(&run[1], 200, 300, 100, false, true);
        /* Too far away from the end of the other. */
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|202|100|300|200|COMPLETED|alice|physics|cpu=3|");
        is_size(&run[1], 202, 202, 98, false, true);
        READ(&window, "7|7|90|100|200|100|RESIZING|alice|physics|cpu=4|",
             "7|7|198|100|300|200|COMPLETED|alice|physics|cpu=3|");
        is_size(&run[1], 198, 198, 102, false, true);
}

/* One more than can be remembered: 1000 has to make room. */
static void take_many_sizes(void) {
        char line[200];

        start(&window);
        for (int i = 0; i < SQ_HISTORY_SIZES_MAX + 1; i++) {
                snprintf(line, sizeof line, "%d|%d|90|100|200|100|RESIZING|bob|physics|cpu=4|",
                         1000 + i, 1000 + i);
                assert_int_equal(take(line), SQ_OK);
        }
}

static void the_last_size_of_a_job(const char *line) {
        take_many_sizes();
        assert_int_equal(take(line), SQ_OK);
        n_runs = 0;
        assert_int_equal(finish(), SQ_OK);
        assert_int_equal(n_runs, 1);
        assert_int_equal(end.runs, SQ_HISTORY_SIZES_MAX + 2);
}

static void sizes_of_many_jobs_are_remembered(void **state) {
        (void)state;
        the_last_size_of_a_job("1001|1001|200|100|300|200|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[0], 90, 200, 100, false, false);
        the_last_size_of_a_job("5096|5096|200|100|300|200|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[0], 90, 200, 100, false, false);
}

static void a_size_that_is_forgotten_is_to_be_asked_for(void **state) {
        (void)state;
        the_last_size_of_a_job("1000|1000|200|100|300|200|COMPLETED|alice|physics|cpu=4|");
        is_size(&run[0], 200, 200, 100, false, true);
}

static void a_window_has_its_bounds(void **state) {
        const struct sq_history_question q = {.since = 1000, .until = 2000};

        (void)state;
        READ(&q, "1|1|90|100|999|100|COMPLETED|alice|physics|cpu=4|",
             "2|2|90|100|1000|100|COMPLETED|alice|physics|cpu=4|",
             "3|3|90|100|2000|100|COMPLETED|alice|physics|cpu=4|",
             "4|4|90|100|2001|100|COMPLETED|alice|physics|cpu=4|not\nhanded over",
             "5|5|90|100|Unknown|100|RUNNING|alice|physics|cpu=4|");
        assert_int_equal(n_runs, 2);
        assert_int_equal(run[0].job_id, 2);
        assert_int_equal(run[1].job_id, 3);
        /* A size outside is known nevertheless. */
        READ(&q, "7|7|90|100|999|100|RESIZING|alice|physics|cpu=4|",
             "7|7|999|100|1500|1400|COMPLETED|alice|physics|cpu=3|");
        assert_int_equal(n_runs, 1);
        is_size(&run[0], 90, 999, 501, false, false);
}

static void of_a_job_all_runs_are_told(void **state) {
        (void)state;
        READ(&by_id, "7|7|90|100|200|100|NODE_FAIL|alice|physics|cpu=4|" A,
             "7|7|200|300|Unknown|50|RUNNING|alice|physics|cpu=4|" A,
             "8|8|200|Unknown|Unknown|0|PENDING|alice|physics||" A,
             "9|9|200|300|Unknown|20|SUSPENDED|alice|physics|cpu=4|");
        assert_int_equal(n_runs, 4);
        assert_true(run[0].ended);
        assert_false(run[1].ended);
        assert_int_equal(run[1].end_at, 0);
        is_size(&run[1], 200, 300, 50, false, false);
        assert_false(run[2].ended);
        assert_string_equal(run[2].state, "PENDING");
        is_size(&run[2], 200, 0, 0, false, false);
        assert_false(run[3].ended);
}

static void an_empty_answer_is_one(void **state) {
        (void)state;
        start(&window);
        assert_int_equal(finish(), SQ_OK);
        assert_int_equal(end.runs, 0);
}

#define ROW "7|7|90|100|200|100|COMPLETED|alice|physics|cpu=4|"

static void a_comment_may_have_lines(void **state) {
        (void)state;
        start(&window);
        assert_int_equal(take(ROW "one"), SQ_OK);
        assert_int_equal(take(""), SQ_OK);
        assert_int_equal(take("two|three slurm_quota=" A), SQ_OK);
        assert_int_equal(n_runs, 0); /* not before it is complete */
        assert_int_equal(take(ROW "other"), SQ_OK);
        assert_int_equal(n_runs, 1);
        assert_int_equal(finish(), SQ_OK);
        assert_string_equal(run[0].uuid, A);
        assert_string_equal(run[1].uuid, "");
}

static void what_cannot_be_read_is_counted(void **state) {
        char line[5000], many[3000];

        (void)state;
        memset(many, 'x', sizeof many);
        many[sizeof many - 1] = '\0';
        snprintf(line, sizeof line, "5|5|90|100|200|100|COMPLETED|alice|physics|%s|", many);
        READ(&window, "4|4|90|100|200|100|COMPLETED|alice|physics|cpu=4|", line,
             "its comment goes on",
             "6|6|90|100|200|100|COMPLETED|alice|physics|cpu=four|",
             "7|7|90|100|200|100|RESIZING|alice|physics|cpu=four|",
             "7|7|200|100|300|200|COMPLETED|alice|physics|cpu=4|");
        assert_int_equal(end.runs, 2);
        assert_int_equal(end.unreadable, 3);
        assert_int_equal(end.unreadable_job, 5);
        assert_string_equal(end.why.text, "AllocTRES is too long");
        assert_int_equal(run[0].job_id, 4);
        assert_string_equal(run[0].uuid, "");
        is_size(&run[1], 90, 200, 100, false, false);
}

static void what_sacct_does_not_print_is_an_error(void **state) {
        static const char *const lines[] = {
                "", "garbage", "7|7|90|100|200|100|COMPLETED|alice|physics|cpu=4",
                "x|7|90|100|200|100|COMPLETED|alice|physics|cpu=4|",
                "7|7|Unknown|100|200|100|COMPLETED|alice|physics|cpu=4|",
                "7|7|2026-01-01T00:00:00|100|200|100|COMPLETED|alice|physics|cpu=4|",
        };

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                start(&window);
                if (take(lines[i]) != SQ_EIO)
                        fail_msg("accepted: %s", lines[i]);
        }
        assert_non_null(strstr(error.text, "is not what was asked for"));
}

static void who_does_not_want_more_ends_the_reading(void **state) {
        (void)state;
        start(&window);
        answer = SQ_ECORRUPT;
        assert_int_equal(take(ROW), SQ_OK);
        assert_int_equal(take(ROW), SQ_ECORRUPT);
        assert_int_equal(n_runs, 1);
        start(&window);
        answer = SQ_ECORRUPT;
        assert_int_equal(take(ROW), SQ_OK);
        assert_int_equal(finish(), SQ_ECORRUPT);
}

/* --- asking a program ------------------------------------------------------------- */

static int ask(const char *path, const struct sq_history_question *question, int64_t ms) {
        n_runs = 0;
        memset(&end, 0, sizeof end);
        return sq_history_read(path, question, sq_monotonic_ns() + ms * SQ_NS_PER_MS, keep, run,
                               &end, &error);
}

#define PRINT                                                                            \
        "printf '%s\\0377\\03790\\037100\\037200\\037100\\037COMPLETED\\037alice\\037physics" \
        "\\037cpu=4\\037x\\n' 7"
#define NOTE "echo \"$@\" $SLURM_TIME_FORMAT $TZ $SLURM_BITSTR_LEN >arguments; "
#define ARGUMENTS                                                                         \
        "--allusers --noheader --parsable2 --delimiter=\x1f --allocations --duplicates "  \
        "--local --format=JobIDRaw,JobID,Submit,Start,End,ElapsedRaw,State,User,Account," \
        "AllocTRES,AdminComment "

static void the_program_is_asked_for_a_window(void **state) {
        struct sq_history_question q = {.since = 1795344000, .until = 1795344100};

        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask(fake_program(NOTE PRINT), &q, 5000), SQ_OK);
        assert_string_equal(fake_arguments(),
                            ARGUMENTS "--starttime=uts1795344000 --endtime=uts1795344100 "
                                      "--state=BF,CA,CD,DL,F,NF,OOM,PR,RQ,RS,RV,TO %s UTC0 "
                                      "4096\n");
        assert_int_equal(n_runs, 0); /* it ended before */
        /* No moment that Slurm cannot read. */
        q.since = 0;
        assert_int_equal(ask(fake_program(NOTE PRINT), &q, 5000), SQ_OK);
        assert_non_null(strstr(fake_arguments(), "--starttime=uts1000000 --endtime=uts17"));
        assert_int_equal(n_runs, 1);
        assert_int_equal(end.runs, 1);
}

static void the_program_is_asked_for_jobs(void **state) {
        static const int64_t jobs[] = {12, 9223372036854775807, 7};
        struct sq_history_question q = {.jobs = jobs, .n_jobs = 3};

        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask(fake_program(NOTE PRINT), &q, 5000), SQ_OK);
        assert_string_equal(fake_arguments(),
                            ARGUMENTS "--starttime=uts1000000 --endtime=now+1hour "
                                      "--jobs=12,9223372036854775807,7 %s UTC0 4096\n");
        assert_int_equal(n_runs, 1);
}

static void as_many_jobs_as_may_be_are_asked_for(void **state) {
        static int64_t jobs[SQ_HISTORY_JOBS_MAX + 1];
        struct sq_history_question q = {.jobs = jobs, .n_jobs = SQ_HISTORY_JOBS_MAX};

        (void)state;
        answer = SQ_OK;
        for (int i = 0; i < SQ_HISTORY_JOBS_MAX + 1; i++)
                jobs[i] = INT64_MAX;
        assert_int_equal(ask(fake_program("echo ${#11} >arguments; " PRINT), &q, 5000), SQ_OK);
        assert_string_equal(fake_arguments(), "81926\n");
        q.n_jobs++;
        assert_int_equal(ask(fake_program(PRINT), &q, 5000), SQ_EINVAL);
        assert_string_equal(error.text, "more than 4096 jobs in one question");
}

static void there_are_times_that_never_were(void **state) {
        struct sq_history_question q = {.since = 1795344101, .until = 1795344100};

        (void)state;
        assert_int_equal(ask(fake_program(PRINT), &q, 5000), SQ_EINVAL);
        assert_non_null(strstr(error.text, "there is no time from"));
        q.since = 1, q.until = 999999;
        assert_int_equal(ask(fake_program(PRINT), &q, 5000), SQ_EINVAL);
}

static void a_program_that_fails_says_why(void **state) {
        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask(fake_program(PRINT "; " PRINT "; echo 'sacct: error: Problem "
                                          "talking to the database' >&2; exit 1"),
                             &by_id, 5000),
                         SQ_EIO);
        assert_non_null(strstr(error.text, "failed with status 1: sacct: error: Problem"));
        assert_int_equal(n_runs, 1); /* the second one was not complete */
        assert_int_equal(end.runs, 0);
        assert_int_equal(ask("/nowhere/sacct", &by_id, 5000), SQ_EIO);
        assert_int_equal(ask(fake_program("echo huch"), &by_id, 5000), SQ_EIO);
        assert_string_equal(error.text, "\"huch\" is not what was asked for");
        assert_int_equal(ask(fake_program("sleep 100"), &by_id, 200), SQ_EBUSY);
        assert_int_equal(ask(fake_program("exit 0"), &by_id, 5000), SQ_OK);
        assert_int_equal(end.runs, 0);
}

static void who_does_not_want_more_is_the_result(void **state) {
        (void)state;
        answer = SQ_ECORRUPT;
        assert_int_equal(ask(fake_program(PRINT "; " PRINT), &by_id, 5000), SQ_ECORRUPT);
        assert_int_equal(ask(fake_program(PRINT), &by_id, 5000), SQ_ECORRUPT);
        answer = SQ_OK;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_run_that_has_ended_is_read),
                cmocka_unit_test(tasks_and_components_are_read),
                cmocka_unit_test(a_run_that_never_started_had_nothing),
                cmocka_unit_test(suspended_time_is_not_counted),
                cmocka_unit_test(each_size_of_a_resized_job_is_a_run),
                cmocka_unit_test(a_job_may_be_resized_more_than_once),
                cmocka_unit_test(a_size_may_begin_with_its_own_start),
                cmocka_unit_test(only_one_row_follows_a_size),
                cmocka_unit_test(what_was_suspended_before_leaves_no_negative_time),
                cmocka_unit_test(a_size_without_those_before_continues_something),
                cmocka_unit_test(sizes_of_many_jobs_are_remembered),
                cmocka_unit_test(a_size_that_is_forgotten_is_to_be_asked_for),
                cmocka_unit_test(a_window_has_its_bounds),
                cmocka_unit_test(of_a_job_all_runs_are_told),
                cmocka_unit_test(an_empty_answer_is_one),
                cmocka_unit_test(a_comment_may_have_lines),
                cmocka_unit_test(what_cannot_be_read_is_counted),
                cmocka_unit_test(what_sacct_does_not_print_is_an_error),
                cmocka_unit_test(who_does_not_want_more_ends_the_reading),
                cmocka_unit_test(the_program_is_asked_for_a_window),
                cmocka_unit_test(the_program_is_asked_for_jobs),
                cmocka_unit_test(as_many_jobs_as_may_be_are_asked_for),
                cmocka_unit_test(there_are_times_that_never_were),
                cmocka_unit_test(a_program_that_fails_says_why),
                cmocka_unit_test(who_does_not_want_more_is_the_result),
        };

        return cmocka_run_group_tests_name("history", tests, fake_start, fake_stop);
}
