/* stats.h - GET /stats: where users and accounts stand, as JSON */
#pragma once

#include "ledger/ledger.h"
#include "server/answer.h"

/* Its parameters, by their places in the route. */
enum sq_stats_parameter { SQ_STATS_USER, SQ_STATS_ACCOUNT };

/* Answers the request (sq_handler_fn). */
void sq_stats_answer(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret);

/* {"users":[...],"accounts":[...]}, each by name: everybody's when `user` and `account`
 * are empty, or the user's and those of his accounts, or the account's alone; of these what
 * `viewer` sees (NULL: all).
 * Store failures, SQ_ENOMEM.  *ret is the caller's. */
int sq_stats_write(struct sq_ledger *ledger, struct sq_membership *membership,
                   const struct sq_caller *viewer, const char *user, const char *account,
                   struct sq_body **ret, struct sq_error *err);
