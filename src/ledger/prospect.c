#include "ledger/prospect.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "ledger/balance.h"
#include "ledger/daily.h"
#include "ledger/internal.h"

/* slurmdbd keeps names in tinytext columns. */
#define NAME_SIZE 256

static const char since_sql[] = "SELECT created_at FROM subject WHERE kind = ? AND name = ?";

/* A budget, as it was told, with names of its own. */
struct item {
        enum sq_subject_kind kind;
        char *name;
        char resource[SQ_TRES_NAME_MAX];
        struct sq_window_balance balance;
};

struct list {
        size_t n, room;
        struct item *item;
};

static void list_clear(struct list *list) {
        for (size_t i = 0; i < list->n; i++)
                free(list->item[i].name);
        free(list->item);
}

static int add(const struct sq_window_standing *standing, void *payload) {
        struct list *list = payload;
        struct item *item;
        char *name = strdup(standing->name);

        if (!name || !sq_grow(&list->item, list->n + 1, &list->room, sizeof *list->item)) {
                free(name);
                return SQ_ENOMEM;
        }
        item = &list->item[list->n++];
        *item = (struct item){
                .kind = standing->kind, .name = name, .balance = standing->balance};
        snprintf(item->resource, sizeof item->resource, "%s", standing->resource);
        return SQ_OK;
}

/* --- what was used lately ---------------------------------------------------------------- */

#define RESOURCES_MOST SQ_WINDOW_BALANCES_MOST

/* Of one subject, by resource. */
struct lately {
        int64_t today; /* sq_date_days() */
        int64_t begin; /* the first day that is known of it */
        size_t n;
        struct {
                char resource[SQ_TRES_NAME_MAX];
                struct sq_burn burn;
        } of[RESOURCES_MOST];
};

static struct sq_burn *burn_of(struct lately *lately, const char *resource) {
        for (size_t i = 0; i < lately->n; i++)
                if (!strcmp(lately->of[i].resource, resource))
                        return &lately->of[i].burn;
        return NULL;
}

/* What nobody has a budget of is not asked for. */
static int take_day(struct sq_date day, const char *tres, struct sq_amount used,
                    void *payload) {
        struct lately *lately = payload;
        struct sq_burn *burn = burn_of(lately, tres);
        struct sq_amount sum;

        /* History that was filled in from slurmdbd is older than its subject here. */
        if (sq_date_days(day) < lately->begin)
                lately->begin = sq_date_days(day);
        if (!burn)
                return SQ_OK;
        sum = SQ_AMOUNT(burn->month.used);
        burn->month.used = sq_amount_add(&sum, used) ? sum.seconds : INT64_MAX;
        if (sq_date_days(day) < lately->today - SQ_BURN_WEEK)
                return SQ_OK;
        sum = SQ_AMOUNT(burn->week.used);
        burn->week.used = sq_amount_add(&sum, used) ? sum.seconds : INT64_MAX;
        return SQ_OK;
}

struct since {
        const struct item *item;
        int64_t at; /* UTC seconds */
};

static int read_since(struct sq_txn *txn, void *payload, struct sq_error *err) {
        struct since *since = payload;
        struct sq_query *query = sq_query(txn, since_sql, "ss",
                                          sq_subject_kind_name(since->item->kind),
                                          since->item->name);

        (void)err;
        since->at = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        return SQ_OK;
}

static void set_days(struct lately *lately) {
        const int64_t age = lately->today > lately->begin ? lately->today - lately->begin : 0;

        for (size_t i = 0; i < lately->n; i++) {
                struct sq_burn *burn = &lately->of[i].burn;

                burn->week.days = age < SQ_BURN_WEEK ? age : SQ_BURN_WEEK;
                burn->month.days = age < SQ_BURN_MONTH ? age : SQ_BURN_MONTH;
        }
}

