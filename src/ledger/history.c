#include "ledger/history.h"

#include <string.h>

#include "ledger/internal.h"
#include "ledger/job.h"
#include "ledger/walk.h"

/* Entries that are kept in memory at a time, */
#define PAGE 256

/* and charges whose jobs are looked for in one walk through all charges (4 MB), which ends
 * as soon as all of them are found. */
#define PLACES 65536

#define OF_USER " AND e.user_id = ?"
#define OF_ACCOUNT " AND e.account_id = ?"
#define CHOSEN(of)                                                                        \
        " WHERE e.id >= ? AND e.id <= ?" of                                               \
        " AND e.kind = coalesce(?, e.kind) AND e.at >= ?"

#define IDS "SELECT e.id FROM entry e"
#define NEWEST_FIRST " ORDER BY e.id DESC"
#define ARE_CHARGES " AND e.kind IN ('charge', 'correction') ORDER BY e.id"
#define DETAILS                                                                           \
        "SELECT e.id, e.at, e.kind, e.actor, e.reason, u.name, a.name, c.amount, g.amount" \
        " FROM entry e LEFT JOIN subject u ON u.id = e.user_id"                           \
        " LEFT JOIN subject a ON a.id = e.account_id"                                     \
        " LEFT JOIN entry_line c"                                                         \
        " ON c.entry_id = e.id AND c.resource_id = 1 AND c.window_id = 1"                 \
        " LEFT JOIN entry_line g"                                                         \
        " ON g.entry_id = e.id AND g.resource_id = 2 AND g.window_id = 1"

/* Each for a user and for an account. */
static const char *const newest_sql[] = {
        [SQ_USER] = IDS CHOSEN(OF_USER) NEWEST_FIRST,
        [SQ_ACCOUNT] = IDS CHOSEN(OF_ACCOUNT) NEWEST_FIRST,
};
static const char *const charges_sql[] = {
        [SQ_USER] = IDS CHOSEN(OF_USER) ARE_CHARGES,
        [SQ_ACCOUNT] = IDS CHOSEN(OF_ACCOUNT) ARE_CHARGES,
};
static const char *const details_sql[] = {
        [SQ_USER] = DETAILS CHOSEN(OF_USER) " ORDER BY e.id",
        [SQ_ACCOUNT] = DETAILS CHOSEN(OF_ACCOUNT) " ORDER BY e.id",
};
static const char subject_sql[] = "SELECT id FROM subject WHERE kind = ? AND name = ?";
static const char places_sql[] =
        "SELECT entry_id, submit_at, array_task, restarts, part, job_id FROM charge"
        " WHERE cluster_id = ? AND job_id >= ? AND job_id <= ?"
        " AND entry_id >= ? AND entry_id <= ?";
static const char job_sql[] =
        "SELECT k.name, c.job_id, coalesce(c.array_job_id, 0), c.array_task, c.state"
        " FROM charge c JOIN cluster k ON k.id = c.cluster_id WHERE c.cluster_id = ?"
        " AND c.job_id = ? AND c.submit_at = ? AND c.array_task = ? AND c.restarts = ?"
        " AND c.part = ?";

/* What an entry says of another budget than those of cpu and gpu for all of time.  Where a
 * budget for a window brought one for all of time with it, the window's. */
static const char line_sql[] =
        "SELECT r.name, l.window_id, l.amount FROM entry_line l"
        " JOIN resource r ON r.id = l.resource_id WHERE l.entry_id = ?"
        " AND (l.window_id > 1 OR l.resource_id > 2)"
        " ORDER BY l.window_id DESC, l.resource_id LIMIT 1";

static const char *const kinds[] = {"open", "budget", "charge", "correction", "refund",
                                    "adjustment", "repair", "close", "carry",
                                    "allocation", "hold"};

bool sq_entry_kind_is_known(const char *kind) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (!strcmp(kind, kinds[i]))
                        return true;
        return false;
}

/* The charge of an entry, by its key. */
struct place {
        int64_t entry_id;
        int64_t cluster_id; /* 0: not found yet */
        int64_t job_id, submit_at, array_task, restarts, part;
};

struct search {
        struct sq_store *store;
        const struct sq_entry_filter *filter;
        sq_entry_fn each;
        void *payload;

        int64_t subject_id;
        int64_t first, last; /* what is still to be shown, */
        int64_t until;       /* and up to where `place` has the charges */
        bool older; /* `limit` left some out */

