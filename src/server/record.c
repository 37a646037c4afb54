#include "server/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/comparison.h"
#include "ledger/finished.h"
#include "ledger/history.h"
#include "ledger/job.h"
#include "ledger/prospect.h"
#include "server/route.h"

/* As the command has it, for who does not say how many; and the most: 3 MB of answer. */
#define DEFAULT_LIMIT 100
#define LIMIT_MOST 10000

/* Of jobs, for who does not say since when. */
#define DEFAULT_SINCE (7 * 86400)

/* A ledger of ten million entries is read in half a second; who wants it all has the
 * command. */
#define PATIENCE_NS (5 * SQ_NS_PER_SECOND)

/* --- whose ------------------------------------------------------------------------------- */

struct whose {
        const char *user, *account; /* at most one; both NULL: everybody's */
        char name[SQ_NAME_SIZE];
};

static int check_name(const struct sq_request *request, struct whose *whose,
                      struct sq_error *err) {
        if (whose->user ? sq_caller_sees_user(&request->caller, whose->user)
                        : sq_caller_sees_account(&request->caller, whose->account))
                return SQ_OK;
        return sq_fail(err, SQ_EACCESS, "%s may not see what concerns %s %s",
                       request->caller.name, whose->user ? "user" : "account", whose->name);
}

/* The parameters' user or account; without them everybody when that is allowed and meant
 * (`all`), else the caller.  SQ_EACCESS: not his business. */
static int read_whose(const struct sq_request *request, bool all, struct whose *ret,
                      struct sq_error *err) {
        const char *user = request->parameter[SQ_RECORD_USER];
        const char *account = request->parameter[SQ_RECORD_ACCOUNT];
        int rc;

        *ret = (struct whose){.user = NULL};
        if (*user && *account)
                return sq_fail(err, SQ_EINVAL, "username and account are mutually exclusive");
        if (!*user && !*account) {
                if (all && request->caller.role >= SQ_ROLE_OPERATOR)
                        return SQ_OK;
                user = request->caller.name;
        }
        if (*account) {
                rc = sq_name_check(SQ_NAME_ACCOUNT, account, err);
                sq_name_lower(account, ret->name, sizeof ret->name);
                ret->account = ret->name;
        } else {
                rc = sq_name_check(SQ_NAME_USER, user, err);
                memcpy(ret->name, user, strlen(user) + 1);
                ret->user = ret->name;
        }
        return rc ? rc : check_name(request, ret, err);
}

/* --- numbers ------------------------------------------------------------------------------ */

/* A parameter that is a whole number up to `most`; not given: *ret stays. */
static int read_number(const struct sq_request *request, enum sq_record_parameter which,
                       int64_t most, int64_t *ret, struct sq_error *err) {
        const char *text = request->parameter[which], *p = text;
        int64_t number = 0;

        if (!*text)
                return SQ_OK;
        for (; *p >= '0' && *p <= '9' && number <= most; p++)
                number = 10 * number + (*p - '0');
        if (*p || number > most)
                return sq_fail(err, SQ_EINVAL,
                               "%s must be a whole number from 0 to %" PRId64 ", not \"%.40s\"",
                               request->route->parameter[which], most, text);
        *ret = number;
        return SQ_OK;
}

static int read_since(const struct sq_request *request, int64_t *ret, struct sq_error *err) {
        return read_number(request, SQ_RECORD_SINCE, sq_now(), ret, err);
}

static int read_limit(const struct sq_request *request, int64_t *ret, struct sq_error *err) {
        int rc = read_number(request, SQ_RECORD_LIMIT, LIMIT_MOST, ret, err);

        if (!rc && *ret == 0)
                rc = sq_fail(err, SQ_EINVAL, "limit must be at least 1");
        return rc;
}

/* --- reading ------------------------------------------------------------------------------ */

struct list {
        struct sq_json json;
        bool begun;
};

static void add(struct list *list, const struct sq_fields *fields) {
        if (list->begun)
                sq_json_add(&list->json, ",");
        list->begun = true;
        sq_json_add_object(&list->json, fields);
}

typedef int (*read_fn)(struct sq_ledger *ledger, const void *filter, struct list *list,
                       struct sq_error *err);

