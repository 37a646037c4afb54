#include "governor/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "governor/resource.h"
#include "wire/evaluation_json.h"

static const char supersede_sql[] =
        "UPDATE outbox SET superseded = 1 WHERE account_id = ? AND done_at IS NULL"
        " AND sent_at IS NULL AND superseded = 0";
static const char insert_sql[] =
        "INSERT INTO outbox (uuid, policy_id, account_id, window, resets, limited, message,"
        " created_at) VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?)";
static const char lifts_sql[] = "UPDATE outbox SET lifts = ? WHERE id = ?";
static const char command_sql[] =
        "INSERT INTO command_history (uuid, outbox_id, policy_id, account_id, kind,"
        " shell_command, planned_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
static const char waiting_sql[] =
        "SELECT o.uuid FROM outbox o JOIN subject s ON s.id = o.account_id"
        " WHERE s.kind = 'account' AND s.name = ? AND o.policy_id = ? AND o.done_at IS NULL"
        " AND o.superseded = 0 ORDER BY o.id DESC LIMIT 1";
static const char find_sql[] =
        "SELECT id, coalesce(policy_id, 0), account_id, resets, limited FROM outbox"
        " WHERE uuid = ? AND done_at IS NULL" SQ_FOR_UPDATE;
static const char done_sql[] =
        "UPDATE outbox SET done_at = ?, success = ?, answer = ? WHERE id = ?";
static const char commands_done_sql[] =
        "UPDATE command_history SET mode = ?, ended_at = ?, success = ?, error_message = ?"
        " WHERE outbox_id = ? AND ended_at IS NULL";
/* Another plan that is under way may set more. */
static const char limited_sql[] =
        "UPDATE policy_account SET limited = ? WHERE policy_id = ? AND account_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account_id ="
        "  policy_account.account_id AND o.done_at IS NULL AND o.superseded = 0)";
static const char again_sql[] =
        "UPDATE policy_account SET plan = NULL,"
        " reset_window = CASE WHEN ? THEN '' ELSE reset_window END"
        " WHERE policy_id = ? AND account_id = ?";

/* A document that is written into memory. */
struct page {
        struct sq_document doc;
        char *text;
        size_t length;
};

static bool begin(struct page *page) {
        page->text = NULL;
        page->doc = (struct sq_document){.out = open_memstream(&page->text, &page->length)};
        return page->doc.out != NULL;
}

/* The caller's; NULL: no memory. */
static char *end(struct page *page) {
        const bool failed = ferror(page->doc.out) != 0;

        if (fclose(page->doc.out) || failed) {
                free(page->text);
                return NULL;
        }
        return page->text;
}

static void add_qos(struct sq_document *doc, enum sq_level level, const char *name) {
        sq_document_open_object(doc, "qos");
        sq_document_add_text(doc, "level", sq_level_word(level));
        if (name && *name)
                sq_document_add_text(doc, "name", name);
        sq_document_close_object(doc);
}

static bool sets_qos(const struct sq_evaluation *evaluation) {
        for (size_t i = 0; i < evaluation->plan.n; i++)
                if (evaluation->plan.step[i] == SQ_PLAN_QOS)
                        return true;
        return false;
}

/* Lists of TRES in the order of the allocation, which the account's rows have. */
char *sq_plan_key(const struct sq_evaluation *evaluation, const struct sq_qos_names *names,
                  char text[SQ_PLAN_KEY_SIZE]) {
        const struct sq_settings *s = &evaluation->settings;
        char limits[SQ_TRES_TEXT_SIZE], threshold[SQ_TRES_TEXT_SIZE], grace[SQ_TRES_TEXT_SIZE];

        snprintf(text, SQ_PLAN_KEY_SIZE, "%" PRId64 " %s %s %s %s %s %.*s",
                 s->has_fairshare ? s->fairshare : 0, sq_limit_type_word(s->limit_type),
                 sq_tres_text(&s->limits, limits, sizeof limits),
                 sq_tres_text(&s->qos_threshold, threshold, sizeof threshold),
                 sq_tres_text(&s->grace_limit, grace, sizeof grace),
                 sets_qos(evaluation) ? sq_level_word(evaluation->qos) : "-",
                 SQ_QOS_NAME_SIZE, sets_qos(evaluation) ? sq_qos_of(names, evaluation) : "");
        return text;
}

/* What all messages begin with. */
static void open_message(struct sq_document *doc, const char *uuid, const char *account,
                         const char *cluster, const char *policy_uuid, int64_t now) {
        char when[SQ_UTC_TEXT_SIZE] = "", stamp[SQ_UTC_TEXT_SIZE + 1] = "";
        char resource[SQ_UUID_SIZE], offering[SQ_UUID_SIZE];

        if (sq_utc_text(now, when))
                snprintf(stamp, sizeof stamp, "%.10sT%.8sZ", when, when + 11);
        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "id", uuid);
        sq_document_add_text(doc, "action", "apply_periodic_settings");
        sq_document_add_text(doc, "resource_uuid",
                             cluster ? sq_resource_uuid(cluster, account, resource) : account);
        sq_document_add_text(doc, "backend_id", account);
        sq_document_add_text(doc, "offering_uuid",
                             cluster ? sq_scope_uuid(cluster, offering) : NULL);
        sq_document_add_text(doc, "policy_uuid", policy_uuid);
        sq_document_add_text(doc, "timestamp", stamp);
}

