/* test_queue.c - what squeue's rows say
 *
 * The rows are as a real squeue 22.05.8 printed them.
 */
#include <string.h>

#include "base/clock.h"
#include "fake_program.h"
#include "slurm/queue.h"

#define A "0190a1b2-c3d4-7e5f-8a6b-0123456789ab"

#define JOBS_MAX 16

static struct sq_queue_reader reader; /* 70 kB */
static struct sq_queue_end end;
static struct sq_error error;

/* What was handed over. */
static struct sq_queued job[JOBS_MAX];
static size_t n_jobs;
static int answer; /* of the function below */

static int keep(const struct sq_queued *queued, void *payload, struct sq_error *err) {
        (void)err;
        assert_ptr_equal(payload, job);
        if (n_jobs < JOBS_MAX)
                job[n_jobs] = *queued;
        n_jobs++;
        return answer;
}

static void start(void) {
        n_jobs = 0;
        answer = SQ_OK;
        memset(&end, 0, sizeof end);
        sq_queue_reader_start(&reader, keep, job);
}

/* A line with `|` for the separators before the comment. */
static int take(const char *line) {
        char text[70000];
        int n = 0;

        snprintf(text, sizeof text, "%s", line);
        for (char *p = text; *p && n < 14; p++)
                if (*p == '|') {
                        *p = '\x1f';
                        n++;
                }
        return sq_queue_reader_take(text, &reader, &error);
}

static int finish(void) {
        return sq_queue_reader_finish(&reader, &end, &error);
}

static void read_all(const char *const *lines, size_t n) {
        start();
        for (size_t i = 0; i < n; i++)
                assert_int_equal(take(lines[i]), SQ_OK);
        assert_int_equal(finish(), SQ_OK);
}

