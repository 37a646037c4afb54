#include "slurm/qos.h"

#include <string.h>
#include <strings.h>

#include "base/grow.h"
#include "slurm/ask.h"
#include "slurm/name.h"

/* Sites have dozens; those that make one for each user have thousands. */
#define OUTPUT_MAX (1024u * 1024)

struct sq_qos_list {
        char **name;
        size_t n, room;
};

struct sq_qos_list *sq_qos_list_new(void) {
        return calloc(1, sizeof(struct sq_qos_list));
}

void sq_qos_list_free(struct sq_qos_list *list) {
        if (!list)
                return;
        for (size_t i = 0; i < list->n; i++)
                free(list->name[i]);
        free(list->name);
        free(list);
}

int sq_qos_list_take(const char *line, void *payload, struct sq_error *err) {
        struct sq_qos_list *list = payload;
        char *name;

        if (!*line)
                return SQ_OK;
        name = strdup(line);
        if (!name || !sq_grow(&list->name, list->n + 1, &list->room, sizeof *list->name)) {
                free(name);
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        list->name[list->n++] = name;
        return SQ_OK;
}

int sq_qos_list_ask(const char *program, int64_t deadline, struct sq_qos_list **ret,
                    struct sq_error *err) {
        SQ_CLEANUP(sq_qos_list_freep) struct sq_qos_list *list = sq_qos_list_new();
        const char *const argv[] = {program, "-nP", "show", "qos", "format=name", NULL};
        const struct sq_program run = {
                .argv = argv,
                .deadline = deadline,
                .line_max = SQ_NAME_SIZE,
                .output_max = OUTPUT_MAX,
                .take = sq_qos_list_take,
                .payload = list,
        };
        int rc = list ? sq_ask(&run, err) : sq_fail(err, SQ_ENOMEM, "out of memory");

        if (!rc)
                *ret = SQ_TAKE(list);
        return rc;
}

bool sq_qos_list_has(const struct sq_qos_list *list, const char *name) {
        for (size_t i = 0; i < list->n; i++)
                if (!strcasecmp(list->name[i], name))
                        return true;
        return false;
}
