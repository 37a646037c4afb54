/* connection.h - one open SQLite database and the lock beside it (private to
 * this folder) */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/engine.h"

struct sq_connection {
        sqlite3 *db;
        char *path;
        dev_t device; /* of the file that was opened */
        ino_t inode;
        int lock_fd;  /* the sidecar; -1 for readers */
        bool locked;
        int64_t deadline;
        const bool *stop; /* of another thread; NULL: there is none */
        bool bracket; /* in BEGIN, COMMIT or ROLLBACK: not to be interrupted */
        int64_t backlog; /* pages in the WAL after the last commit */
        enum sq_durability durability;
        sqlite3_stmt *begin_write, *begin_read, *commit, *rollback;
        sqlite3_stmt *version; /* NULL until it is asked for */
};

/* The error of the last call on `db`, as our code and text. */
int sq_sqlite_error(sqlite3 *db, const char *path, const char *what, struct sq_error *err);

/* The number that `sql` gives; `what` begins the text of an error, as above. */
int sq_sqlite_number(struct sq_connection *c, const char *sql, const char *what, int64_t *ret,
                     struct sq_error *err);

/* Takes / gives back the writers' lock.  SQ_EBUSY after the deadline. */
int sq_sqlite_lock(struct sq_connection *c, struct sq_error *err);
void sq_sqlite_unlock(struct sq_connection *c);

/* Whether the deadline has come, or somebody's word to stop. */
bool sq_sqlite_is_over(const struct sq_connection *c);

/* Sleeps a moment, a little longer each time and never past the deadline; false
 * when it is over. */
bool sq_sqlite_wait(const struct sq_connection *c, int round);

/* Sleeps long enough for a waiting writer to find the lock free. */
void sq_sqlite_give_way(const struct sq_connection *c);

/* sq_store_backup() */
int sq_sqlite_backup(struct sq_connection *c, const char *path, struct sq_error *err);

/* Says why the schema cannot be used, without changing a byte.  A version older
 * than this program's is fine when it `may_be_old`. */
int sq_sqlite_check_schema(struct sq_connection *c, bool may_be_old, struct sq_error *err);

/* Brings a schema that was found usable to this program's version. */
int sq_sqlite_migrate(struct sq_connection *c, struct sq_error *err);

extern const struct sq_migration sq_sqlite_migrations[];
