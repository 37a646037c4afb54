#include "ledger/sighting.h"

#include <stdio.h>
#include <string.h>

#include "ledger/binding.h"
#include "ledger/internal.h"

/* The task's own row comes before the pool's. */
static const char rows_sql[] =
        "SELECT r.array_task, r.tasks, r.tres, r.seconds, r.job_id, r.running_since,"
        " r.paused_at, r.changed_at, u.name, a.name, n.missing_since, b.tres, b.seconds,"
        " c.name, r.user_id, r.account_id"
        " FROM reservation r JOIN subject u ON u.id = r.user_id"
        " JOIN subject a ON a.id = r.account_id"
        " LEFT JOIN reservation_before b ON b.uuid = r.uuid AND b.array_task = r.array_task"
        " LEFT JOIN subject c ON c.id = b.account_id LEFT JOIN binding n ON n.uuid = r.uuid"
        " WHERE r.uuid = ? AND r.array_task IN (-1, ?) ORDER BY r.array_task DESC"
        SQ_FOR_UPDATE;
/* TRES that a budget, or what a policy lets the account use, counts beside CPUs and GPUs. */
static const char counted_sql[] =
        "SELECT r.name FROM balance b JOIN resource r ON r.id = b.resource_id"
        " WHERE b.subject_id IN (?, ?) AND b.resource_id > 2";
static const char track_sql[] =
        "UPDATE reservation SET job_id = nullif(?, 0), running_since = nullif(?, 0),"
        " paused_at = nullif(?, 0) WHERE uuid = ? AND array_task = ?";
static const char settled_sql[] =
        "DELETE FROM reservation_before WHERE uuid = ? AND array_task = ?";
static const char seen_sql[] = "UPDATE binding SET missing_since = NULL"
                               " WHERE uuid = ? AND missing_since IS NOT NULL";
/* The end of it, told after the answer was given. */
static const char ended_sql[] =
        "SELECT 1 FROM charge WHERE cluster_id = ? AND job_id = ? AND submit_at = ?"
        " AND array_task = ? AND resized = 0 AND end_at >= ? - 2";

/* Clocks, and the fractions that squeue cuts off. */
#define SAME_USE 2

struct row {
        bool found;
        int64_t user_id, account_id;
        int64_t array_task, tasks, seconds, changed_at;
        struct sq_progress progress;
        char tres[SQ_TRES_TEXT_SIZE];
        bool other_user;
        bool missing; /* passes before this one did not find it */
        char account[256]; /* longer than Slurm's names */
        bool has_before;   /* an update was let through, and perhaps refused */
        int64_t before_seconds;
        char before_tres[SQ_TRES_TEXT_SIZE];
        char before_account[256];
};

struct sight_work {
        struct sq_ledger *ledger;
        const struct sq_sighting *line;
        size_t n;
        int64_t as_of;
        bool apply;
        struct sq_sighted *ret;

        /* Of the line at hand. */
        struct sq_job job;
        struct row row;   /* the one that is meant: the task's own, or the pool's */
        struct sq_tres tres;

        /* Of the last two whom it was asked of. */
        int64_t counted_user, counted_account;
        struct sq_tres counted; /* each once */
};

static void copy(char *to, size_t size, const char *text) {
        snprintf(to, size, "%s", text ? text : "");
}

static void read_row(struct sq_txn *txn, struct sight_work *w, const struct sq_sighting *line,
                     const char *uuid) {
        struct sq_query *query = sq_query(txn, rows_sql, "si", uuid, line->array_task);
        struct row *row = &w->row;

        row->found = sq_query_next(query);
        if (!row->found)
                return;
        row->array_task = sq_query_int(query, 0);
        row->tasks = sq_query_int(query, 1);
        copy(row->tres, sizeof row->tres, sq_query_text(query, 2));
        row->seconds = sq_query_int(query, 3);
        row->progress = (struct sq_progress){.job_id = sq_query_int(query, 4),
                                             .running_since = sq_query_int(query, 5),
                                             .paused_at = sq_query_int(query, 6)};
        row->changed_at = sq_query_int(query, 7);
        row->other_user = strcmp(sq_query_text(query, 8), line->user) != 0;
        copy(row->account, sizeof row->account, sq_query_text(query, 9));
        row->missing = sq_query_int(query, 10) != 0;
        row->has_before = sq_query_text(query, 11) != NULL;
        copy(row->before_tres, sizeof row->before_tres, sq_query_text(query, 11));
        row->before_seconds = sq_query_int(query, 12);
        copy(row->before_account, sizeof row->before_account, sq_query_text(query, 13));
        row->user_id = sq_query_int(query, 14);
        row->account_id = sq_query_int(query, 15);
        sq_query_done(query);
}

