/* test_program.c - programs that behave, and programs that do not */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "slurm/program.h"

struct said {
        char text[4096]; /* the lines, each in brackets */
        int code;        /* what the next line is answered with */
};

static int take(const char *line, void *payload, struct sq_error *err) {
        struct said *said = payload;
        const size_t n = strlen(said->text);

        snprintf(said->text + n, sizeof said->text - n, "[%s]", line);
        return said->code ? sq_fail(err, said->code, "enough") : SQ_OK;
}

static struct sq_program program_of(const char *const *argv, struct said *said) {
        *said = (struct said){.text = ""};
        return (struct sq_program){
                .argv = argv,
                .deadline = sq_monotonic_ns() + 10 * SQ_NS_PER_SECOND,
                .line_max = 1000,
                .output_max = 100000,
                .take = take,
                .payload = said,
        };
}

#define SHELL(script) ((const char *const[]){"/bin/sh", "-c", script, NULL})

static struct said said;
static struct sq_program_end end;
static struct sq_error error;

static int run_shell(const char *script) {
        const char *const argv[] = {"/bin/sh", "-c", script, NULL};
        const struct sq_program program = program_of(argv, &said);

        return sq_program_run(&program, &end, &error);
}

/* The process is gone, or dead and nobody's. */
static bool is_gone(pid_t pid) {
        char path[64], text[256] = "";
        FILE *file;
        char *state;

        for (int i = 0; i < 200; i++, usleep(10000)) {
                snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
                file = fopen(path, "re");
                if (!file)
                        return true;
                state = fgets(text, sizeof text, file) ? strrchr(text, ')') : NULL;
                fclose(file);
                if (state && (state[2] == 'Z' || state[2] == 'X'))
                        return true;
        }
        return false;
}

static int64_t elapsed_ms(int64_t since) {
        return (sq_monotonic_ns() - since) / SQ_NS_PER_MS;
}

static void lines_come_one_by_one(void **state) {
        (void)state;
        assert_int_equal(run_shell("printf 'a\\nb c\\n\\nd\\n'"), SQ_OK);
        assert_string_equal(said.text, "[a][b c][][d]");
        assert_int_equal(end.status, 0);
        assert_string_equal(end.complaint, "");
}

static void a_last_line_needs_no_newline(void **state) {
        (void)state;
        assert_int_equal(run_shell("printf 'a\\nb'"), SQ_OK);
        assert_string_equal(said.text, "[a][b]");
}

static void a_program_may_say_nothing(void **state) {
        (void)state;
        assert_int_equal(run_shell(":"), SQ_OK);
        assert_string_equal(said.text, "");
        assert_int_equal(end.status, 0);
}

static void lines_that_come_in_pieces_are_put_together(void **state) {
        (void)state;
        assert_int_equal(run_shell("printf a; sleep 0.1; printf b; sleep 0.1; echo c"), SQ_OK);
        assert_string_equal(said.text, "[abc]");
}

static void the_exit_status_is_told(void **state) {
        (void)state;
        assert_int_equal(run_shell("echo x; exit 7"), SQ_OK);
        assert_int_equal(end.status, 7);
        assert_int_equal(run_shell("kill -9 $$"), SQ_OK);
        assert_int_equal(end.status, 128 + SIGKILL);
}

static void what_it_complains_is_one_line(void **state) {
        (void)state;
        assert_int_equal(run_shell("printf 'bad\\tthing\\nworse\\n\\n' >&2; exit 1"), SQ_OK);
        assert_string_equal(end.complaint, "bad thing worse");
        assert_string_equal(said.text, "");
}

static void only_the_end_of_a_long_complaint_is_kept(void **state) {
        (void)state;
        assert_int_equal(run_shell("for i in $(seq 20000); do echo $i; done >&2;"
                                   " printf end >&2"),
                         SQ_OK);
        assert_int_equal(strlen(end.complaint), SQ_COMPLAINT_MAX);
        assert_string_equal(end.complaint + SQ_COMPLAINT_MAX - 9, "20000 end");
}

