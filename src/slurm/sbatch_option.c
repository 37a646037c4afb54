#include "slurm/sbatch_option.h"

#include <string.h>

enum argument { NONE, NEEDED, OPTIONAL };

static const struct row {
        const char *name;
        char letter; /* '\0': it has none */
        unsigned char argument, meaning;
} rows[] = {
        {"account", 'A', NEEDED, SQ_SBATCH_ACCOUNT},
        {"array", 'a', NEEDED, SQ_SBATCH_ARRAY},
        {"clusters", 'M', NEEDED, SQ_SBATCH_CLUSTERS},
        {"cores-per-socket", 0, NEEDED, SQ_SBATCH_CORES_PER_SOCKET},
        {"cpus-per-gpu", 0, NEEDED, SQ_SBATCH_CPUS_PER_GPU},
        {"cpus-per-task", 'c', NEEDED, SQ_SBATCH_CPUS_PER_TASK},
        {"distribution", 'm', NEEDED, SQ_SBATCH_DISTRIBUTION},
        {"exclusive", 0, OPTIONAL, SQ_SBATCH_EXCLUSIVE},
        {"extra-node-info", 'B', NEEDED, SQ_SBATCH_EXTRA_NODE_INFO},
        {"gpus", 'G', NEEDED, SQ_SBATCH_GPUS},
        {"gpus-per-node", 0, NEEDED, SQ_SBATCH_GPUS_PER_NODE},
        {"gpus-per-socket", 0, NEEDED, SQ_SBATCH_GPUS_PER_SOCKET},
        {"gpus-per-task", 0, NEEDED, SQ_SBATCH_GPUS_PER_TASK},
        {"gres", 0, NEEDED, SQ_SBATCH_GRES},
        {"hint", 0, NEEDED, SQ_SBATCH_HINT},
        {"ignore-pbs", 0, NONE, SQ_SBATCH_IGNORE_PBS},
        {"mem", 0, NEEDED, SQ_SBATCH_MEM},
        {"mem-per-cpu", 0, NEEDED, SQ_SBATCH_MEM_PER_CPU},
        {"mem-per-gpu", 0, NEEDED, SQ_SBATCH_MEM_PER_GPU},
        {"mincpus", 0, NEEDED, SQ_SBATCH_MINCPUS},
        {"nodefile", 'F', NEEDED, SQ_SBATCH_NODEFILE},
        {"nodelist", 'w', NEEDED, SQ_SBATCH_NODELIST},
        {"nodes", 'N', NEEDED, SQ_SBATCH_NODES},
        {"ntasks", 'n', NEEDED, SQ_SBATCH_NTASKS},
        {"ntasks-per-core", 0, NEEDED, SQ_SBATCH_NTASKS_PER_CORE},
        {"ntasks-per-gpu", 0, NEEDED, SQ_SBATCH_NTASKS_PER_GPU},
        {"ntasks-per-node", 0, NEEDED, SQ_SBATCH_NTASKS_PER_NODE},
        {"tasks-per-node", 0, NEEDED, SQ_SBATCH_NTASKS_PER_NODE},
        {"ntasks-per-socket", 0, NEEDED, SQ_SBATCH_NTASKS_PER_SOCKET},
        {"ntasks-per-tres", 0, NEEDED, SQ_SBATCH_NTASKS_PER_TRES},
        {"overcommit", 'O', NONE, SQ_SBATCH_OVERCOMMIT},
        {"oversubscribe", 's', NONE, SQ_SBATCH_EXCLUSIVE},
        {"partition", 'p', NEEDED, SQ_SBATCH_PARTITION},
        {"reboot", 0, NONE, SQ_SBATCH_REBOOT},
        {"reservation", 0, NEEDED, SQ_SBATCH_RESERVATION},
        {"sockets-per-node", 0, NEEDED, SQ_SBATCH_SOCKETS_PER_NODE},
        {"threads-per-core", 0, NEEDED, SQ_SBATCH_THREADS_PER_CORE},
        {"time", 't', NEEDED, SQ_SBATCH_TIME},
        {"tres-per-task", 0, NEEDED, SQ_SBATCH_TRES_PER_TASK},
        {"uid", 0, NEEDED, SQ_SBATCH_UID},
        {"wrap", 0, NEEDED, SQ_SBATCH_WRAP},

        /* What has no price. */
        {"acctg-freq", 0, NEEDED, 0},
        {"autocomplete", 0, NEEDED, 0},
        {"batch", 0, NEEDED, 0},
        {"bb", 0, NEEDED, 0},
        {"bbf", 0, NEEDED, 0},
        {"begin", 'b', NEEDED, 0},
        {"chdir", 'D', NEEDED, 0},
        {"cluster", 0, NEEDED, 0},
        {"cluster-constraint", 0, NEEDED, 0},
        {"comment", 0, NEEDED, 0},
        {"consolidate-segments", 0, NONE, 0},
        {"constraint", 'C', NEEDED, 0},
        {"container", 0, NEEDED, 0},
        {"container-id", 0, NEEDED, 0},
        {"context", 0, NEEDED, 0},
        {"contiguous", 0, NONE, 0},
        {"core-spec", 'S', NEEDED, 0},
        {"cpu-freq", 0, NEEDED, 0},
        {"deadline", 0, NEEDED, 0},
        {"delay-boot", 0, NEEDED, 0},
        {"dependency", 'd', NEEDED, 0},
        {"error", 'e', NEEDED, 0},
        {"exclude", 'x', NEEDED, 0},
        {"export", 0, NEEDED, 0},
        {"export-file", 0, NEEDED, 0},
        {"external", 0, NONE, 0},
        {"extra", 0, NEEDED, 0},
        {"get-user-env", 0, OPTIONAL, 0},
        {"gid", 0, NEEDED, 0},
        {"gpu-bind", 0, NEEDED, 0},
        {"gpu-freq", 0, NEEDED, 0},
        {"gres-flags", 0, NEEDED, 0},
        {"help", 'h', NONE, 0},
        {"hold", 'H', NONE, 0},
        {"input", 'i', NEEDED, 0},
        {"job-name", 'J', NEEDED, 0},
        {"kill-on-invalid-dep", 0, NEEDED, 0},
        {"licenses", 'L', NEEDED, 0},
        {"mail-type", 0, NEEDED, 0},
        {"mail-user", 0, NEEDED, 0},
        {"mcs-label", 0, NEEDED, 0},
        {"mem-bind", 0, NEEDED, 0},
        {"network", 0, NEEDED, 0},
        {"nice", 0, OPTIONAL, 0},
        {"no-kill", 'k', OPTIONAL, 0},
        {"no-requeue", 0, NONE, 0},
        {"oom-kill-step", 0, OPTIONAL, 0},
        {"open-mode", 0, NEEDED, 0},
        {"output", 'o', NEEDED, 0},
        {"parsable", 0, NONE, 0},
        {"power", 0, NEEDED, 0},
        {"prefer", 0, NEEDED, 0},
        {"priority", 0, NEEDED, 0},
        {"profile", 0, NEEDED, 0},
        {"propagate", 0, OPTIONAL, 0},
        {"qos", 'q', NEEDED, 0},
        {"quiet", 'Q', NONE, 0},
        {"requeue", 0, OPTIONAL, 0},
        {"resources", 0, NEEDED, 0},
        {"resv-ports", 0, OPTIONAL, 0},
        {"segment", 0, NEEDED, 0},
        {"signal", 0, NEEDED, 0},
        {"spread-job", 0, NONE, 0},
        {"spread-segments", 0, NONE, 0},
        {"stepmgr", 0, NONE, 0},
        {"switches", 0, NEEDED, 0},
        {"test-only", 0, NONE, 0},
        {"thread-spec", 0, NEEDED, 0},
        {"time-min", 0, NEEDED, 0},
        {"tmp", 0, NEEDED, 0},
        {"tres-bind", 0, NEEDED, 0},
        {"usage", 0, NONE, 0},
        {"use-min-nodes", 0, NONE, 0},
        {"verbose", 'v', NONE, 0},
        {"version", 'V', NONE, 0},
        {"wait", 'W', NONE, 0},
        {"wait-all-nodes", 0, NEEDED, 0},
        {"wckey", 0, NEEDED, 0},
};

