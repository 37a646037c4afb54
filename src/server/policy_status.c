/* policy_status.c - how the accounts of a policy stand, and where that leads (policy.h) */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "governor/run.h"
#include "server/policy.h"
#include "server/policy_view.h"

struct status {
        struct sq_ledger *ledger;
        struct sq_document *doc;
        const struct sq_kept_policy *kept;
        struct sq_governing how;
};

static void add_account(const struct sq_governed *governed, void *payload) {
        const struct status *s = payload;

        sq_governed_print_standing(s->doc, s->kept, governed);
}

/* One account, or with NULL all; none of the policy's is nothing. */
static int add(struct status *s, const char *account, struct sq_error *err) {
        int rc;

        s->how.account = account;
        rc = sq_govern(s->ledger, s->kept, &s->how, add_account, s, err);
        return rc == SQ_ENOTFOUND && account ? SQ_OK : rc;
}

/* Who is in an account and coordinates it has it twice. */
static bool is_repeated(const struct sq_policy_view *view, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (!strcmp(view->account[k], view->account[i]))
                        return true;
        return false;
}

/* His own are some: one after the other is less than all of the policy's. */
static int add_own(struct status *s, struct sq_sources *sources,
                   const struct sq_caller *caller, struct sq_error *err) {
        SQ_CLEANUP(sq_policy_view_clear) struct sq_policy_view view = {.all = false};
        int rc = sq_policy_view_read(sources, caller, s->ledger, &view, err);

        for (size_t i = 0; i < view.accounts && !rc; i++)
                if (!is_repeated(&view, i))
                        rc = add(s, view.account[i], err);
        return rc;
}

static int add_resources(struct status *s, struct sq_sources *sources,
                         const struct sq_request *request, struct sq_error *err) {
        const char *resource = request->parameter[SQ_POLICY_RESOURCE];
        char name[SQ_NAME_SIZE];
        int rc;

        if (!*resource)
                return request->caller.role >= SQ_ROLE_OPERATOR
                               ? add(s, NULL, err)
                               : add_own(s, sources, &request->caller, err);
        rc = sq_resource_find(s->ledger, s->kept->policy.scope, resource, name, err);
        if (rc)
                return rc == SQ_ENOTFOUND ? SQ_OK : rc;
        return sq_caller_sees_account(&request->caller, name) ? add(s, name, err) : SQ_OK;
}

static int write_status(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct status s = {.ledger = ledger, .doc = doc};
        char window[SQ_WINDOW_SIZE];
        struct sq_moment moment;
        int rc = sq_policy_view_find(sources, request, ledger, &kept, err);

        (void)payload;
        if (rc)
                return rc;
        s.kept = kept;
        s.how = (struct sq_governing){.mode = SQ_RUN_DRY, .now = sq_now(), .looks_back = true,
                                      .keeps_known = true,
                                      .qos = sq_qos_names_of(sources->config),
                                      .groups = sources->config->groups};
        sq_moment_of(sq_ledger_calendar(ledger), &kept->policy, s.how.now, &moment);
        sq_document_open_object(doc, NULL);
        sq_governing_print(doc, kept, sq_window_text(&moment.window, window), true);
        sq_document_open_list(doc, "resources");
        rc = add_resources(&s, sources, request, err);
        sq_document_close_list(doc);
        sq_document_close_object(doc);
        return rc;
}

void sq_policy_status(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        (void)sq_page_answer(sources, request, write_status, NULL, ret);
}
