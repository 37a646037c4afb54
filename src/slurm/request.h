/* request.h - what a job will be given, from what it asks for
 *
 * The submit hook sees a job before Slurm has completed and checked it, so the
 * rules by which slurmctld does that are repeated here, as pure arithmetic.  Where
 * Slurm has a choice (a range of nodes, several partitions) the most that it may
 * take is the price: the charge at the job's end is exact, the hold before it must
 * not be too small.  Sources named below are files of Slurm 22.05.8 and 25.11.0.
 *
 * What cannot be seen from a job descriptor, and is therefore not priced:
 * --overcommit (priced as if every task had its CPUs), the partition of a
 * reservation when no --partition is given (the default partition is taken), node
 * lists (-w), JobDefaults=DefCpuPerGPU and the GPUs of a whole node (both can be
 * told in struct sq_site), nodes of unequal size in one partition (their mean).
 *
 * Texts are lent to these functions and nothing is kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "slurm/novalue.h"

/* A job without limit is held for so long: slurmctld ends it a year after its
 * start (job_mgr.c, job_end_time_reset). */
#define SQ_OPEN_ENDED_SECONDS (365LL * 24 * 60 * 60)

/* Values of `shared`, slurm.h's JOB_SHARED_*.  Only the first takes whole nodes:
 * user, mcs and topo (2, 3, 4) keep others off the node but allocate what was
 * asked for. */
#define SQ_SHARED_NONE 0

/* slurmctld refuses longer lists, but only after the hook. */
#define SQ_PARTITION_TEXT_MAX 1024

/* Fields of the job descriptor (job_desc in job_submit.lua) under Slurm's names.
 * Numbers went through sq_number_from_slurm(); texts are NULL when nil.  Start
 * from SQ_JOB_REQUEST_UNSET and fill in what is there. */
struct sq_job_request {
        int64_t num_tasks;
        int64_t cpus_per_task;
        int64_t ntasks_per_node;
        int64_t ntasks_per_socket;
        int64_t ntasks_per_core;
        int64_t ntasks_per_tres;  /* per GPU */
        int64_t sockets_per_node;
        int64_t threads_per_core;
        int64_t min_cpus;
        int64_t pn_min_cpus;
        int64_t min_nodes;
        int64_t max_nodes;
        int64_t min_mem_per_cpu;  /* MiB */
        int64_t min_mem_per_node; /* MiB */
        int64_t shared;           /* --exclusive is SQ_SHARED_NONE */
        int64_t reboot;           /* implies exclusive */
        int64_t time_limit;       /* minutes */
        int64_t end_time;         /* UTC seconds; only in updates of running jobs */
        const char *partition;    /* may be a list; NULL or "": the default one */
        const char *array_inx;
        const char *tres_per_job;
        const char *tres_per_node;
        const char *tres_per_socket;
        const char *tres_per_task; /* may hold "cpu=2" from 23.11 on */
        const char *cpus_per_tres;
};

#define SQ_JOB_REQUEST_UNSET ((struct sq_job_request){ \
        .num_tasks = SQ_UNSET, .cpus_per_task = SQ_UNSET, .ntasks_per_node = SQ_UNSET, \
        .ntasks_per_socket = SQ_UNSET, .ntasks_per_core = SQ_UNSET, \
        .ntasks_per_tres = SQ_UNSET, .sockets_per_node = SQ_UNSET, \
        .threads_per_core = SQ_UNSET, .min_cpus = SQ_UNSET, .pn_min_cpus = SQ_UNSET, \
        .min_nodes = SQ_UNSET, .max_nodes = SQ_UNSET, .min_mem_per_cpu = SQ_UNSET, \
        .min_mem_per_node = SQ_UNSET, .shared = SQ_UNSET, .reboot = SQ_UNSET, \
        .time_limit = SQ_UNSET, .end_time = SQ_UNSET})

