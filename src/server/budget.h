/* budget.h - /budgets: budgets of every TRES, for all of time, a month, a quarter, a year
 *
 * Names of TRES have slashes, which proxies do not leave alone in paths; reasons belong
 * neither into the logs of proxies nor, as bodies of DELETE, where these may drop them.  So
 * what a budget is of stands in bodies, and one is removed by POST.  All are sq_handler_fn.
 */
#pragma once

#include "server/answer.h"

/* GET /budgets: without a name those of all whom the caller may see, but not what is
 * unlimited for all of time. */
enum sq_budget_parameter { SQ_BUDGET_USER, SQ_BUDGET_ACCOUNT, SQ_BUDGET_WINDOW };

void sq_budgets_show(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret);

/* PUT /budgets/users/{name}, /budgets/accounts/{name}: sets one or several, or none. */
void sq_budgets_set_user(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_answer *ret);
void sq_budgets_set_account(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret);

/* POST /budgets/users/{name}/remove, /budgets/accounts/{name}/remove: one. */
void sq_budget_remove_user(struct sq_sources *sources, const struct sq_request *request,
                           struct sq_answer *ret);
void sq_budget_remove_account(struct sq_sources *sources, const struct sq_request *request,
                              struct sq_answer *ret);
