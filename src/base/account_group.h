/* account_group.h - accounts that the configuration names together
 *
 * A section [group NAME] has their names, and patterns of a shell for names ("phys_*").
 * Nobody looks here whether there are such accounts: they may come later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

/* So that a name fits into the column of a list. */
#define SQ_ACCOUNT_GROUP_NAME_MAX 64

struct sq_account_group {
        char *name;
        int line;       /* of its section */
        char **account; /* names and patterns */
        size_t n, room;
        char *text;     /* the same with ", " between them; NULL: none yet */
        int text_line;  /* of its key; 0: not seen yet */
};

/* In the order of the file; zeroed at first. */
struct sq_account_groups {
        struct sq_account_group *item;
        size_t n, room;
};

/* The group of that name, lent; NULL: there is none.  `groups` may be NULL. */
const struct sq_account_group *sq_account_group_find(const struct sq_account_groups *groups,
                                                     const char *name);

/* A group without accounts behind the others.  SQ_EINVAL: that is no name, which is 1 to 64
 * of a-z, A-Z, 0-9, `_`, `-` and `.`, beginning with none of the last two; SQ_EEXIST: it is
 * there; SQ_ENOMEM. */
int sq_account_groups_add(struct sq_account_groups *groups, const char *name, int line,
                          struct sq_error *err);

/* Adds accounts to the last of the groups: names and patterns with commas between them;
 * one may stand behind the last of them, too.  SQ_EINVAL: something is neither, or twice in
 * the group; SQ_ERANGE: more than 4096 bytes; SQ_ENOMEM.  The text is as in the file. */
int sq_account_groups_extend(struct sq_account_groups *groups, const char *text,
                             struct sq_error *err);

void sq_account_groups_clear(struct sq_account_groups *groups);
