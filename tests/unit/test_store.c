/* test_store.c - transactions, statements, deadlines and locks of the store */
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* How much later than its deadline a call may return on a busy machine. */
#define SLACK (2 * SQ_NS_PER_SECOND)

static int start(void **state) {
        fixture_start(state);
        fixture_sql(*state, "CREATE TABLE t (n INTEGER PRIMARY KEY, s TEXT)");
        return 0;
}

static struct sq_store *store_of(struct fixture *f) {
        return sq_ledger_store(f->ledger);
}

static int64_t rows(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM t");
}

/* --- bodies of transactions ------------------------------------------------ */

static const char insert_sql[] = "INSERT INTO t (n, s) VALUES (?, ?)";
static const char select_sql[] = "SELECT n, s FROM t ORDER BY n";
static const char count_sql[] = "SELECT count(*) FROM t";

/* Inserts one row and returns `then`. */
struct insert {
        int64_t n;
        int then;
        struct sq_store *late; /* let its deadline pass before the end */
};

static int insert_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct insert *w = context;

        sq_run(txn, insert_sql, "is", w->n, "x");
        if (w->late)
                sq_store_set_deadline(w->late, 0);
        return w->then ? sq_fail(err, w->then, "changed my mind") : SQ_OK;
}

static int insert(struct fixture *f, int64_t n) {
        struct insert w = {.n = n};

        return sq_store_write(store_of(f), SQ_DURABLE_SOON, insert_work, &w, NULL);
}

static int nothing_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        (void)txn;
        (void)context;
        (void)err;
        return SQ_OK;
}

static int count_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, count_sql, "");

        (void)err;
        if (sq_query_next(query))
                *(int64_t *)context = sq_query_int(query, 0);
        sq_query_done(query);
        return SQ_OK;
}

static int count(struct fixture *f) {
        int64_t n = -1;

        return sq_store_read(store_of(f), count_work, &n, NULL);
}

/* --- all or nothing --------------------------------------------------------- */

static void what_fails_leaves_nothing(void **state) {
        struct fixture *f = *state;
        struct insert w = {.n = 1, .then = SQ_ERANGE};
        struct sq_error err;

        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_NOW, insert_work, &w, &err),
                         SQ_ERANGE);
        assert_string_equal(err.text, "changed my mind");
        assert_int_equal(rows(f), 0);
        w.then = 42; /* a code of the caller's own */
        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, insert_work, &w, NULL),
                         42);
        assert_int_equal(rows(f), 0);
        assert_int_equal(insert(f, 1), SQ_OK);
        assert_int_equal(rows(f), 1);
}

static int twice_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query;

        (void)err;
        assert_int_equal(sq_run(txn, insert_sql, "is", (int64_t)1, "x"), 1);
        assert_int_equal(sq_txn_status(txn), SQ_OK);
        assert_int_equal(sq_txn_last_id(txn), 1);
        assert_int_equal(sq_run(txn, insert_sql, "is", (int64_t)1, "again"), 0);
        assert_int_equal(sq_txn_status(txn), SQ_EEXIST);
        /* From here on nothing happens, and nothing hides the first failure. */
        assert_int_equal(sq_run(txn, insert_sql, "is", (int64_t)2, "y"), 0);
        assert_int_equal(sq_run(txn, "no SQL at all", ""), 0);
        assert_int_equal(sq_txn_last_id(txn), 0);
        query = sq_query(txn, select_sql, "");
        assert_false(sq_query_next(query));
        assert_int_equal(sq_query_int(query, 0), 0);
        assert_null(sq_query_text(query, 0));
        sq_query_done(query);
        assert_int_equal(sq_txn_status(txn), SQ_EEXIST);
        return *(int *)context;
}

static void the_first_failure_decides_whatever_the_work_returns(void **state) {
        struct fixture *f = *state;
        int answers[] = {SQ_OK, SQ_ERANGE};

        for (int i = 0; i < 2; i++) {
                struct sq_error err;

                assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, twice_work,
                                                &answers[i], &err),
                                 SQ_EEXIST);
                assert_non_null(strstr(err.text, "UNIQUE"));
                assert_int_equal(rows(f), 0);
        }
        assert_int_equal(insert(f, 1), SQ_OK);
}

