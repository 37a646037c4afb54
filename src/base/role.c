#include "base/role.h"

#include <stddef.h>
#include <string.h>

static const char *const names[SQ_ROLES] = {
        [SQ_ROLE_NOBODY] = "nobody",
        [SQ_ROLE_USER] = "user",
        [SQ_ROLE_COORDINATOR] = "coordinator",
        [SQ_ROLE_OPERATOR] = "operator",
        [SQ_ROLE_ADMINISTRATOR] = "administrator",
};

const char *sq_role_name(enum sq_role role) {
        return names[role];
}

bool sq_role_parse(const char *name, enum sq_role *ret) {
        for (size_t i = 0; i < SQ_ROLES; i++)
                if (!strcmp(name, names[i])) {
                        *ret = (enum sq_role)i;
                        return true;
                }
        return false;
}
