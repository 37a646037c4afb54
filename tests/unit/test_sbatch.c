/* test_sbatch.c - the job that sbatch makes of words, a script and the environment */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "slurm/sbatch.h"
#include "slurm/sbatch_option.h"

static struct sq_error error;

/* Words between blanks; the last answer is freed by the next question. */
static struct sq_sbatch *last;

static int read_with(const char *line, const char *script, char *const *environment) {
        static char text[4096];
        static char *word[512];
        struct sq_sbatch_input input = {.word = word, .environment = environment};
        struct sq_sbatch_script *parsed = NULL;
        char *save = NULL;
        int rc = SQ_OK;

        sq_sbatch_free(SQ_TAKE(last));
        snprintf(text, sizeof text, "%s", line);
        for (char *p = strtok_r(text, " ", &save); p; p = strtok_r(NULL, " ", &save))
                word[input.n++] = p;
        if (script)
                rc = sq_sbatch_script_read(script, strlen(script), &parsed, &error);
        input.script = parsed;
        if (!rc)
                rc = sq_sbatch_read(&input, &last, &error);
        sq_sbatch_script_free(parsed);
        return rc;
}

static const struct sq_job_request *of(const char *line) {
        if (read_with(line, NULL, NULL))
                fail_msg("%s: %s", line, error.text);
        return &sq_sbatch_job(last, 0)->request;
}

static void refused(const char *line, const char *why) {
        if (read_with(line, NULL, NULL) != SQ_EINVAL)
                fail_msg("accepted: %s", line);
        if (!strstr(error.text, why))
                fail_msg("%s: %s", line, error.text);
}

static int stop(void **state) {
        (void)state;
        sq_sbatch_free(SQ_TAKE(last));
        return 0;
}

static void nothing_said_is_one_task(void **state) {
        const struct sq_job_request *r = of("");

        (void)state;
        assert_int_equal(r->min_cpus, 1);
        assert_int_equal(r->num_tasks, SQ_UNSET);
        assert_int_equal(r->cpus_per_task, SQ_UNSET);
        assert_int_equal(r->min_nodes, SQ_UNSET);
        assert_int_equal(r->max_nodes, SQ_UNSET);
        assert_int_equal(r->time_limit, SQ_UNSET);
        assert_int_equal(r->shared, SQ_UNSET);
        assert_int_equal(r->pn_min_cpus, SQ_UNSET);
        assert_null(r->partition);
        assert_null(r->array_inx);
        assert_null(r->tres_per_node);
        assert_null(sq_sbatch_job(last, 0)->account);
        assert_int_equal(sq_sbatch_jobs(last), 1);
}

static void every_form_of_an_option_is_read(void **state) {
        static const char *const lines[] = {"-n5", "-n 5", "--ntasks=5", "--ntasks 5",
                                            "-Hn5", "-QH -n 5", "--hold --ntasks=5",
                                            "-n4 -n5", "-n +5"};

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                assert_int_equal(of(lines[i])->num_tasks, 5);
        assert_string_equal(of("--part=long")->partition, "long");
        assert_string_equal(of("-plong,short")->partition, "long,short");
        assert_int_equal(of("--tasks-per-node=4")->ntasks_per_node, 4);
        assert_int_equal(of("-c3 -- -n5")->min_cpus, 3);
}

static void options_without_a_price_are_passed_over(void **state) {
        const struct sq_job_request *r = of(
                "-J name -D /tmp -o out -e err --mail-type=ALL --mail-user a@b -H --parsable"
                " --wckey=k -k --no-kill=off --nice --nice=5 --requeue --requeue=expedite"
                " --get-user-env --get-user-env=10L --wait --test-only -v -v -Q -x node1 -C a&b"
                " --dependency=afterok:1 -L x:2 --comment -n7 --signal=B:USR1@60 --export NONE"
                " --segment=2 --oom-kill-step=1 --stepmgr --resv-ports -W --deadline=now"
                " --acctg-freq=30 --propagate --propagate=NONE --power=x --qos high -n2");

        (void)state;
        assert_int_equal(r->num_tasks, 2);
        assert_int_equal(r->min_cpus, 2);
}