static bool runs(const struct sq_sighting *line) {
        return line->state == SQ_SIGHT_RUNNING || line->state == SQ_SIGHT_SUSPENDED;
}

/* --- what it should hold ------------------------------------------------------- */

/* CPUs and GPUs are what everybody's budgets are of. */
static bool is_priced(const char *name) {
        return !strcmp(name, "cpu") || !strncmp(name, "gres/gpu", 8);
}

/* The rest of the list only describes, but for what somebody has a budget of. */
static bool costs(const struct sight_work *w, const char *name) {
        return is_priced(name) || sq_tres_count(&w->counted, name);
}

/* Jobs of one user in one account often follow each other.  Of more names than a list of TRES
 * has room for, the rest is taken for what nobody counts. */
static void read_counted(struct sq_txn *txn, struct sight_work *w) {
        struct sq_query *query;

        if (w->counted_user == w->row.user_id && w->counted_account == w->row.account_id)
                return;
        w->counted_user = w->row.user_id;
        w->counted_account = w->row.account_id;
        w->counted.n = 0;
        query = sq_query(txn, counted_sql, "ii", w->row.user_id, w->row.account_id);
        while (sq_query_next(query))
                (void)sq_tres_set(&w->counted, sq_query_text(query, 0), 1);
        sq_query_done(query);
}

static bool lacks(const struct sight_work *w, const struct sq_tres *some,
                  const struct sq_tres *other) {
        for (size_t i = 0; i < some->n; i++)
                if (costs(w, some->item[i].name) &&
                    sq_tres_count(other, some->item[i].name) != some->item[i].count)
                        return true;
        return false;
}

static bool costs_other(const struct sight_work *w, const char *text) {
        struct sq_tres held;

        return !sq_tres_read(text, &held) || lacks(w, &w->tres, &held) ||
               lacks(w, &held, &w->tres);
}

/* An update was let through, and slurmctld may have refused it: it shows in the parts
 * that the update changed.  CPUs and GPUs are as we count them; of the rest Slurm's count
 * may be another one from the beginning, which says nothing. */
static bool was_refused(const struct sight_work *w, const struct sq_sighting *line) {
        const struct row *row = &w->row;
        struct sq_tres before, now;
        bool differs = false;

        if (!sq_tres_read(row->before_tres, &before) || !sq_tres_read(row->tres, &now))
                return false;
        for (size_t i = 0; i < before.n + now.n; i++) {
                const char *name = i < now.n ? now.item[i].name : before.item[i - now.n].name;
                const int64_t was = sq_tres_count(&before, name);

                if (!costs(w, name) || was == sq_tres_count(&now, name))
                        continue;
                if (sq_tres_count(line->tres, name) == was)
                        differs = true;
                else if (is_priced(name))
                        return false;
        }
        return differs;
}

/* While it waits, Slurm's own count of what was asked for is the least that it will
 * get; our price may know better (whole nodes). */
static void want_waiting(struct sight_work *w, const struct sq_sighting *line,
                         int64_t *ret_seconds) {
        const struct row *row = &w->row;
        const bool refused = row->has_before && was_refused(w, line);

        if (!sq_tres_read(refused ? row->before_tres : row->tres, &w->tres))
                w->tres = *line->tres;
        for (size_t i = 0; i < line->tres->n; i++) {
                const struct sq_tres_item *item = &line->tres->item[i];

                if (costs(w, item->name) && item->count > sq_tres_count(&w->tres, item->name))
                        (void)sq_tres_set(&w->tres, item->name, item->count);
        }
        *ret_seconds = row->seconds;
        if (line->seconds != SQ_SECONDS_UNKNOWN &&
            (line->limit_is_final || line->seconds > row->seconds ||
             (row->has_before && line->seconds == row->before_seconds)))
                *ret_seconds = line->seconds;
}

