/* draft.c - tasks, GPUs, CPUs and nodes of a job, as slurmctld counts them */
#include "slurm/draft.h"

#include <string.h>

#include "slurm/gres.h"

int64_t sq_draft_times(struct draft *draft, int64_t a, int64_t b) {
        int64_t product = 0;

        if (__builtin_mul_overflow(a, b, &product)) {
                draft->overflow = true;
                return 0;
        }
        return product;
}

/* The count of `name` in a list; the largest when it stands there more than once
 * ("gres/gpu:h100:4,gres/gpu:a100:2" in cpus_per_tres); 0 when it does not. */
static int find_count(const char *text, const char *name, const char *where, int64_t *ret,
                      struct sq_error *err) {
        const char *at = text;
        struct sq_gres gres;
        int rc;

        *ret = 0;
        while ((rc = sq_gres_next(&at, &gres, err)) == SQ_OK && *gres.name)
                if (!strcmp(gres.name, name))
                        *ret = larger(*ret, gres.count);
        if (rc < 0)
                sq_context(err, "%s", where);
        return rc;
}

static int read_gpus(const struct sq_job_request *request, struct gpus *ret,
                     struct sq_error *err) {
        const struct {
                const char *text, *where;
                struct sq_tres *gpus;
        } list[] = {
                {request->tres_per_job, "tres_per_job", &ret->job},
                {request->tres_per_node, "tres_per_node", &ret->node},
                {request->tres_per_socket, "tres_per_socket", &ret->socket},
                {request->tres_per_task, "tres_per_task", &ret->task},
        };
        int rc;

        for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
                list[i].gpus->n = 0;
                rc = sq_gres_raise_gpus(list[i].text, 1, list[i].gpus, err);
                if (rc < 0) {
                        sq_context(err, "%s", list[i].where);
                        return rc;
                }
        }
        return SQ_OK;
}

/* A job that wants more memory per CPU than the partition allows gets more CPUs
 * instead (job_mgr.c, _valid_pn_min_mem). */
static void apply_memory_limit(struct draft *draft) {
        const struct sq_job_request *request = draft->request;
        const int64_t limit = draft->room->mem_per_cpu;
        const int64_t per_cpu = count_or(request->min_mem_per_cpu, 0);
        const int64_t per_node = count_or(request->min_mem_per_node, 0);
        const int64_t tasks_per_node = count_or(request->ntasks_per_node, 0);

        if (limit == SQ_UNSET)
                return;
        if (per_cpu > limit)
                draft->cpus_per_task = sq_draft_times(draft, draft->cpus_per_task,
                                             divide_up(per_cpu, limit));
        draft->pn_min_cpus = larger(draft->pn_min_cpus, divide_up(per_node, limit));
        if (per_node && tasks_per_node)
                draft->cpus_per_task = larger(draft->cpus_per_task,
                                              divide_up(draft->pn_min_cpus, tasks_per_node));
}

/* Nodes as the job names them, within what its partitions have. */
static void bound_nodes(struct draft *draft) {
        const struct room *room = draft->room;
        const int64_t least = larger(count_or(draft->request->min_nodes, 1), room->min_nodes);
        const int64_t most = count_or(draft->request->max_nodes, least);

        draft->nodes_given = sq_number_counts(draft->request->max_nodes);
        draft->nodes = larger(least, smaller(most, room->max_nodes));
}

/* GPUs per job decide over nodes and tasks (gres.c, _test_gres_cnt). */
static void apply_gpus_per_job(struct draft *draft) {
        const struct sq_tres *job = &draft->gpus.job;
        const int64_t least = larger(count_or(draft->request->min_nodes, 1),
                                     draft->room->min_nodes);
        int64_t count, per_node, per_task, sum = 0;

        for (size_t i = 0; i < job->n; i++) {
                count = job->item[i].count;
                per_node = sq_tres_count(&draft->gpus.node, job->item[i].name);
                per_task = sq_tres_count(&draft->gpus.task, job->item[i].name);
                if (per_node) {
                        draft->nodes = larger(least, divide_up(count, per_node));
                        draft->nodes_given = true;
                } else if (draft->nodes > count)
                        draft->nodes = larger(least, count);
                if (per_task && !sq_number_counts(draft->request->num_tasks))
                        draft->tasks = larger(draft->tasks, divide_up(count, per_task));
                if (__builtin_add_overflow(sum, count, &sum))
                        draft->overflow = true;
        }
        if (!draft->nodes_given && draft->room->node_gpus)
                draft->nodes = larger(draft->nodes, divide_up(sum, draft->room->node_gpus));
}