/* Fields of part_list[name]. */
struct sq_partition {
        const char *name;
        int64_t default_time;      /* minutes */
        int64_t max_time;          /* minutes */
        int64_t total_cpus;
        int64_t total_nodes;
        int64_t min_nodes;
        int64_t max_nodes;
        int64_t max_cpus_per_node;
        int64_t max_mem_per_cpu;   /* MiB */
        bool is_default;           /* flag_default */
        bool exclusive;            /* OverSubscribe=EXCLUSIVE: max_share is 0 */
};

#define SQ_PARTITION_UNSET ((struct sq_partition){ \
        .default_time = SQ_UNSET, .max_time = SQ_UNSET, .total_cpus = SQ_UNSET, \
        .total_nodes = SQ_UNSET, .min_nodes = SQ_UNSET, .max_nodes = SQ_UNSET, \
        .max_cpus_per_node = SQ_UNSET, .max_mem_per_cpu = SQ_UNSET})

/* What only the site knows.  All zero (or NULL for the whole) is a site without
 * any of it. */
struct sq_site {
        int64_t cpus_per_core;      /* CPUs allocated together; below 2: single ones */
        int64_t cpus_per_gpu;       /* JobDefaults=DefCpuPerGPU; 0: none */
        int64_t max_mem_per_cpu;    /* slurm.conf's MaxMemPerCPU in MiB; 0: none */
        bool whole_nodes;           /* SelectType=select/linear */
        const char *exclusive_gres; /* "PARTITION=gpu:h100:4;...": GPUs of a whole node */
};

/* Reads all of `exclusive_gres`; for the program that reads the configuration, so
 * that a mistake in it shows there and not in somebody's job.
 * SQ_EINVAL: an item that is not PARTITION=LIST, or a list that cannot be read. */
int sq_site_check(const struct sq_site *site, struct sq_error *err);

struct sq_price {
        struct sq_tres tres; /* one array task: "cpu", "node", "gres/gpu", "gres/gpu:<type>",
                              * and "mem" when the job says how much */
        int64_t seconds;     /* for how long */
        int64_t tasks;       /* array tasks */
        int64_t nodes;
        bool open_ended;     /* no limit: seconds is SQ_OPEN_ENDED_SECONDS */
};

/* Prices a new job.
 *
 * Nodes: the upper end of -N2-4, since that is what slurmctld tries for
 * (node_scheduler.c, get_node_cnts: req_nodes), inside the partitions' MinNodes,
 * MaxNodes and size; GPUs per job over GPUs per node when both are given, and never
 * more nodes than GPUs per job (gres.c, _test_gres_cnt); else as many as tasks, CPUs
 * and GPUs need.
 *
 * CPUs: the largest of min_cpus; tasks x CPUs per task; nodes x (pn_min_cpus, CPUs
 * per task, ntasks_per_node x CPUs per task) (job_mgr.c, _copy_job_desc_to_job_
 * record, and cons_tres/job_test.c, ncpus); CPUs per GPU x GPUs.  MaxMemPerCPU
 * multiplies the CPUs per task (job_mgr.c, _valid_pn_min_mem).  Then whole cores:
 * the total rounded up to cpus_per_core, with fewer tasks or threads on a core when
 * the job says so (job_mgr_determine_cpus_per_core).  Exclusive jobs, partitions and
 * sites: nodes x the CPUs of a node, at least.
 *
 * Tasks when not given: nodes x ntasks_per_node (_figure_out_num_tasks), GPUs per
 * job over GPUs per task, GPUs x ntasks_per_tres, at least one per node.
 *
 * GPUs: type by type the largest of per job, per node x nodes, per socket x sockets,
 * per task x tasks (gres.c, gres_job_state_validate: total_gres); ntasks_per_tres
 * without any GPU asks for tasks / ntasks_per_tres.  Of a whole node all of them,
 * if the site says how many.
 *
 * Time: the limit; else DefaultTime of the *first* partition listed (job_mgr.c,
 * _valid_job_part: it becomes the job's limit at once); else, since it is decided
 * when the job starts (select_nodes), the longest DefaultTime or, without one,
 * MaxTime of the partitions.  Unknown partitions are left out (Slurm refuses them);
 * when none is left the job is open-ended.  A limit of 0 is one minute: the clients
 * turn 0 into "no limit" themselves, and slurmctld takes it as it is.
 *
 * SQ_EINVAL: a list of resources or an array that cannot be read (the text says
 * which).  SQ_ERANGE: a product does not fit.  *ret is set only on success. */
