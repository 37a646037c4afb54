#include "server/ticker.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "governor/tick.h"
#include "ledger/site.h"

/* Who started the service by asking it is answered first. */
#define FIRST_SECONDS 1

/* Behind somebody who kept the store longer than we waited. */
#define BUSY_SECONDS 10

/* How long we wait for the store, in steps after which we look whether we are to end. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)
#define STEP_NS (200 * SQ_NS_PER_MS)

struct sq_ticker {
        const struct sq_config *config;
        struct sq_readers *readers;
        sq_event_record_fn tell;
        sq_tell_fn complain;
        pthread_t thread;
        bool stopping;         /* atomic: the store looks at it, too */
        char said[256];        /* what was complained of last; "": all is well */

        pthread_mutex_t mutex; /* of the rest */
        pthread_cond_t wake;
        struct sq_ticker_state state;
};

static bool is_stopping(const struct sq_ticker *t) {
        return __atomic_load_n(&t->stopping, __ATOMIC_RELAXED);
}

/* --- one run ---------------------------------------------------------------------------- */

/* Where there is nothing to do nobody has to wait for us, and nobody needs the right to
 * write. */
static int look(struct sq_ticker *t, bool *ret_has_work, struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(t->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_tick_has_work(ledger, ret_has_work, err);
        sq_readers_give(t->readers, ledger, rc != SQ_OK);
        return rc;
}

/* As a hook does: where the database has gone, another one is nothing that we should make. */
static int open_ledger(struct sq_ticker *t, struct sq_ledger **ret, struct sq_error *err) {
        const int64_t until = sq_monotonic_ns() + PATIENCE_NS;
        int rc;

        do
                rc = sq_ledger_open_site(t->config, SQ_STORE_HOOK, sq_monotonic_ns() + STEP_NS,
                                         ret, err);
        while (rc == SQ_EBUSY && !is_stopping(t) && sq_monotonic_ns() < until);
        return rc;
}

static int run_once(struct sq_ticker *t, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        const struct sq_tick tick = {.config = t->config, .tell = t->tell,
                                     .stop = &t->stopping};
        bool has_work;
        int rc = look(t, &has_work, err);

        if (rc || !has_work)
                return rc;
        rc = open_ledger(t, &ledger, err);
        if (rc)
                return rc;
        rc = sq_tick(ledger, &tick, err);
        /* What we have left in the log is not to be the next hook's work. */
        sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + STEP_NS);
        if (!is_stopping(t) && sq_store_backlog(sq_ledger_store(ledger)))
                (void)!sq_store_checkpoint(sq_ledger_store(ledger), SQ_CHECKPOINT_KEEP, NULL);
        return rc;
}

/* --- the thread ------------------------------------------------------------------------- */

/* What is new to say. */
static void say(struct sq_ticker *t, int rc, const struct sq_error *err) {
        char line[sizeof err->text + 64];

        if (rc && strncmp(t->said, err->text, sizeof t->said - 1) != 0) {
                snprintf(line, sizeof line, "policies could not be looked after: %s",
                         err->text);
                t->complain(line);
        } else if (!rc && *t->said) {
                t->complain("policies are looked after again");
        }
        snprintf(t->said, sizeof t->said, "%s", rc ? err->text : "");
}

static void count(struct sq_ticker *t, int rc) {
        pthread_mutex_lock(&t->mutex);
        if (rc) {
                t->state.failed++;
        } else {
                t->state.complete++;
                t->state.completed_at = sq_now();
        }
        pthread_mutex_unlock(&t->mutex);
}

/* False: it is time to end. */
static bool wait_seconds(struct sq_ticker *t, int64_t seconds) {
        struct timespec until;

        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += seconds;
        pthread_mutex_lock(&t->mutex);
        while (!is_stopping(t) && !pthread_cond_timedwait(&t->wake, &t->mutex, &until))
                ;
        pthread_mutex_unlock(&t->mutex);
        return !is_stopping(t);
}

static void *run(void *ticker) {
        struct sq_ticker *t = ticker;
        const int64_t interval = t->config->policy.tick_seconds;
        int64_t next = FIRST_SECONDS;

        while (wait_seconds(t, next)) {
                struct sq_error err = {.text = ""};
                const int rc = run_once(t, &err);

                if (is_stopping(t))
                        break; /* it may have been cut short by that alone */
                count(t, rc);
                say(t, rc, &err);
                next = rc == SQ_EBUSY && interval > BUSY_SECONDS ? BUSY_SECONDS : interval;
        }
        return NULL;
}

int sq_ticker_start(const struct sq_config *config, struct sq_readers *readers,
                    sq_event_record_fn tell, sq_tell_fn complain, struct sq_ticker **ret,
                    struct sq_error *err) {
        struct sq_ticker *t;
        pthread_condattr_t monotonic;
        int rc;

        *ret = NULL;
        if (!config->policy.tick_seconds)
                return SQ_OK;
        t = calloc(1, sizeof *t);
        if (!t)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        t->config = config;
        t->readers = readers;
        t->tell = tell;
        t->complain = complain;
        pthread_mutex_init(&t->mutex, NULL);
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&t->wake, &monotonic);
        pthread_condattr_destroy(&monotonic);
        rc = pthread_create(&t->thread, NULL, run, t);
        if (rc) {
                free(t);
                return sq_fail(err, SQ_EIO, "could not start a thread: %s", strerror(rc));
        }
        *ret = t;
        return SQ_OK;
}

void sq_ticker_finish(struct sq_ticker *t) {
        if (!t)
                return;
        pthread_mutex_lock(&t->mutex);
        __atomic_store_n(&t->stopping, true, __ATOMIC_RELAXED);
        pthread_cond_signal(&t->wake);
        pthread_mutex_unlock(&t->mutex);
}

void sq_ticker_stop(struct sq_ticker *t) {
        if (!t)
                return;
        sq_ticker_finish(t);
        pthread_join(t->thread, NULL);
        pthread_cond_destroy(&t->wake);
        pthread_mutex_destroy(&t->mutex);
        free(t);
}

struct sq_ticker_state sq_ticker_state(struct sq_ticker *t) {
        struct sq_ticker_state state;

        pthread_mutex_lock(&t->mutex);
        state = t->state;
        pthread_mutex_unlock(&t->mutex);
        return state;
}
