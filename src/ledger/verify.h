/* verify.h - recomputes every balance from the entries and reservations */
#pragma once

#include "ledger/ledger.h"

/* One difference, as a line a person can read; lent during the call. */
typedef void (*sq_difference_fn)(const char *line, void *payload);

/* Compares budget, consumed and reserved of every subject with what the entries
 * and reservations say, the roll-up with the charges, and looks for rows that
 * point to nothing.  *ret_differences counts the calls of `each`. */
int sq_verify(struct sq_ledger *ledger, sq_difference_fn each, void *payload,
              int64_t *ret_differences, struct sq_error *err);
