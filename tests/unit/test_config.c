#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/config.h"

static struct sq_config *parsed(const char *text) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};

        if (sq_config_parse(text, strlen(text), "f.conf", &config, &err) != SQ_OK)
                fail_msg("%s", err.text);
        return config;
}

/* Parses what must be refused, and gives the error back. */
static struct sq_error refused_bytes(const char *text, size_t length) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};

        if (sq_config_parse(text, length, "f.conf", &config, &err) != SQ_EINVAL)
                fail_msg("accepted: %s", text);
        assert_null(config);
        return err;
}

static struct sq_error refused(const char *text) {
        return refused_bytes(text, strlen(text));
}

#define assert_refused(input, message)                               \
        do {                                                         \
                struct sq_error err_ = refused(input);               \
                assert_string_equal(err_.text, "f.conf:" message);   \
        } while (0)

static void an_empty_file_means_all_defaults(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = parsed("");

        (void)state;
        assert_string_equal(config->store.path, "/var/lib/state/slurm-quota/slurm-quota.db");
        assert_int_equal(config->store.readable_by, SQ_READABLE_BY_GROUP);
        assert_string_equal(config->spool.directory, "/var/spool/slurm-quota");
        assert_string_equal(config->slurm.user, "slurm");
        assert_string_equal(config->slurm.cluster, "");
        assert_string_equal(config->slurm.sacct, "sacct");
        assert_int_equal(config->slurm.sacct_wait_seconds, 5);
        assert_string_equal(config->slurm.squeue, "squeue");
        assert_string_equal(config->slurm.sdiag, "sdiag");
        assert_string_equal(config->slurm.scontrol, "scontrol");
        assert_string_equal(config->slurm.sacctmgr, "sacctmgr");
        assert_int_equal(config->hook.deadline_ms, 50);
        assert_int_equal(config->hook.on_store_failure, SQ_FAILURE_ALLOWS);
        assert_int_equal(config->hook.log_interval_seconds, 60);
        assert_int_equal(config->pricing.cpus_per_core, 1);
        assert_string_equal(config->pricing.exclusive_gres, "");
        assert_string_equal(config->pricing.refund, "");
        assert_string_equal(config->site.time_zone, "");
        assert_int_equal(config->site.fiscal_start, 1);
        assert_int_equal(config->reconcile.grace_seconds, 30);
        assert_int_equal(config->reconcile.overlap_seconds, 3600);
        assert_int_equal(config->server.threads, 4);
        assert_int_equal(config->server.connections, 2048);
        assert_int_equal(config->server.connections_per_address, 0);
        assert_int_equal(config->server.memory_per_connection, 16384);
        assert_int_equal(config->server.request_bytes, 8192);
        assert_int_equal(config->server.answer_bytes, 67108864);
        assert_int_equal(config->server.timeout_seconds, 30);
        assert_int_equal(config->server.stop_seconds, 5);
        assert_int_equal(config->server.associations_seconds, 300);
        assert_int_equal(config->auth.anonymous_stats, 1);
        assert_int_equal(config->auth.munge, 1);
        assert_string_equal(config->auth.munge_socket, "");
        assert_string_equal(config->auth.jwt_key, "");
        assert_int_equal(config->auth.tokens, 1);
        assert_string_equal(config->auth.proxy_header, "X-Remote-User");
        assert_string_equal(config->auth.proxy_addresses, "");
        assert_int_equal(config->auth.metrics, SQ_METRICS_FOR_NOBODY);
        assert_string_equal(config->policy.qos_default, "normal");
        assert_string_equal(config->policy.qos_paused, "");
        assert_int_equal(config->policy.log_retention_days, 90);
        assert_int_equal(config->policy.tick_seconds, 300);
        assert_string_equal(config->client.url, "http://127.0.0.1:9911/");
        assert_int_equal(config->client.timeout_seconds, 10);
        assert_string_equal(sq_config_file(config), "f.conf");
}

static void every_default_is_a_value_that_the_file_could_hold(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = parsed("");
        struct sq_setting s;
        size_t n = 0;

        (void)state;
        for (; sq_config_setting(config, n, &s); n++) {
                char text[300];

                snprintf(text, sizeof text, "[%s]\n%s = %s\n", s.section, s.key, s.value);
                sq_config_free(parsed(text));
                assert_int_equal(s.line, 0);
                assert_string_equal(s.value, s.default_value);
                assert_true(strlen(s.help) > 10);
                assert_true(strlen(s.accepts) > 5);
        }
        assert_int_equal(n, 49);
}