/* `rc` is how reading the request went. */
static void answer(struct sq_sources *sources, int rc, read_fn read, const void *filter,
                   const struct sq_error *refusal, struct sq_answer *ret) {
        struct list list = {.begun = false};
        struct sq_error err = {.text = ""};
        struct sq_ledger *ledger;

        if (rc) {
                sq_answer_refusal(rc, refusal, ret);
                return;
        }
        rc = sq_readers_take(sources->readers, &ledger, &err);
        if (!rc) {
                sq_store_set_deadline(sq_ledger_store(ledger), sq_monotonic_ns() + PATIENCE_NS);
                rc = read(ledger, filter, &list, &err);
                sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        }
        if (rc) {
                sq_json_clear(&list.json);
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        sq_answer_no_trouble(sources);
        sq_answer_json(&list.json, 200, ret);
}

/* --- the four ----------------------------------------------------------------------------- */

static int add_entry(const struct sq_entry *entry, void *payload) {
        struct sq_fields fields;

        sq_entry_fields(entry, &fields);
        add(payload, &fields);
        return SQ_OK;
}

static int read_history(struct sq_ledger *ledger, const void *filter, struct list *list,
                        struct sq_error *err) {
        bool older;
        int rc;

        sq_json_add(&list->json, "[");
        rc = sq_entry_each(ledger, filter, add_entry, list, &older, err);
        sq_json_add(&list->json, "]");
        return rc;
}

void sq_record_history(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        const char *kind = request->parameter[SQ_RECORD_KIND];
        struct sq_entry_filter filter = {.limit = DEFAULT_LIMIT};
        struct sq_error err = {.text = ""};
        struct whose whose;
        int rc = read_whose(request, false, &whose, &err);

        filter.kind = whose.account ? SQ_ACCOUNT : SQ_USER;
        filter.name = whose.name;
        if (!rc && *kind) {
                filter.entry_kind = kind;
                if (!sq_entry_kind_is_known(kind))
                        rc = sq_fail(&err, SQ_EINVAL, "there are no entries of a kind"
                                     " \"%.40s\"", kind);
        }
        if (!rc)
                rc = read_since(request, &filter.since, &err);
        if (!rc)
                rc = read_limit(request, &filter.limit, &err);
        answer(sources, rc, read_history, &filter, &err, ret);
}

static int add_finished(const struct sq_finished *job, void *payload) {
        struct sq_fields fields;

        sq_finished_fields(job, &fields);
        add(payload, &fields);
        return SQ_OK;
}

static int read_jobs(struct sq_ledger *ledger, const void *filter, struct list *list,
                     struct sq_error *err) {
        int rc;

        sq_json_add(&list->json, "[");
        rc = sq_finished_each(ledger, filter, add_finished, list, err);
        sq_json_add(&list->json, "]");
        return rc;
}

void sq_record_jobs(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret) {
        struct sq_finished_filter filter = {.since = sq_now() - DEFAULT_SINCE,
                                            .limit = LIMIT_MOST};
        struct sq_error err = {.text = ""};
        struct whose whose;
        int rc = read_whose(request, true, &whose, &err);

        filter.user = whose.user;
        filter.account = whose.account;
        if (!rc)
                rc = read_since(request, &filter.since, &err);
        if (!rc)
                rc = read_limit(request, &filter.limit, &err);
        answer(sources, rc, read_jobs, &filter, &err, ret);
}

static int add_job(const struct sq_job_standing *job, void *payload) {
        struct sq_fields fields;

        sq_job_fields(job, &fields);
        add(payload, &fields);
        return SQ_OK;
}

static int read_reservations(struct sq_ledger *ledger, const void *filter, struct list *list,
                             struct sq_error *err) {
        int64_t compared_at = 0;
        int rc;

        sq_json_add(&list->json, "{\"jobs\":[");
        rc = sq_job_each(ledger, filter, add_job, list, err);
        if (!rc)
                rc = sq_comparison_newest(ledger, &compared_at, err);
        sq_json_add(&list->json, "],\"compared_at\":");
        if (compared_at)
                sq_json_add_integer(&list->json, compared_at);
        else
                sq_json_add(&list->json, "null");
        sq_json_add(&list->json, "}");
        return rc;
}

void sq_record_reservations(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret) {
        struct sq_job_filter filter = {.now = sq_now()};
        struct sq_error err = {.text = ""};
        struct whose whose;
        int rc = read_whose(request, true, &whose, &err);

        filter.user = whose.user;
        filter.account = whose.account;
        answer(sources, rc, read_reservations, &filter, &err, ret);
}

/* Of whom, and from which day it is counted. */
struct forecast {
        const struct whose *whose;
        struct sq_date today;
        struct list *list;
};

static int add_prospect(const struct sq_prospect *prospect, void *payload) {
        const struct forecast *forecast = payload;
        struct sq_fields fields;

        sq_prospect_fields(prospect, forecast->today, &fields);
        add(forecast->list, &fields);
        return SQ_OK;
}

static int read_forecast(struct sq_ledger *ledger, const void *filter, struct list *list,
                         struct sq_error *err) {
        struct forecast forecast = {filter, sq_prospect_today(ledger), list};
        char today[SQ_DATE_SIZE];
        int rc;

        sq_json_add(&list->json, "{\"today\":");
        sq_json_add_string(&list->json, sq_date_text(forecast.today, today));
        sq_json_add(&list->json, ",\"forecast\":[");
        rc = sq_prospect_each_of(ledger, forecast.whose->user, forecast.whose->account,
                                 forecast.today, add_prospect, &forecast, err);
        sq_json_add(&list->json, "]}");
        return rc;
}

void sq_record_forecast(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret) {
        struct sq_error err = {.text = ""};
        struct whose whose;
        int rc = read_whose(request, true, &whose, &err);

        answer(sources, rc, read_forecast, &whose, &err, ret);
}
