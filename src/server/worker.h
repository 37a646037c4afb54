/* worker.h - a thread for requests that take long
 *
 * The threads that poll have many clients each, who would all wait for an evaluation of ten
 * thousand accounts.  So one thread does such work, one after the other, and only so many
 * may wait for it: those who come then are told to come again.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Waiting besides the one under way: each is some seconds of work. */
#define SQ_WORKER_WAITING_MAX 16

struct sq_worker;

/* Does the work of `payload`; `late`: there is no time for it any more, and those who wait
 * are to be told so. */
typedef void (*sq_worker_fn)(void *payload, bool late);

/* SQ_EIO: no thread; SQ_ENOMEM. */
int sq_worker_start(struct sq_worker **ret, struct sq_error *err);

/* False: SQ_WORKER_WAITING_MAX wait already, and nothing will be done. */
bool sq_worker_add(struct sq_worker *worker, sq_worker_fn work, void *payload);

/* Ends what is under way, calls the others as late, and ends the thread. */
void sq_worker_stop(struct sq_worker *worker);
SQ_DEFINE_CLEANUP(struct sq_worker *, sq_worker_stop)
