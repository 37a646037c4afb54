#include "reconcile/question.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>

#include "base/clock.h"
#include "ledger/reservation.h"

/* One sacct takes a tenth of a second; a slurmdbd that is rolling up, some seconds. */
#define SACCT_NS (10 * SQ_NS_PER_SECOND)

/* What slurmdbd has so long after the end of a job is all that it will have. */
#define SETTLED_SECONDS 300

int sq_question_ask(struct sq_questioner *q, const struct sq_run *run, struct sq_error *err) {
        const struct sq_sacct_question question = {
                .job_id = run->job_id,
                .array_job = run->array_job,
                .array_task = run->array_task,
                .submit_at = run->submit_at,
                .start_at = run->start_at,
                .end_at = run->end_at,
                .resized = run->resized,
                .rest = run->tasks <= 0,
                .settled = sq_now() - run->end_at > SETTLED_SECONDS,
        };

        return sq_sacct_ask(q->sacct, &question, sq_monotonic_ns() + SACCT_NS, &q->answer,
                            err);
}

/* Who it was, when Slurm's event did not tell: slurmdbd's word, else the passwd's, else
 * the number. */
static const char *find_user(struct sq_questioner *q, int64_t uid) {
        const struct passwd *entry;

        if (q->answer.user[0])
                return q->answer.user;
        if (uid < 0)
                return NULL;
        entry = getpwuid((uid_t)uid);
        if (entry)
                snprintf(q->user, sizeof q->user, "%s", entry->pw_name);
        else
                snprintf(q->user, sizeof q->user, "%" PRId64, uid);
        return q->user;
}

/* The times are the event's own, so that it makes no difference which way it came: but
 * of a size that a job gave up slurmctld tells only the end (it sets the beginning to
 * now before it calls jobcomp). */
int sq_question_complete(struct sq_questioner *q, struct sq_run *run, int64_t uid,
                         struct sq_error *err) {
        run->tres = q->answer.tres;
        if (q->answer.uuid[0])
                run->uuid = q->answer.uuid;
        if (run->tasks <= 0)
                run->tasks = q->answer.tasks;
        if (run->resized)
                run->start_at = q->answer.start_at;
        if (run->tres.n == 0 || run->start_at > run->end_at)
                run->start_at = 0; /* it never ran */
        if (!run->user)
                run->user = find_user(q, uid);
        if (!run->account && q->answer.account[0]) {
                sq_name_lower(q->answer.account, q->account, sizeof q->account);
                run->account = q->account;
        }
        if (!run->user || !run->account)
                return sq_fail(err, SQ_EINVAL, "job %" PRId64 " has no %s", run->job_id,
                               run->user ? "account" : "user");
        return SQ_OK;
}

int sq_question_answer(struct sq_questioner *q, int64_t until, struct sq_spooled *event,
                       struct sq_error *err) {
        int rc;

        if (sq_monotonic_ns() >= until)
                return sq_fail(err, SQ_EBUSY, "there was no time for more questions");
        rc = sq_question_ask(q, &event->run, err);
        return rc ? rc : sq_question_complete(q, &event->run, event->uid, err);
}
