#include "fixture.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counter.h"

/* A directory on tmpfs and the counters' file in it. */
struct world {
        char directory[64], path[96];
        struct sq_counters c;
};

static int start(void **state) {
        struct world *w = calloc(1, sizeof *w);
        struct statfs fs;

        assert_non_null(w);
        snprintf(w->directory, sizeof w->directory, "/dev/shm/sq-counter-XXXXXX");
        if (statfs("/dev/shm", &fs) || fs.f_type != TMPFS_MAGIC || !mkdtemp(w->directory)) {
                printf("# there is no tmpfs on /dev/shm\n");
                free(w);
                return -1;
        }
        snprintf(w->path, sizeof w->path, "%s/counters", w->directory);
        *state = w;
        return 0;
}

static int stop(void **state) {
        struct world *w = *state;

        sq_counters_close(&w->c);
        fixture_remove_directory(w->directory);
        free(w);
        return 0;
}

static void open_as(struct world *w, enum sq_counters_use use) {
        sq_counters_open(&w->c, w->path, use);
}

static struct sq_counts counts(const struct world *w) {
        struct sq_counts counts = {0};
        struct sq_error err = {.text = ""};
        int rc = sq_counts_read(w->path, &counts, &err);

        if (rc)
                print_message("%s\n", err.text);
        assert_int_equal(rc, SQ_OK);
        return counts;
}

static uint64_t accepted(const struct world *w) {
        return counts(w).of[SQ_COUNT_ACCEPTED_SUBMIT];
}

static int read_code(const struct world *w) {
        struct sq_counts counts;

        return sq_counts_read(w->path, &counts, NULL);
}

/* A file of ours, and what was in it. */
static void make(struct world *w) {
        open_as(w, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 1);
        sq_counters_close(&w->c);
}

/* Changes one byte. */
static void damage(const struct world *w, off_t at) {
        int fd = open(w->path, O_RDWR | O_CLOEXEC);
        char byte;

        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        close(fd);
}

/* A hook puts another in its place; a command leaves it and counts for itself. */
static void is_unfit_and_replaced(struct world *w) {
        open_as(w, SQ_COUNTERS_COMMAND);
        assert_null(w->c.mapped);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        open_as(w, SQ_COUNTERS_HOOK);
        assert_non_null(w->c.mapped);
        assert_int_equal(accepted(w), 1);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 2);
}

static void what_is_counted_can_be_read(void **state) {
        struct world *w = *state;
        struct stat st;

        assert_int_equal(read_code(w), SQ_ENOTFOUND);
        open_as(w, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        sq_count_more(&w->c, SQ_COUNT_PASS_FAILED, 7);
        sq_count_more(&w->c, SQ_COUNT_PASS_FAILED, -7);
        sq_count_more(&w->c, SQ_COUNT_PASS_FAILED, 0);
        assert_int_equal(counts(w).of[SQ_COUNT_ACCEPTED_SUBMIT], 1);
        assert_int_equal(counts(w).of[SQ_COUNT_PASS_FAILED], 7);
        assert_int_equal(counts(w).of[SQ_COUNT_ACCEPTED_MODIFY], 0);
        assert_true(sq_now() - counts(w).since < 60);
        assert_int_equal(stat(w->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0640);
}

static void counts_survive_who_counted(void **state) {
        struct world *w = *state;

        make(w);
        open_as(w, SQ_COUNTERS_COMMAND);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 2);
}

static void a_call_is_in_the_bucket_whose_bound_it_does_not_exceed(void **state) {
        struct world *w = *state;
        struct sq_counts now;

        open_as(w, SQ_COUNTERS_HOOK);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, 0);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, 25000);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, 25001);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, 100000000);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, 100000001);
        sq_count_time(&w->c, SQ_TIMER_MODIFY, -1); /* no clock goes back */
        now = counts(w);
        assert_int_equal(sq_counts_bucket(&now, SQ_TIMER_MODIFY, 0), 2);
        assert_int_equal(sq_counts_bucket(&now, SQ_TIMER_MODIFY, 1), 1);
        assert_int_equal(sq_counts_bucket(&now, SQ_TIMER_MODIFY, SQ_TIMER_BOUNDS - 1), 1);
        assert_int_equal(sq_counts_bucket(&now, SQ_TIMER_MODIFY, SQ_TIMER_BOUNDS), 1);
        assert_int_equal(sq_counts_sum(&now, SQ_TIMER_MODIFY), 200050002);
        assert_int_equal(sq_counts_sum(&now, SQ_TIMER_SUBMIT), 0);
}

