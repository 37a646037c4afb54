#include "slurm/sbatch_setting.h"

#include <string.h>
#include <strings.h>

#include "base/grow.h"
#include "slurm/duration.h"

/* sbatch's own counts are ints. */
#define COUNT_MAX INT32_MAX

enum kind { TEXT, FLAG, COUNT, NODES, MEMORY, TIME, SHARED, SOCKETS, HOSTS };

static const unsigned char kinds[SQ_SBATCH_MEANINGS] = {
        [SQ_SBATCH_CORES_PER_SOCKET] = COUNT,  [SQ_SBATCH_CPUS_PER_GPU] = COUNT,
        [SQ_SBATCH_CPUS_PER_TASK] = COUNT,     [SQ_SBATCH_EXCLUSIVE] = SHARED,
        [SQ_SBATCH_EXTRA_NODE_INFO] = SOCKETS, [SQ_SBATCH_IGNORE_PBS] = FLAG,
        [SQ_SBATCH_MEM] = MEMORY,              [SQ_SBATCH_MEM_PER_CPU] = MEMORY,
        [SQ_SBATCH_MEM_PER_GPU] = MEMORY,      [SQ_SBATCH_MINCPUS] = COUNT,
        [SQ_SBATCH_NODEFILE] = HOSTS,          [SQ_SBATCH_NODELIST] = HOSTS,
        [SQ_SBATCH_NODES] = NODES,             [SQ_SBATCH_NTASKS] = COUNT,
        [SQ_SBATCH_NTASKS_PER_CORE] = COUNT,   [SQ_SBATCH_NTASKS_PER_GPU] = COUNT,
        [SQ_SBATCH_NTASKS_PER_NODE] = COUNT,   [SQ_SBATCH_NTASKS_PER_SOCKET] = COUNT,
        [SQ_SBATCH_NTASKS_PER_TRES] = COUNT,   [SQ_SBATCH_OVERCOMMIT] = FLAG,
        [SQ_SBATCH_REBOOT] = FLAG,             [SQ_SBATCH_SOCKETS_PER_NODE] = COUNT,
        [SQ_SBATCH_THREADS_PER_CORE] = COUNT,  [SQ_SBATCH_TIME] = TIME,
};

/* What stays for the components that follow (those without reset_each_pass). */
static const unsigned char staying[] = {
        SQ_SBATCH_ACCOUNT, SQ_SBATCH_ARRAY, SQ_SBATCH_CLUSTERS, SQ_SBATCH_IGNORE_PBS,
        SQ_SBATCH_MEM,     SQ_SBATCH_RESERVATION, SQ_SBATCH_TIME, SQ_SBATCH_UID,
        SQ_SBATCH_WRAP,
};

/* --- texts --------------------------------------------------------------------------- */

const char *sq_sbatch_keep(struct sq_sbatch_texts *texts, const char *text) {
        const size_t length = strlen(text) + 1;
        char *copy;

        if (texts->length + length > SQ_SBATCH_TEXT_MAX ||
            !sq_grow(&texts->text, texts->n + 1, &texts->room, sizeof *texts->text))
                return NULL;
        copy = strdup(text);
        if (!copy)
                return NULL;
        texts->text[texts->n++] = copy;
        texts->length += length;
        return copy;
}

void sq_sbatch_texts_clear(struct sq_sbatch_texts *texts) {
        for (size_t i = 0; i < texts->n; i++)
                free(texts->text[i]);
        free(texts->text);
        *texts = (struct sq_sbatch_texts){.n = 0};
}

/* --- values -------------------------------------------------------------------------- */

static int bad(enum sq_sbatch_meaning meaning, const char *text, struct sq_error *err) {
        return sq_fail(err, SQ_EINVAL, "\"%.60s\" is not acceptable for --%s", text,
                       sq_sbatch_meaning_name(meaning));
}

/* A number of at most COUNT_MAX at *at, which is moved behind it. */
static bool read_count(const char **at, int64_t *ret) {
        const char *p = *at;
        int64_t value = 0;

        while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
                p++;
        p += *p == '+';
        if (*p < '0' || *p > '9')
                return false;
        for (; *p >= '0' && *p <= '9'; p++) {
                value = value * 10 + (*p - '0');
                if (value > COUNT_MAX)
                        return false;
        }
        *at = p;
        *ret = value;
        return true;
}

/* One with k or m behind it. */
static bool read_large_count(const char **at, int64_t *ret) {
        int64_t unit = 1;

        if (!read_count(at, ret))
                return false;
        if (**at == 'k' || **at == 'K')
                unit = 1024;
        else if (**at == 'm' || **at == 'M')
                unit = 1024 * 1024;
        *at += unit > 1;
        *ret *= unit; /* far below 2^63 */
        return *ret <= COUNT_MAX;
}

