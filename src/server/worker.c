#include "server/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct task {
        sq_worker_fn work;
        void *payload;
};

struct sq_worker {
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        bool ends;
        size_t n;
        struct task waiting[SQ_WORKER_WAITING_MAX]; /* the first comes next */
};

/* Waits for one; false: there is none, and there will be none. */
static bool take(struct sq_worker *worker, struct task *ret, bool *ret_late) {
        bool taken = false;

        pthread_mutex_lock(&worker->mutex);
        while (!worker->n && !worker->ends)
                pthread_cond_wait(&worker->changed, &worker->mutex);
        *ret_late = worker->ends;
        if (worker->n) {
                *ret = worker->waiting[0];
                worker->n--;
                memmove(worker->waiting, worker->waiting + 1, worker->n * sizeof *ret);
                taken = true;
        }
        pthread_mutex_unlock(&worker->mutex);
        return taken;
}

static void *run(void *payload) {
        struct sq_worker *worker = payload;
        struct task task;
        bool late;

        while (take(worker, &task, &late))
                task.work(task.payload, late);
        return NULL;
}

int sq_worker_start(struct sq_worker **ret, struct sq_error *err) {
        struct sq_worker *worker = calloc(1, sizeof *worker);

        if (!worker)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        pthread_mutex_init(&worker->mutex, NULL);
        pthread_cond_init(&worker->changed, NULL);
        if (pthread_create(&worker->thread, NULL, run, worker)) {
                pthread_cond_destroy(&worker->changed);
                pthread_mutex_destroy(&worker->mutex);
                free(worker);
                return sq_fail(err, SQ_EIO, "could not start a thread");
        }
        *ret = worker;
        return SQ_OK;
}

bool sq_worker_add(struct sq_worker *worker, sq_worker_fn work, void *payload) {
        bool added = false;

        pthread_mutex_lock(&worker->mutex);
        if (worker->n < SQ_WORKER_WAITING_MAX && !worker->ends) {
                worker->waiting[worker->n++] = (struct task){work, payload};
                pthread_cond_signal(&worker->changed);
                added = true;
        }
        pthread_mutex_unlock(&worker->mutex);
        return added;
}

void sq_worker_stop(struct sq_worker *worker) {
        if (!worker)
                return;
        pthread_mutex_lock(&worker->mutex);
        worker->ends = true;
        pthread_cond_signal(&worker->changed);
        pthread_mutex_unlock(&worker->mutex);
        pthread_join(worker->thread, NULL);
        pthread_cond_destroy(&worker->changed);
        pthread_mutex_destroy(&worker->mutex);
        free(worker);
}