#define READ(...)                                  \
        read_all((const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Rows of which one field is of interest. */
#define TASKS_ROW(id, array, tasks, restarts, state)                                       \
        #id "|" #array "|" tasks "|100|N/A|10:00|0:00|" #restarts "|" state                 \
            "|bob|physics|debug|N/A|cpu=4,node=1|(null)"
#define LIMIT_ROW(limit, used)                                                             \
        "7|7|N/A|100|1000|" limit "|" used "|0|RUNNING|bob|physics|debug|N/A|cpu=4|(null)"
#define STATE_ROW "7|7|N/A|100|1000|10:00|0:05|0|%s|bob|physics|debug|N/A|cpu=4|(null)"
#define NAMES_ROW "7|7|N/A|100|1000|10:00|0:05|0|RUNNING|%s|%s|debug|N/A|cpu=4|(null)"
#define TRES_ROW(tres) \
        "7|7|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|" tres "|(null)"

static void a_running_job_is_read(void **state) {
        (void)state;
        READ("2|2|N/A|1795343374|1795343375|1-02:00:00|1:02:03|0|RUNNING|alice|physics|debug|"
             "N/A|cpu=3,mem=62.50G,node=1,billing=3,gres/gpu=2,gres/gpu:h100=2|" A);
        assert_int_equal(end.rows, 1);
        assert_int_equal(job[0].job_id, 2);
        assert_int_equal(job[0].array_job, 0);
        assert_int_equal(job[0].array_task, -1);
        assert_int_equal(job[0].tasks, 1);
        assert_int_equal(job[0].het_job, 0);
        assert_int_equal(job[0].submit_at, 1795343374);
        assert_int_equal(job[0].start_at, 1795343375);
        assert_int_equal(job[0].limit_seconds, 26 * 3600);
        assert_int_equal(job[0].used_seconds, 3723);
        assert_int_equal(job[0].restarts, 0);
        assert_int_equal(job[0].state, SQ_QUEUED_RUNNING);
        assert_true(job[0].one_partition);
        assert_false(job[0].unreadable);
        assert_int_equal(sq_tres_count(&job[0].tres, "cpu"), 3);
        assert_int_equal(sq_tres_count(&job[0].tres, "mem"), 64000);
        assert_int_equal(sq_tres_count(&job[0].tres, "gres/gpu:h100"), 2);
        assert_string_equal(job[0].user, "alice");
        assert_string_equal(job[0].account, "physics");
        assert_string_equal(job[0].uuid, A);
}

static void a_queue_of_all_kinds_is_read(void **state) {
        (void)state;
        READ("14|14|N/A|1795344086|1795344207|1:00:00|0:00|1|PENDING|alice|physics|debug|N/A|"
             "cpu=8,mem=40000M,node=1,billing=8|(null)",
             "10|3|2|1795343374|1795343710|10:00|8:08|0|RUNNING|bob|physics|debug|N/A|"
             "cpu=4,node=1,billing=4|(null)",
             "6|6|N/A|1795343375|1795343375|30:00|0:03|0|RUNNING|carol|chemistry|debug|6|"
             "cpu=1,node=1,billing=1|(null)",
             "7|7|N/A|1795343375|1795343375|30:00|0:03|0|RUNNING|carol|chemistry|debug|6|"
             "cpu=2,node=1,billing=2|(null)",
             "1|1|N/A|1795343374|1795343374|1:00:00|0:04|0|SUSPENDED|alice|physics|debug|N/A|"
             "cpu=2,node=2,billing=2|(null)",
             "3|3|4,6-9%2|1795343374|N/A|10:00|0:00|0|PENDING|bob|physics|debug|N/A|"
             "cpu=4,mem=20000M,node=1,billing=4|(null)",
             "9|3|1|1795343710|N/A|10:00|0:00|1|PENDING|bob|physics|debug|N/A|"
             "cpu=4,mem=20000M,node=1,billing=4|(null)",
             "5|5|1,3-5,9|1795343375|N/A|10:00|0:00|0|PENDING|bob|physics|debug,long|N/A|"
             "cpu=1,mem=20000M,node=1,billing=1|(null)");
        assert_int_equal(end.rows, 8);
        assert_int_equal(n_jobs, 8);
        /* Requeued: when it may begin is no beginning. */
        assert_int_equal(job[0].state, SQ_QUEUED_PENDING);
        assert_int_equal(job[0].restarts, 1);
        assert_int_equal(job[0].submit_at, 1795344086);
        assert_string_equal(job[0].uuid, "");
        /* A task. */
        assert_int_equal(job[1].job_id, 10);
        assert_int_equal(job[1].array_job, 3);
        assert_int_equal(job[1].array_task, 2);
        assert_int_equal(job[1].tasks, 1);
        /* Components. */
        assert_int_equal(job[2].het_job, 6);
        assert_int_equal(job[3].het_job, 6);
        assert_int_equal(job[3].job_id, 7);
        assert_int_equal(job[4].state, SQ_QUEUED_SUSPENDED);
        assert_int_equal(job[4].used_seconds, 4);
        /* What waits of an array; and a task of it that waits for another run. */
        assert_int_equal(job[5].array_job, 3);
        assert_int_equal(job[5].array_task, -1);
        assert_int_equal(job[5].tasks, 5);
        assert_int_equal(job[5].start_at, 0);
        assert_int_equal(sq_tres_count(&job[5].tres, "mem"), 20000);
        assert_int_equal(job[6].array_job, 3);
        assert_int_equal(job[6].array_task, 1);
        assert_int_equal(job[6].tasks, 1);
        assert_false(job[7].one_partition);
        assert_int_equal(job[7].tasks, 5);
}

static void an_empty_queue_is_an_answer(void **state) {
        (void)state;
        start();
        assert_int_equal(finish(), SQ_OK);
        assert_int_equal(end.rows, 0);
        assert_int_equal(end.newest, 0);
        assert_int_equal(n_jobs, 0);
}

static void states_are_mapped(void **state) {
        static const struct {
                const char *name;
                enum sq_queued_state state;
        } rows[] = {
                {"PENDING", SQ_QUEUED_PENDING},       {"RUNNING", SQ_QUEUED_RUNNING},
                {"CONFIGURING", SQ_QUEUED_RUNNING},   {"RESIZING", SQ_QUEUED_RUNNING},
                {"SUSPENDED", SQ_QUEUED_SUSPENDED},   {"STOPPED", SQ_QUEUED_SUSPENDED},
                {"REQUEUED", SQ_QUEUED_PENDING},      {"REQUEUE_HOLD", SQ_QUEUED_PENDING},
                {"REQUEUE_FED", SQ_QUEUED_PENDING},   {"SPECIAL_EXIT", SQ_QUEUED_PENDING},
                {"RESV_DEL_HOLD", SQ_QUEUED_PENDING}, {"COMPLETING", SQ_QUEUED_ENDING},
                {"STAGE_OUT", SQ_QUEUED_ENDING},      {"SIGNALING", SQ_QUEUED_ENDING},
                {"REVOKED", SQ_QUEUED_ENDING},        {"RUN", SQ_QUEUED_ENDING},
                {"", SQ_QUEUED_ENDING},
        };
        char line[300];

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                snprintf(line, sizeof line, STATE_ROW, rows[i].name);
                READ(line);
                if (job[0].state != rows[i].state)
                        fail_msg("%s is %d", rows[i].name, job[0].state);
        }
}

static void limits_may_be_none_or_not_known(void **state) {
        static const struct {
                const char *line;
                int64_t limit, used;
        } rows[] = {
                {LIMIT_ROW("10:00", "0:05"), 600, 5},
                {LIMIT_ROW("365-00:00:00", "2-00:00:01"), 365 * 86400, 2 * 86400 + 1},
                {LIMIT_ROW("UNLIMITED", "0:00"), SQ_QUEUED_UNLIMITED, 0},
                {LIMIT_ROW("NOT_SET", "INVALID"), SQ_QUEUED_NO_LIMIT_KNOWN, -1},
                {LIMIT_ROW("INVALID", "UNLIMITED"), SQ_QUEUED_NO_LIMIT_KNOWN, -1},
                {LIMIT_ROW("Partition_Limit", ""), SQ_QUEUED_NO_LIMIT_KNOWN, -1},
                {LIMIT_ROW("", "x"), SQ_QUEUED_NO_LIMIT_KNOWN, -1},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                READ(rows[i].line);
                if (job[0].limit_seconds != rows[i].limit ||
                    job[0].used_seconds != rows[i].used)
                        fail_msg("%s: %lld, %lld", rows[i].line,
                                 (long long)job[0].limit_seconds,
                                 (long long)job[0].used_seconds);
        }
}

static void tasks_that_wait_are_counted(void **state) {
        static const struct {
                const char *line;
                int64_t tasks, task;
        } rows[] = {
                {TASKS_ROW(3, 3, "0-9", 0, "PENDING"), 10, -1},
                {TASKS_ROW(3, 3, "0-90:10", 0, "PENDING"), 10, -1},
                {TASKS_ROW(3, 3, "0,3,6,9%4294967295", 0, "PENDING"), 4, -1},
                {TASKS_ROW(3, 3, "1,3,5,7...", 0, "PENDING"), -1, -1},
                {TASKS_ROW(3, 3, "1,3,5,7,1...%2", 0, "PENDING"), -1, -1},
                {TASKS_ROW(3, 3, "", 0, "PENDING"), -1, -1},
                {TASKS_ROW(3, 3, "%2", 0, "PENDING"), -1, -1},
                {TASKS_ROW(3, 3, "x", 0, "PENDING"), -1, -1},
                /* The waiting part is down to one. */
                {TASKS_ROW(3, 3, "9", 0, "PENDING"), 1, -1},
                {TASKS_ROW(3, 3, "9%2", 0, "PENDING"), 1, -1},
                /* One task: it runs, it did run, it has an id of its own. */
                {TASKS_ROW(3, 3, "9", 0, "RUNNING"), 1, 9},
                {TASKS_ROW(3, 3, "9", 1, "PENDING"), 1, 9},
                {TASKS_ROW(4, 3, "9", 0, "PENDING"), 1, 9},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                READ(rows[i].line);
                assert_int_equal(job[0].array_job, 3);
                if (job[0].tasks != rows[i].tasks || job[0].array_task != rows[i].task)
                        fail_msg("%s: %lld, %lld", rows[i].line, (long long)job[0].tasks,
                                 (long long)job[0].array_task);
        }
}

/* A list of `length` characters: "10,10,...". */
static int64_t tasks_of_length(size_t length, const char *limit) {
        char line[5000], list[4100];

        for (size_t i = 0; i < length; i++)
                list[i] = "10,"[i % 3];
        list[length] = '\0';
        snprintf(line, sizeof line, "3|3|%s%s|100|N/A|10:00|0:00|0|PENDING|bob|physics|debug|"
                                    "N/A|cpu=4,node=1|(null)", list, limit);
        READ(line);
        return job[0].tasks;
}

static void a_list_of_tasks_that_fills_squeues_room_is_cut_off(void **state) {
        (void)state;
        assert_int_equal(tasks_of_length(4091, ""), 1);
        assert_int_equal(tasks_of_length(4091, "%4294967295"), 1);
        assert_int_equal(tasks_of_length(4093, ""), 2); /* ends with "1" */
        assert_int_equal(tasks_of_length(4094, ""), -1);
        assert_int_equal(tasks_of_length(4095, "%2"), -1);
}

static void names_may_not_be_known(void **state) {
        char line[1000], name[300];

        (void)state;
        snprintf(line, sizeof line, NAMES_ROW, "nobody", "(null)");
        READ(line);
        assert_string_equal(job[0].user, "");
        assert_string_equal(job[0].account, "");
        memset(name, 'n', sizeof name);
        name[256] = '\0';
        snprintf(line, sizeof line, NAMES_ROW, name, name + 1);
        READ(line);
        assert_string_equal(job[0].user, "");
        assert_string_equal(job[0].account, name + 1);
}

static void resources_that_cannot_be_read_are_told(void **state) {
        char line[5000], many[3000];
        int n = 0;

        (void)state;
        READ(TRES_ROW("cpu=4"), TRES_ROW("N/A"), TRES_ROW("cpu=four"), TRES_ROW(""));
        assert_int_equal(job[0].tres.n, 1);
        assert_int_equal(job[1].tres.n, 0);
        assert_false(job[1].unreadable);
        assert_int_equal(job[2].tres.n, 0);
        assert_true(job[2].unreadable);
        assert_int_equal(job[3].tres.n, 0);
        assert_false(job[3].unreadable);
        for (size_t i = 0; i < 2800; i++)
                many[n++] = 'x';
        many[n] = '\0';
        snprintf(line, sizeof line, TRES_ROW("%s"), many);
        READ(line);
        assert_true(job[0].unreadable);
}

#define ROW "7|7|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|"

static void a_comment_may_have_lines(void **state) {
        (void)state;
        start();
        assert_int_equal(take(ROW "line one"), SQ_OK);
        assert_int_equal(take("line \"two\""), SQ_OK);
        assert_int_equal(take(""), SQ_OK);
        assert_int_equal(take("8|8|not a row"), SQ_OK);
        assert_int_equal(n_jobs, 0); /* not before it is complete */
        assert_int_equal(take("slurm_quota=" A), SQ_OK);
        assert_int_equal(take(ROW "other"), SQ_OK);
        assert_int_equal(n_jobs, 1);
        assert_string_equal(job[0].uuid, A);
        assert_int_equal(take("text"), SQ_OK);
        assert_int_equal(finish(), SQ_OK);
        assert_int_equal(n_jobs, 2);
        assert_string_equal(job[1].uuid, "");
        assert_int_equal(end.rows, 2);
}

static void a_comment_may_hold_anything(void **state) {
        (void)state;
        READ(ROW "a|b\x1f" "c slurm_quota=" A " |x");
        assert_string_equal(job[0].uuid, A);
}

static void the_newest_row_tells_when_squeue_ran(void **state) {
        (void)state;
        READ("1|1|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
             "2|2|N/A|100|1002|10:00|0:04|0|CONFIGURING|bob|physics|debug|N/A|cpu=4|",
             "3|3|N/A|100|900|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|");
        assert_int_equal(end.newest, 1006);
        /* What does not run says nothing about it, */
        READ("1|1|N/A|100|2000|10:00|0:00|0|PENDING|bob|physics|debug|N/A|cpu=4|",
             "2|2|N/A|100|2000|10:00|0:05|0|SUSPENDED|bob|physics|debug|N/A|cpu=4|",
             "3|3|N/A|100|2000|10:00|0:05|0|COMPLETING|bob|physics|debug|N/A|cpu=4|");
        assert_int_equal(end.newest, 0);
        /* nor what has run for too long, or for ever. */
        READ("1|1|N/A|100|2000|10:00|INVALID|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
             "2|2|N/A|100|N/A|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
             "3|3|N/A|100|9223372036854775807|10:00|0:05|0|RUNNING|bob|physics|debug|N/A||");
        assert_int_equal(end.newest, 0);
}

static void what_squeue_does_not_print_is_an_error(void **state) {
        static const char *const lines[] = {
                "", "garbage", "7", "7|7|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug",
                "x|7|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
                "|7|N/A|100|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
                "7|7|N/A|N/A|1000|10:00|0:05|0|RUNNING|bob|physics|debug|N/A|cpu=4|",
                "7|7|N/A|2026-01-01T00:00:00|N/A|10:00|0:05|0|RUNNING|bob|physics|x|N/A|cpu=4|",
                "99999999999999999999|7|N/A|1|2|1:00|0:05|0|RUNNING|bob|physics|x|N/A|cpu=4|",
                "9223372036854775808|7|N/A|1|2|1:00|0:05|0|RUNNING|bob|physics|x|N/A|cpu=4|",
        };

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                start();
                if (take(lines[i]) != SQ_EIO)
                        fail_msg("accepted: %s", lines[i]);
                assert_int_equal(n_jobs, 0);
        }
        assert_non_null(strstr(error.text, "is not what was asked for"));
}

