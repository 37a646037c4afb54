#include "cli/charge_environment.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/reservation.h"

/* NO_VAL and INFINITE: Slurm keeps ids in 32 bits, and these two are none. */
#define NO_VAL 4294967294LL

/* The host that ran the job, this one and people have clocks of their own; more than a
 * day ahead is a mistake, and usage would be counted day by day until then. */
#define AHEAD (24 * 3600)

/* What jobcomp/script says when it does not find the user's name (22.05). */
#define NOBODY "nobody"

/* NULL for what is not there or empty. */
static const char *text_of(const char *name) {
        const char *value = getenv(name);

        return value && *value ? value : NULL;
}

/* Digits only, up to `most`.  Missing: `otherwise`, or an error when that is < 0. */
static int read_number(const char *name, int64_t otherwise, int64_t most, int64_t *ret,
                       struct sq_error *err) {
        const char *text = text_of(name);
        int64_t value = 0;

        if (!text && otherwise >= 0) {
                *ret = otherwise;
                return SQ_OK;
        }
        if (!text) {
                sq_fail(err, SQ_EINVAL, "%s is not in the environment", name);
                sq_hint(err, "slurmctld runs this with JobCompType=jobcomp/script. For what"
                             " waits in the spool: slurm-quota charge --replay");
                return SQ_EINVAL;
        }
        for (const char *p = text; *p; p++)
                if (*p < '0' || *p > '9' || __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *p - '0', &value) || value > most)
                        return sq_fail(err, SQ_EINVAL, "%s cannot be \"%.40s\"", name, text);
        *ret = value;
        return SQ_OK;
}

static int read_ids(struct sq_charge_environment *e, struct sq_error *err) {
        int rc = read_number("JOBID", -1, NO_VAL - 1, &e->run.job_id, err);

        if (!rc)
                rc = read_number("ARRAYJOBID", 0, NO_VAL - 1, &e->run.array_job, err);
        if (!rc)
                rc = read_number("ARRAYTASKID", NO_VAL, NO_VAL + 1, &e->run.array_task, err);
        if (!rc && !e->run.job_id)
                rc = sq_fail(err, SQ_EINVAL, "JOBID cannot be 0");
        if (rc)
                return rc;
        if (e->run.array_task >= NO_VAL)
                e->run.array_task = SQ_NO_TASK;
        /* Tasks that were pending, all in one: only slurmdbd knows how many. */
        e->run.tasks = e->run.array_job && e->run.array_task == SQ_NO_TASK ? 0 : 1;
        return SQ_OK;
}

static int read_times(struct sq_run *run, struct sq_error *err) {
        const int64_t latest = sq_now() + AHEAD;
        int rc = read_number("SUBMIT", -1, latest, &run->submit_at, err);

        if (!rc)
                rc = read_number("START", -1, latest, &run->start_at, err);
        if (!rc)
                rc = read_number("END", -1, latest, &run->end_at, err);
        if (!rc && !run->submit_at)
                rc = sq_fail(err, SQ_EINVAL, "SUBMIT cannot be 0");
        if (!rc && run->end_at < run->start_at)
                rc = sq_fail(err, SQ_EINVAL,
                             "END (%" PRId64 ") is before START (%" PRId64 ")", run->end_at,
                             run->start_at);
        return rc;
}

/* The user, unless the name only says that there was none to be found. */
static int read_user(struct sq_charge_environment *e, struct sq_error *err) {
        const char *name = text_of("USERNAME");
        const struct passwd *nobody;
        int64_t uid;
        int rc;

        e->uid = -1;
        if (text_of("UID")) {
                rc = read_number("UID", -1, UINT32_MAX, &uid, err);
                if (rc)
                        return rc;
                e->uid = uid;
        }
        if (!name)
                return SQ_OK;
        rc = sq_name_check(SQ_NAME_USER, name, err);
        if (rc) {
                sq_context(err, "USERNAME");
                return rc;
        }
        if (!strcmp(name, NOBODY) && e->uid >= 0) {
                nobody = getpwnam(NOBODY);
                if (!nobody || nobody->pw_uid != e->uid)
                        return SQ_OK;
        }
        e->run.user = name;
        return SQ_OK;
}

static int read_account(struct sq_charge_environment *e, struct sq_error *err) {
        const char *name = text_of("ACCOUNT");
        int rc;

        if (!name)
                return SQ_OK;
        rc = sq_name_check(SQ_NAME_ACCOUNT, name, err);
        if (rc) {
                sq_context(err, "ACCOUNT");
                return rc;
        }
        sq_name_lower(name, e->account, sizeof e->account);
        e->run.account = e->account;
        return SQ_OK;
}

/* Must be the name that the hook in slurmctld uses, or a job could be charged under two
 * keys.  slurm.conf is the last resort here: the script is not told where it is. */
static int read_cluster(const struct sq_config *config, struct sq_charge_environment *e,
                        struct sq_error *err) {
        struct sq_slurm_conf conf = {0};
        const char *name = config->slurm.cluster[0] ? config->slurm.cluster
                                                    : text_of("CLUSTER");

        if (!name && !sq_slurm_conf_read(NULL, &conf, NULL) && conf.cluster[0])
                name = conf.cluster;
        if (!name)
                name = "cluster";
        if (!sq_name_lower(name, e->cluster, sizeof e->cluster))
                return sq_fail(err, SQ_EINVAL, "CLUSTER is longer than %d bytes",
                               SQ_CLUSTER_SIZE - 1);
        e->run.cluster = e->cluster;
        return SQ_OK;
}

/* Slurm's word, which is PENDING for a job that was requeued. */
static void read_state(struct sq_run *run) {
        const char *state = text_of("JOBSTATE");

        run->state = "UNKNOWN";
        if (!state)
                return;
        if (strspn(state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(state) && strlen(state) < 32)
                run->state = state;
        run->resized = !strcmp(run->state, "RESIZING");
        if (!strcmp(run->state, "PENDING"))
                run->state = "REQUEUED";
        /* A failed node or a preemption may be the end or not, and the script is not told:
         * what is held is kept, and the reconciler finds out. */
        run->goes_on = run->resized || !strcmp(run->state, "REQUEUED") ||
                       !strcmp(run->state, "NODE_FAIL") || !strcmp(run->state, "PREEMPTED");
}

int sq_charge_environment_read(const struct sq_config *config,
                               struct sq_charge_environment *ret, struct sq_error *err) {
        int rc;

        *ret = (struct sq_charge_environment){.run.restarts = SQ_RESTARTS_UNKNOWN};
        if ((rc = read_ids(ret, err)) || (rc = read_times(&ret->run, err)) ||
            (rc = read_user(ret, err)) || (rc = read_account(ret, err)) ||
            (rc = read_cluster(config, ret, err)))
                return rc;
        read_state(&ret->run);
        return SQ_OK;
}
