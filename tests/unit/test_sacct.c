/* test_sacct.c - which of sacct's lines is the run, and what it says
 *
 * The lines are as a real sacct 22.05 printed them.
 */
#include <string.h>

#include "base/clock.h"
#include "fake_program.h"
#include "slurm/sacct.h"

#define A "0190a1b2-c3d4-7e5f-8a6b-0123456789ab"
#define B "0190ffff-0000-7000-8000-000000000001"

static struct sq_sacct_reader reader; /* 70 kB */
static struct sq_sacct_run run;
static struct sq_error error;

/* A job without array that ran from 100 to 200. */
static const struct sq_sacct_question plain = {
        .job_id = 7, .array_task = -1, .submit_at = 90, .start_at = 100, .end_at = 200};

static void start(const struct sq_sacct_question *question) {
        sq_sacct_reader_start(&reader, question);
}

/* A line with `|` for the separators before the comment. */
static int take(const char *line) {
        char text[70000];
        int n = 0;

        snprintf(text, sizeof text, "%s", line);
        for (char *p = text; *p && n < 9; p++)
                if (*p == '|') {
                        *p = '\x1f';
                        n++;
                }
        return sq_sacct_reader_take(text, &reader, &error);
}

static int finish(void) {
        memset(&run, 0, sizeof run);
        return sq_sacct_reader_finish(&reader, &run, &error);
}

static int answer(const struct sq_sacct_question *question, const char *const *lines,
                  size_t n) {
        start(question);
        for (size_t i = 0; i < n; i++)
                assert_int_equal(take(lines[i]), SQ_OK);
        return finish();
}

#define ANSWER(question, ...)                                                   \
        answer(question, (const char *const[]){__VA_ARGS__},                     \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void a_job_that_has_ended_is_known(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, "7|7|90|100|200|COMPLETED|alice|physics|"
                                        "billing=4,cpu=4,gres/gpu:h100=1,gres/gpu=1,mem=2G,"
                                        "node=1|" A),
                         SQ_OK);
        assert_int_equal(run.start_at, 100);
        assert_int_equal(run.end_at, 200);
        assert_int_equal(run.tasks, 1);
        assert_string_equal(run.user, "alice");
        assert_string_equal(run.account, "physics");
        assert_string_equal(run.uuid, A);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 4);
        assert_int_equal(sq_tres_count(&run.tres, "mem"), 2048);
        assert_int_equal(sq_tres_count(&run.tres, "gres/gpu:h100"), 1);
}

static void a_job_that_is_not_known_is_to_be_asked_again(void **state) {
        (void)state;
        start(&plain);
        assert_int_equal(finish(), SQ_ENOTFOUND);
        assert_string_equal(error.text, "slurmdbd does not know the end of job 7 yet");
}

static void a_job_that_has_not_ended_there_is_to_be_asked_again(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, "7|7|90|100|Unknown|RUNNING|alice|physics|cpu=4|"),
                         SQ_ENOTFOUND);
        assert_int_equal(ANSWER(&plain, "7|7|90|Unknown|Unknown|PENDING|alice|physics||"),
                         SQ_ENOTFOUND);
        assert_int_equal(ANSWER(&plain, "7|7|90|None|Unknown|PENDING|alice|physics||"),
                         SQ_ENOTFOUND);
}

static void a_job_that_never_started_has_its_uuid(void **state) {
        const struct sq_sacct_question q = {
                .job_id = 7, .array_task = -1, .submit_at = 90, .start_at = 200, .end_at = 200};

        (void)state;
        assert_int_equal(ANSWER(&q, "7|7|90|None|200|CANCELLED by 5001|alice|physics||" A),
                         SQ_OK);
        assert_string_equal(run.uuid, A);
        assert_int_equal(run.tres.n, 0);
        assert_int_equal(run.start_at, 0);
}

static void of_a_requeued_job_it_is_the_run_that_was_submitted_then(void **state) {
        const char *const lines[] = {
                "7|7|90|100|200|REQUEUED|alice|physics|cpu=4|" A,
                "7|7|200|300|400|NODE_FAIL|alice|physics|cpu=8|" A,
                "7|7|400|None|500|CANCELLED by 0|alice|physics||" A,
                "7|7|500|Unknown|Unknown|PENDING|alice|physics||",
        };
        struct sq_sacct_question q = plain;

        (void)state;
        assert_int_equal(answer(&q, lines, 4), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 4);
        q.submit_at = 200, q.start_at = 300, q.end_at = 400;
        assert_int_equal(answer(&q, lines, 4), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 8);
        q.submit_at = 400, q.start_at = 0, q.end_at = 500;
        assert_int_equal(answer(&q, lines, 4), SQ_OK);
        assert_int_equal(run.tres.n, 0);
        q.submit_at = 500, q.end_at = 600;
        assert_int_equal(answer(&q, lines, 4), SQ_ENOTFOUND);
        q.submit_at = 91;
        assert_int_equal(answer(&q, lines, 4), SQ_ENOTFOUND);
}

