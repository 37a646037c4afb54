/* spool.h - events that could not be booked, kept in a file until they can
 *
 * One line per event in DIRECTORY/events, with a checksum, in the order they
 * happened.  Its space is set aside beforehand, so that it takes a few thousand
 * events on a full disk.  Booking them again is harmless: every event carries
 * its own key.  Charges that only slurmdbd can complete are kept apart, in
 * DIRECTORY/questions: hooks never wait for it and never look there.
 */
#pragma once

#include "ledger/charge.h"
#include "ledger/reservation.h"

enum sq_spool_kind {
        SQ_SPOOL_RESERVE, /* Slurm was told yes without asking the store */
        SQ_SPOOL_MODIFY,  /* the same for a changed job */
        SQ_SPOOL_CHARGE,
        SQ_SPOOL_ASK      /* a charge that lacks what slurmdbd knows */
};

/* One event; texts are lent. */
struct sq_spooled {
        enum sq_spool_kind kind;
        struct sq_claim claim; /* RESERVE, MODIFY */
        int64_t array_task;    /* MODIFY */
        struct sq_run run;     /* CHARGE, ASK */
        int64_t uid;           /* ASK: the user's id; -1 unknown */
};

/* Makes the file of events and has its space set aside, if it is not there. */
int sq_spool_prepare(const char *directory, struct sq_error *err);

/* Appends one event to the spool in `directory`, making the file when missing.
 * Bounded (it waits some 20 ms at most for another process) and without fsync.
 * SQ_EBUSY, SQ_EIO, SQ_EACCESS, SQ_ERANGE (a line too long to be ours). */
int sq_spool_append(const char *directory, const struct sq_spooled *event,
                    struct sq_error *err);

/* True when no event waits in `events`; costs one stat(). */
bool sq_spool_is_empty(const char *directory);

/* Completes an ASK event (asks slurmdbd): fills event->run, returns SQ_OK;
 * SQ_ENOTFOUND: still not known, keep it; anything else: stop here. */
typedef int (*sq_spool_complete_fn)(struct sq_spooled *event, void *payload,
                                    struct sq_error *err);

struct sq_spool_report {
        int64_t booked;   /* events that are in the ledger now */
        int64_t rejected; /* moved to DIRECTORY/rejected: not ours, or impossible */
        int64_t waiting;  /* looked at and left: slurmdbd does not know them yet */
        bool unfinished;  /* there may be more: the limit was reached, the store
                             failed, or another replay is under way */
};

/* Books up to `most` waiting events, oldest first, and empties a file when none
 * is left in it.  `complete` may be NULL: then `questions` is left alone.  Stops
 * at the first store failure and returns it; what was booked until then stays
 * booked and *ret is set in every case. */
int sq_spool_replay(const char *directory, struct sq_ledger *ledger, int64_t most,
                    sq_spool_complete_fn complete, void *payload,
                    struct sq_spool_report *ret, struct sq_error *err);
