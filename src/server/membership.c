#include "server/membership.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "slurm/association.h"
#include "slurm/privilege.h"

/* slurmdbd needs about a second for a hundred thousand associations; one that needs more
 * than this is in trouble, and so would be who wants to stop us. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

struct sq_membership {
        const char *sacctmgr;
        const char *slurm_user;
        int64_t interval_seconds;
        sq_tell_fn complain;
        pthread_t thread;
        pthread_mutex_t mutex; /* of the next two */
        pthread_cond_t wake;
        bool stopping;
        pthread_rwlock_t lock; /* of the next two */
        struct sq_associations *associations; /* NULL: no answer yet */
        struct sq_privileges *privileges;     /* NULL: no answer yet */
        bool failed;           /* the last time; of the thread alone */
};

/* What could not be asked for, or NULL; once when it begins to fail and once when it is
 * over. */
static void tell(struct sq_membership *m, const char *what, const struct sq_error *err) {
        char line[sizeof err->text + 64];

        if (what && !m->failed) {
                snprintf(line, sizeof line, "could not ask Slurm for %s: %s", what, err->text);
                m->complain(line);
        } else if (!what && m->failed) {
                m->complain("Slurm tells associations and roles again");
        }
        m->failed = what != NULL;
}

/* An answer takes the place of the one before; a failure leaves it. */
static int ask_associations(struct sq_membership *m, struct sq_error *err) {
        struct sq_associations *answer = NULL, *before;
        const int rc = sq_associations_ask(m->sacctmgr, sq_monotonic_ns() + PATIENCE_NS,
                                           &answer, err);

        if (rc)
                return rc;
        pthread_rwlock_wrlock(&m->lock);
        before = m->associations;
        m->associations = answer;
        pthread_rwlock_unlock(&m->lock);
        sq_associations_free(before);
        return SQ_OK;
}

static int ask_privileges(struct sq_membership *m, struct sq_error *err) {
        struct sq_privileges *answer = NULL, *before;
        const int rc = sq_privileges_ask(m->sacctmgr, sq_monotonic_ns() + PATIENCE_NS, &answer,
                                         err);

        if (rc)
                return rc;
        pthread_rwlock_wrlock(&m->lock);
        before = m->privileges;
        m->privileges = answer;
        pthread_rwlock_unlock(&m->lock);
        sq_privileges_free(before);
        return SQ_OK;
}

static bool is_stopping(struct sq_membership *m) {
        bool stopping;

        pthread_mutex_lock(&m->mutex);
        stopping = m->stopping;
        pthread_mutex_unlock(&m->mutex);
        return stopping;
}

/* The one when the other has failed, too. */
static void ask(struct sq_membership *m) {
        struct sq_error err, second;
        const char *failed = ask_associations(m, &err) ? "associations" : NULL;

        if (is_stopping(m))
                return;
        if (ask_privileges(m, &second) && !failed) {
                failed = "roles";
                err = second;
        }
        tell(m, failed, &err);
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
        m->slurm_user = config->slurm.user;
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
        sq_privileges_free(m->privileges);
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

int sq_membership_each_coordinated(struct sq_membership *m, const char *user,
                                   sq_membership_fn each, void *payload,
                                   struct sq_error *err) {
        size_t first = 0, n = 0;
        int rc = SQ_OK;

        pthread_rwlock_rdlock(&m->lock);
        if (m->privileges)
                n = sq_privileges_coordinated(m->privileges, user, &first);
        for (size_t i = first; i < first + n && !rc; i++)
                rc = each(sq_privileges_account(m->privileges, i), payload, err);
        pthread_rwlock_unlock(&m->lock);
        return rc;
}

/* --- roles ------------------------------------------------------------------------------ */

enum sq_role sq_membership_role(struct sq_membership *m, const char *user) {
        enum sq_role role = SQ_ROLE_USER;
        size_t first;

        if (!strcmp(user, "root") || !strcmp(user, m->slurm_user))
                return SQ_ROLE_ADMINISTRATOR;
        pthread_rwlock_rdlock(&m->lock);
        if (m->privileges) {
                role = sq_privileges_level(m->privileges, user);
                if (role < SQ_ROLE_COORDINATOR &&
                    sq_privileges_coordinated(m->privileges, user, &first))
                        role = SQ_ROLE_COORDINATOR;
        }
        pthread_rwlock_unlock(&m->lock);
        return role;
}

bool sq_membership_has(struct sq_membership *m, const char *user, const char *account) {
        bool has;

        pthread_rwlock_rdlock(&m->lock);
        has = m->associations && sq_associations_has(m->associations, user, account);
        pthread_rwlock_unlock(&m->lock);
        return has;
}

bool sq_membership_coordinates(struct sq_membership *m, const char *coordinator,
                               const char *account) {
        bool does;

        pthread_rwlock_rdlock(&m->lock);
        does = m->privileges &&
               sq_privileges_coordinates(m->privileges, coordinator, account);
        pthread_rwlock_unlock(&m->lock);
        return does;
}

bool sq_membership_coordinates_user(struct sq_membership *m, const char *coordinator,
                                    const char *user) {
        size_t first = 0, n = 0;
        bool does = false;

        pthread_rwlock_rdlock(&m->lock);
        if (m->privileges && m->associations)
                n = sq_associations_of(m->associations, user, &first);
        for (size_t i = first; i < first + n && !does; i++)
                does = sq_privileges_coordinates(m->privileges, coordinator,
                                                 sq_associations_account(m->associations, i));
        pthread_rwlock_unlock(&m->lock);
        return does;
}

static int each_level(const struct sq_privileges *p, enum sq_role wanted, sq_role_fn each,
                      void *payload) {
        const size_t n = sq_privileges_levels(p);
        int rc = 0;

        for (size_t i = 0; i < n && !rc; i++) {
                enum sq_role role;
                const char *user = sq_privileges_level_at(p, i, &role);

                if (role == wanted)
                        rc = each(role, user, NULL, payload);
        }
        return rc;
}

static int each_coordinator(const struct sq_privileges *p, sq_role_fn each, void *payload) {
        const size_t n = sq_privileges_coordinators(p);
        int rc = 0;

        for (size_t i = 0; i < n && !rc; i++)
                rc = each(SQ_ROLE_COORDINATOR, sq_privileges_coordinator(p, i),
                          sq_privileges_account(p, i), payload);
        return rc;
}

int sq_membership_each_role(struct sq_membership *m, sq_role_fn each, void *payload) {
        int rc = 0;

        pthread_rwlock_rdlock(&m->lock);
        if (m->privileges) {
                rc = each_level(m->privileges, SQ_ROLE_ADMINISTRATOR, each, payload);
                if (!rc)
                        rc = each_level(m->privileges, SQ_ROLE_OPERATOR, each, payload);
                if (!rc)
                        rc = each_coordinator(m->privileges, each, payload);
        }
        pthread_rwlock_unlock(&m->lock);
        return rc;
}
