#include "slurm/sbatch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/grow.h"
#include "slurm/gres.h"
#include "slurm/hosts.h"
#include "slurm/sbatch_setting.h"

struct sq_sbatch {
        struct sq_sbatch_texts texts;
        struct sq_sbatch_job *job;
        size_t n, room;
        bool wrapped, has_pbs;
};

/* A component on its way to a job: what sbatch keeps in its slurm_opt_t. */
struct work {
        struct sq_sbatch_settings settings;
        struct sq_sbatch_texts *texts;
        int64_t tasks, cpus_per_task, min_nodes, max_nodes, pn_min_cpus;
        bool tasks_set, cpus_set, nodes_set;
};

static const struct sq_sbatch_setting *get(const struct work *w, enum sq_sbatch_meaning m) {
        return &w->settings.of[m];
}

static bool is_set(const struct work *w, enum sq_sbatch_meaning m) {
        return get(w, m)->set;
}

static bool is_told(const struct work *w, enum sq_sbatch_meaning m) {
        return get(w, m)->set && !get(w, m)->by_environment;
}

static void forget(struct work *w, enum sq_sbatch_meaning m) {
        w->settings.of[m] = (struct sq_sbatch_setting){.set = false};
}

/* SQ_UNSET when nobody said. */
static int64_t number_of(const struct work *w, enum sq_sbatch_meaning m) {
        return is_set(w, m) ? get(w, m)->number : SQ_UNSET;
}

static const char *text_of(const struct work *w, enum sq_sbatch_meaning m) {
        const char *text = is_set(w, m) ? get(w, m)->text : NULL;

        return text && *text ? text : NULL;
}

/* --- what excludes what -------------------------------------------------------------- */

static int exclude(const struct work *w, enum sq_sbatch_meaning one,
                   enum sq_sbatch_meaning other, struct sq_error *err) {
        if (!is_set(w, one) || !is_set(w, other))
                return SQ_OK;
        return sq_fail(err, SQ_EINVAL, "--%s and --%s exclude each other",
                       sq_sbatch_meaning_name(one), sq_sbatch_meaning_name(other));
}

/* _validate_ntasks_per_gpu() */
static int settle_tasks_per_gpu(struct work *w, struct sq_error *err) {
        const enum sq_sbatch_meaning gpu = SQ_SBATCH_NTASKS_PER_GPU;
        const enum sq_sbatch_meaning tres = SQ_SBATCH_NTASKS_PER_TRES;
        static const enum sq_sbatch_meaning others[] = {
                SQ_SBATCH_GPUS_PER_TASK, SQ_SBATCH_GPUS_PER_SOCKET, SQ_SBATCH_NTASKS_PER_NODE};
        int rc = SQ_OK;

        if (is_set(w, gpu) && is_set(w, tres) && number_of(w, gpu) != number_of(w, tres))
                return exclude(w, gpu, tres, err);
        for (size_t i = 0; i < 3 && !rc; i++) {
                rc = exclude(w, gpu, others[i], err);
                if (!rc)
                        rc = exclude(w, tres, others[i], err);
        }
        return rc;
}

/* _validate_memory_options(): what was told counts more than the environment. */
static int settle_memory(struct work *w, struct sq_error *err) {
        static const enum sq_sbatch_meaning kind[] = {SQ_SBATCH_MEM, SQ_SBATCH_MEM_PER_CPU,
                                                      SQ_SBATCH_MEM_PER_GPU};
        int rc = SQ_OK;

        for (int i = 0; i < 3; i++)
                if (is_told(w, kind[i]))
                        for (int k = 0; k < 3; k++)
                                if (!is_told(w, kind[k]))
                                        forget(w, kind[k]);
        for (int i = 0; i < 3 && !rc; i++)
                rc = exclude(w, kind[i], kind[(i + 1) % 3], err);
        return rc;
}

/* _validate_cpus_per_tres() of 23.11 and later; before, both count. */
static void settle_cpus_per_gpu(struct work *w) {
        if (is_told(w, SQ_SBATCH_CPUS_PER_TASK) && !is_told(w, SQ_SBATCH_CPUS_PER_GPU))
                forget(w, SQ_SBATCH_CPUS_PER_GPU);
}