        size_t n_places, n_found;
        struct place *place;
        struct sq_walk walk;
        bool walked;

        size_t n;
        struct sq_entry *item;
};

static bool is_of_run(const char *kind) {
        return !strcmp(kind, "charge") || !strcmp(kind, "correction");
}

static int64_t end_of_picture(int64_t from, int64_t last) {
        return last - from < SQ_WALK_ENTRIES ? last : from + SQ_WALK_ENTRIES - 1;
}

/* --- where it begins --------------------------------------------------------------- */

static int bounds_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const struct sq_entry_filter *filter = s->filter;
        struct sq_query *query = sq_query(txn, subject_sql, "ss",
                                          sq_subject_kind_name(filter->kind), filter->name);

        (void)err;
        s->subject_id = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        s->last = sq_walk_last_entry(txn);
        s->first = sq_walk_first_entry(txn, filter->since);
        return SQ_OK;
}

/* Going back from the newest entry, as far as `limit` wants. */
struct way_back {
        struct search *search;
        int64_t below;   /* where it goes on */
        int64_t left;    /* how many more are wanted */
        int64_t reached; /* the oldest that is */
        bool older;      /* and there is one before it */
};

static int back_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct way_back now = *(struct way_back *)context;
        const struct search *s = now.search;
        const struct sq_entry_filter *filter = s->filter;
        const int64_t low = now.below - SQ_WALK_ENTRIES;
        const int64_t from = low > s->first ? low : s->first;
        struct sq_query *query = sq_query(txn, newest_sql[filter->kind], "iiisi", from,
                                          now.below - 1, s->subject_id, filter->entry_kind,
                                          filter->since);

        (void)err;
        while (!now.older && sq_query_next(query)) {
                now.older = now.left == 0;
                if (now.older)
                        break;
                now.reached = sq_query_int(query, 0);
                now.left--;
        }
        sq_query_done(query);
        now.below = from;
        if (!sq_txn_status(txn))
                *(struct way_back *)context = now;
        return SQ_OK;
}

static int go_back(struct search *s, struct sq_error *err) {
        struct way_back back = {.search = s, .below = s->last + 1, .left = s->filter->limit,
                                .reached = s->last + 1};
        int rc = SQ_OK;

        while (!rc && !back.older && back.below > s->first)
                rc = sq_store_read(s->store, back_work, &back, err);
        s->first = back.reached;
        s->older = back.older;
        return rc;
}

/* --- the jobs of charges ----------------------------------------------------------- */

static int gather_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const struct sq_entry_filter *filter = s->filter;
        const int64_t from = s->until + 1;
        int64_t to = end_of_picture(from, s->last);
        struct sq_query *query = sq_query(txn, charges_sql[filter->kind], "iiisi", from, to,
                                          s->subject_id, filter->entry_kind, filter->since);
        size_t n = s->n_places;

        (void)err;
        while (sq_query_next(query)) {
                const int64_t id = sq_query_int(query, 0);

                if (n == PLACES) {
                        to = id - 1;
                        break;
                }
                s->place[n++] = (struct place){.entry_id = id};
        }
        sq_query_done(query);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        s->n_places = n;
        s->until = to;
        return SQ_OK;
}

static int compare_places(const void *a, const void *b) {
        const int64_t x = ((const struct place *)a)->entry_id;
        const int64_t y = ((const struct place *)b)->entry_id;

        return (x > y) - (x < y);
}

static struct place *find_place(const struct search *s, int64_t entry_id) {
        const struct place key = {.entry_id = entry_id};

        return bsearch(&key, s->place, s->n_places, sizeof key, compare_places);
}

static int walk_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        struct sq_walk walk = s->walk;
        struct sq_walk_step step;
        struct sq_query *query;

        (void)err;
        s->walked = !sq_walk_next(txn, &walk, &step);
        if (s->walked)
                return SQ_OK;
        query = sq_query(txn, places_sql, "iiiii", step.cluster_id, step.first, step.last,
                         s->place[0].entry_id, s->place[s->n_places - 1].entry_id);
        while (sq_query_next(query)) {
                struct place *place = find_place(s, sq_query_int(query, 0));

                if (!place)
                        continue;
                s->n_found += place->cluster_id == 0;
                place->cluster_id = step.cluster_id;
                place->submit_at = sq_query_int(query, 1);
                place->array_task = sq_query_int(query, 2);
                place->restarts = sq_query_int(query, 3);
                place->part = sq_query_int(query, 4);
                place->job_id = sq_query_int(query, 5);
        }
        if (!sq_txn_status(txn))
                s->walk = walk;
        return SQ_OK;
}

