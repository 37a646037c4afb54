#include "store/store.h"

#include <stdarg.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/engine.h"

/* There are some two hundred and fifty different statements, of which a hook uses a third
 * and a command or the service fewer than all, so that probing stays short.  Statements
 * beyond it would fail, which the tests would see at once. */
#define STATEMENTS 384

/* A transaction that lost against another is run again this often at most;
 * the deadline bounds it too. */
#define ATTEMPTS 8

struct sq_query {
        struct sq_txn *txn;
        const char *sql; /* the key: an address */
        struct sq_statement *statement;
        bool open;
};

struct sq_txn {
        struct sq_store *store;
        struct sq_error *err;
        int status;
        bool write;
};

struct sq_store {
        const struct sq_engine *engine;
        struct sq_connection *connection;
        pid_t pid;
        const bool *stop; /* NULL, or another thread's word that we are to end */
        int64_t longest_lock;
        int64_t transactions;
        struct sq_query query[STATEMENTS];
        struct sq_query none; /* what a failed transaction works with */
};

int sq_store_open(const struct sq_store_options *options, int64_t deadline,
                  struct sq_store **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_store *store = calloc(1, sizeof *store);
        int rc;

        if (!store)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        store->engine = &sq_sqlite_engine;
        store->pid = getpid();
        rc = store->engine->open(options, deadline, &store->connection, err);
        if (rc)
                return rc;
        *ret = SQ_TAKE(store);
        return SQ_OK;
}

void sq_store_close(struct sq_store *store) {
        if (!store)
                return;
        if (store->pid != getpid()) {
                store->engine->abandon(store->connection);
                free(store);
                return;
        }
        for (int i = 0; i < STATEMENTS; i++)
                if (store->query[i].statement)
                        store->engine->finalize(store->query[i].statement);
        store->engine->close(store->connection);
        free(store);
}

bool sq_store_is_current(const struct sq_store *store) {
        return store->pid == getpid() && store->engine->is_current(store->connection);
}

void sq_store_set_deadline(struct sq_store *store, int64_t deadline) {
        store->engine->set_deadline(store->connection, deadline);
}

void sq_store_set_stop(struct sq_store *store, const bool *stop) {
        store->stop = stop;
        store->engine->set_stop(store->connection, stop);
}

int sq_store_checkpoint(struct sq_store *store, enum sq_checkpoint how,
                        struct sq_error *err) {
        if (store->pid != getpid())
                return sq_fail(err, SQ_EIO, "the store was opened by another process");
        return store->engine->checkpoint(store->connection, how, err);
}

int64_t sq_store_longest_lock(const struct sq_store *store) {
        return store->longest_lock;
}

int64_t sq_store_backlog(const struct sq_store *store) {
        return store->engine->backlog(store->connection);
}

int sq_store_check(struct sq_store *store, struct sq_error *err) {
        return store->engine->check(store->connection, err);
}

void sq_store_about(struct sq_store_about *ret) {
        sq_sqlite_engine.about(ret);
}

int sq_store_version(struct sq_store *store, int64_t *ret, struct sq_error *err) {
        if (store->pid != getpid())
                return sq_fail(err, SQ_EIO, "the store was opened by another process");
        return store->engine->version(store->connection, ret, err);
}

int sq_store_backup(struct sq_store *store, const char *path, struct sq_error *err) {
        if (store->pid != getpid())
                return sq_fail(err, SQ_EIO, "the store was opened by another process");
        return store->engine->backup(store->connection, path, err);
}

void sq_store_give_way(const struct sq_store *store) {
        store->engine->give_way(store->connection);
}

/* One attempt: begin, work, commit or roll back. */
static int attempt(struct sq_store *store, bool write, enum sq_durability durability,
                   sq_work_fn work, void *context, struct sq_error *err) {
        struct sq_txn txn = {.store = store, .err = err, .write = write};
        int64_t locked_at, held;
        int rc;

        rc = store->engine->begin(store->connection, write, durability, err);
        if (rc)
                return rc;
        store->transactions++;
        locked_at = sq_monotonic_ns();
        rc = work(&txn, context, err);
        for (int i = 0; i < STATEMENTS; i++)
                sq_query_done(&store->query[i]);
        if (txn.status)
                rc = txn.status; /* the first failure is the reason of all others */
        if (!rc)
                rc = store->engine->commit(store->connection, err);
        if (rc)
                store->engine->rollback(store->connection);
        held = sq_monotonic_ns() - locked_at;
        if (write && held > store->longest_lock)
                store->longest_lock = held;
        return rc;
}