static void want_running(struct sight_work *w, const struct sq_sighting *line,
                         int64_t *ret_seconds) {
        const struct row *row = &w->row;

        /* It has something, even when nobody says what. */
        if (line->tres->n || !sq_tres_read(row->tres, &w->tres))
                w->tres = *line->tres;
        *ret_seconds = line->seconds == SQ_SECONDS_UNKNOWN ? row->seconds : line->seconds;
}

/* Seconds for which a job has run until `as_of`. */
static int64_t used(int64_t running_since, int64_t paused_at, int64_t as_of) {
        return running_since ? (paused_at ? paused_at : as_of) - running_since : 0;
}

static bool moved_on(const struct sight_work *w, const struct sq_sighting *line) {
        const struct sq_progress *was = &w->row.progress;
        const int64_t more = used(line->running_since, line->paused_at, w->as_of) -
                             used(was->running_since, was->paused_at, w->as_of);

        return !line->running_since != !was->running_since ||
               !line->paused_at != !was->paused_at || more > SAME_USE || more < -SAME_USE;
}

/* --- bringing a line in ----------------------------------------------------------- */

static int replace(struct sq_txn *txn, struct sight_work *w, const struct sq_sighting *line,
                   const char *uuid, int64_t array_task, int64_t seconds,
                   struct sq_error *err) {
        const struct sq_progress progress = {
                .job_id = runs(line) ? line->job_id : 0,
                .running_since = runs(line) ? line->running_since : 0,
                .paused_at = line->state == SQ_SIGHT_SUSPENDED ? line->paused_at : 0,
        };
        const struct sq_claim claim = {
                .uuid = uuid,
                .user = line->user,
                .account = line->account,
                .tres = w->tres,
                .seconds = seconds,
                .tasks = array_task == SQ_NO_TASK && line->tasks > 1 ? line->tasks : 1,
        };

        return sq_claim_replace(w->ledger, txn, &claim, array_task, &progress, err);
}

/* What slurmctld said is not so any more: this run has ended, or was requeued. */
static bool has_ended(struct sq_txn *txn, const struct sight_work *w,
                      const struct sq_sighting *line) {
        struct sq_query *query = sq_query(txn, ended_sql, "iiiii", w->job.cluster_id,
                                          line->job_id, line->submit_at, line->array_task,
                                          w->as_of);
        const bool ended = sq_query_next(query);

        sq_query_done(query);
        return ended;
}

/* A job without a reservation: from before we were here, or one whose reservation was
 * lost or given back too early. */
static int adopt(struct sq_txn *txn, struct sight_work *w, const struct sq_sighting *line,
                 struct sq_sighted *ret, struct sq_error *err) {
        bool is_new;
        int64_t task = SQ_NO_TASK;
        int rc;

        /* Another user's is not what this line is about.  (When nobody knows whose job
         * it is, it may well be.) */
        if (w->row.other_user && line->user[0])
                ret->uuid[0] = '\0';
        is_new = !ret->uuid[0];
        ret->moving = line->state == SQ_SIGHT_ENDING || has_ended(txn, w, line);
        if (ret->moving || !line->account[0])
                return SQ_OK;
        ret->held = true;
        /* A running task always has a row of its own. */
        if (line->array_task != SQ_NO_TASK && runs(line))
                task = line->array_task;
        ret->own_row = task != SQ_NO_TASK;
        if (!w->apply)
                return SQ_OK;
        if (is_new) {
                rc = sq_uuid_make(ret->uuid, err);
                if (rc)
                        return rc;
        }
        w->tres = *line->tres;
        rc = replace(txn, w, line, ret->uuid, task,
                     line->seconds == SQ_SECONDS_UNKNOWN ? 0 : line->seconds, err);
        if (!rc && (is_new || !ret->bound))
                sq_binding_make(txn, ret->uuid, &w->job);
        return rc;
}

