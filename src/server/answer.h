/* answer.h - what a request is answered: status and JSON, without HTTP around it */
#pragma once

#include "server/body.h"
#include "server/everyone.h"
#include "server/membership.h"
#include "server/reader.h"

/* What answers are made from; lent. */
struct sq_sources {
        struct sq_readers *readers;
        struct sq_everyone *everyone;
        struct sq_membership *membership;
        sq_tell_fn complain;
        bool in_trouble; /* the store fails, and that was said; of sq_answer() alone */
};

struct sq_answer {
        unsigned status;      /* 200, 400, ... */
        const char *allow;    /* for the header of that name; NULL: none */
        struct sq_body *body; /* the caller's to release; NULL: out of memory */
};

/* `target` as it stands in the first line of the request. */
void sq_answer(struct sq_sources *sources, const char *method, const char *target,
               struct sq_answer *ret);

/* {"error":"...","message":"..."} */
void sq_answer_error(unsigned status, const char *error, const char *message,
                     struct sq_answer *ret);
