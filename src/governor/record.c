#include "governor/record.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "governor/moment.h"

#define ROWS_AT_ONCE 500
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)
#define SECONDS_PER_DAY 86400

/* 0 as the first parameter: of every policy. */
static const char evaluations_sql[] =
        "SELECT e.uuid, p.name, s.name, e.window, e.percentage, e.grace_limit, e.actions,"
        " e.paused_before, e.downscaled_before, e.paused, e.downscaled,"
        " e.outbox_id IS NOT NULL, o.sent_at IS NOT NULL, coalesce(o.success, -1), o.answer,"
        " e.evaluated_at, p.cluster FROM evaluation_log e JOIN policy p ON p.id = e.policy_id"
        " JOIN subject s ON s.id = e.account_id LEFT JOIN outbox o ON o.id = e.outbox_id"
        " WHERE (? = 0 OR e.policy_id = ?) AND s.name = coalesce(?, s.name)"
        " AND e.window = coalesce(?, e.window) ORDER BY e.id DESC LIMIT ?";
static const char commands_sql[] =
        "SELECT c.uuid, p.name, s.name, c.kind, c.shell_command, c.mode,"
        " coalesce(c.success, -1), c.error_message, c.planned_at, coalesce(c.ended_at, 0),"
        " coalesce(p.cluster, '')"
        " FROM command_history c JOIN subject s ON s.id = c.account_id"
        " LEFT JOIN policy p ON p.id = c.policy_id"
        " WHERE (? = 0 OR c.policy_id = ?) AND s.name = coalesce(?, s.name)"
        " ORDER BY c.id DESC LIMIT ?";
static const char events_sql[] =
        "SELECT e.id, e.at, e.kind, p.name, p.uuid, p.cluster, s.name, e.text FROM event e"
        " LEFT JOIN policy p ON p.id = e.policy_id LEFT JOIN subject s ON s.id = e.account_id"
        " WHERE (? = 0 OR e.policy_id = ?) AND (? IS NULL OR s.name = ?)"
        " ORDER BY e.id DESC LIMIT ?";
static const char count_sql[] =
        "SELECT count(*), coalesce(sum(a.paused_at > 0 OR coalesce(h.level, 0) = 2), 0),"
        " coalesce(sum(a.downscaled_at > 0 OR coalesce(h.level, 0) = 1), 0)"
        " FROM policy_account a LEFT JOIN account_hold h ON h.account_id = a.account_id"
        " WHERE a.policy_id = ?";
static const char waiting_sql[] =
        "SELECT count(*) FROM outbox WHERE done_at IS NULL AND superseded = 0"
        " AND policy_id = ?";

static const char wait_sql[] =
        "SELECT name, evaluated_at IS NOT NULL, coalesce(evaluated_at, created_at) AS since"
        " FROM policy WHERE deleted_at IS NULL ORDER BY since LIMIT 1";

struct each_work {
        const struct sq_record_filter *filter;
        int (*evaluation)(const struct sq_evaluation_record *record, void *payload);
        int (*command)(const struct sq_command_record *record, void *payload);
        int (*event)(const struct sq_event_record *record, void *payload);
        void *payload;
        int stopped;
};

static int evaluations(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct each_work *w = context;
        const struct sq_record_filter *f = w->filter;
        struct sq_query *q = sq_query(txn, evaluations_sql, "iissi", f->policy_id, f->policy_id,
                                      f->account, f->window, f->limit);

        (void)err;
        while (!w->stopped && sq_query_next(q)) {
                const struct sq_evaluation_record record = {
                        .uuid = sq_query_text(q, 0), .policy = sq_query_text(q, 1),
                        .account = sq_query_text(q, 2), .window = sq_query_text(q, 3),
                        .percentage = sq_query_text(q, 4), .grace_limit = sq_query_text(q, 5),
                        .actions = sq_query_text(q, 6),
                        .paused_before = sq_query_int(q, 7) != 0,
                        .downscaled_before = sq_query_int(q, 8) != 0,
                        .paused = sq_query_int(q, 9) != 0,
                        .downscaled = sq_query_int(q, 10) != 0,
                        .planned = sq_query_int(q, 11) != 0,
                        .sent = sq_query_int(q, 12) != 0,
                        .confirmed = (int)sq_query_int(q, 13),
                        .answer = sq_query_text(q, 14),
                        .evaluated_at = sq_query_int(q, 15),
                        .cluster = sq_query_text(q, 16),
                };

                w->stopped = w->evaluation(&record, w->payload);
        }
        sq_query_done(q);
        return SQ_OK;
}

static int commands(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct each_work *w = context;
        const struct sq_record_filter *f = w->filter;
        struct sq_query *q = sq_query(txn, commands_sql, "iisi", f->policy_id, f->policy_id,
                                      f->account, f->limit);

        (void)err;
        while (!w->stopped && sq_query_next(q)) {
                const struct sq_command_record record = {
                        .uuid = sq_query_text(q, 0), .policy = sq_query_text(q, 1),
                        .account = sq_query_text(q, 2), .kind = sq_query_text(q, 3),
                        .command = sq_query_text(q, 4), .mode = sq_query_text(q, 5),
                        .success = (int)sq_query_int(q, 6),
                        .error_message = sq_query_text(q, 7),
                        .planned_at = sq_query_int(q, 8), .ended_at = sq_query_int(q, 9),
                        .cluster = sq_query_text(q, 10),
                };

                w->stopped = w->command(&record, w->payload);
        }
        sq_query_done(q);
        return SQ_OK;
}

