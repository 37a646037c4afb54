#include "server/metrics.h"

#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "ledger/spool_depth.h"
#include "server/exposition.h"
#include "server/metrics_part.h"
#include "server/route.h"
#include "server/ticker.h"

static const struct sq_family
        build = {"slurm_quota_build_info", "gauge", "1, with the version of the service."},
        source = {"slurm_quota_source_up", "gauge",
                  "Whether a source of these metrics can be read: store, spool, counters."},
        size = {"slurm_quota_store_size_bytes", "gauge",
                "Size of the database and of its write-ahead log."},
        waiting = {"slurm_quota_spool_waiting", "gauge",
                   "Events that wait for the store, and questions that wait for slurmdbd."},
        rejected = {"slurm_quota_spool_rejected", "gauge",
                    "Events that can never be booked, and wait for a person."},
        spool_size = {"slurm_quota_spool_size_bytes", "gauge",
                      "Size of the files of the spool."},
        runs = {"slurm_quota_policy_runs_total", "counter",
                "Runs of the service over all policies, by how they ended."},
        run_at = {"slurm_quota_policy_last_complete_timestamp_seconds", "gauge",
                  "When the service's last complete run over all policies ended."},
        requests = {"slurm_quota_http_requests_total", "counter",
                    "Requests that the service has answered, by route and status."};

static void add_one(struct sq_json *out, const struct sq_family *family, const char *label,
                    const char *value, int64_t number) {
        sq_exposition_begin(out, family->name, "", NULL, label, value, NULL);
        sq_exposition_integer(out, number);
}

/* --- the store --------------------------------------------------------------------------- */

/* Where a site keeps from everybody where the others stand, so do these. */
static bool may_tell_whose(const struct sq_sources *sources, const struct sq_caller *caller) {
        return sources->config->auth.anonymous_stats || caller->role >= SQ_ROLE_OPERATOR;
}

static bool write_store(struct sq_sources *sources, const struct sq_caller *caller,
                        struct sq_json *out) {
        struct sq_error err = {.text = ""};
        struct sq_ledger *ledger = NULL;
        const int rc = sq_readers_take(sources->readers, &ledger, &err);
        const bool is_read =
                sq_metrics_write_store(sources->config, may_tell_whose(sources, caller),
                                       rc ? NULL : ledger, out, &err);

        if (!rc)
                sq_readers_give(sources->readers, ledger, !is_read);
        if (is_read)
                sq_answer_no_trouble(sources);
        else
                sq_answer_tell_trouble(sources, &err);
        return is_read;
}

static void add_size(struct sq_json *out, const char *name, const char *path,
                     const char *suffix) {
        char whole[PATH_MAX];
        struct stat st;

        snprintf(whole, sizeof whole, "%s%s", path, suffix);
        if (!stat(whole, &st))
                add_one(out, &size, "file", name, st.st_size);
}

static void write_sizes(const struct sq_config *config, struct sq_json *out) {
        sq_exposition_family(out, &size);
        add_size(out, "database", config->store.path, "");
        add_size(out, "log", config->store.path, "-wal");
}

/* --- the spool --------------------------------------------------------------------------- */

static bool write_spool(const char *directory, struct sq_json *out) {
        struct sq_spool_depth depth;
        const bool is_read = !sq_spool_measure(directory, &depth, NULL);

        sq_exposition_family(out, &waiting);
        if (is_read) {
                add_one(out, &waiting, "file", "events", depth.events.lines);
                add_one(out, &waiting, "file", "questions", depth.questions.lines);
        }
        sq_exposition_family(out, &rejected);
        if (is_read)
                add_one(out, &rejected, NULL, NULL, depth.rejected.lines);
        sq_exposition_family(out, &spool_size);
        if (is_read) {
                add_one(out, &spool_size, "file", "events", depth.events.bytes);
                add_one(out, &spool_size, "file", "questions", depth.questions.bytes);
                add_one(out, &spool_size, "file", "rejected", depth.rejected.bytes);
        }
        return is_read;
}

/* --- the service ------------------------------------------------------------------------- */

static void add_requests(const struct sq_route *route, unsigned status, uint64_t n,
                         void *payload) {
        struct sq_json *out = payload;
        char text[16] = "other";

        if (status)
                snprintf(text, sizeof text, "%u", status);
        sq_exposition_begin(out, requests.name, "", NULL, "method",
                            route ? route->method : "other", "route",
                            route ? route->path : "other", "status", text, NULL);
        sq_exposition_count(out, n);
}

static void write_runs(struct sq_ticker *ticker, struct sq_json *out) {
        const struct sq_ticker_state state =
                ticker ? sq_ticker_state(ticker) : (struct sq_ticker_state){0};

        sq_exposition_family(out, &runs);
        if (ticker) {
                add_one(out, &runs, "result", "complete", (int64_t)state.complete);
                add_one(out, &runs, "result", "failed", (int64_t)state.failed);
        }
        sq_exposition_family(out, &run_at);
        if (state.completed_at)
                add_one(out, &run_at, NULL, NULL, state.completed_at);
}

static void write_sources(bool store, bool spool, bool counters, struct sq_json *out) {
        sq_exposition_family(out, &source);
        add_one(out, &source, "source", "store", store);
        add_one(out, &source, "source", "spool", spool);
        add_one(out, &source, "source", "counters", counters);
}

void sq_metrics_answer(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        const struct sq_config *config = sources->config;
        struct sq_json out = {.body = NULL};
        bool store, spool, counters;

        sq_exposition_family(&out, &build);
        add_one(&out, &build, "version", SQ_VERSION, 1);
        store = write_store(sources, &request->caller, &out);
        write_sizes(config, &out);
        spool = write_spool(config->spool.directory, &out);
        counters = sq_metrics_write_counts(config->metrics.counters, &out);
        write_sources(store, spool, counters, &out);
        write_runs(sources->ticker, &out);
        sq_exposition_family(&out, &requests);
        sq_tally_each(&sources->tally, add_requests, &out);
        *ret = (struct sq_answer){
                .status = 200, .type = SQ_EXPOSITION_TYPE, .body = sq_json_take(&out)};
}
