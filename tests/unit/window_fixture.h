/* window_fixture.h - a ledger in which tests say what time it is
 *
 * Jobs are alice's in physics, with one CPU where nothing else is said.
 */
#pragma once

#include "fixture.h"

#include "ledger/window_budget.h"

/* Rules, not names: the time zone database may be missing where this runs. */
#define PARIS "CET-1CEST,M3.5.0,M10.5.0/3"
/* Here the clock is moved at midnight: forward from 0:00 to 1:00, back from 0:00 to
 * 23:00 of the day before. */
#define SAO_PAULO "<-03>3<-02>,M11.1.0/0,M2.3.0/0"

#define HOUR 3600
#define DAY (24 * HOUR)

/* cmocka's setup and teardown: in Paris, at noon of 2026-03-15. */
int window_start(void **state);
int window_stop(void **state);

/* Moves to another time zone. */
void be_in(const char *zone);

/* UTC seconds of a local time. */
int64_t at(int year, int month, int day, int hour, int minute);

/* Says what time it is. */
void it_is(int64_t now);

/* Sets a budget; `carryover` NULL: as it is. */
void set_budget(struct fixture *f, enum sq_subject_kind kind, const char *name,
                const char *resource, enum sq_window_kind window, int64_t seconds,
                const char *carryover);

/* The same for all that physics may use of the CPUs in a month. */
void set_month(struct fixture *f, int64_t seconds, const char *carryover);

/* Where a budget stands; fails the test when there is none. */
struct sq_window_balance standing(struct fixture *f, enum sq_subject_kind kind,
                                  const char *name, const char *resource,
                                  enum sq_window_kind window);
struct sq_window_balance month(struct fixture *f);

/* Whether it is accepted. */
bool reserve(struct fixture *f, const char *uuid, int64_t cpus, int64_t seconds);

/* The end of a job that ran. */
void charge(struct fixture *f, int64_t job_id, const char *uuid, int64_t cpus, int64_t from,
            int64_t to);

/* One number of the closed window of physics that begins on that day. */
int64_t closed(struct fixture *f, const char *column, int64_t first_day);

/* Touches physics, so that what is over is closed. */
void touch(struct fixture *f);

void count(struct fixture *f);