static int events(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct each_work *w = context;
        const struct sq_record_filter *f = w->filter;
        struct sq_query *q = sq_query(txn, events_sql, "iissi", f->policy_id, f->policy_id,
                                      f->account, f->account, f->limit);

        (void)err;
        while (!w->stopped && sq_query_next(q)) {
                const struct sq_event_record record = {
                        .id = sq_query_int(q, 0), .at = sq_query_int(q, 1),
                        .kind = sq_query_text(q, 2), .policy = sq_query_text(q, 3),
                        .policy_uuid = sq_query_text(q, 4), .cluster = sq_query_text(q, 5),
                        .account = sq_query_text(q, 6), .text = sq_query_text(q, 7),
                };

                w->stopped = w->event(&record, w->payload);
        }
        sq_query_done(q);
        return SQ_OK;
}

static int run_each(struct sq_ledger *ledger, sq_work_fn work, struct each_work *w,
                    struct sq_error *err) {
        int rc = sq_store_read(sq_ledger_store(ledger), work, w, err);

        return rc ? rc : w->stopped;
}

int sq_evaluation_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                              sq_evaluation_record_fn each, void *payload,
                              struct sq_error *err) {
        struct each_work w = {.filter = filter, .evaluation = each, .payload = payload};

        return run_each(ledger, evaluations, &w, err);
}

int sq_command_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                           sq_command_record_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {.filter = filter, .command = each, .payload = payload};

        return run_each(ledger, commands, &w, err);
}

int sq_event_record_each(struct sq_ledger *ledger, const struct sq_record_filter *filter,
                         sq_event_record_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {.filter = filter, .event = each, .payload = payload};

        return run_each(ledger, events, &w, err);
}

/* --- how many -------------------------------------------------------------------------- */

struct count_work {
        int64_t policy_id;
        struct sq_policy_count count;
};

static int count_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct count_work *w = context;
        struct sq_query *query = sq_query(txn, count_sql, "i", w->policy_id);

        (void)err;
        w->count = (struct sq_policy_count){0};
        if (sq_query_next(query)) {
                w->count.accounts = sq_query_int(query, 0);
                w->count.paused = sq_query_int(query, 1);
                w->count.downscaled = sq_query_int(query, 2);
        }
        sq_query_done(query);
        query = sq_query(txn, waiting_sql, "i", w->policy_id);
        if (sq_query_next(query))
                w->count.waiting = sq_query_int(query, 0);
        sq_query_done(query);
        return SQ_OK;
}

int sq_policy_count(struct sq_ledger *ledger, int64_t policy_id, struct sq_policy_count *ret,
                    struct sq_error *err) {
        struct count_work w = {.policy_id = policy_id};
        int rc = sq_store_read(sq_ledger_store(ledger), count_work, &w, err);

        if (!rc)
                *ret = w.count;
        return rc;
}

static int wait_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sq_policy_wait *wait = context;
        struct sq_query *query = sq_query(txn, wait_sql, "");

        (void)err;
        *wait = (struct sq_policy_wait){.name = ""};
        if (sq_query_next(query)) {
                snprintf(wait->name, sizeof wait->name, "%s", sq_query_text(query, 0));
                wait->evaluated = sq_query_int(query, 1) != 0;
                wait->since = sq_query_int(query, 2);
        }
        sq_query_done(query);
        return SQ_OK;
}

int sq_policy_longest_wait(struct sq_ledger *ledger, struct sq_policy_wait *ret,
                           struct sq_error *err) {
        struct sq_policy_wait wait;
        int rc = sq_store_read(sq_ledger_store(ledger), wait_work, &wait, err);

        if (!rc)
                *ret = wait;
        return rc;
}

/* --- cleaning ------------------------------------------------------------------------- */

/* What may be too old, and how a step of it goes.  -1 as the policy: of those that are
 * deleted, and of none. */
#define OF_POLICY                                                                         \
        " AND (policy_id = ? OR (? = -1 AND (policy_id IS NULL OR policy_id IN"           \
        " (SELECT id FROM policy WHERE deleted_at IS NOT NULL))))"

static const char find_log_sql[] =
        "SELECT id FROM evaluation_log WHERE evaluated_at < ?" OF_POLICY " ORDER BY id LIMIT ?";
static const char drop_log_sql[] =
        "DELETE FROM evaluation_log WHERE evaluated_at < ?" OF_POLICY " AND id <= ?";
static const char find_command_sql[] =
        "SELECT id FROM command_history WHERE planned_at < ?" OF_POLICY " ORDER BY id LIMIT ?";
static const char drop_command_sql[] =
        "DELETE FROM command_history WHERE planned_at < ?" OF_POLICY " AND id <= ?";