static int correct(struct sq_txn *txn, struct sight_work *w, const struct sq_sighting *line,
                   struct sq_sighted *ret, struct sq_error *err) {
        struct row *row = &w->row;
        bool splits = line->array_task != SQ_NO_TASK && row->array_task == SQ_NO_TASK;
        int64_t seconds;
        int rc = SQ_OK;

        read_counted(txn, w);
        if (runs(line))
                want_running(w, line, &seconds);
        else
                want_waiting(w, line, &seconds);
        ret->corrected = seconds != row->seconds || strcmp(line->account, row->account) != 0 ||
                         costs_other(w, row->tres);
        /* A task that runs, or waits for something else than the others, leaves the pool. */
        splits = splits && (runs(line) || ret->corrected);
        ret->own_row = splits || row->array_task != SQ_NO_TASK;
        ret->tracked = row->missing || (!ret->corrected && (splits || moved_on(w, line)));
        /* The row of a task that ended is gone, and the pool does not show it. */
        if ((ret->corrected || ret->tracked) && has_ended(txn, w, line)) {
                ret->own_row = row->array_task != SQ_NO_TASK;
                ret->corrected = ret->tracked = false;
                ret->moving = true;
        }
        if (!w->apply || ret->moving)
                return SQ_OK;
        if (ret->corrected || splits)
                rc = replace(txn, w, line, ret->uuid,
                             splits ? line->array_task : row->array_task, seconds, err);
        else if (ret->tracked)
                sq_run(txn, track_sql, "iiisi", runs(line) ? line->job_id : (int64_t)0,
                       line->running_since, line->paused_at, ret->uuid, row->array_task);
        /* One task says nothing about the update of those that it leaves behind. */
        if (row->has_before && (!splits || row->tasks == 1))
                sq_run(txn, settled_sql, "si", ret->uuid, row->array_task);
        return rc;
}

static int bring_in(struct sq_txn *txn, struct sight_work *w, const struct sq_sighting *line,
                    struct sq_sighted *ret, struct sq_error *err) {
        bool bound;

        *ret = (struct sq_sighted){0};
        w->row = (struct row){0};
        w->job = (struct sq_job){
                .cluster_id = w->apply ? sq_cluster_row(w->ledger, txn, line->cluster)
                                       : sq_cluster_find(txn, line->cluster),
                .job_id = line->array_job > 0 ? line->array_job : line->job_id,
                .submit_at = line->submit_at,
                .maybe_later = line->restarts > 0 || line->array_job > 0,
                .comment = line->uuid,
        };
        sq_binding_find(txn, &w->job, ret->uuid, &bound);
        if (ret->uuid[0])
                read_row(txn, w, line, ret->uuid);
        if (sq_txn_status(txn))
                return sq_txn_status(txn);
        ret->bound = bound;
        if (!w->row.found || w->row.other_user) {
                const int rc = adopt(txn, w, line, ret, err);

                ret->bound = false; /* it was, or it is with the making of it */
                return rc;
        }
        ret->bound = !bound;
        if (w->apply && !bound)
                sq_binding_make(txn, ret->uuid, &w->job);
        else if (w->apply)
                sq_run(txn, seen_sql, "s", ret->uuid);
        ret->own_row = w->row.array_task != SQ_NO_TASK;
        ret->tracked = w->row.missing;
        ret->moving = line->state == SQ_SIGHT_ENDING || w->row.changed_at >= w->as_of;
        return ret->moving ? SQ_OK : correct(txn, w, line, ret, err);
}

static int bring_in_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct sight_work *w = context;
        int rc = SQ_OK;

        for (size_t i = 0; i < w->n && !rc; i++)
                rc = bring_in(txn, w, &w->line[i], &w->ret[i], err);
        return rc;
}

int sq_sightings_bring_in(struct sq_ledger *ledger, const struct sq_sighting *line, size_t n,
                          int64_t as_of, bool apply, struct sq_sighted *ret,
                          struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sight_work *w = calloc(1, sizeof *w);
        int rc;

        if (!w)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *w = (struct sight_work){.ledger = ledger, .line = line, .n = n, .as_of = as_of,
                                 .apply = apply, .ret = ret};
        if (!apply)
                return sq_store_read(ledger->store, bring_in_work, w, err);
        rc = sq_store_write(ledger->store, SQ_DURABLE_SOON, bring_in_work, w, err);
        if (rc)
                sq_known_forget(ledger);
        return rc;
}
