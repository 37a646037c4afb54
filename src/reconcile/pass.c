#include "reconcile/pass.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "ledger/comparison.h"
#include "ledger/spool.h"
#include "ledger/window_count.h"
#include "reconcile/question.h"
#include "slurm/conf.h"

/* A queue of a hundred thousand jobs takes squeue some two seconds; a slurmctld that is
 * busy, many more. */
#define SQUEUE_NS (60 * SQ_NS_PER_SECOND)

/* Events that are booked between two looks at the clock. */
#define REPLAY_BATCH 1000

/* For how long another replay is waited for. */
#define REPLAY_NS (10 * SQ_NS_PER_SECOND)

/* For how long slurmdbd is asked about what the spool does not know. */
#define QUESTIONS_NS (30 * SQ_NS_PER_SECOND)

void sq_pass_tell(const struct sq_pass *pass, const char *format, ...) {
        char line[512];
        va_list args;

        if (!pass->what->tell)
                return;
        va_start(args, format);
        vsnprintf(line, sizeof line, format, args);
        va_end(args);
        pass->what->tell(line, pass->what->payload);
}

void sq_pass_be_patient(struct sq_pass *pass) {
        sq_store_set_deadline(sq_ledger_store(pass->ledger),
                              sq_monotonic_ns() + SQ_PASS_STORE_NS);
}

/* --- the spool ------------------------------------------------------------------- */

struct asking {
        struct sq_pass *pass;
        struct sq_questioner questioner;
        int64_t until;
};

/* sq_spool_complete_fn */
static int answer(struct sq_spooled *event, void *payload, struct sq_error *err) {
        struct asking *a = payload;
        const int rc = sq_question_answer(&a->questioner, a->until, event, err);

        sq_pass_be_patient(a->pass);
        return rc;
}

/* Everything that happened before is booked before.  Somebody else may be at it: a charge,
 * which takes a moment. */
static int replay_events(struct sq_pass *pass, struct sq_error *err) {
        const char *directory = pass->what->config->spool.directory;
        const int64_t until = sq_monotonic_ns() + REPLAY_NS;
        const struct timespec nap = {.tv_nsec = 50 * SQ_NS_PER_MS};
        struct sq_spool_report report;
        int rc;

        for (;;) {
                sq_pass_be_patient(pass);
                rc = sq_spool_replay(directory, pass->ledger, REPLAY_BATCH, NULL, NULL, &report,
                                     err);
                pass->report.replayed += report.booked;
                pass->report.rejected += report.rejected;
                if (rc || !report.unfinished)
                        return rc;
                if (sq_monotonic_ns() > until)
                        return sq_fail(err, SQ_EBUSY, "events wait in %s, and somebody else is"
                                       " booking them", directory);
                if (!report.booked && !report.rejected)
                        nanosleep(&nap, NULL);
        }
}

/* What slurmdbd cannot answer now will be asked again; the pass goes on. */
static int replay_questions(struct sq_pass *pass, struct sq_error *err) {
        struct asking asking = {
                .pass = pass,
                .questioner.sacct = pass->what->config->slurm.sacct,
                .until = sq_monotonic_ns() + QUESTIONS_NS,
        };
        struct sq_spool_report report;
        int rc;

        sq_pass_be_patient(pass);
        rc = sq_spool_replay(pass->what->config->spool.directory, pass->ledger, INT64_MAX,
                             answer, &asking, &report, err);
        pass->report.replayed += report.booked;
        pass->report.rejected += report.rejected;
        pass->report.waiting = report.waiting;
        return rc == SQ_EBUSY || rc == SQ_EIO ? SQ_OK : rc;
}

static int replay(struct sq_pass *pass, struct sq_error *err) {
        int rc;

        if (pass->what->dry_run)
                return SQ_OK;
        rc = replay_events(pass, err);
        return rc ? rc : replay_questions(pass, err);
}

/* --- a pass ----------------------------------------------------------------------- */

/* The name that the hook in slurmctld has; it is part of the key of each charge. */
static int find_cluster(struct sq_pass *pass, struct sq_error *err) {
        const struct sq_config *config = pass->what->config;
        struct sq_slurm_conf conf = {0};
        const char *name = config->slurm.cluster;

        if (!name[0]) {
                const int rc = sq_slurm_conf_read(NULL, &conf, err);

                if (rc) {
                        sq_hint(err, "Set SLURM_CONF, or slurm.cluster in the configuration.");
                        return rc;
                }
                name = conf.cluster[0] ? conf.cluster : "cluster";
        }
        if (!sq_name_lower(name, pass->cluster, sizeof pass->cluster))
                return sq_fail(err, SQ_EINVAL, "the cluster's name is too long");
        return SQ_OK;
}

int64_t sq_reconcile_drift(const struct sq_reconcile_report *r) {
        return r->held + r->corrected + r->released + r->charged + r->amended;
}

static int compare(struct sq_pass *pass, struct sq_error *err) {
        int rc;

        rc = sq_snapshot_take(pass->what->config, sq_monotonic_ns() + SQUEUE_NS,
                              &pass->snapshot, err);
        if (rc)
                return rc;
        pass->as_of = sq_snapshot_as_of(pass->snapshot);
        pass->report.queued = sq_snapshot_rows(pass->snapshot);
        sq_ledger_set_as_of(pass->ledger, pass->as_of);
        rc = sq_pass_bring_in(pass, err);
        if (!rc)
                rc = sq_pass_settle_ended(pass, err);
        /* Ends that slurmctld could not book while this pass was reading happen now. */
        sq_ledger_set_as_of(pass->ledger, 0);
        if (!rc && !pass->what->dry_run)
                rc = replay_events(pass, err);
        sq_ledger_set_as_of(pass->ledger, pass->as_of);
        if (!rc)
                rc = sq_pass_sweep(pass, err);
        sq_ledger_set_as_of(pass->ledger, 0);
        return rc;
}

static int run(struct sq_pass *pass, struct sq_error *err) {
        int rc = find_cluster(pass, err);

        if (!rc)
                rc = replay(pass, err);
        if (!rc)
                rc = compare(pass, err);
        if (pass->what->dry_run)
                return rc;
        sq_pass_be_patient(pass);
        if (!rc) /* what hooks had no time for when a window began */
                rc = sq_windows_count(pass->ledger, NULL, err);
        sq_pass_be_patient(pass);
        if (!rc)
                rc = sq_comparison_note(pass->ledger, pass->cluster, pass->as_of,
                                        pass->charged_until,
                                        sq_reconcile_drift(&pass->report), err);
        /* Somebody else may be at it. */
        (void)sq_store_checkpoint(sq_ledger_store(pass->ledger), SQ_CHECKPOINT_EMPTY, NULL);
        return rc;
}

int sq_reconcile_run(struct sq_ledger *ledger, const struct sq_reconcile *what,
                     struct sq_reconcile_report *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_seen_freep) struct sq_seen *seen = sq_seen_new();
        const int64_t began = sq_monotonic_ns();
        struct sq_pass pass = {.what = what, .ledger = ledger, .seen = seen};
        int rc;

        *ret = (struct sq_reconcile_report){0};
        if (!seen)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = run(&pass, err);
        sq_snapshot_free(pass.snapshot);
        pass.report.longest_lock_ns = sq_store_longest_lock(sq_ledger_store(ledger));
        pass.report.took_ns = sq_monotonic_ns() - began;
        *ret = pass.report;
        return rc;
}
