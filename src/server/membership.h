/* membership.h - the accounts of users, asked of Slurm behind the requests' back
 *
 * A thread of its own asks sacctmgr for all users at once, now and then.  Requests take
 * what was answered last and never wait.
 */
#pragma once

#include "base/config.h"

struct sq_membership;

/* Tells people something; called from any thread. */
typedef void (*sq_tell_fn)(const char *line);

/* Begins to ask.  `complain` is told when sacctmgr fails, and when it has recovered. */
int sq_membership_start(const struct sq_config *config, sq_tell_fn complain,
                        struct sq_membership **ret, struct sq_error *err);

/* Ends the thread; a sacctmgr that is running is waited for, some seconds at most. */
void sq_membership_stop(struct sq_membership *membership);
SQ_DEFINE_CLEANUP(struct sq_membership *, sq_membership_stop)

typedef int (*sq_membership_fn)(const char *account, void *payload, struct sq_error *err);

/* Calls `each` for the accounts of `user`, by name; stops with its value when that is not
 * 0.  *ret_known is false when Slurm has not answered yet, or not named the user. */
int sq_membership_each(struct sq_membership *membership, const char *user,
                       sq_membership_fn each, void *payload, bool *ret_known,
                       struct sq_error *err);
