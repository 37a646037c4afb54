/* clock.h - now, until when, and how a time is written */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SQ_NS_PER_MS 1000000LL
#define SQ_NS_PER_SECOND 1000000000LL

/* CLOCK_MONOTONIC in nanoseconds: for deadlines and durations. */
int64_t sq_monotonic_ns(void);

/* UTC seconds. */
int64_t sq_now(void);

/* For tests of what takes months: sq_now() is `at` from now on; 0: the real time.  Programs
 * never call it, so that nobody can tell them another time. */
void sq_clock_set(int64_t at);

/* "2026-01-31 18:30:00" and its NUL. */
#define SQ_UTC_TEXT_SIZE 20

/* Writes the time in UTC as slurm-quota 2 wrote it; false, and nothing is written, when it
 * is none: 0 or less (never), or after the year 9999. */
bool sq_utc_text(int64_t at, char ret[SQ_UTC_TEXT_SIZE]);

/* "20260131T183000Z" and its NUL. */
#define SQ_UTC_NAME_SIZE 17

/* Writes the same time as the name of a file can have it; as sq_utc_text(). */
bool sq_utc_name(int64_t at, char ret[SQ_UTC_NAME_SIZE]);
