/* seen.h - which reservations and jobs a reading of the queue has shown
 *
 * A table in memory: some 40 bytes for each line of the queue.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/uuid.h"

/* What the lines of the queue say of a reservation, or of one task's row of it. */
struct sq_seen_row {
        int64_t tasks; /* unfinished ones */
        bool moving;   /* it may have changed since: its number says nothing */
};

struct sq_seen;

struct sq_seen *sq_seen_new(void); /* NULL: out of memory */
void sq_seen_free(struct sq_seen *seen);
SQ_DEFINE_CLEANUP(struct sq_seen *, sq_seen_free)

/* Adds to what is known of (uuid, array_task).  False: out of memory. */
bool sq_seen_add(struct sq_seen *seen, const char *uuid, int64_t array_task, int64_t tasks,
                 bool moving);

/* False when nothing was said of it. */
bool sq_seen_find(const struct sq_seen *seen, const char *uuid, int64_t array_task,
                  struct sq_seen_row *ret);

/* A job id of the queue, and when that job was submitted. */
bool sq_seen_add_job(struct sq_seen *seen, int64_t job_id, int64_t submit_at);
bool sq_seen_find_job(const struct sq_seen *seen, int64_t job_id, int64_t *ret_submit_at);
