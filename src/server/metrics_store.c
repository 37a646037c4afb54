/* metrics_store.c - what the ledger says: where subjects stand, and how it fares */
#include <string.h>

#include "base/clock.h"
#include "governor/record.h"
#include "ledger/balance.h"
#include "ledger/census.h"
#include "server/exposition.h"
#include "server/metrics_part.h"

/* One ledger serves a handful of clusters. */
#define CLUSTERS_MAX 64

/* A callback's value: there were enough of them. */
#define ENOUGH 1

/* Samples of one family stand together, and subjects and clusters come one after the other:
 * each family has a text of its own until the end. */
enum place {
        BUDGET, CONSUMED, RESERVED, JOBS, SUBJECTS, LEFT_OUT,
        RESERVATIONS, MISSING, COMPARED, AGE, DRIFT, DRIFT_TOTAL, SCHEMA, EVALUATED,
        PLACES
};

static const struct sq_family family[PLACES] = {
        [BUDGET] = {"slurm_quota_budget_seconds", "gauge",
                    "TRES-seconds that a subject may use; +Inf: unlimited."},
        [CONSUMED] = {"slurm_quota_consumed_seconds", "gauge",
                      "TRES-seconds that the jobs of a subject have used."},
        [RESERVED] = {"slurm_quota_reserved_seconds", "gauge",
                      "TRES-seconds that unfinished jobs of a subject hold."},
        [JOBS] = {"slurm_quota_unfinished_jobs", "gauge",
                  "Unfinished jobs of a subject, each task of an array by itself."},
        [SUBJECTS] = {"slurm_quota_subjects", "gauge", "Users and accounts in the ledger."},
        [LEFT_OUT] = {"slurm_quota_subjects_left_out", "gauge",
                      "Subjects that are not told because of metrics.subjects_max."},
        [RESERVATIONS] = {"slurm_quota_reservations", "gauge",
                          "Reservations: provisional until their job is seen, then bound."},
        [MISSING] = {"slurm_quota_reservations_missing", "gauge",
                     "Bound reservations of whose jobs Slurm cannot tell the end."},
        [COMPARED] = {"slurm_quota_reconcile_last_complete_timestamp_seconds", "gauge",
                      "When the last complete pass of reconcile began."},
        [AGE] = {"slurm_quota_reconcile_age_seconds", "gauge",
                 "How long ago the last complete pass of reconcile began."},
        [DRIFT] = {"slurm_quota_reconcile_drift", "gauge",
                   "Differences between the ledger and Slurm that the last pass found."},
        [DRIFT_TOTAL] = {"slurm_quota_reconcile_drift_total", "counter",
                         "Differences between the ledger and Slurm that all passes found."},
        [SCHEMA] = {"slurm_quota_schema_version", "gauge",
                    "Number of the last migration of the store."},
        [EVALUATED] = {"slurm_quota_policy_evaluation_age_seconds", "gauge",
                       "How long ago the policy was evaluated that has waited longest."},
};

struct page {
        struct sq_json of[PLACES];
        int64_t now;
        int64_t most, n; /* subjects of one kind */
};

static void clear(struct page *page) {
        for (int i = 0; i < PLACES; i++)
                sq_json_clear(&page->of[i]);
}

/* --- subjects ---------------------------------------------------------------------------- */

static void add_amount(struct page *page, enum place place, const struct sq_standing *s,
                       enum sq_resource resource, struct sq_amount amount) {
        struct sq_json *out = &page->of[place];

        sq_exposition_begin(out, family[place].name, "", NULL, "kind",
                            sq_subject_kind_name(s->kind), "name", s->name, "resource",
                            sq_resource_name(resource), NULL);
        if (sq_amount_is_unlimited(amount))
                sq_exposition_text(out, "+Inf");
        else
                sq_exposition_integer(out, amount.seconds);
}

static int add_standing(const struct sq_standing *s, void *payload) {
        struct page *page = payload;

        if (page->n >= page->most)
                return ENOUGH;
        page->n++;
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                add_amount(page, BUDGET, s, (enum sq_resource)r, s->of[r].budget);
                add_amount(page, CONSUMED, s, (enum sq_resource)r, s->of[r].consumed);
                add_amount(page, RESERVED, s, (enum sq_resource)r, s->of[r].reserved);
        }
        sq_exposition_begin(&page->of[JOBS], family[JOBS].name, "", NULL, "kind",
                            sq_subject_kind_name(s->kind), "name", s->name, NULL);
        sq_exposition_integer(&page->of[JOBS], s->jobs);
        return SQ_OK;
}