static int transact(struct sq_store *store, bool write, enum sq_durability durability,
                    sq_work_fn work, void *context, struct sq_error *err) {
        int rc = SQ_OK;

        if (store->pid != getpid())
                return sq_fail(err, SQ_EIO, "the store was opened by another process");
        for (int i = 0; i < ATTEMPTS; i++) {
                if (store->stop && __atomic_load_n(store->stop, __ATOMIC_RELAXED))
                        return sq_fail(err, SQ_EBUSY, "stopped before the end");
                rc = attempt(store, write, durability, work, context, err);
                if (!rc || !store->engine->should_retry(store->connection, rc))
                        break;
        }
        return rc;
}

int sq_store_write(struct sq_store *store, enum sq_durability durability, sq_work_fn work,
                   void *context, struct sq_error *err) {
        return transact(store, true, durability, work, context, err);
}

int sq_store_read(struct sq_store *store, sq_work_fn work, void *context,
                  struct sq_error *err) {
        return transact(store, false, SQ_DURABLE_SOON, work, context, err);
}

/* The place of `sql` in the table: its own, or the free one where it belongs. */
static struct sq_query *place_of(struct sq_store *store, const char *sql) {
        size_t at = ((uintptr_t)sql >> 3) % STATEMENTS;

        for (int i = 0; i < STATEMENTS; i++, at = (at + 1) % STATEMENTS)
                if (!store->query[at].sql || store->query[at].sql == sql)
                        return &store->query[at];
        return NULL;
}

static int bind_all(struct sq_query *query, const char *types, va_list args) {
        const struct sq_engine *engine = query->txn->store->engine;
        int rc = SQ_OK;

        for (int i = 0; types[i] && !rc; i++) {
                if (types[i] == 'i')
                        rc = engine->bind_int(query->statement, i + 1,
                                              va_arg(args, int64_t));
                else
                        rc = engine->bind_text(query->statement, i + 1,
                                               va_arg(args, const char *));
        }
        return rc;
}

static struct sq_query *start(struct sq_txn *txn, const char *sql, const char *types,
                              va_list args) {
        struct sq_store *store = txn->store;
        struct sq_query *query;

        if (txn->status)
                return &store->none;
        query = place_of(store, sql);
        if (!query) {
                txn->status = sq_fail(txn->err, SQ_ENOMEM, "too many kinds of statements");
                return &store->none;
        }
        if (!query->statement) {
                txn->status = store->engine->prepare(store->connection, sql,
                                                     &query->statement, txn->err);
                if (txn->status)
                        return &store->none;
                query->sql = sql;
        }
        sq_query_done(query);
        query->txn = txn;
        query->open = true;
        if (bind_all(query, types, args))
                txn->status = sq_fail(txn->err, SQ_ENOMEM, "could not bind a parameter");
        return query;
}

struct sq_query *sq_query(struct sq_txn *txn, const char *sql, const char *types, ...) {
        struct sq_query *query;
        va_list args;

        va_start(args, types);
        query = start(txn, sql, types, args);
        va_end(args);
        return query;
}

bool sq_query_next(struct sq_query *query) {
        struct sq_txn *txn = query->txn;
        bool row = false;

        if (!query->open || txn->status)
                return false;
        txn->status = txn->store->engine->step(txn->store->connection, query->statement,
                                               &row, txn->err);
        if (txn->status)
                return false;
        if (!row)
                sq_query_done(query);
        return row;
}

int64_t sq_query_int(struct sq_query *query, int column) {
        return query->open ? query->txn->store->engine->column_int(query->statement, column)
                           : 0;
}

const char *sq_query_text(struct sq_query *query, int column) {
        return query->open
                       ? query->txn->store->engine->column_text(query->statement, column)
                       : NULL;
}

void sq_query_done(struct sq_query *query) {
        if (!query->open)
                return;
        query->txn->store->engine->reset(query->statement);
        query->open = false;
}

int64_t sq_run(struct sq_txn *txn, const char *sql, const char *types, ...) {
        struct sq_query *query;
        va_list args;

        va_start(args, types);
        query = start(txn, sql, types, args);
        va_end(args);
        while (sq_query_next(query))
                ;
        if (txn->status)
                return 0;
        return txn->store->engine->changes(txn->store->connection);
}

int64_t sq_txn_last_id(struct sq_txn *txn) {
        return txn->status ? 0 : txn->store->engine->last_id(txn->store->connection);
}

bool sq_txn_is_picture(const struct sq_txn *txn) {
        return !txn->write;
}

int64_t sq_txn_number(const struct sq_txn *txn) {
        return txn->store->transactions;
}

int sq_txn_status(const struct sq_txn *txn) {
        return txn->status;
}
