/* whois.h - GET /me and GET /roles: who asks, and who may what */
#pragma once

#include "server/answer.h"

/* sq_handler_fn */
void sq_me_answer(struct sq_sources *sources, const struct sq_request *request,
                  struct sq_answer *ret);
void sq_roles_answer(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret);
