/* error.c - what SQLite says, as our codes and text */
#include "store/sqlite/connection.h"

int sq_sqlite_error(sqlite3 *db, const char *path, const char *what, struct sq_error *err) {
        int code;

        switch (sqlite3_errcode(db) & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_INTERRUPT:
                code = SQ_EBUSY;
                break;
        case SQLITE_NOMEM:
                code = SQ_ENOMEM;
                break;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_ERROR: /* our tables are not what we made them */
                code = SQ_ECORRUPT;
                break;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_CANTOPEN:
                code = SQ_EACCESS;
                break;
        case SQLITE_CONSTRAINT:
                code = SQ_EEXIST;
                break;
        default:
                code = SQ_EIO;
        }
        return sq_fail(err, code, "%s \"%s\": %s", what, path, sqlite3_errmsg(db));
}
