#include "server/membership.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "slurm/association.h"

/* slurmdbd needs about a second for a hundred thousand associations; one that needs more
 * than this is in trouble, and so would be who wants to stop us. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

struct sq_membership {
        const char *sacctmgr;
        int64_t interval_seconds;
        sq_tell_fn complain;
        pthread_t thread;
        pthread_mutex_t mutex; /* of the next two */
        pthread_cond_t wake;
        bool stopping;
        pthread_rwlock_t lock; /* of the next one */
        struct sq_associations *associations; /* NULL: no answer yet */
        bool failed;           /* the last time; of the thread alone */
};

/* An answer takes the place of the one before; a failure leaves it. */
static void ask(struct sq_membership *m) {
        struct sq_associations *answer = NULL, *before;
        struct sq_error err;
        char line[sizeof err.text + 64];
        int rc = sq_associations_ask(m->sacctmgr, sq_monotonic_ns() + PATIENCE_NS, &answer,
                                     &err);

        if (rc && !m->failed) {
                snprintf(line, sizeof line, "could not ask Slurm for associations: %s",
                         err.text);
                m->complain(line);
        } else if (!rc && m->failed) {
                m->complain("Slurm tells associations again");
        }
        m->failed = rc != SQ_OK;
        if (rc)
                return;
        pthread_rwlock_wrlock(&m->lock);
        before = m->associations;
        m->associations = answer;
        pthread_rwlock_unlock(&m->lock);
        sq_associations_free(before);
}

/* False: it is time to end. */
static bool wait_for_the_next(struct sq_membership *m) {
        struct timespec until;
        bool stopping;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += m->interval_seconds;
        pthread_mutex_lock(&m->mutex);
        while (!m->stopping && !pthread_cond_timedwait(&m->wake, &m->mutex, &until))
                ;
        stopping = m->stopping;
        pthread_mutex_unlock(&m->mutex);
        return !stopping;
}

static void *run(void *membership) {
        do
                ask(membership);
        while (wait_for_the_next(membership));
        return NULL;
}

int sq_membership_start(const struct sq_config *config, sq_tell_fn complain,
                        struct sq_membership **ret, struct sq_error *err) {
        struct sq_membership *m = calloc(1, sizeof *m);
        pthread_condattr_t monotonic;
        int rc;

        if (!m)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        m->sacctmgr = config->slurm.sacctmgr;
        m->interval_seconds = config->server.associations_seconds;
        m->complain = complain;
        pthread_mutex_init(&m->mutex, NULL);
        pthread_rwlock_init(&m->lock, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&m->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
        rc = pthread_create(&m->thread, NULL, run, m);
        if (rc) {
                free(m);
                return sq_fail(err, SQ_EIO, "could not start a thread: %s", strerror(rc));
        }
        *ret = m;
        return SQ_OK;
}

void sq_membership_stop(struct sq_membership *m) {
        if (!m)
                return;
        pthread_mutex_lock(&m->mutex);
        m->stopping = true;
        pthread_cond_signal(&m->wake);
        pthread_mutex_unlock(&m->mutex);
        pthread_join(m->thread, NULL);
        sq_associations_free(m->associations);
        pthread_cond_destroy(&m->wake);
        pthread_mutex_destroy(&m->mutex);
        pthread_rwlock_destroy(&m->lock);
        free(m);
}

int sq_membership_each(struct sq_membership *m, const char *user, sq_membership_fn each,
                       void *payload, bool *ret_known, struct sq_error *err) {
        size_t first = 0, n = 0;
        int rc = SQ_OK;

        /* Readers do not wait for a writer who waits for other readers (glibc's default),
         * and a writer only swaps a pointer. */
        pthread_rwlock_rdlock(&m->lock);
        if (m->associations)
                n = sq_associations_of(m->associations, user, &first);
        for (size_t i = first; i < first + n && !rc; i++)
                rc = each(sq_associations_account(m->associations, i), payload, err);
        pthread_rwlock_unlock(&m->lock);
        *ret_known = n > 0;
        return rc;
}
