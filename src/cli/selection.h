/* selection.h - whose numbers somebody wants to see */
#pragma once

#include <stdbool.h>

#include "cli/command.h"
#include "slurm/name.h"

struct sq_selection {
        const char *user;    /* in `name`; NULL: not one user */
        const char *account; /* in `name`; NULL: not one account */
        char name[SQ_NAME_SIZE];
        bool implicit;       /* nobody was named: the caller */
};

/* The user who is an argument of the call or of --user, or the account of --account (NULL:
 * not given); with `all` nobody; else the caller.  SQ_EINVAL: a contradiction, or not a
 * name; SQ_ENOTFOUND: the caller has no name. */
int sq_selection_read(const struct sq_call *call, const char *user, const char *account,
                      bool all, struct sq_selection *ret, struct sq_error *err);
