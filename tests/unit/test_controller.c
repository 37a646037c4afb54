/* test_controller.c - what sdiag's lines say
 *
 * The lines are as a real sdiag 22.05.8 printed them.
 */
#include <string.h>

#include "base/clock.h"
#include "fake_program.h"
#include "slurm/controller.h"

static struct sq_controller controller;
static struct sq_error error;

static void take(const char *line) {
        assert_int_equal(sq_controller_take(line, &controller, &error), SQ_OK);
}

static void its_counts_are_read(void **state) {
        static const char *const lines[] = {
                "*******************************************************",
                "sdiag output at Sun Nov 22 10:35:36 2026 (1795343736)",
                "Data since      Sun Nov 22 10:25:59 2026 (1795343159)",
                "*******************************************************",
                "Server thread count:  3",
                "Agent queue size:     5",
                "Agent count:          0",
                "Agent thread count:   0",
                "DBD Agent queue size: 12",
                "",
                "Jobs submitted: 23",
                "Jobs started:   8",
                "Jobs completed: 2",
                "Jobs canceled:  0",
                "Jobs failed:    0",
                "",
                "Job states ts:  Sun Nov 22 10:35:29 2026 (1795343729)",
                "Jobs pending:   17",
                "Jobs running:   6",
                "",
                "Main schedule statistics (microseconds):",
                "\tLast cycle:   57",
                "\tLast queue length: 0",
                "\tREQUEST_JOB_INFO                        ( 2003) count:6      ave_time:261",
        };

        (void)state;
        sq_controller_start(&controller);
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                take(lines[i]);
        assert_int_equal(controller.jobs_pending, 17);
        assert_int_equal(controller.jobs_running, 6);
        assert_int_equal(controller.states_at, 1795343729);
        assert_int_equal(controller.dbd_queue, 12);
}

static void after_its_start_slurmctld_has_not_counted_yet(void **state) {
        (void)state;
        sq_controller_start(&controller);
        take("Job states ts:  Thu Jan 01 00:00:00 1970 (0)");
        take("Jobs pending:   0");
        take("Jobs running:   0");
        assert_int_equal(controller.states_at, 0);
        assert_int_equal(controller.jobs_pending, 0);
        assert_int_equal(controller.jobs_running, 0);
}

static void what_it_does_not_say_is_not_known(void **state) {
        (void)state;
        sq_controller_start(&controller);
        take("Jobs pending:");
        take("Jobs running:   many");
        take("Jobs running:   -5");
        take("DBD Agent queue size: 99999999999999999999");
        take("Job states ts:  yesterday");
        take("Job states ts:  (yesterday)");
        take("  Jobs pending: 5");
        assert_int_equal(controller.jobs_pending, -1);
        assert_int_equal(controller.jobs_running, -1);
        assert_int_equal(controller.dbd_queue, -1);
        assert_int_equal(controller.states_at, -1);
}

static int ask(const char *path, int64_t ms) {
        memset(&controller, 0, sizeof controller);
        return sq_controller_ask(path, sq_monotonic_ns() + ms * SQ_NS_PER_MS, &controller,
                                 &error);
}

static void the_program_is_asked(void **state) {
        (void)state;
        assert_int_equal(ask(fake_program("echo \"$#\" >arguments; echo 'Jobs pending:   3'"),
                             5000),
                         SQ_OK);
        assert_string_equal(fake_arguments(), "0\n");
        assert_int_equal(controller.jobs_pending, 3);
        assert_int_equal(controller.jobs_running, -1);
}

static void a_program_that_fails_says_why(void **state) {
        (void)state;
        assert_int_equal(ask(fake_program("echo 'Jobs pending: 3'; echo 'slurm_get_statistics: "
                                          "Unable to contact slurm controller' >&2; exit 255"),
                             5000),
                         SQ_EIO);
        assert_non_null(strstr(error.text, "failed with status 255: slurm_get_statistics"));
        assert_int_equal(controller.jobs_pending, 0);
        assert_int_equal(ask("/nowhere/sdiag", 5000), SQ_EIO);
        assert_int_equal(ask(fake_program("head -c 10000 /dev/zero | tr '\\0' x"), 5000),
                         SQ_EIO);
        assert_int_equal(ask(fake_program("sleep 100"), 200), SQ_EBUSY);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(its_counts_are_read),
                cmocka_unit_test(after_its_start_slurmctld_has_not_counted_yet),
                cmocka_unit_test(what_it_does_not_say_is_not_known),
                cmocka_unit_test(the_program_is_asked),
                cmocka_unit_test(a_program_that_fails_says_why),
        };

        return cmocka_run_group_tests_name("controller", tests, fake_start, fake_stop);
}
