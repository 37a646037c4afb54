/* standing_json.h - what `stats` shows, as JSON */
#pragma once

#include "base/document.h"
#include "cli/job_table.h"

/* {"users":[...],"accounts":[...]} with the fields of GET /stats: those of slurm-quota 2,
 * in minutes rounded up, and the same amounts in seconds; -1 is unlimited. */
void sq_standings_print_json(FILE *out, const struct sq_standings *users,
                             const struct sq_standings *accounts);

/* {"jobs":[...],"compared_at":...}: what unfinished jobs hold and have used, in seconds.
 * Times are UTC seconds; null: not known, or never. */
void sq_job_list_print_json(FILE *out, const struct sq_job_list *jobs, int64_t compared_at);
