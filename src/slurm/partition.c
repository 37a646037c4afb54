#include "slurm/partition.h"

#include <string.h>

#include "base/grow.h"
#include "slurm/ask.h"
#include "slurm/duration.h"
#include "slurm/row.h"

/* A line has the list of all nodes in it. */
#define LINE_MAX_BYTES (1024u * 1024)
#define OUTPUT_MAX (16u * 1024 * 1024)

struct sq_partitions {
        struct sq_partition *list; /* their names are their own */
        size_t n, room;
};

struct sq_partitions *sq_partitions_new(void) {
        return calloc(1, sizeof(struct sq_partitions));
}

void sq_partitions_free(struct sq_partitions *partitions) {
        if (!partitions)
                return;
        for (size_t i = 0; i < partitions->n; i++)
                free((char *)partitions->list[i].name);
        free(partitions->list);
        free(partitions);
}

const struct sq_partition *sq_partitions_list(const struct sq_partitions *partitions,
                                              size_t *ret_n) {
        *ret_n = partitions->n;
        return partitions->list;
}

int sq_partitions_check(const struct sq_partitions *partitions, const char *names,
                        struct sq_error *err) {
        const bool by_default = !names || !*names;
        size_t length, i;

        do {
                length = by_default ? 0 : strcspn(names, ",");
                for (i = 0; i < partitions->n; i++)
                        if (by_default ? partitions->list[i].is_default
                                       : !strncmp(partitions->list[i].name, names, length) &&
                                                 !partitions->list[i].name[length])
                                break;
                if (i == partitions->n && by_default) {
                        sq_fail(err, SQ_EINVAL, "there is no default partition");
                        sq_hint(err, "Name one with --partition.");
                        return SQ_EINVAL;
                }
                if (i == partitions->n)
                        return sq_fail(err, SQ_EINVAL, "there is no partition \"%.*s\"",
                                       length < 80 ? (int)length : 80, names);
                names = by_default ? "" : names + length + (names[length] == ',');
        } while (*names);
        return SQ_OK;
}

/* --- a line -------------------------------------------------------------------------- */

/* A value, not terminated. */
struct value {
        const char *at;
        size_t length;
};

static bool is(struct value value, const char *word) {
        return strlen(word) == value.length && !memcmp(value.at, word, value.length);
}

static int64_t count_of(struct value value) {
        int64_t number;

        if (is(value, "UNLIMITED"))
                return SQ_INFINITE;
        return sq_row_number_of(value.at, value.length, &number) ? number : SQ_UNSET;
}

/* slurmctld keeps minutes. */
static int64_t minutes_of(struct value value) {
        char text[SQ_DURATION_SIZE];
        int64_t seconds;

        if (value.length >= sizeof text)
                return SQ_UNSET;
        memcpy(text, value.at, value.length);
        text[value.length] = '\0';
        if (sq_duration_parse(text, &seconds, NULL) || seconds == SQ_UNSET)
                return SQ_UNSET; /* "NONE" */
        return seconds == SQ_INFINITE ? SQ_INFINITE : seconds / 60;
}

static bool take_field(struct sq_partition *part, struct value key, struct value value) {
        if (is(key, "PartitionName"))
                return (part->name = strndup(value.at, value.length)) != NULL;
        if (is(key, "Default"))
                part->is_default = is(value, "YES");
        else if (is(key, "OverSubscribe"))
                part->exclusive = is(value, "EXCLUSIVE");
        else if (is(key, "DefaultTime"))
                part->default_time = minutes_of(value);
        else if (is(key, "MaxTime"))
                part->max_time = minutes_of(value);
        else if (is(key, "TotalCPUs"))
                part->total_cpus = count_of(value);
        else if (is(key, "TotalNodes"))
                part->total_nodes = count_of(value);
        else if (is(key, "MinNodes"))
                part->min_nodes = count_of(value);
        else if (is(key, "MaxNodes"))
                part->max_nodes = count_of(value);
        else if (is(key, "MaxCPUsPerNode"))
                part->max_cpus_per_node = count_of(value);
        else if (is(key, "MaxMemPerCPU"))
                part->max_mem_per_cpu = count_of(value);
        return true;
}

int sq_partitions_take(const char *line, void *partitions, struct sq_error *err) {
        struct sq_partitions *p = partitions;
        struct sq_partition part = SQ_PARTITION_UNSET;
        bool complete = true;

        if (strncmp(line, "PartitionName=", strlen("PartitionName=")) != 0)
                return SQ_OK;
        if (p->n == SQ_PARTITIONS_MAX)
                return sq_fail(err, SQ_ERANGE, "more than %d partitions", SQ_PARTITIONS_MAX);
        while (*line && complete) {
                const size_t length = strcspn(line, " ");
                const char *equals = memchr(line, '=', length);

                if (equals && !(part.name && !strncmp(line, "PartitionName=", 14)))
                        complete = take_field(&part,
                                              (struct value){line, (size_t)(equals - line)},
                                              (struct value){equals + 1,
                                                             (size_t)(line + length - equals -
                                                                      1)});
                line += length + (line[length] == ' ');
        }
        if (!complete || !sq_grow(&p->list, p->n + 1, &p->room, sizeof *p->list)) {
                free((char *)part.name);
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        p->list[p->n++] = part;
        return SQ_OK;
}

int sq_partitions_ask(const char *program, int64_t deadline, struct sq_partitions **ret,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *p = sq_partitions_new();
        const char *const argv[] = {program, "--all", "--oneliner", "show", "partition", NULL};
        const struct sq_program run = {
                .argv = argv,
                .deadline = deadline,
                .line_max = LINE_MAX_BYTES,
                .output_max = OUTPUT_MAX,
                .take = sq_partitions_take,
                .payload = p,
        };
        int rc = p ? sq_ask(&run, err) : sq_fail(err, SQ_ENOMEM, "out of memory");

        if (!rc)
                *ret = SQ_TAKE(p);
        return rc;
}