static void every_key_can_be_set(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = parsed(
                "\xef\xbb\xbf# a comment\n; another\n"
                "[store]\r\npath = /srv/q.db\r\nreadable_by=everyone\n\n"
                "[spool] # comment\ndirectory:/srv/spool\n"
                "[slurm]\nuser = Slurm_1\ncluster = hydra-2.x\nsacct = /opt/bin/sacct\n"
                "sacct_wait_seconds = 0 ; soon\n"
                "squeue = /opt/bin/squeue\nsdiag = my-sdiag\nsacctmgr = /opt/bin/sacctmgr\n"
                "[hook]\ndeadline_ms = 10000\non_store_failure = refuse\n"
                "log_interval_seconds = 1\n"
                "[pricing]\ncpus_per_core = 2\nexclusive_gres = a=gpu:h100:4;b=gpu:2\n"
                "refund = node_fail:100%, preempted:50%\n"
                "[site]\ntime_zone = Europe/Zurich\nfiscal_start = 10\n"
                "[reconcile]\ngrace_seconds = 3600\noverlap_seconds = 0\n"
                "[server]\nthreads = 64\nconnections = 65536\nconnections_per_address = 9\n"
                "memory_per_connection = 4096\nrequest_bytes = 1024\nanswer_bytes = 1048576\n"
                "timeout_seconds = 3600\n"
                "stop_seconds = 0\nassociations_seconds = 1\n"
                "[auth]\nanonymous_stats = no\nmunge = no\nmunge_socket = /run/m.socket\n"
                "jwt_key = /etc/jwt.key\ntokens = no\nproxy_header = Remote-User\n"
                "proxy_addresses = 10.0.0.7;\n        fd00::/64\nmetrics = operator\n");
        struct sq_setting s;

        (void)state;
        assert_string_equal(config->store.path, "/srv/q.db");
        assert_int_equal(config->store.readable_by, SQ_READABLE_BY_EVERYONE);
        assert_string_equal(config->spool.directory, "/srv/spool");
        assert_string_equal(config->slurm.user, "Slurm_1");
        assert_string_equal(config->slurm.cluster, "hydra-2.x");
        assert_string_equal(config->slurm.sacct, "/opt/bin/sacct");
        assert_int_equal(config->slurm.sacct_wait_seconds, 0);
        assert_string_equal(config->slurm.squeue, "/opt/bin/squeue");
        assert_string_equal(config->slurm.sdiag, "my-sdiag");
        assert_int_equal(config->hook.deadline_ms, 10000);
        assert_int_equal(config->hook.on_store_failure, SQ_FAILURE_REFUSES);
        assert_int_equal(config->hook.log_interval_seconds, 1);
        assert_int_equal(config->pricing.cpus_per_core, 2);
        assert_string_equal(config->pricing.exclusive_gres, "a=gpu:h100:4;b=gpu:2");
        assert_string_equal(config->pricing.refund, "node_fail:100%, preempted:50%");
        assert_string_equal(config->site.time_zone, "Europe/Zurich");
        assert_int_equal(config->site.fiscal_start, 10);
        assert_int_equal(config->reconcile.grace_seconds, 3600);
        assert_int_equal(config->reconcile.overlap_seconds, 0);
        assert_string_equal(config->slurm.sacctmgr, "/opt/bin/sacctmgr");
        assert_int_equal(config->server.threads, 64);
        assert_int_equal(config->server.connections, 65536);
        assert_int_equal(config->server.connections_per_address, 9);
        assert_int_equal(config->server.memory_per_connection, 4096);
        assert_int_equal(config->server.request_bytes, 1024);
        assert_int_equal(config->server.answer_bytes, 1048576);
        assert_int_equal(config->server.timeout_seconds, 3600);
        assert_int_equal(config->server.stop_seconds, 0);
        assert_int_equal(config->server.associations_seconds, 1);
        assert_int_equal(config->auth.anonymous_stats, 0);
        assert_int_equal(config->auth.munge, 0);
        assert_string_equal(config->auth.munge_socket, "/run/m.socket");
        assert_string_equal(config->auth.jwt_key, "/etc/jwt.key");
        assert_int_equal(config->auth.tokens, 0);
        assert_string_equal(config->auth.proxy_header, "Remote-User");
        assert_string_equal(config->auth.proxy_addresses, "10.0.0.7;fd00::/64");
        assert_int_equal(config->auth.metrics, SQ_METRICS_FOR_OPERATORS);
        assert_true(sq_config_setting(config, 1, &s));
        assert_string_equal(s.section, "store");
        assert_string_equal(s.key, "readable_by");
        assert_string_equal(s.value, "everyone");
        assert_string_equal(s.default_value, "group");
        assert_string_equal(s.accepts, "\"group\" or \"everyone\"");
        assert_int_equal(s.line, 5);
}