static void both_outputs_may_be_large(void **state) {
        (void)state;
        assert_int_equal(run_shell("for i in $(seq 3000); do echo xxxxxxxxxxxxxxxxxxxxxxxxxx"
                                   " >&2; echo y; done | tail -n 1; echo z"),
                         SQ_OK);
        assert_string_equal(said.text, "[y][z]");
}

static void its_input_is_empty(void **state) {
        (void)state;
        assert_int_equal(run_shell("cat; echo done"), SQ_OK);
        assert_string_equal(said.text, "[done]");
}

static void its_environment_is_small(void **state) {
        const char *const argv[] = {"env", NULL};
        const char *const extra[] = {"ONE=1", "TWO=2", NULL};
        struct sq_program program = program_of(argv, &said);

        (void)state;
        setenv("SECRET", "x", 1);
        setenv("LD_PRELOAD_NOT", "x", 1);
        setenv("SLURM_CONF", "/somewhere/slurm.conf", 1);
        program.extra = extra;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_OK);
        assert_string_equal(said.text,
                            "[PATH=/usr/bin:/bin:/usr/local/bin:/opt/slurm/bin][LC_ALL=C]"
                            "[TZ=UTC0][SLURM_CONF=/somewhere/slurm.conf][ONE=1][TWO=2]");
        unsetenv("SLURM_CONF");
        program = program_of(argv, &said);
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_OK);
        assert_null(strstr(said.text, "SLURM_CONF"));
}

static void it_inherits_no_descriptor(void **state) {
        const int fd = open("/dev/null", O_RDONLY); /* not close-on-exec */

        (void)state;
        assert_true(fd > 2);
        /* Its own three, and the one that the listing itself takes. */
        assert_int_equal(run_shell("ls /proc/self/fd | wc -l"), SQ_OK);
#if __GLIBC_PREREQ(2, 34)
        assert_string_equal(said.text, "[4]");
#endif
        close(fd);
}

static void it_has_the_default_signals(void **state) {
        (void)state;
        signal(SIGPIPE, SIG_IGN);
        assert_int_equal(run_shell("kill -PIPE $$; echo alive"), SQ_OK);
        assert_string_equal(said.text, "");
        assert_int_equal(end.status, 128 + SIGPIPE);
}

static void it_is_killed_at_the_deadline(void **state) {
        const char *const *argv = SHELL("echo $$; sleep 100");
        struct sq_program program = program_of(argv, &said);
        const int64_t start = sq_monotonic_ns();

        (void)state;
        program.deadline = start + 200 * SQ_NS_PER_MS;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_EBUSY);
        assert_in_range(elapsed_ms(start), 200, 5000);
        assert_true(is_gone((pid_t)strtoll(said.text + 1, NULL, 10)));
}

static void those_it_started_are_killed_too(void **state) {
        const char *const *argv = SHELL("(trap '' TERM INT HUP; sleep 100) & echo $!; wait");
        struct sq_program program = program_of(argv, &said);

        (void)state;
        program.deadline = sq_monotonic_ns() + 200 * SQ_NS_PER_MS;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_EBUSY);
        assert_true(is_gone((pid_t)strtoll(said.text + 1, NULL, 10)));
}

static void it_may_not_go_on_silently(void **state) {
        const char *const *argv = SHELL("echo $$; exec >&- 2>&-; sleep 100");
        struct sq_program program = program_of(argv, &said);

        (void)state;
        program.deadline = sq_monotonic_ns() + 300 * SQ_NS_PER_MS;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_EBUSY);
        assert_true(is_gone((pid_t)strtoll(said.text + 1, NULL, 10)));
}

static void a_deadline_that_has_passed_is_no_time_at_all(void **state) {
        const char *const *argv = SHELL("sleep 100");
        struct sq_program program = program_of(argv, &said);
        const int64_t start = sq_monotonic_ns();

        (void)state;
        program.deadline = start - 1;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_EBUSY);
        assert_in_range(elapsed_ms(start), 0, 2000);
}

