/* tokens.h - API tokens over HTTP: those of the caller, and a new one for him */
#pragma once

#include "server/answer.h"

/* sq_handler_fn */
void sq_tokens_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret);
void sq_tokens_create(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);
void sq_tokens_revoke(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret);