static int bad_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        (void)err;
        sq_run(txn, context, "");
        return SQ_OK;
}

static void statements_that_our_tables_do_not_know_are_damage(void **state) {
        struct fixture *f = *state;
        static char sql[] = "SELECT * FROM nowhere";

        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, bad_work, sql, NULL),
                         SQ_ECORRUPT);
        assert_int_equal(insert(f, 1), SQ_OK);
}

/* --- statements -------------------------------------------------------------- */

static int values_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query;

        (void)context;
        (void)err;
        sq_run(txn, insert_sql, "is", INT64_MIN, NULL);
        sq_run(txn, insert_sql, "is", INT64_MAX, "a'; DROP TABLE t; --");
        query = sq_query(txn, select_sql, "");
        assert_true(sq_query_next(query));
        assert_int_equal(sq_query_int(query, 0), INT64_MIN);
        assert_null(sq_query_text(query, 1));
        assert_true(sq_query_next(query));
        assert_int_equal(sq_query_int(query, 0), INT64_MAX);
        assert_string_equal(sq_query_text(query, 1), "a'; DROP TABLE t; --");
        assert_false(sq_query_next(query));
        assert_false(sq_query_next(query)); /* and does not begin again */
        assert_int_equal(sq_query_int(query, 0), 0);
        return SQ_OK;
}

static void values_come_back_as_they_went_in(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, values_work, NULL, NULL),
                         SQ_OK);
        assert_int_equal(rows(f), 2);
}

static int again_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *first, *second;

        (void)context;
        (void)err;
        for (int64_t n = 1; n <= 3; n++)
                sq_run(txn, insert_sql, "is", n, "x");
        first = sq_query(txn, select_sql, "");
        assert_true(sq_query_next(first));
        assert_true(sq_query_next(first));
        second = sq_query(txn, select_sql, ""); /* left in the middle, begun again */
        assert_ptr_equal(first, second);
        assert_true(sq_query_next(second));
        assert_int_equal(sq_query_int(second, 0), 1);
        return SQ_OK; /* and left open: the commit must not mind */
}

static void a_statement_can_be_begun_again_and_left_open(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, again_work, NULL, NULL),
                         SQ_OK);
        assert_int_equal(rows(f), 3);
        for (int64_t n = 10; n < 1000; n++)
                assert_int_equal(insert(f, n), SQ_OK);
        assert_int_equal(rows(f), 993);
}

static int many_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        static char sql[400][24];

        (void)err;
        for (int i = 0; i < *(int *)context; i++) {
                snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
                sq_run(txn, sql[i], "");
        }
        return SQ_OK;
}

static void there_is_room_for_384_kinds_of_statements(void **state) {
        struct fixture *f = *state;
        struct sq_error err;
        int kinds = 384;

        assert_int_equal(sq_store_read(store_of(f), many_work, &kinds, NULL), SQ_OK);
        assert_int_equal(sq_store_read(store_of(f), many_work, &kinds, NULL), SQ_OK);
        kinds = 385;
        assert_int_equal(sq_store_read(store_of(f), many_work, &kinds, &err), SQ_ENOMEM);
        assert_string_equal(err.text, "too many kinds of statements");
}

/* --- readers ------------------------------------------------------------------ */

static void a_reader_sees_everything_and_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_error err;
        int64_t n = 0;
        struct insert w = {.n = 2};

        assert_int_equal(insert(f, 1), SQ_OK);
        fixture_close(f);
        fixture_open(f, SQ_STORE_READER);
        assert_int_equal(sq_store_read(store_of(f), count_work, &n, NULL), SQ_OK);
        assert_int_equal(n, 1);
        assert_int_equal(insert(f, 2), SQ_EACCESS);
        assert_int_equal(sq_store_read(store_of(f), insert_work, &w, &err), SQ_EACCESS);
        assert_int_equal(sq_store_checkpoint(store_of(f), SQ_CHECKPOINT_KEEP, &err),
                         SQ_EACCESS);
        assert_int_equal(rows(f), 1);
}

