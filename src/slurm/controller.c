#include "slurm/controller.h"

#include <stddef.h>
#include <string.h>

#include "slurm/ask.h"
#include "slurm/row.h"

/* Of a cluster whose every user and kind of message has a line. */
#define OUTPUT_MAX (16u * 1024 * 1024)
#define LINE_MAX_BYTES 4096

void sq_controller_start(struct sq_controller *controller) {
        *controller = (struct sq_controller){-1, -1, -1, -1};
}

/* The number behind `text`. */
static void read_number(const char *text, int64_t *ret) {
        text += strspn(text, " (");
        (void)sq_row_number_of(text, strspn(text, "0123456789"), ret);
}

int sq_controller_take(const char *line, void *controller, struct sq_error *err) {
        struct sq_controller *c = controller;
        const struct {
                const char *title;
                int64_t *number;
        } lines[] = {
                {"Jobs pending:", &c->jobs_pending},
                {"Jobs running:", &c->jobs_running},
                {"DBD Agent queue size:", &c->dbd_queue},
        };
        const char *bracket = strrchr(line, '(');

        (void)err;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                if (!strncmp(line, lines[i].title, strlen(lines[i].title)))
                        read_number(line + strlen(lines[i].title), lines[i].number);
        /* Of this moment, both for people and as a number. */
        if (bracket && !strncmp(line, "Job states ts:", strlen("Job states ts:")))
                read_number(bracket, &c->states_at);
        return SQ_OK;
}

int sq_controller_ask(const char *program, int64_t deadline, struct sq_controller *ret,
                      struct sq_error *err) {
        struct sq_controller controller;
        const char *const argv[] = {program, NULL};
        const struct sq_program run = {
                .argv = argv,
                .deadline = deadline,
                .line_max = LINE_MAX_BYTES,
                .output_max = OUTPUT_MAX,
                .take = sq_controller_take,
                .payload = &controller,
        };
        int rc;

        sq_controller_start(&controller);
        rc = sq_ask(&run, err);
        if (!rc)
                *ret = controller;
        return rc;
}