/* "4", "2-4", "-4"; an upper end of 0 is none. */
static bool read_node_range(const char *p, int64_t *ret_least, int64_t *ret_most) {
        *ret_least = 1;
        if (*p != '-' && !read_large_count(&p, ret_least))
                return false;
        *ret_most = *ret_least;
        if (*p == '-' && (p++, !read_large_count(&p, ret_most)))
                return false;
        return !*p && (!*ret_most || *ret_most >= *ret_least);
}

/* Since 23.11: "1,3,5-9", "2-8:2".  Its lowest and highest number are what counts. */
static bool read_node_list(const char *p, int64_t *ret_least, int64_t *ret_most) {
        int64_t least = INT64_MAX, most = 0, number;
        bool is_step = false;

        for (;; p++) {
                if (!read_count(&p, &number))
                        return false;
                if (!is_step) {
                        least = number < least ? number : least;
                        most = number > most ? number : most;
                }
                is_step = *p == ':';
                if (!*p)
                        break;
                if (*p != '-' && *p != ',' && *p != ':')
                        return false;
        }
        *ret_least = least;
        *ret_most = most;
        return true;
}

static bool read_nodes(const char *text, int64_t *ret_least, int64_t *ret_most) {
        return strpbrk(text, ",:") ? read_node_list(text, ret_least, ret_most)
                                   : read_node_range(text, ret_least, ret_most);
}

/* Mebibytes; digits with K, M, G or T, and perhaps a B. */
static bool read_memory(const char *text, int64_t *ret) {
        const char *p = text;
        int64_t unit = 1;
        int64_t value = 0;

        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *p - '0', &value))
                        return false;
        if (p == text)
                return false;
        switch (*p | 0x20) {
        case 'k':
                value = value / 1024 + (value % 1024 > 0);
                break;
        case 'g':
                unit = 1024;
                break;
        case 't':
                unit = 1024 * 1024;
                break;
        case 'm':
                break;
        default:
                if (*p)
                        return false;
        }
        p += *p != '\0';
        p += (*p | 0x20) == 'b';
        return !*p && !__builtin_mul_overflow(value, unit, ret);
}

/* Minutes, rounded up; 0 is no limit (arg_set_time_limit). */
static bool read_time(const char *text, int64_t *ret) {
        int64_t seconds;

        if (sq_duration_parse(text, &seconds, NULL) || seconds == SQ_UNSET)
                return false;
        *ret = seconds == 0 || seconds == SQ_INFINITE ? SQ_INFINITE
                                                      : seconds / 60 + (seconds % 60 > 0);
        return true;
}

/* Values of `shared`: slurm.h, JOB_SHARED_*. */
static bool read_shared(const char *text, int64_t *ret) {
        static const struct {
                const char *word;
                int64_t shared;
        } words[] = {{"exclusive", SQ_SHARED_NONE}, {"oversubscribe", 1}, {"user", 2},
                     {"mcs", 3}, {"topo", 4}};

        *ret = SQ_SHARED_NONE;
        if (!text)
                return true;
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
                if (!strcasecmp(text, words[i].word)) {
                        *ret = words[i].shared;
                        return true;
                }
        return false;
}

static void store(struct sq_sbatch_settings *settings, enum sq_sbatch_meaning meaning,
                  const struct sq_sbatch_setting *value) {
        settings->of[meaning] = *value;
        settings->of[meaning].set = true;
}

/* "S", "S:C", "S:C:T"; `*` and nothing are no wish, and of ranges the lower end is. */
static bool set_sockets(struct sq_sbatch_settings *settings, const char *text,
                        bool by_environment) {
        static const enum sq_sbatch_meaning meanings[] = {
                SQ_SBATCH_SOCKETS_PER_NODE, SQ_SBATCH_CORES_PER_SOCKET,
                SQ_SBATCH_THREADS_PER_CORE};
        struct sq_sbatch_setting value = {.by_environment = by_environment};
        int64_t upper;
        const char *p = text;

        for (size_t i = 0; i < 3; i++) {
                if (*p == '*' || *p == ':' || !*p) {
                        settings->of[meanings[i]] = (struct sq_sbatch_setting){.set = false};
                        p += *p == '*';
                } else {
                        if (!read_large_count(&p, &value.number))
                                return false;
                        if (*p == '-' && (p++, !read_large_count(&p, &upper)))
                                return false;
                        store(settings, meanings[i], &value);
                }
                if (!*p && i < 2)
                        continue;
                if (*p != (i < 2 ? ':' : '\0'))
                        return false;
                p += i < 2;
        }
        return true;
}