static void a_line_has_a_bound(void **state) {
        (void)state;
        assert_int_equal(run_shell("printf %1000d 1; echo"), SQ_OK);
        assert_int_equal(strlen(said.text), 1002);
        assert_int_equal(run_shell("echo ok; printf %1001d 1"), SQ_ERANGE);
        assert_string_equal(said.text, "[ok]");
}

static void the_output_has_a_bound(void **state) {
        const int64_t start = sq_monotonic_ns();
        const char *const argv[] = {"yes", NULL};
        struct sq_program program = program_of(argv, &said);

        (void)state;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_ERANGE);
        assert_in_range(elapsed_ms(start), 0, 5000);
        assert_non_null(strstr(error.text, "100000 bytes"));
}

static void whoever_takes_the_lines_may_end_it(void **state) {
        const char *const *argv = SHELL("echo $$; echo more; sleep 100");
        struct sq_program program = program_of(argv, &said);

        (void)state;
        said.code = SQ_EIO;
        assert_int_equal(sq_program_run(&program, &end, &error), SQ_EIO);
        assert_string_equal(error.text, "enough");
        assert_null(strstr(said.text, "more"));
        assert_true(is_gone((pid_t)strtoll(said.text + 1, NULL, 10)));
}

static int run_argv(const char *name) {
        const char *const argv[] = {name, NULL};
        const struct sq_program program = program_of(argv, &said);

        return sq_program_run(&program, &end, &error);
}

static void a_program_that_is_not_there_is_said(void **state) {
        (void)state;
        assert_int_equal(run_argv("/nowhere/sacct"), SQ_ENOTFOUND);
        assert_string_equal(error.text, "there is no program \"/nowhere/sacct\"");
        assert_int_equal(run_argv("no-such-program"), SQ_ENOTFOUND);
        assert_string_equal(error.hint, "It was looked for in PATH and in "
                                        "/usr/bin:/bin:/usr/local/bin:/opt/slurm/bin.");
        assert_int_equal(run_argv("/etc"), SQ_ENOTFOUND);
        assert_int_equal(end.status, -1);
}

static void a_program_that_cannot_run_is_said(void **state) {
        char path[] = "/tmp/sq-program-XXXXXX";
        const int fd = mkstemp(path);

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(run_argv(path), SQ_EACCESS);
        assert_int_equal(write(fd, "#!/nowhere/shell\n", 17), 17);
        assert_int_equal(fchmod(fd, 0755), 0);
        close(fd);
        assert_int_equal(run_argv(path), SQ_EIO);
        assert_non_null(strstr(error.text, "could not run"));
        unlink(path);
}

/* A folder with a program `name` in it that says its own name. */
static void make_program(const char *folder, const char *name) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", folder, name);
        file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\necho %s\n", folder);
        fclose(file);
        assert_int_equal(chmod(path, 0755), 0);
}

static void remove_program(const char *folder, const char *name) {
        char path[128];

        snprintf(path, sizeof path, "%s/%s", folder, name);
        unlink(path);
        rmdir(folder);
}

static void a_plain_name_is_looked_for_in_our_path_first(void **state) {
        char first[] = "/tmp/sq-first-XXXXXX", second[] = "/tmp/sq-second-XXXXXX";
        char expected[64], path[256], *before = strdup(getenv("PATH"));

        (void)state;
        assert_non_null(mkdtemp(first));
        assert_non_null(mkdtemp(second));
        make_program(first, "env");
        make_program(second, "env");
        snprintf(path, sizeof path, "/nowhere::%s:%s:/usr/bin", first, second);
        setenv("PATH", path, 1);
        assert_int_equal(run_argv("env"), SQ_OK);
        snprintf(expected, sizeof expected, "[%s]", first);
        assert_string_equal(said.text, expected);

        /* Not in the working directory, whatever PATH says. */
        assert_int_equal(chdir(first), 0);
        setenv("PATH", ".::", 1);
        assert_int_equal(run_argv("env"), SQ_OK);
        assert_non_null(strstr(said.text, "LC_ALL"));

        /* Nor needs there be one. */
        unsetenv("PATH");
        assert_int_equal(run_argv("env"), SQ_OK);
        setenv("PATH", before, 1);
        free(before);
        assert_int_equal(chdir("/"), 0);
        remove_program(first, "env");
        remove_program(second, "env");
}

