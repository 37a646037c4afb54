#include "server/policy_view.h"

#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "governor/resource.h"
#include "governor/scope.h"

static int add_account(const char *account, void *payload, struct sq_error *err) {
        struct sq_policy_view *view = payload;

        if (!sq_grow(&view->account, view->accounts + 1, &view->account_room,
                     sizeof *view->account))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        snprintf(view->account[view->accounts++], SQ_NAME_SIZE, "%s", account);
        return SQ_OK;
}

static void add_id(int64_t id, void *payload) {
        struct sq_policy_view *view = payload;

        /* One that does not fit is not seen. */
        if (sq_grow(&view->id, view->ids + 1, &view->id_room, sizeof *view->id))
                view->id[view->ids++] = id;
}

static int read_accounts(struct sq_sources *sources, const struct sq_caller *caller,
                         struct sq_policy_view *view, struct sq_error *err) {
        bool known;
        int rc = sq_membership_each(sources->membership, caller->name, add_account, view,
                                    &known, err);

        if (!rc && caller->role >= SQ_ROLE_COORDINATOR)
                rc = sq_membership_each_coordinated(sources->membership, caller->name,
                                                    add_account, view, err);
        return rc;
}

int sq_policy_view_read(struct sq_sources *sources, const struct sq_caller *caller,
                        struct sq_ledger *ledger, struct sq_policy_view *ret,
                        struct sq_error *err) {
        int rc = SQ_OK;

        *ret = (struct sq_policy_view){.all = caller->role >= SQ_ROLE_OPERATOR,
                                        .groups = sources->config->groups};
        if (ret->all || caller->role < SQ_ROLE_USER)
                return SQ_OK;
        rc = read_accounts(sources, caller, ret, err);
        for (size_t i = 0; i < ret->accounts && !rc; i++)
                rc = sq_resource_policies(ledger, ret->account[i], add_id, ret, err);
        if (rc)
                sq_policy_view_clear(ret);
        return rc;
}

void sq_policy_view_clear(struct sq_policy_view *view) {
        free(view->account);
        free(view->id);
        *view = (struct sq_policy_view){.all = false};
}

bool sq_policy_view_has(const struct sq_policy_view *view, const struct sq_kept_policy *kept) {
        for (size_t i = 0; i < view->ids; i++)
                if (view->id[i] == kept->id)
                        return true;
        for (size_t i = 0; i < view->accounts; i++)
                if (sq_scope_has(&kept->policy, view->groups, NULL, view->account[i]))
                        return true;
        return view->all;
}

int sq_policy_view_find(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_ledger *ledger, struct sq_kept_policy **ret,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_policy_view_clear) struct sq_policy_view view = {.all = false};
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        int rc = sq_policy_view_read(sources, &request->caller, ledger, &view, err);

        if (!rc)
                rc = sq_kept_policy_find(ledger, request->part[0], &kept, err);
        if (!rc && !sq_policy_view_has(&view, kept))
                rc = sq_fail(err, SQ_ENOTFOUND, "there is no policy \"%.60s\"",
                             request->part[0]);
        if (rc)
                return rc;
        *ret = SQ_TAKE(kept);
        return SQ_OK;
}