static int snapshot_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        int64_t before = -1, after = -1;

        count_work(txn, &before, err);
        fixture_sql(context, "INSERT INTO t VALUES (77, 'from outside')");
        count_work(txn, &after, err);
        assert_int_equal(before, after);
        return SQ_OK;
}

static void a_reading_transaction_is_one_picture(void **state) {
        struct fixture *f = *state;

        assert_int_equal(sq_store_read(store_of(f), snapshot_work, f, NULL), SQ_OK);
        assert_int_equal(rows(f), 1);
}

static void a_checkpoint_empties_the_log(void **state) {
        struct fixture *f = *state;

        for (int64_t n = 1; n < 100; n++)
                assert_int_equal(insert(f, n), SQ_OK);
        assert_true(sq_store_backlog(store_of(f)) >= 99);
        assert_int_equal(sq_store_checkpoint(store_of(f), SQ_CHECKPOINT_KEEP, NULL), SQ_OK);
        assert_int_equal(sq_store_backlog(store_of(f)), 0);
        assert_int_equal(insert(f, 100), SQ_OK);
        assert_true(sq_store_backlog(store_of(f)) < 10);
}

static int64_t size_of_log(struct fixture *f) {
        char path[128];
        struct stat st;

        snprintf(path, sizeof path, "%s-wal", f->path);
        assert_int_equal(stat(path, &st), 0);
        return st.st_size;
}

static void the_logs_file_is_emptied_where_processes_come_and_go(void **state) {
        struct fixture *f = *state;

        assert_int_equal(insert(f, 1), SQ_OK);
        assert_int_equal(sq_store_checkpoint(store_of(f), SQ_CHECKPOINT_KEEP, NULL), SQ_OK);
        assert_true(size_of_log(f) > 0);
        assert_int_equal(sq_store_checkpoint(store_of(f), SQ_CHECKPOINT_EMPTY, NULL), SQ_OK);
        assert_int_equal(size_of_log(f), 0);
        assert_int_equal(insert(f, 2), SQ_OK);
        assert_int_equal(rows(f), 2);
}

/* Whether closing writes to the database file itself. */
static bool closing_writes(struct fixture *f) {
        const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
        struct stat st;

        assert_int_equal(utimensat(AT_FDCWD, f->path, long_ago, 0), 0);
        fixture_close(f);
        assert_int_equal(stat(f->path, &st), 0);
        return st.st_mtim.tv_sec != 1;
}

static void a_hook_that_closes_leaves_the_log_to_others(void **state) {
        struct fixture *f = *state;

        fixture_close(f); /* empties it */
        fixture_open(f, SQ_STORE_HOOK);
        assert_int_equal(insert(f, 1), SQ_OK);
        assert_false(closing_writes(f));
        fixture_open(f, SQ_STORE_PERSON);
        assert_int_equal(rows(f), 1);
        assert_true(closing_writes(f));
}

/* --- deadlines ------------------------------------------------------------------ */

static int endless_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_query *query = sq_query(
                txn, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                     " WHERE i < 1000000000000) SELECT count(*) FROM c", "");

        (void)context;
        (void)err;
        sq_query_next(query);
        return SQ_OK;
}

static void the_deadline_interrupts_a_long_statement(void **state) {
        struct fixture *f = *state;
        const int64_t began = sq_monotonic_ns();
        struct sq_error err;

        sq_store_set_deadline(store_of(f), began + 50 * SQ_NS_PER_MS);
        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, endless_work, NULL, &err),
                         SQ_EBUSY);
        assert_true(sq_monotonic_ns() - began >= 50 * SQ_NS_PER_MS);
        assert_true(sq_monotonic_ns() - began < 50 * SQ_NS_PER_MS + SLACK);
        sq_store_set_deadline(store_of(f), fixture_patience());
        assert_int_equal(insert(f, 1), SQ_OK);
}

/* SQLite asks whether to go on every so many steps, counted over all runs of a
 * statement: sooner or later in the middle of BEGIN or COMMIT. */
