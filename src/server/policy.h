/* policy.h - /api/marketplace-slurm-periodic-usage-policies/ and /api/events/
 *
 * Paths, members and statuses are those of the API that slurm-quota's ancestor has; where
 * ours are others, slurm-quota-api(7) says so.  All are sq_handler_fn.
 */
#pragma once

#include "governor/plan_text.h"
#include "server/answer.h"
#include "server/page.h"

/* --- policy_list.c -------------------------------------------------------------------- */

enum sq_policy_list_parameter {
        SQ_POLICY_PAGE, /* from 1 */
        SQ_POLICY_PAGE_SIZE,
        SQ_POLICY_SCOPE, /* the cluster's name, or its UUID in the second one */
        SQ_POLICY_SCOPE_UUID
};

void sq_policy_list(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret);
void sq_policy_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret);

/* The names that `actions` may have. */
void sq_policy_actions(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);

/* --- policy_change.c ------------------------------------------------------------------ */

void sq_policy_create(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);

/* PUT wants `scope` and `actions`; apart from that both change what they name. */
void sq_policy_put(struct sq_sources *sources, const struct sq_request *request,
                   struct sq_answer *ret);
void sq_policy_patch(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret);
void sq_policy_delete(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);

/* --- policy_run.c: slow, for operators ------------------------------------------------ */

void sq_policy_dry_run(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);
void sq_policy_evaluate(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret);
void sq_policy_force_period_reset(struct sq_sources *sources, const struct sq_request *request,
                                  struct sq_answer *ret);

struct sq_associations;
struct sq_policy;

/* Slurm's tree of accounts, where the policy needs it: *ret is the caller's, and stays as it
 * is where not.  Runs sacctmgr, and waits for it.  As sq_account_parents_ask(). */
int sq_policy_ask_tree(const struct sq_sources *sources, const struct sq_policy *policy,
                       struct sq_associations **ret, struct sq_error *err);

/* --- policy_preview.c: slow, for operators -------------------------------------------- */

void sq_policy_preview(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);

/* --- policy_log.c --------------------------------------------------------------------- */

enum sq_policy_log_parameter { SQ_POLICY_RESOURCE, SQ_POLICY_WINDOW };

void sq_policy_evaluations(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret);
void sq_policy_commands(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret);

enum sq_event_parameter { SQ_EVENTS_RESOURCE, SQ_EVENTS_POLICY, SQ_EVENTS_LIMIT };

void sq_events_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret);

/* How a plan went; for operators. */
void sq_policy_report(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);

/* --- policy_status.c: slow ------------------------------------------------------------- */

/* How the accounts stand that the caller sees, and when they reach thresholds.  Slurm is not
 * asked for its tree: accounts below a parent that the policy names are there from the first
 * evaluation on (policy_view.h). */
void sq_policy_status(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);