static void each_size_of_a_resized_job_is_a_run(void **state) {
        const char *const lines[] = {
                "7|7|90|100|200|RESIZING|alice|physics|cpu=4,node=2|" A,
                "7|7|200|100|300|RESIZING|alice|physics|cpu=3,node=1|" A,
                "7|7|300|100|400|COMPLETED|alice|physics|cpu=2,node=1|" A,
        };
        struct sq_sacct_question q = plain;

        (void)state;
        /* At a change of size jobcomp/script says that it began just then. */
        q.resized = true, q.start_at = q.end_at = 200;
        assert_int_equal(answer(&q, lines, 3), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 4);
        assert_int_equal(run.start_at, 100);
        q.start_at = q.end_at = 300;
        assert_int_equal(answer(&q, lines, 3), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 3);
        assert_int_equal(run.start_at, 200);
        q.resized = false, q.end_at = 400;
        assert_int_equal(answer(&q, lines, 3), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 2);
        assert_int_equal(run.start_at, 300);
        /* Its last size is not known as long as only the others are. */
        assert_int_equal(answer(&q, lines, 2), SQ_ENOTFOUND);
}

static void a_size_may_end_a_second_earlier_there(void **state) {
        struct sq_sacct_question q = plain;

        (void)state;
        q.resized = true, q.start_at = q.end_at = 201;
        assert_int_equal(ANSWER(&q, "7|7|90|100|200|RESIZING|alice|physics|cpu=4|"), SQ_OK);
        q.end_at = 203;
        assert_int_equal(ANSWER(&q, "7|7|90|100|200|RESIZING|alice|physics|cpu=4|"),
                         SQ_ENOTFOUND);
}

static void the_row_with_the_very_end_is_preferred(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, "7|7|90|100|150|COMPLETED|alice|physics|cpu=1|",
                                "7|7|90|100|200|COMPLETED|alice|physics|cpu=2|",
                                "7|7|90|100|250|COMPLETED|alice|physics|cpu=3|"),
                         SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 2);
        assert_int_equal(ANSWER(&plain, "7|7|90|100|150|COMPLETED|alice|physics|cpu=1|"),
                         SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 1);
}

static void of_a_heterogeneous_job_it_is_one_component(void **state) {
        const char *const lines[] = {
                "7|7+0|90|100|200|COMPLETED|alice|physics|cpu=1,gres/gpu:h100=1,gres/gpu=1|" A,
                "8|7+1|90|100|200|COMPLETED|alice|physics|cpu=16|" B,
        };
        struct sq_sacct_question q = plain;

        (void)state;
        assert_int_equal(answer(&q, lines, 2), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 1);
        assert_string_equal(run.uuid, A);
        q.job_id = 8;
        assert_int_equal(answer(&q, lines, 2), SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 16);
        assert_int_equal(sq_tres_count(&run.tres, "gres/gpu"), 0);
        assert_string_equal(run.uuid, B);
}

static void of_an_array_it_is_one_task(void **state) {
        struct sq_sacct_question q = plain;

        (void)state;
        q.array_job = 7, q.array_task = 3;
        /* The array's own record is its last task. */
        assert_int_equal(ANSWER(&q, "8|7_0|90|100|200|COMPLETED|alice|physics|cpu=1|",
                                "7|7_3|90|100|200|COMPLETED|alice|physics|cpu=2|"),
                         SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 2);
        assert_int_equal(run.tasks, 1);
        assert_int_equal(ANSWER(&q, "7|7_[0-3]|90|100|200|COMPLETED|alice|physics|cpu=2|"),
                         SQ_OK);
        assert_int_equal(run.tasks, 1);
}

static const struct sq_sacct_question rest = {
        .job_id = 7, .array_job = 7, .array_task = -1, .submit_at = 90, .start_at = 0,
        .end_at = 200, .rest = true};