int sq_request_price(const struct sq_job_request *request, const struct sq_partition *parts,
                     size_t n, const struct sq_site *site, struct sq_price *ret,
                     struct sq_error *err);

/* The job as it is: what Slurm's Lua offers of a job record (slurm_lua.c) on every
 * version.  It offers neither its tasks nor its CPUs per task nor --exclusive. */
struct sq_job_record {
        int64_t job_state;        /* with its flags */
        int64_t time_limit;       /* minutes */
        int64_t end_time;         /* UTC seconds */
        int64_t min_cpus;
        int64_t pn_min_cpus;
        int64_t min_nodes;
        int64_t max_nodes;
        int64_t min_mem_per_cpu;
        int64_t min_mem_per_node;
        int64_t reboot;
        int64_t array_task_cnt;   /* SQ_UNSET (nil) when this is no array */
        const char *partition;
        const char *tres_per_job;
        const char *tres_per_node;
        const char *tres_per_socket;
        const char *tres_per_task;
        const char *cpus_per_tres;
        const char *tres_fmt_req_str;
        const char *tres_fmt_alloc_str;
        /* What our reservation holds for one task, or NULL.  It knows what the record
         * does not tell (exclusive nodes): a floor for what the update leaves alone. */
        const struct sq_tres *held;
};

#define SQ_JOB_RECORD_UNSET ((struct sq_job_record){ \
        .job_state = SQ_UNSET, .time_limit = SQ_UNSET, .end_time = SQ_UNSET, \
        .min_cpus = SQ_UNSET, .pn_min_cpus = SQ_UNSET, .min_nodes = SQ_UNSET, \
        .max_nodes = SQ_UNSET, .min_mem_per_cpu = SQ_UNSET, .min_mem_per_node = SQ_UNSET, \
        .reboot = SQ_UNSET, .array_task_cnt = SQ_UNSET})

/* Prices a job as it will be after `update` (job_desc in slurm_job_modify, where
 * only what changes is set; an empty text takes something away).
 *
 * *ret_changed is false, and *ret as it was, when the update changes nothing that
 * has a price: hold, release, nice, comment, QOS, an array's throttle (which comes
 * as array_inx), or values that the job has already.
 *
 * A running job keeps its allocation (Slurm's own text of it): only its limit, or
 * its end, can change; giving nodes back is a resize, which the job's own event
 * tells.  A pending job is priced anew from its record with the update on top,
 * and never below Slurm's estimate (tres_fmt_req_str) or what is held, save in the
 * parts that the update sets: NumCPUs and MinCPUsNode may lower the CPUs, OverSubscribe
 * the hold of whole nodes, NumNodes the nodes and, like Gres and NumTasks, the GPUs.
 * A hold of whole nodes beyond that estimate is an exclusive job, and stays one.
 * NumTasks without CPUsPerTask takes pn_min_cpus for the CPUs of a task, and the
 * other way round: too much for jobs with --ntasks-per-node, bounded by the CPUs of
 * the job's nodes.
 *
 * Fails as sq_request_price(). */
int sq_request_modified(const struct sq_job_record *record, const struct sq_job_request *update,
                        const struct sq_partition *parts, size_t n, const struct sq_site *site,
                        struct sq_price *ret, bool *ret_changed, struct sq_error *err);

/* Prices a job as it is, for an update that leaves it so but for its account. */
int sq_request_recorded(const struct sq_job_record *record, const struct sq_partition *parts,
                        size_t n, const struct sq_site *site, struct sq_price *ret,
                        struct sq_error *err);
