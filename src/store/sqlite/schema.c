/* schema.c - which version of the tables a database has, and the way up */
#include <string.h>

#include "base/clock.h"
#include "store/sqlite/connection.h"

static int count_of(struct sq_connection *c, const char *sql, int64_t *ret,
                    struct sq_error *err) {
        sqlite3_stmt *st = NULL;
        int rc = SQ_OK;

        if (sqlite3_prepare_v2(c->db, sql, -1, &st, NULL) != SQLITE_OK ||
            sqlite3_step(st) != SQLITE_ROW)
                rc = sq_sqlite_error(c->db, c->path, "could not read the schema of", err);
        else
                *ret = sqlite3_column_int64(st, 0);
        sqlite3_finalize(st);
        return rc;
}

static int exec(struct sq_connection *c, const char *sql, struct sq_error *err) {
        if (sqlite3_exec(c->db, sql, NULL, NULL, NULL) != SQLITE_OK)
                return sq_sqlite_error(c->db, c->path, "could not change the schema of", err);
        return SQ_OK;
}

/* One migration and its number in one transaction. */
static int apply(struct sq_connection *c, int number, const struct sq_migration *migration,
                 struct sq_error *err) {
        static const char note_sql[] = "INSERT INTO schema_migration (number, name, applied_at)"
                                       " VALUES (?, ?, ?)";
        sqlite3_stmt *st = NULL;
        int rc;

        rc = exec(c, "BEGIN IMMEDIATE", err);
        if (rc)
                return rc;
        rc = exec(c,
                  "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY,"
                  " name TEXT NOT NULL, applied_at INTEGER NOT NULL)",
                  err);
        if (!rc)
                rc = exec(c, migration->sql, err);
        if (!rc && (sqlite3_prepare_v2(c->db, note_sql, -1, &st, NULL) != SQLITE_OK ||
                    sqlite3_bind_int(st, 1, number) != SQLITE_OK ||
                    sqlite3_bind_text(st, 2, migration->name, -1, SQLITE_STATIC) != SQLITE_OK ||
                    sqlite3_bind_int64(st, 3, sq_now()) != SQLITE_OK ||
                    sqlite3_step(st) != SQLITE_DONE))
                rc = sq_sqlite_error(c->db, c->path, "could not note a migration in", err);
        sqlite3_finalize(st);
        if (!rc)
                rc = exec(c, "COMMIT", err);
        if (rc) {
                sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
                sq_context(err, "migration %s", migration->name);
        }
        return rc;
}

static int known_migrations(void) {
        int n = 0;

        while (sq_sqlite_migrations[n].name)
                n++;
        return n;
}

/* The number of the last migration in the database; 0 when it is empty. */
static int current_version(struct sq_connection *c, int64_t *ret, struct sq_error *err) {
        int64_t ours = 0, tables = 0, ancestor = 0;
        int rc;

        rc = count_of(c,
                      "SELECT count(*) FROM sqlite_master"
                      " WHERE type = 'table' AND name = 'schema_migration'",
                      &ours, err);
        if (rc)
                return rc;
        if (ours)
                return count_of(c, "SELECT coalesce(max(number), 0) FROM schema_migration", ret,
                                err);
        rc = count_of(c,
                      "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
                      " AND name IN ('users', 'accounts', 'jobs_preallocations')",
                      &ancestor, err);
        if (!rc)
                rc = count_of(c, "SELECT count(*) FROM sqlite_master", &tables, err);
        if (rc)
                return rc;
        if (ancestor == 3) {
                sq_fail(err, SQ_EVERSION,
                        "\"%s\" was written by slurm-quota 1 or 2, another program", c->path);
                sq_hint(err, "It was not touched. Move it away, or set store.path to another"
                             " file.");
                return SQ_EVERSION;
        }
        if (tables) {
                sq_fail(err, SQ_EVERSION, "\"%s\" is a database of another program", c->path);
                sq_hint(err, "It was not touched. Set store.path to another file.");
                return SQ_EVERSION;
        }
        *ret = 0;
        return SQ_OK;
}

int sq_sqlite_check_schema(struct sq_connection *c, bool may_be_old, struct sq_error *err) {
        const int newest = known_migrations();
        int64_t version = 0;
        int rc;

        rc = current_version(c, &version, err);
        if (rc)
                return rc;
        if (version > newest) {
                sq_fail(err, SQ_EVERSION,
                        "\"%s\" has schema version %lld, this program knows %d", c->path,
                        (long long)version, newest);
                sq_hint(err, "Use the newer slurm-quota that wrote it.");
                return SQ_EVERSION;
        }
        if (version < newest && !may_be_old) {
                sq_fail(err, SQ_EVERSION, "\"%s\" has schema version %lld, %d is needed",
                        c->path, (long long)version, newest);
                sq_hint(err, "As root, run a command that changes something, such as:"
                             " slurm-quota set-gpu-factor default 1");
                return SQ_EVERSION;
        }
        return SQ_OK;
}

int sq_sqlite_migrate(struct sq_connection *c, struct sq_error *err) {
        const int newest = known_migrations();
        int64_t version = 0;
        int rc;

        rc = current_version(c, &version, err);
        for (int number = (int)version + 1; number <= newest && !rc; number++)
                rc = apply(c, number, &sq_sqlite_migrations[number - 1], err);
        return rc;
}
