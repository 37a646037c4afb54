/* job_table.h - the table of `stats --jobs`: who holds what at this moment */
#pragma once

#include <stdio.h>

#include "cli/table.h"
#include "ledger/job.h"

/* Jobs to be shown, with names of their own.  Zeroed it is an empty list. */
struct sq_job_list {
        size_t n, room;
        struct sq_job_standing *item;
};

/* Appends a copy; SQ_ENOMEM. */
int sq_job_list_add(struct sq_job_list *list, const struct sq_job_standing *job);
void sq_job_list_clear(struct sq_job_list *list);

/* Prints header, rows and their sum, with columns as wide as they need to be; for an
 * empty list, that there are none.  `compared_at` is when the queue was compared last,
 * UTC seconds; 0: never. */
void sq_job_table_print(FILE *out, const struct sq_job_list *list, int64_t compared_at,
                        const struct sq_style *style);