static void a_deadline_that_has_passed_does_not_cut_a_commit_in_two(void **state) {
        struct fixture *f = *state;
        int64_t booked = 0;

        for (int64_t n = 0; n < 25000; n++) {
                struct insert w = {.n = n, .late = store_of(f)};

                sq_store_set_deadline(store_of(f), fixture_patience());
                booked += sq_store_write(store_of(f), SQ_DURABLE_SOON, insert_work, &w, NULL) ==
                          SQ_OK;
        }
        assert_int_equal(rows(f), booked);
        assert_int_equal(booked, 25000);
}

static void a_deadline_that_has_passed_leaves_no_transaction_open(void **state) {
        struct fixture *f = *state;

        sq_store_set_deadline(store_of(f), 0);
        for (int i = 0; i < 25000; i++) {
                int rc = sq_store_write(store_of(f), SQ_DURABLE_SOON, nothing_work, NULL, NULL);

                if (!rc)
                        rc = sq_store_read(store_of(f), nothing_work, NULL, NULL);
                if (rc != SQ_OK && rc != SQ_EBUSY)
                        fail_msg("round %d: %d", i, rc);
        }
        sq_store_set_deadline(store_of(f), fixture_patience());
        assert_int_equal(insert(f, 1), SQ_OK);
        fixture_sql(f, "INSERT INTO t VALUES (2, 'nobody holds a lock')");
}

/* --- locked by others --------------------------------------------------------- */

/* A process that holds something until it is told to let go. */
struct holder {
        struct fixture *f;
        bool by_sqlite; /* BEGIN IMMEDIATE; else the lock file */
        int held[2], release[2];
        pid_t pid;
};

static int hold(void *payload) {
        struct holder *h = payload;
        sqlite3 *db = NULL;
        char path[128], byte = 0;
        int fd;

        close(h->release[1]);
        snprintf(path, sizeof path, "%s.lock", h->f->path);
        fd = open(path, O_RDWR);
        if (h->by_sqlite ? sqlite3_open(h->f->path, &db) ||
                                   sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL)
                         : flock(fd, LOCK_EX))
                return 1;
        if (write(h->held[1], "x", 1) != 1)
                return 2;
        return read(h->release[0], &byte, 1) == 0 ? 0 : 3;
}

static void begin_holding(struct holder *h) {
        char byte;

        assert_int_equal(pipe(h->held), 0);
        assert_int_equal(pipe(h->release), 0);
        fixture_close(h->f);
        h->pid = fixture_fork(hold, h);
        assert_int_equal(read(h->held[0], &byte, 1), 1);
}

static void end_holding(struct holder *h) {
        close(h->release[1]);
        assert_int_equal(fixture_wait(h->pid), 0);
        close(h->release[0]);
        close(h->held[0]);
        close(h->held[1]);
}

static void assert_busy_until_the_deadline(struct fixture *f, int code_of_read) {
        const int64_t began = sq_monotonic_ns();
        struct sq_error err;
        struct insert w = {.n = 1};

        sq_store_set_deadline(store_of(f), began + 50 * SQ_NS_PER_MS);
        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, insert_work, &w, &err),
                         SQ_EBUSY);
        assert_true(sq_monotonic_ns() - began >= 50 * SQ_NS_PER_MS);
        assert_true(sq_monotonic_ns() - began < 50 * SQ_NS_PER_MS + SLACK);
        assert_non_null(strstr(err.text, "locked"));
        sq_store_set_deadline(store_of(f), fixture_patience());
        assert_int_equal(count(f), code_of_read);
}

static void a_foreign_writer_is_waited_for_until_the_deadline(void **state) {
        struct fixture *f = *state;
        struct holder h = {.f = f, .by_sqlite = true};

        begin_holding(&h);
        fixture_open(f, SQ_STORE_PERSON); /* opening needs no more than to read */
        assert_busy_until_the_deadline(f, SQ_OK);
        end_holding(&h);
        assert_int_equal(insert(f, 1), SQ_OK);
}

