/* columns.h - a table whose rows are printed as they are found
 *
 * So its columns are as wide as rows are in general; what is wider moves the rest of its
 * row to the right.
 */
#pragma once

#include "cli/table.h"

struct sq_column {
        const char *title;
        int width;
        bool is_number; /* stands at the right */
};

/* Titles, and a rule under them.  Nothing is filled up behind the last column. */
void sq_columns_print_header(FILE *out, const struct sq_column *columns, size_t n,
                             const struct sq_style *style);
void sq_columns_print_row(FILE *out, const struct sq_column *columns, size_t n,
                          const char *const *text, const struct sq_style *style);

/* --- cells -------------------------------------------------------------------------- */

/* What was added or taken off, with its sign; 0 has none.  40 is enough for `size`. */
char *sq_column_change(struct sq_amount change, const struct sq_style *style, char *text,
                       size_t size);