static void a_list_goes_on_in_indented_lines(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = parsed(
                "[pricing]\nexclusive_gres = a=gpu:1;\n    b=gpu:2\n# between\n\n\tc=gpu:3\n"
                "cpus_per_core = 2\n");

        (void)state;
        assert_string_equal(config->pricing.exclusive_gres, "a=gpu:1;b=gpu:2;c=gpu:3");
        assert_int_equal(config->pricing.cpus_per_core, 2);
}

static void a_list_may_begin_in_the_line_below_its_key(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                parsed("[pricing]\nexclusive_gres =\n  a=gpu:1\n  b=gpu:2\n");

        (void)state;
        assert_string_equal(config->pricing.exclusive_gres, "a=gpu:1;b=gpu:2");
}

static void a_list_has_a_bound(void **state) {
        char text[8192] = "[pricing]\nexclusive_gres =\n";
        size_t n = strlen(text);
        struct sq_error err;

        (void)state;
        while (n < 5000)
                n += (size_t)snprintf(text + n, sizeof text - n,
                                      "  partition-with-a-name=gpu:h100:4\n");
        err = refused(text);
        assert_non_null(strstr(err.text, "the list is longer than 4096 bytes"));
}

static void a_text_is_one_line(void **state) {
        (void)state;
        assert_refused("[pricing]\nrefund = node_fail:100%,\n  preempted:50%\n",
                       "3: an indented line goes on with the one above");
}

static void other_values_do_not_go_on(void **state) {
        (void)state;
        assert_refused("[hook]\n  deadline_ms = 5\n  log_interval_seconds = 6\n",
                       "3: an indented line goes on with the one above");
}

static void unknown_names_are_errors_that_say_which_there_are(void **state) {
        struct sq_error err;

        (void)state;
        err = refused("# c\n[stroe]\npath = /x\n");
        assert_string_equal(err.text, "f.conf:2: unknown section [stroe]");
        assert_string_equal(err.hint,
                            "Sections: store, spool, slurm, hook, pricing, site, reconcile,"
                            " server, auth, metrics, policy, client, group NAME.");
        err = refused("[store]\n\npaht = /x\n");
        assert_string_equal(err.text, "f.conf:3: unknown key \"paht\" in section [store]");
        assert_string_equal(err.hint, "Keys of [store]: path, readable_by.");
        assert_refused("[store]\npath = /x\n[]\n", "3: unknown section []");
        assert_refused("[Store]\n", "1: unknown section [Store]");
        assert_refused("[hook]\npath = /x\n", "2: unknown key \"path\" in section [hook]");
        assert_refused("path = /x\n", "1: the key \"path\" belongs to no section");
}

static void a_key_counts_once(void **state) {
        (void)state;
        assert_refused("[store]\npath = /a\n[hook]\n[store]\npath = /b\n",
                       "5: store.path was set before, on line 2");
        assert_refused("[store]\npath = /a\npath = /a\n",
                       "3: store.path was set before, on line 2");
}