#define THREADS 4
#define PROCESSES 4
#define TIMES 50000

static void *count_often(void *counters) {
        for (int i = 0; i < TIMES; i++) {
                sq_count(counters, SQ_COUNT_ACCEPTED_SUBMIT);
                sq_count_time(counters, SQ_TIMER_SUBMIT, 30000);
        }
        return NULL;
}

static int count_in_threads(void *payload) {
        pthread_t thread[THREADS];

        for (int i = 0; i < THREADS; i++)
                if (pthread_create(&thread[i], NULL, count_often, payload))
                        return 1;
        for (int i = 0; i < THREADS; i++)
                pthread_join(thread[i], NULL);
        return 0;
}

static void threads_and_forked_processes_lose_nothing(void **state) {
        struct world *w = *state;
        const uint64_t all = (uint64_t)THREADS * (PROCESSES + 1) * TIMES;
        pid_t child[PROCESSES];
        struct sq_counts now;

        open_as(w, SQ_COUNTERS_HOOK);
        for (int i = 0; i < PROCESSES; i++)
                child[i] = fixture_fork(count_in_threads, &w->c);
        assert_int_equal(count_in_threads(&w->c), 0);
        for (int i = 0; i < PROCESSES; i++)
                assert_int_equal(fixture_wait(child[i]), 0);
        now = counts(w);
        assert_int_equal(now.of[SQ_COUNT_ACCEPTED_SUBMIT], all);
        assert_int_equal(sq_counts_bucket(&now, SQ_TIMER_SUBMIT, 1), all);
        assert_int_equal(sq_counts_sum(&now, SQ_TIMER_SUBMIT), all * 30000);
}

static int open_and_count(void *payload) {
        struct world *w = payload;
        struct sq_counters own = {.mapped = NULL};

        for (int i = 0; i < 200; i++) {
                sq_counters_look(&own, w->path, SQ_COUNTERS_HOOK);
                if (!own.mapped)
                        return 1;
                sq_count(&own, SQ_COUNT_ACCEPTED_SUBMIT);
                sq_counters_close(&own);
        }
        return 0;
}

static void those_who_begin_at_the_same_time_make_one_file(void **state) {
        struct world *w = *state;
        pid_t child[PROCESSES];

        for (int i = 0; i < PROCESSES; i++)
                child[i] = fixture_fork(open_and_count, w);
        for (int i = 0; i < PROCESSES; i++)
                assert_int_equal(fixture_wait(child[i]), 0);
        assert_int_equal(accepted(w), PROCESSES * 200);
}

static void what_was_counted_without_a_file_goes_into_it(void **state) {
        struct world *w = *state;

        assert_int_equal(rmdir(w->directory), 0);
        open_as(w, SQ_COUNTERS_HOOK);
        assert_null(w->c.mapped);
        sq_count_more(&w->c, SQ_COUNT_ACCEPTED_SUBMIT, 3);
        sq_count_time(&w->c, SQ_TIMER_SUBMIT, 1);
        assert_int_equal(mkdir(w->directory, 0700), 0);
        sq_counters_look(&w->c, w->path, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 4);
        sq_counters_look(&w->c, w->path, SQ_COUNTERS_HOOK);
        assert_int_equal(accepted(w), 4); /* once */
}

static void no_file_on_a_disk_is_used_or_made(void **state) {
        struct world *w = *state;
        char directory[64];
        struct statfs fs;

        fixture_make_directory(directory);
        snprintf(w->path, sizeof w->path, "%s/counters", directory);
        if (!statfs(directory, &fs) && fs.f_type != TMPFS_MAGIC) {
                open_as(w, SQ_COUNTERS_HOOK);
                assert_null(w->c.mapped);
                assert_int_equal(rmdir(directory), 0); /* nothing is in it */
                return;
        }
        printf("# /tmp is no disk\n");
        fixture_remove_directory(directory);
}

