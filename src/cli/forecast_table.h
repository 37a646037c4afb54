/* forecast_table.h - the table of `stats --forecast`: whether budgets will last */
#pragma once

#include <stdio.h>

#include "cli/table.h"
#include "ledger/prospect.h"

/* Prints a row, and before the first of them (`rows` 0) the header.  Unlimited budgets that
 * nothing is used of have none.  `rows` counts. */
void sq_forecast_table_print(FILE *out, const struct sq_prospect *prospect,
                             struct sq_date today, const struct sq_style *style, size_t *rows);
