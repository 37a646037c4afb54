/* cmd_reconcile.c - reconcile */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/counter.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "reconcile/reconcile.h"

enum option { DRY_RUN, SINCE, VERBOSE };

static const struct sq_option options[] = {
        [DRY_RUN] = {"dry-run", NULL, "change nothing, and tell what would be done"},
        [SINCE] = {"since", "TIME", "charge all that ended since then, for a first import"},
        [VERBOSE] = {"verbose", NULL, "tell everything that is done"},
        {NULL, NULL, NULL},
};

static void tell(const char *line, void *payload) {
        (void)payload;
        printf("%s\n", line);
}

/* One line: what was compared, what was mended, what is left. */
static void print_summary(const struct sq_reconcile_report *r, bool dry_run) {
        struct rusage usage;

        printf("%s: %" PRId64 " jobs in the queue, %" PRId64 " ended; bound %" PRId64
               ", held %" PRId64 ", corrected %" PRId64 ", released %" PRId64
               ", charged %" PRId64 ", amended %" PRId64 ", replayed %" PRId64,
               dry_run ? "would be" : "reconciled", r->queued, r->ended, r->bound, r->held,
               r->corrected, r->released, r->charged, r->amended, r->replayed);
        if (r->missing)
                printf("; missing %" PRId64, r->missing);
        if (r->unreadable)
                printf("; cannot be counted %" PRId64, r->unreadable);
        if (r->waiting)
                printf("; waiting for slurmdbd %" PRId64, r->waiting);
        if (r->rejected)
                printf("; rejected %" PRId64, r->rejected);
        getrusage(RUSAGE_SELF, &usage);
        printf("; took %.2f s, longest lock %.1f ms, %.1f MiB\n", (double)r->took_ns / 1e9,
               (double)r->longest_lock_ns / 1e6, (double)usage.ru_maxrss / 1024);
}

/* A pass that was broken off has done something too. */
static void count_pass(const struct sq_config *config, const struct sq_reconcile_report *r,
                       int rc, bool store_failed) {
        SQ_CLEANUP(sq_counters_close) struct sq_counters counters = {.mapped = NULL};
        const int64_t mended[SQ_MENDINGS] = {
                [SQ_MENDED_BOUND] = r->bound,         [SQ_MENDED_HELD] = r->held,
                [SQ_MENDED_CORRECTED] = r->corrected, [SQ_MENDED_RELEASED] = r->released,
                [SQ_MENDED_CHARGED] = r->charged,     [SQ_MENDED_AMENDED] = r->amended,
        };

        sq_counters_open(&counters, config->metrics.counters, SQ_COUNTERS_COMMAND);
        sq_count(&counters, rc ? SQ_COUNT_PASS_FAILED : SQ_COUNT_PASS_COMPLETE);
        for (int i = 0; i < SQ_MENDINGS; i++)
                sq_count_more(&counters, (enum sq_counter)(SQ_COUNT_MENDED + i), mended[i]);
        sq_count_more(&counters, SQ_COUNT_CHARGE_OF(SQ_PATH_RECONCILE, SQ_CHARGE_BOOKED),
                      r->charged);
        sq_count_more(&counters, SQ_COUNT_SPOOL_OF(SQ_PATH_RECONCILE, SQ_SPOOL_BOOKED),
                      r->replayed);
        sq_count_more(&counters, SQ_COUNT_SPOOL_OF(SQ_PATH_RECONCILE, SQ_SPOOL_REJECTED),
                      r->rejected);
        if (store_failed)
                sq_count_store_failure(&counters, SQ_PATH_RECONCILE, rc);
}

static int open_ledger(const struct sq_config *config, bool dry_run, struct sq_ledger **ret,
                       struct sq_error *err) {
        return dry_run ? sq_reader_open(config, ret, err)
                       : sq_booker_open(config, sq_monotonic_ns() + 10 * SQ_NS_PER_SECOND, ret,
                                        err);
}

static int reconcile(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_reconcile what = {
                .config = call->config,
                .dry_run = call->option[DRY_RUN] != NULL,
                .tell = call->option[DRY_RUN] || call->option[VERBOSE] ? tell : NULL,
        };
        struct sq_reconcile_report report = {0};
        int rc = SQ_OK;

        /* Who started us may ignore it, and then squeue's exit status would be lost. */
        signal(SIGCHLD, SIG_DFL);
        if (call->option[SINCE])
                rc = sq_argument_time(call->option[SINCE], &what.since, err);
        if (rc)
                return rc;
        rc = open_ledger(call->config, what.dry_run, &ledger, err);
        if (rc) {
                if (!what.dry_run)
                        count_pass(call->config, &report, rc, true);
                return rc;
        }
        rc = sq_reconcile_run(ledger, &what, &report, err);
        if (!what.dry_run)
                count_pass(call->config, &report, rc, false);
        if (rc) {
                sq_context(err, "could not compare the ledger with Slurm");
                return rc == SQ_EINVAL || rc == SQ_ERANGE ? SQ_EIO : rc;
        }
        print_summary(&report, what.dry_run);
        if (report.rejected)
                return sq_fail(err, SQ_EIO, "some events cannot be booked; they are in"
                                            " %s/rejected",
                               call->config->spool.directory);
        return SQ_OK;
}

const struct sq_command sq_cmd_reconcile = {
        .name = "reconcile",
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "compare the ledger with Slurm, and mend what differs",
        .details =
                "Reservations are compared with slurmctld's queue, charges with slurmdbd;\n"
                "what waits in the spool is booked.  Meant to run every minute.  When Slurm\n"
                "gives no answer that can be believed, nothing is released and the exit\n"
                "status is 1.  It may be interrupted, and run as often as one likes.\n"
                "TIME is YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, in local time.\n",
        .options = options,
        .run = reconcile,
};
