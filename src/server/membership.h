/* membership.h - the accounts and the roles of users, asked of Slurm behind the requests'
 * back
 *
 * A thread of its own asks sacctmgr for all users at once, now and then.  Requests take
 * what was answered last and never wait.
 */
#pragma once

#include "base/config.h"
#include "base/role.h"

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

/* The same for the accounts that `user` coordinates. */
int sq_membership_each_coordinated(struct sq_membership *membership, const char *user,
                                   sq_membership_fn each, void *payload,
                                   struct sq_error *err);

/* --- roles ---------------------------------------------------------------------------- */

/* Of somebody whose name is known: never less than a user.  root and slurm.user are
 * administrators whatever Slurm says; of all others Slurm's word counts, and they are
 * users as long as it has said none. */
enum sq_role sq_membership_role(struct sq_membership *membership, const char *user);

/* Whether `user` is in `account`. */
bool sq_membership_has(struct sq_membership *membership, const char *user,
                       const char *account);

/* Whether `coordinator` coordinates `account`, or one of the accounts that `user` is in. */
bool sq_membership_coordinates(struct sq_membership *membership, const char *coordinator,
                               const char *account);
bool sq_membership_coordinates_user(struct sq_membership *membership,
                                    const char *coordinator, const char *user);

/* Calls `each` for everybody whom slurmdbd has made administrator or operator, with no
 * account, and for each account of each coordinator; in the order of names in each of the
 * three.  Stops with its value when that is not 0. */
typedef int (*sq_role_fn)(enum sq_role role, const char *user, const char *account,
                          void *payload);
int sq_membership_each_role(struct sq_membership *membership, sq_role_fn each,
                            void *payload);
