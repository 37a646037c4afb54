/* cmd_charge.c - charge
 *
 * What slurmctld's own process does with jobcomp/lua, this does outside of it, one
 * process for each job that ends.  slurmctld runs one at a time and looks at nothing
 * that comes back: so what cannot be booked is kept in the spool, and nothing here
 * waits for long when it has just waited in vain.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/counter.h"
#include "base/directory.h"
#include "cli/administrator.h"
#include "cli/charge_environment.h"
#include "ledger/spool.h"
#include "reconcile/question.h"

/* How long the store may keep us; when events wait in the spool already it has been
 * out of reach before, and less. */
#define STORE_NS (10 * SQ_NS_PER_SECOND)
#define STORE_IMPATIENT_NS SQ_NS_PER_SECOND

/* Between two questions about one job: jobs are known some 50 ms after their end. */
#define FIRST_PAUSE_NS (50 * SQ_NS_PER_MS)
#define LONGEST_PAUSE_NS SQ_NS_PER_SECOND

/* A slurmdbd that did not know a job in all the time it was given is behind.  For so
 * many seconds the jobs that follow do not wait for it as long. */
#define LATE_SECONDS 30
#define LATE_WAIT_NS (SQ_NS_PER_SECOND / 2)
#define LATE "slurmdbd-is-late"

/* What a charge does along for those before it: so many events, so many questions in
 * so much time; questions that had no answer rest for a minute. */
#define EVENTS_PER_CHARGE 64
#define QUESTIONS_PER_CHARGE 64
#define QUESTIONS_NS (5 * SQ_NS_PER_SECOND)
#define REST_SECONDS 60
#define RESTING "questions-were-asked"

/* Pages in the write-ahead log (2 MiB) from which on they are moved into the database:
 * the hooks leave that to programs outside slurmctld. */
#define LOG_PAGES 1000

/* Events that are booked between two looks at the clock. */
#define REPLAY_BATCH 1000

enum option { REPLAY, QUIET };

static const struct sq_option options[] = {
        [REPLAY] = {"replay", NULL, "book what waits in the spool, and no job"},
        [QUIET] = {"quiet", NULL, "tell only what went wrong"},
        {NULL, NULL, NULL},
};

struct charging {
        const struct sq_config *config;
        const char *spool; /* the directory */
        bool quiet;
        struct sq_ledger *ledger; /* NULL: out of reach, */
        struct sq_error trouble;  /* and why */
        bool behind;              /* events of before still wait */

        struct sq_questioner questioner;
        int64_t until; /* no more questions after that */
        struct sq_counters *counters;
};

/* --- counting ------------------------------------------------------------------ */

static void count_charge(const struct charging *c, enum sq_charging what) {
        sq_count(c->counters, SQ_COUNT_CHARGE_OF(SQ_PATH_SCRIPT, what));
}

static void count_spool(const struct charging *c, enum sq_spooling what, int64_t n) {
        sq_count_more(c->counters, SQ_COUNT_SPOOL_OF(SQ_PATH_SCRIPT, what), n);
}

static void count_report(const struct charging *c, const struct sq_spool_report *report) {
        count_spool(c, SQ_SPOOL_BOOKED, report->booked);
        count_spool(c, SQ_SPOOL_REJECTED, report->rejected);
}

/* --- telling ------------------------------------------------------------------- */

