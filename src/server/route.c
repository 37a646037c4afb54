#include "server/route.h"

#include <stdio.h>
#include <string.h>

#include "server/estimate.h"
#include "server/gpu_factor.h"
#include "server/metrics.h"
#include "server/openapi.h"
#include "server/quota.h"
#include "server/record.h"
#include "server/stats.h"
#include "server/tokens.h"
#include "server/whois.h"

static void answer_health(struct sq_sources *sources, const struct sq_request *request,
                          struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        (void)sources;
        (void)request;
        sq_json_add(&json, "{\"status\":\"ok\"}");
        sq_answer_json(&json, 200, ret);
}

static const struct sq_route table[] = {
        {"GET", "/health", SQ_ROLE_NOBODY, .answer = answer_health},
        {"GET", "/openapi.json", SQ_ROLE_NOBODY, .answer = sq_openapi_answer},
        {"GET", "/me", SQ_ROLE_USER, .answer = sq_me_answer},
        {"GET", "/roles", SQ_ROLE_OPERATOR, .answer = sq_roles_answer},
        {"GET", "/tokens", SQ_ROLE_USER, .answer = sq_tokens_show},
        {"POST", "/tokens", SQ_ROLE_USER, .answer = sq_tokens_create},
        {"DELETE", "/tokens/{id}", SQ_ROLE_USER, .answer = sq_tokens_revoke},
        {"GET", "/metrics", SQ_ROLE_NOBODY, .watches = true, .answer = sq_metrics_answer},
        {"GET", "/stats", SQ_ROLE_USER, .open = true, .answer = sq_stats_answer,
         .parameter = {[SQ_STATS_USER] = "username", [SQ_STATS_ACCOUNT] = "account"}},
        {"GET", "/quotas/defaults", SQ_ROLE_USER, .open = true,
         .answer = sq_quota_show_defaults},
        {"PUT", "/quotas/defaults", SQ_ROLE_OPERATOR, .answer = sq_quota_set_defaults},
        {"PUT", "/quotas/users/{name}/{resource}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_set_user},
        {"PUT", "/quotas/accounts/{name}/{resource}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_set_account},
        {"PATCH", "/consumption/user/{name}/{resource}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_adjust_user},
        {"PATCH", "/consumption/account/{name}/{resource}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_adjust_account},
        {"GET", "/factors/gpu", SQ_ROLE_USER, .open = true, .answer = sq_gpu_factors_show},
        {"PUT", "/factors/gpu/{type}", SQ_ROLE_OPERATOR, .answer = sq_gpu_factor_set},
        {"POST", "/estimate", SQ_ROLE_USER, .answer = sq_estimate_answer},
        {"GET", "/history", SQ_ROLE_USER, .answer = sq_record_history,
         .parameter = {[SQ_RECORD_USER] = "username", [SQ_RECORD_ACCOUNT] = "account",
                       [SQ_RECORD_SINCE] = "since", [SQ_RECORD_LIMIT] = "limit",
                       [SQ_RECORD_KIND] = "kind"}},
        {"GET", "/jobs", SQ_ROLE_USER, .answer = sq_record_jobs,
         .parameter = {[SQ_RECORD_USER] = "username", [SQ_RECORD_ACCOUNT] = "account",
                       [SQ_RECORD_SINCE] = "since", [SQ_RECORD_LIMIT] = "limit"}},
        {"GET", "/reservations", SQ_ROLE_USER, .answer = sq_record_reservations,
         .parameter = {[SQ_RECORD_USER] = "username", [SQ_RECORD_ACCOUNT] = "account"}},
        {"GET", "/forecast", SQ_ROLE_USER, .answer = sq_record_forecast,
         .parameter = {[SQ_RECORD_USER] = "username", [SQ_RECORD_ACCOUNT] = "account"}},
};

#define ROUTES (sizeof table / sizeof table[0])

const struct sq_route *sq_route_at(size_t i) {
        return i < ROUTES ? &table[i] : NULL;
}

const char *sq_route_methods(const char *path, char *text, size_t size) {
        size_t n = 0;

        text[0] = '\0';
        for (size_t i = 0; i < ROUTES && n < size; i++)
                if (!strcmp(table[i].path, path))
                        n += (size_t)snprintf(text + n, size - n, "%s%s%s", n ? ", " : "",
                                              table[i].method,
                                              strcmp(table[i].method, "GET") ? "" : ", HEAD");
        return text;
}
