/* caller.h - who asks, and what that makes of him */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/role.h"
#include "slurm/name.h"

/* A token's name (ledger/token.h) and its NUL. */
#define SQ_CALLER_TOKEN_SIZE 65

/* "NAME (token TOKEN)". */
#define SQ_CALLER_ACTOR_SIZE (SQ_NAME_SIZE + SQ_CALLER_TOKEN_SIZE + 16)

struct sq_membership;

struct sq_caller {
        enum sq_role role;       /* now; that of a token with a lesser role is the token's */
        char name[SQ_NAME_SIZE]; /* "": nobody */
        const char *how;         /* how that was proved; static: "munge", "jwt", "token",
                                    "proxy", "socket"; NULL: nobody */
        char token[SQ_CALLER_TOKEN_SIZE]; /* the token's name; "": it was none */
        struct sq_membership *membership; /* lent: who is in which accounts; NULL: nobody */
};

/* Whether what concerns one user, or one account, is the caller's business: operators may
 * see everything; coordinators their accounts and the members of those; everybody himself
 * and the accounts he is in; nobody nothing.  What everybody may see anyway
 * (auth.anonymous_stats) is not asked for here. */
bool sq_caller_sees_user(const struct sq_caller *caller, const char *user);
bool sq_caller_sees_account(const struct sq_caller *caller, const char *account);

/* The name for entries: "alice (munge)", "alice (token deploy)".  Returns `text`. */
const char *sq_caller_actor(const struct sq_caller *caller, char text[SQ_CALLER_ACTOR_SIZE]);
