#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "slurm/request.h"

#define DAY (24 * 60)

/* The macros below set everything and then some of it again. */
#pragma GCC diagnostic ignored "-Woverride-init"

#define PARTITION(...) {                                                                \
        .default_time = SQ_UNSET, .max_time = SQ_UNSET, .total_cpus = SQ_UNSET,          \
        .total_nodes = SQ_UNSET, .min_nodes = SQ_UNSET, .max_nodes = SQ_UNSET,           \
        .max_cpus_per_node = SQ_UNSET, .max_mem_per_cpu = SQ_UNSET, __VA_ARGS__}

static const struct sq_partition parts[] = {
        PARTITION(.name = "small", .default_time = 60, .max_time = DAY, .total_cpus = 640,
                  .total_nodes = 10, .is_default = true),
        PARTITION(.name = "big", .max_time = 7 * DAY, .total_cpus = 2560, .total_nodes = 20),
        PARTITION(.name = "endless", .max_time = SQ_INFINITE, .total_cpus = 100,
                  .total_nodes = 3, .max_nodes = SQ_INFINITE),
        PARTITION(.name = "whole", .default_time = 30, .max_time = 120, .total_cpus = 256,
                  .total_nodes = 4, .exclusive = true),
        PARTITION(.name = "wide", .default_time = 30, .total_cpus = 640, .total_nodes = 10,
                  .min_nodes = 2, .max_nodes = 3),
        PARTITION(.name = "narrow", .default_time = 30, .total_cpus = 640, .total_nodes = 10,
                  .max_cpus_per_node = 16),
        PARTITION(.name = "lean", .default_time = 30, .total_cpus = 640, .total_nodes = 10,
                  .max_mem_per_cpu = 1000),
        PARTITION(.name = "unknown", .default_time = 30),
        PARTITION(.name = "never", .default_time = 0, .max_time = 90),
        PARTITION(.name = "small2", .default_time = 600, .max_time = DAY, .total_cpus = 640,
                  .total_nodes = 10),
};

#define REQUEST(...) (struct sq_job_request){                                           \
        .num_tasks = SQ_UNSET, .cpus_per_task = SQ_UNSET, .ntasks_per_node = SQ_UNSET,   \
        .ntasks_per_socket = SQ_UNSET, .ntasks_per_core = SQ_UNSET,                      \
        .ntasks_per_tres = SQ_UNSET, .sockets_per_node = SQ_UNSET,                       \
        .threads_per_core = SQ_UNSET, .min_cpus = SQ_UNSET, .pn_min_cpus = SQ_UNSET,     \
        .min_nodes = SQ_UNSET, .max_nodes = SQ_UNSET, .min_mem_per_cpu = SQ_UNSET,       \
        .min_mem_per_node = SQ_UNSET, .shared = SQ_UNSET, .reboot = SQ_UNSET,            \
        .time_limit = SQ_UNSET, .end_time = SQ_UNSET, __VA_ARGS__}

#define RECORD(...) (struct sq_job_record){                                             \
        .job_state = 0, .time_limit = 60, .end_time = SQ_UNSET, .min_cpus = 8,           \
        .pn_min_cpus = 1, .min_nodes = 1, .max_nodes = 0, .min_mem_per_cpu = SQ_UNSET,   \
        .min_mem_per_node = SQ_UNSET, .reboot = SQ_UNSET, .array_task_cnt = SQ_UNSET,    \
        .partition = "small", .tres_fmt_req_str = "cpu=8,mem=8000M,node=1,billing=8",    \
        __VA_ARGS__}

static const struct sq_site plain = {.cpus_per_core = 1};
static const struct sq_site threads = {.cpus_per_core = 2};
static const struct sq_site four_threads = {.cpus_per_core = 4};
static const struct sq_site gpus_known = {
        .exclusive_gres = "small=gpu:h100:4; big=gpu:a100:8,gpu:v100:2 ;whole=gpu:2"};

/* The price as one line: tasks x cpu/node/gpus[:typed...] for seconds. */
static const char *show(const struct sq_price *price) {
        static char text[4][512];
        static unsigned turn;
        char *const shown = text[turn++ % 4];
        size_t n = 0, size = sizeof text[0];

        n += (size_t)snprintf(shown + n, size - n, "%lldx cpu=%lld node=%lld",
                              (long long)price->tasks,
                              (long long)sq_tres_count(&price->tres, "cpu"),
                              (long long)sq_tres_count(&price->tres, "node"));
        for (size_t i = 0; i < price->tres.n; i++)
                if (strcmp(price->tres.item[i].name, "cpu") &&
                    strcmp(price->tres.item[i].name, "node"))
                        n += (size_t)snprintf(shown + n, size - n, " %s=%lld",
                                              price->tres.item[i].name,
                                              (long long)price->tres.item[i].count);
        snprintf(shown + n, size - n, " %llds%s", (long long)price->seconds,
                 price->open_ended ? " open" : "");
        return shown;
}

