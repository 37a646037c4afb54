/* halt.h - why an account takes no jobs
 *
 * Policies pause and block accounts, and operators pause them.  A submission learns from
 * the row of the account alone that it is so (column `halted`); why is looked up here,
 * only then.
 */
#pragma once

#include "ledger/ledger.h"

/* Bits of the column. */
#define SQ_HALT_POLICY 1
#define SQ_HALT_OPERATOR 2

enum sq_halted_by { SQ_HALTED_BY_NOBODY, SQ_HALTED_BY_OPERATOR, SQ_HALTED_BY_POLICY };

struct sq_halt {
        enum sq_halted_by by; /* of both the operator */
        char reason[128];     /* the operator's, cut; empty: none was given */
        char policy[64];      /* its name, cut */
        bool blocked;         /* by a policy that does not pause, but takes no jobs */
        char percentage[16];  /* of the allocation: "123.4" */
        int64_t next_day;     /* when the next window begins (YYYYMMDD); 0: never */
};

/* SQ_HALTED_BY_NOBODY: it takes jobs, or there is no such account.  Store failures. */
int sq_halt_read(struct sq_ledger *ledger, const char *account, struct sq_halt *ret,
                 struct sq_error *err);

/* "by policy NAME at 123.4 % of its allocation; a new window begins 2027-01-01", or "by an
 * operator: REASON"; empty for nobody.  Returns `text`. */
#define SQ_HALT_TEXT_SIZE 224
char *sq_halt_text(const struct sq_halt *halt, char text[SQ_HALT_TEXT_SIZE]);

/* Makes the column of an account what its holds and policies say, in their transaction. */
struct sq_txn;
void sq_halt_settle(struct sq_txn *txn, int64_t account_id);
