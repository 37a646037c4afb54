/* openapi.h - GET /openapi.json: what can be asked for, and how answers look */
#pragma once

#include "server/answer.h"

/* The document, as openapi.json beside this file has it. */
extern const char sq_openapi_text[];

/* sq_handler_fn */
void sq_openapi_answer(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);
