/* caller.h - who asks, and what that makes of him */
#pragma once

#include "slurm/name.h"

/* Ascending: who has more may do all that who has less may. */
enum sq_role {
        SQ_ROLE_NOBODY,        /* has not said who it is */
        SQ_ROLE_USER,
        SQ_ROLE_COORDINATOR,   /* of some accounts */
        SQ_ROLE_OPERATOR,      /* slurmdbd's AdminLevel Operator */
        SQ_ROLE_ADMINISTRATOR, /* AdminLevel Administrator, SlurmUser, root */
};

struct sq_caller {
        enum sq_role role;
        char name[SQ_NAME_SIZE]; /* "": nobody */
        const char *how;         /* "munge", "token", ...: how that was proved; static */
};
