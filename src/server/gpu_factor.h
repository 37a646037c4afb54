/* gpu_factor.h - GET /factors/gpu, PUT /factors/gpu/{type} */
#pragma once

#include "server/answer.h"

/* sq_handler_fn */
void sq_gpu_factors_show(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_answer *ret);
void sq_gpu_factor_set(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);