int sq_draft_start(const struct sq_job_request *request, const struct sq_site *site,
                       const struct room *room, struct draft *ret, struct sq_error *err) {
        struct draft *const draft = ret;
        int64_t count;
        int rc;

        *draft = (struct draft){.request = request, .site = site, .room = room};
        rc = read_gpus(request, &draft->gpus, err);
        if (rc < 0)
                return rc;
        rc = find_count(request->cpus_per_tres, "gpu", "cpus_per_tres", &draft->cpus_per_gpu,
                        err);
        if (rc < 0)
                return rc;
        rc = find_count(request->tres_per_task, "cpu", "tres_per_task", &count, err);
        if (rc < 0)
                return rc;
        if (!draft->cpus_per_gpu)
                draft->cpus_per_gpu = count_or(site->cpus_per_gpu, 0);
        draft->cpus_per_task = larger(count, count_or(request->cpus_per_task, 1));
        draft->pn_min_cpus = count_or(request->pn_min_cpus, 1);
        draft->tasks = count_or(request->num_tasks, 0);
        draft->exclusive = request->shared == SQ_SHARED_NONE ||
                           sq_number_counts(request->reboot) || room->exclusive ||
                           site->whole_nodes;
        apply_memory_limit(draft);
        bound_nodes(draft);
        apply_gpus_per_job(draft);
        return SQ_OK;
}

/* ---------------------------------------------------------------- counts */

static int64_t count_tasks(struct draft *draft) {
        const int64_t per_node = count_or(draft->request->ntasks_per_node, 0);

        if (draft->tasks)
                return draft->tasks;
        return per_node ? sq_draft_times(draft, draft->nodes, per_node) : draft->nodes;
}

static int64_t count_sockets(struct draft *draft, int64_t tasks) {
        const struct sq_job_request *request = draft->request;

        if (sq_number_counts(request->sockets_per_node))
                return sq_draft_times(draft, draft->nodes, request->sockets_per_node);
        if (sq_number_counts(request->ntasks_per_socket))
                return divide_up(tasks, request->ntasks_per_socket);
        return draft->nodes;
}

static void raise_counts(struct draft *draft, const struct sq_tres *from, int64_t factor,
                  struct sq_tres *to) {
        int64_t count;

        for (size_t i = 0; i < from->n; i++) {
                count = sq_draft_times(draft, from->item[i].count, factor);
                if (count > sq_tres_count(to, from->item[i].name) &&
                    !sq_tres_set(to, from->item[i].name, count))
                        draft->overflow = true; /* more types than the list has room for */
        }
}

/* All GPUs of the job in `ret`, still by type; their number is the result. */
static int64_t count_gpus(struct draft *draft, int64_t tasks, struct sq_tres *ret) {
        const int64_t tasks_per_gpu = count_or(draft->request->ntasks_per_tres, 0);
        int64_t sum = 0;

        ret->n = 0;
        raise_counts(draft, &draft->gpus.job, 1, ret);
        raise_counts(draft, &draft->gpus.node, draft->nodes, ret);
        raise_counts(draft, &draft->gpus.socket, count_sockets(draft, tasks), ret);
        raise_counts(draft, &draft->gpus.task, tasks, ret);
        if (!ret->n && tasks_per_gpu)
                sq_tres_set(ret, "gres/gpu",
                            draft->tasks ? tasks / tasks_per_gpu : draft->nodes);
        for (size_t i = 0; i < ret->n; i++)
                if (__builtin_add_overflow(sum, ret->item[i].count, &sum))
                        draft->overflow = true;
        return sum;
}

static int64_t count_cpus(struct draft *draft, int64_t tasks, int64_t gpus) {
        const struct sq_job_request *request = draft->request;
        const int64_t per_task = draft->cpus_per_task;
        const int64_t tasks_per_node = count_or(request->ntasks_per_node, 1);
        int64_t cpus = count_or(request->min_cpus, 1), per_node;

        cpus = larger(cpus, sq_draft_times(draft, tasks, per_task));
        cpus = larger(cpus, sq_draft_times(draft, gpus, draft->cpus_per_gpu));
        per_node = larger(draft->pn_min_cpus, per_task);
        if (tasks > 1)
                per_node = larger(per_node, sq_draft_times(draft, tasks_per_node, per_task));
        return larger(cpus, sq_draft_times(draft, draft->nodes, per_node));
}

/* Slurm hands out whole cores, and fewer CPUs of a core are of use when the job
 * limits threads or tasks on it. */
