/* store.h - the port to SQL
 *
 * The ledger speaks to one store and knows neither the engine nor its file.
 * What a second engine must provide is struct sq_engine (engine.h).
 *
 * All SQL that passes through here is the common subset of SQLite 3.34 and
 * MariaDB 10.5: `?` parameters in order, no RETURNING, no ON CONFLICT.  Rows
 * that a transaction reads in order to change them carry the comment
 * SQ_FOR_UPDATE at the end of the SELECT: an engine that locks rows replaces
 * it, SQLite (one writer at a time) reads over it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

#define SQ_FOR_UPDATE " /*+for update*/"

struct sq_store;
struct sq_txn;
struct sq_query;

/* What the caller is, which decides what opening may do. */
enum sq_store_use {
        SQ_STORE_HOOK,   /* inside slurmctld: never creates, never migrates */
        SQ_STORE_PERSON, /* a command that changes things: creates and migrates */
        SQ_STORE_READER  /* a command that only looks */
};

/* When a committed transaction is on the disk. */
enum sq_durability {
        SQ_DURABLE_SOON, /* survives a crash of the process; a power cut may take
                            the last moments (hooks: no fsync) */
        SQ_DURABLE_NOW   /* survives everything (what a person entered) */
};

struct sq_store_options {
        const char *path;        /* absolute */
        enum sq_store_use use;
        const char *owner;       /* user whom the files belong to (SlurmUser) */
        bool world_readable;     /* files 0644 instead of 0640 */
};

/* Opens the store.  SQ_STORE_PERSON creates the directory, the database and its
 * tables when they are missing and applies outstanding migrations, with the
 * ownership and modes of docs/decisions/0003-files-and-modes.md.
 * Fails with SQ_ENOTFOUND (no database), SQ_EVERSION (schema older or newer than
 * this program, or a database of slurm-quota 1.x/2.x), SQ_ECORRUPT (not a
 * database), SQ_EACCESS (may not read or write it), SQ_EBUSY (locked past the
 * deadline), SQ_EINVAL (path not absolute or on a network file system),
 * SQ_EIO, SQ_ENOMEM.  *ret is the caller's, for sq_store_close(). */
int sq_store_open(const struct sq_store_options *options, int64_t deadline,
                  struct sq_store **ret, struct sq_error *err);

/* Closes; NULL is allowed.  A store that came through fork() is dropped without
 * touching the parent's locks. */
void sq_store_close(struct sq_store *store);
SQ_DEFINE_CLEANUP(struct sq_store *, sq_store_close)

/* False when the database under the path is no longer the one that was opened
 * (deleted, replaced), or this process is not the one that opened it: close and
 * open again. */
bool sq_store_is_current(const struct sq_store *store);

/* Until when (CLOCK_MONOTONIC nanoseconds, see base/clock.h) the calls that
 * follow may wait or compute; afterwards they fail with SQ_EBUSY. */
void sq_store_set_deadline(struct sq_store *store, int64_t deadline);

/* From then on everything fails with SQ_EBUSY once *stop is true, which another thread may
 * set (__atomic_store_n): no transaction begins, and one that waits or computes ends within a
 * millisecond.  NULL: nobody stops it.  Lent. */
void sq_store_set_stop(struct sq_store *store, const bool *stop);

/* The body of a transaction.  It may be run again from the start when the
 * engine asks for it (deadlock): it must set its results afresh each time. */
typedef int (*sq_work_fn)(struct sq_txn *txn, void *context, struct sq_error *err);

/* Runs `work` in one transaction: all of it happens or nothing.  Returns what
 * work returned, or the first failure of any statement in it (sticky: the
 * statements after it did nothing). */
int sq_store_write(struct sq_store *store, enum sq_durability durability, sq_work_fn work,
                   void *context, struct sq_error *err);

/* The same with a consistent picture and no right to change anything. */
int sq_store_read(struct sq_store *store, sq_work_fn work, void *context,
                  struct sq_error *err);

