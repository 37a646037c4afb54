/* change.h - changes to the ledger that are asked for over HTTP */
#pragma once

#include "ledger/budget.h"
#include "server/answer.h"

typedef int (*sq_change_fn)(struct sq_ledger *ledger, const struct sq_actor *actor,
                            void *payload, struct sq_error *err);

/* Checks the reason (NULL: none), opens the ledger for changing it and calls `change`, with
 * the caller and how he proved it as the actor: "alice (munge)".  True: it was done, and
 * *ret is still to be written.  False: it is the answer that says why not. */
bool sq_change(struct sq_sources *sources, const struct sq_request *request,
               const char *reason, sq_change_fn change, void *payload, struct sq_answer *ret);

/* 204: done, and there is nothing more to say. */
void sq_answer_done(struct sq_answer *ret);
