/* modification.c - the price of a job as it will be */
#include "slurm/draft.h"

#include <string.h>

#include "slurm/gres.h"
#include "slurm/tres_text.h"

/* job_state: the state is in the low byte, flags above (slurm.h). */
#define STATE_MASK 0xff
#define STATE_RUNNING 1
#define STATE_SUSPENDED 2

/* Which parts of the price an update touches. */
struct touched {
        bool time, nodes, cpus, gpus, partition, shape;
};

static bool is_running(const struct sq_job_record *record) {
        const int64_t state = record->job_state & STATE_MASK;

        return record->job_state != SQ_UNSET &&
               (state == STATE_RUNNING || state == STATE_SUSPENDED);
}

static bool differs(int64_t update, int64_t record) {
        return update != SQ_UNSET && update != record;
}

static bool text_differs(const char *update, const char *record) {
        return update && strcmp(update, record ? record : "");
}

/* NumNodes=ALL comes as infinite and asks slurmctld for nothing; a record's
 * max_nodes of 0 is "no upper end". */
static bool nodes_differ(int64_t update, int64_t record) {
        return update != SQ_INFINITE && differs(update, record) &&
               !(update == 0 && !sq_number_counts(record));
}

static struct touched find_touched(const struct sq_job_record *record,
                                   const struct sq_job_request *update) {
        struct touched t = {.time = differs(update->time_limit, record->time_limit)};

        t.nodes = nodes_differ(update->min_nodes, record->min_nodes) ||
                  nodes_differ(update->max_nodes, record->max_nodes);
        t.cpus = differs(update->min_cpus, record->min_cpus) ||
                 (update->pn_min_cpus > 0 &&
                  differs(update->pn_min_cpus, record->pn_min_cpus));
        t.gpus = text_differs(update->tres_per_job, record->tres_per_job) ||
                 text_differs(update->tres_per_node, record->tres_per_node) ||
                 text_differs(update->tres_per_socket, record->tres_per_socket) ||
                 text_differs(update->tres_per_task, record->tres_per_task) ||
                 update->num_tasks != SQ_UNSET || update->ntasks_per_tres != SQ_UNSET ||
                 update->sockets_per_node != SQ_UNSET;
        t.partition = text_differs(update->partition, record->partition);
        t.shape = update->cpus_per_task != SQ_UNSET || update->ntasks_per_node != SQ_UNSET ||
                  update->ntasks_per_socket != SQ_UNSET ||
                  update->ntasks_per_core != SQ_UNSET ||
                  update->threads_per_core != SQ_UNSET || update->shared != SQ_UNSET ||
                  differs(update->reboot, record->reboot) ||
                  differs(update->min_mem_per_cpu, record->min_mem_per_cpu) ||
                  differs(update->min_mem_per_node, record->min_mem_per_node) ||
                  text_differs(update->cpus_per_tres, record->cpus_per_tres);
        return t;
}

static int64_t set_or(int64_t update, int64_t record) {
        return update != SQ_UNSET ? update : record;
}

static const char *text_or(const char *update, const char *record) {
        return update ? update : record;
}

/* The job descriptor that would have made the job as it will be. */
static struct sq_job_request merge(const struct sq_job_record *record,
                                   const struct sq_job_request *update,
                                   const struct touched *touched) {
        struct sq_job_request job = *update;
        const bool mem_touched = update->min_mem_per_cpu != SQ_UNSET ||
                                 update->min_mem_per_node != SQ_UNSET;

        job.array_inx = NULL; /* only the throttle */
        job.partition = text_or(update->partition, record->partition);
        job.tres_per_job = text_or(update->tres_per_job, record->tres_per_job);
        job.tres_per_node = text_or(update->tres_per_node, record->tres_per_node);
        job.tres_per_socket = text_or(update->tres_per_socket, record->tres_per_socket);
        job.tres_per_task = text_or(update->tres_per_task, record->tres_per_task);
        job.cpus_per_tres = text_or(update->cpus_per_tres, record->cpus_per_tres);
        job.pn_min_cpus = count_or(update->pn_min_cpus, record->pn_min_cpus);
        job.min_cpus = touched->cpus ? update->min_cpus : record->min_cpus;
        job.min_nodes = count_or(update->min_nodes, record->min_nodes);
        job.max_nodes = update->max_nodes != SQ_UNSET && update->max_nodes != SQ_INFINITE
                                ? update->max_nodes
                                : record->max_nodes;
        /* NumNodes may raise the lower end beyond an upper end that it leaves. */
        if (sq_number_counts(job.max_nodes) && sq_number_counts(job.min_nodes))
                job.max_nodes = larger(job.max_nodes, job.min_nodes);
        if (!mem_touched) {
                job.min_mem_per_cpu = record->min_mem_per_cpu;
                job.min_mem_per_node = record->min_mem_per_node;
        }
        job.reboot = set_or(update->reboot, record->reboot);
        job.time_limit = set_or(update->time_limit, record->time_limit);
        return job;
}

