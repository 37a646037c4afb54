/* bring_in.c - the lines of the queue, brought into the reservations */
#include "base/clock.h"
#include "ledger/reservation.h"
#include "ledger/sighting.h"
#include "reconcile/pass.h"
#include "slurm/request.h"

struct batch {
        size_t n;
        struct sq_queued job[SQ_PASS_BATCH];
        struct sq_sighting line[SQ_PASS_BATCH];
        struct sq_sighted sighted[SQ_PASS_BATCH];
};

/* Lines that are to be changed, of those of a batch. */
struct selection {
        size_t n;
        size_t of[SQ_PASS_BATCH];
        struct sq_sighting line[SQ_PASS_BATCH];
        struct sq_sighted sighted[SQ_PASS_BATCH];
};

static enum sq_sight_state state_of(const struct sq_queued *job) {
        /* Of whom it is, or what it has, cannot be said: then nothing is. */
        if (!job->user[0] || job->unreadable)
                return SQ_SIGHT_ENDING;
        switch (job->state) {
        case SQ_QUEUED_PENDING:
                return SQ_SIGHT_PENDING;
        case SQ_QUEUED_RUNNING:
                return SQ_SIGHT_RUNNING;
        case SQ_QUEUED_SUSPENDED:
                return SQ_SIGHT_SUSPENDED;
        case SQ_QUEUED_ENDING:
                break;
        }
        return SQ_SIGHT_ENDING;
}

static int64_t seconds_of(const struct sq_queued *job) {
        if (job->limit_seconds == SQ_QUEUED_UNLIMITED)
                return SQ_OPEN_ENDED_SECONDS;
        return job->limit_seconds >= 0 ? job->limit_seconds : SQ_SECONDS_UNKNOWN;
}

static struct sq_sighting line_of(const struct sq_pass *pass, const struct sq_queued *job) {
        const enum sq_sight_state state = state_of(job);
        const bool runs = state == SQ_SIGHT_RUNNING || state == SQ_SIGHT_SUSPENDED;

        return (struct sq_sighting){
                .cluster = pass->cluster,
                .job_id = job->job_id,
                .array_job = job->array_job,
                .array_task = job->array_task,
                .tasks = job->tasks,
                .submit_at = job->submit_at,
                .restarts = job->restarts,
                .user = job->user,
                .account = job->account,
                .uuid = job->uuid[0] ? job->uuid : NULL,
                .state = state,
                .tres = &job->tres,
                .seconds = seconds_of(job),
                .limit_is_final = job->one_partition || runs,
                .running_since = runs && job->used_seconds >= 0
                                         ? pass->as_of - job->used_seconds
                                         : 0,
                .paused_at = state == SQ_SIGHT_SUSPENDED ? pass->as_of : 0,
        };
}

static bool needs_change(const struct sq_sighted *s) {
        return s->bound || s->held || s->corrected || s->tracked;
}

static void count(struct sq_pass *pass, const struct sq_sighting *line,
                  const struct sq_sighted *s) {
        pass->report.bound += s->bound;
        pass->report.held += s->held;
        pass->report.corrected += s->corrected;
        if (s->held)
                sq_pass_tell(pass, "job %lld of %s in %s has no reservation: holding it",
                             (long long)line->job_id, line->user, line->account);
        if (s->corrected)
                sq_pass_tell(pass, "job %lld of %s in %s is not what was held for it:"
                             " correcting its reservation",
                             (long long)line->job_id, line->user, line->account);
}

static int note_seen(struct sq_pass *pass, const struct sq_sighting *line,
                     const struct sq_sighted *s, struct sq_error *err) {
        bool noted = sq_seen_add_job(pass->seen, line->job_id, line->submit_at);

        if (s->uuid[0])
                noted = noted &&
                        sq_seen_add(pass->seen, s->uuid,
                                    s->own_row ? line->array_task : (int64_t)SQ_NO_TASK,
                                    line->tasks > 0 ? line->tasks : 0,
                                    s->moving || line->tasks < 0);
        return noted ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

/* All lines together; if one of them is too much to be counted, each by itself, so that
 * it stands in nobody's way. */
static int apply(struct sq_pass *pass, struct selection *s, struct sq_error *err) {
        int rc = sq_sightings_bring_in(pass->ledger, s->line, s->n, pass->as_of, true,
                                       s->sighted, err);

        if (rc != SQ_ERANGE)
                return rc;
        for (size_t i = 0; i < s->n; i++) {
                sq_pass_be_patient(pass);
                rc = sq_sightings_bring_in(pass->ledger, &s->line[i], 1, pass->as_of, true,
                                           &s->sighted[i], err);
                if (rc == SQ_ERANGE) {
                        s->sighted[i] = (struct sq_sighted){.moving = true};
                        pass->report.unreadable++;
                        sq_pass_tell(pass, "job %lld of %s in %s: %s",
                                     (long long)s->line[i].job_id, s->line[i].user,
                                     s->line[i].account, err->text);
                } else if (rc) {
                        return rc;
                }
        }
        return SQ_OK;
}

/* Looks at a batch without locking anybody out, then changes what has to be. */
static int bring_in(struct sq_pass *pass, struct batch *b, struct selection *s,
                    struct sq_error *err) {
        int rc;

        sq_pass_be_patient(pass);
        for (size_t i = 0; i < b->n; i++)
                b->line[i] = line_of(pass, &b->job[i]);
        rc = sq_sightings_bring_in(pass->ledger, b->line, b->n, pass->as_of, false, b->sighted,
                                   err);
        s->n = 0;
        for (size_t i = 0; i < b->n && !rc; i++)
                if (needs_change(&b->sighted[i])) {
                        s->of[s->n] = i;
                        s->line[s->n++] = b->line[i];
                }
        if (!rc && s->n && !pass->what->dry_run) {
                rc = apply(pass, s, err);
                for (size_t i = 0; i < s->n && !rc; i++)
                        b->sighted[s->of[i]] = s->sighted[i];
        }
        for (size_t i = 0; i < b->n && !rc; i++) {
                count(pass, &b->line[i], &b->sighted[i]);
                rc = note_seen(pass, &b->line[i], &b->sighted[i], err);
        }
        return rc;
}

int sq_pass_bring_in(struct sq_pass *pass, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct batch *b = calloc(1, sizeof *b);
        SQ_CLEANUP(sq_freep) struct selection *s = calloc(1, sizeof *s);
        int rc = SQ_OK;

        if (!b || !s)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        while (!rc) {
                rc = sq_snapshot_next(pass->snapshot, &b->job[b->n], err);
                if (!rc)
                        b->n++;
                if (b->n == SQ_PASS_BATCH || (rc == SQ_ENOTFOUND && b->n)) {
                        const int brought = bring_in(pass, b, s, err);

                        if (brought)
                                return brought;
                        b->n = 0;
                }
        }
        return rc == SQ_ENOTFOUND ? SQ_OK : rc;
}
