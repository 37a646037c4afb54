/* estimate.h - the question and the answer of POST /estimate */
#pragma once

#include "estimate/estimate.h"
#include "wire/client.h"

/* The body that asks for a job of `user` (NULL: the caller) with these parts; *ret is the
 * caller's, for free().  SQ_EINVAL: a text is not UTF-8; SQ_ENOMEM. */
int sq_estimate_question_write(const char *user, const struct sq_estimate_part *part, size_t n,
                               char **ret, struct sq_error *err);

/* Reads an answer.  SQ_ECORRUPT: it is not slurm-quota's; SQ_ENOMEM.  *ret is the
 * caller's; what its parts' verdicts say is not in it. */
int sq_estimate_read(const char *url, const struct sq_answered *answer,
                     struct sq_estimate **ret, struct sq_error *err);
