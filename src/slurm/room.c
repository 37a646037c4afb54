/* room.c - what the partitions that a job may run in come to */
#include "slurm/draft.h"

#include <string.h>

#include "slurm/gres.h"

static const struct sq_partition *find_partition(const struct sq_partition *parts, size_t n,
                                                 const char *name, size_t length) {
        for (size_t i = 0; i < n; i++)
                if (!strncmp(parts[i].name, name, length) && !parts[i].name[length])
                        return &parts[i];
        return NULL;
}

/* Raises ret->whole_node to the GPUs that `list` ("PARTITION=gpu:h100:4;...") names
 * for this partition.  The list is a setting of the site, bounded by its file. */
static int add_whole_node(const char *list, const struct sq_partition *part, struct room *ret,
                          struct sq_error *err) {
        const size_t length = strlen(part->name);
        char text[SQ_GRES_TEXT_MAX + 1];
        const char *p, *end;

        for (p = list; p && *p; p = *end ? end + 1 : end) {
                p += strspn(p, " \t\r\n");
                end = strchrnul(p, ';');
                if (strncmp(p, part->name, length) || p[length] != '=')
                        continue;
                p += length + 1;
                while (end > p && strchr(" \t\r\n", end[-1]))
                        end--;
                if ((size_t)(end - p) >= sizeof text)
                        return sq_fail(err, SQ_EINVAL, "list is longer than %d characters",
                                       SQ_GRES_TEXT_MAX);
                memcpy(text, p, (size_t)(end - p));
                text[end - p] = '\0';
                return sq_gres_raise_gpus(text, 1, &ret->whole_node, err);
        }
        return SQ_OK;
}

int sq_site_check(const struct sq_site *site, struct sq_error *err) {
        struct sq_partition part = SQ_PARTITION_UNSET;
        char name[SQ_PARTITION_TEXT_MAX + 1];
        const char *p, *end, *equals;
        struct room room = {.exclusive = false};
        int rc;

        for (p = site->exclusive_gres; p && *p; p = *end ? end + 1 : end) {
                p += strspn(p, " \t\r\n");
                end = strchrnul(p, ';');
                if (p == end)
                        continue;
                equals = memchr(p, '=', (size_t)(end - p));
                if (!equals || equals == p || (size_t)(equals - p) >= sizeof name)
                        return sq_fail(err, SQ_EINVAL, "exclusive_gres item \"%.*s\" is not "
                                                       "PARTITION=LIST", (int)(end - p), p);
                memcpy(name, p, (size_t)(equals - p));
                name[equals - p] = '\0';
                part.name = name;
                rc = add_whole_node(p, &part, &room, err);
                if (rc < 0) {
                        sq_context(err, "exclusive_gres of partition \"%s\"", name);
                        return rc;
                }
        }
        return SQ_OK;
}

static int add_partition(const struct sq_partition *part, const struct sq_site *site,
                         bool is_first, struct room *ret, struct sq_error *err) {
        const int64_t minutes = count_or(part->default_time, SQ_UNSET);
        const int64_t limit = count_or(part->max_mem_per_cpu,
                                       count_or(site->max_mem_per_cpu, SQ_UNSET));
        int64_t cpus, nodes = count_or(part->max_nodes, SQ_INFINITE);

        /* The bounds between which Slurm has a choice are those of the most
         * generous partition. */
        ret->exclusive = ret->exclusive || part->exclusive;
        ret->min_nodes = is_first ? count_or(part->min_nodes, 1)
                                  : smaller(ret->min_nodes, count_or(part->min_nodes, 1));
        if (sq_number_counts(part->total_nodes))
                nodes = smaller(nodes, part->total_nodes);
        ret->max_nodes = is_first ? nodes : larger(ret->max_nodes, nodes);
        if (limit != SQ_UNSET && (ret->mem_per_cpu == SQ_UNSET || limit < ret->mem_per_cpu))
                ret->mem_per_cpu = limit;
        if (sq_number_counts(part->total_cpus) && sq_number_counts(part->total_nodes)) {
                cpus = divide_up(part->total_cpus, part->total_nodes);
                ret->node_cpus = larger(ret->node_cpus, cpus);
                ret->usable_cpus = larger(ret->usable_cpus,
                                          smaller(cpus, count_or(part->max_cpus_per_node,
                                                                 SQ_INFINITE)));
        }
        ret->minutes = larger(ret->minutes, minutes != SQ_UNSET
                                                    ? minutes
                                                    : count_or(part->max_time, SQ_INFINITE));
        return add_whole_node(site->exclusive_gres, part, ret, err);
}

/* Looks at the partitions of the list in the order given. */
int sq_find_room(const char *list, const struct sq_partition *parts, size_t n,
                     const struct sq_site *site, struct room *ret, struct sq_error *err) {
        struct room room = {.node_cpus = SQ_UNSET, .usable_cpus = SQ_UNSET, .min_nodes = 1,
                            .max_nodes = SQ_INFINITE, .mem_per_cpu = SQ_UNSET,
                            .minutes = SQ_UNSET};
        const struct sq_partition *part;
        int64_t first_default = SQ_UNSET;
        const char *p, *end;
        bool is_first = true;
        int rc;

        if (list && strnlen(list, SQ_PARTITION_TEXT_MAX + 1) > SQ_PARTITION_TEXT_MAX)
                return sq_fail(err, SQ_EINVAL, "partition list is longer than %d characters",
                               SQ_PARTITION_TEXT_MAX);
        if (!list || !*list) {
                list = "";
                for (size_t i = 0; i < n; i++)
                        if (parts[i].is_default)
                                list = parts[i].name;
        }
        for (p = list; *p; p = *end ? end + 1 : end) {
                end = strchrnul(p, ',');
                part = find_partition(parts, n, p, (size_t)(end - p));
                if (!part)
                        continue;
                if (is_first)
                        first_default = count_or(part->default_time, SQ_UNSET);
                rc = add_partition(part, site, is_first, &room, err);
                if (rc < 0) {
                        sq_context(err, "exclusive_gres of partition \"%s\"", part->name);
                        return rc;
                }
                is_first = false;
        }
        if (first_default != SQ_UNSET)
                room.minutes = first_default;
        if (room.minutes == SQ_UNSET)
                room.minutes = SQ_INFINITE;
        for (size_t i = 0; i < room.whole_node.n; i++)
                if (__builtin_add_overflow(room.node_gpus, room.whole_node.item[i].count,
                                           &room.node_gpus))
                        return sq_fail(err, SQ_ERANGE, "exclusive_gres has too many GPUs");
        *ret = room;
        return SQ_OK;
}
