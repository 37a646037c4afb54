#include "doctor/need.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/grow.h"

/* "policy.qos_paused", "policy \"...\"". */
#define BY_SIZE 100

static const char tres_sql[] =
        "SELECT DISTINCT r.name FROM balance b JOIN resource r ON r.id = b.resource_id"
        " UNION SELECT resource FROM allocation WHERE removed_by IS NULL";

enum kind { QOS, TRES };

/* Once for each name; the first who needs it. */
struct need {
        enum kind kind;
        char *name, *by;
};

struct sq_needs {
        struct need *item;
        size_t n, room;
};

struct sq_needs *sq_needs_new(void) {
        return calloc(1, sizeof(struct sq_needs));
}

void sq_needs_free(struct sq_needs *needs) {
        if (!needs)
                return;
        for (size_t i = 0; i < needs->n; i++) {
                free(needs->item[i].name);
                free(needs->item[i].by);
        }
        free(needs->item);
        free(needs);
}

static int add(struct sq_needs *needs, enum kind kind, const char *name, size_t length,
               const char *by, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *copy = strndup(name, length);
        SQ_CLEANUP(sq_freep) char *who = strdup(by);

        if (!copy || !who || !sq_grow(&needs->item, needs->n + 1, &needs->room,
                                      sizeof *needs->item))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < needs->n; i++)
                if (needs->item[i].kind == kind && !strcasecmp(needs->item[i].name, copy))
                        return SQ_OK;
        needs->item[needs->n++] = (struct need){kind, SQ_TAKE(copy), SQ_TAKE(who)};
        return SQ_OK;
}

/* "normal,high": an account may have several. */
static int add_qos(struct sq_needs *needs, const char *names, const char *by,
                   struct sq_error *err) {
        int rc = SQ_OK;

        while (*names && !rc) {
                const size_t n = strcspn(names, ", ");

                if (n)
                        rc = add(needs, QOS, names, n, by, err);
                names += n + (names[n] != '\0');
        }
        return rc;
}

int sq_needs_add_policy(struct sq_needs *needs, const struct sq_policy *policy,
                        const struct sq_config *config, struct sq_error *err) {
        char by[BY_SIZE];
        int rc = SQ_OK;

        snprintf(by, sizeof by, "policy \"%.60s\"",
                 *policy->name ? policy->name : policy->scope);
        for (size_t i = 0; i < policy->limits.n && !rc; i++)
                rc = add(needs, TRES, policy->limits.item[i].name,
                         strlen(policy->limits.item[i].name), by, err);
        if (rc || policy->enforce == SQ_ENFORCE_SUBMIT)
                return rc;
        if ((rc = add_qos(needs, config->policy.qos_default, "policy.qos_default", err)) ||
            (rc = add_qos(needs, config->policy.qos_downscaled, "policy.qos_downscaled",
                          err)) ||
            (rc = add_qos(needs, config->policy.qos_paused, "policy.qos_paused", err)))
                return rc;
        for (size_t i = 0; i < policy->thresholds.n && !rc; i++)
                rc = add_qos(needs, policy->thresholds.item[i].qos, by, err);
        return rc;
}

struct budgets {
        struct sq_needs *needs;
        int rc;
};

static int read_budgets(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct budgets *b = context;
        struct sq_query *query = sq_query(txn, tres_sql, "");
        int rc = SQ_OK;

        while (!rc && sq_query_next(query)) {
                const char *name = sq_query_text(query, 0);

                rc = add(b->needs, TRES, name, strlen(name), "a budget", err);
        }
        sq_query_done(query);
        return rc;
}

int sq_needs_add_budgets(struct sq_needs *needs, struct sq_ledger *ledger,
                         struct sq_error *err) {
        struct budgets b = {.needs = needs};

        return sq_store_read(sq_ledger_store(ledger), read_budgets, &b, err);
}

/* --- looking ------------------------------------------------------------------------------ */

bool sq_needs_qos(const struct sq_needs *needs) {
        for (size_t i = 0; i < needs->n; i++)
                if (needs->item[i].kind == QOS)
                        return true;
        return false;
}

void sq_needs_check_qos(const struct sq_needs *needs, const struct sq_qos_list *list,
                        const struct sq_report *report) {
        bool missing = false;

        for (size_t i = 0; i < needs->n; i++) {
                const struct need *need = &needs->item[i];
                char advice[200];

                if (need->kind != QOS || sq_qos_list_has(list, need->name))
                        continue;
                missing = true;
                snprintf(advice, sizeof advice,
                         "Name one that \"sacctmgr show qos\" has, or run: sacctmgr add qos"
                         " %.60s", need->name);
                sq_report(report, SQ_ILL, "policies", advice,
                          "Slurm has no QoS \"%.60s\", which %s names", need->name, need->by);
        }
        if (!missing && sq_needs_qos(needs))
                sq_report(report, SQ_HEALTHY, "policies", "",
                          "Slurm has every QoS that policies name");
}

/* What slurmdbd records whatever AccountingStorageTRES says (slurm.conf(5)); `gpu` is our
 * own, made of gres/gpu, which is looked at with slurmctld's settings. */
static bool is_recorded(const struct sq_settings *settings, const char *name) {
        static const char *const always[] = {"cpu",  "mem",   "energy",  "node", "billing",
                                             "vmem", "pages", "fs/disk", "gpu"};

        for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
                if (!strcmp(name, always[i]))
                        return true;
        return sq_settings_has(settings, "AccountingStorageTRES", name);
}

void sq_needs_check_tres(const struct sq_needs *needs, const struct sq_settings *settings,
                         const struct sq_report *report) {
        for (size_t i = 0; i < needs->n; i++) {
                const struct need *need = &needs->item[i];
                char advice[200];

                if (need->kind != TRES || is_recorded(settings, need->name))
                        continue;
                snprintf(advice, sizeof advice,
                         "Add %.60s to AccountingStorageTRES in slurm.conf.", need->name);
                sq_report(report, SQ_ILL, "accounting", advice,
                          "slurmdbd does not record %.60s, which %s limits: nothing of it is"
                          " ever counted", need->name, need->by);
        }
}
