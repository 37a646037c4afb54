/* heritage.h - what of the ancestor's database a ledger can take over
 *
 * Minutes become seconds.  Names, numbers and UUIDs are checked as if people had typed
 * them just now: the ancestor checked nothing, and its columns hold NULLs, fractions and
 * texts.  What cannot be taken over, or not as it is, is said in a note.
 *
 * Of accounts that differ in nothing but upper and lower case, which are one to Slurm,
 * consumption and reservations are added up; the budget is that of the name in lower
 * case, for the ancestor made the others on the fly, with the default; if there is none,
 * the smallest.
 */
#pragma once

#include "ledger/adoption.h"
#include "store/ancestor.h"

struct sq_heritage {
        struct sq_adoption adoption;
        int64_t reserved_tasks; /* of all reservations */
        size_t left_out;        /* rows that are not taken over */
        size_t n_notes;
        char **note; /* lines for people, without their ends */
};

/* Reads all of it.  *ret is the caller's.  SQ_ENOMEM; SQ_EVERSION: it is none of
 * Rackslab's; failures of reading. */
int sq_heritage_read(struct sq_ancestor *ancestor, struct sq_heritage **ret,
                     struct sq_error *err);
void sq_heritage_free(struct sq_heritage *heritage);
SQ_DEFINE_CLEANUP(struct sq_heritage *, sq_heritage_free)
