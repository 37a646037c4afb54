/* files.h - the files of a SQLite store: where they may be, whose they are
 * (private to this folder; docs/decisions/0003-files-and-modes.md) */
#pragma once

#include "store/store.h"

/* Checks the path, makes the directory (SQ_STORE_PERSON) and opens the lock
 * file beside the database (*ret_lock stays -1 for readers). */
int sq_sqlite_files_prepare(const struct sq_store_options *options, int *ret_lock,
                            struct sq_error *err);

/* Under the lock: makes an empty database file (SQ_STORE_PERSON) if there is
 * none. */
int sq_sqlite_files_create(const struct sq_store_options *options, struct sq_error *err);

/* Gives files that are there, and ours, the ownership and modes they should
 * have, as far as the caller may. */
void sq_sqlite_files_settle(const struct sq_store_options *options);

/* The error for a database that stat() did not find, `why` being its errno. */
int sq_sqlite_files_missing(const struct sq_store_options *options, int why,
                            struct sq_error *err);
