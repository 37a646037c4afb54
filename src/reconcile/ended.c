/* ended.c - what slurmdbd says about runs that have ended, brought into the charges */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "ledger/comparison.h"
#include "ledger/reservation.h"
#include "ledger/settlement.h"
#include "reconcile/pass.h"
#include "slurm/history.h"

/* One reading of slurmdbd: it is asked for a day at most. */
#define SACCT_NS (300 * SQ_NS_PER_SECOND)
#define DAY 86400

/* Jobs that were resized: their sizes count together, and an answer about some time may
 * lack the first ones.  They are asked for by their ids. */
struct resized {
        int64_t job_id, submit_at;
        int64_t cpu_seconds; /* of the sizes so far */
};

struct ending {
        struct sq_pass *pass;
        bool by_id;
        struct sq_fated *fated;
        size_t n_fated;
        size_t n, room;
        struct resized *resized;
};

static struct resized *find_resized(struct ending *e, int64_t job_id) {
        for (size_t i = 0; i < e->n; i++)
                if (e->resized[i].job_id == job_id)
                        return &e->resized[i];
        return NULL;
}

static struct resized *add_resized(struct ending *e, int64_t job_id, int64_t submit_at) {
        if (!sq_grow(&e->resized, e->n + 1, &e->room, sizeof *e->resized))
                return NULL;
        e->resized[e->n] = (struct resized){.job_id = job_id, .submit_at = submit_at};
        return &e->resized[e->n++];
}

/* --- one run -------------------------------------------------------------------- */

/* Another run of the same job is in the queue: its reservation goes on. */
static bool goes_on(const struct sq_pass *pass, const struct sq_ended *run) {
        int64_t submit_at;

        return sq_seen_find_job(pass->seen, run->job_id, &submit_at) &&
               submit_at > run->submit_at;
}

static struct sq_run run_of(const struct sq_pass *pass, const struct sq_ended *e) {
        const int64_t start = e->tres.n ? e->start_at : 0;
        const int64_t suspended = start ? e->end_at - start - e->elapsed : 0;

        return (struct sq_run){
                .cluster = pass->cluster,
                .job_id = e->job_id,
                .array_job = e->array_job,
                .submit_at = e->submit_at,
                .restarts = SQ_RESTARTS_UNKNOWN,
                .array_task = e->array_task,
                .user = e->user,
                .account = e->account,
                .uuid = e->uuid[0] ? e->uuid : NULL,
                .state = e->state,
                .start_at = start,
                .end_at = e->end_at,
                .suspended = suspended > 0 ? suspended : 0,
                .tres = e->tres,
                .tasks = e->tasks > 0 ? e->tasks : 1,
                .goes_on = e->resized || goes_on(pass, e),
                .resized = e->resized,
        };
}

static int settle(struct sq_pass *pass, const struct sq_run *run, int64_t earlier,
                  struct sq_error *err) {
        const struct sq_earlier_sizes sizes = {.cpu_seconds = earlier};
        struct sq_settled settled;
        int rc;

        sq_pass_be_patient(pass);
        rc = sq_settle(pass->ledger, run, &sizes, !pass->what->dry_run, &settled, err);
        if (rc == SQ_EINVAL || rc == SQ_ERANGE) { /* times or amounts that cannot be */
                pass->report.unreadable++;
                return SQ_OK;
        }
        if (rc)
                return rc;
        pass->report.charged += settled.booked;
        pass->report.amended += settled.corrected;
        if (settled.booked)
                sq_pass_tell(pass, "job %" PRId64 " of %s in %s has ended and was not charged:"
                             " charging it", run->job_id, run->user, run->account);
        if (settled.corrected)
                sq_pass_tell(pass, "job %" PRId64 " of %s in %s: slurmdbd counts %+" PRId64
                             " CPU seconds: correcting its charge", run->job_id, run->user,
                             run->account, settled.amounts.of[SQ_CPU].seconds);
        return SQ_OK;
}

/* A size that a job gave up is charged as it is, once. */
static int charge_size(struct sq_pass *pass, const struct sq_run *run, struct sq_error *err) {
        struct sq_charged charged = {0};
        int64_t booked = 0;
        int rc;

        sq_pass_be_patient(pass);
        rc = sq_settlement_resized(pass->ledger, run->cluster, run->job_id, run->end_at,
                                   &booked, err);
        if (rc || booked)
                return rc;
        if (!pass->what->dry_run)
                rc = sq_charge(pass->ledger, run, &charged, err);
        if (!rc && (charged.booked || pass->what->dry_run)) {
                pass->report.charged++;
                sq_pass_tell(pass, "a size of job %" PRId64 " of %s in %s was not charged:"
                             " charging it", run->job_id, run->user, run->account);
        }
        return rc;
}

static int take_sized(struct ending *e, const struct sq_ended *ended, struct sq_error *err) {
        const struct sq_run run = run_of(e->pass, ended);
        struct resized *sizes = find_resized(e, ended->job_id);

        if (!ended->resized)
                return settle(e->pass, &run,
                              sizes && sizes->submit_at == ended->submit_at
                                      ? sizes->cpu_seconds
                                      : 0,
                              err);
        if (!sizes || sizes->submit_at != ended->submit_at)
                sizes = add_resized(e, ended->job_id, ended->submit_at);
        if (!sizes)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sizes->cpu_seconds += sq_tres_count(&ended->tres, "cpu") * ended->elapsed;
        return charge_size(e->pass, &run, err);
}