enum sq_checkpoint {
        SQ_CHECKPOINT_KEEP, /* the log's file stays as long as it is, to be used again */
        SQ_CHECKPOINT_EMPTY /* it is emptied, if nobody reads in it: where processes come
                               and go, the next one has to read all of it first */
};

/* Moves what is in the write-ahead log into the database (may fsync: never call
 * it from a hook without need).  SQ_EBUSY is harmless: somebody else does it. */
int sq_store_checkpoint(struct sq_store *store, enum sq_checkpoint how,
                        struct sq_error *err);

/* For how many nanoseconds one transaction has kept other writers out at most, since the
 * store was opened. */
int64_t sq_store_longest_lock(const struct sq_store *store);

/* Pages waiting in the write-ahead log after the last commit of this store. */
int64_t sq_store_backlog(const struct sq_store *store);

/* *ret is another number than the last time when somebody else has committed since, as
 * seen through this very store: numbers of two stores have nothing to do with each other.
 * SQ_EBUSY, SQ_EIO, SQ_ECORRUPT, SQ_ENOMEM. */
int sq_store_version(struct sq_store *store, int64_t *ret, struct sq_error *err);

/* Reads all of the database and looks whether it is what an engine has written; minutes
 * for a large one: set the deadline.  SQ_ECORRUPT, with the first of what is wrong;
 * SQ_EBUSY, SQ_EIO, SQ_ENOMEM. */
int sq_store_check(struct sq_store *store, struct sq_error *err);

struct sq_store_about {
        char engine[48];    /* "SQLite 3.40.1" */
        const char *caveat; /* what is known to be wrong with that version; NULL: nothing */
};

/* What the engine of all stores is. */
void sq_store_about(struct sq_store_about *ret);

/* Copies the database as it is at one moment into a new file (absolute path), which
 * belongs to whom the database does, with its mode.  Writers do not wait for it.  The
 * file appears under its name when it is complete and on the disk; until then it is
 * PATH.part, and after a failure nothing.  Minutes for a large one: set the deadline.
 * SQ_EEXIST: there is such a file (or its .part) already; SQ_EINVAL, SQ_EACCESS,
 * SQ_EIO (no room, too), SQ_EBUSY (the deadline). */
int sq_store_backup(struct sq_store *store, const char *path, struct sq_error *err);

/* For who writes one transaction after the other: lets those have their turn who wait
 * for the store, by sleeping a moment. */
void sq_store_give_way(const struct sq_store *store);

/* --- inside a transaction ------------------------------------------------- */

/* Starts a statement.  `sql` must be a string constant: its address is the key
 * under which the prepared form is kept.  `types` has a letter per `?`:
 * 'i' int64_t, 's' const char * (NULL is SQL NULL; must stay valid until the
 * statement is done).  One run of the same `sql` at a time.
 * Never NULL; after a failure in the transaction it yields no rows. */
struct sq_query *sq_query(struct sq_txn *txn, const char *sql, const char *types, ...);

/* The next row; false at the end or on failure. */
bool sq_query_next(struct sq_query *query);

int64_t sq_query_int(struct sq_query *query, int column);

/* Lent until the next call on `query`; NULL for SQL NULL. */
const char *sq_query_text(struct sq_query *query, int column);

/* Ends a statement whose rows were not read to the end. */
void sq_query_done(struct sq_query *query);

/* Runs a statement that yields no rows; returns how many it changed, 0 on
 * failure. */
int64_t sq_run(struct sq_txn *txn, const char *sql, const char *types, ...);

/* The id that the last INSERT gave. */
int64_t sq_txn_last_id(struct sq_txn *txn);

/* Whether it is one of sq_store_read(), in which nothing may be changed. */
bool sq_txn_is_picture(const struct sq_txn *txn);

/* Another number for each attempt at a transaction of a store: what was remembered under
 * another one may be out of date. */
int64_t sq_txn_number(const struct sq_txn *txn);

/* The first failure in this transaction, SQ_OK when there was none. */
int sq_txn_status(const struct sq_txn *txn);
