#include "cli/policy_call.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/zone.h"
#include "governor/scope.h"
#include "slurm/conf.h"

/* slurmdbd may be busy. */
#define TREE_PATIENCE_NS (20 * SQ_NS_PER_SECOND)

int sq_site_cluster(const struct sq_config *config, char *ret, size_t size,
                    struct sq_error *err) {
        struct sq_slurm_conf conf;

        if (*config->slurm.cluster) {
                snprintf(ret, size, "%s", config->slurm.cluster);
                return SQ_OK;
        }
        if (sq_slurm_conf_read(NULL, &conf, NULL) == SQ_OK && *conf.cluster) {
                snprintf(ret, size, "%s", conf.cluster);
                return SQ_OK;
        }
        sq_fail(err, SQ_EINVAL, "the policy does not say its cluster (scope)");
        sq_hint(err, "Give \"scope\", or set slurm.cluster in the configuration.");
        return SQ_EINVAL;
}

int sq_policy_call_find(struct sq_ledger *ledger, int n, char **which,
                        struct sq_kept_policy ***ret, size_t *ret_n, struct sq_error *err) {
        struct sq_kept_policy **list;
        int rc;

        if (!n)
                return sq_kept_policies_read(ledger, ret, ret_n, err);
        list = calloc((size_t)n, sizeof *list);
        if (!list)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (int i = 0; i < n; i++) {
                rc = sq_kept_policy_find(ledger, which[i], &list[i], err);
                if (rc) {
                        sq_kept_policies_free(list, (size_t)i);
                        return rc;
                }
        }
        *ret = list;
        *ret_n = (size_t)n;
        return SQ_OK;
}

/* Noon of the site, which every day has. */
static int read_day(const struct sq_config *config, const char *text, int64_t *ret,
                    struct sq_error *err) {
        SQ_CLEANUP(sq_zone_freep) struct sq_zone *zone = NULL;
        struct sq_date date;
        struct tm tm = {.tm_hour = 12, .tm_isdst = -1};
        int rc;

        if (!sq_date_parse(text, &date))
                return sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a day as 2026-01-31", text);
        if (config->site.time_zone[0]) {
                rc = sq_zone_load(config->site.time_zone, &zone, err);
                if (!rc)
                        *ret = sq_zone_day_start(zone, sq_date_days(date)) + 12 * 3600;
                return rc;
        }
        tm.tm_year = date.year - 1900;
        tm.tm_mon = date.month - 1;
        tm.tm_mday = date.day;
        *ret = (int64_t)mktime(&tm);
        return SQ_OK;
}

int sq_policy_call_prepare(const struct sq_call *call, const struct sq_kept_policy *kept,
                           const char *day, struct sq_associations **ret_tree,
                           struct sq_governing *ret, struct sq_error *err) {
        int rc = SQ_OK;

        *ret = (struct sq_governing){.now = sq_now(), .qos = sq_qos_names_of(call->config),
                                     .groups = call->config->groups};
        *ret_tree = NULL;
        if (day)
                rc = read_day(call->config, day, &ret->now, err);
        if (!rc)
                rc = sq_scope_ask_tree(&kept->policy, call->config,
                                       sq_monotonic_ns() + TREE_PATIENCE_NS, ret_tree, err);
        ret->tree = *ret_tree;
        return rc;
}

void sq_policy_warn(const struct sq_policy *policy) {
        const char *warning;

        for (size_t i = 0; (warning = sq_policy_warning(policy, i)); i++)
                fprintf(stderr, "slurm-quota: warning: %s\n", warning);
}