/* Lua does not tell a job's tasks nor their CPUs.  pn_min_cpus is the CPUs of a task,
 * or of all tasks of a node with --ntasks-per-node; GPUs per task tell the tasks. */
static int guess_tasks(const struct sq_job_record *record, const struct sq_tres *estimate,
                       int64_t *ret, struct sq_error *err) {
        const int64_t cpus = larger(sq_tres_count(estimate, "cpu"), 1);
        const int64_t gpus = sq_tres_count(estimate, "gres/gpu");
        struct sq_tres per_task = {.n = 0};
        int rc;

        rc = sq_gres_add_gpus(record->tres_per_task, 1, &per_task, err);
        if (rc < 0)
                return rc;
        *ret = divide_up(cpus, count_or(record->pn_min_cpus, 1));
        if (per_task.n)
                *ret = larger(*ret, gpus / sq_tres_count(&per_task, "gres/gpu"));
        return SQ_OK;
}

/* For NumTasks: what the record says at most, but not more than fits on the job's
 * nodes. */
static int64_t guess_cpus_per_task(const struct sq_job_record *record,
                                   const struct room *room, const struct sq_job_request *job) {
        const int64_t most_nodes = count_or(job->max_nodes, 0);
        const int64_t guess = count_or(record->pn_min_cpus, 1);
        int64_t cpus;

        if (!most_nodes || !sq_number_counts(room->node_cpus) ||
            __builtin_mul_overflow(most_nodes, room->node_cpus, &cpus))
                return guess;
        return smaller(guess, larger(1, cpus / job->num_tasks));
}

/* Does the hold have whole nodes, more than Slurm's estimate explains? */
static bool holds_whole_nodes(const struct sq_job_record *record, const struct room *room,
                              const struct sq_tres *estimate) {
        int64_t cpus, nodes;

        if (!record->held || !sq_number_counts(room->node_cpus))
                return false;
        cpus = sq_tres_count(record->held, "cpu");
        nodes = sq_tres_count(record->held, "node");
        return nodes > 0 && cpus > sq_tres_count(estimate, "cpu") &&
               cpus / nodes >= room->node_cpus;
}

static bool is_gpu(const char *name) {
        return !strcmp(name, "gres/gpu") || sq_tres_gpu_type(name);
}

/* Raises the price to `floor` in what the update left alone; TRES that are not
 * ours to compute (licences and the like) come in this way. */
static bool apply_floor(const struct sq_tres *floor, const struct touched *touched,
                        bool cpus_may_fall, struct sq_tres *ret) {
        for (size_t i = 0; i < floor->n; i++) {
                const char *name = floor->item[i].name;
                const int64_t count = floor->item[i].count;

                if (!strcmp(name, "cpu") ? cpus_may_fall
                    : !strcmp(name, "node") ? touched->nodes
                    : is_gpu(name) ? touched->gpus || touched->nodes
                    : !strcmp(name, "mem") ? touched->shape || cpus_may_fall || touched->nodes
                                           : !strcmp(name, "billing"))
                        continue;
                if (count > sq_tres_count(ret, name) && !sq_tres_set(ret, name, count))
                        return false;
        }
        return true;
}