static void who_does_not_want_more_ends_the_reading(void **state) {
        (void)state;
        start();
        answer = SQ_ECORRUPT;
        assert_int_equal(take(ROW), SQ_OK);
        assert_int_equal(take(ROW), SQ_ECORRUPT);
        assert_int_equal(n_jobs, 1);
        start();
        assert_int_equal(take(ROW), SQ_OK);
        answer = SQ_ECORRUPT;
        assert_int_equal(finish(), SQ_ECORRUPT);
}

/* --- asking a program ------------------------------------------------------------- */

static int ask(const char *path, int64_t ms) {
        n_jobs = 0;
        memset(&end, 0, sizeof end);
        return sq_queue_read(path, sq_monotonic_ns() + ms * SQ_NS_PER_MS, keep, job, &end,
                             &error);
}

#define PRINT                                                                           \
        "printf '%s\\0377\\037N/A\\037100\\0371000\\03710:00\\0370:05\\0370\\037RUNNING" \
        "\\037bob\\037physics\\037debug\\037N/A\\037cpu=4\\037x\\n' 7"

static void the_program_is_asked_in_its_own_words(void **state) {
        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask(fake_program("echo \"$@\" $SLURM_TIME_FORMAT $TZ $SLURM_BITSTR_LEN"
                                          " $SQUEUE_ARRAY_UNIQUE >arguments; " PRINT),
                             5000),
                         SQ_OK);
        assert_string_equal(fake_arguments(),
                            "--all --local --noheader --sort= --Format=JobID:0\x1f,"
                            "ArrayJobID:0\x1f,ArrayTaskID:0\x1f,SubmitTime:0\x1f,"
                            "StartTime:0\x1f,TimeLimit:0\x1f,TimeUsed:0\x1f,RestartCnt:0\x1f,"
                            "State:0\x1f,UserName:0\x1f,Account:0\x1f,Partition:0\x1f,"
                            "HetJobID:0\x1f,tres-alloc:0\x1f,admin_comment:0 %s UTC0 4096 1\n");
        assert_int_equal(n_jobs, 1);
        assert_int_equal(job[0].job_id, 7);
        assert_int_equal(end.rows, 1);
        assert_int_equal(end.newest, 1005);
}

