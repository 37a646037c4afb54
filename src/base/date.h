/* date.h - days of the calendar
 *
 * A day of the Gregorian calendar, as a site's people write it: without a time zone and
 * without a time.  Exact for the years 1 to 9999 and beyond.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sq_date {
        int year, month, day; /* 2026, 1 to 12, 1 to 31 */
};

#define SQ_DATE_YEAR_MAX 9999

/* "2026-01-31" and its NUL, with room for every int. */
#define SQ_DATE_SIZE 36

/* Days since 1970-01-01; negative before it. */
int64_t sq_date_days(struct sq_date date);
struct sq_date sq_date_from_days(int64_t days);

/* The same as a number, 20260131, which is how the ledger keeps days. */
int64_t sq_date_number(struct sq_date date);
struct sq_date sq_date_from_number(int64_t number);

/* 28 to 31. */
int sq_date_month_length(int year, int month);

/* Exactly YYYY-MM-DD, a day that there is, from 0001 on; false for anything else. */
bool sq_date_parse(const char *text, struct sq_date *ret);

/* "2026-01-31"; returns `text`. */
char *sq_date_text(struct sq_date date, char text[SQ_DATE_SIZE]);
