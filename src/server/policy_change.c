/* policy_change.c - making, changing and deleting policies (policy.h) */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "governor/record_json.h"
#include "governor/resource.h"
#include "server/change.h"
#include "server/form.h"
#include "server/policy.h"
#include "server/policy_view.h"
#include "wire/policy_json.h"

/* --- what was sent -------------------------------------------------------------------- */

/* Nobody is overtaken so often. */
#define ATTEMPTS 4

static void drop_json(json_t **json) {
        json_decref(*json);
}

struct sent {
        struct sq_sources *sources;
        const struct sq_request *request;
        json_t *object;     /* the policy's parameters alone */
        char *reason;       /* NULL: none was given */
        bool whole;         /* scope and actions must be there */
        struct sq_page *page; /* where the policy is written as it is then */
};

/* Takes `reason` out, which is no parameter: it is kept with the change. */
static int take_reason(struct sent *sent, struct sq_error *err) {
        json_t *reason = json_object_get(sent->object, "reason");

        if (!reason)
                return SQ_OK;
        if (!json_is_string(reason) && !json_is_null(reason))
                return sq_fail(err, SQ_EINVAL, "reason must be a string");
        if (json_is_string(reason)) {
                sent->reason = strdup(json_string_value(reason));
                if (!sent->reason)
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        (void)json_object_del(sent->object, "reason");
        return SQ_OK;
}

static int check_whole(const struct sent *sent, struct sq_error *err) {
        static const char *const needed[] = {"scope", "actions"};

        for (size_t i = 0; sent->whole && i < sizeof needed / sizeof needed[0]; i++)
                if (!json_object_get(sent->object, needed[i]))
                        return sq_fail(err, SQ_EINVAL, "%s is missing", needed[i]);
        return SQ_OK;
}

/* What is there already is a field that cannot have this value: 400, as the API has it. */
static int of_field(int rc) {
        return rc == SQ_EEXIST ? SQ_EINVAL : rc;
}

static int write_kept(const struct sent *sent, struct sq_ledger *ledger, const char *uuid,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        int rc = sq_kept_policy_find(ledger, uuid, &kept, err);

        return rc ? rc : sq_kept_policy_print(ledger, &sent->page->doc, kept, err);
}

/* --- changing ------------------------------------------------------------------------- */

static int create(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                  struct sq_error *err) {
        const struct sent *sent = payload;
        SQ_CLEANUP(sq_freep) struct sq_policy *policy = malloc(sizeof *policy);
        char uuid[SQ_UUID_SIZE];
        int rc;

        if (!policy)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_policy_init(policy);
        policy->fiscal_start = sent->sources->config->site.fiscal_start;
        rc = sq_policy_read_json(sent->object, policy, err);
        policy->uuid[0] = '\0'; /* it is ours to give */
        if (!rc)
                rc = of_field(sq_kept_policy_create(ledger, policy, actor, uuid, err));
        return rc ? rc : write_kept(sent, ledger, uuid, err);
}

static int update_once(const struct sent *sent, struct sq_ledger *ledger,
                       const struct sq_actor *actor, char uuid[SQ_POLICY_TEXT_SIZE],
                       struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        int rc = sq_kept_policy_find(ledger, sent->request->part[0], &kept, err);

        if (rc)
                return rc;
        memcpy(uuid, kept->policy.uuid, SQ_POLICY_TEXT_SIZE);
        if ((rc = sq_policy_read_json(sent->object, &kept->policy, err)))
                return rc;
        return of_field(sq_kept_policy_replace(ledger, uuid, &kept->policy, kept->revision,
                                               actor, err));
}

/* What was sent is put into what somebody else has just made of it. */
static int update(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                  struct sq_error *err) {
        const struct sent *sent = payload;
        char uuid[SQ_POLICY_TEXT_SIZE];
        int rc = SQ_EBUSY;

        for (int i = 0; i < ATTEMPTS && rc == SQ_EBUSY; i++)
                rc = update_once(sent, ledger, actor, uuid, err);
        return rc ? rc : write_kept(sent, ledger, uuid, err);
}

static int delete(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                  struct sq_error *err) {
        const struct sent *sent = payload;

        return sq_kept_policy_delete(ledger, sent->request->part[0], actor, err);
}

/* --- who may -------------------------------------------------------------------------- */

static int look(struct sq_sources *sources, const struct sq_request *request,
                struct sq_ledger *ledger, struct sq_document *doc, void *payload,
                struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        int rc = sq_policy_view_find(sources, request, ledger, &kept, err);

        (void)doc;
        (void)payload;
        return rc ? rc
                  : sq_fail(err, SQ_EACCESS, "policies are changed by operators; %s has the"
                            " role %s", request->caller.name,
                            sq_role_name(request->caller.role));
}

/* Who sees a policy is told that he may not change it; for others it is not there. */
static bool may_change(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        if (request->caller.role >= SQ_ROLE_OPERATOR)
                return true;
        (void)sq_page_answer(sources, request, look, NULL, ret);
        return false;
}

/* As the API has it: the field is what a stranger cannot set. */
static bool may_create(const struct sq_request *request, struct sq_answer *ret) {
        struct sq_error err = {.text = ""};

        if (request->caller.role >= SQ_ROLE_OPERATOR)
                return true;
        sq_fail(&err, SQ_EINVAL, "scope: policies are created by operators of the cluster; %s"
                " has the role %s", request->caller.name, sq_role_name(request->caller.role));
        sq_answer_refusal(SQ_EINVAL, &err, ret);
        return false;
}

/* --- answering ------------------------------------------------------------------------ */

/* Lets `change` use what was sent, and answers with the policy that it writes. */
static void answer_change(struct sq_sources *sources, const struct sq_request *request,
                          bool whole, sq_change_fn change, unsigned status,
                          struct sq_answer *ret) {
        SQ_CLEANUP(sq_page_drop) struct sq_page page = {.text = NULL};
        SQ_CLEANUP(drop_json) json_t *object = NULL;
        SQ_CLEANUP(sq_freep) char *reason = NULL;
        struct sent sent = {sources, request, NULL, NULL, whole, &page};
        struct sq_error err = {.text = ""};
        int rc = sq_form_load(request, &object, &err);

        sent.object = object;
        if (!rc)
                rc = take_reason(&sent, &err);
        reason = sent.reason;
        if (!rc)
                rc = check_whole(&sent, &err);
        if (!rc && !sq_page_begin(&page))
                rc = sq_fail(&err, SQ_ENOMEM, "out of memory");
        if (rc)
                sq_answer_failure(sources, rc, &err, ret);
        else if (sq_change(sources, request, reason, change, &sent, ret))
                sq_page_end(&page, status, ret);
}

void sq_policy_create(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        if (may_create(request, ret))
                answer_change(sources, request, true, create, 201, ret);
}

void sq_policy_put(struct sq_sources *sources, const struct sq_request *request,
                   struct sq_answer *ret) {
        if (may_change(sources, request, ret))
                answer_change(sources, request, true, update, 200, ret);
}

void sq_policy_patch(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret) {
        if (may_change(sources, request, ret))
                answer_change(sources, request, false, update, 200, ret);
}

void sq_policy_delete(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        struct sent sent = {.sources = sources, .request = request};

        if (may_change(sources, request, ret) &&
            sq_change(sources, request, NULL, delete, &sent, ret))
                sq_answer_done(ret);
}
