/* limited.h - of what Slurm may have limits because of a policy
 *
 * A limit that is no longer wanted has to be lifted: Slurm would go on holding and killing
 * jobs by it.  So whatever was asked for once counts as limited until somebody says that
 * the limits in Slurm are others now.  Limits that the site sets itself are not among them.
 */
#pragma once

#include <stdbool.h>

#include "base/tres.h"

enum sq_limit_type { SQ_GRP_TRES_MINS, SQ_MAX_TRES_MINS, SQ_GRP_TRES, SQ_LIMIT_TYPES };

/* "GrpTRESMins", and "grp_tres_mins", the name of the limits in messages. */
const char *sq_limit_type_word(enum sq_limit_type type);
const char *sq_limit_type_member(enum sq_limit_type type);

/* By their names; how many of each means nothing. */
struct sq_limited {
        struct sq_tres of[SQ_LIMIT_TYPES];
};

bool sq_limited_any(const struct sq_limited *limited);

/* Adds the names in `tres`; those behind SQ_TRES_MAX of them are left out. */
void sq_limited_add(struct sq_limited *limited, enum sq_limit_type type,
                    const struct sq_tres *tres);

/* What is in `limited` and not among the limits that are wanted now, all of one type. */
void sq_limited_without(const struct sq_limited *limited, enum sq_limit_type type,
                        const struct sq_tres *wanted, struct sq_limited *ret);

/* What is to be set of a type: `wanted` if they are of it, and -1, which lifts a limit in
 * Slurm (sacctmgr(1): "to clear a previously set value"), for those in `lifted`. */
void sq_limited_values(const struct sq_limited *lifted, enum sq_limit_type type,
                       enum sq_limit_type wanted_type, const struct sq_tres *wanted,
                       struct sq_tres *ret);

/* "GrpTRESMins=cpu,node MaxTRESMins=node"; empty for none.  Returns `text`. */
#define SQ_LIMITED_SIZE (SQ_LIMIT_TYPES * (16 + SQ_TRES_MAX * (SQ_TRES_NAME_MAX + 1)))
char *sq_limited_text(const struct sq_limited *limited, char text[SQ_LIMITED_SIZE]);

/* Reads what sq_limited_text() wrote; what it does not know is left out. */
void sq_limited_read(const char *text, struct sq_limited *ret);