#define ROWS (sizeof rows / sizeof rows[0])

const char *sq_sbatch_meaning_name(enum sq_sbatch_meaning meaning) {
        for (size_t i = 0; i < ROWS; i++)
                if (rows[i].meaning == meaning)
                        return rows[i].name;
        return "";
}

static int refuse(const char *name, size_t length, const char *why, struct sq_error *err) {
        return sq_fail(err, SQ_EINVAL, "option \"%.*s\" %s", length < 60 ? (int)length : 60,
                       name, why);
}

static int unknown(const char *name, size_t length, struct sq_error *err) {
        (void)refuse(name, length, "is none of sbatch's", err);
        sq_hint(err, "Options that a site's SPANK plugins add have no price: leave them out.");
        return SQ_EINVAL;
}

/* The row of a long name or of a beginning that can be no other. */
static int find_long(const char *word, const char *name, size_t length,
                     const struct row **ret, struct sq_error *err) {
        const struct row *found = NULL;

        for (size_t i = 0; i < ROWS && length; i++) {
                if (strncmp(rows[i].name, name, length) != 0)
                        continue;
                if (!rows[i].name[length]) {
                        *ret = &rows[i];
                        return SQ_OK;
                }
                if (found && (found->argument != rows[i].argument || !found->meaning ||
                              found->meaning != rows[i].meaning))
                        return refuse(word, length + 2, "could be several of sbatch's", err);
                found = &rows[i];
        }
        if (!found)
                return unknown(word, length + 2, err);
        *ret = found;
        return SQ_OK;
}

