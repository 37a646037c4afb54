/* draft.h - a job on its way to a price (private to this folder)
 *
 * room.c knows the partitions, draft.c the job; request.c prices a new one with
 * them and modification.c one that changes.
 */
#pragma once

#include "slurm/request.h"

/* What the partitions that a job may run in come to, all together. */
struct room {
        int64_t node_cpus;   /* of the largest node; SQ_UNSET: not known */
        int64_t usable_cpus; /* of them for a job that shares the node */
        int64_t min_nodes;
        int64_t max_nodes;   /* SQ_INFINITE: no bound known */
        int64_t mem_per_cpu; /* the smallest limit; SQ_UNSET: none */
        int64_t minutes;     /* for a job without a limit; SQ_INFINITE: none */
        int64_t node_gpus;   /* in whole_node; 0: not known */
        struct sq_tres whole_node;
        bool exclusive;
};

/* The GPUs that a job asks for, each way of saying so by itself. */
struct gpus {
        struct sq_tres job, node, socket, task;
};

/* A job on its way to a price. */
struct draft {
        const struct sq_job_request *request;
        const struct sq_site *site;
        const struct room *room;
        struct gpus gpus;
        int64_t cpus_per_task;
        int64_t cpus_per_gpu;
        int64_t pn_min_cpus;
        int64_t tasks; /* as given; 0: not */
        int64_t nodes;
        bool nodes_given; /* there is an upper end */
        bool exclusive;
        bool overflow; /* sticky: checked once at the end */
};

/* A site that said nothing. */
extern const struct sq_site sq_no_site;

/* What the partitions of the list `names` come to; SQ_EINVAL: the site's GPUs of a
 * node cannot be read. */
int sq_find_room(const char *names, const struct sq_partition *parts, size_t n,
                 const struct sq_site *site, struct room *ret, struct sq_error *err);

/* Reads the request into a draft, which keeps pointers to all three. */
int sq_draft_start(const struct sq_job_request *request, const struct sq_site *site,
                   const struct room *room, struct draft *ret, struct sq_error *err);

/* Counts tasks, GPUs, CPUs and nodes: ret->tres and ret->nodes. */
int sq_draft_finish(struct draft *draft, struct sq_price *ret, struct sq_error *err);

/* The time: `minutes`, or what the partitions say when that is SQ_UNSET. */
int sq_draft_set_time(int64_t minutes, const struct room *room, struct sq_price *ret,
                      struct sq_error *err);

/* `a` * `b`; an overflow is remembered in the draft. */
int64_t sq_draft_times(struct draft *draft, int64_t a, int64_t b);

/* --- small arithmetic ---------------------------------------------------- */

static inline int64_t count_or(int64_t number, int64_t otherwise) {
        return sq_number_counts(number) ? number : otherwise;
}

static inline int64_t larger(int64_t a, int64_t b) {
        return a > b ? a : b;
}

static inline int64_t smaller(int64_t a, int64_t b) {
        return a < b ? a : b;
}

static inline int64_t divide_up(int64_t a, int64_t b) {
        return a / b + (a % b > 0);
}