static void the_rest_of_an_array_is_counted(void **state) {
        static const struct {
                const char *tasks;
                int64_t count;
        } rows[] = {
                {"7_[0-9]", 10}, {"7_[2-9%2]", 8}, {"7_[5]", 1}, {"7_[1,3,5-7]", 5},
                {"7_[0-90:10]", 10}, {"7_[1,3,5,7...]", 3}, {"7_[x]", 1},
                {"7_[0-4000000]", 4000001},
        };
        char line[200];

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                snprintf(line, sizeof line, "7|%s|90|None|200|CANCELLED by 0|alice|physics||%s",
                         rows[i].tasks, A);
                assert_int_equal(ANSWER(&rest, line), SQ_OK);
                if (run.tasks != rows[i].count)
                        fail_msg("%s: %lld", rows[i].tasks, (long long)run.tasks);
                assert_string_equal(run.uuid, A);
        }
}

static void tasks_that_are_not_told_yet_are_waited_for(void **state) {
        struct sq_sacct_question q = rest;

        (void)state;
        assert_int_equal(ANSWER(&q, "7|7|90|200|200|CANCELLED by 0|alice|physics||" A),
                         SQ_ENOTFOUND);
        assert_string_equal(error.text, "slurmdbd does not know the tasks of array 7 yet");
        assert_int_equal(ANSWER(&q, "7|7_[]|90|200|200|CANCELLED by 0|alice|physics||" A),
                         SQ_ENOTFOUND);
        /* But not for ever. */
        q.settled = true;
        assert_int_equal(ANSWER(&q, "7|7|90|200|200|CANCELLED by 0|alice|physics||" A), SQ_OK);
        assert_int_equal(run.tasks, 1);
}

static void tasks_with_rows_of_their_own_are_not_of_the_rest(void **state) {
        (void)state;
        /* As seen: 6 and 7 had begun, and the array's record did not know it yet. */
        assert_int_equal(ANSWER(&rest, "8|7_0|90|100|110|COMPLETED|alice|physics|cpu=1|",
                                "9|7_1|90|100|110|COMPLETED|alice|physics|cpu=1|",
                                "13|7_6|90|100|Unknown|RUNNING|alice|physics|cpu=1|",
                                "14|7_7|90|100|Unknown|RUNNING|alice|physics|cpu=1|",
                                "7|7_[6-9%2]|90|None|200|CANCELLED by 0|alice|physics||" A),
                         SQ_OK);
        assert_int_equal(run.tasks, 2);
        /* Wherever they stand, and when they were requeued. */
        assert_int_equal(ANSWER(&rest, "13|7_6|90|100|110|REQUEUED|alice|physics|cpu=1|",
                                "13|7_6|110|120|Unknown|RUNNING|alice|physics|cpu=1|",
                                "7|7_[0-9]|90|None|200|CANCELLED by 0|alice|physics||" A,
                                "15|7_8|90|100|Unknown|RUNNING|alice|physics|cpu=1|"),
                         SQ_OK);
        assert_int_equal(run.tasks, 8);
        /* Of another array they do not count. */
        assert_int_equal(ANSWER(&rest, "13|6_6|90|100|110|COMPLETED|alice|physics|cpu=1|",
                                "7|7_[0-9]|90|None|200|CANCELLED by 0|alice|physics||" A),
                         SQ_OK);
        assert_int_equal(run.tasks, 10);
}

static void large_arrays_are_counted_as_far_as_there_is_room(void **state) {
        char line[6000], tasks[5000] = "";
        size_t n = 0;

        (void)state;
        for (int i = 0; i < 900; i++)
                n += (size_t)snprintf(tasks + n, sizeof tasks - n, "%s%d", i ? "," : "", 2 * i);
        snprintf(line, sizeof line, "7|7_[%s]|90|None|200|CANCELLED by 0|alice|physics||",
                 tasks);
        assert_int_equal(ANSWER(&rest, line), SQ_OK);
        assert_in_range(run.tasks, 400, 900);

        /* A thousand ranges of started tasks: those without room count as pending. */
        start(&rest);
        for (int i = 0; i < 1000; i++) {
                snprintf(line, sizeof line, "%d|7_%d|90|100|110|COMPLETED|alice|physics|cpu=1|",
                         100 + i, 2 * i);
                assert_int_equal(take(line), SQ_OK);
        }
        assert_int_equal(take("7|7_[0-1999]|90|None|200|CANCELLED by 0|alice|physics||"),
                         SQ_OK);
        assert_int_equal(finish(), SQ_OK);
        assert_in_range(run.tasks, 1000, 1900);
}

