/* refusal.h - a refusal that people can act on */
#pragma once

#include "hook/hook.h"

/* Writes one line of at most SQ_ANSWER_MAX characters: whose budget does not have
 * enough, asked, available and how that comes about, and the longest time limit
 * that would fit.  Amounts are in hours and minutes, what is missing rounded up
 * and what is there rounded down. */
void sq_refusal_text(const struct sq_verdict *verdict, const char *user, const char *account,
                     const struct sq_price *price, char text[SQ_ANSWER_MAX + 1]);