static void a_file_that_is_cut_off_is_no_file_of_ours(void **state) {
        struct world *w = *state;

        make(w);
        assert_int_equal(truncate(w->path, 100), 0);
        assert_int_equal(read_code(w), SQ_ECORRUPT);
        is_unfit_and_replaced(w);
}

static void a_file_with_a_hole_is_not_mapped(void **state) {
        struct world *w = *state;

        make(w);
        assert_int_equal(truncate(w->path, 0), 0);
        assert_int_equal(truncate(w->path, 4096), 0);
        is_unfit_and_replaced(w);
}

static void a_damaged_head_is_not_believed(void **state) {
        struct world *w = *state;

        make(w);
        damage(w, 0);
        assert_int_equal(read_code(w), SQ_ECORRUPT);
        is_unfit_and_replaced(w);
}

static void another_versions_layout_is_not_counted_in(void **state) {
        struct world *w = *state;

        make(w);
        damage(w, 8);
        assert_int_equal(read_code(w), SQ_EVERSION);
        is_unfit_and_replaced(w);
}

static void a_file_that_others_may_write_is_not_mapped(void **state) {
        struct world *w = *state;

        make(w);
        assert_int_equal(chmod(w->path, 0660), 0);
        assert_int_equal(read_code(w), SQ_EACCESS);
        is_unfit_and_replaced(w);
}

static void a_strangers_file_is_not_mapped(void **state) {
        struct world *w = *state;

        if (!fixture_is_root())
                return;
        make(w);
        assert_int_equal(chown(w->path, 65534, 65534), 0);
        assert_int_equal(read_code(w), SQ_EACCESS);
        is_unfit_and_replaced(w);
}

static void roots_file_belongs_to_whom_the_directory_does(void **state) {
        struct world *w = *state;
        struct stat st;

        if (!fixture_is_root())
                return;
        assert_int_equal(chown(w->directory, 65534, 65534), 0);
        make(w);
        assert_int_equal(stat(w->path, &st), 0);
        assert_int_equal(st.st_uid, 65534);
        open_as(w, SQ_COUNTERS_COMMAND);
        assert_non_null(w->c.mapped);
}

static void a_link_is_not_followed(void **state) {
        struct world *w = *state;
        char other[128];

        make(w);
        snprintf(other, sizeof other, "%s/other", w->directory);
        assert_int_equal(rename(w->path, other), 0);
        assert_int_equal(symlink(other, w->path), 0);
        is_unfit_and_replaced(w);
        sq_counters_close(&w->c);
        assert_int_equal(rename(other, w->path), 0);
        assert_int_equal(accepted(w), 1);
}

static void what_is_no_file_is_left_alone(void **state) {
        struct world *w = *state;

        assert_int_equal(mkdir(w->path, 0700), 0);
        open_as(w, SQ_COUNTERS_HOOK);
        assert_null(w->c.mapped);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_true(read_code(w) < 0);
        assert_int_equal(rmdir(w->path), 0);
        assert_int_equal(mkfifo(w->path, 0600), 0);
        assert_true(read_code(w) < 0);
        open_as(w, SQ_COUNTERS_COMMAND); /* and nobody waits for it */
        assert_null(w->c.mapped);
}

static int count_as_nobody(void *payload) {
        struct world *w = payload;

        open_as(w, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        return w->c.mapped != NULL;
}

static void a_file_that_cannot_be_written_is_survived(void **state) {
        struct world *w = *state;

        if (!fixture_is_root())
                return;
        make(w);
        assert_int_equal(chmod(w->directory, 0755), 0);
        assert_int_equal(fixture_as_nobody(count_as_nobody, w), 0);
        assert_int_equal(accepted(w), 1);
}

static void a_file_cut_off_while_it_is_mapped_is_let_go_at_the_next_look(void **state) {
        struct world *w = *state;

        open_as(w, SQ_COUNTERS_HOOK);
        assert_non_null(w->c.mapped);
        assert_int_equal(truncate(w->path, 0), 0);
        sq_counters_look(&w->c, w->path, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 1);
}

static void a_file_that_was_removed_is_made_again_at_the_next_look(void **state) {
        struct world *w = *state;

        open_as(w, SQ_COUNTERS_HOOK);
        assert_int_equal(unlink(w->path), 0);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT); /* nobody will see it, nobody dies of it */
        sq_counters_look(&w->c, w->path, SQ_COUNTERS_HOOK);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(accepted(w), 1);
}