static void a_program_that_fails_after_rows_has_failed(void **state) {
        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask(fake_program(PRINT "; " PRINT "; echo 'slurm_load_jobs error: "
                                          "Unable to contact slurm controller' >&2; exit 1"),
                             5000),
                         SQ_EIO);
        assert_non_null(strstr(error.text, "failed with status 1: slurm_load_jobs error"));
        assert_int_equal(n_jobs, 1); /* the second one was not complete */
        assert_int_equal(end.rows, 0);
}

static void a_program_that_fails_says_why(void **state) {
        (void)state;
        answer = SQ_OK;
        assert_int_equal(ask("/nowhere/squeue", 5000), SQ_EIO);
        assert_non_null(strstr(error.text, "there is no program"));
        assert_int_equal(ask(fake_program("echo huch"), 5000), SQ_EIO);
        assert_string_equal(error.text, "\"huch\" is not what was asked for");
        assert_int_equal(ask(fake_program("head -c 200000 /dev/zero | tr '\\0' x"), 5000),
                         SQ_EIO);
        assert_int_equal(ask(fake_program(PRINT "; sleep 100"), 200), SQ_EBUSY);
        assert_int_equal(ask(fake_program("exit 0"), 5000), SQ_OK);
        assert_int_equal(end.rows, 0);
}