static void set_number(struct work *w, enum sq_sbatch_meaning m, int64_t number) {
        w->settings.of[m] = (struct sq_sbatch_setting){.set = true, .number = number};
}

/* validate_hint_option() and verify_hint(): a hint gives way to what says the same in
 * numbers, and else puts itself in its place. */
static int apply_hint(struct work *w, struct sq_error *err) {
        static const enum sq_sbatch_meaning rivals[] = {
                SQ_SBATCH_NTASKS_PER_CORE, SQ_SBATCH_CORES_PER_SOCKET,
                SQ_SBATCH_SOCKETS_PER_NODE, SQ_SBATCH_THREADS_PER_CORE,
                SQ_SBATCH_EXTRA_NODE_INFO};
        const bool told = is_told(w, SQ_SBATCH_HINT);
        const char *p = text_of(w, SQ_SBATCH_HINT);

        for (size_t i = 0; p && i < sizeof rivals / sizeof rivals[0]; i++)
                if (is_told(w, rivals[i]) || (!told && is_set(w, rivals[i])))
                        return SQ_OK;
        for (size_t i = 0; p && i < sizeof rivals / sizeof rivals[0]; i++)
                forget(w, rivals[i]);
        for (size_t length; p && *p; p += length + (p[length] == ',')) {
                length = strcspn(p, ",");
                if (length == strlen("multithread") && !strncasecmp(p, "multithread", length)) {
                        forget(w, SQ_SBATCH_THREADS_PER_CORE);
                        continue;
                }
                if ((length == strlen("compute_bound") &&
                     !strncasecmp(p, "compute_bound", length)) ||
                    (length == strlen("nomultithread") &&
                     !strncasecmp(p, "nomultithread", length))) {
                        set_number(w, SQ_SBATCH_THREADS_PER_CORE, 1);
                } else if (length == strlen("memory_bound") &&
                           !strncasecmp(p, "memory_bound", length)) {
                        set_number(w, SQ_SBATCH_CORES_PER_SOCKET, 1);
                        set_number(w, SQ_SBATCH_THREADS_PER_CORE, 1);
                } else {
                        return sq_fail(err, SQ_EINVAL, "\"%.60s\" is not acceptable for"
                                                       " --hint", p);
                }
        }
        return SQ_OK;
}

/* --- counts -------------------------------------------------------------------------- */

/* Hosts named, unless in a file. */
static int count_hosts(const struct work *w, int64_t *ret, struct sq_error *err) {
        const char *list = text_of(w, SQ_SBATCH_NODELIST);

        *ret = 0;
        if (!list || strpbrk(list, "/{"))
                return SQ_OK;
        return sq_hosts_count(list, ret, err);
}

static void start_counts(struct work *w) {
        const struct sq_sbatch_setting *nodes = get(w, SQ_SBATCH_NODES);

        w->tasks_set = is_set(w, SQ_SBATCH_NTASKS);
        w->tasks = w->tasks_set ? number_of(w, SQ_SBATCH_NTASKS) : 1;
        w->cpus_set = is_set(w, SQ_SBATCH_CPUS_PER_TASK);
        w->cpus_per_task = w->cpus_set ? number_of(w, SQ_SBATCH_CPUS_PER_TASK) : 1;
        w->nodes_set = nodes->set;
        w->min_nodes = nodes->set ? nodes->number : 1;
        w->max_nodes = nodes->set ? nodes->most : 0;
        w->pn_min_cpus = number_of(w, SQ_SBATCH_MINCPUS);
        if (w->cpus_set && w->pn_min_cpus < w->cpus_per_task)
                w->pn_min_cpus = w->cpus_per_task;
}

static void apply_hosts(struct work *w, int64_t hosts) {
        if (!hosts)
                return;
        if (!w->nodes_set || hosts > w->min_nodes)
                w->min_nodes = hosts;
        w->nodes_set = true;
}

static bool multiply(int64_t *number, int64_t by) {
        return by == SQ_UNSET || !__builtin_mul_overflow(*number, by, number);
}

/* "massage the numbers" of _opt_verify(), with the tasks of --ntasks-per-node as 22.05
 * counts them (later versions leave that to slurmctld, with the same result). */
