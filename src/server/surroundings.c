#include "server/surroundings.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "slurm/site.h"

/* For each program that is asked. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* For a request that came before the answer. */
#define WAIT_SECONDS 2

struct sq_surroundings {
        const struct sq_config *config;
        sq_tell_fn complain;
        pthread_t thread;

        pthread_mutex_t mutex; /* of all down to the next blank line */
        pthread_cond_t wake;   /* the thread: somebody wants to know, or it is to end */
        pthread_cond_t told;   /* requests: there is an answer, or none to be had */
        bool stopping, wanted, failed;
        int64_t asked_at; /* CLOCK_MONOTONIC seconds, when it was answered last; -1: never */

        pthread_rwlock_t lock; /* of the rest */
        struct sq_partitions *partitions;
        struct sq_associations *default_accounts;
        struct sq_slurm_conf conf;
        struct sq_site site;
};

static int64_t now(void) {
        return sq_monotonic_ns() / SQ_NS_PER_SECOND;
}

/* --- the thread --------------------------------------------------------------------- */

/* An answer takes the place of the one before; a failure leaves it. */
static int ask(struct sq_surroundings *s, struct sq_error *err) {
        SQ_CLEANUP(sq_partitions_freep) struct sq_partitions *partitions = NULL;
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *defaults = NULL;
        struct sq_slurm_conf conf = {.whole_nodes = false};
        int rc;

        rc = sq_partitions_ask(s->config->slurm.scontrol, sq_monotonic_ns() + PATIENCE_NS,
                               &partitions, err);
        if (!rc)
                rc = sq_default_accounts_ask(s->config->slurm.sacctmgr, NULL,
                                             sq_monotonic_ns() + PATIENCE_NS, &defaults, err);
        if (rc)
                return rc;
        (void)!sq_slurm_conf_read(NULL, &conf, NULL); /* as the hook, without it */
        pthread_rwlock_wrlock(&s->lock);
        sq_partitions_free(s->partitions);
        sq_associations_free(s->default_accounts);
        s->partitions = SQ_TAKE(partitions);
        s->default_accounts = SQ_TAKE(defaults);
        s->conf = conf;
        s->site = sq_site_of(s->config, &s->conf);
        pthread_rwlock_unlock(&s->lock);
        return SQ_OK;
}

/* Once when it begins to fail and once when it is over. */
static void tell(struct sq_surroundings *s, int rc, const struct sq_error *err) {
        char line[sizeof err->text + 64];

        if (rc && !s->failed) {
                snprintf(line, sizeof line, "could not ask Slurm for partitions and default"
                                            " accounts: %s", err->text);
                s->complain(line);
        } else if (!rc && s->failed) {
                s->complain("Slurm tells partitions and default accounts again");
        }
}

/* With the mutex: not sooner after a failure than after an answer. */
static void pause_after_failure(struct sq_surroundings *s) {
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += s->config->server.associations_seconds;
        while (!s->stopping && !pthread_cond_timedwait(&s->wake, &s->mutex, &until))
                ;
}

static void *run(void *surroundings) {
        struct sq_surroundings *s = surroundings;
        struct sq_error err;
        int rc;

        pthread_mutex_lock(&s->mutex);
        while (!s->stopping) {
                if (!s->wanted) {
                        pthread_cond_wait(&s->wake, &s->mutex);
                        continue;
                }
                pthread_mutex_unlock(&s->mutex);
                rc = ask(s, &err);
                pthread_mutex_lock(&s->mutex);
                tell(s, rc, &err);
                s->failed = rc != SQ_OK;
                s->wanted = false;
                if (!rc)
                        s->asked_at = now();
                pthread_cond_broadcast(&s->told);
                if (rc)
                        pause_after_failure(s);
        }
        pthread_mutex_unlock(&s->mutex);
        return NULL;
}

int sq_surroundings_start(const struct sq_config *config, sq_tell_fn complain,
                          struct sq_surroundings **ret, struct sq_error *err) {
        struct sq_surroundings *s = calloc(1, sizeof *s);
        pthread_condattr_t monotonic;
        int rc;

        if (!s)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        s->config = config;
        s->complain = complain;
        s->asked_at = -1;
        pthread_mutex_init(&s->mutex, NULL);
        pthread_rwlock_init(&s->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&s->wake, &monotonic);
        pthread_cond_init(&s->told, &monotonic);
        pthread_condattr_destroy(&monotonic);
        rc = pthread_create(&s->thread, NULL, run, s);
        if (rc) {
                free(s);
                return sq_fail(err, SQ_EIO, "could not start a thread: %s", strerror(rc));
        }
        *ret = s;
        return SQ_OK;
}

void sq_surroundings_stop(struct sq_surroundings *s) {
        if (!s)
                return;
        pthread_mutex_lock(&s->mutex);
        s->stopping = true;
        pthread_cond_signal(&s->wake);
        pthread_mutex_unlock(&s->mutex);
        pthread_join(s->thread, NULL);
        sq_partitions_free(s->partitions);
        sq_associations_free(s->default_accounts);
        pthread_cond_destroy(&s->wake);
        pthread_cond_destroy(&s->told);
        pthread_mutex_destroy(&s->mutex);
        pthread_rwlock_destroy(&s->lock);
        free(s);
}

/* --- requests ----------------------------------------------------------------------- */

/* With the mutex. */
static bool is_fresh(const struct sq_surroundings *s) {
        return s->asked_at >= 0 &&
               now() - s->asked_at < s->config->server.associations_seconds;
}

int sq_surroundings_take(struct sq_surroundings *s, struct sq_known_surroundings *ret,
                         struct sq_error *err) {
        struct timespec until;
        bool known;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += WAIT_SECONDS;
        pthread_mutex_lock(&s->mutex);
        if (!is_fresh(s)) {
                s->wanted = true;
                pthread_cond_signal(&s->wake);
        }
        while (!is_fresh(s) && !s->failed && !s->stopping &&
               !pthread_cond_timedwait(&s->told, &s->mutex, &until))
                ;
        known = s->asked_at >= 0;
        pthread_mutex_unlock(&s->mutex);
        if (!known)
                return sq_fail(err, SQ_EBUSY, "Slurm has not told its partitions and default"
                                              " accounts yet");
        pthread_rwlock_rdlock(&s->lock);
        *ret = (struct sq_known_surroundings){s->partitions, s->default_accounts, &s->site};
        return SQ_OK;
}

void sq_surroundings_give(struct sq_surroundings *s) {
        pthread_rwlock_unlock(&s->lock);
}