static const char *price_on(const struct sq_site *site, struct sq_job_request request) {
        struct sq_error err = {.text = ""};
        struct sq_price price;

        if (sq_request_price(&request, parts, sizeof parts / sizeof parts[0], site, &price,
                             &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(price.nodes, sq_tres_count(&price.tres, "node"));
        return show(&price);
}

#define price(...) price_on(&plain, REQUEST(__VA_ARGS__))

static void refused(struct sq_job_request request, int code, const char *says) {
        struct sq_error err = {.text = ""};
        struct sq_price price = {.nodes = 77};

        assert_int_equal(sq_request_price(&request, parts, sizeof parts / sizeof parts[0], NULL,
                                          &price, &err), code);
        if (!strstr(err.text, says))
                fail_msg("\"%s\" does not say \"%s\"", err.text, says);
        assert_int_equal(price.nodes, 77);
}

#define is assert_string_equal

/* ------------------------------------------------------------------- CPUs */

static void a_job_that_says_nothing_gets_one_cpu_for_the_default_time(void **state) {
        (void)state;
        is(price(), "1x cpu=1 node=1 3600s");
        is(price_on(NULL, REQUEST()), "1x cpu=1 node=1 3600s");
        is(price(.partition = ""), "1x cpu=1 node=1 3600s");
        is(price(.array_inx = "0-9%2"), "10x cpu=1 node=1 3600s");
}

static void cpus_are_the_largest_of_what_is_asked(void **state) {
        (void)state;
        is(price(.min_cpus = 4), "1x cpu=4 node=1 3600s");
        is(price(.num_tasks = 8, .cpus_per_task = 2, .min_cpus = 16), "1x cpu=16 node=1 3600s");
        is(price(.num_tasks = 8, .cpus_per_task = 2), "1x cpu=16 node=1 3600s");
        is(price(.cpus_per_task = 8, .min_cpus = 8), "1x cpu=8 node=1 3600s");
        is(price(.cpus_per_task = 8, .min_nodes = 2, .max_nodes = 2), "1x cpu=16 node=2 3600s");
        is(price(.pn_min_cpus = 8, .min_nodes = 3, .max_nodes = 3), "1x cpu=24 node=3 3600s");
        is(price(.tres_per_task = "cpu=4", .num_tasks = 2), "1x cpu=8 node=1 3600s");
        is(price(.tres_per_task = "cpu=4,gres/gpu:h100=1", .num_tasks = 2, .cpus_per_task = 4),
           "1x cpu=8 node=1 gres/gpu:h100=2 gres/gpu=2 3600s");
        /* -N3 alone: a CPU on each */
        is(price(.min_nodes = 3, .max_nodes = 3, .min_cpus = 1), "1x cpu=3 node=3 3600s");
}

static void tasks_per_node_count_on_every_node(void **state) {
        (void)state;
        is(price(.ntasks_per_node = 4, .min_nodes = 2, .max_nodes = 2, .min_cpus = 8),
           "1x cpu=8 node=2 3600s");
        is(price(.ntasks_per_node = 4, .cpus_per_task = 3, .min_nodes = 2, .max_nodes = 2),
           "1x cpu=24 node=2 3600s");
        is(price(.ntasks_per_node = 4), "1x cpu=4 node=1 3600s");
        /* 10 tasks at 4 a node: three nodes with room for 4 each */
        is(price(.num_tasks = 10, .ntasks_per_node = 4), "1x cpu=12 node=3 3600s");
        is(price(.num_tasks = 10, .ntasks_per_node = 4, .min_nodes = 3),
           "1x cpu=12 node=3 3600s");
        /* a single task does not widen the node (job_mgr.c: num_tasks > 1) */
        is(price(.num_tasks = 1, .ntasks_per_node = 4), "1x cpu=1 node=1 3600s");
}

static void cpus_per_gpu_count(void **state) {
        static const struct sq_site site = {.cpus_per_gpu = 6};

        (void)state;
        is(price(.tres_per_job = "gres/gpu:4", .cpus_per_tres = "gres/gpu:8"),
           "1x cpu=32 node=1 gres/gpu=4 3600s");
        is(price(.tres_per_node = "gres:gpu:h100:2", .cpus_per_tres = "gres:gpu:8",
                 .min_nodes = 2, .max_nodes = 2),
           "1x cpu=32 node=2 gres/gpu:h100=4 gres/gpu=4 3600s");
        is(price_on(&site, REQUEST(.tres_per_job = "gpu:2")),
           "1x cpu=12 node=1 gres/gpu=2 3600s");
        is(price_on(&site, REQUEST(.tres_per_job = "gpu:2", .cpus_per_tres = "gpu:1")),
           "1x cpu=2 node=1 gres/gpu=2 3600s");
}

static void too_much_memory_per_cpu_becomes_cpus(void **state) {
        static const struct sq_site site = {.max_mem_per_cpu = 2000};

        (void)state;
        is(price(.partition = "lean", .num_tasks = 2, .min_mem_per_cpu = 2500),
           "1x cpu=6 node=1 mem=15000 1800s");
        is(price(.partition = "lean", .num_tasks = 2, .min_mem_per_cpu = 1000),
           "1x cpu=2 node=1 mem=2000 1800s");
        is(price(.partition = "lean", .num_tasks = 1, .min_mem_per_node = 7500),
           "1x cpu=8 node=1 mem=7500 1800s");
        is(price(.partition = "lean", .ntasks_per_node = 2, .min_mem_per_node = 7500,
                 .min_nodes = 2, .max_nodes = 2), "1x cpu=16 node=2 mem=15000 1800s");
        is(price_on(&site, REQUEST(.min_mem_per_cpu = 5000)),
           "1x cpu=3 node=1 mem=15000 3600s");
        /* the smallest of several partitions */
        is(price_on(&site, REQUEST(.partition = "small,lean,wide", .min_mem_per_cpu = 3000)),
           "1x cpu=3 node=1 mem=9000 3600s");
}

static void whole_cores_are_given(void **state) {
        (void)state;
        is(price_on(&threads, REQUEST(.min_cpus = 3)), "1x cpu=4 node=1 3600s");
        is(price_on(&threads, REQUEST(.min_cpus = 4)), "1x cpu=4 node=1 3600s");
        /* --threads-per-core=1, --hint=nomultithread */
        is(price_on(&threads, REQUEST(.num_tasks = 4, .threads_per_core = 1)),
           "1x cpu=8 node=1 3600s");
        is(price_on(&threads, REQUEST(.num_tasks = 4, .threads_per_core = 2)),
           "1x cpu=4 node=1 3600s");
        is(price_on(&four_threads, REQUEST(.num_tasks = 4, .threads_per_core = 2)),
           "1x cpu=16 node=1 3600s");
        is(price_on(&threads, REQUEST(.num_tasks = 4, .ntasks_per_core = 1)),
           "1x cpu=8 node=1 3600s");
        is(price_on(&threads, REQUEST(.num_tasks = 4, .cpus_per_task = 3,
                                      .ntasks_per_core = 1)),
           "1x cpu=16 node=1 3600s");
        is(price_on(&threads, REQUEST(.num_tasks = 4, .cpus_per_task = 2,
                                      .ntasks_per_core = 2)),
           "1x cpu=8 node=1 3600s");
        is(price_on(&threads, REQUEST(.ntasks_per_core = SQ_INFINITE)),
           "1x cpu=2 node=1 3600s");
        is(price_on(&threads, REQUEST(.min_nodes = 3, .max_nodes = 3)),
           "1x cpu=6 node=3 3600s");
}

/* ------------------------------------------------------------------ nodes */

static void a_range_of_nodes_costs_its_upper_end(void **state) {
        (void)state;
        is(price(.min_nodes = 2, .max_nodes = 4, .min_cpus = 2), "1x cpu=4 node=4 3600s");
        is(price(.min_nodes = 2, .max_nodes = 4, .ntasks_per_node = 3),
           "1x cpu=12 node=4 3600s");
        is(price(.max_nodes = 4), "1x cpu=4 node=4 3600s");
        is(price(.min_nodes = 2), "1x cpu=2 node=2 3600s");
        is(price(.min_nodes = 2, .max_nodes = 0), "1x cpu=2 node=2 3600s");
        /* but not more than there are */
        is(price(.min_nodes = 2, .max_nodes = 400), "1x cpu=10 node=10 3600s");
        is(price(.min_nodes = 2, .max_nodes = 400, .partition = "endless,small"),
           "1x cpu=10 node=10 31536000s open");
        is(price(.min_nodes = 2, .max_nodes = 400, .partition = "unknown"),
           "1x cpu=400 node=400 1800s");
        /* what cannot run is priced as asked */
        is(price(.min_nodes = 30, .max_nodes = 30), "1x cpu=30 node=30 3600s");
}

static void partitions_bound_the_nodes(void **state) {
        (void)state;
        is(price(.partition = "wide"), "1x cpu=2 node=2 1800s");
        is(price(.partition = "wide", .min_nodes = 1, .max_nodes = 9), "1x cpu=3 node=3 1800s");
        is(price(.partition = "small,wide"), "1x cpu=1 node=1 3600s");
        is(price(.partition = "wide,small", .max_nodes = 9), "1x cpu=9 node=9 1800s");
}

static void cpus_need_nodes(void **state) {
        (void)state;
        is(price(.min_cpus = 65), "1x cpu=65 node=2 3600s");
        is(price(.num_tasks = 200), "1x cpu=200 node=4 3600s");
        is(price(.num_tasks = 200, .partition = "narrow"), "1x cpu=200 node=10 1800s");
        is(price(.num_tasks = 32, .partition = "narrow"), "1x cpu=32 node=2 1800s");
        is(price(.num_tasks = 200, .min_nodes = 2), "1x cpu=200 node=4 3600s");
        is(price(.num_tasks = 200, .min_nodes = 2, .max_nodes = 2), "1x cpu=200 node=2 3600s");
        is(price(.num_tasks = 200, .partition = "unknown"), "1x cpu=200 node=1 1800s");
        /* and what is asked for per node comes with them */
        is(price(.num_tasks = 128, .tres_per_node = "gpu:4"),
           "1x cpu=128 node=2 gres/gpu=8 3600s");
}

static void exclusive_jobs_get_whole_nodes(void **state) {
        static const struct sq_site linear = {.whole_nodes = true};

        (void)state;
        is(price(.shared = SQ_SHARED_NONE), "1x cpu=64 node=1 3600s");
        is(price(.shared = SQ_SHARED_NONE, .min_nodes = 2, .max_nodes = 3),
           "1x cpu=192 node=3 3600s");
        is(price(.shared = SQ_SHARED_NONE, .num_tasks = 65), "1x cpu=128 node=2 3600s");
        is(price(.shared = SQ_SHARED_NONE, .partition = "narrow", .num_tasks = 32),
           "1x cpu=64 node=1 1800s");
        is(price(.shared = SQ_SHARED_NONE, .partition = "small,big"),
           "1x cpu=128 node=1 3600s");
        /* nodes of a partition: the mean, rounded up */
        is(price(.shared = SQ_SHARED_NONE, .partition = "endless", .time_limit = 1),
           "1x cpu=34 node=1 60s");
        is(price(.shared = SQ_SHARED_NONE, .partition = "unknown"), "1x cpu=1 node=1 1800s");
        is(price(.reboot = 1), "1x cpu=64 node=1 3600s");
        is(price(.reboot = 0), "1x cpu=1 node=1 3600s");
        is(price(.partition = "whole"), "1x cpu=64 node=1 1800s");
        is(price(.partition = "small,whole"), "1x cpu=64 node=1 3600s");
        is(price_on(&linear, REQUEST()), "1x cpu=64 node=1 3600s");
        /* user, mcs, topo: others stay away, but only what was asked is given */
        is(price(.shared = 2), "1x cpu=1 node=1 3600s");
        is(price(.shared = 4), "1x cpu=1 node=1 3600s");
}

static void exclusive_jobs_get_the_gpus_that_the_site_names(void **state) {
        (void)state;
        is(price_on(&gpus_known, REQUEST(.shared = 0)),
           "1x cpu=64 node=1 gres/gpu:h100=4 gres/gpu=4 3600s");
        is(price_on(&gpus_known, REQUEST(.shared = 0, .tres_per_node = "gpu:h100:1",
                                         .min_nodes = 2, .max_nodes = 2)),
           "1x cpu=128 node=2 gres/gpu:h100=8 gres/gpu=8 3600s");
        is(price_on(&gpus_known, REQUEST(.shared = 0, .partition = "big", .time_limit = 1)),
           "1x cpu=128 node=1 gres/gpu:a100=8 gres/gpu:v100=2 gres/gpu=10 60s");
        is(price_on(&gpus_known, REQUEST(.partition = "whole")),
           "1x cpu=64 node=1 gres/gpu=2 1800s");
        is(price_on(&gpus_known, REQUEST(.partition = "wide", .shared = 0)),
           "1x cpu=128 node=2 1800s");
        is(price_on(&gpus_known, REQUEST()), "1x cpu=1 node=1 3600s");
        /* 10 GPUs do not fit on one node with 4 */
        is(price_on(&gpus_known, REQUEST(.tres_per_job = "gpu:h100:10")),
           "1x cpu=3 node=3 gres/gpu:h100=10 gres/gpu=10 3600s");
}

static void the_site_text_is_checked_when_it_is_read(void **state) {
        struct sq_error err;
        struct sq_site site = gpus_known;
        struct sq_job_request request = REQUEST();
        struct sq_price price;
        char text[1200];

        (void)state;
        assert_int_equal(sq_site_check(&site, &err), SQ_OK);
        site.exclusive_gres = NULL;
        assert_int_equal(sq_site_check(&site, &err), SQ_OK);
        site.exclusive_gres = " small = gpu:1";
        assert_int_equal(sq_site_check(&site, &err), SQ_OK);
        site.exclusive_gres = ";;\n small=gpu:1;\n";
        assert_int_equal(sq_site_check(&site, &err), SQ_OK);
        site.exclusive_gres = "small";
        assert_int_equal(sq_site_check(&site, &err), SQ_EINVAL);
        site.exclusive_gres = "=gpu:1";
        assert_int_equal(sq_site_check(&site, &err), SQ_EINVAL);
        site.exclusive_gres = "small=gpu:";
        assert_int_equal(sq_site_check(&site, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "partition \"small\""));
        assert_int_equal(sq_request_price(&request, parts, 1, &site, &price, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "partition \"small\""));
        site.exclusive_gres = "small=gpu:a:9223372036854775807,gpu:b:1";
        assert_int_equal(sq_request_price(&request, parts, 1, &site, &price, &err), SQ_ERANGE);
        memset(text, 'g', sizeof text);
        memcpy(text, "small=", 6);
        text[sizeof text - 1] = '\0';
        site.exclusive_gres = text;
        assert_int_equal(sq_site_check(&site, &err), SQ_EINVAL);
        memset(text, 'x', sizeof text - 1);
        text[1100] = '=';
        assert_int_equal(sq_site_check(&site, &err), SQ_EINVAL);
}

/* ------------------------------------------------------------------- GPUs */

static void gpus_are_counted_in_every_place(void **state) {
        (void)state;
        is(price(.tres_per_job = "gres:gpu:h100:2"),
           "1x cpu=1 node=1 gres/gpu:h100=2 gres/gpu=2 3600s");
        is(price(.tres_per_node = "gres/gpu:2", .min_nodes = 3, .max_nodes = 3),
           "1x cpu=3 node=3 gres/gpu=6 3600s");
        is(price(.tres_per_task = "gres/gpu:1", .num_tasks = 5),
           "1x cpu=5 node=1 gres/gpu=5 3600s");
        is(price(.tres_per_socket = "gpu:1", .sockets_per_node = 2, .min_nodes = 3,
                 .max_nodes = 3), "1x cpu=3 node=3 gres/gpu=6 3600s");
        is(price(.tres_per_socket = "gpu:1", .ntasks_per_socket = 4, .num_tasks = 9),
           "1x cpu=9 node=1 gres/gpu=3 3600s");
        is(price(.tres_per_socket = "gpu:1", .ntasks_per_socket = SQ_INFINITE),
           "1x cpu=1 node=1 gres/gpu=1 3600s");
        is(price(.tres_per_node = "gpu:h100:1,gpu:a100:2", .min_nodes = 2, .max_nodes = 2),
           "1x cpu=2 node=2 gres/gpu:h100=2 gres/gpu:a100=4 gres/gpu=6 3600s");
        is(price(.tres_per_node = "gres/shard:4,license/x:1"), "1x cpu=1 node=1 3600s");
        /* the range again */
        is(price(.tres_per_node = "gpu:h100:2", .min_nodes = 2, .max_nodes = 4),
           "1x cpu=4 node=4 gres/gpu:h100=8 gres/gpu=8 3600s");
}

static void the_same_gpus_said_twice_count_once(void **state) {
        (void)state;
        is(price(.tres_per_job = "gpu:h100:2", .tres_per_node = "gpu:h100:2"),
           "1x cpu=1 node=1 gres/gpu:h100=2 gres/gpu=2 3600s");
        is(price(.tres_per_job = "gpu:8", .tres_per_node = "gpu:2"),
           "1x cpu=4 node=4 gres/gpu=8 3600s");
        is(price(.tres_per_job = "gpu:8", .tres_per_node = "gpu:2", .min_nodes = 1,
                 .max_nodes = 9), "1x cpu=4 node=4 gres/gpu=8 3600s");
        is(price(.tres_per_job = "gpu:8", .tres_per_task = "gpu:2"),
           "1x cpu=4 node=1 gres/gpu=8 3600s");
        is(price(.tres_per_job = "gpu:8", .tres_per_task = "gpu:2", .num_tasks = 4),
           "1x cpu=4 node=1 gres/gpu=8 3600s");
        is(price(.tres_per_job = "gpu:8", .tres_per_task = "gpu:2", .num_tasks = 6),
           "1x cpu=6 node=1 gres/gpu=12 3600s");
        /* no more nodes than GPUs */
        is(price(.tres_per_job = "gpu:2", .min_nodes = 1, .max_nodes = 9),
           "1x cpu=2 node=2 gres/gpu=2 3600s");
        is(price(.tres_per_job = "gpu:2", .min_nodes = 3, .max_nodes = 9),
           "1x cpu=3 node=3 gres/gpu=2 3600s");
}

static void tasks_and_gpus_imply_each_other(void **state) {
        (void)state;
        is(price(.ntasks_per_tres = 2, .tres_per_job = "gpu:4"),
           "1x cpu=8 node=1 gres/gpu=4 3600s");
        is(price(.ntasks_per_tres = 2, .tres_per_job = "gpu:4", .cpus_per_task = 3),
           "1x cpu=24 node=1 gres/gpu=4 3600s");
        is(price(.ntasks_per_tres = 2, .num_tasks = 8), "1x cpu=8 node=1 gres/gpu=4 3600s");
        is(price(.ntasks_per_tres = 2, .min_nodes = 3, .max_nodes = 3),
           "1x cpu=6 node=3 gres/gpu=3 3600s");
}

/* ------------------------------------------------------------------- time */

static void the_limit_of_the_job_is_its_time(void **state) {
        (void)state;
        is(price(.time_limit = 10), "1x cpu=1 node=1 600s");
        is(price(.time_limit = SQ_INFINITE), "1x cpu=1 node=1 31536000s open");
        is(price(.time_limit = 0), "1x cpu=1 node=1 60s");
        is(price(.time_limit = 10, .partition = "nowhere"), "1x cpu=1 node=1 600s");
        is(price(.time_limit = 10 * DAY), "1x cpu=1 node=1 864000s");
}

static void without_a_limit_the_partitions_decide(void **state) {
        static const struct sq_partition none[] = {PARTITION(.name = "small")};
        struct sq_job_request request = REQUEST();
        struct sq_price price_;

        (void)state;
        is(price(.partition = "big"), "1x cpu=1 node=1 604800s");
        is(price(.partition = "endless"), "1x cpu=1 node=1 31536000s open");
        is(price(.partition = "never"), "1x cpu=1 node=1 5400s");
        is(price(.partition = "nowhere"), "1x cpu=1 node=1 31536000s open");
        /* the first one's default becomes the job's limit */
        is(price(.partition = "small,small2"), "1x cpu=1 node=1 3600s");
        is(price(.partition = "small2,small"), "1x cpu=1 node=1 36000s");
        is(price(.partition = "small,big"), "1x cpu=1 node=1 3600s");
        is(price(.partition = "nowhere,small,big"), "1x cpu=1 node=1 3600s");
        /* when it has none, where the job starts decides */
        is(price(.partition = "big,small"), "1x cpu=1 node=1 604800s");
        is(price(.partition = "big,endless"), "1x cpu=1 node=1 31536000s open");
        is(price(.partition = "never,small"), "1x cpu=1 node=1 5400s");
        is(price(.partition = ",,small,"), "1x cpu=1 node=1 3600s");
        /* names are whole */
        is(price(.partition = "smal"), "1x cpu=1 node=1 31536000s open");
        /* no default partition */
        assert_int_equal(sq_request_price(&request, none, 1, NULL, &price_, NULL), SQ_OK);
        assert_true(price_.open_ended);
        assert_int_equal(sq_request_price(&request, NULL, 0, NULL, &price_, NULL), SQ_OK);
        assert_true(price_.open_ended);
}

/* ----------------------------------------------------------------- errors */

static void unreadable_texts_are_named(void **state) {
        char list[SQ_PARTITION_TEXT_MAX + 2];

        (void)state;
        refused(REQUEST(.array_inx = "9-1"), SQ_EINVAL, "\"9-1\"");
        refused(REQUEST(.tres_per_job = "gpu:"), SQ_EINVAL, "tres_per_job: ");
        refused(REQUEST(.tres_per_node = "gpu:"), SQ_EINVAL, "tres_per_node: ");
        refused(REQUEST(.tres_per_socket = "gpu:"), SQ_EINVAL, "tres_per_socket: ");
        refused(REQUEST(.tres_per_task = "gpu:"), SQ_EINVAL, "tres_per_task: ");
        refused(REQUEST(.cpus_per_tres = "gpu:"), SQ_EINVAL, "cpus_per_tres: ");
        memset(list, 'p', sizeof list - 1);
        list[sizeof list - 1] = '\0';
        refused(REQUEST(.partition = list), SQ_EINVAL, "longer");
}

static void products_that_do_not_fit_are_refused(void **state) {
        const int64_t most = SQ_INFINITE - 1;
        char types[SQ_PARTITION_TEXT_MAX];
        size_t n = 0;

        (void)state;
        refused(REQUEST(.num_tasks = most, .cpus_per_task = 2), SQ_ERANGE, "more than");
        refused(REQUEST(.tres_per_task = "gpu:2", .num_tasks = most), SQ_ERANGE, "more than");
        refused(REQUEST(.tres_per_job = "gpu:a:9223372036854775807,gpu:b:1"), SQ_ERANGE,
                "more than");
        refused(REQUEST(.tres_per_node = "gpu:a:9223372036854775807,gpu:b:1"), SQ_ERANGE,
                "more than");
        refused(REQUEST(.tres_per_job = "gpu:9223372036854775807", .cpus_per_tres = "gpu:2"),
                SQ_ERANGE, "more than");
        refused(REQUEST(.min_mem_per_cpu = most, .num_tasks = 2), SQ_ERANGE, "more than");
        refused(REQUEST(.time_limit = most), SQ_ERANGE, "time limit");
        for (int i = 0; i < SQ_TRES_MAX - 2; i++)
                n += (size_t)snprintf(types + n, sizeof types - n, "gpu:t%d:1,", i);
        refused(REQUEST(.tres_per_job = types), SQ_ERANGE, "more than");
        for (int i = SQ_TRES_MAX - 2; i < SQ_TRES_MAX + 12; i++)
                n += (size_t)snprintf(types + n, sizeof types - n, "gpu:t%d:1,", i);
        refused(REQUEST(.tres_per_job = types), SQ_ERANGE, "types");
        refused(REQUEST(.tres_per_job = "gpu:a:1,gpu:b:1,gpu:c:1,gpu:d:1,gpu:e:1,gpu:f:1,"
                                        "gpu:g:1,gpu:h:1,gpu:i:1,gpu:j:1,gpu:k:1,gpu:l:1",
                        .tres_per_node = types + 200), SQ_ERANGE, "more than");
}

static void rounding_of_what_does_not_fit_is_refused(void **state) {
        struct sq_job_request request = REQUEST(.num_tasks = 1LL << 62, .cpus_per_task = 2,
                                                .ntasks_per_core = 1LL << 62);
        struct sq_error err;
        struct sq_price price_;

        (void)state;
        assert_int_equal(sq_request_price(&request, parts, 1, &threads, &price_, &err),
                         SQ_ERANGE);
}

/* ----------------------------------------------------------- modification */

static const char *modified_on(const struct sq_site *site, struct sq_job_record record,
                               struct sq_job_request update) {
        struct sq_error err = {.text = ""};
        struct sq_price price_ = {.nodes = 77};
        bool changed = false;

        if (sq_request_modified(&record, &update, parts, sizeof parts / sizeof parts[0], site,
                                &price_, &changed, &err) < 0)
                fail_msg("%s", err.text);
        if (!changed) {
                assert_int_equal(price_.nodes, 77);
                return "unchanged";
        }
        return show(&price_);
}

#define modified(record, ...) modified_on(&plain, record, REQUEST(__VA_ARGS__))

static void updates_without_a_price_change_nothing(void **state) {
        (void)state;
        is(modified(RECORD()), "unchanged");
        is(modified_on(NULL, RECORD(), REQUEST()), "unchanged");
        is(modified(RECORD(), .array_inx = "%5"), "unchanged");
        is(modified(RECORD(), .time_limit = 60), "unchanged");
        is(modified(RECORD(), .min_cpus = 8), "unchanged");
        is(modified(RECORD(), .min_nodes = 1, .max_nodes = 0), "unchanged");
        is(modified(RECORD(.max_nodes = SQ_UNSET), .max_nodes = 0), "unchanged");
        is(modified(RECORD(), .min_nodes = SQ_INFINITE), "unchanged");
        is(modified(RECORD(), .partition = "small"), "unchanged");
        is(modified(RECORD(), .tres_per_node = ""), "unchanged");
        is(modified(RECORD(.tres_per_node = "gpu:1"), .tres_per_node = "gpu:1"), "unchanged");
        is(modified(RECORD(.job_state = 1)), "unchanged");
        is(modified(RECORD(.job_state = 1), .min_nodes = 1, .num_tasks = 3), "unchanged");
        is(modified(RECORD(), .pn_min_cpus = 0), "unchanged");
}

static void a_new_limit_of_a_pending_job_prices_slurms_estimate(void **state) {
        (void)state;
        is(modified(RECORD(), .time_limit = 120),
           "1x cpu=8 node=1 mem=8000 7200s");
        is(modified(RECORD(.array_task_cnt = 7), .time_limit = 120),
           "7x cpu=8 node=1 mem=8000 7200s");
        is(modified(RECORD(), .time_limit = SQ_INFINITE),
           "1x cpu=8 node=1 mem=8000 31536000s open");
        /* a record without texts */
        is(modified(RECORD(.tres_fmt_req_str = NULL), .time_limit = 2),
           "1x cpu=8 node=1 120s");
        /* a range stays priced at its upper end, licences stay */
        is(modified(RECORD(.min_nodes = 2, .max_nodes = 4, .pn_min_cpus = 4,
                           .tres_fmt_req_str = "cpu=8,node=2,license/x=3"), .time_limit = 2),
           "1x cpu=16 node=4 license/x=3 120s");
        /* the GPUs of the estimate */
        is(modified(RECORD(.tres_per_node = "gres:gpu:h100:2",
                           .tres_fmt_req_str = "cpu=8,node=1,gres/gpu=2,gres/gpu:h100=2"),
                    .time_limit = 2),
           "1x cpu=8 node=1 gres/gpu:h100=2 gres/gpu=2 120s");
}

static void a_pending_job_without_a_limit_follows_its_partition(void **state) {
        (void)state;
        is(modified(RECORD(.time_limit = SQ_UNSET), .partition = "big"),
           "1x cpu=8 node=1 mem=8000 604800s");
        is(modified(RECORD(), .partition = "big"), "1x cpu=8 node=1 mem=8000 3600s");
        is(modified(RECORD(), .partition = "whole"), "1x cpu=64 node=1 mem=8000 3600s");
        is(modified(RECORD(), .partition = "wide"), "1x cpu=8 node=2 mem=8000 3600s");
}

static void numcpus_and_mincpusnode_set_the_cpus(void **state) {
        (void)state;
        is(modified(RECORD(), .min_cpus = 16), "1x cpu=16 node=1 3600s");
        is(modified(RECORD(), .min_cpus = 2), "1x cpu=2 node=1 3600s");
        is(modified(RECORD(), .pn_min_cpus = 12), "1x cpu=12 node=1 3600s");
        is(modified(RECORD(), .pn_min_cpus = 4), "1x cpu=4 node=1 3600s");
        is(modified(RECORD(.min_nodes = 2, .max_nodes = 2), .pn_min_cpus = 4),
           "1x cpu=8 node=2 3600s");
}

static void numnodes_sets_nodes_and_what_is_per_node(void **state) {
        (void)state;
        is(modified(RECORD(), .min_nodes = 3, .max_nodes = 3), "1x cpu=8 node=3 3600s");
        is(modified(RECORD(.pn_min_cpus = 8), .min_nodes = 3, .max_nodes = 3),
           "1x cpu=24 node=3 3600s");
        is(modified(RECORD(.min_nodes = 4, .max_nodes = 4, .tres_per_node = "gpu:2",
                           .tres_fmt_req_str = "cpu=8,node=4,gres/gpu=8"),
                    .min_nodes = 2, .max_nodes = 2), "1x cpu=8 node=2 gres/gpu=4 3600s");
        is(modified(RECORD(.min_nodes = 2, .max_nodes = 2), .min_nodes = 4),
           "1x cpu=8 node=4 3600s");
        is(modified(RECORD(.min_nodes = 2, .max_nodes = 2), .min_nodes = 0),
           "1x cpu=8 node=2 3600s");
        is(modified(RECORD(.min_nodes = 2, .max_nodes = 2), .max_nodes = SQ_INFINITE,
                    .min_nodes = 3), "1x cpu=8 node=3 3600s");
}

static void gres_sets_the_gpus(void **state) {
        struct sq_job_record record = RECORD(
                .tres_per_node = "gres/gpu:h100:2", .min_nodes = 2, .max_nodes = 2,
                .tres_fmt_req_str = "cpu=8,node=2,gres/gpu=4,gres/gpu:h100=4");

        (void)state;
        is(modified(record, .tres_per_node = "gres/gpu:a100:1"),
           "1x cpu=8 node=2 gres/gpu:a100=2 gres/gpu=2 3600s");
        is(modified(record, .tres_per_node = "gres/"), "1x cpu=8 node=2 3600s");
        is(modified(record, .tres_per_node = ""), "1x cpu=8 node=2 3600s");
        is(modified(record, .tres_per_node = "gpu:h100:8"),
           "1x cpu=8 node=2 gres/gpu:h100=16 gres/gpu=16 3600s");
        is(modified(record, .cpus_per_tres = "gres/gpu:16"),
           "1x cpu=64 node=2 gres/gpu:h100=4 gres/gpu=4 3600s");
}

static void numtasks_and_cpuspertask_multiply_what_the_record_tells(void **state) {
        (void)state;
        is(modified(RECORD(), .num_tasks = 16), "1x cpu=16 node=1 mem=8000 3600s");
        is(modified(RECORD(), .num_tasks = 4), "1x cpu=8 node=1 mem=8000 3600s");
        is(modified(RECORD(.pn_min_cpus = 4), .num_tasks = 16),
           "1x cpu=64 node=1 mem=8000 3600s");
        is(modified(RECORD(), .num_tasks = 16, .cpus_per_task = 2),
           "1x cpu=32 node=1 3600s");
        /* 8 tasks with 1, then 3 CPUs */
        is(modified(RECORD(), .cpus_per_task = 3), "1x cpu=24 node=1 3600s");
        /* 2 tasks with 4, then 5 CPUs */
        is(modified(RECORD(.pn_min_cpus = 4), .cpus_per_task = 5), "1x cpu=10 node=1 3600s");
        /* pn_min_cpus may be the CPUs of all tasks of a node: bounded by the node */
        is(modified(RECORD(.pn_min_cpus = 64, .min_cpus = 64, .max_nodes = 1,
                           .tres_fmt_req_str = "cpu=64,node=1"), .num_tasks = 32),
           "1x cpu=64 node=1 3600s");
        is(modified(RECORD(.pn_min_cpus = 64, .min_cpus = 64, .max_nodes = 1,
                           .partition = "unknown", .tres_fmt_req_str = "cpu=64,node=1"),
                    .num_tasks = 2), "1x cpu=128 node=1 3600s");
        /* GPUs per task */
        is(modified(RECORD(.tres_per_task = "gres/gpu:1",
                           .tres_fmt_req_str = "cpu=8,node=1,gres/gpu=8"), .num_tasks = 10),
           "1x cpu=10 node=1 gres/gpu=10 3600s");
        is(modified(RECORD(.tres_per_task = "gres/gpu:1",
                           .tres_fmt_req_str = "cpu=8,node=1,gres/gpu=8"),
                    .tres_per_task = "gres/gpu:2"), "1x cpu=8 node=1 gres/gpu=16 3600s");
        is(modified(RECORD(.tres_per_task = "gres/gpu:1", .pn_min_cpus = 8,
                           .tres_fmt_req_str = "cpu=8,node=1,gres/gpu=8"),
                    .tres_per_task = "gres/gpu:2"), "1x cpu=8 node=1 gres/gpu=16 3600s");
}

static void memory_and_other_shapes_are_priced_anew(void **state) {
        (void)state;
        is(modified(RECORD(), .min_mem_per_node = 100), "1x cpu=8 node=1 mem=100 3600s");
        is(modified(RECORD(.min_mem_per_node = 100), .time_limit = 1),
           "1x cpu=8 node=1 mem=8000 60s");
        is(modified(RECORD(), .reboot = 1), "1x cpu=64 node=1 3600s");
        is(modified(RECORD(.min_nodes = 3, .max_nodes = 3), .ntasks_per_node = 5),
           "1x cpu=15 node=3 3600s");
        is(modified_on(&threads, RECORD(), REQUEST(.threads_per_core = 1)),
           "1x cpu=16 node=1 3600s");
}

static void what_is_held_is_a_floor_for_what_is_left_alone(void **state) {
        struct sq_tres held = {.n = 0};
        struct sq_job_record record;

        (void)state;
        assert_true(sq_tres_set(&held, "cpu", 64) && sq_tres_set(&held, "node", 1) &&
                    sq_tres_set(&held, "gres/gpu", 4) &&
                    sq_tres_set(&held, "gres/gpu:h100", 4));
        record = RECORD(.held = &held);
        /* an exclusive job, which the record does not tell */
        is(modified(record, .time_limit = 2),
           "1x cpu=64 node=1 mem=8000 gres/gpu=4 gres/gpu:h100=4 120s");
        is(modified(record, .min_nodes = 2, .max_nodes = 2), "1x cpu=128 node=2 3600s");
        is(modified(record, .shared = 1),
           "1x cpu=8 node=1 gres/gpu=4 gres/gpu:h100=4 3600s");
        is(modified(record, .tres_per_node = "gpu:1"),
           "1x cpu=64 node=1 gres/gpu=1 mem=8000 3600s");
        record.partition = "unknown";
        is(modified(record, .min_nodes = 2, .max_nodes = 2), "1x cpu=64 node=2 3600s");
        record.partition = "big"; /* larger nodes than what is held */
        is(modified(record, .time_limit = 2),
           "1x cpu=64 node=1 mem=8000 gres/gpu=4 gres/gpu:h100=4 120s");
        /* held by a job that shares its node */
        held.n = 0;
        assert_true(sq_tres_set(&held, "cpu", 9));
        record.partition = "small";
        is(modified(record, .time_limit = 2), "1x cpu=9 node=1 mem=8000 120s");
}

static void a_running_job_keeps_its_allocation(void **state) {
        struct sq_job_record record = RECORD(
                .job_state = 1, .end_time = 1000000, .array_task_cnt = 5,
                .tres_fmt_alloc_str = "cpu=64,node=1,gres/gpu:h100=4");
        struct sq_tres held = {.n = 0};

        (void)state;
        is(modified(record, .time_limit = 120),
           "1x cpu=64 node=1 gres/gpu:h100=4 gres/gpu=4 7200s");
        is(modified(record, .time_limit = SQ_INFINITE),
           "1x cpu=64 node=1 gres/gpu:h100=4 gres/gpu=4 31536000s open");
        is(modified(record, .time_limit = 120, .min_cpus = 1, .tres_per_node = "gpu:9"),
           "1x cpu=64 node=1 gres/gpu:h100=4 gres/gpu=4 7200s");
        record.job_state = 2 | 0x8000; /* suspended, with a flag */
        is(modified(record, .time_limit = 120),
           "1x cpu=64 node=1 gres/gpu:h100=4 gres/gpu=4 7200s");
        record.tres_fmt_alloc_str = "";
        is(modified(record, .time_limit = 120), "1x cpu=8 node=1 mem=8000 billing=8 7200s");
        record.tres_fmt_req_str = NULL;
        is(modified(record, .time_limit = 120), "1x cpu=0 node=0 7200s");
        assert_true(sq_tres_set(&held, "cpu", 3));
        record.held = &held;
        is(modified(record, .time_limit = 120), "1x cpu=3 node=0 7200s");
}

static void a_new_end_moves_the_limit_of_a_running_job(void **state) {
        struct sq_job_record record = RECORD(.job_state = 1, .end_time = 1000000,
                                             .tres_fmt_alloc_str = "cpu=1,node=1");

        (void)state;
        is(modified(record, .end_time = 1000000 + 600), "1x cpu=1 node=1 4200s");
        is(modified(record, .end_time = 1000000 + 45), "1x cpu=1 node=1 3660s");
        is(modified(record, .end_time = 1000000 + 20), "unchanged");
        is(modified(record, .end_time = 0), "unchanged");
        is(modified(record, .end_time = 1000000 - 1200), "1x cpu=1 node=1 2460s");
        is(modified(record, .end_time = 1), "1x cpu=1 node=1 60s");
        is(modified(record, .end_time = 1000000 + 600, .time_limit = 500),
           "1x cpu=1 node=1 4200s");
        record.time_limit = SQ_INFINITE;
        is(modified(record, .end_time = 1000000 + 600), "unchanged");
        record.time_limit = 60;
        record.end_time = 1;
        is(modified(record, .end_time = SQ_INFINITE - 1), "unchanged");
        record.end_time = SQ_UNSET;
        is(modified(record, .end_time = 1000000 + 600), "unchanged");
        record.job_state = 0;
        is(modified(record, .end_time = 1000000 + 600), "unchanged");
}

static void every_field_that_shapes_a_job_is_a_change(void **state) {
        const struct sq_job_record record = RECORD(.max_nodes = 2);
        const struct sq_job_request update[] = {
                REQUEST(.max_nodes = 3), REQUEST(.pn_min_cpus = 2), REQUEST(.num_tasks = 1),
                REQUEST(.tres_per_job = "gpu"), REQUEST(.tres_per_socket = "gpu"),
                REQUEST(.tres_per_task = "gpu"), REQUEST(.ntasks_per_tres = 1),
                REQUEST(.sockets_per_node = 1), REQUEST(.cpus_per_task = 1),
                REQUEST(.ntasks_per_node = 1), REQUEST(.ntasks_per_socket = 1),
                REQUEST(.ntasks_per_core = 1), REQUEST(.threads_per_core = 1),
                REQUEST(.shared = 1), REQUEST(.reboot = 1), REQUEST(.min_mem_per_cpu = 1),
                REQUEST(.min_mem_per_node = 1), REQUEST(.cpus_per_tres = "gpu:1"),
                REQUEST(.partition = "big"), REQUEST(.time_limit = 61),
        };

        (void)state;
        for (size_t i = 0; i < sizeof update / sizeof update[0]; i++)
                if (!strcmp(modified_on(&plain, record, update[i]), "unchanged"))
                        fail_msg("update %zu", i);
}

static void a_job_can_be_priced_as_it_is(void **state) {
        struct sq_job_record record = RECORD(.array_task_cnt = 3);
        struct sq_price price_;
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_request_recorded(&record, parts, 2, NULL, &price_, &err), SQ_OK);
        is(show(&price_), "3x cpu=8 node=1 mem=8000 3600s");
        record.job_state = 1;
        record.tres_fmt_alloc_str = "cpu=64,node=1";
        assert_int_equal(sq_request_recorded(&record, parts, 2, &plain, &price_, &err), SQ_OK);
        is(show(&price_), "1x cpu=64 node=1 3600s");
        record.tres_fmt_alloc_str = "cpu";
        assert_int_equal(sq_request_recorded(&record, parts, 2, NULL, &price_, &err),
                         SQ_EINVAL);
        is(show(&price_), "1x cpu=64 node=1 3600s");
}

static void broken_records_and_updates_are_refused(void **state) {
        static const struct {
                const char *what;
                int code;
        } row[] = {
                {"req", SQ_EINVAL}, {"alloc", SQ_EINVAL}, {"gres", SQ_EINVAL},
                {"task", SQ_EINVAL},
                {"partition", SQ_EINVAL}, {"running partition", SQ_EINVAL}, {"time", SQ_ERANGE},
                {"cpus", SQ_ERANGE}, {"full", SQ_ERANGE},
        };
        char list[SQ_PARTITION_TEXT_MAX + 2], full[2000];
        size_t n = 0;

        (void)state;
        memset(list, 'p', sizeof list - 1);
        list[sizeof list - 1] = '\0';
        for (int i = 0; i < SQ_TRES_MAX - 1; i++)
                n += (size_t)snprintf(full + n, sizeof full - n, "license/n%d=1,", i);
        for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
                struct sq_job_record record = RECORD();
                struct sq_job_request update = REQUEST(.time_limit = 7);
                struct sq_price price_ = {.nodes = 77};
                bool changed = false;
                struct sq_error err;

                switch (i) {
                case 0: record.tres_fmt_req_str = "cpu"; break;
                case 1: record.job_state = 1; record.tres_fmt_alloc_str = "cpu"; break;
                case 2: update.tres_per_job = "gpu:"; break;
                case 3: record.tres_per_task = "gpu:"; update.cpus_per_task = 3; break;
                case 4: update.partition = list; break;
                case 5: record.job_state = 1; record.partition = list; break;
                case 6: update.time_limit = SQ_INFINITE - 1; break;
                case 7: update.num_tasks = update.cpus_per_task = 1LL << 60; break;
                default: record.tres_fmt_req_str = full; break;
                }
                if (sq_request_modified(&record, &update, parts, 3, NULL, &price_, &changed,
                                        &err) != row[i].code)
                        fail_msg("%s", row[i].what);
                assert_false(changed);
                assert_int_equal(price_.nodes, 77);
        }
}

