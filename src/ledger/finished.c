#include "ledger/finished.h"

#include <string.h>

#include "base/grow.h"
#include "ledger/internal.h"
#include "ledger/job.h"
#include "ledger/refund.h"
#include "ledger/walk.h"

/* Runs that are kept in memory at a time. */
#define PAGE 256

/* Who is charged with one run: its owner, and in the worst case those whom slurmdbd took
 * for it (settlement.c). */
#define OWNERS 8

#define COUNT                                                                             \
        "SELECT count(*) FROM entry e WHERE e.id >= ? AND e.id <= ?"                      \
        " AND e.kind IN ('charge', 'correction')"
#define ENDS                                                                              \
        "SELECT c.job_id, c.submit_at, c.array_task, c.restarts, c.part, c.end_at,"       \
        " c.entry_id, c.resized, e.user_id, e.account_id FROM charge c"                   \
        " JOIN entry e ON e.id = c.entry_id"                                              \
        " WHERE c.cluster_id = ? AND c.job_id >= ? AND c.job_id <= ?"                     \
        " AND c.entry_id >= ? AND c.entry_id <= ?"
#define OF_USER " AND e.user_id = ?"
#define OF_ACCOUNT " AND e.account_id = ?"
#define BY_RUN " ORDER BY c.job_id, c.submit_at, c.array_task, c.restarts, c.part"

static const char count_all_sql[] = COUNT;
static const char count_user_sql[] = COUNT OF_USER;
static const char count_account_sql[] = COUNT OF_ACCOUNT;
static const char all_sql[] = ENDS BY_RUN;
static const char user_sql[] = ENDS OF_USER BY_RUN;
static const char account_sql[] = ENDS OF_ACCOUNT BY_RUN;
static const char subject_sql[] = "SELECT id FROM subject WHERE kind = ? AND name = ?";
static const char run_sql[] =
        "SELECT c.submit_at, c.array_task, c.restarts, e.user_id, e.account_id, k.name,"
        " u.name, a.name FROM charge c JOIN entry e ON e.id = c.entry_id"
        " JOIN cluster k ON k.id = c.cluster_id"
        " LEFT JOIN subject u ON u.id = e.user_id"
        " LEFT JOIN subject a ON a.id = e.account_id"
        " WHERE c.cluster_id = ? AND c.job_id = ? AND c.entry_id = ?";
static const char parts_sql[] =
        "SELECT c.restarts, c.start_at, c.end_at, c.state, c.tres, c.refund_percent,"
        " coalesce(c.array_job_id, 0), l.amount, g.amount FROM charge c"
        " JOIN entry e ON e.id = c.entry_id LEFT JOIN entry_line l"
        " ON l.entry_id = e.id AND l.resource_id = 1 AND l.window_id = 1"
        " LEFT JOIN entry_line g"
        " ON g.entry_id = e.id AND g.resource_id = 2 AND g.window_id = 1"
        " WHERE c.cluster_id = ? AND c.job_id = ? AND c.submit_at = ? AND c.array_task = ?"
        " AND e.user_id = ? AND e.account_id = ? ORDER BY c.part";

/* A run that has ended: the last word about it. */
struct end {
        int64_t end_at;
        int64_t cluster_id, job_id, entry_id;
};

/* The run that the walk is at, for one of its owners. */
struct open_run {
        int64_t submit_at, array_task, restarts, part;
        int64_t user_id, account_id;
        struct end end;
};

struct search {
        struct sq_store *store;
        const struct sq_finished_filter *filter;
        int64_t subject_id; /* 0: any */

        int64_t first, last;    /* the entries that may be of such runs, */
        int64_t counted;        /* up to which they are counted, */
        int64_t charges, found; /* how many are charges, and were met in the walk */
        struct sq_walk walk;
        bool walked;

        size_t before; /* the step that is being read */
        size_t n, room;
        struct end *end;

        size_t shown; /* of `end`; those that are being shown: */
        size_t n_items;
        struct sq_finished *item;
};

/* --- which runs -------------------------------------------------------------------- */

static int by_end(const void *a, const void *b) {
        const struct end *x = a, *y = b;

        if (x->end_at != y->end_at)
                return x->end_at < y->end_at ? -1 : 1;
        if (x->job_id != y->job_id)
                return x->job_id < y->job_id ? -1 : 1;
        return (x->entry_id > y->entry_id) - (x->entry_id < y->entry_id);
}