static void a_writer_of_ours_is_waited_for_until_the_deadline(void **state) {
        struct fixture *f = *state;
        struct holder h = {.f = f};
        const int64_t began = sq_monotonic_ns();
        struct sq_store *store = NULL;
        struct sq_error err;

        begin_holding(&h);
        f->options.use = SQ_STORE_HOOK;
        assert_int_equal(sq_store_open(&f->options, began + 20 * SQ_NS_PER_MS, &store, &err),
                         SQ_EBUSY);
        assert_true(sq_monotonic_ns() - began < 20 * SQ_NS_PER_MS + SLACK);
        fixture_open(f, SQ_STORE_READER); /* readers do not wait for anybody */
        assert_int_equal(count(f), SQ_OK);
        fixture_close(f);
        end_holding(&h);
        fixture_open(f, SQ_STORE_HOOK);
        assert_int_equal(insert(f, 1), SQ_OK);
}

static void an_open_store_waits_for_the_lock_file_until_the_deadline(void **state) {
        struct fixture *f = *state;
        char path[128];
        int fd;

        snprintf(path, sizeof path, "%s.lock", f->path);
        fd = open(path, O_RDWR);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_busy_until_the_deadline(f, SQ_OK);
        sq_store_set_deadline(store_of(f), sq_monotonic_ns());
        assert_int_equal(sq_store_checkpoint(store_of(f), SQ_CHECKPOINT_KEEP, NULL), SQ_EBUSY);
        close(fd);
        sq_store_set_deadline(store_of(f), fixture_patience());
        assert_int_equal(insert(f, 1), SQ_OK);
}

static void *stop_soon(void *stop) {
        nanosleep(&(struct timespec){.tv_nsec = 50 * SQ_NS_PER_MS}, NULL);
        __atomic_store_n((bool *)stop, true, __ATOMIC_RELAXED);
        return NULL;
}

static void a_stop_ends_who_waits_and_who_computes_and_lets_nobody_begin(void **state) {
        struct fixture *f = *state;
        struct insert w = {.n = 1};
        bool stop = false;
        char path[128];
        pthread_t thread;
        int fd;

        sq_store_set_stop(store_of(f), &stop);
        assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
        assert_int_equal(sq_store_read(store_of(f), endless_work, NULL, NULL), SQ_EBUSY);
        pthread_join(thread, NULL);
        assert_int_equal(count(f), SQ_EBUSY);
        stop = false;
        assert_int_equal(count(f), SQ_OK);

        snprintf(path, sizeof path, "%s.lock", f->path);
        fd = open(path, O_RDWR);
        assert_int_equal(flock(fd, LOCK_EX), 0);
        assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
        assert_int_equal(sq_store_write(store_of(f), SQ_DURABLE_SOON, insert_work, &w, NULL),
                         SQ_EBUSY);
        pthread_join(thread, NULL);
        close(fd);
        assert_int_equal(insert(f, 1), SQ_EBUSY);
        sq_store_set_stop(store_of(f), NULL);
        assert_int_equal(insert(f, 1), SQ_OK);
        assert_int_equal(rows(f), 1);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(what_fails_leaves_nothing),
                A_TEST(the_first_failure_decides_whatever_the_work_returns),
                A_TEST(statements_that_our_tables_do_not_know_are_damage),
                A_TEST(values_come_back_as_they_went_in),
                A_TEST(a_statement_can_be_begun_again_and_left_open),
                A_TEST(there_is_room_for_384_kinds_of_statements),
                A_TEST(a_reader_sees_everything_and_changes_nothing),
                A_TEST(a_reading_transaction_is_one_picture),
                A_TEST(a_checkpoint_empties_the_log),
                A_TEST(the_logs_file_is_emptied_where_processes_come_and_go),
                A_TEST(a_hook_that_closes_leaves_the_log_to_others),
                A_TEST(the_deadline_interrupts_a_long_statement),
                A_TEST(a_deadline_that_has_passed_does_not_cut_a_commit_in_two),
                A_TEST(a_deadline_that_has_passed_leaves_no_transaction_open),
                A_TEST(a_foreign_writer_is_waited_for_until_the_deadline),
                A_TEST(a_writer_of_ours_is_waited_for_until_the_deadline),
                A_TEST(an_open_store_waits_for_the_lock_file_until_the_deadline),
                A_TEST(a_stop_ends_who_waits_and_who_computes_and_lets_nobody_begin),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
