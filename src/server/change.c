#include "server/change.h"

#include "base/clock.h"
#include "ledger/site.h"

/* Writers take milliseconds; behind a backup or a repair a client may come again. */
#define PATIENCE_NS (5 * SQ_NS_PER_SECOND)

bool sq_change(struct sq_sources *sources, const struct sq_request *request,
               const char *reason, sq_change_fn change, void *payload, struct sq_answer *ret) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        char name[SQ_CALLER_ACTOR_SIZE];
        const struct sq_actor actor = {.name = sq_caller_actor(&request->caller, name),
                                       .reason = reason};
        struct sq_error err = {.text = ""};
        int rc = sq_reason_check(reason, &err);

        if (rc) {
                sq_answer_refusal(rc, &err, ret);
                return false;
        }
        rc = sq_ledger_open_site(sources->config, SQ_STORE_PERSON,
                                 sq_monotonic_ns() + PATIENCE_NS, &ledger, &err);
        if (rc) {
                sq_answer_trouble(sources, &err, ret);
                return false;
        }
        rc = change(ledger, &actor, payload, &err);
        if (rc)
                sq_answer_failure(sources, rc, &err, ret);
        return rc == SQ_OK;
}

void sq_answer_done(struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "");
        sq_answer_json(&json, 204, ret);
}
