#include "cli/job_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "ledger/reservation.h"

enum column { JOB, USER, ACCOUNT, STATE, CPU, CPU_USED, GPU, GPU_USED, UNTIL, COLUMNS };

static const struct {
        const char *title;
        bool is_number;
} columns[COLUMNS] = {
        [JOB] = {"JOB", false},       [USER] = {"USER", false},
        [ACCOUNT] = {"ACCOUNT", false}, [STATE] = {"STATE", false},
        [CPU] = {"CPU", true},        [CPU_USED] = {"USED", true},
        [GPU] = {"GPU", true},        [GPU_USED] = {"USED", true},
        [UNTIL] = {"UNTIL", false},
};

/* A row as it is printed; names are lent. */
struct cells {
        const char *text[COLUMNS];
        char job[64], amount[4][32], until[64];
};

int sq_job_list_add(struct sq_job_list *list, const struct sq_job_standing *job) {
        char *user = strdup(job->user), *account = strdup(job->account);
        struct sq_job_standing *item;

        if (!user || !account ||
            !sq_grow(&list->item, list->n + 1, &list->room, sizeof *list->item)) {
                free(user);
                free(account);
                return SQ_ENOMEM;
        }
        item = &list->item[list->n++];
        *item = *job;
        item->user = user;
        item->account = account;
        return SQ_OK;
}

void sq_job_list_clear(struct sq_job_list *list) {
        for (size_t i = 0; i < list->n; i++) {
                free((char *)list->item[i].user);
                free((char *)list->item[i].account);
        }
        free(list->item);
        *list = (struct sq_job_list){.n = 0};
}

/* "12", "12_3", "12 (8 tasks)"; "-" in the place of an id that is not known. */
static void name_job(const struct sq_job_standing *job, char *text, size_t size) {
        char id[24] = "-";

        if (job->job_id)
                snprintf(id, sizeof id, "%" PRId64, job->job_id);
        if (job->array_task != SQ_NO_TASK)
                snprintf(text, size, "%s_%" PRId64, id, job->array_task);
        else if (job->tasks > 1)
                snprintf(text, size, "%s (%" PRId64 " tasks)", id, job->tasks);
        else
                snprintf(text, size, "%s", id);
}

static void fill(struct cells *c, const struct sq_job_standing *job,
                 const struct sq_style *style) {

        const struct sq_amount amount[] = {job->reserved.of[SQ_CPU], job->used.of[SQ_CPU],
                                           job->reserved.of[SQ_GPU], job->used.of[SQ_GPU]};

        name_job(job, c->job, sizeof c->job);
        c->text[JOB] = c->job;
        c->text[USER] = job->user;
        c->text[ACCOUNT] = job->account;
        c->text[STATE] = sq_job_state_name(job->state);
        for (int i = 0; i < 4; i++)
                c->text[CPU + i] = sq_table_amount(amount[i], style, c->amount[i],
                                                   sizeof c->amount[i]);
        c->text[UNTIL] = job->until ? sq_table_time(job->until, c->until, sizeof c->until)
                                    : "-";
}

static void measure(const struct sq_job_list *list, const struct sq_style *style,
                    int width[COLUMNS]) {

        struct cells c;

        for (int i = 0; i < COLUMNS; i++)
                width[i] = (int)strlen(columns[i].title);
        for (size_t row = 0; row < list->n; row++) {
                fill(&c, &list->item[row], style);
                for (int i = 0; i < COLUMNS; i++) {
                        const int n = sq_table_name_width(c.text[i], style);

                        if (n > width[i])
                                width[i] = n;
                }
        }
}

static void print_row(FILE *out, const struct cells *c, const int width[COLUMNS],
                      const struct sq_style *style) {

        for (int i = 0; i < COLUMNS; i++) {
                if (i > 0)
                        fputs("  ", out);
                if (columns[i].is_number)
                        fprintf(out, "%*s", width[i], c->text[i]);
                else if (i < COLUMNS - 1)
                        sq_table_print_name(out, c->text[i], width[i], style);
                else
                        fputs(c->text[i], out); /* nothing stands behind it */
        }
        fputc('\n', out);
}

static void print_header(FILE *out, const int width[COLUMNS], const struct sq_style *style) {
        int whole = 2 * (COLUMNS - 1);
        struct cells c;

        for (int i = 0; i < COLUMNS; i++) {
                c.text[i] = columns[i].title;
                whole += width[i];
        }
        print_row(out, &c, width, style);
        for (int i = 0; i < whole; i++)
                fputc('-', out);
        fputc('\n', out);
}

static void print_sum(FILE *out, const struct sq_job_list *list, const struct sq_style *style) {
        struct sq_job_standing sum = {.array_task = SQ_NO_TASK};
        struct cells c;

        for (size_t i = 0; i < list->n; i++) {
                sum.tasks += list->item[i].tasks;
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                        sq_amount_add_capped(&sum.reserved.of[r],
                                             list->item[i].reserved.of[r]);
                        sq_amount_add_capped(&sum.used.of[r], list->item[i].used.of[r]);
                }
        }
        fill(&c, &sum, style);
        fprintf(out, "total of %" PRId64 " task%s, in %s: CPU %s (used %s), GPU %s (used %s)",
                sum.tasks, sum.tasks == 1 ? "" : "s", style->hours ? "hours" : "minutes",
                c.text[CPU], c.text[CPU_USED], c.text[GPU], c.text[GPU_USED]);
}

void sq_job_table_print(FILE *out, const struct sq_job_list *list, int64_t compared_at,
                        const struct sq_style *style) {

        int width[COLUMNS];
        char text[64];

        if (!list->n) {
                fprintf(out, "no unfinished jobs\n");
                return;
        }
        measure(list, style, width);
        print_header(out, width, style);
        for (size_t row = 0; row < list->n; row++) {
                struct cells c;

                fill(&c, &list->item[row], style);
                print_row(out, &c, width, style);
        }
        print_sum(out, list, style);
        if (compared_at)
                fprintf(out, "; queue compared at %s\n",
                        sq_table_time(compared_at, text, sizeof text));
        else
                fprintf(out, "; queue never compared: slurm-quota reconcile has not run\n");
}
