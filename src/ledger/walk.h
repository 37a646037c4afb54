/* walk.h - entries and charges by time, without an index for it
 *
 * Entries are kept by id and charges by job; an index of charges by entry would cost every
 * charge 2 to 3 us, two of entries by subject 8 us, for questions that people ask a few
 * times a day.  So these read entries backwards or from a time on, and charges from the
 * highest job id down until all that are wanted are found: a million of either takes some
 * 60 ms.  They do it in pictures of a few milliseconds each: a long one would keep the log
 * of the database from being emptied.
 */
#pragma once

#include "ledger/internal.h"

/* Entries to be read in one picture. */
#define SQ_WALK_ENTRIES 50000

/* The newest entry; 0: there is none. */
int64_t sq_walk_last_entry(struct sq_txn *txn);

/* No entry with a lower id was made at `since` or later: ids grow with time.  An hour is
 * allowed for clocks that are set back, so times are still to be looked at.  1 for a
 * `since` of 0. */
int64_t sq_walk_first_entry(struct sq_txn *txn, int64_t since);

/* How far it has come: all above this is done. */
struct sq_walk {
        int64_t cluster_id, job_id;
};

#define SQ_WALK_START ((struct sq_walk){.cluster_id = INT64_MAX})

/* Jobs with charges, by raw id: from `first` to `last` of one cluster. */
struct sq_walk_step {
        int64_t cluster_id, first, last;
};

/* The next ones, the highest ids first: those are new in general, and who looks for new
 * ones can stop early.  False when there are no more, or on failure. */
bool sq_walk_next(struct sq_txn *txn, struct sq_walk *walk, struct sq_walk_step *ret);
