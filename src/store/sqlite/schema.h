/* schema.h - whose database it is (private to this folder) */
#pragma once

#include "store/ancestor.h"
#include "store/sqlite/connection.h"

/* Tells whose a database is and, of one of ours, the version of its schema, without
 * changing a byte.  SQ_EVERSION: another program's, or newer than this program;
 * SQ_ENOTFOUND: nothing is in it. */
int sq_sqlite_kind(struct sq_connection *c, enum sq_ancestor_kind *ret, int64_t *ret_version,
                   struct sq_error *err);