static int settle_counts(struct work *w, struct sq_error *err) {
        const int64_t per_node = number_of(w, SQ_SBATCH_NTASKS_PER_NODE);
        const bool nodes_are_known = !w->max_nodes || w->min_nodes == w->max_nodes;
        bool fits = true;

        if (w->max_nodes && w->min_nodes > w->max_nodes)
                return sq_fail(err, SQ_EINVAL, "more nodes are named than --nodes allows");
        if (per_node != SQ_UNSET && !w->tasks_set && nodes_are_known) {
                w->tasks = w->min_nodes;
                w->tasks_set = true;
                fits = multiply(&w->tasks, per_node);
        } else if ((w->nodes_set || is_set(w, SQ_SBATCH_EXTRA_NODE_INFO)) && nodes_are_known &&
                   !w->tasks_set) {
                const int64_t sockets = number_of(w, SQ_SBATCH_SOCKETS_PER_NODE);
                const int64_t cores = number_of(w, SQ_SBATCH_CORES_PER_SOCKET);
                const int64_t threads = number_of(w, SQ_SBATCH_THREADS_PER_CORE);

                w->tasks = w->min_nodes > 1 ? w->min_nodes : 1;
                w->tasks_set = sockets != SQ_UNSET || cores != SQ_UNSET || threads != SQ_UNSET;
                fits = multiply(&w->tasks, sockets) && multiply(&w->tasks, cores) &&
                       multiply(&w->tasks, threads);
        } else if (w->nodes_set && w->tasks_set) {
                if (w->tasks < w->max_nodes)
                        w->max_nodes = w->tasks;
                if (w->tasks < w->min_nodes)
                        w->min_nodes = w->max_nodes = w->tasks;
        }
        if (!fits || w->tasks > INT32_MAX)
                return sq_fail(err, SQ_ERANGE, "more tasks than can be counted");
        return SQ_OK;
}

/* --distribution=arbitrary: a task for each host that is named. */
static void apply_arbitrary(struct work *w, int64_t hosts) {
        const char *distribution = text_of(w, SQ_SBATCH_DISTRIBUTION);

        if (!distribution || strncasecmp(distribution, "arbitrary", 9) != 0 || !hosts ||
            w->tasks_set)
                return;
        w->tasks_set = true;
        w->tasks = hosts;
}

/* --- the request --------------------------------------------------------------------- */

/* "h100:2,a100" as "gres/gpu:h100:2,gres/gpu:a100", behind `before`, which may be NULL. */
static int add_gpus(struct work *w, const char *before, const char *gpus, const char **ret,
                    struct sq_error *err) {
        char text[2 * SQ_GRES_TEXT_MAX];
        size_t n = 0;

        if (before)
                n = (size_t)snprintf(text, sizeof text, "%s", before);
        for (const char *p = gpus; p && *p && n < sizeof text;) {
                const size_t length = strcspn(p, ",");

                if (length)
                        n += (size_t)snprintf(text + n, sizeof text - n, "%sgres/gpu:%.*s",
                                              n ? "," : "", (int)length, p);
                p += length + (p[length] == ',');
        }
        if (n >= sizeof text)
                return sq_fail(err, SQ_EINVAL, "list of resources is too long");
        *ret = n ? sq_sbatch_keep(w->texts, text) : NULL;
        return n && !*ret ? sq_fail(err, SQ_ENOMEM, "out of memory") : SQ_OK;
}