static void take(const struct row *row, const char *word, struct sq_sbatch_option *ret) {
        ret->meaning = (enum sq_sbatch_meaning)row->meaning;
        ret->is_help = row->letter == 'h';
        ret->name = word;
        if (!strcmp(row->name, "oversubscribe"))
                ret->argument = row->name;
}

static bool find_own(const struct sq_sbatch_words *words, const char *name, size_t length,
                     int *ret) {
        for (int i = 0; words->own && words->own[i].name; i++)
                if (!strncmp(words->own[i].name, name, length) &&
                    !words->own[i].name[length]) {
                        *ret = i;
                        return true;
                }
        return false;
}

static int read_long(struct sq_sbatch_words *words, struct sq_sbatch_option *ret,
                     struct sq_error *err) {
        const char *word = words->word[words->at++];
        const char *name = word + 2;
        const size_t length = strcspn(name, "=");
        const struct row *row = NULL;
        enum argument argument;
        int rc;

        if (find_own(words, name, length, &ret->own)) {
                argument = words->own[ret->own].takes_argument ? NEEDED : NONE;
                ret->name = word;
        } else {
                rc = find_long(word, name, length, &row, err);
                if (rc)
                        return rc;
                argument = (enum argument)row->argument;
                take(row, word, ret);
        }
        if (name[length] == '=') {
                if (argument == NONE)
                        return refuse(word, length + 2, "takes no argument", err);
                ret->argument = name + length + 1;
        } else if (argument == NEEDED) {
                if (words->at == words->n)
                        return refuse(word, length + 2, "needs an argument", err);
                ret->argument = words->word[words->at++];
        }
        return SQ_OK;
}

static int read_letter(struct sq_sbatch_words *words, struct sq_sbatch_option *ret,
                       struct sq_error *err) {
        const char *letter = words->letters;
        const struct row *row = NULL;
        char name[3] = {'-', *letter, '\0'};

        for (size_t i = 0; i < ROWS && !row; i++)
                if (rows[i].letter == *letter)
                        row = &rows[i];
        if (!row)
                return unknown(name, 2, err);
        take(row, row->name, ret);
        words->letters = letter[1] ? letter + 1 : NULL;
        if (row->argument == NONE)
                return SQ_OK;
        if (words->letters)
                ret->argument = words->letters;
        else if (row->argument == NEEDED && words->at == words->n)
                return refuse(name, 2, "needs an argument", err);
        else if (row->argument == NEEDED)
                ret->argument = words->word[words->at++];
        words->letters = NULL;
        return SQ_OK;
}

int sq_sbatch_next(struct sq_sbatch_words *words, struct sq_sbatch_option *ret,
                   struct sq_error *err) {
        const char *word = words->at < words->n ? words->word[words->at] : NULL;

        *ret = (struct sq_sbatch_option){.own = -1};
        if (words->n > SQ_SBATCH_WORDS_MAX)
                return sq_fail(err, SQ_EINVAL, "more than %d words", SQ_SBATCH_WORDS_MAX);
        if (words->letters)
                return read_letter(words, ret, err);
        if (!word || word[0] != '-' || !word[1]) {
                ret->end = true;
                return SQ_OK;
        }
        if (word[1] != '-') {
                words->letters = word + 1;
                words->at++;
                return read_letter(words, ret, err);
        }
        if (word[2])
                return read_long(words, ret, err);
        words->at++; /* "--" */
        ret->end = true;
        return SQ_OK;
}

int sq_sbatch_script_at(char *const *word, size_t n, size_t *ret, struct sq_error *err) {
        struct sq_sbatch_words words = {.word = word, .n = n};
        struct sq_sbatch_option option;
        int rc;

        for (;;) {
                rc = sq_sbatch_next(&words, &option, err);
                if (rc)
                        return rc;
                if (!option.end)
                        continue;
                if (words.at == n || strcmp(word[words.at], ":") != 0)
                        break;
                words.at++;
        }
        *ret = words.at;
        return SQ_OK;
}