/* Only the last that may be told. */
static void sort(struct search *s) {
        const size_t limit = (size_t)s->filter->limit;

        if (s->n)
                qsort(s->end, s->n, sizeof *s->end, by_end);
        if (!limit || s->n <= limit)
                return;
        memmove(s->end, s->end + (s->n - limit), limit * sizeof *s->end);
        s->n = limit;
}

static bool add_end(struct search *s, const struct end *end) {
        if (end->end_at < s->filter->since)
                return true;
        if (!sq_grow(&s->end, s->n + 1, &s->room, sizeof *s->end))
                return false;
        s->end[s->n++] = *end;
        return true;
}

/* An event that did not tell the restart count is of any run with the rest of the key. */
static bool is_same_restart(int64_t a, int64_t b) {
        return a == b || a < 0 || b < 0;
}

static bool is_same_run(const struct open_run *a, const struct open_run *b) {
        return a->end.job_id == b->end.job_id && a->submit_at == b->submit_at &&
               a->array_task == b->array_task && is_same_restart(a->restarts, b->restarts);
}

/* The runs of one job, by their owners. */
struct open_runs {
        size_t n;
        struct open_run of[OWNERS];
};

static bool finish_runs(struct search *s, struct open_runs *open) {
        bool fits = true;

        for (size_t i = 0; i < open->n && fits; i++)
                fits = add_end(s, &open->of[i].end);
        open->n = 0;
        return fits;
}

static bool add_row(struct search *s, struct open_runs *open, const struct open_run *row) {
        if (open->n && !is_same_run(&open->of[0], row) && !finish_runs(s, open))
                return false;
        for (size_t i = 0; i < open->n; i++) {
                struct open_run *run = &open->of[i];

                if (run->user_id != row->user_id || run->account_id != row->account_id)
                        continue;
                if (row->part > run->part)
                        *run = *row;
                return true;
        }
        if (open->n < OWNERS)
                open->of[open->n++] = *row;
        return true;
}

static struct sq_query *query_ends(struct sq_txn *txn, const struct search *s,
                                   const struct sq_walk_step *step) {
        if (!s->subject_id)
                return sq_query(txn, all_sql, "iiiii", step->cluster_id, step->first,
                                step->last, s->first, s->last);
        return sq_query(txn, s->filter->user ? user_sql : account_sql, "iiiiii",
                        step->cluster_id, step->first, step->last, s->first, s->last,
                        s->subject_id);
}

static struct open_run read_row(struct sq_query *query, int64_t cluster_id) {
        return (struct open_run){
                .submit_at = sq_query_int(query, 1),
                .array_task = sq_query_int(query, 2),
                .restarts = sq_query_int(query, 3),
                .part = sq_query_int(query, 4),
                .user_id = sq_query_int(query, 8),
                .account_id = sq_query_int(query, 9),
                .end = {sq_query_int(query, 5), cluster_id, sq_query_int(query, 0),
                        sq_query_int(query, 6)},
        };
}

static int walk_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        struct open_runs open = {.n = 0};
        struct sq_walk walk = s->walk;
        struct sq_walk_step step;
        struct sq_query *query;
        int64_t found = s->found;
        bool fits = true;

        s->n = s->before;
        s->walked = !sq_walk_next(txn, &walk, &step);
        if (s->walked)
                return SQ_OK;
        query = query_ends(txn, s, &step);
        while (fits && sq_query_next(query)) {
                const struct open_run row = read_row(query, step.cluster_id);

                found++;
                if (!sq_query_int(query, 7)) /* it goes on where it was resized */
                        fits = add_row(s, &open, &row);
        }
        if (!fits || !finish_runs(s, &open))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        s->walk = walk;
        s->found = found;
        return SQ_OK;
}

/* What ended since then was booked since then. */
static int bounds_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const struct sq_finished_filter *filter = s->filter;
        const char *name = filter->user ? filter->user : filter->account;
        struct sq_query *query;

        (void)err;
        s->first = sq_walk_first_entry(txn, filter->since);
        s->last = sq_walk_last_entry(txn);
        s->counted = s->first - 1;
        if (!name)
                return SQ_OK;
        query = sq_query(txn, subject_sql, "ss",
                         sq_subject_kind_name(filter->user ? SQ_USER : SQ_ACCOUNT), name);
        s->subject_id = sq_query_next(query) ? sq_query_int(query, 0) : 0;
        sq_query_done(query);
        if (!s->subject_id)
                s->last = 0; /* nothing is theirs */
        return SQ_OK;
}

