#include "hook/hook.h"

#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/zone.h"
#include "hook/refusal.h"
#include "hook/trouble.h"
#include "ledger/refund.h"
#include "ledger/site.h"
#include "ledger/spool.h"
#include "slurm/conf.h"
#include "slurm/name.h"
#include "slurm/site.h"
#include "slurm/tres_text.h"

/* How often a submission looks whether files have changed: the configuration,
 * the database under its path, the spool.  In slurmctld's threads, where caches
 * are cold, each look costs some microseconds. */
#define LOOK_NS (SQ_NS_PER_SECOND / 4)

/* A store that did not answer in time gets less of slurmctld's time until it
 * answers again: a tenth of the deadline. */
#define IMPATIENCE 10

/* Waiting events that one event books along: some 40 us each. */
#define REPLAY_PER_EVENT 32

/* When the write-ahead log has grown to this many pages (16 MiB) a hook moves it
 * into the database itself; normally commands and the reconciler do it before. */
#define LOG_PAGES 8192

/* Names of recent users by uid: enough for those whose jobs end at about the same
 * time. */
#define USERS 256

/* How long a name is believed: somebody may rename a user. */
#define USER_NS (600 * SQ_NS_PER_SECOND)

struct sq_hook {
        char *config_path; /* as given; NULL: the default */
        struct sq_config *config;
        struct sq_site site;
        struct sq_slurm_conf slurm;
        int64_t config_looked_at;
        struct timespec config_mtime;
        bool config_bad;
        struct sq_error config_error;

        struct sq_ledger *ledger;
        int64_t started_at; /* of this event */
        int64_t deadline;
        int64_t looked_at; /* at the store's files */
        bool impatient;
        struct sq_trouble trouble;
        struct sq_counters counters;

        struct {
                int64_t uid;
                int64_t until; /* CLOCK_MONOTONIC nanoseconds; 0: empty */
                char name[SQ_NAME_SIZE];
        } user[USERS];

        /* The event at hand.  Here and not on the stack: every RPC has a thread
         * of its own with a fresh stack, each page of which costs a fault. */
        struct sq_spooled event;
        char account[SQ_NAME_SIZE];
};

/* --- configuration -------------------------------------------------------- */

static const char *config_file(const struct sq_hook *hook) {
        const char *path = hook->config_path;

        if (!path)
                path = getenv(SQ_CONFIG_ENVIRONMENT);
        return path && *path ? path : SQ_CONFIG_FILE;
}

/* The configuration, with what only pricing and ledger can check in it. */
static int load_config(struct sq_hook *hook, struct sq_config **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
        struct sq_refunds refunds;
        struct sq_site site = {0};
        int rc = sq_config_load(hook->config_path, &config, err);

        if (rc)
                return rc;
        site.exclusive_gres = config->pricing.exclusive_gres;
        rc = sq_site_check(&site, err);
        if (!rc)
                rc = sq_refunds_parse(config->pricing.refund, &refunds, err);
        if (!rc && config->site.time_zone[0])
                rc = sq_zone_load(config->site.time_zone, &zone, err);
        if (!rc)
                *ret = SQ_TAKE(config);
        return rc;
}

static void read_config(struct sq_hook *hook) {
        struct sq_config *config = NULL;

        hook->config_bad = load_config(hook, &config, &hook->config_error) != SQ_OK;
        if (hook->config_bad) {
                /* The last good one stays in force; with none, the defaults. */
                if (hook->config || sq_config_parse("", 0, NULL, &config, NULL))
                        return;
        }
        sq_config_free(hook->config);
        hook->config = config;
        sq_ledger_close(hook->ledger); /* it may be another store now */
        hook->ledger = NULL;
        hook->slurm = (struct sq_slurm_conf){0};
        (void)!sq_slurm_conf_read(NULL, &hook->slurm, NULL);
        if (config->slurm.cluster[0])
                sq_name_lower(config->slurm.cluster, hook->slurm.cluster,
                              sizeof hook->slurm.cluster);
        hook->site = sq_site_of(config, &hook->slurm);
}

static void look_at_counters(struct sq_hook *hook) {
        if (hook->config)
                sq_counters_look(&hook->counters, hook->config->metrics.counters,
                                 SQ_COUNTERS_HOOK);
}

