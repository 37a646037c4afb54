/* engine.h - what a database engine provides to the store
 *
 * Functions return an enum sq_code.  The store calls them from one thread at a
 * time and never after close.  A statement is whatever the engine wants it to
 * be; the store keeps it until close and finalises it.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct sq_connection; /* the engine's own */
struct sq_statement;

/* One numbered migration: its number is its place in the list, from 1. */
struct sq_migration {
        const char *name; /* "001-ledger" */
        const char *sql;
};

struct sq_engine {
        const char *name;
        int (*open)(const struct sq_store_options *options, int64_t deadline,
                    struct sq_connection **ret, struct sq_error *err);
        void (*close)(struct sq_connection *connection);
        /* After fork(): frees nothing that the parent still uses. */
        void (*abandon)(struct sq_connection *connection);
        bool (*is_current)(const struct sq_connection *connection);
        void (*set_deadline)(struct sq_connection *connection, int64_t deadline);
        /* Waits and statements end when *stop is true, as they do at the deadline. */
        void (*set_stop)(struct sq_connection *connection, const bool *stop);

        int (*begin)(struct sq_connection *connection, bool write,
                     enum sq_durability durability, struct sq_error *err);
        int (*commit)(struct sq_connection *connection, struct sq_error *err);
        void (*rollback)(struct sq_connection *connection);
        /* Whether a transaction that failed with `code` may be run again at once. */
        bool (*should_retry)(struct sq_connection *connection, int code);

        int (*prepare)(struct sq_connection *connection, const char *sql,
                       struct sq_statement **ret, struct sq_error *err);
        void (*finalize)(struct sq_statement *statement);
        int (*bind_int)(struct sq_statement *statement, int place, int64_t value);
        int (*bind_text)(struct sq_statement *statement, int place, const char *value);
        /* SQ_OK with *row true (a row) or false (done). */
        int (*step)(struct sq_connection *connection, struct sq_statement *statement,
                    bool *row, struct sq_error *err);
        void (*reset)(struct sq_statement *statement);
        int64_t (*column_int)(struct sq_statement *statement, int column);
        const char *(*column_text)(struct sq_statement *statement, int column);
        int64_t (*changes)(struct sq_connection *connection);
        int64_t (*last_id)(struct sq_connection *connection);

        int (*checkpoint)(struct sq_connection *connection, enum sq_checkpoint how,
                          struct sq_error *err);
        int64_t (*backlog)(const struct sq_connection *connection);
        int (*version)(struct sq_connection *connection, int64_t *ret, struct sq_error *err);
        int (*check)(struct sq_connection *connection, struct sq_error *err);
        void (*about)(struct sq_store_about *ret);
        int (*backup)(struct sq_connection *connection, const char *path,
                      struct sq_error *err);
        void (*give_way)(const struct sq_connection *connection);
};

extern const struct sq_engine sq_sqlite_engine;
