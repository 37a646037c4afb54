#include "reconcile/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "slurm/controller.h"
#include "slurm/ask.h"

/* squeue's clock and ours are the same machine's or its neighbour's. */
#define OLD_SECONDS 10

struct sq_snapshot {
        FILE *file;
        int64_t as_of, rows, unsent;
};

/* What stands before the list of TRES in a row. */
#define HEAD offsetof(struct sq_queued, tres)

static bool keep_text(FILE *file, const char *text) {
        const uint16_t n = (uint16_t)strlen(text);

        return fwrite(&n, sizeof n, 1, file) == 1 && (!n || fwrite(text, n, 1, file) == 1);
}

static bool read_text(FILE *file, char *ret, size_t size) {
        uint16_t n;

        if (fread(&n, sizeof n, 1, file) != 1 || n >= size ||
            (n && fread(ret, n, 1, file) != 1))
                return false;
        ret[n] = '\0';
        return true;
}

/* A row goes to the file without the empty places of its list of TRES. */
static int keep(const struct sq_queued *job, void *payload, struct sq_error *err) {
        struct sq_snapshot *s = payload;
        const size_t items = job->tres.n * sizeof job->tres.item[0];

        if (fwrite(job, HEAD, 1, s->file) != 1 ||
            fwrite(&job->tres.n, sizeof job->tres.n, 1, s->file) != 1 ||
            (items && fwrite(job->tres.item, items, 1, s->file) != 1) ||
            !keep_text(s->file, job->user) || !keep_text(s->file, job->account) ||
            !keep_text(s->file, job->uuid))
                return sq_fail(err, SQ_EIO, "could not keep squeue's answer: %s",
                               strerror(errno));
        return SQ_OK;
}

int sq_snapshot_next(struct sq_snapshot *s, struct sq_queued *ret, struct sq_error *err) {
        if (fread(ret, HEAD, 1, s->file) != 1)
                return feof(s->file) ? SQ_ENOTFOUND
                                     : sq_fail(err, SQ_EIO, "could not read squeue's answer");
        if (fread(&ret->tres.n, sizeof ret->tres.n, 1, s->file) != 1 ||
            ret->tres.n > SQ_TRES_MAX ||
            (ret->tres.n && fread(ret->tres.item, ret->tres.n * sizeof ret->tres.item[0], 1,
                                  s->file) != 1) ||
            !read_text(s->file, ret->user, sizeof ret->user) ||
            !read_text(s->file, ret->account, sizeof ret->account) ||
            !read_text(s->file, ret->uuid, sizeof ret->uuid))
                return sq_fail(err, SQ_EIO, "could not read squeue's answer");
        return SQ_OK;
}

/* --- the witnesses ------------------------------------------------------------- */

/* A line of "scontrol --oneliner show jobs".  Users choose the names of jobs, and may
 * make a finished job look like one that is not: that costs a pass over an empty queue,
 * and nothing is given back because of it. */
static int look_at_job(const char *line, void *payload, struct sq_error *err) {
        static const char *const final[] = {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT",
                                            "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "DEADLINE",
                                            "OUT_OF_MEMORY", "REVOKED"};
        const char *state = strstr(line, " JobState=");
        int64_t *unfinished = payload;
        bool ended = false;

        (void)err;
        if (!state)
                return SQ_OK;
        state += strlen(" JobState=");
        for (size_t i = 0; i < sizeof final / sizeof final[0] && !ended; i++)
                ended = !strncmp(state, final[i], strlen(final[i]));
        *unfinished += !ended;
        return SQ_OK;
}

/* sdiag counts every 30 seconds only, and not at all in the first: its word that there is
 * nothing is as good as none.  scontrol shows all jobs that slurmctld remembers. */
static int check_empty(const struct sq_config *config, int64_t deadline,
                       struct sq_error *err) {
        const char *const argv[] = {config->slurm.scontrol, "--oneliner", "show", "jobs", NULL};
        int64_t unfinished = 0;
        const struct sq_program program = {
                .argv = argv,
                .deadline = deadline,
                .line_max = 1 << 20,
                .output_max = 1 << 30,
                .take = look_at_job,
                .payload = &unfinished,
        };
        int rc;

        rc = sq_ask(&program, err);
        if (rc)
                return rc;
        if (!unfinished)
                return SQ_OK;
        return sq_fail(err, SQ_EIO,
                       "squeue says that there are no jobs, but slurmctld knows of %" PRId64,
                       unfinished);
}

static int take(struct sq_snapshot *s, const struct sq_config *config, int64_t deadline,
                struct sq_error *err) {
        struct sq_controller sdiag;
        struct sq_queue_end end;
        int rc;

        rc = sq_controller_ask(config->slurm.sdiag, deadline, &sdiag, err);
        if (rc)
                return rc;
        if (sdiag.jobs_pending < 0 || sdiag.jobs_running < 0)
                return sq_fail(err, SQ_EIO, "sdiag does not say how many jobs there are");
        s->as_of = sq_now();
        s->unsent = sdiag.dbd_queue;
        rc = sq_queue_read(config->slurm.squeue, deadline, keep, s, &end, err);
        if (rc)
                return rc;
        s->rows = end.rows;
        if (end.newest && end.newest < s->as_of - OLD_SECONDS)
                return sq_fail(err, SQ_EIO, "squeue's answer is %" PRId64 " seconds old",
                               s->as_of - end.newest);
        if (!end.rows) {
                rc = check_empty(config, deadline, err);
                if (rc)
                        return rc;
        }
        if (fflush(s->file) || fseek(s->file, 0, SEEK_SET))
                return sq_fail(err, SQ_EIO, "could not keep squeue's answer: %s",
                               strerror(errno));
        return SQ_OK;
}

int sq_snapshot_take(const struct sq_config *config, int64_t deadline,
                     struct sq_snapshot **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_snapshot_freep) struct sq_snapshot *s = calloc(1, sizeof *s);
        int rc;

        if (!s)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        s->file = tmpfile();
        if (!s->file)
                return sq_fail(err, SQ_EIO, "could not make a temporary file: %s",
                               strerror(errno));
        rc = take(s, config, deadline, err);
        if (!rc)
                *ret = SQ_TAKE(s);
        return rc;
}

void sq_snapshot_free(struct sq_snapshot *snapshot) {
        if (!snapshot)
                return;
        if (snapshot->file)
                fclose(snapshot->file);
        free(snapshot);
}

int64_t sq_snapshot_as_of(const struct sq_snapshot *snapshot) {
        return snapshot->as_of;
}

int64_t sq_snapshot_rows(const struct sq_snapshot *snapshot) {
        return snapshot->rows;
}

int64_t sq_snapshot_unsent(const struct sq_snapshot *snapshot) {
        return snapshot->unsent;
}
