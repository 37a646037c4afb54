/* sweep.c - gives back what no line of the queue stands for
 *
 * The rows of a reservation come together: its pool, then the tasks with rows of their
 * own.  They are weighed against the lines of the queue as a whole, since Slurm may show
 * a waiting task by itself or among the others of its array.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "ledger/reservation.h"
#include "ledger/sweep.h"
#include "reconcile/pass.h"

#define PAGE 256

/* Jobs that slurmdbd is asked about in one question. */
#define QUESTION 512

/* Rows that no line of the queue stands for. */
struct leftover {
        struct sq_sweep_step step;
        bool runs;
        int64_t tasks; /* as many as it had */
};

struct missing {
        char uuid[SQ_UUID_SIZE];
        struct sq_fated job;
        int64_t since;
};

struct sweeping {
        struct sq_pass *pass;
        int64_t as_of, grace;

        size_t n_rows;
        struct sq_swept row[PAGE];

        /* The reservation at hand. */
        struct sq_swept last;
        bool any;             /* a line of the queue is its */
        bool moving, young;
        int64_t seen_in_pool; /* tasks of lines that stand for the pool */
        int64_t pool;         /* tasks in the pool; -1: there is none */
        size_t n_left, room_left;
        struct leftover *left;

        /* What is to be done. */
        size_t n_steps;
        struct sq_sweep_step step[SQ_PASS_BATCH];
        size_t n_missing, room_missing;
        struct missing *missing;
        struct sq_error *err;
};

static int apply(struct sweeping *s) {
        struct sq_pass *pass = s->pass;
        int rc = SQ_OK;

        sq_pass_be_patient(pass);
        if (s->n_steps && !pass->what->dry_run)
                rc = sq_sweep_apply(pass->ledger, s->step, s->n_steps, s->as_of, s->err);
        s->n_steps = 0;
        return rc;
}

static int add_step(struct sweeping *s, const struct sq_sweep_step *step) {
        s->step[s->n_steps++] = *step;
        return s->n_steps == SQ_PASS_BATCH ? apply(s) : SQ_OK;
}

/* Rows are copied: nothing can be changed while a picture of the store is open. */
static int copy_row(const struct sq_swept *row, void *payload) {
        struct sweeping *s = payload;

        s->row[s->n_rows] = *row;
        s->row[s->n_rows].user = s->row[s->n_rows].account = NULL; /* they were lent */
        s->row[s->n_rows++].cluster = NULL;
        return SQ_OK;
}

static int read_page(struct sweeping *s, const char *uuid, int64_t task) {
        int64_t n;

        s->n_rows = 0;
        sq_pass_be_patient(s->pass);
        return sq_sweep_page(s->pass->ledger, uuid, task, PAGE, copy_row, s, &n, s->err);
}

/* --- one reservation ---------------------------------------------------------- */

static int keep_leftover(struct sweeping *s, const struct sq_swept *row) {
        if (!sq_grow(&s->left, s->n_left + 1, &s->room_left, sizeof *s->left))
                return sq_fail(s->err, SQ_ENOMEM, "out of memory");
        s->left[s->n_left] = (struct leftover){.step = {.array_task = row->array_task},
                                               .runs = row->runs,
                                               .tasks = row->tasks};
        memcpy(s->left[s->n_left++].step.uuid, row->uuid, sizeof row->uuid);
        return SQ_OK;
}

static void name_job(const struct sweeping *s, char *text, size_t size) {
        if (s->last.bound)
                snprintf(text, size, "job %" PRId64, s->last.job_id);
        else
                snprintf(text, size, "reservation %s", s->last.uuid);
}

static int release(struct sweeping *s, struct leftover *row, int64_t fewer, const char *why) {
        struct sq_sweep_step step = row->step;
        char name[80];

        name_job(s, name, sizeof name);
        step.tasks = row->tasks - fewer;
        step.if_unbound = !s->last.bound;
        s->pass->report.released += fewer;
        sq_pass_tell(s->pass, "%s: %s: releasing %" PRId64 " task%s", name, why, fewer,
                     fewer == 1 ? "" : "s");
        return add_step(s, &step);
}

/* The tasks of a reservation whose job is in the queue are as many as its lines say.
 * Of too many those go first that ran and are gone, then those of the pool. */
static int weigh(struct sweeping *s) {
        static const char why[] = "more tasks than the queue has";
        int64_t excess = (s->pool > 0 ? s->pool : 0) - s->seen_in_pool;
        struct leftover pool = {.step = {.array_task = SQ_NO_TASK}, .tasks = s->pool};
        int rc = SQ_OK;

        memcpy(pool.step.uuid, s->last.uuid, sizeof s->last.uuid);
        for (size_t i = 0; i < s->n_left; i++)
                if (s->left[i].step.array_task != SQ_NO_TASK)
                        excess += s->left[i].tasks;
        for (int waiting = 0; waiting < 2 && excess > 0 && !rc; waiting++) {
                for (size_t i = 0; i < s->n_left && excess > 0 && !rc; i++)
                        if (s->left[i].step.array_task != SQ_NO_TASK &&
                            s->left[i].runs == !waiting) {
                                rc = release(s, &s->left[i], 1, why);
                                excess--;
                        }
                if (!waiting && excess > 0 && s->pool > 0 && !rc) {
                        const int64_t fewer = excess < s->pool ? excess : s->pool;

                        rc = release(s, &pool, fewer, why);
                        excess -= fewer;
                }
        }
        if (excess < 0 && s->pool > 0 && !rc) {
                pool.step.tasks = s->pool - excess;
                s->pass->report.corrected++;
                sq_pass_tell(s->pass, "job %" PRId64 ": fewer tasks than the queue has:"
                             " holding %" PRId64 " more", s->last.job_id, -excess);
                rc = add_step(s, &pool.step);
        }
        return rc;
}