/* Fills `place` with the charges from s->first on, as many as fit. */
static int find_places(struct search *s, struct sq_error *err) {
        int rc = SQ_OK;

        s->n_places = 0;
        s->until = s->first - 1;
        if (s->filter->entry_kind && !is_of_run(s->filter->entry_kind))
                s->until = s->last;
        while (!rc && s->until < s->last && s->n_places < PLACES)
                rc = sq_store_read(s->store, gather_work, s, err);
        s->walk = SQ_WALK_START;
        s->walked = false;
        s->n_found = 0;
        while (!rc && !s->walked && s->n_found < s->n_places)
                rc = sq_store_read(s->store, walk_work, s, err);
        return rc;
}

/* --- the entries ------------------------------------------------------------------- */

/* The texts of an entry. */
#define TEXTS 8

static void texts_of(struct sq_entry *entry, const char **ret[TEXTS]) {
        const char **const all[TEXTS] = {&entry->kind, &entry->user, &entry->account,
                                         &entry->actor, &entry->reason, &entry->cluster,
                                         &entry->state, &entry->resource};

        memcpy(ret, all, sizeof all);
}

static void forget(struct search *s) {
        const char **text[TEXTS];

        for (size_t i = 0; i < s->n; i++) {
                texts_of(&s->item[i], text);
                for (int t = 0; t < TEXTS; t++)
                        free((char *)*text[t]);
        }
        s->n = 0;
}

static void search_end(struct search *s) {
        forget(s);
        free(s->item);
        free(s->place);
}

/* Texts of its own in the place of those of the picture. */
static bool keep(struct search *s, const struct sq_entry *lent) {
        struct sq_entry *entry = &s->item[s->n++];
        const char **text[TEXTS];
        bool fits = true;

        *entry = *lent;
        texts_of(entry, text);
        for (int t = 0; t < TEXTS; t++) {
                if (!*text[t])
                        continue;
                *text[t] = strdup(*text[t]);
                fits = fits && *text[t];
        }
        return fits;
}

/* What a repair put right is the first word of its reason (repair.c). */
static bool is_budget(const struct sq_entry *entry) {
        if (!strcmp(entry->kind, "open") || !strcmp(entry->kind, "budget"))
                return true;
        return !strcmp(entry->kind, "repair") && entry->reason &&
               (!strncmp(entry->reason, "budget:", 7) ||
                !strncmp(entry->reason, "balance:", 8));
}

static void read_entry(struct sq_query *query, struct sq_entry *ret) {
        *ret = (struct sq_entry){
                .id = sq_query_int(query, 0),
                .at = sq_query_int(query, 1),
                .kind = sq_query_text(query, 2),
                .actor = sq_query_text(query, 3),
                .reason = sq_query_text(query, 4),
                .user = sq_query_text(query, 5),
                .account = sq_query_text(query, 6),
        };
        ret->is_budget = is_budget(ret);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const int column = r == SQ_CPU ? 7 : 8;

                ret->has[r] = sq_query_text(query, column) != NULL;
                ret->amounts.of[r].seconds = sq_query_int(query, column);
        }
}

/* NULL when there is nothing to be known. */
static struct sq_query *find_job(struct sq_txn *txn, const struct search *s,
                                 struct sq_entry *entry) {
        const struct place *p = is_of_run(entry->kind) ? find_place(s, entry->id) : NULL;
        struct sq_query *query;

        if (!p || !p->cluster_id)
                return NULL;
        query = sq_query(txn, job_sql, "iiiiii", p->cluster_id, p->job_id, p->submit_at,
                         p->array_task, p->restarts, p->part);
        if (!sq_query_next(query))
                return NULL;
        entry->cluster = sq_query_text(query, 0);
        entry->job_id = sq_query_int(query, 1);
        entry->array_job = sq_query_int(query, 2);
        entry->array_task = sq_query_int(query, 3);
        entry->state = sq_query_text(query, 4);
        return query;
}

/* The same of its line for a window; entries of jobs have none. */
static struct sq_query *find_line(struct sq_txn *txn, struct sq_entry *entry) {
        struct sq_query *query;