static void who_does_not_want_more_is_the_result(void **state) {
        (void)state;
        answer = SQ_ECORRUPT;
        assert_int_equal(ask(fake_program(PRINT "; " PRINT), 5000), SQ_ECORRUPT);
        assert_int_equal(ask(fake_program(PRINT), 5000), SQ_ECORRUPT);
        answer = SQ_OK;
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_running_job_is_read),
                cmocka_unit_test(a_queue_of_all_kinds_is_read),
                cmocka_unit_test(an_empty_queue_is_an_answer),
                cmocka_unit_test(states_are_mapped),
                cmocka_unit_test(limits_may_be_none_or_not_known),
                cmocka_unit_test(tasks_that_wait_are_counted),
                cmocka_unit_test(a_list_of_tasks_that_fills_squeues_room_is_cut_off),
                cmocka_unit_test(names_may_not_be_known),
                cmocka_unit_test(resources_that_cannot_be_read_are_told),
                cmocka_unit_test(a_comment_may_have_lines),
                cmocka_unit_test(a_comment_may_hold_anything),
                cmocka_unit_test(the_newest_row_tells_when_squeue_ran),
                cmocka_unit_test(what_squeue_does_not_print_is_an_error),
                cmocka_unit_test(who_does_not_want_more_ends_the_reading),
                cmocka_unit_test(the_program_is_asked_in_its_own_words),
                cmocka_unit_test(a_program_that_fails_after_rows_has_failed),
                cmocka_unit_test(a_program_that_fails_says_why),
                cmocka_unit_test(who_does_not_want_more_is_the_result),
        };

        return cmocka_run_group_tests_name("queue", tests, fake_start, fake_stop);
}