static void what_sbatch_does_not_know_is_refused_by_name(void **state) {
        (void)state;
        refused("--ntask-per-node=3", "option \"--ntask-per-node\" is none of sbatch's");
        assert_non_null(strstr(error.hint, "SPANK"));
        refused("-n1 -y", "option \"-y\" is none");
        refused("--pa=x", "option \"--pa\" could be several");
        refused("--=x", "none of sbatch's");
        refused("--ntasks", "option \"--ntasks\" needs an argument");
        refused("-n", "option \"-n\" needs an argument");
        refused("--hold=yes", "option \"--hold\" takes no argument");
        refused("-Hy", "option \"-y\" is none");
}

static void values_that_sbatch_refuses_are_refused_by_name(void **state) {
        static const char *const lines[] = {
                "-n0", "-n-1", "-nx", "-n4x", "-n=4", "-n99999999999", "-c0", "--mincpus=0",
                "-Nx", "-N2-1", "-N1-2-3", "-N2-", "-N-", "-N1,x", "-t 1:2:3:4", "-tx",
                "-t 1-2-3", "--time=Partition_Limit", "--mem=x", "--mem=1X", "--mem=-1",
                "--mem=1GiB", "--exclusive=all", "-B x", "-B 1:2:3:4", "-B 1-", "--hint=fast",
                "--mem-per-cpu=1G1", "--gpus-per-task=1 --ntasks-per-gpu=2",
                "--ntasks-per-node=1 --ntasks-per-gpu=2", "--mem=1 --mem-per-cpu=1",
                "--ntasks-per-gpu=1 --ntasks-per-tres=2", "-w n[1-", "-N1 -w a,b",
        };

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                refused(lines[i], "");
        refused("--cpus-per-task=none", "\"none\" is not acceptable for --cpus-per-task");
}

static void times_are_minutes_rounded_up(void **state) {
        static const struct {
                const char *text;
                int64_t minutes;
        } times[] = {{"5", 5}, {"5:30", 6}, {"1:00:00", 60}, {"1-0", 1440},
                     {"1-2:03:04", 1564}, {"0", SQ_INFINITE}, {"UNLIMITED", SQ_INFINITE},
                     {"infinite", SQ_INFINITE}, {"-1", SQ_INFINITE}, {"0:01", 1}};
        char line[64];

        (void)state;
        for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
                snprintf(line, sizeof line, "--time=%s", times[i].text);
                assert_int_equal(of(line)->time_limit, times[i].minutes);
        }
}

static void nodes_are_a_range(void **state) {
        static const struct {
                const char *text;
                int64_t least, most;
        } nodes[] = {{"-N3", 3, 3}, {"-N2-4", 2, 4}, {"-N-4", 1, 4}, {"-N2-0", 2, SQ_UNSET},
                     {"-N1k", 1024, 1024}, {"-N1,3,5-9", 1, 9}, {"-N2-8:2", 2, 8},
                     {"-w n[1-3],m", 4, SQ_UNSET}, {"-N2-9 -w n[1-3]", 3, 9},
                     {"-w a,b,a", 2, SQ_UNSET}, {"-N0", 0, SQ_UNSET}};

        (void)state;
        for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
                const struct sq_job_request *r = of(nodes[i].text);

                if (r->min_nodes != nodes[i].least || r->max_nodes != nodes[i].most)
                        fail_msg("%s: %lld to %lld", nodes[i].text, (long long)r->min_nodes,
                                 (long long)r->max_nodes);
        }
}