/* Whether it belongs to a job that must be asked for by its id. */
static int is_sized(struct ending *e, const struct sq_ended *ended, bool *ret,
                    struct sq_error *err) {
        int64_t submit_at = 0;
        int rc = SQ_OK;

        *ret = ended->resized || ended->continues || find_resized(e, ended->job_id);
        /* Begun in the second of its submission, or a later size of a job that was resized
         * in the second of its start: its charges tell. */
        if (!*ret && ended->start_at == ended->submit_at) {
                rc = sq_settlement_resized(e->pass->ledger, e->pass->cluster, ended->job_id,
                                           ended->submit_at, &submit_at, err);
                *ret = submit_at && submit_at != ended->submit_at;
        }
        if (*ret && !find_resized(e, ended->job_id) && !add_resized(e, ended->job_id, 0))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        return rc;
}

static void note_fate(struct ending *e, const struct sq_ended *ended) {
        const int64_t id = ended->array_job > 0 ? ended->array_job : ended->job_id;

        for (size_t i = 0; i < e->n_fated; i++) {
                struct sq_fated *f = &e->fated[i];

                if (f->job_id != id || ended->submit_at < f->submit_at)
                        continue; /* an older job may have had the same id */
                if (!ended->ended)
                        f->fate = SQ_FATE_OPEN;
                else if (f->fate == SQ_FATE_UNKNOWN)
                        f->fate = SQ_FATE_ENDED;
        }
}

static int take(const struct sq_ended *ended, void *payload, struct sq_error *err) {
        struct ending *e = payload;
        bool sized;
        int rc;

        note_fate(e, ended);
        if (!ended->ended)
                return SQ_OK;
        e->pass->report.ended++;
        if (!ended->user[0] || !ended->account[0]) {
                e->pass->report.unreadable++;
                return SQ_OK;
        }
        if (e->by_id)
                return take_sized(e, ended, err);
        rc = is_sized(e, ended, &sized, err);
        if (!rc && !sized) {
                const struct sq_run run = run_of(e->pass, ended);

                rc = settle(e->pass, &run, 0, err);
        }
        return rc;
}

/* --- reading ------------------------------------------------------------------------ */

static int read_history(struct ending *e, const struct sq_history_question *question,
                        struct sq_error *err) {
        const char *sacct = e->pass->what->config->slurm.sacct;
        struct sq_history_end end;
        int rc = sq_history_read(sacct, question, sq_monotonic_ns() + SACCT_NS, take, e, &end,
                                 err);

        if (!rc)
                e->pass->report.unreadable += end.unreadable;
        if (!rc && end.unreadable)
                sq_pass_tell(e->pass, "job %" PRId64 " cannot be charged: %s",
                             end.unreadable_job, end.why.text);
        return rc;
}

static int settle_jobs(struct sq_pass *pass, const int64_t *jobs, size_t n,
                       struct sq_fated *fated, struct sq_error *err) {
        const struct sq_history_question question = {.jobs = jobs, .n_jobs = n};
        struct ending e = {.pass = pass, .by_id = true, .fated = fated,
                           .n_fated = fated ? n : 0};
        int rc = read_history(&e, &question, err);

        free(e.resized);
        return rc;
}

int sq_pass_settle_jobs(struct sq_pass *pass, struct sq_fated *job, size_t n,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_freep) int64_t *ids = calloc(n, sizeof *ids);

        if (!ids)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < n; i++) {
                ids[i] = job[i].job_id;
                job[i].fate = SQ_FATE_UNKNOWN;
        }
        return settle_jobs(pass, ids, n, job, err);
}

/* The resized jobs of a reading, by their ids. */
static int settle_resized(struct ending *e, struct sq_error *err) {
        int64_t ids[SQ_PASS_BATCH];
        int rc = SQ_OK;

        for (size_t i = 0; i < e->n && !rc; i += SQ_PASS_BATCH) {
                size_t n = 0;

                for (; n < SQ_PASS_BATCH && i + n < e->n; n++)
                        ids[n] = e->resized[i + n].job_id;
                rc = settle_jobs(e->pass, ids, n, NULL, err);
        }
        return rc;
}

static int settle_window(struct sq_pass *pass, int64_t since, int64_t until,
                         struct sq_error *err) {
        const struct sq_history_question question = {.since = since, .until = until};
        struct ending e = {.pass = pass};
        int rc = read_history(&e, &question, err);

        if (!rc)
                rc = settle_resized(&e, err);
        free(e.resized);
        return rc;
}

/* What ended before there was a ledger is charged only when somebody asks for it. */
static int64_t first_second(const struct sq_pass *pass, const struct sq_comparison *last) {
        const int64_t from = (last->charged_until ? last->charged_until : pass->as_of) -
                             pass->what->config->reconcile.overlap_seconds;

        return from > last->began_at ? from : last->began_at + 1;
}

int sq_pass_settle_ended(struct sq_pass *pass, struct sq_error *err) {
        struct sq_comparison last;
        int64_t since = pass->what->since;
        int rc = sq_comparison_read(pass->ledger, pass->cluster, &last, err);

        if (!since)
                since = first_second(pass, &last);
        for (; !rc && since <= pass->as_of; since += DAY)
                rc = settle_window(pass, since,
                                   since + DAY - 1 < pass->as_of ? since + DAY - 1
                                                                 : sq_now(),
                                   err);
        /* Ends that wait in slurmctld for slurmdbd may be from long ago. */
        pass->charged_until = sq_snapshot_unsent(pass->snapshot) > 0 ? last.charged_until
                                                                     : pass->as_of;
        return rc;
}
