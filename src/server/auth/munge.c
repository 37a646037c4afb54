#include "server/auth/munge.h"

#include <errno.h>
#include <munge.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "wire/payload.h"

/* A target of some kilobytes in base64, and what munged adds. */
#define CREDENTIAL_MAX 32768

/* Whatever time to live its maker gave it. */
#define AGE_MAX_SECONDS 60

/* How long a request waits.  An answer takes less than a millisecond. */
#define PATIENCE_NS (3 * SQ_NS_PER_SECOND)

/* Who has been working for so long is stuck: nobody waits behind him. */
#define STUCK_NS SQ_NS_PER_SECOND

/* How long the end waits for somebody who is stuck. */
#define FAREWELL_SECONDS 1

/* What munged says about one credential. */
struct answer {
        munge_err_t status;
        uid_t uid;
        time_t age;
        char *payload; /* NULL: none */
        int length;
        char complaint[160];
};

/* Belongs to who asks and to the thread: the second to let go frees it. */
struct question {
        struct question *next;
        char *credential;
        bool done, abandoned;
        struct answer answer;
};

struct sq_munge {
        const char *socket;
        pthread_t thread;
        pthread_mutex_t mutex; /* of all below */
        pthread_cond_t asked, answered;
        struct question *first;
        int64_t since; /* when work on one began; 0: there is none under way */
        bool stopping;
};

/* --- the thread ------------------------------------------------------------------------- */

static void ask(const char *socket, const char *credential, struct answer *ret) {
        munge_ctx_t ctx = munge_ctx_create();
        time_t made = 0, seen = 0;
        void *payload = NULL;
        gid_t gid;

        *ret = (struct answer){.status = EMUNGE_NO_MEMORY, .uid = (uid_t)-1};
        if (!ctx)
                return;
        ret->status = *socket ? munge_ctx_set(ctx, MUNGE_OPT_SOCKET, socket) : EMUNGE_SUCCESS;
        if (ret->status == EMUNGE_SUCCESS)
                ret->status = munge_decode(credential, ctx, &payload, &ret->length, &ret->uid,
                                           &gid);
        ret->payload = payload;
        if (ret->status == EMUNGE_SUCCESS) {
                (void)munge_ctx_get(ctx, MUNGE_OPT_ENCODE_TIME, &made);
                (void)munge_ctx_get(ctx, MUNGE_OPT_DECODE_TIME, &seen);
                ret->age = seen - made;
        } else {
                const char *why = munge_ctx_strerror(ctx);

                snprintf(ret->complaint, sizeof ret->complaint, "%s",
                         why ? why : munge_strerror(ret->status));
        }
        munge_ctx_destroy(ctx);
}

static void free_question(struct question *q) {
        free(q->credential);
        free(q->answer.payload);
        free(q);
}

/* The next one that somebody still waits for; NULL: it is time to end.  Locked. */
static struct question *next(struct sq_munge *m) {
        for (;;) {
                struct question *q = m->first;

                if (m->stopping)
                        return NULL;
                if (!q) {
                        pthread_cond_wait(&m->asked, &m->mutex);
                        continue;
                }
                m->first = q->next;
                if (!q->abandoned)
                        return q;
                free_question(q);
        }
}

static void *work(void *munge) {
        struct sq_munge *m = munge;
        struct question *q;

        pthread_mutex_lock(&m->mutex);
        while ((q = next(m))) {
                struct answer answer;

                m->since = sq_monotonic_ns();
                pthread_mutex_unlock(&m->mutex);
                ask(m->socket, q->credential, &answer);
                pthread_mutex_lock(&m->mutex);
                m->since = 0;
                q->answer = answer;
                q->done = true;
                if (q->abandoned)
                        free_question(q);
                else
                        pthread_cond_broadcast(&m->answered);
        }
        pthread_mutex_unlock(&m->mutex);
        return NULL;
}

/* --- life ------------------------------------------------------------------------------- */

int sq_munge_open(const char *socket, struct sq_munge **ret, struct sq_error *err) {
        struct sq_munge *m = calloc(1, sizeof *m);
        pthread_condattr_t monotonic;
        int failed;

        if (!m)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        m->socket = socket;
        pthread_mutex_init(&m->mutex, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&m->asked, &monotonic);
        pthread_cond_init(&m->answered, &monotonic);
        pthread_condattr_destroy(&monotonic);
        failed = pthread_create(&m->thread, NULL, work, m);
        if (failed) {
                free(m);
                return sq_fail(err, SQ_EIO, "could not start a thread: %s", strerror(failed));
        }
        *ret = m;
        return SQ_OK;
}

void sq_munge_close(struct sq_munge *m) {
        struct timespec until;

        if (!m)
                return;
        pthread_mutex_lock(&m->mutex);
        m->stopping = true;
        pthread_cond_broadcast(&m->asked);
        pthread_mutex_unlock(&m->mutex);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += FAREWELL_SECONDS;
        if (pthread_timedjoin_np(m->thread, NULL, &until)) {
                pthread_detach(m->thread);
                return;
        }
        while (m->first) {
                struct question *q = m->first;

                m->first = q->next;
                free_question(q);
        }
        pthread_cond_destroy(&m->asked);
        pthread_cond_destroy(&m->answered);
        pthread_mutex_destroy(&m->mutex);
        free(m);
}

