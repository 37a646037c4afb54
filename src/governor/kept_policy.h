/* kept_policy.h - the policies of a site, in its ledger's store
 *
 * Every change is an entry of kind "policy" with actor and reason, which keeps the policy
 * before and after it as JSON.  Policies are found by UUID or by name.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/budget.h"
#include "policy/policy.h"

#define SQ_CREATOR_SIZE 600

struct sq_kept_policy {
        int64_t id;
        int64_t created_at, changed_at; /* UTC seconds */
        char created_by[SQ_CREATOR_SIZE];
        bool has_fired;       /* an account is at one of its thresholds */
        int64_t fired_at;     /* when that changed; 0: never */
        int64_t evaluated_at; /* the last whole run; 0: never */
        int64_t revision;     /* another one after each change of the policy */
        struct sq_policy policy; /* uuid and name are set */
};

/* Keeps a new one, under a new UUID (that of `policy` when it has one); without a name it
 * gets its cluster's.  Creating the database when there is none.
 * SQ_EINVAL: it is not complete (sq_policy_check_complete()), or the UUID is none;
 * SQ_EEXIST: its name or UUID is taken, or one for accounts of the same cluster is there:
 * each account has one policy. */
int sq_kept_policy_create(struct sq_ledger *ledger, const struct sq_policy *policy,
                          const struct sq_actor *actor, char ret_uuid[SQ_UUID_SIZE],
                          struct sq_error *err);

/* Makes it `policy`, but for the UUID.  `revision`: of which that was made, so that nobody's
 * change is lost; 0: of none.  SQ_EBUSY: somebody has changed it since then; SQ_ENOTFOUND,
 * and as above. */
int sq_kept_policy_replace(struct sq_ledger *ledger, const char *which,
                           const struct sq_policy *policy, int64_t revision,
                           const struct sq_actor *actor, struct sq_error *err);

/* Away with it: what it held back is free, and so are its accounts in Slurm once the plan
 * for that is carried out.  Its logs stay.  SQ_ENOTFOUND. */
int sq_kept_policy_delete(struct sq_ledger *ledger, const char *which,
                          const struct sq_actor *actor, struct sq_error *err);

/* *ret is the caller's, for free().  SQ_ENOTFOUND; SQ_ENOMEM. */
int sq_kept_policy_find(struct sq_ledger *ledger, const char *which,
                        struct sq_kept_policy **ret, struct sq_error *err);

/* More than one site needs for its clusters. */
#define SQ_POLICIES_MOST 1000

/* All of them, by name: an array of *ret_n, the caller's, of each for free() and of its
 * own (sq_kept_policies_free()). */
int sq_kept_policies_read(struct sq_ledger *ledger, struct sq_kept_policy ***ret,
                          size_t *ret_n, struct sq_error *err);
/* The same without those that are damaged in the database: *ret_damage is SQ_OK or SQ_ECORRUPT,
 * and then *damage says what is wrong with the first of them. */
int sq_kept_policies_read_sound(struct sq_ledger *ledger, struct sq_kept_policy ***ret,
                                size_t *ret_n, int *ret_damage, struct sq_error *damage,
                                struct sq_error *err);

void sq_kept_policies_free(struct sq_kept_policy **policies, size_t n);
