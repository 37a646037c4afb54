/* threshold.h - at which percentage what happens */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "policy/percentage.h"

/* In the order in which they are named in logs. */
enum sq_reaction {
        SQ_PAUSE,     /* the QoS for paused accounts, and no submissions */
        SQ_DOWNSCALE, /* a slower QoS */
        SQ_BLOCK,     /* no submissions */
        SQ_NOTIFY,    /* a mail, once per window */
        SQ_REACTIONS
};

/* "pause", "downscale", "block", "notify". */
const char *sq_reaction_word(enum sq_reaction reaction);
bool sq_reaction_parse(const char *word, enum sq_reaction *ret);

/* sacctmgr takes longer names of QoS; nobody has them. */
#define SQ_QOS_NAME_SIZE 64

struct sq_threshold {
        enum sq_reaction reaction;
        bool at_grace;             /* 100 * (1 + grace ratio); `percent` is nothing */
        struct sq_decimal percent; /* above 0 */
        char qos[SQ_QOS_NAME_SIZE]; /* of a step of a ladder; empty: the site's */
};

/* Ladders are short: each step is a QoS of its own. */
#define SQ_THRESHOLDS_MAX 16

struct sq_thresholds {
        size_t n;
        struct sq_threshold item[SQ_THRESHOLDS_MAX];
};

/* 80 notify, 100 downscale, grace pause. */
extern const struct sq_thresholds sq_thresholds_default;

/* 100 * (1 + grace). */
struct sq_decimal sq_grace_limit(struct sq_decimal grace);

/* The percentage at which it lies. */
struct sq_decimal sq_threshold_percent(const struct sq_threshold *threshold,
                                       struct sq_decimal grace);

/* Whether it is reached.  One under which something is held already (`held`) is left only
 * `hysteresis` percent below it. */
bool sq_threshold_reached(const struct sq_threshold *threshold, struct sq_decimal grace,
                          struct sq_decimal hysteresis, bool held,
                          const struct sq_percentage *percentage);

/* SQ_EINVAL: more than one pause or block; more than one downscale, or names of QoS,
 * without `ladder`; a threshold that is there twice. */
int sq_thresholds_check(const struct sq_thresholds *thresholds, struct sq_decimal grace,
                        bool ladder, struct sq_error *err);
