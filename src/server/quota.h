/* quota.h - budgets, what was consumed of them, and defaults: what operators set over HTTP
 *
 * The shapes are those of slurm-quota 3.0; a quota is a budget with the window `total`.
 */
#pragma once

#include "server/answer.h"

/* sq_handler_fn of PUT /quotas/users/{name}/{resource}, /quotas/accounts/...: */
void sq_quota_set_user(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);
void sq_quota_set_account(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_answer *ret);

/* PATCH /consumption/user/{name}/{resource}, /consumption/account/...: */
void sq_quota_adjust_user(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_answer *ret);
void sq_quota_adjust_account(struct sq_sources *sources, const struct sq_request *request,
                             struct sq_answer *ret);

/* PATCH /consumption/user/{name}, /consumption/account/{name}: of every TRES and window. */
void sq_quota_adjust_user_window(struct sq_sources *sources, const struct sq_request *request,
                                 struct sq_answer *ret);
void sq_quota_adjust_account_window(struct sq_sources *sources,
                                    const struct sq_request *request, struct sq_answer *ret);

/* The subject that the path names first, as the ledger keeps it.  SQ_EINVAL. */
int sq_quota_subject(const struct sq_request *request, enum sq_subject_kind kind,
                     char ret[SQ_NAME_SIZE], struct sq_error *err);

/* GET and PUT /quotas/defaults */
void sq_quota_show_defaults(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret);
void sq_quota_set_defaults(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret);