/* Fills what is there of `first` and the items behind it that are of the same subject. */
static int look_back(struct sq_ledger *ledger, const struct item *first, size_t n,
                     struct lately *lately, struct sq_error *err) {
        struct since since = {.item = first};
        int rc;

        for (size_t i = 0; i < n && lately->n < RESOURCES_MOST; i++)
                if (!burn_of(lately, first[i].resource))
                        memcpy(lately->of[lately->n++].resource, first[i].resource,
                               SQ_TRES_NAME_MAX);
        rc = sq_store_read(ledger->store, read_since, &since, err);
        if (rc)
                return rc;
        lately->begin = sq_date_days(
                sq_date_from_number(sq_calendar_day(&ledger->calendar, since.at)));
        rc = sq_daily_each(ledger, first->kind, first->name,
                           sq_date_from_days(lately->today - SQ_BURN_MONTH),
                           sq_date_from_days(lately->today - 1), take_day, lately, err);
        set_days(lately);
        return rc;
}

/* --- and where that leads ---------------------------------------------------------------- */

static struct sq_amount limit_of(const struct sq_window_balance *balance) {
        struct sq_amount limit = SQ_AMOUNT(balance->budget);

        if (!sq_amount_is_unlimited(limit) &&
            !sq_amount_add(&limit, SQ_AMOUNT(balance->carried)))
                limit = SQ_AMOUNT(INT64_MAX);
        return limit;
}

static struct sq_projection project(const struct sq_prospect *p, int percent,
                                    int64_t days_left) {
        const struct sq_projection never = {SQ_PROJECTED_NEVER, -1, -1, -1};

        if (sq_amount_is_unlimited(p->budget))
                return never;
        return sq_forecast(p->consumed.seconds,
                           (int64_t)((__int128)p->budget.seconds * percent / 100), &p->burn,
                           days_left);
}

static int tell(const struct item *item, struct lately *lately, sq_prospect_fn each,
                void *payload) {
        const struct sq_span *span = &item->balance.span;
        const bool ends = item->balance.window != SQ_WINDOW_TOTAL;
        struct sq_prospect p = {
                .kind = item->kind,
                .name = item->name,
                .resource = item->resource,
                .window = item->balance.window,
                .budget = limit_of(&item->balance),
                .consumed = SQ_AMOUNT(item->balance.consumed),
                .reserved = SQ_AMOUNT(item->balance.reserved),
                .burn = *burn_of(lately, item->resource),
        };
        int64_t days_left = -1;

        if (ends) {
                p.last_day = sq_date_from_number(span->last_day);
                days_left = sq_date_days(p.last_day) - lately->today;
        }
        p.early = project(&p, SQ_PROSPECT_EARLY, days_left);
        p.full = project(&p, 100, days_left);
        return each(&p, payload);
}

static size_t same_subject(const struct list *list, size_t first) {
        size_t n = 1;

        while (first + n < list->n && list->item[first + n].kind == list->item[first].kind &&
               !strcmp(list->item[first + n].name, list->item[first].name))
                n++;
        return n;
}

int sq_prospect_each(struct sq_ledger *ledger, const struct sq_window_filter *filter,
                     struct sq_date today, sq_prospect_fn each, void *payload,
                     struct sq_error *err) {
        SQ_CLEANUP(list_clear) struct list list = {.n = 0};
        int rc = sq_window_budget_each(ledger, filter, add, &list, err);

        if (rc == SQ_ENOMEM) /* add() has no room for a text. */
                return sq_fail(err, rc, "out of memory");
        for (size_t i = 0, n; i < list.n && !rc; i += n) {
                struct lately lately = {.today = sq_date_days(today)};

                n = same_subject(&list, i);
                rc = look_back(ledger, &list.item[i], n, &lately, err);
                for (size_t k = 0; k < n && !rc; k++)
                        rc = tell(&list.item[i + k], &lately, each, payload);
        }
        return rc;
}

/* Names of accounts, gathered before each of them is asked for. */
struct names {
        size_t n, room;
        char (*item)[NAME_SIZE];
};

static void names_clear(struct names *names) {
        free(names->item);
}

static int add_name(const struct sq_standing *standing, void *payload) {
        struct names *names = payload;

        if (!sq_grow(&names->item, names->n + 1, &names->room, sizeof *names->item))
                return SQ_ENOMEM;
        snprintf(names->item[names->n++], sizeof *names->item, "%s", standing->name);
        return SQ_OK;
}

