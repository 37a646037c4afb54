/* refusal.h - a refusal that people can act on */
#pragma once

#include "hook/hook.h"

/* Writes one line of at most SQ_ANSWER_MAX characters: whose budget does not have
 * enough, asked, available and how that comes about, and the longest time limit
 * that would fit.  Amounts are in hours and minutes, what is missing rounded up
 * and what is there rounded down. */
void sq_refusal_text(const struct sq_verdict *verdict, const char *user, const char *account,
                     const struct sq_price *price, char text[SQ_ANSWER_MAX + 1]);

/* The same for an account that takes no jobs: asks the ledger who wants it so and why, and
 * until when.  Where the ledger cannot say (any more), the line says just that it is paused. */
void sq_refusal_explain_halt(struct sq_ledger *ledger, const char *account,
                             char text[SQ_ANSWER_MAX + 1]);
