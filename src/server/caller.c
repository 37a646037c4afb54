#include "server/caller.h"

#include <stdio.h>
#include <string.h>

#include "server/membership.h"

bool sq_caller_sees_user(const struct sq_caller *caller, const char *user) {
        if (caller->role >= SQ_ROLE_OPERATOR)
                return true;
        if (caller->role < SQ_ROLE_USER || !*user)
                return false;
        if (!strcmp(caller->name, user))
                return true;
        return caller->role >= SQ_ROLE_COORDINATOR && caller->membership &&
               sq_membership_coordinates_user(caller->membership, caller->name, user);
}

bool sq_caller_sees_account(const struct sq_caller *caller, const char *account) {
        if (caller->role >= SQ_ROLE_OPERATOR)
                return true;
        if (caller->role < SQ_ROLE_USER || !caller->membership)
                return false;
        return sq_membership_has(caller->membership, caller->name, account) ||
               (caller->role >= SQ_ROLE_COORDINATOR &&
                sq_membership_coordinates(caller->membership, caller->name, account));
}

const char *sq_caller_actor(const struct sq_caller *caller, char text[SQ_CALLER_ACTOR_SIZE]) {
        snprintf(text, SQ_CALLER_ACTOR_SIZE, "%s (%s%s%s)", caller->name,
                 caller->how ? caller->how : "nobody", caller->token[0] ? " " : "",
                 caller->token);
        return text;
}
