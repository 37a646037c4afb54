#include "slurm/privilege.h"

#include <string.h>

#include "slurm/ask.h"
#include "slurm/association.h"
#include "slurm/name.h"

/* As of the associations: what a mad sacctmgr could make us keep. */
#define OUTPUT_MAX (16u * 1024 * 1024)

/* Two words. */
#define LEVEL_LINE_MAX (2 * SQ_NAME_SIZE + 8)

/* An account and its coordinators: some thousands of them. */
#define ACCOUNT_LINE_MAX (256u * 1024)

struct sq_privileges {
        struct sq_associations *levels;       /* user and the name of his role */
        struct sq_associations *coordinators; /* user and account */
};

void sq_privileges_free(struct sq_privileges *p) {
        if (!p)
                return;
        sq_associations_free(p->levels);
        sq_associations_free(p->coordinators);
        free(p);
}

struct sq_privileges *sq_privileges_new(void) {
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = calloc(1, sizeof *p);

        if (!p || !(p->levels = sq_associations_new()) ||
            !(p->coordinators = sq_associations_new()))
                return NULL;
        return SQ_TAKE(p);
}

/* Copies what is before `end`; false when it does not fit, or is none that Slurm could
 * have given. */
static bool take_name(const char *text, const char *end, enum sq_name_kind kind,
                      char ret[SQ_NAME_SIZE]) {
        const size_t n = (size_t)(end - text);

        if (n > SQ_NAME_MAX)
                return false;
        memcpy(ret, text, n);
        ret[n] = '\0';
        return sq_name_check(kind, ret, NULL) == SQ_OK;
}

int sq_privileges_take_level(const char *line, void *privileges, struct sq_error *err) {
        struct sq_privileges *p = privileges;
        const char *bar = strrchr(line, '|');
        char user[SQ_NAME_SIZE];
        enum sq_role role;

        if (!bar || !take_name(line, bar, SQ_NAME_USER, user))
                return SQ_OK;
        if (!strcmp(bar + 1, "Administrator"))
                role = SQ_ROLE_ADMINISTRATOR;
        else if (!strcmp(bar + 1, "Operator"))
                role = SQ_ROLE_OPERATOR;
        else
                return SQ_OK;
        return sq_associations_add(p->levels, user, sq_role_name(role), err);
}

int sq_privileges_take_account(const char *line, void *privileges, struct sq_error *err) {
        struct sq_privileges *p = privileges;
        const char *bar = strchr(line, '|'), *name, *end;
        char account[SQ_NAME_SIZE], user[SQ_NAME_SIZE];
        int rc = SQ_OK;

        /* A bar in a name: which of them it would be cannot be known. */
        if (!bar || strchr(bar + 1, '|') || !take_name(line, bar, SQ_NAME_ACCOUNT, account))
                return SQ_OK;
        for (name = bar + 1; *name && !rc; name = end + (*end == ',')) {
                end = name + strcspn(name, ",");
                if (take_name(name, end, SQ_NAME_USER, user))
                        rc = sq_associations_add(p->coordinators, user, account, err);
        }
        return rc;
}

void sq_privileges_settle(struct sq_privileges *p) {
        sq_associations_settle(p->levels);
        sq_associations_settle(p->coordinators);
}

/* --- questions ------------------------------------------------------------------------ */

enum sq_role sq_privileges_level(const struct sq_privileges *p, const char *user) {
        enum sq_role role = SQ_ROLE_USER;
        size_t first;

        /* By name: were there two, the lesser one (administrator, operator) comes last. */
        if (sq_associations_of(p->levels, user, &first))
                (void)sq_role_parse(sq_associations_account(p->levels, first), &role);
        return role;
}

size_t sq_privileges_coordinated(const struct sq_privileges *p, const char *user,
                                 size_t *ret_first) {
        return sq_associations_of(p->coordinators, user, ret_first);
}

bool sq_privileges_coordinates(const struct sq_privileges *p, const char *user,
                               const char *account) {
        return sq_associations_has(p->coordinators, user, account);
}

size_t sq_privileges_coordinators(const struct sq_privileges *p) {
        return sq_associations_count(p->coordinators);
}

const char *sq_privileges_coordinator(const struct sq_privileges *p, size_t place) {
        return sq_associations_user(p->coordinators, place);
}

const char *sq_privileges_account(const struct sq_privileges *p, size_t place) {
        return sq_associations_account(p->coordinators, place);
}

size_t sq_privileges_levels(const struct sq_privileges *p) {
        return sq_associations_count(p->levels);
}

const char *sq_privileges_level_at(const struct sq_privileges *p, size_t place,
                                   enum sq_role *ret_role) {
        const char *user = sq_associations_user(p->levels, place);

        *ret_role = sq_privileges_level(p, user);
        return user;
}

/* --- asking --------------------------------------------------------------------------- */

int sq_privileges_ask(const char *program, int64_t deadline, struct sq_privileges **ret,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_privileges_freep) struct sq_privileges *p = sq_privileges_new();
        const char *const levels[] = {program, "-nP", "show", "user",
                                      "format=user,adminlevel", NULL};
        const char *const accounts[] = {program, "-nP", "show", "account", "withcoord",
                                        "format=account,coord", NULL};
        struct sq_program run = {
                .argv = levels,
                .deadline = deadline,
                .line_max = LEVEL_LINE_MAX,
                .output_max = OUTPUT_MAX,
                .take = sq_privileges_take_level,
                .payload = p,
        };
        int rc = p ? sq_ask(&run, err) : sq_fail(err, SQ_ENOMEM, "out of memory");

        if (rc)
                return rc;
        run.argv = accounts;
        run.line_max = ACCOUNT_LINE_MAX;
        run.take = sq_privileges_take_account;
        rc = sq_ask(&run, err);
        if (rc)
                return rc;
        sq_privileges_settle(p);
        *ret = SQ_TAKE(p);
        return SQ_OK;
}
