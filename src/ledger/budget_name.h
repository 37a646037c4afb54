/* budget_name.h - the names by which people and requests say what a budget is of, and for
 * which window
 */
#pragma once

#include "base/error.h"
#include "base/tres.h"
#include "policy/window.h"

/* "cpu", "gpu" (weighted by type; with "_hours" behind it too), or another TRES by Slurm's
 * name or one of component.h.  SQ_EINVAL. */
int sq_budget_resource_read(const char *text, char ret[SQ_TRES_NAME_MAX],
                            struct sq_error *err);

/* "total", "month", "quarter" or "year".  SQ_EINVAL. */
int sq_budget_window_read(const char *text, enum sq_window_kind *ret, struct sq_error *err);
