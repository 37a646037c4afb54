#include "policy/component.h"

#include <stdio.h>
#include <string.h>

/* slurmdbd's own (as_mysql_tres.c, the first rows of tres_table), which have no name behind
 * their type. */
static const char *const plain[] = {"cpu", "mem", "energy", "node", "billing", "vmem", "pages"};

/* Types with a name behind them. */
static const char *const typed[] = {"gres/", "license/", "fs/", "bb/", "ic/"};

static const char *const metered[] = {"cpu", "mem", "node", "gpu"};

#define COUNT(list) (sizeof (list) / sizeof (list)[0])

/* `name` of `length` as one of the words that have no part behind them, lent. */
static const char *find(const char *const *words, size_t n, const char *name, size_t length) {
        for (size_t i = 0; i < n; i++)
                if (strlen(words[i]) == length && !strncasecmp(words[i], name, length))
                        return words[i];
        return NULL;
}

/* "node" for "node_hours", "node-hours", "nodeHours"; NULL when it is not that. */
static const char *without_hours(const char *name) {
        static const char *const endings[] = {"_hours", "-hours", "Hours"};
        const size_t length = strlen(name);

        for (size_t i = 0; i < COUNT(endings); i++) {
                const size_t n = strlen(endings[i]);

                if (length > n && !strcmp(name + length - n, endings[i]))
                        return find(metered, COUNT(metered), name, length - n);
        }
        return NULL;
}

/* What separates things in Slurm's lists, or could not be shown. */
static bool is_clean(const char *text) {
        for (const char *p = text; *p; p++)
                if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr(",=\"'%", *p))
                        return false;
        return *text != '\0';
}

bool sq_component_tres(const char *name, char ret[SQ_TRES_NAME_MAX]) {
        const char *word = find(plain, COUNT(plain), name, strlen(name)), *rest = "";

        if (!word)
                word = without_hours(name);
        if (!strcasecmp(name, "gpu") || (word && !strcmp(word, "gpu")))
                word = "gres/gpu";
        if (!word && !strncasecmp(name, "gpu:", strlen("gpu:"))) {
                word = "gres/gpu:";
                rest = name + strlen("gpu:");
        }
        for (size_t i = 0; !word && i < COUNT(typed); i++)
                if (!strncasecmp(name, typed[i], strlen(typed[i]))) {
                        word = typed[i];
                        rest = name + strlen(typed[i]);
                }
        if (!word || (strchr("/:", word[strlen(word) - 1]) && !is_clean(rest)) ||
            strlen(word) + strlen(rest) >= SQ_TRES_NAME_MAX)
                return false;
        snprintf(ret, SQ_TRES_NAME_MAX, "%s%s", word, rest);
        return true;
}