static int release_all(struct sweeping *s, const char *why) {
        int rc = SQ_OK;

        for (size_t i = 0; i < s->n_left && !rc; i++)
                rc = release(s, &s->left[i], s->left[i].tasks, why);
        s->n_left = 0;
        return rc;
}

/* Not in the queue, but it has been a job: slurmdbd knows what became of it. */
static int note_missing(struct sweeping *s) {
        struct missing *m;

        if (!sq_grow(&s->missing, s->n_missing + 1, &s->room_missing, sizeof *s->missing))
                return sq_fail(s->err, SQ_ENOMEM, "out of memory");
        m = &s->missing[s->n_missing++];
        memcpy(m->uuid, s->last.uuid, sizeof m->uuid);
        m->job = (struct sq_fated){.job_id = s->last.job_id, .submit_at = s->last.submit_at};
        m->since = s->last.missing_since;
        return SQ_OK;
}

static int finish_reservation(struct sweeping *s) {
        int rc = SQ_OK;

        if (s->moving || s->young || !s->last.uuid[0])
                ; /* next time */
        else if (s->any)
                rc = weigh(s);
        else if (s->last.bound)
                rc = note_missing(s);
        else
                rc = release_all(s, "no job came to be");
        s->n_left = 0;
        s->any = s->moving = s->young = false;
        s->seen_in_pool = 0;
        s->pool = -1;
        return rc;
}

static int take_row(struct sweeping *s, const struct sq_swept *row) {
        struct sq_seen_row seen = {0};
        bool found;
        int rc = SQ_OK;

        if (strcmp(row->uuid, s->last.uuid) != 0) {
                rc = finish_reservation(s);
                if (rc)
                        return rc;
                if (sq_seen_find(s->pass->seen, row->uuid, SQ_NO_TASK, &seen)) {
                        s->any = true;
                        s->seen_in_pool = seen.tasks;
                        s->moving = seen.moving;
                }
        }
        s->last = *row;
        s->moving = s->moving || row->changed_at >= s->as_of;
        s->young = s->young || (!row->bound && row->created_at > s->as_of - s->grace);
        found = sq_seen_find(s->pass->seen, row->uuid, row->array_task, &seen);
        s->any = s->any || found;
        s->moving = s->moving || (found && seen.moving);
        if (row->array_task == SQ_NO_TASK)
                s->pool = row->tasks;
        if (!found || row->array_task == SQ_NO_TASK)
                rc = keep_leftover(s, row);
        return rc;
}

/* --- jobs that are not in the queue ------------------------------------------------ */

static int release_missing(struct sweeping *s, const struct missing *m, const char *why) {
        int64_t task = SQ_NO_TASK - 1;
        int rc;

        s->last = (struct sq_swept){.bound = true, .job_id = m->job.job_id};
        do {
                rc = read_page(s, m->uuid, task);
                for (size_t i = 0; i < s->n_rows && !rc; i++)
                        if (!strcmp(s->row[i].uuid, m->uuid)) {
                                task = s->row[i].array_task;
                                rc = keep_leftover(s, &s->row[i]);
                        }
                if (!rc)
                        rc = release_all(s, why);
        } while (!rc && s->n_rows == PAGE && !strcmp(s->row[PAGE - 1].uuid, m->uuid));
        return rc;
}

/* A job of which slurmctld knows nothing any more will not use anything: it is given a
 * while, in case an answer was wrong, and then let go. */
static int decide(struct sweeping *s, const struct missing *m) {
        struct sq_sweep_step step = {.array_task = SQ_NO_TASK, .miss = true};

        if (m->job.fate == SQ_FATE_ENDED)
                return release_missing(s, m, "it has ended");
        s->pass->report.missing++;
        if (m->since && s->as_of - m->since >= s->grace)
                return release_missing(s, m, "slurmctld has lost it");
        memcpy(step.uuid, m->uuid, sizeof m->uuid);
        return add_step(s, &step);
}

static int ask_missing(struct sweeping *s, struct missing *m, size_t n) {
        struct sq_fated fated[QUESTION];
        int rc;

        for (size_t i = 0; i < n; i++)
                fated[i] = m[i].job;
        rc = sq_pass_settle_jobs(s->pass, fated, n, s->err);
        for (size_t i = 0; i < n && !rc; i++) {
                m[i].job = fated[i];
                rc = decide(s, &m[i]);
        }
        return rc;
}

/* --- all of them -------------------------------------------------------------------- */

static int sweep(struct sweeping *s) {
        char uuid[SQ_UUID_SIZE] = "";
        int64_t task = SQ_NO_TASK;
        int rc;

        do {
                rc = read_page(s, uuid, task);
                for (size_t i = 0; i < s->n_rows && !rc; i++)
                        rc = take_row(s, &s->row[i]);
                if (rc)
                        return rc;
                if (s->n_rows) {
                        memcpy(uuid, s->last.uuid, sizeof uuid);
                        task = s->last.array_task;
                } else {
                        rc = finish_reservation(s);
                }
        } while (s->n_rows && !rc);
        for (size_t i = 0; i < s->n_missing && !rc; i += QUESTION)
                rc = ask_missing(s, &s->missing[i],
                                 s->n_missing - i < QUESTION ? s->n_missing - i : QUESTION);
        return rc ? rc : apply(s);
}

int sq_pass_sweep(struct sq_pass *pass, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sweeping *s = calloc(1, sizeof *s);
        int rc;

        if (!s)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        s->pass = pass;
        s->as_of = pass->as_of;
        s->grace = pass->what->config->reconcile.grace_seconds;
        s->pool = -1;
        s->err = err;
        rc = sweep(s);
        free(s->left);
        free(s->missing);
        return rc;
}
