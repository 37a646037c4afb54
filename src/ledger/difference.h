/* difference.h - where the store is not what its own entries and reservations say
 *
 * Entries and reservations are the truth; balances and the roll-up follow from them, and
 * every row points to one that is there.  Verify names what does not, repair puts it
 * right: both from the same list.
 */
#pragma once

#include "ledger/ledger.h"

/* In the order in which they are put right (repair.c). */
enum sq_difference_what {
        SQ_LOST_ENTRY_LINE,
        /* Of a subject and a resource: */
        SQ_NO_BALANCE,
        SQ_NO_BUDGET_ENTRY,
        SQ_WRONG_BUDGET,
        SQ_WRONG_CONSUMED,
        SQ_WRONG_RESERVED,
        SQ_WRONG_TASKS,
        /* Of a window that is over, too: */
        SQ_WRONG_CLOSED,   /* what was consumed in it */
        SQ_WRONG_PROMISED, /* what unfinished jobs can have used of it */
        SQ_WRONG_CARRIED,  /* what it left to the next one */
        /* Of a user in an account and a resource: */
        SQ_WRONG_ROLL_UP,
        SQ_WRONG_REFUNDED, /* what was given back of it */
        /* Rows of a table that point to nothing: */
        SQ_LOST_RESERVATION,
        SQ_LOST_RESERVATION_AMOUNT,
        SQ_LOST_MEMBERSHIP,
        SQ_LOST_BALANCE,
        SQ_LOST_CHARGE,       /* its entry is missing */
        SQ_LOST_CHARGE_ENTRY, /* its charge is missing */
        SQ_DIFFERENCES
};

/* The key of a row that points to nothing. */
struct sq_lost_row {
        char *text; /* a UUID; NULL in tables without */
        int64_t number[2];
};

struct sq_difference {
        enum sq_difference_what what;

        /* Of a subject, or of a user in an account. */
        enum sq_subject_kind kind;
        char *name;
        char *account;        /* NULL but for a roll-up */
        char *resource;
        int64_t subject_id, account_id, resource_id, window_id;
        int64_t first_day, last_day; /* of a window other than total */
        int64_t closed_by;           /* the entry that closed it; 0: it is not over */
        int64_t is, should;   /* NO_BALANCE: is 1 when an entry says the budget that it
                                 should have, 0 when it is the default's */
        int64_t last_end;     /* of a roll-up: end of their last charge; 0: none */

        /* Lost rows. */
        size_t rows;
        struct sq_lost_row *row;
};

struct sq_differences {
        size_t n, room;
        struct sq_difference *item; /* in the order of sq_difference_compare() */
        int64_t last_entry;         /* the newest entry that was looked at */
};

/* Compares everything in one picture of the store; minutes for years of entries, so set
 * the deadline.  *ret is the caller's.  SQ_ENOMEM, store failures. */
int sq_differences_find(struct sq_ledger *ledger, struct sq_differences **ret,
                        struct sq_error *err);
void sq_differences_free(struct sq_differences *differences);
SQ_DEFINE_CLEANUP(struct sq_differences *, sq_differences_free)

/* 0: the same thing differs, by whatever amount. */
int sq_difference_compare(const struct sq_difference *a, const struct sq_difference *b);

/* A line for people, without its end.  700 bytes are enough. */
#define SQ_DIFFERENCE_TEXT_SIZE 700
const char *sq_difference_text(const struct sq_difference *difference, char *text,
                               size_t size);

/* "consumed", "roll-up", "reservation_amount": what differs, in a word or two. */
const char *sq_difference_word(enum sq_difference_what what);
