/* scenario_json.h - what `slurm-quota policy simulate` reads
 *
 *   {"policy": {...},
 *    "accounts": [{"name": "proj1", "allocation": {"node": 1000}}],
 *    "events": [{"date": "2026-01-15", "account": "proj1", "usage": {"node": 500}},
 *               {"date": "2026-02-01", "account": "proj1", "allocation": {"node": 1250}},
 *               {"date": "2026-02-02", "account": "proj1", "hold": "paused"},
 *               {"date": "2026-02-03", "evaluate": true}]}
 *
 * Each event has one of usage, allocation, hold and evaluate; an evaluation may be of one
 * account.  Events may have a note, and holds a reason, which nobody looks at.
 */
#pragma once

#include <jansson.h>

#include "base/error.h"
#include "policy/simulation.h"

/* *ret is the caller's; its policy has been checked, and *ret_policy gets it.  SQ_EINVAL
 * names the place: "events[3].usage: ..."; SQ_ERANGE: too much of something; SQ_ENOMEM. */
int sq_scenario_read_json(const json_t *root, struct sq_policy *ret_policy,
                          struct sq_simulation **ret, struct sq_error *err);