int sq_sbatch_set(struct sq_sbatch_settings *settings, struct sq_sbatch_texts *texts,
                  enum sq_sbatch_meaning meaning, const char *argument, bool by_environment,
                  struct sq_error *err) {
        struct sq_sbatch_setting value = {.by_environment = by_environment};
        const char *p = argument;
        bool fits = true;

        switch ((enum kind)kinds[meaning]) {
        case TEXT:
        case FLAG:
                break;
        case HOSTS: /* the one makes the other be forgotten */
                settings->of[SQ_SBATCH_NODEFILE] = settings->of[SQ_SBATCH_NODELIST] =
                        (struct sq_sbatch_setting){.set = false};
                break;
        case COUNT:
                fits = read_count(&p, &value.number) && !*p && value.number > 0;
                break;
        case NODES:
                fits = read_nodes(argument, &value.number, &value.most);
                break;
        case MEMORY:
                fits = read_memory(argument, &value.number);
                break;
        case TIME:
                fits = read_time(argument, &value.number);
                break;
        case SHARED:
                fits = read_shared(argument, &value.number);
                break;
        case SOCKETS:
                fits = set_sockets(settings, argument, by_environment);
                break;
        }
        if (!fits)
                return bad(meaning, argument ? argument : "", err);
        if (argument && !(value.text = sq_sbatch_keep(texts, argument)))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        store(settings, meaning, &value);
        return SQ_OK;
}

void sq_sbatch_settings_next(struct sq_sbatch_settings *settings) {
        struct sq_sbatch_settings next = {0};

        for (size_t i = 0; i < sizeof staying; i++)
                next.of[staying[i]] = settings->of[staying[i]];
        *settings = next;
}

/* --- the environment ----------------------------------------------------------------- */

static const struct {
        const char *name;
        enum sq_sbatch_meaning meaning;
} variables[] = {
        {"SBATCH_ACCOUNT", SQ_SBATCH_ACCOUNT},
        {"SBATCH_ARRAY_INX", SQ_SBATCH_ARRAY},
        {"SBATCH_CLUSTERS", SQ_SBATCH_CLUSTERS},
        {"SLURM_CLUSTERS", SQ_SBATCH_CLUSTERS},
        {"SBATCH_CPUS_PER_GPU", SQ_SBATCH_CPUS_PER_GPU},
        {"SBATCH_DISTRIBUTION", SQ_SBATCH_DISTRIBUTION},
        {"SBATCH_EXCLUSIVE", SQ_SBATCH_EXCLUSIVE},
        {"SBATCH_GRES", SQ_SBATCH_GRES},
        {"SBATCH_GPUS", SQ_SBATCH_GPUS},
        {"SBATCH_GPUS_PER_NODE", SQ_SBATCH_GPUS_PER_NODE},
        {"SBATCH_GPUS_PER_SOCKET", SQ_SBATCH_GPUS_PER_SOCKET},
        {"SBATCH_GPUS_PER_TASK", SQ_SBATCH_GPUS_PER_TASK},
        {"SLURM_HINT", SQ_SBATCH_HINT},
        {"SBATCH_HINT", SQ_SBATCH_HINT},
        {"SBATCH_IGNORE_PBS", SQ_SBATCH_IGNORE_PBS},
        {"SBATCH_MEM_PER_CPU", SQ_SBATCH_MEM_PER_CPU},
        {"SBATCH_MEM_PER_GPU", SQ_SBATCH_MEM_PER_GPU},
        {"SBATCH_MEM_PER_NODE", SQ_SBATCH_MEM},
        {"SBATCH_OVERCOMMIT", SQ_SBATCH_OVERCOMMIT},
        {"SBATCH_PARTITION", SQ_SBATCH_PARTITION},
        {"SBATCH_RESERVATION", SQ_SBATCH_RESERVATION},
        {"SBATCH_THREADS_PER_CORE", SQ_SBATCH_THREADS_PER_CORE},
        {"SBATCH_TIMELIMIT", SQ_SBATCH_TIME},
        {"SBATCH_TRES_PER_TASK", SQ_SBATCH_TRES_PER_TASK},
};

static const char *find(char *const *environment, const char *name) {
        const size_t length = strlen(name);

        for (; environment && *environment; environment++)
                if (!strncmp(*environment, name, length) && (*environment)[length] == '=')
                        return *environment + length + 1;
        return NULL;
}

/* What a variable says for an option without argument (slurm_process_option). */
static bool is_yes(const char *value) {
        const char *p = value;
        int64_t number;

        if (!*value || !strcasecmp(value, "yes"))
                return true;
        return read_count(&p, &number) && !*p && number != 0;
}

int sq_sbatch_set_environment(struct sq_sbatch_settings *settings,
                              struct sq_sbatch_texts *texts, char *const *environment,
                              struct sq_error *err) {
        for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
                const enum sq_sbatch_meaning meaning = variables[i].meaning;
                const char *value = find(environment, variables[i].name);
                int rc;

                if (!value)
                        continue;
                if (kinds[meaning] == FLAG && !is_yes(value)) {
                        settings->of[meaning] = (struct sq_sbatch_setting){.set = false};
                        continue;
                }
                if (kinds[meaning] == FLAG || (meaning == SQ_SBATCH_EXCLUSIVE && !*value))
                        value = NULL;
                rc = sq_sbatch_set(settings, texts, meaning, value, true, err);
                if (rc) {
                        sq_context(err, "%s", variables[i].name);
                        return rc;
                }
        }
        return SQ_OK;
}
