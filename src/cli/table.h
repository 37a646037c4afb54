/* table.h - the table of `stats`, as people know it, and what its cells look like */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "ledger/balance.h"

/* Under the titles of short lists. */
#define SQ_TITLE_RULE "----------------------------------------"

struct sq_style {
        bool colour;
        bool utf8;  /* else everything is ASCII: `inf`, # and . in bars, ~ for a cut */
        bool hours; /* instead of minutes */
};

/* What suits `out` and the environment: colour on terminals unless NO_COLOR is
 * set, to whatever; UTF-8 when the locale has it. */
struct sq_style sq_style_of(FILE *out, bool hours);

/* The sign for unlimited that the locale can show. */
const char *sq_infinity(void);

/* --- cells, for other tables too ------------------------------------------------ */

/* The columns that a name takes; what cannot be shown counts as the `?` that is printed
 * in its place. */
int sq_table_name_width(const char *name, const struct sq_style *style);

/* In exactly `width` columns: filled with blanks, or cut. */
void sq_table_print_name(FILE *out, const char *name, int width,
                         const struct sq_style *style);

/* Minutes rounded up, or hours with two decimals to the nearest; something never looks
 * like nothing.  32 is enough for `size`.  Returns `text`. */
char *sq_table_amount(struct sq_amount a, const struct sq_style *style, char *text,
                      size_t size);

/* "2026-01-01 00:00:00 UTC", local; "N/A" for 0 and what no calendar has.  64 is enough
 * for `size`.  Returns `text`. */
char *sq_table_time(int64_t at, char *text, size_t size);

/* --- the table of `stats` ------------------------------------------------------- */

/* Subjects to be shown, with names of their own.  Zeroed it is an empty list. */
struct sq_standings {
        size_t n, room;
        struct sq_standing *item;
};

/* Appends a copy; SQ_ENOMEM. */
int sq_standings_add(struct sq_standings *list, const struct sq_standing *standing);
void sq_standings_clear(struct sq_standings *list);

/* The width that the first column needs in both tables: as the longest of the
 * labels and names, at most 30. */
int sq_table_width(const struct sq_standings *users, const struct sq_standings *accounts,
                   const struct sq_style *style);

/* Prints header and rows; `label` stands above the names. */
void sq_table_print(FILE *out, const char *label, int width,
                    const struct sq_standings *list, const struct sq_style *style);
