/* metrics.h - GET /metrics: what Prometheus wants to know */
#pragma once

#include "server/answer.h"

/* Where budgets stand, what the hooks counted, what waits, how the reconciler and the
 * service fare.  A part that cannot be read is left out and said to be down; the rest is
 * told all the same: 200 in every case. */
void sq_metrics_answer(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);
