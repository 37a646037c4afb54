#include "cli/selection.h"

#include <pwd.h>
#include <unistd.h>

#include "cli/argument.h"

static int read_self(const struct sq_call *call, const char **ret, struct sq_error *err) {
        const struct passwd *self = getpwuid(getuid());

        if (!self) {
                sq_fail(err, SQ_ENOTFOUND, "uid %lu has no name on this host",
                        (unsigned long)getuid());
                sq_hint(err, "Name a user: slurm-quota %s USERNAME", call->name);
                return SQ_ENOTFOUND;
        }
        *ret = self->pw_name;
        return SQ_OK;
}

int sq_selection_read(const struct sq_call *call, const char *user, const char *account,
                      bool all, struct sq_selection *ret, struct sq_error *err) {
        int rc = SQ_OK;

        *ret = (struct sq_selection){.user = NULL};
        if (call->n && user)
                return sq_fail(err, SQ_EINVAL, "the user is given twice, with --user and"
                                               " without");
        if (call->n)
                user = call->argument[0];
        if (user && account)
                return sq_fail(err, SQ_EINVAL, "--account cannot go together with a user");
        if (account) {
                ret->account = ret->name;
                return sq_argument_subject(SQ_ACCOUNT, account, ret->name, err);
        }
        if (all)
                return SQ_OK;
        ret->implicit = !user;
        ret->user = ret->name;
        if (!user)
                rc = read_self(call, &user, err);
        return rc ? rc : sq_argument_subject(SQ_USER, user, ret->name, err);
}
