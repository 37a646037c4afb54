/* question.h - completes what jobcomp/script told with what slurmdbd knows
 *
 * slurmctld gives a script neither what a job had nor its admin_comment.  What slurmdbd
 * could not tell in time waits in the spool as a question (ledger/spool.h).
 */
#pragma once

#include "ledger/charge.h"
#include "ledger/spool.h"
#include "slurm/sacct.h"

/* Where an answer is kept; texts of a completed run point into it. */
struct sq_questioner {
        const char *sacct; /* the program */
        struct sq_sacct_run answer;
        char user[SQ_NAME_SIZE], account[SQ_NAME_SIZE];
};

/* Asks slurmdbd about `run`.  Fails as sq_sacct_ask(). */
int sq_question_ask(struct sq_questioner *q, const struct sq_run *run, struct sq_error *err);

/* Completes `run` with the answer.  `uid` is the user's, -1 when that is not known.
 * SQ_EINVAL: it has no user or no account. */
int sq_question_complete(struct sq_questioner *q, struct sq_run *run, int64_t uid,
                         struct sq_error *err);

/* Both, once, for a question of the spool: what a sq_spool_complete_fn has to do.
 * SQ_EBUSY from `until` on, without asking. */
int sq_question_answer(struct sq_questioner *q, int64_t until, struct sq_spooled *event,
                       struct sq_error *err);