/* A line of the log that the wrapper keeps. */
__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...) {
        const time_t now = time(NULL);
        char at[32], text[1024];
        struct tm tm = {0};
        va_list args;

        localtime_r(&now, &tm);
        strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S%z", &tm);
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        for (char *p = text; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        *p = '?';
        fprintf(stderr, "%s slurm-quota: %s\n", at, text);
}

/* "job 45" or "job 45 (task 3)". */
static const char *job_text(const struct sq_run *run, char *text, size_t size) {
        if (run->array_task == SQ_NO_TASK)
                snprintf(text, size, "job %" PRId64, run->job_id);
        else
                snprintf(text, size, "job %" PRId64 " (task %" PRId64 ")", run->job_id,
                         run->array_task);
        return text;
}

static void tell_booked(const struct charging *c, const struct sq_run *run,
                        const struct sq_charged *charged) {
        char job[64];

        count_charge(c, charged->booked ? SQ_CHARGE_BOOKED : SQ_CHARGE_REPEATED);
        if (c->quiet)
                return;
        job_text(run, job, sizeof job);
        if (!charged->booked)
                say("%s was charged before; nothing changed", job);
        else
                say("%s of user %s, account %s is charged: cpu %" PRId64 " s, gpu %" PRId64
                    " s; %s",
                    job, run->user, run->account, charged->amounts.of[SQ_CPU].seconds,
                    charged->amounts.of[SQ_GPU].seconds,
                    charged->released ? "its reservation is released"
                    : run->goes_on    ? "it goes on"
                    : run->uuid       ? "its reservation was gone"
                                      : "it had no reservation");
}

/* --- marks in the spool's directory --------------------------------------------- */

static void mark_path(const struct charging *c, const char *name, char path[PATH_MAX]) {
        snprintf(path, PATH_MAX, "%s/%s", c->spool, name);
}

static bool is_fresh(const struct charging *c, const char *name, int64_t seconds) {
        char path[PATH_MAX];
        struct stat st;

        mark_path(c, name, path);
        /* A mark of the future is one of a clock that was set back. */
        return !stat(path, &st) && st.st_mtime <= sq_now() && sq_now() - st.st_mtime < seconds;
}

static void set_mark(const struct charging *c, const char *name) {
        char path[PATH_MAX];
        int fd;

        mark_path(c, name, path);
        unlink(path); /* it may be root's */
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        if (fd >= 0)
                close(fd);
}

static void clear_mark(const struct charging *c, const char *name) {
        char path[PATH_MAX];

        mark_path(c, name, path);
        unlink(path);
}

/* --- the store and the spool ------------------------------------------------------ */

static int64_t store_deadline(const struct charging *c) {
        return sq_monotonic_ns() +
               (sq_spool_is_empty(c->spool) ? STORE_NS : STORE_IMPATIENT_NS);
}

static int open_store(struct charging *c, struct sq_error *err) {
        return sq_booker_open(c->config, store_deadline(c), &c->ledger, err);
}

/* Gives the store up for this call. */
static void give_up_store(struct charging *c, int code, const struct sq_error *why) {
        sq_count_store_failure(c->counters, SQ_PATH_SCRIPT, code);
        c->trouble = *why;
        sq_ledger_close(c->ledger);
        c->ledger = NULL;
}

/* Books what waits from before: a reservation, perhaps, that this job's end gives back. */
static void catch_up(struct charging *c) {
        struct sq_spool_report report = {0};
        struct sq_error err;
        int rc;

        if (!c->ledger || sq_spool_is_empty(c->spool))
                return;
        rc = sq_spool_replay(c->spool, c->ledger, EVENTS_PER_CHARGE, NULL, NULL, &report, &err);
        if (rc)
                give_up_store(c, rc, &err);
        count_report(c, &report);
        c->behind = report.unfinished;
        if (report.booked && !c->quiet)
                say("%" PRId64 " events that waited are booked", report.booked);
        if (report.rejected)
                say("%" PRId64 " events cannot be booked; they are in %s/rejected",
                    report.rejected, c->spool);
}

/* Keeps the event until it can be booked.  `why` is what kept it from that. */
static int keep(const struct charging *c, enum sq_spool_kind kind, const struct sq_run *run,
                int64_t uid, const char *why, struct sq_error *err) {
        const struct sq_spooled event = {.kind = kind, .run = *run, .uid = uid};
        char job[64];
        int rc;

        /* The directory may be missing; what is wrong with it, the append will say. */
        (void)sq_directory_prepare(c->spool, c->config->slurm.user, 02770, NULL);
        rc = sq_spool_append(c->spool, &event, err);
        job_text(run, job, sizeof job);
        count_spool(c, rc ? SQ_SPOOL_LOST : SQ_SPOOL_KEPT, 1);
        count_charge(c, rc ? SQ_CHARGE_FAILED : SQ_CHARGE_SPOOLED);
        if (!rc) {
                say("%s is not charged yet, it waits in %s: %s", job, c->spool, why);
                return SQ_OK;
        }
        sq_context(err, "%s is NOT charged (%.150s) and cannot wait in the spool", job, why);
        return rc == SQ_EACCESS ? SQ_EACCESS : SQ_EIO;
}

/* --- asking sacct ------------------------------------------------------------------ */

/* Asks until slurmdbd knows, or there was enough time for it. */
static int ask_patiently(struct charging *c, const struct sq_run *run,
                         struct sq_error *err) {
        const bool late = is_fresh(c, LATE, LATE_SECONDS);
        const int64_t wait = c->config->slurm.sacct_wait_seconds * SQ_NS_PER_SECOND;
        const int64_t until =
                sq_monotonic_ns() + (late && wait > LATE_WAIT_NS ? LATE_WAIT_NS : wait);
        int64_t pause = FIRST_PAUSE_NS;
        int rc;

        for (;;) {
                int64_t left;
                struct timespec nap;

                rc = sq_question_ask(&c->questioner, run, err);
                if (!rc) {
                        if (late)
                                clear_mark(c, LATE);
                        return SQ_OK;
                }
                left = until - sq_monotonic_ns();
                /* A sacct that failed just before will not do better at once. */
                if (left <= 0 || rc == SQ_EBUSY || (late && rc != SQ_ENOTFOUND))
                        break;
                if (pause > left) /* and a last time at the very end */
                        pause = left;
                nap = (struct timespec){.tv_sec = pause / SQ_NS_PER_SECOND,
                                        .tv_nsec = pause % SQ_NS_PER_SECOND};
                nanosleep(&nap, NULL);
                pause = pause * 2 < LONGEST_PAUSE_NS ? pause * 2 : LONGEST_PAUSE_NS;
        }
        if (!late)
                set_mark(c, LATE);
        return rc;
}

/* Asks once for a question from the spool (sq_spool_complete_fn). */
static int answer_question(struct sq_spooled *event, void *payload, struct sq_error *err) {
        struct charging *c = payload;
        const int rc = sq_question_answer(&c->questioner, c->until, event, err);

        sq_store_set_deadline(sq_ledger_store(c->ledger), store_deadline(c));
        return rc;
}

/* --- one job ------------------------------------------------------------------------- */

static void ask_old_questions(struct charging *c) {
        struct sq_spool_report report = {0};
        struct sq_error err;
        int rc;

        if (is_fresh(c, RESTING, REST_SECONDS))
                return;
        c->until = sq_monotonic_ns() + QUESTIONS_NS;
        rc = sq_spool_replay(c->spool, c->ledger, QUESTIONS_PER_CHARGE, answer_question, c,
                             &report, &err);
        count_report(c, &report);
        if (rc || report.waiting)
                set_mark(c, RESTING);
        if (report.booked && !c->quiet)
                say("%" PRId64 " jobs that waited are charged", report.booked);
        if (report.rejected)
                say("%" PRId64 " jobs cannot be charged; they are in %s/rejected",
                    report.rejected, c->spool);
}

/* Looks after the store and those who wait, now that all is well. */
static void tidy(struct charging *c) {
        struct sq_store *store = sq_ledger_store(c->ledger);

        sq_store_set_deadline(store, store_deadline(c));
        if (sq_store_backlog(store) > LOG_PAGES)
                (void)sq_store_checkpoint(store, SQ_CHECKPOINT_EMPTY, NULL);
        ask_old_questions(c);
}

static int book(struct charging *c, const struct sq_run *run, int64_t uid,
                struct sq_error *err) {
        struct sq_charged charged;
        struct sq_error why;
        int rc;

        if (c->ledger && c->behind)
                return keep(c, SQ_SPOOL_CHARGE, run, uid, "events of before it wait too", err);
        if (!c->ledger)
                return keep(c, SQ_SPOOL_CHARGE, run, uid, c->trouble.text, err);
        sq_store_set_deadline(sq_ledger_store(c->ledger), store_deadline(c));
        rc = sq_charge(c->ledger, run, &charged, &why);
        if (rc) {
                sq_count_store_failure(c->counters, SQ_PATH_SCRIPT, rc);
                return keep(c, SQ_SPOOL_CHARGE, run, uid, why.text, err);
        }
        tell_booked(c, run, &charged);
        tidy(c);
        return SQ_OK;
}

static int charge_job(struct charging *c, struct sq_error *err) {
        struct sq_charge_environment e;
        struct sq_error why;
        bool booked = false;
        int rc;

        rc = sq_charge_environment_read(c->config, &e, err);
        if (rc)
                return rc;
        rc = open_store(c, &why);
        if (rc)
                give_up_store(c, rc, &why);
        catch_up(c);
        rc = c->ledger ? sq_charge_is_booked(c->ledger, &e.run, &booked, &why) : SQ_OK;
        if (rc)
                give_up_store(c, rc, &why);
        if (booked) { /* by jobcomp/lua: there is nothing to ask */
                tell_booked(c, &e.run, &(struct sq_charged){.booked = false});
                return SQ_OK;
        }
        if (ask_patiently(c, &e.run, &why))
                return keep(c, SQ_SPOOL_ASK, &e.run, e.uid, why.text, err);
        rc = sq_question_complete(&c->questioner, &e.run, e.uid, err);
        return rc ? rc : book(c, &e.run, e.uid, err);
}

/* --- the spool ------------------------------------------------------------------------ */

static void add(struct sq_spool_report *sum, const struct sq_spool_report *more) {
        sum->booked += more->booked;
        sum->rejected += more->rejected;
        sum->waiting = more->waiting; /* they were looked at again */
        sum->unfinished = more->unfinished;
}

/* Events first, in pieces: each gets the whole of the store's patience. */
static int replay_everything(struct charging *c, struct sq_spool_report *sum,
                             struct sq_error *err) {
        struct sq_spool_report report;
        int rc;

        do {
                sq_store_set_deadline(sq_ledger_store(c->ledger), sq_monotonic_ns() + STORE_NS);
                rc = sq_spool_replay(c->spool, c->ledger, REPLAY_BATCH, NULL, NULL, &report,
                                     err);
                add(sum, &report);
        } while (!rc && report.unfinished && report.booked + report.rejected > 0);
        if (rc || report.unfinished)
                return rc;
        c->until = INT64_MAX;
        rc = sq_spool_replay(c->spool, c->ledger, INT64_MAX, answer_question, c, &report, err);
        add(sum, &report);
        return rc;
}

static int replay(struct charging *c, struct sq_error *err) {
        struct sq_spool_report sum = {0};
        int rc = open_store(c, err);

        if (rc)
                return rc;
        rc = replay_everything(c, &sum, err);
        count_report(c, &sum);
        clear_mark(c, LATE);
        clear_mark(c, RESTING);
        printf("booked %" PRId64 ", rejected %" PRId64 ", ", sum.booked, sum.rejected);
        if (rc || sum.unfinished)
                printf("more is waiting\n"); /* not all of it was looked at */
        else
                printf("waiting %" PRId64 "\n", sum.waiting);
        if (rc) {
                sq_context(err, "not all could be booked");
                return rc == SQ_EINVAL || rc == SQ_ERANGE ? SQ_EIO : rc;
        }
        if (sum.unfinished)
                return sq_fail(err, SQ_EBUSY, "somebody else is booking what waits in %s",
                               c->spool);
        if (sum.rejected)
                return sq_fail(err, SQ_EIO, "some cannot be booked; they are in %s/rejected",
                               c->spool);
        if (sum.waiting)
                return sq_fail(err, SQ_ENOTFOUND, "slurmdbd does not know all of the jobs yet");
        return SQ_OK;
}

static int charge(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_counters_close) struct sq_counters counters = {.mapped = NULL};
        struct charging c = {
                .config = call->config,
                .spool = call->config->spool.directory,
                .questioner.sacct = call->config->slurm.sacct,
                .quiet = call->option[QUIET] != NULL,
                .counters = &counters,
        };
        int rc;

        sq_counters_open(&counters, call->config->metrics.counters, SQ_COUNTERS_COMMAND);
        /* Who started us may ignore it, and then sacct's exit status would be lost. */
        signal(SIGCHLD, SIG_DFL);
        rc = call->option[REPLAY] ? replay(&c, err) : charge_job(&c, err);
        sq_ledger_close(c.ledger);
        return rc;
}

const struct sq_command sq_cmd_charge = {
        .name = "charge",
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "charge a job that has ended",
        .details =
                "Without --replay it is the job that slurmctld describes in the environment\n"
                "of jobcomp/script; JOBID, SUBMIT, START and END are needed.  sacct is asked\n"
                "what it had.  A job that was charged before is not charged again.  What\n"
                "cannot be booked now waits in the spool, and is booked with one of the next\n"
                "jobs; the exit status is 0 then.\n"
                "With --replay all that waits is booked, as far as slurmdbd knows it, and\n"
                "counted; the exit status is 1 when something still waits.\n",
        .options = options,
        .run = charge,
};
