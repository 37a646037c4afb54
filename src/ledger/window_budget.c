#include "ledger/window_budget.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/internal.h"
#include "ledger/window_close.h"
#include "ledger/window_count.h"

static const char insert_sql[] =
        "INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at,"
        " first_day, last_day, since_at, until_at, carryover, carryover_value, opened_by,"
        " uncounted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 3)";
static const char set_sql[] =
        "UPDATE balance SET budget = ?, updated_at = ?, carryover = ?, carryover_value = ?"
        " WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
static const char drop_sql[] =
        "DELETE FROM balance WHERE subject_id = ? AND resource_id = ? AND window_id = ?";
static const char resource_sql[] = "SELECT id FROM resource WHERE name = ?";

/* A reason that somebody gave, with what it is about. */
#define REASON_SIZE 640

struct set_work {
        struct sq_ledger *ledger;
        enum sq_subject_kind kind;
        const char *name;
        const struct sq_window_budget *budget;
        size_t n;
        const struct sq_actor *actor;
};

/* --- carryover ------------------------------------------------------------------------ */

/* Digits alone; -1 for anything else, and above `most`. */
static int64_t number_of(const char *text, int64_t most) {
        int64_t number = 0;

        if (!*text)
                return -1;
        for (; *text; text++) {
                if (*text < '0' || *text > '9')
                        return -1;
                number = 10 * number + (*text - '0');
                if (number > most)
                        return -1;
        }
        return number;
}

#define DECAY_DAYS_MOST 36500 /* a century */

int sq_carryover_parse(const char *text, struct sq_carryover_choice *ret,
                       struct sq_error *err) {
        struct sq_carryover_choice choice = {SQ_CARRYOVER_NONE, 0};

        if (!strncmp(text, "capped:", 7))
                choice = (struct sq_carryover_choice){SQ_CARRYOVER_CAPPED,
                                                      number_of(text + 7, 100)};
        else if (!strncmp(text, "decay:", 6))
                choice = (struct sq_carryover_choice){SQ_CARRYOVER_DECAY,
                                                      number_of(text + 6, DECAY_DAYS_MOST)};
        else if (strcmp(text, "none") != 0)
                choice.value = -1;
        if (choice.value < 0 || (choice.mode == SQ_CARRYOVER_DECAY && !choice.value)) {
                sq_fail(err, SQ_EINVAL, "\"%.40s\" is no carryover", text);
                sq_hint(err, "It is none, capped:PERCENT (of the budget, 0 to 100) or"
                             " decay:DAYS (of its half-life, from 1).");
                return SQ_EINVAL;
        }
        *ret = choice;
        return SQ_OK;
}

const char *sq_carryover_text(const struct sq_carryover_choice *choice, char *text,
                              size_t size) {
        if (choice->mode == SQ_CARRYOVER_NONE)
                snprintf(text, size, "none");
        else
                snprintf(text, size, "%s:%" PRId64,
                         choice->mode == SQ_CARRYOVER_CAPPED ? "capped" : "decay",
                         choice->value);
        return text;
}

/* --- setting ---------------------------------------------------------------------------- */

static struct sq_window_balance *find(struct sq_window_balances *list, int64_t resource_id,
                                      enum sq_window_kind window) {
        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].resource_id == resource_id && list->of[i].window == window)
                        return &list->of[i];
        return NULL;
}

/* Whether there is another one of this TRES. */
static bool has_windows(const struct sq_window_balances *list, int64_t resource_id) {
        for (size_t i = 0; i < list->n; i++)
                if (list->of[i].resource_id == resource_id &&
                    list->of[i].window != SQ_WINDOW_TOTAL)
                        return true;
        return false;
}

static int too_many(struct sq_error *err) {
        sq_fail(err, SQ_ERANGE, "there are %d budgets for windows and other TRES already",
                SQ_WINDOW_BALANCES_MOST);
        sq_hint(err, "Remove one with: slurm-quota budget remove");
        return SQ_ERANGE;
}

