/* event.h - what happened, for those who follow it */
#pragma once

#include "governor/record.h"

/* Kinds; the API's names. */
#define SQ_EVENT_OF_EVALUATION "slurm_policy_evaluation"
#define SQ_EVENT_OF_NOTIFICATION "policy_notification"
#define SQ_EVENT_OF_FIRING "slurm_policy_fired"
#define SQ_EVENT_OF_OPERATORS "slurm_account_hold"

/* Appends one; an id of 0 is nobody's.  In a transaction. */
void sq_event_append(struct sq_txn *txn, const char *kind, int64_t policy_id,
                     int64_t account_id, int64_t at, const char *text);

/* How long somebody may take to tell what he has begun with. */
#define SQ_EVENT_CLAIM_SECONDS 600

/* Calls `tell` for every event that nobody was told of before, the oldest first, and notes
 * that it was told, also when others do the same at this moment.  What `tell` returns when
 * not 0 ends it, and that event stays untold.  Who dies in between has told some that are
 * told again SQ_EVENT_CLAIM_SECONDS later.  No transaction is open while `tell` runs.
 * `tell`'s value, store failures, SQ_ENOMEM. */
int sq_event_tell(struct sq_ledger *ledger, int64_t now, sq_event_record_fn tell,
                  void *payload, struct sq_error *err);
