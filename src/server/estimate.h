/* estimate.h - POST /estimate: what would become of a job
 *
 * The body is {"user": NAME, "jobs": [{"account": NAME, ...}]} with the fields of
 * slurm/request_field.h; several jobs are the components of one.  Without "user" it is the
 * caller, without "account" the user's default one.  The answer is that of
 * `slurm-quota estimate --json`.
 *
 * For oneself and the accounts one is in; for operators anybody and any account.
 */
#pragma once

#include "server/answer.h"

void sq_estimate_answer(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret);