static void look_at_config(struct sq_hook *hook, int64_t now) {
        struct timespec mtime = {0};
        struct stat st;

        if (hook->config && now - hook->config_looked_at < LOOK_NS)
                return;
        hook->config_looked_at = now;
        look_at_counters(hook);
        if (!stat(config_file(hook), &st))
                mtime = st.st_mtim;
        if (hook->config && mtime.tv_sec == hook->config_mtime.tv_sec &&
            mtime.tv_nsec == hook->config_mtime.tv_nsec)
                return;
        hook->config_mtime = mtime;
        read_config(hook);
        look_at_counters(hook);
}

int sq_hook_new(const char *config_path, struct sq_hook **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_hook_freep) struct sq_hook *hook = calloc(1, sizeof *hook);

        if (!hook || (config_path && !(hook->config_path = strdup(config_path))))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_hook_begin(hook);
        if (!hook->config)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *ret = SQ_TAKE(hook);
        return SQ_OK;
}

void sq_hook_free(struct sq_hook *hook) {
        if (!hook)
                return;
        sq_ledger_close(hook->ledger);
        sq_counters_close(&hook->counters);
        sq_config_free(hook->config);
        free(hook->config_path);
        free(hook);
}

void sq_hook_begin(struct sq_hook *hook) {
        hook->started_at = sq_monotonic_ns();
        look_at_config(hook, hook->started_at);
        if (!hook->config)
                return;
        hook->deadline = hook->started_at + hook->config->hook.deadline_ms * SQ_NS_PER_MS /
                                                    (hook->impatient ? IMPATIENCE : 1);
}

void sq_hook_end(struct sq_hook *hook, enum sq_timer event) {
        sq_count_time(&hook->counters, event, sq_monotonic_ns() - hook->started_at);
}

const struct sq_config *sq_hook_config(const struct sq_hook *hook) {
        return hook->config;
}

const struct sq_site *sq_hook_site(const struct sq_hook *hook) {
        return &hook->site;
}

const char *sq_hook_cluster(const struct sq_hook *hook) {
        return hook->slurm.cluster[0] ? hook->slurm.cluster : "cluster";
}

const char *sq_hook_user_name(struct sq_hook *hook, int64_t uid) {
        const size_t at = (size_t)uid % USERS;
        struct passwd pw, *found = NULL;
        char buffer[4096]; /* one passwd line */

        if (hook->user[at].uid == uid && hook->user[at].until > hook->started_at)
                return hook->user[at].name;
        hook->user[at].uid = uid;
        if (getpwuid_r((uid_t)uid, &pw, buffer, sizeof buffer, &found) || !found) {
                /* Perhaps the directory service is down: not to be remembered. */
                hook->user[at].until = 0;
                snprintf(hook->user[at].name, sizeof hook->user[at].name, "%lld",
                         (long long)uid);
        } else {
                hook->user[at].until = hook->started_at + USER_NS;
                snprintf(hook->user[at].name, sizeof hook->user[at].name, "%s", pw.pw_name);
        }
        return hook->user[at].name;
}

/* --- the store ------------------------------------------------------------ */

static void count_spool(struct sq_hook *hook, enum sq_spooling what, int64_t n) {
        sq_count_more(&hook->counters, SQ_COUNT_SPOOL_OF(SQ_PATH_JOBCOMP_LUA, what), n);
}

/* The ledger ready for this event, with what waited in the spool booked first:
 * what happened earlier has to be known earlier.  *ret_behind is true when some of
 * it still waits.  `look` false: the files were looked at a moment ago. */
static int ready(struct sq_hook *hook, bool look, bool *ret_behind, struct sq_error *err) {
        struct sq_spool_report report = {0};
        int rc = SQ_OK;

        *ret_behind = false;
        if (hook->config_bad) {
                *err = hook->config_error;
                return SQ_EINVAL;
        }
        if (hook->ledger && look && !sq_store_is_current(sq_ledger_store(hook->ledger))) {
                sq_ledger_close(hook->ledger);
                hook->ledger = NULL;
        }
        if (!hook->ledger)
                rc = sq_ledger_open_site(hook->config, SQ_STORE_HOOK, hook->deadline,
                                         &hook->ledger, err);
        if (rc)
                return rc;
        sq_store_set_deadline(sq_ledger_store(hook->ledger), hook->deadline);
        if (!look)
                return SQ_OK;
        hook->looked_at = hook->started_at;
        if (!sq_spool_is_empty(hook->config->spool.directory)) {
                rc = sq_spool_replay(hook->config->spool.directory, hook->ledger,
                                     REPLAY_PER_EVENT, NULL, NULL, &report, err);
                *ret_behind = report.unfinished || rc;
                count_spool(hook, SQ_SPOOL_BOOKED, report.booked);
                count_spool(hook, SQ_SPOOL_REJECTED, report.rejected);
                if (report.booked)
                        sq_trouble_over(&hook->trouble, report.booked);
        }
        return rc;
}

