/* outbox.h - plans that wait to be carried out
 *
 * A plan is written in the transaction of the decision that it comes of, and stays until
 * somebody says how it went: none is lost, and none is carried out that was not decided.  A
 * newer plan of an account takes the place of one that nobody has begun with.
 */
#pragma once

#include "governor/held_account.h"
#include "governor/kept_policy.h"
#include "governor/plan_text.h"

/* What a plan is about, for telling whether another one is needed: its values, without
 * what differs from one moment to the next.  Returns `text`. */
#define SQ_PLAN_KEY_SIZE (3 * SQ_TRES_TEXT_SIZE + SQ_QOS_NAME_SIZE + 64)
char *sq_plan_key(const struct sq_evaluation *evaluation, const struct sq_qos_names *names,
                  char text[SQ_PLAN_KEY_SIZE]);

/* Adds the plan of an evaluation, with its commands to the history; *ret is its id. */
int sq_outbox_add(struct sq_txn *txn, const struct sq_kept_policy *kept,
                  const struct sq_held_account *account, const struct sq_evaluation *evaluation,
                  const struct sq_qos_names *names, int64_t now, int64_t *ret,
                  struct sq_error *err);

/* Adds one for an account that its policy has let go of: without the limits that the policy
 * set, and, where it enforced by QoS, at `level` of an operator's hold.  Nothing to do: none
 * is added. */
int sq_outbox_add_release(struct sq_txn *txn, const struct sq_kept_policy *kept,
                          int64_t account_id, const char *account,
                          const struct sq_limited *limited, enum sq_level level, int64_t now,
                          struct sq_error *err);

/* Adds one that is about nothing but the QoS, for an account without a policy. */
int sq_outbox_add_level(struct sq_txn *txn, int64_t account_id, const char *account,
                        enum sq_level level, int64_t now, struct sq_error *err);

/* The UUID of the plan of an account that the policy asked for last and nobody has reported
 * on.  SQ_ENOTFOUND: there is none. */
int sq_outbox_waiting(struct sq_ledger *ledger, int64_t policy_id, const char *account,
                      char ret[SQ_UUID_SIZE], struct sq_error *err);

/* How a plan went. */
struct sq_plan_report {
        const char *uuid; /* the plan's */
        bool success;
        const char *error_message; /* NULL: none */
        const char *mode;          /* "production" or "emulator" */
        const char *answer;        /* JSON, whole; NULL: there is none */
};

/* Keeps it, for the plan, its commands and the evaluation.  After a failure the next
 * evaluation asks for it again, with the reset of the usage.  SQ_ENOTFOUND; reporting twice
 * changes nothing. */
int sq_outbox_report(struct sq_ledger *ledger, const struct sq_plan_report *report,
                     struct sq_error *err);