static void tasks_and_cpus_are_counted_as_sbatch_does(void **state) {
        static const struct {
                const char *line;
                int64_t tasks, cpus, pn_min, least, most;
        } cases[] = {
                {"-N2", SQ_UNSET, 2, SQ_UNSET, 2, 2},
                {"-N2 -n1", 1, 1, SQ_UNSET, 1, 1},
                {"-N1-4 -n2", 2, 2, SQ_UNSET, 1, 2},
                {"-N2-4", SQ_UNSET, 1, SQ_UNSET, 2, 4},
                {"-n3 -c4", 3, 12, 4, SQ_UNSET, SQ_UNSET},
                {"-c4", SQ_UNSET, 4, 4, SQ_UNSET, SQ_UNSET},
                {"-N2 -c4 --mincpus=8", SQ_UNSET, 8, 8, 2, 2},
                {"-N2 --ntasks-per-node=3", 6, 6, SQ_UNSET, 2, 2},
                {"--ntasks-per-node=3", 3, 3, SQ_UNSET, SQ_UNSET, SQ_UNSET},
                {"-N1-2 --ntasks-per-node=3", SQ_UNSET, 1, SQ_UNSET, 1, 2},
                {"-N2 --ntasks-per-node=3 -n5", 5, 5, SQ_UNSET, 2, 2},
                {"-n5 -O", 5, 1, SQ_UNSET, SQ_UNSET, SQ_UNSET},
                {"-N2 -n5 --overcommit", 5, 2, SQ_UNSET, 2, 2},
                {"-N2 -B 2:4:*", 16, 16, SQ_UNSET, 2, 2},
                {"-B 2:4", 8, 8, SQ_UNSET, SQ_UNSET, SQ_UNSET},
                {"-N2 --threads-per-core=2", 4, 4, SQ_UNSET, 2, 2},
                {"-N2 --hint=nomultithread", 2, 2, SQ_UNSET, 2, 2},
                {"-N2 --hint=memory_bound", 2, 2, SQ_UNSET, 2, 2},
                {"-N2 --hint=multithread", SQ_UNSET, 2, SQ_UNSET, 2, 2},
                {"-m arbitrary -w a,b,c", 3, 3, SQ_UNSET, 3, SQ_UNSET},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct sq_job_request *r = of(cases[i].line);

                if (r->num_tasks != cases[i].tasks || r->min_cpus != cases[i].cpus ||
                    r->pn_min_cpus != cases[i].pn_min || r->min_nodes != cases[i].least ||
                    r->max_nodes != cases[i].most)
                        fail_msg("%s: tasks %lld, CPUs %lld, per node %lld, nodes %lld-%lld",
                                 cases[i].line, (long long)r->num_tasks, (long long)r->min_cpus,
                                 (long long)r->pn_min_cpus, (long long)r->min_nodes,
                                 (long long)r->max_nodes);
        }
        assert_int_equal(read_with("-N2000000000 -B 1k:1k:1k", NULL, NULL), SQ_ERANGE);
}

static void a_hint_gives_way_to_numbers(void **state) {
        char *environment[] = {(char[]){"SBATCH_HINT=nomultithread"}, NULL};

        (void)state;
        assert_int_equal(of("--hint=nomultithread")->threads_per_core, 1);
        assert_int_equal(of("--hint=nomultithread --threads-per-core=2")->threads_per_core, 2);
        assert_int_equal(read_with("--threads-per-core=2", NULL, environment), SQ_OK);
        assert_int_equal(sq_sbatch_job(last, 0)->request.threads_per_core, 2);
}