/* The GPUs in each way of asking; --gres beside --gpus-per-node. */
static int fill_resources(struct work *w, struct sq_job_request *request,
                          struct sq_error *err) {
        const char *gres = text_of(w, SQ_SBATCH_GRES);
        char per_gpu[40];
        int rc;

        if (gres && !strcasecmp(gres, "none"))
                gres = NULL;
        if ((rc = add_gpus(w, NULL, text_of(w, SQ_SBATCH_GPUS), &request->tres_per_job, err)) ||
            (rc = add_gpus(w, gres, text_of(w, SQ_SBATCH_GPUS_PER_NODE),
                           &request->tres_per_node, err)) ||
            (rc = add_gpus(w, NULL, text_of(w, SQ_SBATCH_GPUS_PER_SOCKET),
                           &request->tres_per_socket, err)) ||
            (rc = add_gpus(w, text_of(w, SQ_SBATCH_TRES_PER_TASK),
                           text_of(w, SQ_SBATCH_GPUS_PER_TASK), &request->tres_per_task, err)))
                return rc;
        if (!is_set(w, SQ_SBATCH_CPUS_PER_GPU))
                return SQ_OK;
        snprintf(per_gpu, sizeof per_gpu, "gres/gpu:%lld",
                 (long long)number_of(w, SQ_SBATCH_CPUS_PER_GPU));
        request->cpus_per_tres = sq_sbatch_keep(w->texts, per_gpu);
        return request->cpus_per_tres ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

static int fill(struct work *w, struct sq_sbatch_job *ret, struct sq_error *err) {
        struct sq_job_request *request = &ret->request;
        const int64_t per_gpu = number_of(w, SQ_SBATCH_NTASKS_PER_GPU);

        *ret = (struct sq_sbatch_job){
                .request = SQ_JOB_REQUEST_UNSET,
                .account = text_of(w, SQ_SBATCH_ACCOUNT),
                .uid = text_of(w, SQ_SBATCH_UID),
                .clusters = text_of(w, SQ_SBATCH_CLUSTERS),
                .overcommit = is_set(w, SQ_SBATCH_OVERCOMMIT),
                .reservation = text_of(w, SQ_SBATCH_RESERVATION) &&
                               !text_of(w, SQ_SBATCH_PARTITION),
                .node_file = is_set(w, SQ_SBATCH_NODEFILE) ||
                             (text_of(w, SQ_SBATCH_NODELIST) &&
                              strpbrk(text_of(w, SQ_SBATCH_NODELIST), "/{")),
        };
        if (w->tasks_set)
                request->num_tasks = w->tasks;
        if (w->cpus_set)
                request->cpus_per_task = w->cpus_per_task;
        if (ret->overcommit)
                request->min_cpus = w->min_nodes > 1 ? w->min_nodes : 1;
        else if (__builtin_mul_overflow(w->tasks, w->cpus_per_task, &request->min_cpus))
                return sq_fail(err, SQ_ERANGE, "more CPUs than can be counted");
        if (w->nodes_set) {
                request->min_nodes = w->min_nodes;
                if (w->max_nodes)
                        request->max_nodes = w->max_nodes;
        }
        request->pn_min_cpus = w->pn_min_cpus;
        request->ntasks_per_node = number_of(w, SQ_SBATCH_NTASKS_PER_NODE);
        request->ntasks_per_socket = number_of(w, SQ_SBATCH_NTASKS_PER_SOCKET);
        request->ntasks_per_core = number_of(w, SQ_SBATCH_NTASKS_PER_CORE);
        request->ntasks_per_tres = per_gpu != SQ_UNSET
                                           ? per_gpu
                                           : number_of(w, SQ_SBATCH_NTASKS_PER_TRES);
        request->sockets_per_node = number_of(w, SQ_SBATCH_SOCKETS_PER_NODE);
        request->threads_per_core = number_of(w, SQ_SBATCH_THREADS_PER_CORE);
        if (is_set(w, SQ_SBATCH_MEM))
                request->min_mem_per_node = number_of(w, SQ_SBATCH_MEM);
        else
                request->min_mem_per_cpu = number_of(w, SQ_SBATCH_MEM_PER_CPU);
        request->shared = number_of(w, SQ_SBATCH_EXCLUSIVE);
        if (is_set(w, SQ_SBATCH_REBOOT))
                request->reboot = 1;
        request->time_limit = number_of(w, SQ_SBATCH_TIME);
        request->partition = text_of(w, SQ_SBATCH_PARTITION);
        request->array_inx = text_of(w, SQ_SBATCH_ARRAY);
        return fill_resources(w, request, err);
}

static int make_job(struct work *w, struct sq_sbatch_job *ret, struct sq_error *err) {
        int64_t hosts;
        int rc;

        if ((rc = settle_tasks_per_gpu(w, err)) || (rc = settle_memory(w, err)) ||
            (rc = apply_hint(w, err)) || (rc = count_hosts(w, &hosts, err)))
                return rc;
        settle_cpus_per_gpu(w);
        start_counts(w);
        apply_hosts(w, hosts);
        rc = settle_counts(w, err);
        if (rc)
                return rc;
        apply_arbitrary(w, hosts);
        return fill(w, ret, err);
}

/* --- reading ------------------------------------------------------------------------- */

/* Options up to the first word that is none, which is at words->at then. */
static int read_words(struct sq_sbatch_words *words, struct work *w, struct sq_error *err) {
        struct sq_sbatch_option option;
        int rc;

        while (!(rc = sq_sbatch_next(words, &option, err)) && !option.end) {
                if (option.meaning == SQ_SBATCH_UNPRICED)
                        continue;
                rc = sq_sbatch_set(&w->settings, w->texts, option.meaning, option.argument,
                                   false, err);
                if (rc)
                        break;
        }
        return rc;
}

static int read_script(const struct sq_sbatch_input *input, size_t component, struct work *w,
                       struct sq_error *err) {
        struct sq_sbatch_words words = {.n = 0};
        int rc;

        if (!input->script || component >= sq_sbatch_script_components(input->script))
                return SQ_OK;
        words.word = sq_sbatch_script_words(input->script, component, &words.n);
        rc = read_words(&words, w, err);
        if (!rc && words.at < words.n)
                rc = sq_fail(err, SQ_EINVAL, "\"%.60s\" is no option", words.word[words.at]);
        if (rc)
                sq_context(err, "batch script");
        return rc;
}

static int add_job(struct sq_sbatch *sbatch, struct work *w, struct sq_error *err) {
        int rc;

        if (!sq_grow(&sbatch->job, sbatch->n + 1, &sbatch->room, sizeof *sbatch->job))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = make_job(w, &sbatch->job[sbatch->n], err);
        sbatch->n += !rc;
        return rc;
}

/* Component after component, as sbatch.c's main() does: the words behind the last `:` are
 * for every component that the script still has. */
static int read_jobs(const struct sq_sbatch_input *input, struct sq_sbatch *sbatch,
                     struct work *w, struct sq_error *err) {
        struct sq_sbatch_words words = {.word = input->word, .n = input->n};
        size_t start = 0, in_script = 1;
        int rc;

        if (input->script)
                in_script = sq_sbatch_script_components(input->script);
        for (size_t component = 0;; component++) {
                if (component == SQ_SBATCH_COMPONENTS_MAX)
                        return sq_fail(err, SQ_EINVAL, "more than %d components",
                                       SQ_SBATCH_COMPONENTS_MAX);
                if (component)
                        sq_sbatch_settings_next(&w->settings);
                words.at = start;
                if ((rc = read_script(input, component, w, err)) ||
                    (rc = sq_sbatch_set_environment(&w->settings, w->texts,
                                                    input->environment, err)) ||
                    (rc = read_words(&words, w, err)) || (rc = add_job(sbatch, w, err)))
                        return rc;
                sbatch->wrapped = is_set(w, SQ_SBATCH_WRAP);
                if (words.at < words.n && !strcmp(words.word[words.at], ":"))
                        start = words.at + 1;
                else if (component + 1 >= in_script)
                        break;
        }
        sbatch->has_pbs = input->script && sq_sbatch_script_has_pbs(input->script) &&
                          !is_set(w, SQ_SBATCH_IGNORE_PBS);
        return SQ_OK;
}

int sq_sbatch_read(const struct sq_sbatch_input *input, struct sq_sbatch **ret,
                   struct sq_error *err) {
        SQ_CLEANUP(sq_sbatch_freep) struct sq_sbatch *sbatch = calloc(1, sizeof *sbatch);
        struct work w = {.texts = sbatch ? &sbatch->texts : NULL};
        int rc = sbatch ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");

        if (!rc)
                rc = read_jobs(input, sbatch, &w, err);
        if (!rc)
                *ret = SQ_TAKE(sbatch);
        return rc;
}

void sq_sbatch_free(struct sq_sbatch *sbatch) {
        if (!sbatch)
                return;
        sq_sbatch_texts_clear(&sbatch->texts);
        free(sbatch->job);
        free(sbatch);
}

size_t sq_sbatch_jobs(const struct sq_sbatch *sbatch) {
        return sbatch->n;
}

const struct sq_sbatch_job *sq_sbatch_job(const struct sq_sbatch *sbatch, size_t place) {
        return &sbatch->job[place];
}

bool sq_sbatch_is_wrapped(const struct sq_sbatch *sbatch) {
        return sbatch->wrapped;
}

bool sq_sbatch_has_pbs(const struct sq_sbatch *sbatch) {
        return sbatch->has_pbs;
}
