/* sighting_fixture.h - lines of a queue, and words to speak about them */
#pragma once

#include "fixture.h"

#include "ledger/sighting.h"

#define SUBMITTED 1700000000

/* When the queue was read: after all that the tests did before. */
extern int64_t now;

struct sq_tres with_cpus(int64_t n);
/* A job of alice in physics that waits; with one partition and ten minutes. */
struct sq_sighting waiting(int64_t job_id, const char *uuid, const struct sq_tres *tres);
/* The same, for a minute now. */
struct sq_sighting running(int64_t job_id, const char *uuid, const struct sq_tres *tres);
/* A task of the array 100. */
struct sq_sighting task_of(struct sq_sighting line, int64_t task);
/* Those tasks of the array 100 that wait. */
struct sq_sighting pool_of(int64_t tasks, const char *uuid, const struct sq_tres *tres);
void bring(struct fixture *f, const struct sq_sighting *line, size_t n, bool apply,
           struct sq_sighted *ret);
struct sq_sighted look(struct fixture *f, const struct sq_sighting *line);
bool is_news(const struct sq_sighted *s);
struct sq_sighted see(struct fixture *f, const struct sq_sighting *line);
void see_nothing(struct fixture *f, const struct sq_sighting *line);
void see_bound(struct fixture *f, const struct sq_sighting *line);
void see_corrected(struct fixture *f, const struct sq_sighting *line);
void see_tracked(struct fixture *f, const struct sq_sighting *line);
int sighting_start(void **state);
void hold(struct fixture *f, const char *uuid, int64_t tasks);
void update(struct fixture *f, const char *uuid, int64_t cpus, int64_t seconds,
            int64_t task);
int64_t reserved(struct fixture *f);
int64_t rows(struct fixture *f);
int64_t befores(struct fixture *f);
void assert_progress(struct fixture *f, int64_t job_id, int64_t running_since,
                     int64_t paused_at);