/* A row of which nothing is counted yet. */
static int make(struct sq_txn *txn, const struct set_work *w, struct sq_window_balances *list,
                int64_t resource_id, const struct sq_window_budget *budget, int64_t entry,
                struct sq_error *err) {
        const struct sq_calendar *calendar = &w->ledger->calendar;
        const int64_t now = sq_now();
        const struct sq_span span =
                sq_calendar_span(calendar, budget->window, sq_calendar_day(calendar, now));

        if (list->n == SQ_WINDOW_BALANCES_MOST)
                return too_many(err);
        list->of[list->n++] = (struct sq_window_balance){
                .subject_id = list->subject_id, .resource_id = resource_id,
                .window = budget->window, .span = span};
        sq_run(txn, insert_sql, "iiiiiiiiiiii", list->subject_id, resource_id,
               (int64_t)budget->window, budget->limit.seconds, now, span.first_day,
               span.last_day, span.since_at, span.until_at, (int64_t)budget->carryover.mode,
               budget->carryover.value, entry);
        sq_entry_add_window_line(txn, entry, resource_id, budget->window, budget->limit);
        return sq_txn_status(txn);
}

/* Histories show amounts of cpu and gpu for all of time; about other budgets the reason says
 * what they are: "cpu for each month is 500h00m: beam time". */
static int64_t append(struct sq_txn *txn, enum sq_subject_kind kind, int64_t subject_id,
                      const char *resource, enum sq_window_kind window, const char *limit,
                      const struct sq_actor *actor) {
        const bool of_old = window == SQ_WINDOW_TOTAL &&
                            (!strcmp(resource, sq_resource_name(SQ_CPU)) ||
                             !strcmp(resource, sq_resource_name(SQ_GPU)));
        struct sq_actor who = *actor;
        char reason[REASON_SIZE];

        snprintf(reason, sizeof reason, "%s %s%s is %s%s%s", resource,
                 window == SQ_WINDOW_TOTAL ? "for all of time" : "for each ",
                 window == SQ_WINDOW_TOTAL ? "" : sq_window_kind_word(window), limit,
                 actor->reason ? ": " : "", actor->reason ? actor->reason : "");
        if (!of_old)
                who.reason = reason;
        return sq_entry_append(txn, "budget", kind == SQ_USER ? subject_id : 0,
                               kind == SQ_ACCOUNT ? subject_id : 0, &who);
}

static int set_one(struct sq_txn *txn, const struct set_work *w,
                   struct sq_window_balances *list, const struct sq_window_budget *budget,
                   int64_t entry, struct sq_error *err) {
        const struct sq_window_budget counted = {budget->resource, SQ_WINDOW_TOTAL,
                                                 SQ_UNLIMITED, false, {0}};
        const int64_t id = sq_resource_row(w->ledger, txn, budget->resource);
        const struct sq_window_balance *balance = find(list, id, budget->window);
        const struct sq_carryover_choice carryover =
                budget->sets_carryover || !balance ? budget->carryover : balance->carryover;
        int rc = SQ_OK;

        if (!balance && id > 2 && budget->window != SQ_WINDOW_TOTAL &&
            !find(list, id, SQ_WINDOW_TOTAL))
                rc = make(txn, w, list, id, &counted, entry, err);
        if (rc)
                return rc;
        if (!balance && sq_is_window_balance(id, budget->window))
                return make(txn, w, list, id, budget, entry, err);
        sq_run(txn, set_sql, "iiiiiii", budget->limit.seconds, sq_now(),
               (int64_t)carryover.mode, carryover.value, list->subject_id, id,
               (int64_t)budget->window);
        sq_entry_add_window_line(txn, entry, id, budget->window, budget->limit);
        return sq_txn_status(txn);
}

/* An entry for each: the window total of a TRES may be told twice else. */
static int set_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct set_work *w = context;
        struct sq_window_balances *list;
        char limit[32];
        int64_t subject_id;
        int rc = SQ_OK;

        subject_id = sq_subject_ensure(w->ledger, txn, w->kind, w->name, w->actor->name);
        list = sq_window_balances_of(w->ledger, txn, subject_id);
        for (size_t i = 0; i < w->n && !rc; i++) {
                const struct sq_window_budget *budget = &w->budget[i];

                rc = set_one(txn, w, list, budget,
                             append(txn, w->kind, subject_id, budget->resource, budget->window,
                                    sq_amount_text(budget->limit, limit, sizeof limit),
                                    w->actor),
                             err);
        }
        return rc ? rc : sq_txn_status(txn);
}