/* The store answered. */
static void succeeded(struct sq_hook *hook) {
        struct sq_store *store = sq_ledger_store(hook->ledger);

        hook->impatient = false;
        sq_trouble_over(&hook->trouble, 0);
        if (sq_store_backlog(store) > LOG_PAGES)
                (void)!sq_store_checkpoint(store, SQ_CHECKPOINT_KEEP, NULL);
}

/* It did not.  A connection that has seen a broken file is of no use. */
static void failed(struct sq_hook *hook, int rc, const struct sq_error *err) {
        sq_trouble_add(&hook->trouble, err);
        sq_count_store_failure(&hook->counters, SQ_PATH_JOBCOMP_LUA, rc);
        hook->looked_at = 0;
        if (rc == SQ_EBUSY) {
                hook->impatient = true;
                return;
        }
        sq_ledger_close(hook->ledger);
        hook->ledger = NULL;
}

/* False: it is lost. */
static bool spool(struct sq_hook *hook, const struct sq_spooled *event) {
        struct sq_error err;

        if (!sq_spool_append(hook->config->spool.directory, event, &err)) {
                hook->trouble.spooled++;
                count_spool(hook, SQ_SPOOL_KEPT, 1);
                return true;
        }
        sq_trouble_lose(&hook->trouble, &err);
        count_spool(hook, SQ_SPOOL_LOST, 1);
        return false;
}

/* job_submit and jobcomp have a hook each; the time of a file in the spool tells one
 * when the other spoke.  True when it is this one's turn. */
static bool may_tell(const struct sq_hook *hook, int64_t interval_seconds) {
        const int64_t now = sq_now();
        char path[PATH_MAX];
        struct stat st;
        int fd;

        snprintf(path, sizeof path, "%s/told", hook->config->spool.directory);
        if (!stat(path, &st) && st.st_mtime <= now && now - st.st_mtime < interval_seconds)
                return false;
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
        if (fd >= 0) { /* where there is no spool, each speaks for itself */
                (void)!futimens(fd, NULL);
                close(fd);
        }
        return true;
}

bool sq_hook_take_log(struct sq_hook *hook, const char **ret, bool *ret_error) {
        const int64_t interval = hook->config->hook.log_interval_seconds;

        if (!sq_trouble_is_due(&hook->trouble, hook->started_at, interval * SQ_NS_PER_SECOND) ||
            !may_tell(hook, interval))
                return false;
        sq_trouble_tell(&hook->trouble, hook->started_at);
        *ret = hook->trouble.line;
        *ret_error = hook->trouble.is_error;
        return true;
}

/* --- submit and modify ---------------------------------------------------- */

static void count_refusal(struct sq_hook *hook, enum sq_timer event, enum sq_reason reason) {
        const int first = event == SQ_TIMER_SUBMIT ? SQ_COUNT_REFUSED_SUBMIT
                                                   : SQ_COUNT_REFUSED_MODIFY;

        sq_count(&hook->counters, (enum sq_counter)(first + (int)reason));
}

static enum sq_reason reason_of(const struct sq_verdict *verdict) {
        const bool is_cpu = verdict->resource == SQ_CPU;

        if (verdict->halted)
                return SQ_REASON_HALTED;
        if (verdict->of_policy)
                return SQ_REASON_ALLOCATION;
        if (verdict->kind == SQ_USER)
                return is_cpu ? SQ_REASON_USER_CPU : SQ_REASON_USER_GPU;
        return is_cpu ? SQ_REASON_ACCOUNT_CPU : SQ_REASON_ACCOUNT_GPU;
}

void sq_hook_refuse(struct sq_hook *hook, enum sq_timer event, enum sq_reason reason,
                    const struct sq_error *err, struct sq_answer *ret) {
        count_refusal(hook, event, reason);
        ret->refused = true;
        snprintf(ret->text, sizeof ret->text, "slurm-quota: %.*s%s%.*s", 200, err->text,
                 err->hint[0] ? "; " : "", 80, err->hint);
}