static int count_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const int64_t from = s->counted + 1;
        const int64_t to = s->last - from < SQ_WALK_ENTRIES ? s->last
                                                            : from + SQ_WALK_ENTRIES - 1;
        struct sq_query *query;

        (void)err;
        if (!s->subject_id)
                query = sq_query(txn, count_all_sql, "ii", from, to);
        else
                query = sq_query(txn, s->filter->user ? count_user_sql : count_account_sql,
                                 "iii", from, to, s->subject_id);
        if (sq_query_next(query)) {
                s->charges += sq_query_int(query, 0);
                s->counted = to;
        }
        sq_query_done(query);
        return SQ_OK;
}

static int find_ends(struct search *s, struct sq_error *err) {
        int rc = sq_store_read(s->store, bounds_work, s, err);

        while (!rc && s->counted < s->last)
                rc = sq_store_read(s->store, count_work, s, err);
        while (!rc && !s->walked && s->found < s->charges) {
                rc = sq_store_read(s->store, walk_work, s, err);
                /* Those that are too many go when they are as many again: sorting is rare. */
                if (s->filter->limit && s->n / 2 >= (size_t)s->filter->limit)
                        sort(s);
                s->before = s->n;
        }
        sort(s);
        return rc;
}

/* --- what they did cost ------------------------------------------------------------- */

/* The texts of a run. */
#define TEXTS 5

static void texts_of(struct sq_finished *job, const char **ret[TEXTS]) {
        const char **const all[TEXTS] = {&job->cluster, &job->user, &job->account, &job->state,
                                         &job->tres};

        memcpy(ret, all, sizeof all);
}

static void forget(struct search *s) {
        const char **text[TEXTS];

        for (size_t i = 0; i < s->n_items; i++) {
                texts_of(&s->item[i], text);
                for (int t = 0; t < TEXTS; t++)
                        free((char *)*text[t]);
        }
        s->n_items = 0;
}

static void search_end(struct search *s) {
        forget(s);
        free(s->item);
        free(s->end);
}

/* A copy in the place of *ret; NULL stays NULL. */
static bool copy(const char *text, const char **ret) {
        free((char *)*ret);
        *ret = text ? strdup(text) : NULL;
        return *ret || !text;
}

/* Refunds are computed as sq_refund_append() did. */
static bool add_part(struct sq_finished *job, struct sq_query *query) {
        const int64_t start_at = sq_query_int(query, 1);
        const int percent = (int)sq_query_int(query, 5);
        const char *tres;

        if (start_at > 0 && (!job->start_at || start_at < job->start_at))
                job->start_at = start_at;
        job->end_at = sq_query_int(query, 2);
        if (sq_query_int(query, 6))
                job->array_job = sq_query_int(query, 6);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const struct sq_amount amount =
                        SQ_AMOUNT(sq_query_int(query, r == SQ_CPU ? 7 : 8));

                sq_amount_add_capped(&job->charged.of[r], amount);
                sq_amount_add_capped(&job->refunded.of[r], sq_refund_of(amount, percent));
        }
        tres = sq_query_text(query, 4);
        return copy(sq_query_text(query, 3), &job->state) &&
               (!tres || copy(tres, &job->tres));
}

/* What all parts of a run have in common. */
struct run_key {
        int64_t submit_at, array_task, restarts, user_id, account_id;
};

static bool read_run(struct sq_query *query, struct sq_finished *job, struct run_key *key) {
        *key = (struct run_key){sq_query_int(query, 0), sq_query_int(query, 1),
                                sq_query_int(query, 2), sq_query_int(query, 3),
                                sq_query_int(query, 4)};
        job->submit_at = key->submit_at;
        job->array_task = key->array_task;
        return copy(sq_query_text(query, 5), &job->cluster) &&
               copy(sq_query_text(query, 6), &job->user) &&
               copy(sq_query_text(query, 7), &job->account);
}