static int check(const struct sq_window_budget *budget, struct sq_error *err) {
        if (budget->limit.seconds < SQ_UNLIMITED.seconds)
                return sq_fail(err, SQ_EINVAL, "a budget cannot be negative");
        if (budget->window == SQ_WINDOW_TOTAL &&
            budget->carryover.mode != SQ_CARRYOVER_NONE) {
                sq_fail(err, SQ_EINVAL, "nothing is carried over from all of time");
                sq_hint(err, "Give a window too: month, quarter or year.");
                return SQ_EINVAL;
        }
        return SQ_OK;
}

int sq_window_budget_set(struct sq_ledger *ledger, enum sq_subject_kind kind,
                         const char *name, const struct sq_window_budget *budgets, size_t n,
                         const struct sq_actor *actor, struct sq_error *err) {
        struct set_work w = {ledger, kind, name, budgets, n, actor};
        int rc = SQ_OK;

        for (size_t i = 0; i < n && !rc; i++)
                rc = check(&budgets[i], err);
        if (rc)
                return rc;
        rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, set_work, &w, err);
        if (rc) {
                sq_known_forget(ledger); /* names of TRES that are gone with it */
                return rc;
        }
        return sq_windows_count(ledger, NULL, err);
}

/* --- removing --------------------------------------------------------------------------- */

struct remove_work {
        struct sq_ledger *ledger;
        enum sq_subject_kind kind;
        const char *name, *resource;
        enum sq_window_kind window;
        const struct sq_actor *actor;
        bool found;
};

static void drop(struct sq_txn *txn, const struct sq_window_balance *balance) {
        sq_run(txn, drop_sql, "iii", balance->subject_id, balance->resource_id,
               (int64_t)balance->window);
}

static void remove_row(struct sq_txn *txn, struct remove_work *w,
                       struct sq_window_balances *list, struct sq_window_balance *balance) {
        const int64_t id = balance->resource_id;
        const bool stays = (balance->window == SQ_WINDOW_TOTAL && has_windows(list, id)) ||
                           balance->policy.policy_id;
        const struct sq_window_balance *total;

        if (stays) {
                sq_run(txn, set_sql, "iiiiiii", SQ_UNLIMITED.seconds, sq_now(), (int64_t)0,
                       (int64_t)0, balance->subject_id, id, (int64_t)balance->window);
                return;
        }
        drop(txn, balance);
        balance->resource_id = 0;
        total = find(list, id, SQ_WINDOW_TOTAL);
        if (id > 2 && total && total->budget < 0 && !total->policy.policy_id &&
            !has_windows(list, id))
                drop(txn, total);
        sq_window_balances_forget(w->ledger, list->subject_id);
}

static int remove_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct remove_work *w = context;
        struct sq_query *query = sq_query(txn, resource_sql, "s", w->resource);
        const int64_t id = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        struct sq_window_balances *list;
        struct sq_window_balance *balance;
        struct sq_subject subject;

        (void)err;
        sq_query_done(query);
        sq_subject_read(w->ledger, txn, w->kind, w->name, &subject);
        w->found = false;
        if (!subject.id)
                return sq_txn_status(txn);
        list = sq_window_balances_of(w->ledger, txn, subject.id);
        balance = find(list, id, w->window);
        w->found = balance || (id && !sq_is_window_balance(id, w->window));
        if (!w->found)
                return sq_txn_status(txn);
        sq_entry_add_window_line(txn,
                                 append(txn, w->kind, subject.id, w->resource, w->window,
                                        "removed", w->actor),
                                 id, w->window, SQ_UNLIMITED);
        if (balance)
                remove_row(txn, w, list, balance);
        else
                sq_run(txn, set_sql, "iiiiiii", SQ_UNLIMITED.seconds, sq_now(), (int64_t)0,
                       (int64_t)0, subject.id, id, (int64_t)w->window);
        return sq_txn_status(txn);
}

