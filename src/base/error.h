/* error.h - what went wrong, for programs (a code) and for people (a text)
 *
 * A function that can fail returns 0 or one of the codes below and, when the
 * caller passed a struct sq_error, writes one line of text into it.  The texts
 * follow PostgreSQL's guide: lower case, no full stop, "could not" when it may
 * work later, "cannot" when it never will; the hint is a whole sentence that
 * says what to do.
 */
#pragma once

enum sq_code {
        SQ_OK = 0,
        SQ_EINVAL = -1,   /* the input is not acceptable */
        SQ_ENOTFOUND = -2,
        SQ_EEXIST = -3,   /* a key is taken already */
        SQ_EBUSY = -4,    /* somebody else holds it longer than we may wait */
        SQ_EIO = -5,      /* the disk, the file or the system failed */
        SQ_ECORRUPT = -6, /* the data is not what we wrote */
        SQ_ENOMEM = -7,
        SQ_ERANGE = -8,   /* a number does not fit */
        SQ_EACCESS = -9,  /* the caller may not do this */
        SQ_EVERSION = -10 /* written by another version */
};

struct sq_error {
        char text[512];
        char hint[256];
};

/* Fills `err` (which may be NULL) and returns `code`, so that a failing
 * function can end with `return sq_fail(...)`.  The hint is emptied. */
int sq_fail(struct sq_error *err, int code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Puts "prefix: " before the text; used by callers that know more. */
void sq_context(struct sq_error *err, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/* Sets the hint. */
void sq_hint(struct sq_error *err, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