static void gpus_are_resources_in_each_way(void **state) {
        (void)state;
        assert_string_equal(of("-G2")->tres_per_job, "gres/gpu:2");
        assert_string_equal(of("--gpus=h100:2,a100")->tres_per_job,
                            "gres/gpu:h100:2,gres/gpu:a100");
        assert_string_equal(of("--gpus-per-node=2 --gres=gpu:a100:1,shard:3")->tres_per_node,
                            "gpu:a100:1,shard:3,gres/gpu:2");
        assert_string_equal(of("--gpus-per-socket=1")->tres_per_socket, "gres/gpu:1");
        assert_string_equal(of("--gpus-per-task=1")->tres_per_task, "gres/gpu:1");
        assert_string_equal(of("--tres-per-task=cpu=4 --gpus-per-task=1")->tres_per_task,
                            "cpu=4,gres/gpu:1");
        assert_null(of("--gres=none")->tres_per_node);
        assert_null(of("--gres=NONE")->tres_per_node);
        assert_string_equal(of("--cpus-per-gpu=3")->cpus_per_tres, "gres/gpu:3");
        assert_int_equal(of("--ntasks-per-gpu=3")->ntasks_per_tres, 3);
}

static void sharing_is_what_was_said_last(void **state) {
        (void)state;
        assert_int_equal(of("--exclusive")->shared, SQ_SHARED_NONE);
        assert_int_equal(of("--exclusive=exclusive")->shared, SQ_SHARED_NONE);
        assert_int_equal(of("--exclusive=user")->shared, 2);
        assert_int_equal(of("--exclusive=mcs")->shared, 3);
        assert_int_equal(of("--exclusive=topo")->shared, 4);
        assert_int_equal(of("-s")->shared, 1);
        assert_int_equal(of("--exclusive -s")->shared, 1);
        assert_int_equal(of("--oversubscribe --exclusive")->shared, SQ_SHARED_NONE);
        assert_int_equal(of("--reboot")->reboot, 1);
}

static void memory_is_mebibytes(void **state) {
        (void)state;
        assert_int_equal(of("--mem=4000")->min_mem_per_node, 4000);
        assert_int_equal(of("--mem=2G")->min_mem_per_node, 2048);
        assert_int_equal(of("--mem=1TB")->min_mem_per_node, 1024 * 1024);
        assert_int_equal(of("--mem=1025K")->min_mem_per_node, 2);
        assert_int_equal(of("--mem-per-cpu=100M")->min_mem_per_cpu, 100);
        assert_int_equal(of("--mem-per-cpu=100")->min_mem_per_node, SQ_UNSET);
        assert_int_equal(of("--mem-per-gpu=100")->min_mem_per_cpu, SQ_UNSET);
}

static void the_environment_stands_between_script_and_words(void **state) {
        static const char script[] = "#!/bin/sh\n#SBATCH -t 1 -n 2 -A lines --mem=5\n";
        char *environment[] = {(char[]){"SBATCH_TIMELIMIT=3"}, (char[]){"SBATCH_ACCOUNT=env"},
                               (char[]){"SBATCH_EXCLUSIVE="}, (char[]){"SBATCH_OVERCOMMIT=no"},
                               (char[]){"SBATCH_MEM_PER_CPU=7"}, (char[]){"SBATCH_TIMELIMIT=9"},
                               (char[]){"SBATCH_TIMELIMITED=x"}, (char[]){"OTHER"}, NULL};
        const struct sq_sbatch_job *job;

        (void)state;
        assert_int_equal(read_with("-n4", script, environment), SQ_OK);
        job = sq_sbatch_job(last, 0);
        assert_int_equal(job->request.time_limit, 3);
        assert_int_equal(job->request.num_tasks, 4);
        assert_string_equal(job->account, "env");
        assert_int_equal(job->request.shared, SQ_SHARED_NONE);
        assert_false(job->overcommit);
        /* What was told counts more than the environment's other way to say it. */
        assert_int_equal(job->request.min_mem_per_node, 5);
        assert_int_equal(job->request.min_mem_per_cpu, SQ_UNSET);
        assert_int_equal(read_with("-n4 -t8 -A words", script, environment), SQ_OK);
        assert_int_equal(sq_sbatch_job(last, 0)->request.time_limit, 8);
        assert_string_equal(sq_sbatch_job(last, 0)->account, "words");
        environment[0] = (char[]){"SBATCH_TIMELIMIT=soon"};
        assert_int_equal(read_with("", script, environment), SQ_EINVAL);
        assert_non_null(strstr(error.text, "SBATCH_TIMELIMIT"));
}