static void the_unset_structures_ask_for_nothing(void **state) {
        struct sq_job_request request = SQ_JOB_REQUEST_UNSET;
        struct sq_job_record record = SQ_JOB_RECORD_UNSET;
        struct sq_partition part = SQ_PARTITION_UNSET;
        struct sq_price price_;
        bool changed = true;

        (void)state;
        part.name = "p";
        part.is_default = true;
        part.default_time = 5;
        assert_int_equal(sq_request_price(&request, &part, 1, NULL, &price_, NULL), SQ_OK);
        is(show(&price_), "1x cpu=1 node=1 300s");
        assert_int_equal(sq_request_modified(&record, &request, &part, 1, NULL, &price_,
                                             &changed, NULL), SQ_OK);
        assert_false(changed);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_job_that_says_nothing_gets_one_cpu_for_the_default_time),
                cmocka_unit_test(cpus_are_the_largest_of_what_is_asked),
                cmocka_unit_test(tasks_per_node_count_on_every_node),
                cmocka_unit_test(cpus_per_gpu_count),
                cmocka_unit_test(too_much_memory_per_cpu_becomes_cpus),
                cmocka_unit_test(whole_cores_are_given),
                cmocka_unit_test(a_range_of_nodes_costs_its_upper_end),
                cmocka_unit_test(partitions_bound_the_nodes),
                cmocka_unit_test(cpus_need_nodes),
                cmocka_unit_test(exclusive_jobs_get_whole_nodes),
                cmocka_unit_test(exclusive_jobs_get_the_gpus_that_the_site_names),
                cmocka_unit_test(the_site_text_is_checked_when_it_is_read),
                cmocka_unit_test(gpus_are_counted_in_every_place),
                cmocka_unit_test(the_same_gpus_said_twice_count_once),
                cmocka_unit_test(tasks_and_gpus_imply_each_other),
                cmocka_unit_test(the_limit_of_the_job_is_its_time),
                cmocka_unit_test(without_a_limit_the_partitions_decide),
                cmocka_unit_test(unreadable_texts_are_named),
                cmocka_unit_test(products_that_do_not_fit_are_refused),
                cmocka_unit_test(rounding_of_what_does_not_fit_is_refused),
                cmocka_unit_test(updates_without_a_price_change_nothing),
                cmocka_unit_test(a_new_limit_of_a_pending_job_prices_slurms_estimate),
                cmocka_unit_test(a_pending_job_without_a_limit_follows_its_partition),
                cmocka_unit_test(numcpus_and_mincpusnode_set_the_cpus),
                cmocka_unit_test(numnodes_sets_nodes_and_what_is_per_node),
                cmocka_unit_test(gres_sets_the_gpus),
                cmocka_unit_test(numtasks_and_cpuspertask_multiply_what_the_record_tells),
                cmocka_unit_test(memory_and_other_shapes_are_priced_anew),
                cmocka_unit_test(what_is_held_is_a_floor_for_what_is_left_alone),
                cmocka_unit_test(a_running_job_keeps_its_allocation),
                cmocka_unit_test(a_new_end_moves_the_limit_of_a_running_job),
                cmocka_unit_test(every_field_that_shapes_a_job_is_a_change),
                cmocka_unit_test(a_job_can_be_priced_as_it_is),
                cmocka_unit_test(broken_records_and_updates_are_refused),
                cmocka_unit_test(the_unset_structures_ask_for_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
