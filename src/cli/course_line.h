/* course_line.h - a line of text about where the usage of an account leads */
#pragma once

#include <stdio.h>

#include "governor/run.h"

/* Prints a line: what is used in a day, and when each threshold that does something is
 * reached.  Nothing for an account of which that is not known, or without an allocation. */
void sq_course_line_print(FILE *out, const struct sq_kept_policy *kept,
                          const struct sq_governed *governed);
