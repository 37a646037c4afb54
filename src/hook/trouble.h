/* trouble.h - failures that were survived: counted, and logged rarely */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct sq_trouble {
        int64_t failures; /* since the last line */
        int64_t allowed;
        int64_t refused;
        int64_t spooled;
        int64_t lost;     /* not even the spool took it */
        int64_t healed;   /* booked from the spool */
        int64_t last_line_at; /* CLOCK_MONOTONIC nanoseconds, 0: never */
        bool failing;
        char cause[200];      /* why the store failed last */
        char loss[120];       /* why the spool did */
        char line[600];
        bool is_error;
};

/* Notes one failure of the store and why. */
void sq_trouble_add(struct sq_trouble *trouble, const struct sq_error *err);

/* Notes an event that the spool did not take. */
void sq_trouble_lose(struct sq_trouble *trouble, const struct sq_error *err);

/* Notes that the store answered, and how many spooled events it took. */
void sq_trouble_over(struct sq_trouble *trouble, int64_t healed);

/* True when there is something to say and the last line is at least `interval` ns old. */
bool sq_trouble_is_due(const struct sq_trouble *trouble, int64_t now, int64_t interval);

/* Writes the line to log and counts from 0 again. */
void sq_trouble_tell(struct sq_trouble *trouble, int64_t now);
