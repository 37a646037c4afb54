#include "doctor/site.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/counter.h"
#include "ledger/comparison.h"
#include "ledger/site.h"
#include "slurm/program.h"

/* Long enough for a ledger of some gigabytes. */
#define CHECK_NS (60 * SQ_NS_PER_SECOND)

/* The timer runs every minute, and a pass takes seconds. */
#define COMPARED_SECONDS 600

/* systemctl answers at once, or not at all. */
#define SYSTEMCTL_NS (5 * SQ_NS_PER_SECOND)

static int open_store(const struct sq_config *config, struct sq_ledger **ret,
                      struct sq_error *err) {
        return sq_ledger_open_site(config, SQ_STORE_READER, sq_monotonic_ns() + CHECK_NS, ret,
                                   err);
}

void sq_doctor_store(const struct sq_config *config, const struct sq_report *report) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_error err = {.text = ""};
        struct sq_store_about about;
        int rc;

        sq_store_about(&about);
        sq_report(report, about.caveat ? SQ_DOUBTFUL : SQ_HEALTHY, "store",
                  about.caveat ? "SQLite 3.51.3 and later have it mended." : "", "%s%s%s",
                  about.engine, about.caveat ? ": " : "", about.caveat ? about.caveat : "");
        rc = open_store(config, &ledger, &err);
        if (rc) {
                sq_report(report, SQ_ILL, "store", err.hint, "%s", err.text);
                return;
        }
        rc = sq_store_check(sq_ledger_store(ledger), &err);
        if (rc == SQ_EBUSY)
                sq_report(report, SQ_DOUBTFUL, "store", "Try again when there is less to do.",
                          "the database could not be read through: %s", err.text);
        else if (rc)
                sq_report(report, SQ_ILL, "store",
                          "Restore a backup, or see: slurm-quota verify --help", "%s: %s",
                          config->store.path, err.text);
        else
                sq_report(report, SQ_HEALTHY, "store", "", "%s is whole, on a local disk",
                          config->store.path);
}

static void check_spool_file(const char *directory, const char *name, enum sq_health health,
                             const char *what, const char *advice,
                             const struct sq_report *report) {
        char path[4096];
        struct stat st;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        if (!stat(path, &st) && st.st_size > 0)
                sq_report(report, health, "spool", advice, "%s: %s has %" PRId64 " bytes", what,
                          path, (int64_t)st.st_size);
}

void sq_doctor_spool(const struct sq_config *config, const struct sq_report *report) {
        const char *directory = config->spool.directory;

        if (access(directory, R_OK | X_OK)) {
                sq_report(report, errno == ENOENT ? SQ_ILL : SQ_DOUBTFUL, "spool",
                          "Any change by an administrator makes it, such as: slurm-quota"
                          " default-quotas",
                          "%s: %s", directory, strerror(errno));
                return;
        }
        sq_report(report, SQ_HEALTHY, "spool", "", "%s is there", directory);
        check_spool_file(directory, "events", SQ_DOUBTFUL, "events wait to be booked",
                         "The next event, or slurm-quota reconcile, books them.", report);
        check_spool_file(directory, "questions", SQ_DOUBTFUL, "charges wait for slurmdbd",
                         "slurm-quota reconcile books them when slurmdbd knows.", report);
        check_spool_file(directory, "rejected", SQ_DOUBTFUL, "events were put aside",
                         "Look at them, and remove the file: reconcile finds what is right.",
                         report);
}

void sq_doctor_counters(const struct sq_config *config, const struct sq_report *report) {
        struct sq_counts counts;
        struct sq_error err = {.text = ""};

        if (sq_counts_read(config->metrics.counters, &counts, &err))
                sq_report(report, SQ_DOUBTFUL, "metrics",
                          "The hooks make the file when its directory is on tmpfs and"
                          " SlurmUser's; for /run/slurm-quota: systemd-tmpfiles --create",
                          "GET /metrics knows nothing of the hooks: %s", err.text);
        else
                sq_report(report, SQ_HEALTHY, "metrics", "", "the hooks count in %s",
                          config->metrics.counters);
}

void sq_doctor_reconciler(const struct sq_config *config, const struct sq_report *report) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        int64_t compared_at, age;

        if (open_store(config, &ledger, NULL) ||
            sq_comparison_newest(ledger, &compared_at, NULL))
                return; /* the store has been looked at already */
        age = sq_now() - compared_at;
        if (!compared_at)
                sq_report(report, SQ_ILL, "reconcile",
                          "Run: systemctl enable --now slurm-quota-reconcile.timer",
                          "the ledger has never been compared with Slurm's queue");
        else if (age > COMPARED_SECONDS)
                sq_report(report, SQ_ILL, "reconcile",
                          "Look why: slurm-quota reconcile --verbose; journalctl -u"
                          " slurm-quota-reconcile",
                          "the ledger was compared with Slurm's queue %" PRId64
                          " minutes ago, not every minute", age / 60);
        else
                sq_report(report, SQ_HEALTHY, "reconcile", "",
                          "the ledger was compared with Slurm's queue %" PRId64 " seconds ago",
                          age);
}

/* --- units -------------------------------------------------------------------------------- */

static int take_nothing(const char *line, void *payload, struct sq_error *err) {
        (void)line;
        (void)payload;
        (void)err;
        return SQ_OK;
}

/* SQ_OK whether it is active or not. */
static int ask_systemctl(const char *unit, bool *ret_active, struct sq_error *err) {
        const char *const argv[] = {"systemctl", "is-active", "--quiet", unit, NULL};
        const struct sq_program run = {
                .argv = argv,
                .deadline = sq_monotonic_ns() + SYSTEMCTL_NS,
                .line_max = 4096,
                .output_max = 65536,
                .take = take_nothing,
        };
        struct sq_program_end end;
        int rc = sq_program_run(&run, &end, err);

        *ret_active = !rc && end.status == 0;
        return rc;
}

static void check_unit(const char *unit, enum sq_health without, const char *why,
                       const struct sq_report *report) {
        struct sq_error err = {.text = ""};
        char advice[120];
        bool active;

        if (ask_systemctl(unit, &active, &err)) {
                sq_report(report, SQ_DOUBTFUL, "units", "", "could not ask systemd: %s",
                          err.text);
                return;
        }
        snprintf(advice, sizeof advice, "Run: systemctl enable --now %s", unit);
        if (active)
                sq_report(report, SQ_HEALTHY, "units", "", "%s is active", unit);
        else
                sq_report(report, without, "units", advice, "%s is not active: %s", unit, why);
}

void sq_doctor_units(const struct sq_report *report) {
        if (access("/run/systemd/system", F_OK)) {
                sq_report(report, SQ_DOUBTFUL, "units",
                          "Run slurm-quota reconcile every minute, and slurm-quota policy tick"
                          " every few minutes, by other means.",
                          "systemd does not run here");
                return;
        }
        check_unit("slurm-quota-reconcile.timer", SQ_ILL,
                   "nothing that the hooks miss is found again", report);
        /* Not slurm-quota-policy.timer: a service that runs all the time does the same, and
         * what counts is whether policies are evaluated. */
        check_unit("slurm-quota.socket", SQ_DOUBTFUL,
                   "users see their budgets only where they can read the database", report);
}