static int each_account_of(struct sq_ledger *ledger, const char *user, struct sq_date today,
                           sq_prospect_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(names_clear) struct names names = {.n = 0};
        struct sq_window_filter filter = {.kind = SQ_ACCOUNT};
        int rc = sq_balance_each_account_of(ledger, user, add_name, &names, err);

        if (rc == SQ_ENOMEM)
                return sq_fail(err, rc, "out of memory");
        for (size_t i = 0; i < names.n && !rc; i++) {
                filter.name = names.item[i];
                rc = sq_prospect_each(ledger, &filter, today, each, payload, err);
        }
        return rc;
}

int sq_prospect_each_of(struct sq_ledger *ledger, const char *user, const char *account,
                        struct sq_date today, sq_prospect_fn each, void *payload,
                        struct sq_error *err) {
        const struct sq_window_filter users = {.kind = SQ_USER, .name = user};
        const struct sq_window_filter accounts = {.kind = SQ_ACCOUNT, .name = account};
        int rc = SQ_OK;

        if (!account)
                rc = sq_prospect_each(ledger, &users, today, each, payload, err);
        if (rc)
                return rc;
        return user ? each_account_of(ledger, user, today, each, payload, err)
                    : sq_prospect_each(ledger, &accounts, today, each, payload, err);
}

struct sq_date sq_prospect_today(const struct sq_ledger *ledger) {
        return sq_date_from_number(sq_calendar_day(&ledger->calendar, sq_now()));
}

/* --- as JSON ------------------------------------------------------------------------------ */

/* Three dates, in one place for texts. */
#define DATE_ROOM 16
_Static_assert(3 * DATE_ROOM <= SQ_FIELD_TEXT_SIZE, "the dates have room");

static void add_date(struct sq_fields *fields, const char *name, int place, bool there,
                     struct sq_date date) {
        char text[SQ_DATE_SIZE], *to = fields->text + place * DATE_ROOM;

        snprintf(to, DATE_ROOM, "%.*s", DATE_ROOM - 1, sq_date_text(date, text));
        sq_fields_add_text(fields, name, there ? to : NULL);
}

void sq_prospect_fields(const struct sq_prospect *p, struct sq_date today,
                        struct sq_fields *ret) {
        const int64_t from = sq_date_days(today);

        ret->n = 0;
        sq_fields_add_text(ret, "kind", sq_subject_kind_name(p->kind));
        sq_fields_add_text(ret, "name", p->name);
        sq_fields_add_text(ret, "resource", p->resource);
        sq_fields_add_text(ret, "window", sq_window_kind_word(p->window));
        add_date(ret, "last_day", 0, p->last_day.year != 0, p->last_day);
        sq_fields_add_seconds(ret, "budget_seconds", p->budget);
        sq_fields_add_seconds(ret, "consumed_seconds", p->consumed);
        sq_fields_add_seconds(ret, "reserved_seconds", p->reserved);
        sq_fields_add_number(ret, "week_seconds", p->burn.week.used);
        sq_fields_add_number(ret, "week_days", p->burn.week.days);
        sq_fields_add_number(ret, "month_seconds", p->burn.month.used);
        sq_fields_add_number(ret, "month_days", p->burn.month.days);
        sq_fields_add_text(ret, "early_status", sq_projected_word(p->early.outlook));
        add_date(ret, "early_date", 1, p->early.days >= 0,
                 sq_date_from_days(from + p->early.days));
        sq_fields_add_number_if(ret, "early_days", p->early.days >= 0, p->early.days);
        sq_fields_add_number_if(ret, "early_earliest_days", p->early.earliest >= 0,
                                p->early.earliest);
        sq_fields_add_number_if(ret, "early_latest_days", p->early.latest >= 0,
                                p->early.latest);
        sq_fields_add_text(ret, "full_status", sq_projected_word(p->full.outlook));
        add_date(ret, "full_date", 2, p->full.days >= 0,
                 sq_date_from_days(from + p->full.days));
        sq_fields_add_number_if(ret, "full_days", p->full.days >= 0, p->full.days);
        sq_fields_add_number_if(ret, "full_earliest_days", p->full.earliest >= 0,
                                p->full.earliest);
        sq_fields_add_number_if(ret, "full_latest_days", p->full.latest >= 0, p->full.latest);
}
