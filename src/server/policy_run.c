/* policy_run.c - evaluations that somebody asks for (policy.h) */
#include "base/cleanup.h"
#include "base/clock.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "governor/scope.h"
#include "server/change.h"
#include "server/form.h"
#include "server/policy.h"

/* slurmdbd may be busy; who waits for the worker waits for this, too. */
#define TREE_PATIENCE_NS (10 * SQ_NS_PER_SECOND)

struct run {
        const struct sq_kept_policy *kept;
        const char *resource; /* as it was sent; NULL: all accounts */
        struct sq_governing how;
        struct sq_document *doc;
        int64_t left; /* accounts, to other policies */
};

/* --- before ----------------------------------------------------------------------------- */

int sq_policy_ask_tree(const struct sq_sources *sources, const struct sq_policy *policy,
                       struct sq_associations **ret, struct sq_error *err) {
        return sq_scope_ask_tree(policy, sources->config, sq_monotonic_ns() + TREE_PATIENCE_NS,
                                 ret, err);
}

static int find(struct sq_sources *sources, const struct sq_request *request,
                struct sq_kept_policy **ret, struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_kept_policy_find(ledger, request->part[0], ret, err);
        sq_readers_give(sources->readers, ledger, rc && !sq_is_refusal(rc));
        return rc;
}

/* An account that is not there is what is wrong with the field, not with the address. */
static int find_account(const struct run *run, struct sq_ledger *ledger,
                        char name[SQ_NAME_SIZE], struct sq_error *err) {
        int rc = run->resource ? sq_resource_find(ledger, run->kept->policy.scope,
                                                  run->resource, name, err)
                               : SQ_OK;

        if (rc == SQ_ENOTFOUND || rc == SQ_EINVAL) {
                sq_context(err, "resource_uuid");
                return SQ_EINVAL;
        }
        return rc;
}

/* --- evaluating ------------------------------------------------------------------------- */

static void add_account(const struct sq_governed *governed, void *payload) {
        const struct run *run = payload;

        sq_governed_print(run->doc, run->kept, governed, run->how.mode == SQ_RUN_DRY);
}

static void leave_account(const char *account, const char *policy, void *payload) {
        struct run *run = payload;

        (void)account;
        (void)policy;
        run->left++;
}

/* Writes the whole answer. */
static int govern(struct run *run, struct sq_ledger *ledger, struct sq_error *err) {
        char name[SQ_NAME_SIZE], window[SQ_WINDOW_SIZE];
        struct sq_moment moment;
        int rc = find_account(run, ledger, name, err);

        if (rc)
                return rc;
        sq_moment_of(sq_ledger_calendar(ledger), &run->kept->policy, run->how.now, &moment);
        run->how.account = run->resource ? name : NULL;
        run->how.left = leave_account;
        run->left = 0;
        sq_document_open_object(run->doc, NULL);
        sq_governing_print(run->doc, run->kept, sq_window_text(&moment.window, window),
                           run->how.mode == SQ_RUN_DRY);
        sq_document_open_list(run->doc, "resources");
        rc = sq_govern(ledger, run->kept, &run->how, add_account, run, err);
        sq_document_close_list(run->doc);
        sq_document_add_number(run->doc, "left_to_other_policies", run->left);
        sq_document_close_object(run->doc);
        /* The account is none of the policy's, or the policy is another one by now. */
        return rc != SQ_ENOTFOUND ? rc : run->resource ? SQ_EINVAL : SQ_EEXIST;
}

static int read_run(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                    struct sq_error *err) {
        struct run *run = payload;

        (void)sources;
        (void)request;
        run->doc = doc;
        return govern(run, ledger, err);
}

static int change_run(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                      struct sq_error *err) {
        (void)actor; /* evaluations are the policy's own */
        return govern(payload, ledger, err);
}

static void do_run(struct sq_sources *sources, const struct sq_request *request,
                   struct run *run, struct sq_answer *ret) {
        SQ_CLEANUP(sq_page_drop) struct sq_page page = {.text = NULL};

        if (run->how.mode == SQ_RUN_DRY) {
                (void)sq_page_answer(sources, request, read_run, run, ret);
        } else if (!sq_page_begin(&page)) {
                sq_answer_error(503, "unavailable", "out of memory", ret);
        } else {
                run->doc = &page.doc;
                if (sq_change(sources, request, NULL, change_run, run, ret))
                        sq_page_end(&page, 200, ret);
        }
}

static void answer_run(struct sq_sources *sources, const struct sq_request *request,
                       enum sq_run_mode mode, bool only_held, struct sq_answer *ret) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *tree = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {{.name = "resource_uuid", .type = SQ_FORM_TEXT}};
        struct sq_error err = {.text = ""};
        struct run run;
        int rc = find(sources, request, &kept, &err);

        if (!rc)
                rc = sq_form_read(request, field, 1, &form, &err);
        if (rc) {
                sq_answer_failure(sources, rc, &err, ret);
                return;
        }
        rc = sq_policy_ask_tree(sources, &kept->policy, &tree, &err);
        if (rc) {
                sq_answer_error(503, "unavailable", err.text, ret);
                return;
        }
        run = (struct run){.kept = kept, .resource = field[0].text,
                           .how = {.mode = mode, .only_held = only_held, .now = sq_now(),
                                   .groups = sources->config->groups, .tree = tree,
                                   .qos = sq_qos_names_of(sources->config)}};
        do_run(sources, request, &run, ret);
}

void sq_policy_dry_run(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        answer_run(sources, request, SQ_RUN_DRY, false, ret);
}

void sq_policy_evaluate(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret) {
        answer_run(sources, request, SQ_RUN_LOGGED, false, ret);
}

void sq_policy_force_period_reset(struct sq_sources *sources, const struct sq_request *request,
                                  struct sq_answer *ret) {
        answer_run(sources, request, SQ_RUN_LOGGED, true, ret);
}
