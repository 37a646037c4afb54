/* minutes.h - numbers as the ancestor's columns hold them (private to this folder) */
#pragma once

#include "store/ancestor.h"

enum sq_reading {
        SQ_READ_AMOUNT,
        SQ_READ_MINUS_ONE, /* which is unlimited, where that can be */
        SQ_READ_NEGATIVE,
        SQ_READ_NOTHING,   /* NULL */
        SQ_READ_ABSENT,    /* that version does not have it */
        SQ_READ_TOO_LARGE,
        SQ_READ_NO_NUMBER
};

/* No amount is larger: a quarter of what 64 bits hold, 73 thousand million CPU years, so
 * that sums of some of them can still be counted. */
#define SQ_MOST_SECONDS (INT64_MAX / 4)

/* Minutes as seconds; fractions to the nearest second.  *ret is set for an amount only. */
enum sq_reading sq_read_minutes(const struct sq_value *value, int64_t *ret);

/* A count, for which the fraction is cut off. */
enum sq_reading sq_read_count(const struct sq_value *value, int64_t *ret);

/* A factor in millionths, rounded: SQ_READ_TOO_LARGE above a million, SQ_READ_NEGATIVE
 * when it is not above 0 or rounds to that. */
enum sq_reading sq_read_factor(const struct sq_value *value, int64_t *ret);

/* "YYYY-MM-DD HH:MM:SS" in UTC, as SQLite's CURRENT_TIMESTAMP; `now` for everything else
 * and for times to come. */
int64_t sq_read_time(const struct sq_value *value, int64_t now);

/* "is NULL", "is no number", ...: what is the matter with it. */
const char *sq_reading_text(enum sq_reading reading);