static int64_t round_to_cores(struct draft *draft, int64_t cpus, int64_t tasks) {
        const int64_t core = draft->site->cpus_per_core;
        const int64_t per_task = draft->cpus_per_task;
        const int64_t tasks_per_core = count_or(draft->request->ntasks_per_core, 0);
        int64_t usable, cores;

        if (core < 2)
                return cpus;
        usable = smaller(core, count_or(draft->request->threads_per_core, core));
        if (tasks_per_core)
                usable = smaller(usable, sq_draft_times(draft, tasks_per_core, per_task));
        if (usable < 1)
                return cpus; /* overflow, reported at the end */
        cores = larger(divide_up(cpus, usable), draft->nodes);
        /* Slurm books every CPU as a whole core then (dist_tasks.c, _set_task_dist). */
        if (count_or(draft->request->threads_per_core, core) < core)
                cores = larger(cores, cpus);
        if (tasks_per_core == 1)
                cores = larger(cores,
                               sq_draft_times(draft, tasks, divide_up(per_task, usable)));
        return sq_draft_times(draft, cores, core);
}

/* Nodes that the counts need when the job names no upper end. */
static int64_t need_nodes(const struct draft *draft, int64_t tasks, int64_t cpus) {
        const int64_t per_node = count_or(draft->request->ntasks_per_node, 0);
        const int64_t node_cpus = draft->exclusive ? draft->room->node_cpus
                                                   : draft->room->usable_cpus;
        int64_t nodes = draft->nodes;

        if (per_node && draft->tasks)
                nodes = larger(nodes, divide_up(tasks, per_node));
        if (sq_number_counts(node_cpus))
                nodes = larger(nodes, divide_up(cpus, node_cpus));
        return smaller(nodes, larger(draft->nodes, draft->room->max_nodes));
}

int sq_draft_finish(struct draft *draft, struct sq_price *ret, struct sq_error *err) {
        const struct room *room = draft->room;
        const int64_t tasks_per_gpu = count_or(draft->request->ntasks_per_tres, 0);
        const int64_t mem_per_cpu = count_or(draft->request->min_mem_per_cpu, 0);
        int64_t tasks, gpus, cpus, nodes, mem;
        bool fits = true;

        /* What is asked for per node depends on the nodes, which may depend on the
         * counts: twice is enough, since more nodes never need fewer CPUs and what
         * grew with them fits on them. */
        for (int pass = 0;; pass++) {
                tasks = count_tasks(draft);
                gpus = count_gpus(draft, tasks, &ret->tres);
                if (gpus && tasks_per_gpu)
                        tasks = larger(tasks, sq_draft_times(draft, gpus, tasks_per_gpu));
                cpus = round_to_cores(draft, count_cpus(draft, tasks, gpus), tasks);
                nodes = draft->nodes_given ? draft->nodes : need_nodes(draft, tasks, cpus);
                if (nodes == draft->nodes || pass)
                        break;
                draft->nodes = nodes;
        }
        if (draft->exclusive) {
                cpus = larger(cpus, sq_draft_times(draft, draft->nodes,
                                                   count_or(room->node_cpus, 0)));
                raise_counts(draft, &room->whole_node, draft->nodes, &ret->tres);
        }
        mem = mem_per_cpu ? sq_draft_times(draft, mem_per_cpu, cpus)
                          : sq_draft_times(draft, draft->nodes,
                                  count_or(draft->request->min_mem_per_node, 0));
        fits = sq_gres_sum_gpus(&ret->tres) && sq_tres_set(&ret->tres, "cpu", cpus) &&
               sq_tres_set(&ret->tres, "node", draft->nodes) &&
               (!mem || sq_tres_set(&ret->tres, "mem", mem));
        if (!fits || draft->overflow)
                return sq_fail(err, SQ_ERANGE, "job asks for more than can be counted");
        ret->nodes = draft->nodes;
        return SQ_OK;
}

int sq_draft_set_time(int64_t minutes, const struct room *room, struct sq_price *ret,
                    struct sq_error *err) {
        if (minutes == SQ_UNSET)
                minutes = room->minutes;
        ret->open_ended = minutes == SQ_INFINITE;
        ret->seconds = SQ_OPEN_ENDED_SECONDS;
        if (!ret->open_ended && __builtin_mul_overflow(larger(minutes, 1), 60, &ret->seconds))
                return sq_fail(err, SQ_ERANGE, "time limit is too long");
        return SQ_OK;
}