static int add_kind(struct page *page, struct sq_ledger *ledger, enum sq_subject_kind kind,
                    bool wanted, int64_t all, struct sq_error *err) {
        const char *name = sq_subject_kind_name(kind);
        int rc = SQ_OK;

        page->n = 0;
        if (wanted)
                rc = sq_balance_each(ledger, kind, NULL, add_standing, page, err);
        sq_exposition_begin(&page->of[SUBJECTS], family[SUBJECTS].name, "", NULL, "kind", name,
                            NULL);
        sq_exposition_integer(&page->of[SUBJECTS], all);
        sq_exposition_begin(&page->of[LEFT_OUT], family[LEFT_OUT].name, "", NULL, "kind", name,
                            NULL);
        sq_exposition_integer(&page->of[LEFT_OUT], rc == ENOUGH ? all - page->n : 0);
        return rc == ENOUGH ? SQ_OK : rc;
}

/* --- how the ledger fares ---------------------------------------------------------------- */

static void add_one(struct page *page, enum place place, const char *label, const char *value,
                    int64_t number) {
        sq_exposition_begin(&page->of[place], family[place].name, "", NULL, label, value, NULL);
        sq_exposition_integer(&page->of[place], number);
}

static int add_cluster(const char *cluster, const struct sq_comparison *c, void *payload) {
        struct page *page = payload;

        add_one(page, COMPARED, "cluster", cluster, c->compared_at);
        add_one(page, AGE, "cluster", cluster,
                page->now > c->compared_at ? page->now - c->compared_at : 0);
        add_one(page, DRIFT, "cluster", cluster, c->drift);
        add_one(page, DRIFT_TOTAL, "cluster", cluster, c->drift_total);
        return SQ_OK;
}

static void add_census(struct page *page, const struct sq_census *census) {
        const int64_t provisional = census->reservations - census->bound;

        add_one(page, RESERVATIONS, "state", "provisional", provisional > 0 ? provisional : 0);
        add_one(page, RESERVATIONS, "state", "bound", census->bound);
        add_one(page, MISSING, NULL, NULL, census->missing);
        add_one(page, SCHEMA, NULL, NULL, census->schema);
}

/* Whoever is to evaluate them; a policy that is new has waited since it was made. */
static int add_wait(struct page *page, struct sq_ledger *ledger, struct sq_error *err) {
        struct sq_policy_wait wait;
        int rc = sq_policy_longest_wait(ledger, &wait, err);

        if (!rc && *wait.name)
                add_one(page, EVALUATED, NULL, NULL,
                        page->now > wait.since ? page->now - wait.since : 0);
        return rc;
}

static int read_all(const struct sq_config *config, bool whose, struct sq_ledger *ledger,
                    struct page *page, struct sq_error *err) {
        struct sq_census census;
        int rc = sq_census_take(ledger, &census, err);

        if (rc)
                return rc;
        add_census(page, &census);
        rc = add_kind(page, ledger, SQ_ACCOUNT, whose && config->metrics.accounts == SQ_YES,
                      census.subjects[SQ_ACCOUNT], err);
        if (!rc)
                rc = add_kind(page, ledger, SQ_USER, whose && config->metrics.users == SQ_YES,
                              census.subjects[SQ_USER], err);
        if (!rc)
                rc = sq_comparison_each(ledger, CLUSTERS_MAX, add_cluster, page, err);
        if (!rc)
                rc = add_wait(page, ledger, err);
        return rc;
}

static void append(struct sq_json *out, struct sq_json *samples) {
        struct sq_body *body = sq_json_take(samples);

        if (body)
                sq_json_add_bytes(out, sq_body_text(body), sq_body_length(body));
        else
                out->failed = true;
        sq_body_release(body);
}

bool sq_metrics_write_store(const struct sq_config *config, bool whose,
                            struct sq_ledger *ledger, struct sq_json *out,
                            struct sq_error *err) {
        SQ_CLEANUP(clear) struct page page = {.now = sq_now(),
                                              .most = config->metrics.subjects_max};
        const bool is_read = ledger && !read_all(config, whose, ledger, &page, err);

        for (int i = 0; i < PLACES; i++) {
                sq_exposition_family(out, &family[i]);
                if (is_read)
                        append(out, &page.of[i]);
        }
        return is_read;
}
