/* estimate_table.h - an estimate for people */
#pragma once

#include <stdio.h>

#include "estimate/estimate.h"

void sq_estimate_print(FILE *out, const struct sq_estimate *estimate,
                       const char *const *remarks, size_t n_remarks);
