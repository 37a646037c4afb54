/* amount.h - TRES-seconds
 *
 * One amount is so many CPUs (or weighted GPUs, ...) times so many seconds, in
 * a signed 64-bit integer.  It is a struct so that the compiler refuses to mix
 * it with counts and durations.  Nothing here wraps: every operation says
 * whether the result fits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sq_amount {
        int64_t seconds;
};

#define SQ_AMOUNT(s) ((struct sq_amount){.seconds = (s)})

/* A budget without limit.  Amounts of work are never negative, so the value
 * that people type (-1) is free for it. */
#define SQ_UNLIMITED SQ_AMOUNT(-1)

/* Weights are decimals with six places, kept as integers: 0.5 is 500000. */
#define SQ_WEIGHT_ONE 1000000

static inline bool sq_amount_is_unlimited(struct sq_amount budget) {
        return budget.seconds < 0;
}

/* *sum += term.  False, and *sum as it was, when the result does not fit. */
bool sq_amount_add(struct sq_amount *sum, struct sq_amount term);

/* The same for what is only shown: what does not fit is as much as can be said. */
void sq_amount_add_capped(struct sq_amount *sum, struct sq_amount term);

/* a * times.  False, and *ret as it was, when it does not fit or times < 0. */
bool sq_amount_scale(struct sq_amount a, int64_t times, struct sq_amount *ret);

/* `weighted` (a count in millionths) for `seconds`, rounded half up to whole
 * TRES-seconds.  False when an argument is negative or the result does not fit. */
bool sq_amount_weigh(int64_t weighted, int64_t seconds, struct sq_amount *ret);

/* Whole minutes as people type them; -1 is unlimited.  False below -1 or when
 * it does not fit. */
bool sq_amount_from_minutes(int64_t minutes, struct sq_amount *ret);

/* Minutes for display, rounded up so that something never looks like nothing;
 * -1 for unlimited. */
int64_t sq_amount_minutes(struct sq_amount a);

/* "12h05m", rounded up to minutes; "unlimited" below 0.  `size` 32 is enough
 * for every amount. */
char *sq_amount_text(struct sq_amount a, char *text, size_t size);

/* The same rounded down: what is left must not look like more. */
char *sq_amount_text_down(struct sq_amount a, char *text, size_t size);

/* Reads a weight: a decimal > 0 with at most six places and at most 1000000.
 * SQ_EINVAL on anything else (0, nan, inf, exponents, blanks, signs). */
struct sq_error;
int sq_weight_parse(const char *text, int64_t *ret_millionths, struct sq_error *err);

/* "0.500", "1.000", "0.333333": at least three places, at most six. */
char *sq_weight_text(int64_t millionths, char *text, size_t size);
