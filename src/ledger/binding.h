/* binding.h - which job a reservation belongs to (private to the ledger)
 *
 * At submission a job has no id yet: its reservation is provisional, and the UUID in
 * the job's admin_comment is all that leads to it.  The first event that shows both
 * binds them; from then on the comment may be overwritten.
 */
#pragma once

#include "base/uuid.h"
#include "store/store.h"

/* A job as an event describes it. */
struct sq_job {
        int64_t cluster_id;  /* 0: one that the ledger has never seen */
        int64_t job_id;      /* of an array: the array's */
        int64_t submit_at;
        bool maybe_later;    /* a later run, or a task of an array: it may have been
                                submitted earlier than this event says */
        const char *comment; /* the UUID in its comment; NULL: none */
};

/* The reservation of a job: the one bound to it; else the one that its comment names,
 * unless that is bound to another job; else, for a later run, what is bound to the
 * same job id from before.  "" when there is none.  *ret_bound: it is bound to this
 * job id (as submitted then or before). */
void sq_binding_find(struct sq_txn *txn, const struct sq_job *job,
                     char ret_uuid[SQ_UUID_SIZE], bool *ret_bound);

/* Binds a reservation that is bound to nothing. */
void sq_binding_make(struct sq_txn *txn, const char *uuid, const struct sq_job *job);

/* Forgets the job of a reservation of which nothing is left. */
void sq_binding_drop(struct sq_txn *txn, const char *uuid);
