/* clock.h - now, and until when */
#pragma once

#include <stdint.h>

#define SQ_NS_PER_MS 1000000LL
#define SQ_NS_PER_SECOND 1000000000LL

/* CLOCK_MONOTONIC in nanoseconds: for deadlines and durations. */
int64_t sq_monotonic_ns(void);

/* UTC seconds. */
int64_t sq_now(void);
