/* privilege.h - who is operator, administrator or coordinator, as slurmdbd knows it
 *
 * Two questions: `sacctmgr -nP show user format=user,adminlevel` prints "alice|Operator",
 * with None, Operator or Administrator; `sacctmgr -nP show account withcoord
 * format=account,coord` prints "physics|alice,bob".  Coordinators of an account are
 * coordinators of all accounts below it, and slurmdbd names them there itself (seen on
 * 22.05: a coordinator of the parent is in the line of the grandchild).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/role.h"

struct sq_privileges;

/* Asks `program` ([slurm] sacctmgr); *ret is the caller's.  Both answers or none.
 * SQ_EBUSY: no answer until `deadline`; SQ_EIO: sacctmgr failed, cannot be run or says more
 * than can be (16 MiB); SQ_ENOMEM. */
int sq_privileges_ask(const char *program, int64_t deadline, struct sq_privileges **ret,
                      struct sq_error *err);

void sq_privileges_free(struct sq_privileges *privileges);
SQ_DEFINE_CLEANUP(struct sq_privileges *, sq_privileges_free)

/* Administrator, operator, or user: whoever is nothing more.  Coordinators are users
 * here. */
enum sq_role sq_privileges_level(const struct sq_privileges *privileges, const char *user);

/* How many accounts `user` coordinates; *ret_first is the place of the first, which stand
 * behind each other by name. */
size_t sq_privileges_coordinated(const struct sq_privileges *privileges, const char *user,
                                 size_t *ret_first);
bool sq_privileges_coordinates(const struct sq_privileges *privileges, const char *user,
                               const char *account);

/* All of them, by user: `coordinators` places, one for each user and account. */
size_t sq_privileges_coordinators(const struct sq_privileges *privileges);
const char *sq_privileges_coordinator(const struct sq_privileges *privileges, size_t place);
const char *sq_privileges_account(const struct sq_privileges *privileges, size_t place);

/* All who have a level above the others, by name. */
size_t sq_privileges_levels(const struct sq_privileges *privileges);
const char *sq_privileges_level_at(const struct sq_privileges *privileges, size_t place,
                                   enum sq_role *ret_role);

/* --- without running anything, for tests -------------------------------------- */

/* Nobody is anything.  NULL: out of memory. */
struct sq_privileges *sq_privileges_new(void);

/* A line of the first and of the second answer (sq_program_line_fn).  What cannot be names
 * is passed over; SQ_ENOMEM. */
int sq_privileges_take_level(const char *line, void *privileges, struct sq_error *err);
int sq_privileges_take_account(const char *line, void *privileges, struct sq_error *err);

/* After the last line, and before anybody is looked for. */
void sq_privileges_settle(struct sq_privileges *privileges);