/* What is wrong with the job itself rather than with the store. */
static bool is_jobs_fault(int rc) {
        return rc == SQ_EINVAL || rc == SQ_ERANGE;
}

/* Makes hook->event the claim of `job`. */
static int make_claim(struct sq_hook *hook, const struct sq_submission *job, const char *uuid,
                      enum sq_spool_kind kind, int64_t array_task, struct sq_error *err) {
        hook->event.kind = kind;
        hook->event.array_task = array_task;
        hook->event.claim = (struct sq_claim){
                .uuid = uuid,
                .user = job->user,
                .account = hook->account,
                .tres = job->price->tres,
                .seconds = job->price->seconds,
                .tasks = job->price->tasks,
        };
        if (!sq_name_lower(job->account, hook->account, sizeof hook->account))
                return sq_fail(err, SQ_EINVAL, "the account's name is too long");
        return SQ_OK;
}

/* What the configuration says about a store that does not answer. */
static void apply_policy(struct sq_hook *hook, enum sq_timer event, int rc,
                         const struct sq_error *why, struct sq_answer *ret) {
        failed(hook, rc, why);
        if (hook->config->hook.on_store_failure == SQ_FAILURE_REFUSES) {
                hook->trouble.refused++;
                count_refusal(hook, event, SQ_REASON_STORE);
                ret->refused = true;
                snprintf(ret->text, sizeof ret->text,
                         "slurm-quota: budgets cannot be checked at the moment, and this site"
                         " takes no jobs unchecked; try again later");
                return;
        }
        hook->trouble.allowed++;
        sq_count(&hook->counters, event == SQ_TIMER_SUBMIT ? SQ_COUNT_UNCHECKED_SUBMIT
                                                           : SQ_COUNT_UNCHECKED_MODIFY);
        if (hook->event.claim.uuid[0])
                (void)spool(hook, &hook->event);
}

static void conclude_verdict(struct sq_hook *hook, const struct sq_submission *job,
                             enum sq_timer event, const struct sq_verdict *verdict,
                             struct sq_answer *ret) {
        succeeded(hook);
        ret->refused = !verdict->accepted;
        if (ret->refused) {
                count_refusal(hook, event, reason_of(verdict));
                if (verdict->halted)
                        sq_refusal_explain_halt(hook->ledger, hook->account, ret->text);
                else
                        sq_refusal_text(verdict, job->user, hook->account, job->price,
                                        ret->text);
                return;
        }
        sq_count(&hook->counters, event == SQ_TIMER_SUBMIT ? SQ_COUNT_ACCEPTED_SUBMIT
                                                           : SQ_COUNT_ACCEPTED_MODIFY);
}

static void conclude(struct sq_hook *hook, const struct sq_submission *job,
                     enum sq_timer event, int rc, const struct sq_error *err,
                     const struct sq_verdict *verdict, struct sq_answer *ret) {
        if (!rc)
                conclude_verdict(hook, job, event, verdict, ret);
        else if (is_jobs_fault(rc))
                sq_hook_refuse(hook, event, SQ_REASON_REQUEST, err, ret);
        else
                apply_policy(hook, event, rc, err, ret);
}

void sq_hook_submit(struct sq_hook *hook, const struct sq_submission *job,
                    char ret_uuid[SQ_UUID_SIZE], struct sq_answer *ret) {
        struct sq_verdict verdict;
        struct sq_error err;
        bool behind;
        int rc;

        *ret = (struct sq_answer){0};
        ret_uuid[0] = '\0';
        rc = make_claim(hook, job, ret_uuid, SQ_SPOOL_RESERVE, SQ_NO_TASK, &err);
        if (rc) {
                sq_hook_refuse(hook, SQ_TIMER_SUBMIT, SQ_REASON_REQUEST, &err, ret);
                return;
        }
        rc = sq_uuid_make(ret_uuid, &err);
        if (!rc)
                rc = ready(hook, hook->started_at - hook->looked_at >= LOOK_NS, &behind, &err);
        if (rc) {
                apply_policy(hook, SQ_TIMER_SUBMIT, rc, &err, ret);
                return;
        }
        rc = sq_reserve(hook->ledger, &hook->event.claim, &verdict, &err);
        conclude(hook, job, SQ_TIMER_SUBMIT, rc, &err, &verdict, ret);
}