/* --- who asks --------------------------------------------------------------------------- */

static struct question *new_question(const char *credential) {
        struct question *q = calloc(1, sizeof *q);

        if (q)
                q->credential = strdup(credential);
        if (q && !q->credential)
                free(SQ_TAKE(q));
        return q;
}

static void append(struct sq_munge *m, struct question *q) {
        struct question **last = &m->first;

        while (*last)
                last = &(*last)->next;
        *last = q;
}

static struct timespec at(int64_t ns) {
        return (struct timespec){.tv_sec = ns / SQ_NS_PER_SECOND,
                                 .tv_nsec = ns % SQ_NS_PER_SECOND};
}

/* False: there is no answer, and the question is not the caller's any more.  Locked. */
static bool wait_for(struct sq_munge *m, struct question *q) {
        const struct timespec until = at(sq_monotonic_ns() + PATIENCE_NS);

        while (!q->done)
                if (pthread_cond_timedwait(&m->answered, &m->mutex, &until) && !q->done) {
                        q->abandoned = true;
                        return false;
                }
        return true;
}

/* *ret_payload is the caller's to free. */
static int answer_of(struct sq_munge *m, const char *credential, struct answer *ret,
                     struct sq_error *err) {
        struct question *q = new_question(credential);
        bool answered = false;

        if (!q)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        pthread_mutex_lock(&m->mutex);
        if (m->since && sq_monotonic_ns() - m->since > STUCK_NS) {
                free_question(q);
        } else {
                append(m, q);
                pthread_cond_signal(&m->asked);
                answered = wait_for(m, q);
        }
        pthread_mutex_unlock(&m->mutex);
        if (!answered)
                return sq_fail(err, SQ_EBUSY, "munged does not answer");
        *ret = q->answer;
        q->answer.payload = NULL;
        free_question(q);
        return SQ_OK;
}

/* --- credentials ------------------------------------------------------------------------ */

static bool is_credential(const char *text) {
        const size_t n = strnlen(text, CREDENTIAL_MAX + 1);

        return n <= CREDENTIAL_MAX && n > strlen("MUNGE::") && !strncmp(text, "MUNGE:", 6) &&
               text[n - 1] == ':';
}

/* What people can do about it. */
static int refuse(const struct answer *answer, struct sq_error *err) {
        switch (answer->status) {
        case EMUNGE_CRED_EXPIRED:
                return sq_fail(err, SQ_EACCESS, "the credential has expired");
        case EMUNGE_CRED_REWOUND:
                return sq_fail(err, SQ_EACCESS, "the credential was made in the future: the"
                                                " clocks of the two hosts differ");
        case EMUNGE_CRED_REPLAYED:
                return sq_fail(err, SQ_EACCESS, "the credential was used before");
        case EMUNGE_CRED_UNAUTHORIZED:
                return sq_fail(err, SQ_EACCESS, "the credential is for somebody else");
        case EMUNGE_NO_MEMORY:
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        case EMUNGE_SOCKET:
        case EMUNGE_TIMEOUT:
        case EMUNGE_SNAFU:
        case EMUNGE_BAD_ARG:
                return sq_fail(err, SQ_EBUSY, "could not ask munged: %s", answer->complaint);
        default:
                return sq_fail(err, SQ_EACCESS, "the credential is not good");
        }
}

static int check_purpose(const struct answer *answer, const char *wanted,
                         struct sq_error *err) {
        if (answer->age > AGE_MAX_SECONDS)
                return sq_fail(err, SQ_EACCESS, "the credential has expired");
        if (!answer->payload || (size_t)answer->length != strlen(wanted) ||
            memcmp(answer->payload, wanted, (size_t)answer->length) != 0)
                return sq_fail(err, SQ_EACCESS, "the credential was made for another request");
        return SQ_OK;
}

int sq_munge_check(struct sq_munge *munge, const char *credential,
                   const struct sq_munge_purpose *purpose, uid_t *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *wanted = NULL;
        SQ_CLEANUP(sq_freep) char *payload = NULL;
        struct answer answer;
        int rc;

        if (!is_credential(credential))
                return sq_fail(err, SQ_EACCESS, "that is no credential of MUNGE");
        wanted = sq_payload_make(purpose->method, purpose->target, purpose->body,
                                 purpose->length);
        if (!wanted)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = answer_of(munge, credential, &answer, err);
        if (rc)
                return rc;
        payload = answer.payload;
        rc = answer.status == EMUNGE_SUCCESS ? check_purpose(&answer, wanted, err)
                                             : refuse(&answer, err);
        if (!rc)
                *ret = answer.uid;
        return rc;
}
