#include "server/everyone.h"

#include <pthread.h>

#include "base/clock.h"
#include "server/stats.h"

/* A version means something to the ledger that gave it only: it stays with the text. */
struct sq_everyone {
        struct sq_readers *readers;
        pthread_mutex_t mutex;
        struct sq_ledger *ledger; /* NULL: none yet, or it was not the one any more */
        int64_t version;          /* of the store when the text was begun */
        struct sq_body *body;     /* NULL: not written yet */
};

struct sq_everyone *sq_everyone_new(struct sq_readers *readers) {
        struct sq_everyone *everyone = calloc(1, sizeof *everyone);

        if (everyone) {
                everyone->readers = readers;
                pthread_mutex_init(&everyone->mutex, NULL);
        }
        return everyone;
}

/* Also after a failure: the next one begins anew. */
static void forget(struct sq_everyone *everyone) {
        if (everyone->ledger)
                sq_ledger_close(everyone->ledger);
        everyone->ledger = NULL;
        sq_body_release(everyone->body);
        everyone->body = NULL;
}

void sq_everyone_free(struct sq_everyone *everyone) {
        if (!everyone)
                return;
        forget(everyone);
        pthread_mutex_destroy(&everyone->mutex);
        free(everyone);
}

/* Sees to it that there is a text, and that it is that of now. */
static int renew(struct sq_everyone *e, struct sq_error *err) {
        struct sq_body *body = NULL;
        int64_t version;
        int rc = SQ_OK;

        if (e->ledger && !sq_store_is_current(sq_ledger_store(e->ledger)))
                forget(e);
        if (!e->ledger)
                rc = sq_readers_take(e->readers, &e->ledger, err);
        if (rc)
                return rc;
        sq_readers_be_patient(e->ledger);
        /* Before the reading: what is committed meanwhile makes it old again. */
        rc = sq_store_version(sq_ledger_store(e->ledger), &version, err);
        if (rc || (e->body && version == e->version))
                return rc;
        rc = sq_stats_write(e->ledger, NULL, NULL, "", "", &body, err);
        if (rc)
                return rc;
        sq_body_release(e->body);
        e->body = body;
        e->version = version;
        return SQ_OK;
}

int sq_everyone_get(struct sq_everyone *everyone, struct sq_body **ret, struct sq_error *err) {
        int rc;

        pthread_mutex_lock(&everyone->mutex);
        rc = renew(everyone, err);
        if (rc)
                forget(everyone);
        else
                *ret = sq_body_hold(everyone->body);
        pthread_mutex_unlock(&everyone->mutex);
        return rc;
}