static void on_alarm(int number) {
        (void)number;
}

static void signals_do_not_disturb(void **state) {
        const struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
        const struct itimerval often = {.it_interval.tv_usec = 1000, .it_value.tv_usec = 1000};
        struct sigaction before;

        (void)state;
        sigaction(SIGALRM, &action, &before);
        setitimer(ITIMER_REAL, &often, NULL);
        for (int i = 0; i < 5; i++) {
                assert_int_equal(run_shell("echo a; sleep 0.05; echo b; exec >&- 2>&-;"
                                           " sleep 0.05; exit 3"),
                                 SQ_OK);
                assert_string_equal(said.text, "[a][b]");
                assert_int_equal(end.status, 3);
        }
        setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
        sigaction(SIGALRM, &before, NULL);
}

static void a_lost_exit_status_is_an_error(void **state) {
        (void)state;
        signal(SIGCHLD, SIG_IGN);
        assert_int_equal(run_shell("exit 3"), SQ_EIO);
        signal(SIGCHLD, SIG_DFL);
        assert_non_null(strstr(error.text, "exit status"));
}

static void nothing_is_left_open(void **state) {
        int before, after;

        (void)state;
        before = dup(0);
        close(before);
        for (int i = 0; i < 20; i++) {
                run_shell("echo x");
                run_argv("/nowhere");
                run_shell("printf %2000d 1");
        }
        after = dup(0);
        close(after);
        assert_int_equal(before, after);
}

static void closed_standard_descriptors_do_no_harm(void **state) {
        int kept[3];

        (void)state;
        for (int fd = 0; fd < 3; fd++) {
                kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
                close(fd);
        }
        run_shell("cat; echo out; echo err >&2");
        for (int fd = 0; fd < 3; fd++) {
                dup2(kept[fd], fd);
                close(kept[fd]);
        }
        assert_string_equal(said.text, "[out]");
        assert_string_equal(end.complaint, "err");
        assert_int_equal(end.status, 0);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(lines_come_one_by_one),
                cmocka_unit_test(a_last_line_needs_no_newline),
                cmocka_unit_test(a_program_may_say_nothing),
                cmocka_unit_test(lines_that_come_in_pieces_are_put_together),
                cmocka_unit_test(the_exit_status_is_told),
                cmocka_unit_test(what_it_complains_is_one_line),
                cmocka_unit_test(only_the_end_of_a_long_complaint_is_kept),
                cmocka_unit_test(both_outputs_may_be_large),
                cmocka_unit_test(its_input_is_empty),
                cmocka_unit_test(its_environment_is_small),
                cmocka_unit_test(it_inherits_no_descriptor),
                cmocka_unit_test(it_has_the_default_signals),
                cmocka_unit_test(it_is_killed_at_the_deadline),
                cmocka_unit_test(those_it_started_are_killed_too),
                cmocka_unit_test(it_may_not_go_on_silently),
                cmocka_unit_test(a_deadline_that_has_passed_is_no_time_at_all),
                cmocka_unit_test(a_line_has_a_bound),
                cmocka_unit_test(the_output_has_a_bound),
                cmocka_unit_test(whoever_takes_the_lines_may_end_it),
                cmocka_unit_test(a_program_that_is_not_there_is_said),
                cmocka_unit_test(a_program_that_cannot_run_is_said),
                cmocka_unit_test(a_plain_name_is_looked_for_in_our_path_first),
                cmocka_unit_test(signals_do_not_disturb),
                cmocka_unit_test(a_lost_exit_status_is_an_error),
                cmocka_unit_test(nothing_is_left_open),
                cmocka_unit_test(closed_standard_descriptors_do_no_harm),
        };

        return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