        if (is_of_run(entry->kind) || entry->has[SQ_CPU] || entry->has[SQ_GPU])
                return NULL;
        query = sq_query(txn, line_sql, "i", entry->id);
        if (!sq_query_next(query)) {
                sq_query_done(query);
                return NULL;
        }
        entry->resource = sq_query_text(query, 0);
        entry->window = (enum sq_window_kind)sq_query_int(query, 1);
        entry->amount = SQ_AMOUNT(sq_query_int(query, 2));
        return query;
}

static int page_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const struct sq_entry_filter *filter = s->filter;
        const int64_t to = end_of_picture(s->first, s->until);
        struct sq_query *query = sq_query(txn, details_sql[filter->kind], "iiisi", s->first,
                                          to, s->subject_id, filter->entry_kind,
                                          filter->since);
        bool fits = true;

        forget(s);
        while (fits && s->n < PAGE && sq_query_next(query)) {
                struct sq_entry entry;
                struct sq_query *more;

                read_entry(query, &entry);
                more = find_job(txn, s, &entry);
                if (!more)
                        more = find_line(txn, &entry);
                fits = keep(s, &entry);
                if (more)
                        sq_query_done(more);
        }
        sq_query_done(query);
        if (!fits)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!sq_txn_status(txn))
                s->first = s->n == PAGE ? s->item[PAGE - 1].id + 1 : to + 1;
        return SQ_OK;
}

/* Those whose charges are in `place`. */
static int show_places(struct search *s, struct sq_error *err) {
        int rc = SQ_OK;

        while (!rc && s->first <= s->until) {
                rc = sq_store_read(s->store, page_work, s, err);
                for (size_t i = 0; i < s->n && !rc; i++)
                        rc = s->each(&s->item[i], s->payload);
        }
        return rc;
}

int sq_entry_each(struct sq_ledger *ledger, const struct sq_entry_filter *filter,
                  sq_entry_fn each, void *payload, bool *ret_older, struct sq_error *err) {
        SQ_CLEANUP(search_end) struct search s = {
                .store = ledger->store,
                .filter = filter,
                .each = each,
                .payload = payload,
                .place = calloc(PLACES, sizeof *s.place),
                .item = calloc(PAGE, sizeof *s.item),
        };
        int rc;

        if (!s.place || !s.item)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *ret_older = false;
        rc = sq_store_read(s.store, bounds_work, &s, err);
        if (rc || !s.subject_id)
                return rc;
        if (filter->limit)
                rc = go_back(&s, err);
        while (!rc && s.first <= s.last) {
                rc = find_places(&s, err);
                if (!rc)
                        rc = show_places(&s, err);
        }
        if (!rc)
                *ret_older = s.older;
        return rc;
}

/* What the amount for a window is. */
static const char *amount_name(const struct sq_entry *entry) {
        if (entry->is_budget)
                return "budget_seconds";
        return !strcmp(entry->kind, "close") || !strcmp(entry->kind, "carry")
                       ? "carried_seconds"
                       : "seconds";
}

void sq_entry_fields(const struct sq_entry *entry, struct sq_fields *ret) {
        const bool is_budget = entry->is_budget;

        ret->n = 0;
        sq_fields_add_number(ret, "entry", entry->id);
        sq_fields_add_number(ret, "at", entry->at);
        sq_fields_add_text(ret, "kind", entry->kind);
        sq_fields_add_text(ret, "user", entry->user);
        sq_fields_add_text(ret, "account", entry->account);
        sq_fields_add_number_if(ret, is_budget ? "budget_cpu_seconds" : "cpu_seconds",
                                entry->has[SQ_CPU], entry->amounts.of[SQ_CPU].seconds);
        sq_fields_add_number_if(ret, is_budget ? "budget_gpu_seconds" : "gpu_seconds",
                                entry->has[SQ_GPU], entry->amounts.of[SQ_GPU].seconds);
        if (entry->resource) {
                sq_fields_add_text(ret, "resource", entry->resource);
                sq_fields_add_text(ret, "window", sq_window_kind_word(entry->window));
                sq_fields_add_seconds(ret, amount_name(entry), entry->amount);
        }
        sq_fields_add_text(ret, "actor", entry->actor);
        sq_fields_add_text(ret, "reason", entry->reason);
        if (!entry->state)
                return;
        sq_fields_add_text(ret, "cluster", entry->cluster);
        sq_fields_add_text(ret, "job",
                           sq_job_text(entry->job_id, entry->array_job, entry->array_task,
                                       ret->text, sizeof ret->text));
        sq_fields_add_number(ret, "job_id", entry->job_id);
        sq_fields_add_text(ret, "state", entry->state);
}
