/* test_server_worker.c - work that takes long is done in its order, and only so much waits */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <unistd.h>

#include "server/worker.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool begun, may_end;
static int order[SQ_WORKER_WAITING_MAX + 1], done, late_ones;

static int start(void **state) {
        (void)state;
        begun = may_end = false;
        done = late_ones = 0;
        return 0;
}

static void note(void *payload, bool late) {
        pthread_mutex_lock(&mutex);
        order[done++] = *(const int *)payload;
        late_ones += late;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
}

/* Ends when the test says so. */
static void linger(void *payload, bool late) {
        pthread_mutex_lock(&mutex);
        begun = true;
        pthread_cond_broadcast(&changed);
        while (!may_end)
                pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
        note(payload, late);
}

static void let_end(void) {
        pthread_mutex_lock(&mutex);
        may_end = true;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
}

static struct sq_worker *worker_at_work(int *number) {
        struct sq_worker *worker;

        assert_int_equal(sq_worker_start(&worker, NULL), SQ_OK);
        assert_true(sq_worker_add(worker, linger, number));
        pthread_mutex_lock(&mutex);
        while (!begun)
                pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
        return worker;
}

static void work_is_done_in_its_order_and_only_so_much_waits(void **state) {
        int number[SQ_WORKER_WAITING_MAX + 2];
        struct sq_worker *worker;

        (void)state;
        for (int i = 0; i < SQ_WORKER_WAITING_MAX + 2; i++)
                number[i] = i;
        worker = worker_at_work(&number[0]);
        for (int i = 1; i <= SQ_WORKER_WAITING_MAX; i++)
                assert_true(sq_worker_add(worker, note, &number[i]));
        assert_false(sq_worker_add(worker, note, &number[SQ_WORKER_WAITING_MAX + 1]));
        let_end();
        pthread_mutex_lock(&mutex);
        while (done < SQ_WORKER_WAITING_MAX + 1)
                pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
        for (int i = 0; i <= SQ_WORKER_WAITING_MAX; i++)
                assert_int_equal(order[i], i);
        assert_int_equal(late_ones, 0);
        sq_worker_stop(worker);
}

static void *stop(void *worker) {
        sq_worker_stop(worker);
        return NULL;
}

/* Each has somebody who waits for it. */
static void what_waits_at_the_end_is_not_forgotten(void **state) {
        int number[] = {0, 1, 2}, added = 2;
        struct sq_worker *worker = worker_at_work(&number[0]);
        pthread_t stopper;

        (void)state;
        assert_true(sq_worker_add(worker, note, &number[1]));
        assert_int_equal(pthread_create(&stopper, NULL, stop, worker), 0);
        /* Once it is being stopped, or full, it takes no more. */
        while (sq_worker_add(worker, note, &number[2])) {
                added++;
                usleep(1000);
        }
        let_end();
        assert_int_equal(pthread_join(stopper, NULL), 0);
        assert_int_equal(done, added);
        assert_int_equal(order[1], 1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(work_is_done_in_its_order_and_only_so_much_waits, start),
                cmocka_unit_test_setup(what_waits_at_the_end_is_not_forgotten, start),
        };

        return cmocka_run_group_tests_name("server_worker", tests, NULL, NULL);
}