static char *write_message(const struct sq_kept_policy *kept,
                           const struct sq_held_account *account,
                           const struct sq_evaluation *evaluation,
                           const struct sq_qos_names *names, const char *uuid, int64_t now) {
        const char *steps[SQ_PLAN_MAX];
        struct page page;

        if (!begin(&page))
                return NULL;
        open_message(&page.doc, uuid, account->name, kept->policy.scope, kept->policy.uuid,
                     now);
        sq_settings_print(&page.doc, "settings", &kept->policy, &account->facts.window,
                          evaluation);
        for (size_t i = 0; i < evaluation->plan.n; i++)
                steps[i] = sq_plan_word(evaluation->plan.step[i]);
        sq_document_add_texts(&page.doc, "plan", steps, evaluation->plan.n);
        if (sets_qos(evaluation))
                add_qos(&page.doc, evaluation->qos, sq_qos_of(names, evaluation));
        sq_document_close_object(&page.doc);
        return end(&page);
}

static int append_commands(struct sq_txn *txn, const struct sq_kept_policy *kept,
                           int64_t account_id, const char *account,
                           const struct sq_evaluation *evaluation,
                           const struct sq_qos_names *names, int64_t outbox_id, int64_t now,
                           struct sq_error *err) {
        char command[SQ_COMMAND_SIZE], uuid[SQ_UUID_SIZE];

        for (size_t i = 0; i < evaluation->plan.n; i++) {
                int rc;

                if (!sq_plan_command(evaluation, i, names, kept->policy.scope, account,
                                     command))
                        continue;
                rc = sq_uuid_make(uuid, err);
                if (rc)
                        return rc;
                sq_run(txn, command_sql, "siiissi", uuid, outbox_id, kept->id, account_id,
                       sq_plan_word(evaluation->plan.step[i]), command, now);
        }
        return SQ_OK;
}

int sq_outbox_add(struct sq_txn *txn, const struct sq_kept_policy *kept,
                  const struct sq_held_account *account, const struct sq_evaluation *evaluation,
                  const struct sq_qos_names *names, int64_t now, int64_t *ret,
                  struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *message = NULL;
        char uuid[SQ_UUID_SIZE], window[SQ_WINDOW_SIZE], limited[SQ_LIMITED_SIZE];
        struct sq_limited limits = {0};
        int rc = sq_uuid_make(uuid, err);

        if (rc)
                return rc;
        sq_limited_add(&limits, evaluation->settings.limit_type, &evaluation->settings.limits);
        message = write_message(kept, account, evaluation, names, uuid, now);
        if (!message)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_run(txn, supersede_sql, "i", account->id);
        sq_run(txn, insert_sql, "siisissi", uuid, kept->id, account->id,
               sq_window_text(&account->facts.window, window),
               (int64_t)evaluation->settings.reset_raw_usage,
               sq_limited_text(&limits, limited), message, now);
        *ret = sq_txn_last_id(txn);
        rc = append_commands(txn, kept, account->id, account->name, evaluation, names, *ret,
                             now, err);
        return rc ? rc : sq_txn_status(txn);
}

int sq_outbox_add_level(struct sq_txn *txn, int64_t account_id, const char *account,
                        enum sq_level level, int64_t now, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *message = NULL;
        const char *const steps[] = {sq_plan_word(SQ_PLAN_QOS)};
        char uuid[SQ_UUID_SIZE];
        struct page page;
        int rc = sq_uuid_make(uuid, err);

        if (rc)
                return rc;
        if (begin(&page)) {
                open_message(&page.doc, uuid, account, NULL, NULL, now);
                sq_document_add_texts(&page.doc, "plan", steps, 1);
                add_qos(&page.doc, level, NULL);
                sq_document_close_object(&page.doc);
                message = end(&page);
        }
        if (!message)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_run(txn, supersede_sql, "i", account_id);
        sq_run(txn, insert_sql, "siisissi", uuid, (int64_t)0, account_id, "", (int64_t)0, "",
               message, now);
        return sq_txn_status(txn);
}

/* --- letting go ---------------------------------------------------------------------- */

