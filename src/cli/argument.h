/* argument.h - what people type, checked before anything is touched */
#pragma once

#include "base/amount.h"
#include "base/error.h"
#include "ledger/ledger.h"
#include "slurm/name.h"

/* Whole minutes in decimal, or -1 for unlimited.  SQ_EINVAL for everything else
 * (other signs, blanks, fractions, exponents), SQ_ERANGE when the seconds do not
 * fit into 64 bits. */
int sq_argument_minutes(const char *text, struct sq_amount *ret, struct sq_error *err);

/* A change in decimal, with or without sign ("+90", "-90", "90"), of units that have so
 * many seconds.  SQ_EINVAL for everything else, SQ_ERANGE when the seconds do not fit. */
int sq_argument_change(const char *text, int64_t unit, struct sq_amount *ret,
                       struct sq_error *err);

/* How many, in decimal.  SQ_EINVAL: something else; SQ_ERANGE: more than a number can
 * say. */
int sq_argument_count(const char *text, int64_t *ret, struct sq_error *err);

/* The name of a subject as the ledger keeps it: accounts in lower case. */
int sq_argument_subject(enum sq_subject_kind kind, const char *text,
                        char ret[SQ_NAME_SIZE], struct sq_error *err);

/* YYYY-MM-DD, YYYY-MM-DDTHH:MM or YYYY-MM-DDTHH:MM:SS in local time, as UTC seconds.
 * SQ_EINVAL: something else, before 1970, or in the future. */
int sq_argument_time(const char *text, int64_t *ret, struct sq_error *err);

/* "50000 minutes" or "unlimited"; 32 is enough for `size`. */
const char *sq_minutes_text(struct sq_amount limit, char *text, size_t size);