static void a_full_file_system_is_survived(void **state) {
        struct world *w = *state;
        char filler[128], page[4096] = "";
        int fd;

        if (!fixture_mount(w->directory, "65536"))
                return;
        snprintf(filler, sizeof filler, "%s/filler", w->directory);
        fd = open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        for (int i = 0; i < 100 && write(fd, page, sizeof page) == (ssize_t)sizeof page; i++)
                ;
        open_as(w, SQ_COUNTERS_HOOK);
        assert_null(w->c.mapped);
        sq_count(&w->c, SQ_COUNT_ACCEPTED_SUBMIT);
        assert_int_equal(read_code(w), SQ_ENOTFOUND);
        assert_int_equal(ftruncate(fd, 0), 0);
        close(fd);
        sq_counters_look(&w->c, w->path, SQ_COUNTERS_HOOK);
        assert_int_equal(accepted(w), 1);
        sq_counters_close(&w->c);
        fixture_unmount(w->directory);
}

static bool is_metric_name(const char *name) {
        return !strncmp(name, "slurm_quota_", 12) &&
               name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static void names_are_those_of_prometheus_and_families_stay_together(void **state) {
        (void)state;
        for (int i = 0; i < SQ_COUNTERS; i++) {
                const struct sq_counter_about *a = sq_counter_about((enum sq_counter)i);
                bool left = false;

                assert_non_null(a->name);
                assert_true(is_metric_name(a->name));
                assert_string_equal(a->name + strlen(a->name) - 6, "_total");
                assert_true(a->help && *a->help && a->help[strlen(a->help) - 1] == '.');
                for (int j = i + 1; j < SQ_COUNTERS; j++) {
                        const struct sq_counter_about *b = sq_counter_about((enum sq_counter)j);
                        const bool same = !strcmp(a->name, b->name);

                        assert_false(same && left);
                        left |= !same;
                        assert_true(!same || !a->labels || !b->labels ||
                                    strcmp(a->labels, b->labels) != 0);
                        assert_true(!same || !strcmp(a->help, b->help));
                }
        }
}

static void bounds_rise_and_are_written_as_they_are(void **state) {
        int64_t before = 0;

        (void)state;
        for (int i = 0; i < SQ_TIMER_BOUNDS; i++) {
                assert_true(sq_timer_bound(i) > before);
                before = sq_timer_bound(i);
                assert_true(strtod(sq_timer_bound_text(i), NULL) * 1e9 - (double)before < 0.5);
                assert_true(strtod(sq_timer_bound_text(i), NULL) * 1e9 - (double)before > -0.5);
        }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(what_is_counted_can_be_read),
                CASE(counts_survive_who_counted),
                CASE(a_call_is_in_the_bucket_whose_bound_it_does_not_exceed),
                CASE(threads_and_forked_processes_lose_nothing),
                CASE(those_who_begin_at_the_same_time_make_one_file),
                CASE(what_was_counted_without_a_file_goes_into_it),
                CASE(no_file_on_a_disk_is_used_or_made),
                CASE(a_file_that_is_cut_off_is_no_file_of_ours),
                CASE(a_file_with_a_hole_is_not_mapped),
                CASE(a_damaged_head_is_not_believed),
                CASE(another_versions_layout_is_not_counted_in),
                CASE(a_file_that_others_may_write_is_not_mapped),
                CASE(a_strangers_file_is_not_mapped),
                CASE(roots_file_belongs_to_whom_the_directory_does),
                CASE(a_link_is_not_followed),
                CASE(what_is_no_file_is_left_alone),
                CASE(a_file_that_cannot_be_written_is_survived),
                CASE(a_file_cut_off_while_it_is_mapped_is_let_go_at_the_next_look),
                CASE(a_file_that_was_removed_is_made_again_at_the_next_look),
                CASE(a_full_file_system_is_survived),
                cmocka_unit_test(names_are_those_of_prometheus_and_families_stay_together),
                cmocka_unit_test(bounds_rise_and_are_written_as_they_are),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
