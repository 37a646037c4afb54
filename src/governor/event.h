/* event.h - what happened, for those who follow it */
#pragma once

#include "ledger/ledger.h"

/* Kinds; the API's names. */
#define SQ_EVENT_OF_EVALUATION "slurm_policy_evaluation"
#define SQ_EVENT_OF_NOTIFICATION "policy_notification"
#define SQ_EVENT_OF_FIRING "slurm_policy_fired"
#define SQ_EVENT_OF_OPERATORS "slurm_account_hold"

/* Appends one; an id of 0 is nobody's.  In a transaction. */
void sq_event_append(struct sq_txn *txn, const char *kind, int64_t policy_id,
                     int64_t account_id, int64_t at, const char *text);