static void values_that_do_not_fit_are_errors_that_say_what_does(void **state) {
        static const char *const wrong[] = {
                "[store]\npath = q.db", "[store]\npath =", "[store]\npath = \"/x\"",
                "[store]\npath = /x\x01y", "[store]\npath = /x\x7f",
                "[store]\nreadable_by = all", "[store]\nreadable_by = Group",
                "[store]\nreadable_by =", "[spool]\ndirectory = ./x",
                "[slurm]\nuser =", "[slurm]\nuser = -x", "[slurm]\nuser = a b",
                "[slurm]\nuser = a/b", "[slurm]\nuser = a:b", "[slurm]\nuser = .x",
                "[slurm]\nuser = abcdefghijklmnopqrstuvwxyzabcdefg",
                "[slurm]\ncluster = Hydra", "[slurm]\ncluster = a,b",
                "[slurm]\nsacct =", "[slurm]\nsacct = bin/sacct",
                "[slurm]\nsacct_wait_seconds = 61", "[slurm]\nsacct_wait_seconds = -1",
                "[hook]\ndeadline_ms = 0", "[hook]\ndeadline_ms = 10001",
                "[hook]\ndeadline_ms =", "[hook]\ndeadline_ms = 5ms",
                "[hook]\ndeadline_ms = +5", "[hook]\ndeadline_ms = 1e3",
                "[hook]\ndeadline_ms = 0x5", "[hook]\ndeadline_ms = 5.0",
                "[hook]\ndeadline_ms = 99999999999999999999",
                "[hook]\ndeadline_ms = 9223372036854775808",
                "[hook]\ndeadline_ms = 18446744073709551666", "[hook]\non_store_failure = no",
                "[hook]\nlog_interval_seconds = 86401", "[pricing]\ncpus_per_core = 17",
                "[pricing]\ncpus_per_core = 0", "[slurm]\nsqueue =",
                "[slurm]\nsdiag = ./sdiag", "[reconcile]\ngrace_seconds = 0",
                "[reconcile]\ngrace_seconds = 3601", "[reconcile]\noverlap_seconds = 604801",
                "[reconcile]\noverlap_seconds = -1", "[pricing]\nrefund = node_fail:\x01",
                "[slurm]\nsacctmgr =", "[server]\nthreads = 0", "[server]\nthreads = 65",
                "[server]\nconnections = 15", "[server]\nmemory_per_connection = 4095",
                "[server]\nrequest_bytes = 100", "[server]\ntimeout_seconds = 0",
                "[auth]\nmunge = maybe", "[auth]\njwt_key = relative/key",
                "[auth]\nmetrics = everybody", "[server]\nstop_seconds = 301",
                "[server]\nassociations_seconds = 0",
        };
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                err = refused(wrong[i]);
                if (strncmp(err.text, "f.conf:2: ", 10) || !strstr(err.text, " cannot be \""))
                        fail_msg("%s: %s", wrong[i], err.text);
                assert_memory_equal(err.hint, "It takes ", 9);
        }
        err = refused("[hook]\ndeadline_ms = 0");
        assert_string_equal(err.text, "f.conf:2: hook.deadline_ms cannot be \"0\"");
        assert_string_equal(err.hint, "It takes a whole number from 1 to 10000.");
}

static void a_comment_behind_a_value_is_not_swallowed(void **state) {
        (void)state;
        assert_refused("[store]\npath = /x # the disk\n",
                       "2: a comment behind the value of store.path");
        assert_refused("[hook]\ndeadline_ms = 5\t# fast\n",
                       "2: a comment behind the value of hook.deadline_ms");
}

static void lines_that_are_no_settings_are_errors(void **state) {
        (void)state;
        assert_refused("[store]\n\npath\n", "3: not a setting");
        assert_refused("nonsense\n[stroe]\n", "1: not a setting");
        assert_refused("[store\npath = /x\n", "1: the section's \"]\" is missing");
        assert_refused("[store] path = /x\n", "1: text behind the section's name");
        assert_refused("x\n[store]\npath = x\n", "1: not a setting");
}

static void lines_are_bounded(void **state) {
        char text[400] = "[store]\npath = /";
        size_t n = strlen(text);

        (void)state;
        memset(text + n, 'x', 190 - 8);
        text[8 + 189] = '\n';
        text[8 + 190] = '\0';
        sq_config_free(parsed(text)); /* 190 bytes with the line's end */
        text[8 + 189] = text[8 + 190] = 'x';
        text[8 + 191] = '\0';
        assert_refused(text, "2: the line is longer than 190 bytes");
}

static void a_nul_byte_is_an_error(void **state) {
        static const char text[] = "[store]\npath = /x\0y\n";
        struct sq_error err = refused_bytes(text, sizeof text - 1);

        (void)state;
        assert_string_equal(err.text, "f.conf:2: the line holds a NUL byte");
}

static void errors_are_optional(void **state) {
        struct sq_config *config = NULL;

        (void)state;
        assert_int_equal(sq_config_parse("x", 1, "f", &config, NULL), SQ_EINVAL);
        assert_null(config);
        sq_config_free(NULL);
}

static char directory[] = "/tmp/test_config.XXXXXX";

static int make_directory(void **state) {
        (void)state;
        return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state) {
        (void)state;
        return rmdir(directory);
}

static const char *file(char *path, size_t size, const char *name, const char *text) {
        FILE *f;

        snprintf(path, size, "%s/%s", directory, name);
        if (text) {
                f = fopen(path, "w");
                assert_non_null(f);
                assert_true(fputs(text, f) >= 0);
                assert_int_equal(fclose(f), 0);
        }
        return path;
}

