#include "server/answer.h"

#include <stdio.h>
#include <string.h>

#include "server/route.h"

void sq_answer_json(struct sq_json *json, unsigned status, struct sq_answer *ret) {
        *ret = (struct sq_answer){.status = status, .body = sq_json_take(json)};
}

static void answer_error(unsigned status, const char *error, const char *message,
                         const char *hint, struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{\"error\":");
        sq_json_add_string(&json, error);
        sq_json_add(&json, ",\"message\":");
        sq_json_add_string(&json, message);
        if (*hint) {
                sq_json_add(&json, ",\"hint\":");
                sq_json_add_string(&json, hint);
        }
        sq_json_add(&json, "}");
        sq_answer_json(&json, status, ret);
}

void sq_answer_error(unsigned status, const char *error, const char *message,
                     struct sq_answer *ret) {
        answer_error(status, error, message, "", ret);
}

void sq_answer_refusal(int code, const struct sq_error *err, struct sq_answer *ret) {
        static const struct {
                int code;
                unsigned status;
                const char *error;
        } refusals[] = {
                {SQ_EINVAL, 400, "bad_request"}, {SQ_ERANGE, 400, "bad_request"},
                {SQ_ENOTFOUND, 404, "not_found"}, {SQ_EACCESS, 403, "forbidden"},
                {SQ_EEXIST, 409, "conflict"},
        };
        size_t i = 0;

        while (i + 1 < sizeof refusals / sizeof refusals[0] && refusals[i].code != code)
                i++;
        answer_error(refusals[i].status, refusals[i].error, err->text, err->hint, ret);
}

/* --- the store ------------------------------------------------------------------------- */

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

void sq_answer_trouble(struct sq_sources *sources, const struct sq_error *err,
                       struct sq_answer *ret) {
        char message[sizeof err->text + sizeof err->hint + 8];

        tell(sources, err);
        snprintf(message, sizeof message, "%s%s%s", err->text, err->hint[0] ? ". " : "",
                 err->hint);
        sq_answer_error(503, "store", message, ret);
}

void sq_answer_tell_trouble(struct sq_sources *sources, const struct sq_error *err) {
        tell(sources, err);
}

void sq_answer_no_trouble(struct sq_sources *sources) {
        tell(sources, NULL);
}

bool sq_is_refusal(int code) {
        return code == SQ_EINVAL || code == SQ_ERANGE || code == SQ_ENOTFOUND ||
               code == SQ_EEXIST || code == SQ_EACCESS;
}

void sq_answer_failure(struct sq_sources *sources, int code, const struct sq_error *err,
                       struct sq_answer *ret) {
        if (sq_is_refusal(code))
                sq_answer_refusal(code, err, ret);
        else
                sq_answer_trouble(sources, err, ret);
}

static void answer_other_method(const struct sq_request *request, struct sq_answer *ret) {
        char methods[sizeof ret->allow], message[sizeof methods + 32];

        sq_route_methods(request->route->path, methods, sizeof methods);
        snprintf(message, sizeof message, "what can be done here: %s", methods);
        sq_answer_error(405, "method_not_allowed", message, ret);
        memcpy(ret->allow, methods, sizeof methods);
}

static enum sq_role least(const struct sq_sources *sources, const struct sq_route *route) {
        static const enum sq_role who[] = {
                [SQ_METRICS_FOR_NOBODY] = SQ_ROLE_NOBODY,
                [SQ_METRICS_FOR_USERS] = SQ_ROLE_USER,
                [SQ_METRICS_FOR_OPERATORS] = SQ_ROLE_OPERATOR,
        };

        return route->watches ? who[sources->config->auth.metrics] : route->least;
}

/* The caller's role is less than the route wants. */
static void answer_less(const struct sq_request *request, enum sq_role wanted,
                        struct sq_answer *ret) {
        const struct sq_caller *caller = &request->caller;
        char message[SQ_NAME_SIZE + 120];

        if (caller->role == SQ_ROLE_NOBODY) {
                sq_answer_error(401, "unauthorized", "this is not for everybody: say who you"
                                " are", ret);
                return;
        }
        snprintf(message, sizeof message, "this is for those with the role %s; %s has the role"
                 " %s", sq_role_name(wanted), caller->name,
                 sq_role_name(caller->role));
        sq_answer_error(403, "forbidden", message, ret);
}

/* --- who asks -------------------------------------------------------------------------- */

static const char *credential(const struct sq_request *request, const char *name,
                              bool *repeated) {
        size_t count = 0;
        const char *value = request->header && name
                                    ? request->header(request->connection, name, &count)
                                    : NULL;

        *repeated = *repeated || count > 1;
        return value;
}

static bool is_passed_on(const struct sq_request *request) {
        static const char *const names[] = {"Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"};

        for (size_t i = 0; request->header && i < sizeof names / sizeof names[0]; i++)
                if (request->header(request->connection, names[i], NULL))
                        return true;
        return false;
}

/* SQ_EACCESS, SQ_EBUSY: as sq_guard_admit() says. */
static int admit(const struct sq_sources *sources, struct sq_request *request,
                 struct sq_error *err) {
        const char *proxy_header;
        bool repeated = false;
        struct sq_credentials credentials = {
                .method = request->method,
                .target = sq_request_path(request->target),
                .body = request->body,
                .body_length = request->body_length,
                .fd = request->fd,
        };

        if (!sources->guard)
                return SQ_OK;
        proxy_header = sq_guard_proxy_header(sources->guard);
        credentials.authorization = credential(request, "Authorization", &repeated);
        credentials.user_token = credential(request, "X-SLURM-USER-TOKEN", &repeated);
        credentials.user_name = credential(request, "X-SLURM-USER-NAME", &repeated);
        credentials.proxy_user = credential(request, proxy_header, &repeated);
        credentials.repeated = repeated;
        credentials.passed_on = is_passed_on(request);
        return sq_guard_admit(sources->guard, &credentials, &request->caller, err);
}

static bool is_open(const struct sq_sources *sources, const struct sq_route *route) {
        return route->open && sources->config->auth.anonymous_stats;
}

/* False: *ret is the answer that says why not. */
static bool may(const struct sq_sources *sources, struct sq_request *request,
                struct sq_answer *ret) {
        const struct sq_route *route = request->route;
        struct sq_error err = {.text = ""};
        const int rc = admit(sources, request, &err);

        if (rc == SQ_EACCESS)
                sq_answer_error(401, "unauthorized", err.text, ret);
        else if (rc)
                sq_answer_error(503, "unavailable", err.text, ret);
        else if (is_open(sources, route) || request->caller.role >= least(sources, route))
                return true;
        else
                answer_less(request, least(sources, route), ret);
        return false;
}

/* --- requests -------------------------------------------------------------------------- */

bool sq_answer_begin(struct sq_sources *sources, struct sq_request *request,
                     struct sq_answer *ret) {
        struct sq_error err = {.text = ""};
        const int rc = sq_request_parse(request, &err);

        if (!request->route)
                sq_answer_error(404, "not_found",
                                "there is nothing here; /openapi.json says what there is", ret);
        else if (request->other_method)
                answer_other_method(request, ret);
        else if (!may(sources, request, ret))
                return false;
        else if (rc)
                sq_answer_refusal(rc, &err, ret);
        else
                return true;
        return false;
}

void sq_answer(struct sq_sources *sources, struct sq_request *request, struct sq_answer *ret) {
        if (sq_answer_begin(sources, request, ret))
                request->route->answer(sources, request, ret);
}
