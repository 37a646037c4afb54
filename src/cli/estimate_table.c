#include "cli/estimate_table.h"

#include <inttypes.h>
#include <string.h>

#include "cli/table.h"
#include "slurm/duration.h"

/* "CPU", "GPU" */
static const char *title_of(enum sq_resource resource) {
        return resource == SQ_CPU ? "CPU" : "GPU";
}

static const char *plural(int64_t n) {
        return n == 1 ? "" : "s";
}

/* --- a part -------------------------------------------------------------------------- */

static void print_request(FILE *out, const struct sq_estimated_part *part) {
        char tres[SQ_TRES_TEXT_SIZE], limit[SQ_DURATION_SIZE];

        fprintf(out, "%s%s for %s", sq_tres_text(&part->price.tres, tres, sizeof tres),
                part->price.tasks > 1 ? " each" : "",
                part->price.open_ended
                        ? "a year, since nothing limits its time"
                        : sq_duration_text(part->price.seconds, limit, sizeof limit));
        if (part->price.tasks > 1)
                fprintf(out, ", %" PRId64 " array tasks", part->price.tasks);
        fputc('\n', out);
}

static void print_left(FILE *out, const struct sq_balance *balance) {
        char left[32], budget[32];

        sq_amount_text_down(sq_balance_available(balance), left, sizeof left);
        if (sq_amount_is_unlimited(balance->budget))
                fprintf(out, "  %22s", left);
        else
                fprintf(out, "  %11s of %7s", left,
                        sq_amount_text_down(balance->budget, budget, sizeof budget));
}

static void print_part(FILE *out, const struct sq_estimate *e, size_t place) {
        const struct sq_estimated_part *part = &e->part[place];
        char held[32], per_task[32];

        if (e->n > 1)
                fprintf(out, "Component %zu of user %s in account %s: ", place, e->user,
                        part->account);
        else
                fprintf(out, "User %s in account %s: ", e->user, part->account);
        print_request(out, part);
        fprintf(out, "%-3s  %11s  %11s  %22s  %22s\n", "", "PER TASK", "WOULD HOLD",
                "LEFT TO THE USER", "LEFT TO THE ACCOUNT");
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                fprintf(out, "%-3s  %11s  %11s", title_of((enum sq_resource)r),
                        sq_amount_text(part->outlook.per_task.of[r], per_task, sizeof per_task),
                        sq_amount_text(part->outlook.total.of[r], held, sizeof held));
                print_left(out, &part->outlook.user[r]);
                print_left(out, &part->outlook.account[r]);
                fputc('\n', out);
        }
        fputc('\n', out);
}

/* --- the answer ---------------------------------------------------------------------- */

static void print_relief(FILE *out, const struct sq_shortage *s) {
        const struct sq_relief *relief = &s->relief;
        char running[32], waiting[32], when[64];

        sq_amount_text_down(relief->running, running, sizeof running);
        sq_amount_text_down(relief->waiting, waiting, sizeof waiting);
        switch (sq_shortage_end(s)) {
        case SQ_SHORTAGE_MAY_END:
                fprintf(out, "  At the earliest when running jobs end before their limits: they"
                             " can give back %s.\n"
                             "  By %s it is known how much they did; what they use does not"
                             " come back.\n",
                        running, sq_table_time(relief->by, when, sizeof when));
                return;
        case SQ_SHORTAGE_NEEDS_ALL:
                fprintf(out, "  Not by the %" PRId64 " running job%s alone, which can give back"
                             " %s: only when some of the %" PRId64 " waiting\n"
                             "  job%s, which hold %s, also end early or are cancelled.\n",
                        relief->jobs_running, plural(relief->jobs_running), running,
                        relief->jobs_waiting, plural(relief->jobs_waiting), waiting);
                return;
        case SQ_SHORTAGE_STAYS:
                break;
        }
        fprintf(out, "  Never by waiting: all unfinished jobs together can give back %s%s%s."
                     "  It takes a larger budget or a smaller job.\n",
                running, relief->jobs_waiting ? " and " : "",
                relief->jobs_waiting ? waiting : "");
}

static void print_shortage(FILE *out, const struct sq_estimate *e,
                           const struct sq_shortage *s) {
        char lacking[32];

        fprintf(out, "%s %s lacks %s of %s time.\n", s->kind == SQ_USER ? "User" : "Account",
                sq_shortage_name(e, s), sq_amount_text(s->lacking, lacking, sizeof lacking),
                title_of(s->resource));
        print_relief(out, s);
}

static void print_longest(FILE *out, const struct sq_estimate *e) {
        char limit[SQ_DURATION_SIZE];

        if (!e->longest_minutes) {
                fprintf(out, "No --time fits, not even a minute.\n");
                return;
        }
        if (e->longest_minutes == e->most_minutes && !e->limited) {
                fprintf(out, "Any --time fits.\n");
                return;
        }
        fprintf(out, "The longest --time that fits: %s%s\n",
                sq_duration_text(e->longest_minutes * 60, limit, sizeof limit),
                e->longest_minutes == e->most_minutes ? ", the limit of the partition" : "");
}

void sq_estimate_print(FILE *out, const struct sq_estimate *e, const char *const *remarks,
                       size_t n_remarks) {
        for (size_t i = 0; i < e->n; i++)
                print_part(out, e, i);
        if (e->refused)
                fprintf(out, "It would be refused:\n  %s\n", e->refusal);
        else
                fprintf(out, "It fits.\n");
        print_longest(out, e);
        if (e->shortages)
                fprintf(out, "\nWhen enough may come free:\n");
        for (size_t i = 0; i < e->shortages; i++)
                print_shortage(out, e, &e->shortage[i]);
        for (size_t i = 0; i < n_remarks; i++)
                fprintf(out, "%sNote: %s.\n", i ? "" : "\n", remarks[i]);
}