#define ROW "7|7|90|100|200|COMPLETED|alice|physics|cpu=4|"

static void a_comment_may_hold_anything(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, ROW "a|b\x1f" "c|slurm_quota=" A " \x1f|x"), SQ_OK);
        assert_string_equal(run.uuid, "");
        assert_int_equal(ANSWER(&plain, ROW "a|b\x1f" "c slurm_quota=" A " |x"), SQ_OK);
        assert_string_equal(run.uuid, A);
}

static void a_comment_may_have_lines(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, ROW "one", "", "two|three", "8|slurm_quota=" A),
                         SQ_OK);
        assert_string_equal(run.uuid, "");
        assert_int_equal(ANSWER(&plain, ROW "one", "", "two|three slurm_quota=" A, "four"),
                         SQ_OK);
        assert_string_equal(run.uuid, A);
        /* The lines of another job's comment are not ours. */
        assert_int_equal(ANSWER(&plain, ROW "one",
                                "8|8|90|100|200|COMPLETED|alice|physics|cpu=4|other",
                                "slurm_quota=" B),
                         SQ_OK);
        assert_string_equal(run.uuid, "");
}

static void a_comment_may_be_as_long_as_it_wants(void **state) {
        static char line[SQ_COMMENT_MAX + 1000];
        int n = snprintf(line, sizeof line, ROW "%s ", A);

        (void)state;
        memset(line + n, 'x', SQ_COMMENT_MAX);
        start(&plain);
        for (int i = 0; i < 9; i++)
                *strchr(line, '|') = '\x1f';
        for (int i = 0; i < 3; i++)
                assert_int_equal(sq_sacct_reader_take(line + (i ? n : 0), &reader, &error),
                                 SQ_OK);
        assert_int_equal(finish(), SQ_OK);
        assert_string_equal(run.uuid, A);
}

static void what_sacct_does_not_print_is_an_error(void **state) {
        static const char *const lines[] = {
                "", "garbage", "7", "7|7|90|100|200|COMPLETED|alice|physics|cpu=4",
                "x|7|90|100|200|COMPLETED|alice|physics|cpu=4|",
                "|7|90|100|200|COMPLETED|alice|physics|cpu=4|",
                "7|7|2026-01-01T00:00:00|100|200|COMPLETED|alice|physics|cpu=4|",
                "7|7|Unknown|100|200|COMPLETED|alice|physics|cpu=4|",
                "7.batch|7|90|100|200|COMPLETED|alice|physics|cpu=4|",
                "99999999999999999999|7|90|100|200|COMPLETED|alice|physics|cpu=4|",
                "JobIDRaw|JobID|Submit|Start|End|State|User|Account|AllocTRES|AdminComment",
        };

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                start(&plain);
                if (take(lines[i]) != SQ_EIO)
                        fail_msg("accepted: %s", lines[i]);
                assert_int_equal(finish(), SQ_ENOTFOUND);
        }
}

static void resources_that_cannot_be_read_are_kept_for_later(void **state) {
        (void)state;
        assert_int_equal(ANSWER(&plain, "7|7|90|100|200|COMPLETED|alice|physics|cpu=four|" A),
                         SQ_ENOTFOUND);
        assert_non_null(strstr(error.text, "job 7: AllocTRES"));
}

static void names_that_are_too_long_are_not_known(void **state) {
        char line[1000], name[300];

        (void)state;
        memset(name, 'n', sizeof name);
        name[256] = '\0';
        snprintf(line, sizeof line, "7|7|90|100|200|COMPLETED|%s|%s|cpu=1|", name, name + 1);
        assert_int_equal(ANSWER(&plain, line), SQ_OK);
        assert_string_equal(run.user, "");
        assert_string_equal(run.account, name + 1);
}

/* --- asking a program ------------------------------------------------------------- */

static int ask(const char *path, const struct sq_sacct_question *q, int64_t ms) {
        return sq_sacct_ask(path, q, sq_monotonic_ns() + ms * SQ_NS_PER_MS, &run, &error);
}

#define PRINT                                                            \
        "printf '7\\0377\\03790\\037100\\037200\\037COMPLETED\\037alice" \
        "\\037physics\\037cpu=4\\037x\\n'"