static void the_environment_names_the_file_and_an_argument_wins(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *by_environment = NULL;
        SQ_CLEANUP(sq_config_freep) struct sq_config *by_argument = NULL;
        char a[64], b[64];

        (void)state;
        file(a, sizeof a, "a.conf", "[hook]\ndeadline_ms = 1\n");
        file(b, sizeof b, "b.conf", "[hook]\ndeadline_ms = 2\n");
        setenv("SLURM_QUOTA_CONF", a, 1);
        assert_int_equal(sq_config_load(NULL, &by_environment, NULL), SQ_OK);
        assert_int_equal(by_environment->hook.deadline_ms, 1);
        assert_string_equal(sq_config_file(by_environment), a);
        assert_int_equal(sq_config_load(b, &by_argument, NULL), SQ_OK);
        assert_int_equal(by_argument->hook.deadline_ms, 2);
        unsetenv("SLURM_QUOTA_CONF");
        unlink(a);
        unlink(b);
}

static void a_file_that_was_named_must_exist(void **state) {
        struct sq_config *config = NULL;
        struct sq_error err;
        char path[64];

        (void)state;
        file(path, sizeof path, "missing.conf", NULL);
        setenv("SLURM_QUOTA_CONF", path, 1);
        assert_int_equal(sq_config_load(NULL, &config, &err), SQ_ENOTFOUND);
        assert_non_null(strstr(err.text, path));
        unsetenv("SLURM_QUOTA_CONF");
        assert_int_equal(sq_config_load(path, &config, &err), SQ_ENOTFOUND);
        assert_null(config);
}

static void without_the_default_file_all_is_default(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;

        (void)state;
        if (access(SQ_CONFIG_FILE, F_OK) == 0) {
                print_message("# skipped: there is a " SQ_CONFIG_FILE "\n");
                return;
        }
        setenv("SLURM_QUOTA_CONF", "", 1); /* empty is unset */
        assert_int_equal(sq_config_load(NULL, &config, NULL), SQ_OK);
        assert_null(sq_config_file(config));
        assert_int_equal(config->hook.deadline_ms, 50);
        unsetenv("SLURM_QUOTA_CONF");
}

static void only_regular_files_of_reasonable_size_are_read(void **state) {
        struct sq_config *config = NULL;
        struct sq_error err;
        char path[64];

        (void)state;
        assert_int_equal(sq_config_load("/", &config, &err), SQ_EINVAL);
        assert_int_equal(sq_config_load("/dev/null", &config, &err), SQ_EINVAL);
        file(path, sizeof path, "fifo", NULL);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(sq_config_load(path, &config, &err), SQ_EINVAL);
        unlink(path);
        file(path, sizeof path, "large.conf", "");
        assert_int_equal(truncate(path, 64 * 1024 + 1), 0);
        assert_int_equal(sq_config_load(path, &config, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "is larger than 65536 bytes"));
        unlink(path);
        assert_null(config);
}

static void an_error_in_a_file_names_it_and_the_line(void **state) {
        struct sq_config *config = NULL;
        struct sq_error err;
        char path[64], text[128];

        (void)state;
        file(path, sizeof path, "bad.conf", "[hook]\ndeadline_ms = soon\n");
        assert_int_equal(sq_config_load(path, &config, &err), SQ_EINVAL);
        snprintf(text, sizeof text, "%s:2: hook.deadline_ms cannot be \"soon\"", path);
        assert_string_equal(err.text, text);
        unlink(path);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_file_means_all_defaults),
                cmocka_unit_test(every_default_is_a_value_that_the_file_could_hold),
                cmocka_unit_test(every_key_can_be_set),
                cmocka_unit_test(a_list_goes_on_in_indented_lines),
                cmocka_unit_test(a_list_may_begin_in_the_line_below_its_key),
                cmocka_unit_test(a_list_has_a_bound),
                cmocka_unit_test(a_text_is_one_line),
                cmocka_unit_test(other_values_do_not_go_on),
                cmocka_unit_test(unknown_names_are_errors_that_say_which_there_are),
                cmocka_unit_test(a_key_counts_once),
                cmocka_unit_test(values_that_do_not_fit_are_errors_that_say_what_does),
                cmocka_unit_test(a_comment_behind_a_value_is_not_swallowed),
                cmocka_unit_test(lines_that_are_no_settings_are_errors),
                cmocka_unit_test(lines_are_bounded),
                cmocka_unit_test(a_nul_byte_is_an_error),
                cmocka_unit_test(errors_are_optional),
                cmocka_unit_test(the_environment_names_the_file_and_an_argument_wins),
                cmocka_unit_test(a_file_that_was_named_must_exist),
                cmocka_unit_test(without_the_default_file_all_is_default),
                cmocka_unit_test(only_regular_files_of_reasonable_size_are_read),
                cmocka_unit_test(an_error_in_a_file_names_it_and_the_line),
        };

        return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
