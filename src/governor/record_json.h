/* record_json.h - what policies are and did, as JSON by the names of the API */
#pragma once

#include "base/document.h"
#include "governor/record.h"
#include "governor/run.h"

/* A time as "2026-01-31T18:30:00Z"; null for 0. */
void sq_document_add_moment(struct sq_document *doc, const char *name, int64_t at);

/* Where the API has policies; their UUIDs and "/" stand behind it. */
#define SQ_POLICIES_PATH "/api/marketplace-slurm-periodic-usage-policies/"

/* A policy, with how many accounts it has. */
int sq_kept_policy_print(struct sq_ledger *ledger, struct sq_document *doc,
                         const struct sq_kept_policy *kept, struct sq_error *err);
void sq_evaluation_record_print(struct sq_document *doc,
                                const struct sq_evaluation_record *record);
void sq_event_record_print(struct sq_document *doc, const struct sq_event_record *record);
void sq_command_record_print(struct sq_document *doc, const struct sq_command_record *record);

/* {"paused": true, "downscaled": false} */
void sq_flags_print(struct sq_document *doc, const char *name, bool paused, bool downscaled);

/* Members of an object that tell of all accounts of a run. */
void sq_governing_print(struct sq_document *doc, const struct sq_kept_policy *kept,
                        const char *window, bool dry);

/* One account of a dry run ("would_trigger") or of an evaluation ("actions_taken"). */
void sq_governed_print(struct sq_document *doc, const struct sq_kept_policy *kept,
                       const struct sq_governed *governed, bool dry);

/* One account as it stands, and where that leads (course_json.h). */
void sq_governed_print_standing(struct sq_document *doc, const struct sq_kept_policy *kept,
                                const struct sq_governed *governed);

/* The words of what a threshold's reaction is, "pause,notify"; "" for none. */
char *sq_taken_text(const bool taken[SQ_REACTIONS], char text[64]);
