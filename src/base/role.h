/* role.h - what somebody may do, as one word
 *
 * Ascending: who has a role has those before it too.
 */
#pragma once

#include <stdbool.h>

enum sq_role {
        SQ_ROLE_NOBODY,       /* has not said who he is */
        SQ_ROLE_USER,
        SQ_ROLE_COORDINATOR,  /* of some accounts */
        SQ_ROLE_OPERATOR,
        SQ_ROLE_ADMINISTRATOR
};

#define SQ_ROLES 5

/* "nobody", "user", "coordinator", "operator", "administrator". */
const char *sq_role_name(enum sq_role role);

/* The role of that name, as sq_role_name() writes it; false, and *ret as it was, when there
 * is none. */
bool sq_role_parse(const char *name, enum sq_role *ret);