static const char find_event_sql[] =
        "SELECT id FROM event WHERE at < ?" OF_POLICY " ORDER BY id LIMIT ?";
static const char drop_event_sql[] = "DELETE FROM event WHERE at < ?" OF_POLICY " AND id <= ?";
#define IS_OVER " AND (done_at IS NOT NULL OR superseded = 1)"
static const char find_outbox_sql[] =
        "SELECT id FROM outbox WHERE created_at < ?" OF_POLICY IS_OVER " ORDER BY id LIMIT ?";
static const char drop_outbox_sql[] =
        "DELETE FROM outbox WHERE created_at < ?" OF_POLICY IS_OVER " AND id <= ?";
static const char drop_notified_sql[] = "DELETE FROM notified WHERE at < ?" OF_POLICY;

/* What points to others goes before them. */
static const struct {
        const char *find, *drop;
} kinds[] = {
        {find_log_sql, drop_log_sql},
        {find_command_sql, drop_command_sql},
        {find_outbox_sql, drop_outbox_sql},
        {find_event_sql, drop_event_sql},
};

#define KINDS (sizeof kinds / sizeof kinds[0])

struct clean_work {
        int64_t policy_id, before;
        size_t kind;
        bool forget; /* who was notified, too */
        int64_t last; /* id of what goes in one step; 0: nothing is too old */
        int64_t dropped;
};

static int find_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct clean_work *w = context;
        struct sq_query *query = sq_query(txn, kinds[w->kind].find, "iiii", w->before,
                                          w->policy_id, w->policy_id, (int64_t)ROWS_AT_ONCE);

        (void)err;
        w->last = 0;
        while (sq_query_next(query))
                w->last = sq_query_int(query, 0);
        return SQ_OK;
}

static int drop_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct clean_work *w = context;

        (void)err;
        w->dropped = sq_run(txn, kinds[w->kind].drop, "iiii", w->before, w->policy_id,
                            w->policy_id, w->last);
        return SQ_OK;
}

static int forget_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct clean_work *w = context;

        (void)err;
        sq_run(txn, drop_notified_sql, "iii", w->before, w->policy_id, w->policy_id);
        return SQ_OK;
}

/* One kind.  All of it may have to be read to find nothing, for which no hook waits. */
static int clean_kind(struct sq_store *store, struct clean_work *w, int64_t *dropped,
                      struct sq_error *err) {
        for (;;) {
                int rc;

                sq_store_set_deadline(store, sq_monotonic_ns() + PATIENCE_NS);
                rc = sq_store_read(store, find_work, w, err);
                if (rc || !w->last)
                        return rc;
                rc = sq_store_write(store, SQ_DURABLE_SOON, drop_work, w, err);
                if (rc)
                        return rc;
                *dropped += w->dropped;
                sq_store_give_way(store);
        }
}

/* *dropped are the evaluations, added up. */
static int clean_policy(struct sq_ledger *ledger, struct clean_work *w, int64_t *dropped,
                        struct sq_error *err) {
        struct sq_store *store = sq_ledger_store(ledger);
        int64_t others = 0;
        int rc = SQ_OK;

        for (w->kind = 0; w->kind < KINDS && !rc; w->kind++)
                rc = clean_kind(store, w,
                                kinds[w->kind].find == find_log_sql ? dropped : &others, err);
        if (!rc && w->forget)
                rc = sq_store_write(store, SQ_DURABLE_SOON, forget_work, w, err);
        return rc;
}

/* A time before a day of the site begins, in whatever zone: at most two days before. */
static int64_t begin_of(int64_t day) {
        const struct sq_date date = sq_date_from_number(day);
        struct tm tm = {.tm_year = date.year - 1900, .tm_mon = date.month - 1,
                        .tm_mday = date.day, .tm_isdst = -1};

        return (int64_t)mktime(&tm) - SECONDS_PER_DAY;
}

int sq_records_clean(struct sq_ledger *ledger, int64_t now, int64_t days, int64_t *ret,
                     struct sq_error *err) {
        struct clean_work none = {.policy_id = -1, .before = now - days * SECONDS_PER_DAY,
                                  .forget = true};
        struct sq_kept_policy **policies = NULL;
        int64_t dropped = 0;
        size_t n = 0;
        int rc = sq_kept_policies_read(ledger, &policies, &n, err);

        if (!rc)
                rc = clean_policy(ledger, &none, &dropped, err);
        for (size_t i = 0; i < n && !rc; i++) {
                struct clean_work w = {.policy_id = policies[i]->id, .before = none.before};
                struct sq_moment moment;

                sq_moment_of(sq_ledger_calendar(ledger), &policies[i]->policy, now, &moment);
                if (moment.first_day != SQ_DAY_FIRST) {
                        const int64_t begin = begin_of(moment.first_day);

                        w.before = begin < w.before ? begin : w.before;
                        w.forget = true;
                }
                rc = clean_policy(ledger, &w, &dropped, err);
        }
        sq_kept_policies_free(policies, n);
        if (!rc)
                *ret = dropped;
        return rc;
}