int sq_window_budget_remove(struct sq_ledger *ledger, enum sq_subject_kind kind,
                            const char *name, const char *resource,
                            enum sq_window_kind window, const struct sq_actor *actor,
                            struct sq_error *err) {
        struct remove_work w = {ledger, kind, name, resource, window, actor, false};
        int rc = sq_store_write(ledger->store, SQ_DURABLE_NOW, remove_work, &w, err);

        if (!rc && !w.found)
                return sq_fail(err, SQ_ENOTFOUND,
                               "%s \"%.100s\" has no budget of %s for the window %s",
                               sq_subject_kind_name(kind), name, resource,
                               sq_window_kind_word(window));
        return rc;
}

/* --- showing ------------------------------------------------------------------------------ */

#define STANDING                                                                        \
        "SELECT " SQ_WINDOW_COLUMNS ", s.name, r.name, s.id, coalesce(t.reserved, 0),"  \
        " coalesce(c.tasks, 0) FROM subject s JOIN balance b ON b.subject_id = s.id"    \
        " JOIN resource r ON r.id = b.resource_id"                                      \
        " LEFT JOIN balance t ON t.subject_id = s.id AND t.resource_id = r.id"          \
        " AND t.window_id = 1 LEFT JOIN balance c ON c.subject_id = s.id"               \
        " AND c.resource_id = 1 AND c.window_id = 1"                                    \
        " WHERE s.kind = ? AND (? = 0 OR b.window_id = ?)"
#define IN_ORDER " ORDER BY s.name, b.resource_id, b.window_id"

static const char all_sql[] = STANDING IN_ORDER;
static const char one_sql[] = STANDING " AND s.name = ?" IN_ORDER;

enum { NAME = SQ_WINDOW_COLUMN_COUNT, RESOURCE, SUBJECT_ID, RESERVED, TASKS };

struct each_work {
        const struct sq_ledger *ledger;
        const struct sq_window_filter *filter;
        sq_window_standing_fn each;
        void *payload;
        int64_t now;
};

static void read_standing(struct sq_query *query, const struct each_work *w,
                          struct sq_window_standing *ret) {
        struct sq_window_balance *balance = &ret->balance;

        sq_window_balance_read(query, 0, balance);
        balance->subject_id = sq_query_int(query, SUBJECT_ID);
        *balance = sq_window_balance_at(&w->ledger->calendar, balance, w->now);
        if (balance->uncounted & SQ_UNCOUNTED_RESERVED) {
                balance->reserved = sq_query_int(query, RESERVED);
                if (!sq_query_int(query, TASKS))
                        balance->uncounted &= ~SQ_UNCOUNTED_RESERVED;
        }
        ret->kind = w->filter->kind;
        ret->name = sq_query_text(query, NAME);
        ret->resource = sq_query_text(query, RESOURCE);
        snprintf(balance->resource, sizeof balance->resource, "%s", ret->resource);
}

static int each_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct each_work *w = context;
        const struct sq_window_filter *filter = w->filter;
        const char *kind = sq_subject_kind_name(filter->kind);
        struct sq_window_standing standing;
        struct sq_query *query;
        int rc = SQ_OK;

        (void)err;
        if (filter->name)
                query = sq_query(txn, one_sql, "siis", kind, (int64_t)filter->window,
                                 (int64_t)filter->window, filter->name);
        else
                query = sq_query(txn, all_sql, "sii", kind, (int64_t)filter->window,
                                 (int64_t)filter->window);
        while (!rc && sq_query_next(query)) {
                read_standing(query, w, &standing);
                rc = w->each(&standing, w->payload);
        }
        sq_query_done(query);
        return rc;
}

int sq_window_budget_each(struct sq_ledger *ledger, const struct sq_window_filter *filter,
                          sq_window_standing_fn each, void *payload, struct sq_error *err) {
        struct each_work w = {ledger, filter, each, payload, sq_now()};

        return sq_store_read(ledger->store, each_work, &w, err);
}
