/* viewer.h - who sees where users and accounts stand
 *
 * With auth.anonymous_stats, the default, everybody does; else each sees what is his, and
 * operators everything.
 */
#pragma once

#include "ledger/ledger.h"
#include "server/answer.h"

/* Whose eyes these are, lent; NULL: they see everything. */
const struct sq_caller *sq_viewer_of(const struct sq_sources *sources,
                                     const struct sq_request *request);

bool sq_viewer_sees(const struct sq_caller *viewer, enum sq_subject_kind kind,
                    const char *name);

/* SQ_EACCESS: somebody else was asked for, by name. */
int sq_viewer_check(const struct sq_caller *viewer, enum sq_subject_kind kind,
                    const char *name, struct sq_error *err);
