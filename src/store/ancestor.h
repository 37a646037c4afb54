/* ancestor.h - the database of an earlier program, and ours in its place
 *
 * Rackslab's slurm-quota left no version in its database: what it is shows in the
 * tables and columns that are there, which were added one after the other and so
 * stand in any order.  Its columns hold whatever SQLite was given, so values come
 * with their types.
 */
#pragma once

#include <stddef.h>

#include "store/store.h"

enum sq_ancestor_kind {
        SQ_ANCESTOR_RACKSLAB, /* slurm-quota 1, 2 or 3 of Rackslab */
        SQ_ANCESTOR_OLDER,    /* ours, of an earlier version */
        SQ_ANCESTOR_CURRENT   /* ours, as this program has it */
};

struct sq_ancestor_options {
        const char *path; /* absolute, and no symbolic link: SQLite's log is beside it */
        /* What is to become of it; the file may be the same.  NULL: it is only looked at,
         * and nobody is kept from writing.  Else both are locked until
         * sq_ancestor_close(), the old one against readers too; directory and lock file
         * of the store are prepared; and what an interrupted run left there is removed. */
        const struct sq_store_options *store;
};

struct sq_ancestor;

/* SQ_ENOTFOUND: no such file, or nothing in it; SQ_EVERSION: a database of another
 * program, or of a newer one; SQ_ECORRUPT; SQ_EBUSY: somebody uses it past the
 * deadline; SQ_EEXIST: there is another file at the store's path; SQ_EACCESS; SQ_EIO;
 * SQ_EINVAL.  *ret is the caller's. */
int sq_ancestor_open(const struct sq_ancestor_options *options, int64_t deadline,
                     struct sq_ancestor **ret, struct sq_error *err);
void sq_ancestor_close(struct sq_ancestor *ancestor);
SQ_DEFINE_CLEANUP(struct sq_ancestor *, sq_ancestor_close)

enum sq_ancestor_kind sq_ancestor_kind(const struct sq_ancestor *ancestor);

/* "slurm-quota 2", "schema version 1"; lent. */
const char *sq_ancestor_name(const struct sq_ancestor *ancestor);

/* --- what Rackslab's holds ------------------------------------------------------- */

enum sq_ancestor_table {
        SQ_ANCESTOR_USERS,        /* columns as of enum sq_ancestor_subject */
        SQ_ANCESTOR_ACCOUNTS,     /* the same */
        SQ_ANCESTOR_RESERVATIONS, /* enum sq_ancestor_reservation */
        SQ_ANCESTOR_FACTORS,      /* GPU type, factor */
        SQ_ANCESTOR_SETTINGS,     /* key, value */
        SQ_ANCESTOR_OPERATORS,    /* name */
        SQ_ANCESTOR_MANAGERS,     /* name */
        SQ_ANCESTOR_MANAGED,      /* manager's name, account */
        SQ_ANCESTOR_TABLES
};

/* Minutes, but for name and time. */
enum sq_ancestor_subject {
        SQ_OLD_NAME,
        SQ_OLD_CPU_CONSUMED,
        SQ_OLD_CPU_QUOTA,
        SQ_OLD_GPU_CONSUMED,
        SQ_OLD_GPU_QUOTA,
        SQ_OLD_UPDATED
};

enum sq_ancestor_reservation {
        SQ_OLD_UUID,
        SQ_OLD_USER,
        SQ_OLD_ACCOUNT,
        SQ_OLD_CPU, /* minutes of one task */
        SQ_OLD_GPU,
        SQ_OLD_TASKS,
        SQ_OLD_CREATED
};

#define SQ_ANCESTOR_COLUMNS 7 /* of the widest table */

enum sq_value_type {
        SQ_VALUE_ABSENT, /* that version has no such column */
        SQ_VALUE_NULL,
        SQ_VALUE_INTEGER,
        SQ_VALUE_REAL,
        SQ_VALUE_TEXT,
        SQ_VALUE_BYTES /* no text: binary, or with a NUL in it */
};

struct sq_value {
        enum sq_value_type type;
        int64_t integer;
        double real;
        const char *text; /* lent during the callback; NULL when it is none */
};

/* One row, its columns in the order of the enums above. */
typedef int (*sq_ancestor_row_fn)(const struct sq_value *column, void *payload,
                                  struct sq_error *err);

/* Calls `each` for every row, in the order of the first column; not once for a table
 * that this version does not have.  All tables are of one moment.  Stops with the
 * callback's value when that is not 0.  SQ_ECORRUPT, SQ_EBUSY, SQ_EIO. */
int sq_ancestor_each(struct sq_ancestor *ancestor, enum sq_ancestor_table table,
                     sq_ancestor_row_fn each, void *payload, struct sq_error *err);

/* --- the change ------------------------------------------------------------------ */

/* As sq_store_backup(). */
int sq_ancestor_backup(struct sq_ancestor *ancestor, const char *path, struct sq_error *err);

/* Where the new database is to be made: beside the store, "<path>.migrating".  PATH_MAX is
 * enough for `size`. */
void sq_ancestor_successor(const char *store_path, char *ret, size_t size);

/* Puts the finished successor, which nobody has open, at the path of the store, with
 * everything on the disk: there is a complete database under that path at every moment,
 * the old one or the new one.  What the old one has in its log goes into its file
 * before, for the log must not be taken for the new one's. */
int sq_ancestor_succeed(struct sq_ancestor *ancestor, struct sq_error *err);

/* Removes an unfinished successor and its log. */
void sq_ancestor_discard(const char *store_path);
