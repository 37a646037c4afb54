#include "server/route.h"

#include <stdio.h>
#include <string.h>

#include "server/budget.h"
#include "server/estimate.h"
#include "server/gpu_factor.h"
#include "server/metrics.h"
#include "server/openapi.h"
#include "server/policy.h"
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

/* Where two paths could be meant, the one without a variable stands first. */
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
        {"PATCH", "/consumption/user/{name}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_adjust_user_window},
        {"PATCH", "/consumption/account/{name}", SQ_ROLE_OPERATOR,
         .answer = sq_quota_adjust_account_window},
        {"GET", "/budgets", SQ_ROLE_USER, .open = true, .answer = sq_budgets_show,
         .parameter = {[SQ_BUDGET_USER] = "username", [SQ_BUDGET_ACCOUNT] = "account",
                       [SQ_BUDGET_WINDOW] = "window"}},
        {"PUT", "/budgets/users/{name}", SQ_ROLE_OPERATOR, .answer = sq_budgets_set_user},
        {"PUT", "/budgets/accounts/{name}", SQ_ROLE_OPERATOR,
         .answer = sq_budgets_set_account},
        {"POST", "/budgets/users/{name}/remove", SQ_ROLE_OPERATOR,
         .answer = sq_budget_remove_user},
        {"POST", "/budgets/accounts/{name}/remove", SQ_ROLE_OPERATOR,
         .answer = sq_budget_remove_account},
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
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/",
         SQ_ROLE_USER, .answer = sq_policy_list,
         .parameter = {[SQ_POLICY_PAGE] = "page", [SQ_POLICY_PAGE_SIZE] = "page_size",
                       [SQ_POLICY_SCOPE] = "scope", [SQ_POLICY_SCOPE_UUID] = "scope_uuid"}},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/",
         SQ_ROLE_USER, .answer = sq_policy_create},
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/actions/",
         SQ_ROLE_USER, .answer = sq_policy_actions},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/preview_impact/",
         SQ_ROLE_OPERATOR, .slow = true, .answer = sq_policy_preview},
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/",
         SQ_ROLE_USER, .answer = sq_policy_show},
        {"PUT", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/",
         SQ_ROLE_USER, .answer = sq_policy_put},
        {"PATCH", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/",
         SQ_ROLE_USER, .answer = sq_policy_patch},
        {"DELETE", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/",
         SQ_ROLE_USER, .answer = sq_policy_delete},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/dry-run/",
         SQ_ROLE_OPERATOR, .slow = true, .answer = sq_policy_dry_run},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/evaluate/",
         SQ_ROLE_OPERATOR, .slow = true, .answer = sq_policy_evaluate},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/force-period-reset/",
         SQ_ROLE_OPERATOR, .slow = true, .answer = sq_policy_force_period_reset},
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/status/",
         SQ_ROLE_USER, .slow = true, .answer = sq_policy_status,
         .parameter = {[SQ_POLICY_RESOURCE] = "resource_uuid"}},
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/evaluation-logs/",
         SQ_ROLE_USER, .answer = sq_policy_evaluations,
         .parameter = {[SQ_POLICY_RESOURCE] = "resource_uuid",
                       [SQ_POLICY_WINDOW] = "billing_period"}},
        {"GET", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/command-history/",
         SQ_ROLE_USER, .answer = sq_policy_commands,
         .parameter = {[SQ_POLICY_RESOURCE] = "resource_uuid"}},
        {"POST", "/api/marketplace-slurm-periodic-usage-policies/{uuid}/report-command-result/",
         SQ_ROLE_OPERATOR, .answer = sq_policy_report},
        {"GET", "/api/events/",
         SQ_ROLE_USER, .answer = sq_events_show,
         .parameter = {[SQ_EVENTS_RESOURCE] = "resource_uuid",
                       [SQ_EVENTS_POLICY] = "policy_uuid", [SQ_EVENTS_LIMIT] = "limit"}},
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
