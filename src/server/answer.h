/* answer.h - what a request is answered: status and JSON, without HTTP around it */
#pragma once

#include "server/auth/guard.h"
#include "server/body.h"
#include "server/everyone.h"
#include "server/membership.h"
#include "server/reader.h"
#include "server/request.h"
#include "server/tally.h"

struct sq_surroundings;
struct sq_ticker;

/* What answers are made from; lent. */
struct sq_sources {
        const struct sq_config *config;
        struct sq_readers *readers;
        struct sq_everyone *everyone;
        struct sq_membership *membership;
        struct sq_surroundings *surroundings;
        struct sq_ticker *ticker; /* NULL: policies are somebody else's business */
        struct sq_guard *guard; /* NULL: a request says itself who asks */
        sq_tell_fn complain;
        struct sq_tally tally; /* of all answers */
        bool in_trouble; /* the store fails, and that was said; of sq_answer_trouble() and
                            sq_answer_no_trouble() alone */
};

struct sq_answer {
        unsigned status;      /* 200, 400, ... */
        const char *type;     /* of the body; NULL: JSON */
        char allow[48];       /* for the header of that name; "": none */
        bool counted;         /* there is a header X-Result-Count ... */
        int64_t count;        /* ... that says so many */
        char link[640];       /* the header Link; "": none */
        struct sq_body *body; /* the caller's to release; NULL: out of memory */
};

/* Answers what stands in the first half of `request` (request.h). */
void sq_answer(struct sq_sources *sources, struct sq_request *request, struct sq_answer *ret);

/* The first half of that: reads the request and finds out who asks.  True: its route's
 * `answer` is to be called, now or later.  False: *ret is the answer already. */
bool sq_answer_begin(struct sq_sources *sources, struct sq_request *request,
                     struct sq_answer *ret);

/* --- for those who answer -------------------------------------------------------------- */

/* What was written in `json`, which begins anew. */
void sq_answer_json(struct sq_json *json, unsigned status, struct sq_answer *ret);

/* {"error":"...","message":"..."} */
void sq_answer_error(unsigned status, const char *error, const char *message,
                     struct sq_answer *ret);

/* By a code that the caller is to blame for: SQ_EINVAL and SQ_ERANGE 400, SQ_ENOTFOUND 404,
 * SQ_EACCESS 403, SQ_EEXIST 409; with the error's text, and its hint. */
void sq_answer_refusal(int code, const struct sq_error *err, struct sq_answer *ret);

/* The store has failed: 503, and people are told, once until it works again. */
void sq_answer_trouble(struct sq_sources *sources, const struct sq_error *err,
                       struct sq_answer *ret);
/* People are told, and the answer goes on without the store. */
void sq_answer_tell_trouble(struct sq_sources *sources, const struct sq_error *err);
void sq_answer_no_trouble(struct sq_sources *sources);

/* Whether the caller is to blame for a code, and not the store. */
bool sq_is_refusal(int code);

/* A refusal or trouble, whichever it is. */
void sq_answer_failure(struct sq_sources *sources, int code, const struct sq_error *err,
                       struct sq_answer *ret);
