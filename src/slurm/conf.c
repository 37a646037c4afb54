#include "slurm/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "slurm/name.h"

/* Slurm itself takes lines of any length; the ones we look for are short, and
 * the rest of a longer one is passed over piece by piece. */
#define LINE_SIZE 4096

/* A file larger than this is not a slurm.conf: 200000 lines bound the time. */
#define MOST_LINES 200000

static bool starts_with(const char *text, const char *word) {
        return !strncasecmp(text, word, strlen(word));
}

static int64_t number_behind(const char *text, const char *word) {
        const char *at = strcasestr(text, word);
        const intmax_t value = at ? strtoimax(at + strlen(word), NULL, 10) : 0;

        /* Anything above is no count of CPUs or megabytes of one machine. */
        return value > 0 && value < INT32_MAX ? (int64_t)value : 0;
}

static void take_word(const char *value, char *ret, size_t size) {
        size_t n = strcspn(value, " \t\r\n#");

        if (n && n < size) {
                memcpy(ret, value, n);
                ret[n] = '\0';
                sq_name_lower(ret, ret, size);
        }
}

void sq_slurm_conf_line(const char *line, struct sq_slurm_conf *conf) {
        char text[LINE_SIZE];

        line += strspn(line, " \t");
        snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "#\r\n"), line);
        if (starts_with(text, "ClusterName="))
                take_word(text + strlen("ClusterName="), conf->cluster, sizeof conf->cluster);
        else if (starts_with(text, "SelectType="))
                conf->whole_nodes = starts_with(text, "SelectType=select/linear");
        else if (starts_with(text, "MaxMemPerCPU="))
                conf->max_mem_per_cpu = number_behind(text, "MaxMemPerCPU=");
        else if (starts_with(text, "JobDefaults="))
                conf->cpus_per_gpu = number_behind(text, "DefCpuPerGPU=");
}

int sq_slurm_conf_read(const char *path, struct sq_slurm_conf *ret, struct sq_error *err) {
        struct sq_slurm_conf conf = {0};
        char line[LINE_SIZE];
        FILE *file;
        int rc = SQ_OK;

        if (!path)
                path = getenv("SLURM_CONF");
        if (!path || !*path)
                path = SQ_SLURM_CONF;
        file = fopen(path, "re");
        if (!file)
                return sq_fail(err,
                               errno == ENOENT   ? SQ_ENOTFOUND
                               : errno == EACCES ? SQ_EACCESS
                                                 : SQ_EIO,
                               "cannot read \"%s\": %s", path, strerror(errno));
        for (int n = 0; n < MOST_LINES && fgets(line, sizeof line, file); n++)
                sq_slurm_conf_line(line, &conf);
        if (ferror(file))
                rc = sq_fail(err, SQ_EIO, "cannot read \"%s\"", path);
        fclose(file);
        if (!rc)
                *ret = conf;
        return rc;
}
