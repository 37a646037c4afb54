#include "server/reader.h"

#include <pthread.h>

#include "base/clock.h"
#include "ledger/site.h"

/* Readers wait for nobody but somebody who repairs a broken log: after this, the client
 * should hear that something is wrong. */
#define PATIENCE_NS (2 * SQ_NS_PER_SECOND)

struct sq_readers {
        const struct sq_config *config;
        pthread_mutex_t mutex;
        size_t n, most;
        struct sq_ledger *idle[];
};

static int open_one(const struct sq_config *config, struct sq_ledger **ret,
                    struct sq_error *err) {
        return sq_ledger_open_site(config, SQ_STORE_READER, sq_monotonic_ns() + PATIENCE_NS,
                                   ret, err);
}

int sq_readers_open(const struct sq_config *config, size_t most, struct sq_readers **ret,
                    struct sq_error *err) {
        SQ_CLEANUP(sq_readers_closep) struct sq_readers *readers =
                calloc(1, sizeof *readers + most * sizeof readers->idle[0]);
        int rc;

        if (!readers)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        readers->config = config;
        readers->most = most;
        pthread_mutex_init(&readers->mutex, NULL);
        rc = open_one(config, &readers->idle[0], err);
        if (rc)
                return rc;
        readers->n = 1;
        *ret = SQ_TAKE(readers);
        return SQ_OK;
}

void sq_readers_close(struct sq_readers *readers) {
        if (!readers)
                return;
        for (size_t i = 0; i < readers->n; i++)
                sq_ledger_close(readers->idle[i]);
        pthread_mutex_destroy(&readers->mutex);
        free(readers);
}

/* NULL: all are in use. */
static struct sq_ledger *take_idle(struct sq_readers *readers) {
        struct sq_ledger *ledger = NULL;

        pthread_mutex_lock(&readers->mutex);
        if (readers->n)
                ledger = readers->idle[--readers->n];
        pthread_mutex_unlock(&readers->mutex);
        return ledger;
}

int sq_readers_take(struct sq_readers *readers, struct sq_ledger **ret,
                    struct sq_error *err) {
        struct sq_ledger *ledger;

        while ((ledger = take_idle(readers))) {
                if (sq_store_is_current(sq_ledger_store(ledger))) {
                        sq_readers_be_patient(ledger);
                        *ret = ledger;
                        return SQ_OK;
                }
                sq_ledger_close(ledger);
        }
        return open_one(readers->config, ret, err);
}

void sq_readers_be_patient(struct sq_ledger *ledger) {
        sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + PATIENCE_NS);
}

void sq_readers_give(struct sq_readers *readers, struct sq_ledger *ledger, bool failed) {
        pthread_mutex_lock(&readers->mutex);
        if (!failed && readers->n < readers->most) {
                readers->idle[readers->n++] = ledger;
                ledger = NULL;
        }
        pthread_mutex_unlock(&readers->mutex);
        sq_ledger_close(ledger);
}
