/* estimate_json.h - an estimate as JSON: what `slurm-quota estimate --json` prints and
 * POST /estimate answers */
#pragma once

#include <stdio.h>

#include "estimate/estimate.h"

/* One object and the end of the line.  `remarks` are lines for people; may be none. */
void sq_estimate_print_json(FILE *out, const struct sq_estimate *estimate,
                            const char *const *remarks, size_t n_remarks);
