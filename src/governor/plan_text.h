/* plan_text.h - a plan as the commands that people know */
#pragma once

#include "base/config.h"
#include "policy/evaluation.h"
#include "slurm/name.h"

/* The site's names of QoS ([policy] of the configuration); empty: it has none, and that
 * step is left out. */
struct sq_qos_names {
        const char *normal, *downscaled, *paused;
};

/* Lent by the configuration. */
struct sq_qos_names sq_qos_names_of(const struct sq_config *config);

/* Of an account in its plan: that of the ladder's step, or the site's for the level. */
const char *sq_qos_of(const struct sq_qos_names *names, const struct sq_evaluation *evaluation);
const char *sq_qos_of_level(const struct sq_qos_names *names, enum sq_level level);

/* 32 TRES with their minutes for each type of limit, and two names. */
#define SQ_COMMAND_SIZE (SQ_LIMIT_TYPES * SQ_TRES_TEXT_SIZE + 2 * SQ_NAME_SIZE + 160)

/* The i-th step, from 0, as "sacctmgr --immediate modify account name=A cluster=C set ...".
 * False: it is none, or has nothing to say.  They are for reading: who carries a plan out
 * runs no shell. */
bool sq_plan_command(const struct sq_evaluation *evaluation, size_t i,
                     const struct sq_qos_names *names, const char *cluster,
                     const char *account, char ret[SQ_COMMAND_SIZE]);