static void components_begin_anew_but_for_what_is_said_for_all(void **state) {
        static const char script[] = "#!/bin/sh\n#SBATCH -n2 -t5 --gpus=1 -p long -A a\n"
                                     "#SBATCH hetjob\n#SBATCH -n3\n#SBATCH packjob -n4\n";
        const struct sq_sbatch_job *job;

        (void)state;
        assert_int_equal(read_with("", script, NULL), SQ_OK);
        assert_int_equal(sq_sbatch_jobs(last), 3);
        for (size_t i = 0; i < 3; i++) {
                job = sq_sbatch_job(last, i);
                assert_int_equal(job->request.num_tasks, 2 + (int)i);
                assert_int_equal(job->request.time_limit, 5);
                assert_string_equal(job->account, "a");
                assert_int_equal(job->request.partition != NULL, i == 0);
                assert_int_equal(job->request.tres_per_job != NULL, i == 0);
        }
        assert_int_equal(read_with("-n7 -t6 : -n8 : -n9 -t7", NULL, NULL), SQ_OK);
        assert_int_equal(sq_sbatch_jobs(last), 3);
        assert_int_equal(sq_sbatch_job(last, 1)->request.num_tasks, 8);
        assert_int_equal(sq_sbatch_job(last, 1)->request.time_limit, 6);
        assert_int_equal(sq_sbatch_job(last, 2)->request.time_limit, 7);
        /* Words behind the last `:` are for all that follow in the script. */
        assert_int_equal(read_with("-c2", script, NULL), SQ_OK);
        assert_int_equal(sq_sbatch_job(last, 2)->request.min_cpus, 8);
}

static void a_script_is_the_first_word_that_is_no_option(void **state) {
        static const struct {
                const char *word[6];
                size_t at;
        } cases[] = {{{"-n4", "job.sh", "-n", "5"}, 1}, {{"-n", "4", "-H", "x"}, 3},
                     {{"-n1", ":", "-n2", "x"}, 3}, {{"--", "-n4"}, 1}, {{"-"}, 0},
                     {{"-J", "job.sh"}, 2}, {{NULL}, 0}, {{"--exclusive", "user"}, 1}};

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                size_t n = 0, at;

                while (cases[i].word[n])
                        n++;
                assert_int_equal(sq_sbatch_script_at((char *const *)cases[i].word, n, &at,
                                                     &error), SQ_OK);
                assert_int_equal(at, cases[i].at);
        }
}

static void options_of_the_caller_are_found_among_sbatchs(void **state) {
        static const struct sq_sbatch_own own[] = {{"json", false}, {"user", true},
                                                   {NULL, false}};
        char *word[] = {(char[]){"-J"}, (char[]){"--json"}, (char[]){"--json"},
                        (char[]){"--user=bob"}, (char[]){"--user"}, (char[]){"alice"},
                        (char[]){"script"}};
        struct sq_sbatch_words words = {.word = word, .n = 7, .own = own};
        struct sq_sbatch_option option;

        (void)state;
        assert_int_equal(sq_sbatch_next(&words, &option, &error), SQ_OK);
        assert_int_equal(option.own, -1);
        assert_int_equal(sq_sbatch_next(&words, &option, &error), SQ_OK);
        assert_int_equal(option.own, 0);
        assert_int_equal(sq_sbatch_next(&words, &option, &error), SQ_OK);
        assert_string_equal(option.argument, "bob");
        assert_int_equal(sq_sbatch_next(&words, &option, &error), SQ_OK);
        assert_string_equal(option.argument, "alice");
        assert_int_equal(sq_sbatch_next(&words, &option, &error), SQ_OK);
        assert_true(option.end);
        assert_int_equal(words.at, 6);
}

