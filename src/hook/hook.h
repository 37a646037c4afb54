/* hook.h - what happens when slurmctld asks or tells us something
 *
 * Pricing and the ledger brought together, with what slurmctld needs around
 * them: a deadline for every call, a policy for when the store does not answer,
 * a spool for what could not be booked, and a log that does not storm.  Plain C
 * without Lua: src/lua calls it inside slurmctld, slurm-quota charge outside.
 *
 * A hook belongs to one thread at a time.  Nothing here is static: slurmctld
 * unloads the module whenever it reads its script again.
 */
#pragma once

#include <stdbool.h>

#include "base/config.h"
#include "base/counter.h"
#include "ledger/charge.h"
#include "ledger/reservation.h"
#include "slurm/request.h"

struct sq_hook;

/* sbatch, srun and salloc print the text as one line. */
#define SQ_ANSWER_MAX 300

/* What slurmctld is to do. */
struct sq_answer {
        bool refused;
        char text[SQ_ANSWER_MAX + 1]; /* why, for the user, when refused */
};

/* `config_path` NULL: where configuration is by default.  Always gives a hook: a
 * configuration that cannot be read is a failure of the store, tried again
 * later.  SQ_ENOMEM is the only error. */
int sq_hook_new(const char *config_path, struct sq_hook **ret, struct sq_error *err);
void sq_hook_free(struct sq_hook *hook);
SQ_DEFINE_CLEANUP(struct sq_hook *, sq_hook_free)

/* Must be called at the start of every event: looks whether the configuration
 * changed, starts the clock of the deadline. */
void sq_hook_begin(struct sq_hook *hook);

/* Must be called at its end, whatever came out: counts how long it took. */
void sq_hook_end(struct sq_hook *hook, enum sq_timer event);

/* The configuration in force; defaults when the file cannot be read. */
const struct sq_config *sq_hook_config(const struct sq_hook *hook);

/* What the pricing needs to know of the site; lent. */
const struct sq_site *sq_hook_site(const struct sq_hook *hook);

/* The cluster's name, from the configuration or slurm.conf; lent. */
const char *sq_hook_cluster(const struct sq_hook *hook);

/* The login name of `uid`, remembered; the number itself when nobody has it. */
const char *sq_hook_user_name(struct sq_hook *hook, int64_t uid);

/* A job as the hook sees it before Slurm has an id for it. */
struct sq_submission {
        const char *user;
        const char *account; /* in any case */
        const struct sq_price *price;
};

/* What is held for a job that Slurm has an id for. */
struct sq_holding {
        char uuid[SQ_UUID_SIZE];
        bool known;          /* the store has it, */
        struct sq_tres tres; /* and this is what one task holds */
};

/* Checks and holds; ret_uuid names the reservation when it is not refused. */
void sq_hook_submit(struct sq_hook *hook, const struct sq_submission *job,
                    char ret_uuid[SQ_UUID_SIZE], struct sq_answer *ret);

/* Finds what is held for a job, by what it is bound to or by its comment; false when
 * there is no reservation that could be its. */
bool sq_hook_find(struct sq_hook *hook, const struct sq_job_key *job, struct sq_holding *ret);

/* Changes what is held under `uuid` to the job as it will be, and binds it to it. */
void sq_hook_modify(struct sq_hook *hook, const struct sq_submission *job, const char *uuid,
                    const struct sq_job_key *key, struct sq_answer *ret);

/* Books the end of a run, or spools it.  `allocated` is what it held, as Slurm
 * writes it (tres_fmt_alloc_str, AllocTRES); NULL or empty when it never started,
 * and then it costs nothing.  `run` is completed with it. */
void sq_hook_complete(struct sq_hook *hook, struct sq_run *run, const char *allocated);

/* An answer for a job that has no account or cannot be priced; `event` is SQ_TIMER_SUBMIT
 * or SQ_TIMER_MODIFY. */
void sq_hook_refuse(struct sq_hook *hook, enum sq_timer event, enum sq_reason reason,
                    const struct sq_error *err, struct sq_answer *ret);

/* The line to log, if any, once: true when `ret` was set (lent until the next
 * event).  *ret_error tells an error from information. */
bool sq_hook_take_log(struct sq_hook *hook, const char **ret, bool *ret_error);
