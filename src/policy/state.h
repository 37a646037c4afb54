/* state.h - what holds an account back, and who wants it so
 *
 * The policy's part is computed anew by each evaluation.  The operator's is never touched
 * by one: an account that a person paused stays paused however little it has used.
 */
#pragma once

#include <stdbool.h>

#include "policy/threshold.h"

/* In rising order. */
enum sq_level { SQ_NORMAL, SQ_DOWNSCALED, SQ_PAUSED };

struct sq_state {
        /* The policy's: the percentage of the threshold under which it is held; 0: it is
         * not. */
        struct sq_decimal paused_at, downscaled_at, blocked_at;
        enum sq_level hold; /* the operator's; SQ_NORMAL: none */
};

bool sq_state_is_paused(const struct sq_state *state);
bool sq_state_is_downscaled(const struct sq_state *state);

/* Whether submissions are refused: it is paused or blocked. */
bool sq_state_refuses(const struct sq_state *state);

/* Pausing goes before slowing down. */
enum sq_level sq_state_level(const struct sq_state *state);

bool sq_state_equal(const struct sq_state *a, const struct sq_state *b);

/* "normal", "downscaled", "paused". */
const char *sq_level_word(enum sq_level level);
bool sq_level_parse(const char *word, enum sq_level *ret);

/* At which thresholds somebody has been notified in a window. */
struct sq_notified {
        size_t n;
        struct sq_decimal percent[SQ_THRESHOLDS_MAX];
};

bool sq_notified_has(const struct sq_notified *notified, struct sq_decimal percent);

/* Forgets the lowest one when there are SQ_THRESHOLDS_MAX. */
void sq_notified_add(struct sq_notified *notified, struct sq_decimal percent);