static void what_is_not_counted_is_told(void **state) {
        static const char pbs[] = "#!/bin/sh\n#PBS -l nodes=2\n";

        (void)state;
        assert_int_equal(read_with("-O -M other --reservation=r -F hosts", pbs, NULL), SQ_OK);
        assert_true(sq_sbatch_job(last, 0)->overcommit);
        assert_true(sq_sbatch_job(last, 0)->reservation);
        assert_true(sq_sbatch_job(last, 0)->node_file);
        assert_string_equal(sq_sbatch_job(last, 0)->clusters, "other");
        assert_true(sq_sbatch_has_pbs(last));
        assert_int_equal(read_with("--ignore-pbs --wrap=true -F hosts -w a", pbs, NULL), SQ_OK);
        assert_false(sq_sbatch_has_pbs(last));
        assert_true(sq_sbatch_is_wrapped(last));
        assert_false(sq_sbatch_job(last, 0)->node_file);
        of("-w ./hosts");
        assert_true(sq_sbatch_job(last, 0)->node_file);
}

/* Pieces of what people write, in any order: nothing but an answer or a refusal. */
static void any_words_are_answered(void **state) {
        static const char *const piece[] = {
                "-", "--", ":", "n", "N", "-N", "--nodes", "=", "1", "4294967296", "-1", ",",
                "[", "]", "1-3", "--array=", "--time=", "-t", "1:2", "gpu", "--gres=", "-G",
                "--exclusive", "-B", "2:", "*", "--mem=", "K", "9999999999999999999", "-w",
                "node[1-9]", "#", "\\", "\"", "'", "--hint=", "multithread",
                "--ntasks-per-node=", " ", " ", " ", " ", "hetjob", "\n#SBATCH ", "-c", "-O",
                "--tres-per-task=cpu=",
        };
        char line[400], script[480];
        uint32_t seed = 42;
        int read = 0;

        (void)state;
        for (int round = 0; round < 20000; round++) {
                size_t n = 0;

                line[0] = '\0';
                for (int i = 0; i < 12 && n < 300; i++) {
                        seed = seed * 1664525 + 1013904223;
                        n += (size_t)snprintf(line + n, sizeof line - n, "%s",
                                              piece[(seed >> 16) %
                                                    (sizeof piece / sizeof piece[0])]);
                }
                snprintf(script, sizeof script, "#!/bin/sh\n#SBATCH %s\n", line);
                read += read_with(round % 2 ? line : "", round % 2 ? NULL : script, NULL) ==
                        SQ_OK;
        }
        assert_true(read > 100);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_said_is_one_task),
                cmocka_unit_test(every_form_of_an_option_is_read),
                cmocka_unit_test(options_without_a_price_are_passed_over),
                cmocka_unit_test(what_sbatch_does_not_know_is_refused_by_name),
                cmocka_unit_test(values_that_sbatch_refuses_are_refused_by_name),
                cmocka_unit_test(times_are_minutes_rounded_up),
                cmocka_unit_test(nodes_are_a_range),
                cmocka_unit_test(tasks_and_cpus_are_counted_as_sbatch_does),
                cmocka_unit_test(a_hint_gives_way_to_numbers),
                cmocka_unit_test(gpus_are_resources_in_each_way),
                cmocka_unit_test(sharing_is_what_was_said_last),
                cmocka_unit_test(memory_is_mebibytes),
                cmocka_unit_test(the_environment_stands_between_script_and_words),
                cmocka_unit_test(components_begin_anew_but_for_what_is_said_for_all),
                cmocka_unit_test(a_script_is_the_first_word_that_is_no_option),
                cmocka_unit_test(options_of_the_caller_are_found_among_sbatchs),
                cmocka_unit_test(what_is_not_counted_is_told),
                cmocka_unit_test(any_words_are_answered),
        };

        return cmocka_run_group_tests(tests, NULL, stop);
}
