#include "server/answer.h"

#include <stdio.h>
#include <string.h>

#include "server/request.h"
#include "server/stats.h"

#define READING "GET, HEAD"

void sq_answer_error(unsigned status, const char *error, const char *message,
                     struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{\"error\":");
        sq_json_add_string(&json, error);
        sq_json_add(&json, ",\"message\":");
        sq_json_add_string(&json, message);
        sq_json_add(&json, "}");
        *ret = (struct sq_answer){.status = status, .body = sq_json_take(&json)};
}

static void answer_health(struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{\"status\":\"ok\"}");
        *ret = (struct sq_answer){.status = 200, .body = sq_json_take(&json)};
}

/* Once when it begins and once when it is over, however many ask. */
static void tell(struct sq_sources *sources, const struct sq_error *trouble) {
        char line[sizeof trouble->text + 64];
        const bool before =
                __atomic_exchange_n(&sources->in_trouble, trouble != NULL, __ATOMIC_RELAXED);

        if (trouble && !before) {
                snprintf(line, sizeof line, "could not read the ledger: %s", trouble->text);
                sources->complain(line);
        } else if (!trouble && before) {
                sources->complain("the ledger can be read again");
        }
}

static int read_some(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_body **ret, struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_stats_write(ledger, sources->membership, request->user, request->account, ret,
                            err);
        sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        return rc;
}

static void answer_stats(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_answer *ret) {
        struct sq_error err = {.text = ""};
        char message[sizeof err.text + sizeof err.hint + 8];
        struct sq_body *body = NULL;
        int rc = *request->user || *request->account
                         ? read_some(sources, request, &body, &err)
                         : sq_everyone_get(sources->everyone, &body, &err);

        tell(sources, rc ? &err : NULL);
        if (!rc) {
                *ret = (struct sq_answer){.status = 200, .body = body};
                return;
        }
        snprintf(message, sizeof message, "%s%s%s", err.text, err.hint[0] ? ". " : "",
                 err.hint);
        sq_answer_error(503, "store", message, ret);
}

void sq_answer(struct sq_sources *sources, const char *method, const char *target,
               struct sq_answer *ret) {
        struct sq_request request;
        struct sq_error err;
        const int rc = sq_request_parse(target, &request, &err);

        if (request.route == SQ_ROUTE_NONE) {
                sq_answer_error(404, "not_found", "there are /health and /stats here", ret);
        } else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
                sq_answer_error(405, "method_not_allowed", "this can be read only: " READING,
                                ret);
                ret->allow = READING;
        } else if (rc) {
                sq_answer_error(400, "bad_request", err.text, ret);
        } else if (request.route == SQ_ROUTE_HEALTH) {
                answer_health(ret);
        } else {
                answer_stats(sources, &request, ret);
        }
}