static void the_program_is_asked_in_its_own_words(void **state) {
        struct sq_sacct_question q = plain;

        (void)state;
        assert_int_equal(ask(fake_program("echo \"$@\" $SLURM_TIME_FORMAT $TZ"
                                          " $SLURM_BITSTR_LEN >arguments; " PRINT),
                             &q, 5000),
                         SQ_OK);
        assert_int_equal(sq_tres_count(&run.tres, "cpu"), 4);
        assert_string_equal(fake_arguments(),
                            "--noheader --parsable2 --delimiter=\x1f --allocations --duplicates"
                            " --local --format=JobIDRaw,JobID,Submit,Start,End,State,User,"
                            "Account,AllocTRES,AdminComment --jobs=7 %s UTC0 2048\n");
        q.array_job = 5, q.array_task = 0;
        assert_int_equal(ask(fake_program("echo \"$@\" >arguments; " PRINT), &q, 5000), SQ_OK);
        assert_non_null(strstr(fake_arguments(), "--jobs=5_0\n"));
        q.array_task = -1;
        assert_int_equal(ask(fake_program("echo \"$@\" >arguments; " PRINT), &q, 5000), SQ_OK);
        assert_non_null(strstr(fake_arguments(), "--jobs=7\n"));
        q.array_job = 0, q.array_task = 3;
        assert_int_equal(ask(fake_program("echo \"$@\" >arguments; " PRINT), &q, 5000), SQ_OK);
        assert_non_null(strstr(fake_arguments(), "--jobs=7\n"));
}

static void a_program_that_fails_says_why(void **state) {
        const char *path;

        (void)state;
        path = fake_program(PRINT "; echo 'sacct: error: Connection refused' >&2; exit 1");
        assert_int_equal(ask(path, &plain, 5000), SQ_EIO);
        assert_non_null(strstr(error.text, "failed with status 1: sacct: error: Connection"));
        assert_int_equal(ask(fake_program("exit 3"), &plain, 5000), SQ_EIO);
        assert_non_null(strstr(error.text, "failed with status 3"));
        assert_int_equal(ask("/nowhere/sacct", &plain, 5000), SQ_EIO);
        assert_non_null(strstr(error.text, "there is no program"));
        assert_int_equal(ask(fake_program("echo huch"), &plain, 5000), SQ_EIO);
        assert_string_equal(error.text, "\"huch\" is not what was asked for");
        path = fake_program("head -c 200000 /dev/zero | tr '\\0' x");
        assert_int_equal(ask(path, &plain, 5000), SQ_EIO);
        assert_int_equal(ask(fake_program("exit 0"), &plain, 5000), SQ_ENOTFOUND);
        assert_int_equal(ask(fake_program("sleep 100"), &plain, 200), SQ_EBUSY);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_job_that_has_ended_is_known),
                cmocka_unit_test(a_job_that_is_not_known_is_to_be_asked_again),
                cmocka_unit_test(a_job_that_has_not_ended_there_is_to_be_asked_again),
                cmocka_unit_test(a_job_that_never_started_has_its_uuid),
                cmocka_unit_test(of_a_requeued_job_it_is_the_run_that_was_submitted_then),
                cmocka_unit_test(each_size_of_a_resized_job_is_a_run),
                cmocka_unit_test(a_size_may_end_a_second_earlier_there),
                cmocka_unit_test(the_row_with_the_very_end_is_preferred),
                cmocka_unit_test(of_a_heterogeneous_job_it_is_one_component),
                cmocka_unit_test(of_an_array_it_is_one_task),
                cmocka_unit_test(the_rest_of_an_array_is_counted),
                cmocka_unit_test(tasks_that_are_not_told_yet_are_waited_for),
                cmocka_unit_test(tasks_with_rows_of_their_own_are_not_of_the_rest),
                cmocka_unit_test(large_arrays_are_counted_as_far_as_there_is_room),
                cmocka_unit_test(a_comment_may_hold_anything),
                cmocka_unit_test(a_comment_may_have_lines),
                cmocka_unit_test(a_comment_may_be_as_long_as_it_wants),
                cmocka_unit_test(what_sacct_does_not_print_is_an_error),
                cmocka_unit_test(resources_that_cannot_be_read_are_kept_for_later),
                cmocka_unit_test(names_that_are_too_long_are_not_known),
                cmocka_unit_test(the_program_is_asked_in_its_own_words),
                cmocka_unit_test(a_program_that_fails_says_why),
        };

        return cmocka_run_group_tests_name("sacct", tests, fake_start, fake_stop);
}
