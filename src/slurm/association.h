/* association.h - which users may work in which accounts, as slurmdbd knows it
 *
 * `sacctmgr -nP show associations format=user,account` tells all of them at once, for
 * every cluster and partition: the same pair comes as often as there are.  Accounts have
 * a line of their own, without a user.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct sq_associations;

/* Asks `program` ([slurm] sacctmgr); *ret is the caller's.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: sacctmgr failed (slurmdbd does not
 * answer), cannot be run or says more than can be (16 MiB); SQ_ENOMEM. */
int sq_associations_ask(const char *program, int64_t deadline, struct sq_associations **ret,
                        struct sq_error *err);

/* Those of one user alone.  SQ_EINVAL: that is no name. */
int sq_associations_ask_of(const char *program, const char *user, int64_t deadline,
                           struct sq_associations **ret, struct sq_error *err);

/* The same shape for `sacctmgr -nP show user format=user,defaultaccount`: of every user, or
 * of one, the account of jobs that name none. */
int sq_default_accounts_ask(const char *program, const char *user, int64_t deadline,
                            struct sq_associations **ret, struct sq_error *err);

/* The same shape for the tree of a cluster's accounts: "user" is an account, "account" its
 * parent.  `cluster` "": of all clusters.  SQ_EINVAL: that is no name. */
int sq_account_parents_ask(const char *program, const char *cluster, int64_t deadline,
                           struct sq_associations **ret, struct sq_error *err);

void sq_associations_free(struct sq_associations *associations);
SQ_DEFINE_CLEANUP(struct sq_associations *, sq_associations_free)

/* How many accounts `user` is in; *ret_first is the place of the first of them, which
 * stand behind each other by name. */
size_t sq_associations_of(const struct sq_associations *associations, const char *user,
                          size_t *ret_first);

/* The names at a place, lent. */
const char *sq_associations_account(const struct sq_associations *associations, size_t place);
const char *sq_associations_user(const struct sq_associations *associations, size_t place);

/* How many places there are. */
size_t sq_associations_count(const struct sq_associations *associations);

bool sq_associations_has(const struct sq_associations *associations, const char *user,
                         const char *account);

/* --- without running anything -------------------------------------------------- */

/* Nobody is in any account.  NULL: out of memory. */
struct sq_associations *sq_associations_new(void);

/* Names that were checked.  SQ_ERANGE: 64 MiB of them; SQ_ENOMEM. */
int sq_associations_add(struct sq_associations *associations, const char *user,
                        const char *account, struct sq_error *err);

/* One line of sacctmgr's output (sq_program_line_fn).  What is no pair of names is passed
 * over; SQ_ENOMEM. */
int sq_associations_take(const char *line, void *associations, struct sq_error *err);

/* After the last line, and before anybody is looked for. */
void sq_associations_settle(struct sq_associations *associations);