static char *write_release(const struct sq_kept_policy *kept, const char *account,
                           const struct sq_evaluation *evaluation, const char *uuid,
                           int64_t now) {
        const char *steps[SQ_PLAN_MAX];
        struct page page;

        if (!begin(&page))
                return NULL;
        open_message(&page.doc, uuid, account, kept->policy.scope, kept->policy.uuid, now);
        sq_document_open_object(&page.doc, "settings");
        sq_document_add_text(&page.doc, "limit_type",
                             sq_limit_type_word(evaluation->settings.limit_type));
        sq_limits_print(&page.doc, &evaluation->settings);
        sq_document_close_object(&page.doc);
        for (size_t i = 0; i < evaluation->plan.n; i++)
                steps[i] = sq_plan_word(evaluation->plan.step[i]);
        sq_document_add_texts(&page.doc, "plan", steps, evaluation->plan.n);
        if (sets_qos(evaluation))
                add_qos(&page.doc, evaluation->qos, NULL);
        sq_document_close_object(&page.doc);
        return end(&page);
}

int sq_outbox_add_release(struct sq_txn *txn, const struct sq_kept_policy *kept,
                          int64_t account_id, const char *account,
                          const struct sq_limited *limited, enum sq_level level, int64_t now,
                          struct sq_error *err) {
        /* The names of QoS are the site's: who carries it out knows them. */
        static const struct sq_qos_names unknown = {"", "", ""};
        SQ_CLEANUP(sq_freep) struct sq_evaluation *evaluation = calloc(1, sizeof *evaluation);
        SQ_CLEANUP(sq_freep) char *message = NULL;
        char uuid[SQ_UUID_SIZE], lifts[SQ_LIMITED_SIZE];
        int64_t id;
        int rc = sq_uuid_make(uuid, err);

        if (rc || !evaluation)
                return rc ? rc : sq_fail(err, SQ_ENOMEM, "out of memory");
        evaluation->settings.limit_type = (enum sq_limit_type)kept->policy.limit_type;
        evaluation->settings.lifted = *limited;
        evaluation->qos = level;
        evaluation->plan = sq_plan_make(&evaluation->settings,
                                        kept->policy.enforce != SQ_ENFORCE_SUBMIT);
        if (!evaluation->plan.n)
                return sq_txn_status(txn);
        message = write_release(kept, account, evaluation, uuid, now);
        if (!message)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_run(txn, supersede_sql, "i", account_id);
        sq_run(txn, insert_sql, "siisissi", uuid, kept->id, account_id, "", (int64_t)0, "",
               message, now);
        id = sq_txn_last_id(txn);
        sq_run(txn, lifts_sql, "si", sq_limited_text(limited, lifts), id);
        rc = append_commands(txn, kept, account_id, account, evaluation, &unknown, id, now,
                             err);
        return rc ? rc : sq_txn_status(txn);
}

struct waiting_work {
        int64_t policy_id;
        const char *account;
        char uuid[SQ_UUID_SIZE];
};

static int waiting_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct waiting_work *w = context;
        struct sq_query *query = sq_query(txn, waiting_sql, "si", w->account, w->policy_id);

        (void)err;
        w->uuid[0] = '\0';
        if (sq_query_next(query))
                snprintf(w->uuid, sizeof w->uuid, "%s", sq_query_text(query, 0));
        sq_query_done(query);
        return SQ_OK;
}

int sq_outbox_waiting(struct sq_ledger *ledger, int64_t policy_id, const char *account,
                      char ret[SQ_UUID_SIZE], struct sq_error *err) {
        struct waiting_work w = {.policy_id = policy_id, .account = account};
        int rc = sq_store_read(sq_ledger_store(ledger), waiting_work, &w, err);

        if (!rc && !*w.uuid)
                rc = sq_fail(err, SQ_ENOTFOUND, "no plan of account %.60s waits", account);
        if (!rc)
                memcpy(ret, w.uuid, sizeof w.uuid);
        return rc;
}

static int report_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct sq_plan_report *report = context;
        struct sq_query *query = sq_query(txn, find_sql, "s", report->uuid);
        const int64_t now = sq_now();
        char limited[SQ_LIMITED_SIZE];
        int64_t id, policy, account;
        bool resets;

        if (!sq_query_next(query)) {
                sq_query_done(query);
                return sq_fail(err, SQ_ENOTFOUND, "no plan %.60s waits", report->uuid);
        }
        id = sq_query_int(query, 0);
        policy = sq_query_int(query, 1);
        account = sq_query_int(query, 2);
        resets = sq_query_int(query, 3) != 0;
        snprintf(limited, sizeof limited, "%s", sq_query_text(query, 4));
        sq_query_done(query);
        sq_run(txn, done_sql, "iisi", now, (int64_t)report->success, report->answer, id);
        sq_run(txn, commands_done_sql, "siisi", report->mode, now, (int64_t)report->success,
               report->error_message, id);
        if (report->success)
                sq_run(txn, limited_sql, "sii", limited, policy, account);
        else
                sq_run(txn, again_sql, "iii", (int64_t)resets, policy, account);
        return SQ_OK;
}

int sq_outbox_report(struct sq_ledger *ledger, const struct sq_plan_report *report,
                     struct sq_error *err) {
        struct sq_plan_report copy = *report;

        return sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_NOW, report_work, &copy, err);
}
