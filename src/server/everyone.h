/* everyone.h - the table of all users and accounts, written once for all who ask while
 * nothing changes
 *
 * Nobody gets an older picture than the store has when he asks: what is kept is used only
 * as long as the store says that nobody has committed since.
 */
#pragma once

#include "server/body.h"
#include "server/membership.h"
#include "server/reader.h"

struct sq_everyone;

/* NULL: out of memory.  Lends `readers`. */
struct sq_everyone *sq_everyone_new(struct sq_readers *readers);
void sq_everyone_free(struct sq_everyone *everyone);
SQ_DEFINE_CLEANUP(struct sq_everyone *, sq_everyone_free)

/* *ret is the caller's to release.  Store failures, SQ_ENOMEM. */
int sq_everyone_get(struct sq_everyone *everyone, struct sq_body **ret, struct sq_error *err);
