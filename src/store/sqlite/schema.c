/* schema.c - which version of the tables a database has, and the way up */
#include <string.h>

#include "base/clock.h"
#include "store/sqlite/schema.h"

static int read_number(struct sq_connection *c, const char *sql, int64_t *ret,
                       struct sq_error *err) {
        return sq_sqlite_number(c, sql, "could not read the schema of", ret, err);
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

/* Whose tables there are: how many of each. */
struct tables {
        int64_t ours, ancestor, any;
};

static int look(struct sq_connection *c, struct tables *ret, struct sq_error *err) {
        int rc = read_number(c,
                             "SELECT count(*) FROM sqlite_master"
                             " WHERE type = 'table' AND name = 'schema_migration'",
                             &ret->ours, err);

        if (!rc)
                rc = read_number(c,
                                 "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
                                 " AND name IN ('users', 'accounts', 'jobs_preallocations')",
                                 &ret->ancestor, err);
        if (!rc)
                rc = read_number(c, "SELECT count(*) FROM sqlite_master", &ret->any, err);
        return rc;
}

static int last_number(struct sq_connection *c, int64_t *ret, struct sq_error *err) {
        return read_number(c, "SELECT coalesce(max(number), 0) FROM schema_migration", ret,
                           err);
}

static int foreign(const struct sq_connection *c, struct sq_error *err) {
        sq_fail(err, SQ_EVERSION, "\"%s\" is a database of another program", c->path);
        sq_hint(err, "It was not touched. Set store.path to another file.");
        return SQ_EVERSION;
}

static int too_new(const struct sq_connection *c, int64_t version, struct sq_error *err) {
        sq_fail(err, SQ_EVERSION, "\"%s\" has schema version %lld, this program knows %d",
                c->path, (long long)version, known_migrations());
        sq_hint(err, "Use the newer slurm-quota that wrote it.");
        return SQ_EVERSION;
}

/* The number of the last migration in the database; 0 when it is empty. */
static int current_version(struct sq_connection *c, int64_t *ret, struct sq_error *err) {
        struct tables tables = {0};
        int rc = look(c, &tables, err);

        if (rc)
                return rc;
        if (tables.ours)
                return last_number(c, ret, err);
        if (tables.ancestor == 3) {
                sq_fail(err, SQ_EVERSION,
                        "\"%s\" was written by slurm-quota 1 or 2, another program", c->path);
                sq_hint(err, "It was not touched. To go on with what is in it, run as root:"
                             " slurm-quota migrate");
                return SQ_EVERSION;
        }
        if (tables.any)
                return foreign(c, err);
        *ret = 0;
        return SQ_OK;
}

int sq_sqlite_kind(struct sq_connection *c, enum sq_ancestor_kind *ret, int64_t *ret_version,
                   struct sq_error *err) {
        struct tables tables = {0};
        int64_t version = 0;
        int rc = look(c, &tables, err);

        if (!rc && tables.ours)
                rc = last_number(c, &version, err);
        if (rc)
                return rc;
        if (!tables.any || (tables.ours && !version))
                return sq_fail(err, SQ_ENOTFOUND, "there is nothing in \"%s\"", c->path);
        if (!tables.ours && tables.ancestor < 3)
                return foreign(c, err);
        if (version > known_migrations())
                return too_new(c, version, err);
        *ret = !tables.ours                    ? SQ_ANCESTOR_RACKSLAB
               : version < known_migrations() ? SQ_ANCESTOR_OLDER
                                              : SQ_ANCESTOR_CURRENT;
        *ret_version = version;
        return SQ_OK;
}

int sq_sqlite_check_schema(struct sq_connection *c, bool may_be_old, struct sq_error *err) {
        const int newest = known_migrations();
        int64_t version = 0;
        int rc;

        rc = current_version(c, &version, err);
        if (rc)
                return rc;
        if (version > newest)
                return too_new(c, version, err);
        if (version < newest && !may_be_old) {
                sq_fail(err, SQ_EVERSION, "\"%s\" has schema version %lld, %d is needed",
                        c->path, (long long)version, newest);
                sq_hint(err, "As root, run: slurm-quota migrate");
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