void sq_hook_modify(struct sq_hook *hook, const struct sq_submission *job, const char *uuid,
                    const struct sq_job_key *key, struct sq_answer *ret) {
        struct sq_verdict verdict;
        struct sq_error err;
        bool behind;
        int rc;

        *ret = (struct sq_answer){0};
        rc = make_claim(hook, job, uuid, SQ_SPOOL_MODIFY, key->array_task, &err);
        if (rc) {
                sq_hook_refuse(hook, SQ_TIMER_MODIFY, SQ_REASON_REQUEST, &err, ret);
                return;
        }
        hook->event.claim.cluster = key->cluster;
        hook->event.claim.job_id = key->job_id;
        hook->event.claim.submit_at = key->submit_at;
        rc = ready(hook, true, &behind, &err);
        if (rc) {
                apply_policy(hook, SQ_TIMER_MODIFY, rc, &err, ret);
                return;
        }
        rc = sq_reserve_modified(hook->ledger, &hook->event.claim, key->array_task, false,
                                 &verdict, &err);
        if (rc == SQ_EEXIST) /* a comment copied from another user's job: not ours to change */
                return;
        conclude(hook, job, SQ_TIMER_MODIFY, rc, &err, &verdict, ret);
}

bool sq_hook_find(struct sq_hook *hook, const struct sq_job_key *job,
                  struct sq_holding *ret) {
        struct sq_found found;
        struct sq_error err;
        bool behind;

        *ret = (struct sq_holding){.known = false};
        if (!ready(hook, true, &behind, &err) &&
            !sq_reservation_find(hook->ledger, job, &found, NULL)) {
                memcpy(ret->uuid, found.uuid, sizeof ret->uuid);
                ret->known = sq_tres_read(found.tres, &ret->tres);
        } else if (job->comment) {
                /* Its reservation may wait in the spool, or the store be away. */
                snprintf(ret->uuid, sizeof ret->uuid, "%s", job->comment);
        }
        return ret->uuid[0] != '\0';
}

/* --- complete ------------------------------------------------------------- */

/* Times as Slurm leaves them, made sensible: a job that is cancelled while pending
 * has a start that is its end, or one that was only expected, in the future. */
static void settle_times(struct sq_run *run) {
        if (run->end_at <= 0 || run->start_at > run->end_at || run->tres.n == 0)
                run->start_at = 0;
        if (run->start_at < 0)
                run->start_at = 0;
        if (run->end_at < 0)
                run->end_at = 0;
}

static void count_charge(struct sq_hook *hook, enum sq_charging what) {
        sq_count(&hook->counters, SQ_COUNT_CHARGE_OF(SQ_PATH_JOBCOMP_LUA, what));
}

static void spool_charge(struct sq_hook *hook, const struct sq_spooled *event) {
        count_charge(hook, spool(hook, event) ? SQ_CHARGE_SPOOLED : SQ_CHARGE_FAILED);
}

void sq_hook_complete(struct sq_hook *hook, struct sq_run *run, const char *allocated) {
        struct sq_spooled *event = &hook->event;
        struct sq_charged charged;
        struct sq_error err;
        bool behind;
        int rc;

        rc = sq_tres_parse(allocated, &run->tres, &err);
        if (rc) { /* a form of Slurm that we do not know: kept for a program that does */
                sq_trouble_add(&hook->trouble, &err);
                event->kind = SQ_SPOOL_ASK;
                event->uid = -1;
                event->run = *run;
                spool_charge(hook, event);
                return;
        }
        settle_times(run);
        event->kind = SQ_SPOOL_CHARGE;
        event->uid = -1;
        event->run = *run;
        rc = ready(hook, true, &behind, &err);
        if (!rc && behind) {
                /* Events before this one still wait, its reservation perhaps among
                 * them: it queues behind them. */
                spool_charge(hook, event);
                return;
        }
        if (!rc)
                rc = sq_charge(hook->ledger, run, &charged, &err);
        if (!rc) {
                succeeded(hook);
                count_charge(hook, charged.booked ? SQ_CHARGE_BOOKED : SQ_CHARGE_REPEATED);
                return;
        }
        failed(hook, rc, &err);
        spool_charge(hook, event);
}