static int price_pending(const struct sq_job_record *record,
                         const struct sq_job_request *update, const struct touched *touched,
                         const struct sq_partition *parts, size_t n,
                         const struct sq_site *site, struct sq_price *ret,
                         struct sq_error *err) {
        struct sq_job_request job;
        struct sq_tres estimate;
        struct draft draft;
        struct room room;
        int rc;

        rc = sq_tres_parse(record->tres_fmt_req_str, &estimate, err);
        if (rc < 0)
                return rc;
        job = merge(record, update, touched);
        rc = sq_find_room(job.partition, parts, n, site, &room, err);
        if (rc < 0)
                return rc;
        if (sq_number_counts(job.num_tasks)) {
                if (!sq_number_counts(job.cpus_per_task))
                        job.cpus_per_task = guess_cpus_per_task(record, &room, &job);
        } else if (touched->gpus || sq_number_counts(job.cpus_per_task)) {
                rc = guess_tasks(record, &estimate, &job.num_tasks, err);
                if (rc < 0)
                        return rc;
        }
        rc = sq_draft_start(&job, site, &room, &draft, err);
        if (rc < 0)
                return rc;
        if (update->shared == SQ_UNSET && holds_whole_nodes(record, &room, &estimate))
                draft.exclusive = true;
        rc = sq_draft_finish(&draft, ret, err);
        if (rc < 0)
                return rc;
        if (!apply_floor(&estimate, touched, touched->cpus, &ret->tres) ||
            (record->held &&
             !apply_floor(record->held, touched, touched->cpus || update->shared != SQ_UNSET,
                          &ret->tres)))
                return sq_fail(err, SQ_ERANGE, "job has too many TRES");
        ret->nodes = sq_tres_count(&ret->tres, "node");
        ret->tasks = count_or(record->array_task_cnt, 1);
        return sq_draft_set_time(job.time_limit, &room, ret, err);
}

/* EndTime moves the limit by the difference, to the nearest minute, whatever
 * TimeLimit comes with it (job_mgr.c, _update_job). */
static int64_t running_limit(const struct sq_job_record *record,
                             const struct sq_job_request *update) {
        int64_t delta;

        if (sq_number_counts(update->end_time) && sq_number_counts(record->end_time) &&
            sq_number_counts(record->time_limit) &&
            !__builtin_sub_overflow(update->end_time, record->end_time, &delta) &&
            !__builtin_add_overflow(delta, 30, &delta) &&
            !__builtin_add_overflow(delta / 60, record->time_limit, &delta))
                return larger(delta, 0);
        return set_or(update->time_limit, record->time_limit);
}

static int price_running(const struct sq_job_record *record, int64_t minutes,
                         const struct sq_partition *parts, size_t n,
                         const struct sq_site *site, struct sq_price *ret,
                         struct sq_error *err) {
        const char *text = record->tres_fmt_alloc_str;
        struct room room;
        int rc;

        if (!text || !*text)
                text = record->tres_fmt_req_str;
        rc = sq_tres_parse(text, &ret->tres, err);
        if (rc < 0)
                return rc;
        if (!ret->tres.n && record->held)
                ret->tres = *record->held;
        rc = sq_find_room(record->partition, parts, n, site, &room, err);
        if (rc < 0)
                return rc;
        ret->nodes = sq_tres_count(&ret->tres, "node");
        ret->tasks = 1;
        return sq_draft_set_time(minutes, &room, ret, err);
}

int sq_request_modified(const struct sq_job_record *record, const struct sq_job_request *update,
                        const struct sq_partition *parts, size_t n, const struct sq_site *site,
                        struct sq_price *ret, bool *ret_changed, struct sq_error *err) {
        const struct touched touched = find_touched(record, update);
        struct sq_price price = {.tasks = 1};
        int64_t minutes;
        bool changed;
        int rc;

        if (!site)
                site = &sq_no_site;
        minutes = running_limit(record, update);
        if (is_running(record))
                changed = minutes != record->time_limit;
        else
                changed = touched.time || touched.nodes || touched.cpus || touched.gpus ||
                          touched.partition || touched.shape;
        if (!changed) {
                *ret_changed = false;
                return SQ_OK;
        }
        if (is_running(record))
                rc = price_running(record, minutes, parts, n, site, &price, err);
        else
                rc = price_pending(record, update, &touched, parts, n, site, &price, err);
        if (rc < 0)
                return rc;
        *ret = price;
        *ret_changed = true;
        return SQ_OK;
}

int sq_request_recorded(const struct sq_job_record *record, const struct sq_partition *parts,
                        size_t n, const struct sq_site *site, struct sq_price *ret,
                        struct sq_error *err) {
        const struct sq_job_request nothing = SQ_JOB_REQUEST_UNSET;
        const struct touched touched = find_touched(record, &nothing);
        struct sq_price price = {.tasks = 1};
        int rc;

        if (!site)
                site = &sq_no_site;
        if (is_running(record))
                rc = price_running(record, record->time_limit, parts, n, site, &price, err);
        else
                rc = price_pending(record, &nothing, &touched, parts, n, site, &price, err);
        if (rc == SQ_OK)
                *ret = price;
        return rc;
}