static bool read_end(struct sq_txn *txn, struct search *s, const struct end *end) {
        struct sq_finished *job = &s->item[s->n_items];
        struct sq_query *query = sq_query(txn, run_sql, "iii", end->cluster_id, end->job_id,
                                          end->entry_id);
        struct run_key key;
        bool fits;

        if (!sq_query_next(query)) /* archived since */
                return true;
        *job = (struct sq_finished){.job_id = end->job_id};
        s->n_items++;
        fits = read_run(query, job, &key);
        sq_query_done(query);
        query = sq_query(txn, parts_sql, "iiiiii", end->cluster_id, end->job_id,
                         key.submit_at, key.array_task, key.user_id, key.account_id);
        while (fits && sq_query_next(query))
                if (is_same_restart(sq_query_int(query, 0), key.restarts))
                        fits = add_part(job, query);
        sq_query_done(query);
        return fits;
}

static int page_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        const size_t to = s->n - s->shown < PAGE ? s->n : s->shown + PAGE;
        bool fits = true;

        forget(s);
        for (size_t i = s->shown; i < to && fits; i++)
                fits = read_end(txn, s, &s->end[i]);
        return fits ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

int sq_finished_each(struct sq_ledger *ledger, const struct sq_finished_filter *filter,
                     sq_finished_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(search_end) struct search s = {
                .store = ledger->store,
                .filter = filter,
                .walk = SQ_WALK_START,
                .item = calloc(PAGE, sizeof *s.item),
        };
        int rc;

        if (!s.item)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = find_ends(&s, err);
        for (; !rc && s.shown < s.n; s.shown += PAGE) {
                rc = sq_store_read(s.store, page_work, &s, err);
                for (size_t i = 0; i < s.n_items && !rc; i++)
                        rc = each(&s.item[i], payload);
        }
        return rc;
}

/* --- of one job ------------------------------------------------------------------------ */

int64_t sq_finished_elapsed(const struct sq_finished *job) {
        return job->start_at && job->end_at > job->start_at ? job->end_at - job->start_at : 0;
}

/* Slurm gives the sum of all types, and the types where a site tracks them; where the sum
 * is not tracked they make it up. */
static int64_t gpus_of(const struct sq_tres *tres) {
        const int64_t all = sq_tres_count(tres, "gres/gpu");
        int64_t typed = 0;

        for (size_t i = 0; i < tres->n; i++)
                if (sq_tres_gpu_type(tres->item[i].name) &&
                    __builtin_add_overflow(typed, tres->item[i].count, &typed))
                        return INT64_MAX;
        return typed > all ? typed : all;
}

bool sq_finished_size(const struct sq_finished *job, int64_t *ret_cpus, int64_t *ret_gpus) {
        struct sq_tres tres;

        if (!job->tres || !sq_tres_read(job->tres, &tres))
                return false;
        *ret_cpus = sq_tres_count(&tres, "cpu");
        *ret_gpus = gpus_of(&tres);
        return true;
}

void sq_finished_fields(const struct sq_finished *job, struct sq_fields *ret) {
        int64_t cpus = 0, gpus = 0;
        const bool known = sq_finished_size(job, &cpus, &gpus);

        ret->n = 0;
        sq_fields_add_text(ret, "cluster", job->cluster);
        sq_fields_add_text(ret, "job",
                           sq_job_text(job->job_id, job->array_job, job->array_task, ret->text,
                                       sizeof ret->text));
        sq_fields_add_number(ret, "job_id", job->job_id);
        sq_fields_add_text(ret, "user", job->user);
        sq_fields_add_text(ret, "account", job->account);
        sq_fields_add_text(ret, "state", job->state);
        sq_fields_add_number(ret, "submitted_at", job->submit_at);
        sq_fields_add_number_if(ret, "started_at", job->start_at != 0, job->start_at);
        sq_fields_add_number(ret, "ended_at", job->end_at);
        sq_fields_add_number(ret, "elapsed_seconds", sq_finished_elapsed(job));
        sq_fields_add_text(ret, "tres", job->tres);
        sq_fields_add_number_if(ret, "cpus", known, cpus);
        sq_fields_add_number_if(ret, "gpus", known, gpus);
        sq_fields_add_seconds(ret, "charged_cpu_seconds", job->charged.of[SQ_CPU]);
        sq_fields_add_seconds(ret, "charged_gpu_seconds", job->charged.of[SQ_GPU]);
        sq_fields_add_seconds(ret, "refunded_cpu_seconds", job->refunded.of[SQ_CPU]);
        sq_fields_add_seconds(ret, "refunded_gpu_seconds", job->refunded.of[SQ_GPU]);
}
