#include "governor/run.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/real.h"
#include "governor/event.h"
#include "governor/outbox.h"
#include "governor/rollup.h"
#include "governor/scope.h"

/* Accounts in one transaction: hooks wait for some milliseconds at most, and get their turn
 * after each, which takes two. */
#define AT_ONCE 32

/* How long one transaction waits for others, which take microseconds. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

static const char candidates_sql[] =
        "SELECT s.id, s.name, EXISTS (SELECT 1 FROM policy_account p WHERE p.policy_id = ?"
        "  AND p.account_id = s.id) FROM subject s WHERE s.kind = 'account'"
        " AND s.name = coalesce(?, s.name)"
        " AND (? OR EXISTS (SELECT 1 FROM allocation a WHERE a.account_id = s.id"
        "   AND a.window_id = ? AND a.removed_by IS NULL)"
        "  OR EXISTS (SELECT 1 FROM policy_account p WHERE p.policy_id = ?"
        "   AND p.account_id = s.id)) ORDER BY s.name";
static const char alive_sql[] =
        "SELECT 1 FROM policy WHERE id = ? AND deleted_at IS NULL AND changed_at = ?";
static const char other_sql[] =
        "SELECT p.name FROM policy_account a JOIN policy p ON p.id = a.policy_id"
        " WHERE a.account_id = ? AND p.id <> ? AND p.cluster = ? AND p.deleted_at IS NULL"
        SQ_FOR_UPDATE;
static const char notify_sql[] =
        "INSERT INTO notified (policy_id, account_id, window, threshold, percentage, at)"
        " VALUES (?, ?, ?, ?, ?, ?)";
static const char log_sql[] =
        "INSERT INTO evaluation_log (uuid, policy_id, account_id, window, percentage,"
        " grace_limit, actions, paused_before, downscaled_before, paused, downscaled,"
        " outbox_id, evaluated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?)";
static const char evaluated_sql[] = "UPDATE policy SET evaluated_at = ? WHERE id = ?";
static const char fired_sql[] =
        "UPDATE policy SET has_fired = ?, fired_at = ? WHERE id = ? AND has_fired <> ?";

struct candidate {
        int64_t id;
        char *name;
        bool is_known; /* the policy has a row for it */
};

struct step {
        struct sq_held_account account;
        struct sq_evaluation evaluation;
        struct sq_lately lately;
        char other[SQ_POLICY_TEXT_SIZE]; /* the policy that it is left to; "": to none */
        bool planned, left_out;
};

struct run {
        struct sq_ledger *ledger;
        const struct sq_kept_policy *kept;
        const struct sq_governing *how;
        struct sq_moment moment;
        struct sq_decimal lowest; /* threshold; 0: there is none */
        struct candidate *item;
        size_t n, room;
        size_t from, to;   /* those of this transaction */
        struct step *step; /* AT_ONCE of them */
        bool looks;        /* nothing is written */
        bool differs;      /* something would have been */
        bool wrote;        /* in the step before */
        bool fired;
};

/* --- which accounts ------------------------------------------------------------------ */

static void clear(struct run *r) {
        for (size_t i = 0; i < r->n; i++)
                free(r->item[i].name);
        r->n = 0;
}

static bool is_in_scope(const struct run *r, const char *account) {
        return sq_scope_has(&r->kept->policy, r->how->groups, r->how->tree, account);
}

static int list(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct run *r = context;
        struct sq_query *query =
                sq_query(txn, candidates_sql, "isiii", r->kept->id, r->how->account,
                         (int64_t)(r->kept->policy.limits.n > 0),
                         (int64_t)r->kept->policy.period, r->kept->id);

        clear(r);
        while (sq_query_next(query)) {
                struct candidate *c;

                if (!sq_grow(&r->item, r->n + 1, &r->room, sizeof *r->item)) {
                        sq_query_done(query);
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                }
                c = &r->item[r->n];
                c->id = sq_query_int(query, 0);
                c->is_known = sq_query_int(query, 2) != 0;
                if (!c->is_known &&
                    !is_in_scope(r, sq_query_text(query, 1)))
                        continue;
                c->name = strdup(sq_query_text(query, 1));
                if (!c->name) {
                        sq_query_done(query);
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                }
                r->n++;
        }
        return SQ_OK;
}

/* --- one account --------------------------------------------------------------------- */

static void write_actions(const struct sq_evaluation *e, char *text, size_t size) {
        text[0] = '\0';
        for (int i = 0; i < SQ_REACTIONS; i++) {
                const size_t length = strlen(text);

                if (e->taken[i])
                        snprintf(text + length, size - length, "%s%s", length ? "," : "",
                                 sq_reaction_word((enum sq_reaction)i));
        }
}

static void keep_notified(struct sq_txn *txn, const struct run *r, const struct step *s) {
        char window[SQ_WINDOW_SIZE], percentage[SQ_REAL_SIZE];

        sq_window_text(&r->moment.window, window);
        sq_real_text(sq_percentage_double(&s->evaluation.percentage), percentage);
        for (size_t i = 0; i < s->evaluation.notify.n; i++)
                sq_run(txn, notify_sql, "iisisi", r->kept->id, s->account.id, window,
                       s->evaluation.notify.percent[i].trillionths, percentage, r->moment.now);
}

static int keep_log(struct sq_txn *txn, const struct run *r, const struct step *s,
                    int64_t outbox_id, struct sq_error *err) {
        const struct sq_evaluation *e = &s->evaluation;
        char uuid[SQ_UUID_SIZE], window[SQ_WINDOW_SIZE], percentage[SQ_REAL_SIZE];
        char grace[SQ_DECIMAL_SIZE], actions[64], text[SQ_NAME_SIZE + 200];
        int rc = sq_uuid_make(uuid, err);

        if (rc)
                return rc;
        write_actions(e, actions, sizeof actions);
        sq_real_text(sq_percentage_double(&e->percentage), percentage);
        sq_decimal_text(sq_grace_limit(r->kept->policy.grace_ratio), grace);
        sq_run(txn, log_sql, "siissssiiiiii", uuid, r->kept->id, s->account.id,
               sq_window_text(&r->moment.window, window), percentage, grace, actions,
               (int64_t)sq_state_is_paused(&e->previous),
               (int64_t)sq_state_is_downscaled(&e->previous),
               (int64_t)sq_state_is_paused(&e->next), (int64_t)sq_state_is_downscaled(&e->next),
               outbox_id, r->moment.now);
        if (!e->changed && !e->notify.n)
                return SQ_OK;
        snprintf(text, sizeof text, "account %s used %.1f %% of its allocation in %s: %s%s",
                 s->account.name, sq_percentage_double(&e->percentage), window,
                 sq_level_word(sq_state_level(&e->next)), e->notify.n ? ", notified" : "");
        sq_event_append(txn, SQ_EVENT_OF_EVALUATION, r->kept->id, s->account.id, r->moment.now,
                        text);
        return SQ_OK;
}

/* Whether anything of what is kept is different now. */
static bool differs(const struct step *s, const char *plan) {
        char percentage[SQ_REAL_SIZE];

        return !s->account.is_known || s->evaluation.changed || s->evaluation.notify.n ||
               !s->account.plan || strcmp(s->account.plan, plan) != 0 ||
               strcmp(s->account.percentage,
                      sq_real_text(sq_percentage_double(&s->evaluation.percentage),
                                   percentage)) != 0;
}

static int keep(struct sq_txn *txn, struct run *r, struct step *s, struct sq_error *err) {
        const struct sq_evaluation *e = &s->evaluation;
        const bool resets = e->settings.reset_raw_usage && !s->account.reset_asked;
        char window[SQ_WINDOW_SIZE], plan[SQ_PLAN_KEY_SIZE];
        struct sq_kept_allowance allowed;
        bool allows_other;
        int64_t outbox_id = 0;
        int rc = SQ_OK;

        sq_held_account_allow(r->ledger, r->kept, &r->moment, &s->account, e, &allowed);
        allows_other = sq_held_account_allows_other(&s->account, &allowed);
        sq_plan_key(e, &r->how->qos, plan);
        if (r->how->mode == SQ_RUN_QUIETLY && !resets && !allows_other && !differs(s, plan) &&
            !strcmp(s->account.window, sq_window_text(&r->moment.window, window)))
                return SQ_OK;
        if (r->looks) {
                r->differs = true;
                return SQ_OK;
        }
        s->planned = e->plan.n && (resets || !s->account.plan ||
                                   strcmp(s->account.plan, plan) != 0);
        if (s->planned)
                rc = sq_outbox_add(txn, r->kept, &s->account, e, &r->how->qos, r->moment.now,
                                   &outbox_id, err);
        if (rc)
                return rc;
        sq_held_account_keep(txn, r->kept, &r->moment, &s->account, e, plan,
                             resets ? sq_window_text(&r->moment.window, window)
                                    : s->account.reset_window);
        if (allows_other)
                sq_window_allowance_set(r->ledger, txn, s->account.id, r->kept->id,
                                        (enum sq_window_kind)r->kept->policy.period,
                                        &allowed.allowance, &s->account.facts.usage);
        keep_notified(txn, r, s);
        if (r->how->mode == SQ_RUN_LOGGED || e->changed || e->notify.n)
                rc = keep_log(txn, r, s, outbox_id, err);
        return rc;
}

static bool is_left_out(const struct run *r, const struct step *s) {
        const struct sq_evaluation *e = &s->evaluation;

        return r->how->only_held &&
               ((!sq_state_is_paused(&e->previous) && !sq_state_is_downscaled(&e->previous)) ||
                sq_percentage_reaches(&e->percentage, SQ_DECIMAL(100)));
}

/* Whether another policy of the cluster has the account, which this one keeps nothing of.  It
 * is looked up where the account is taken: two that evaluate at once do not both have it. */
static bool is_taken(struct sq_txn *txn, const struct run *r, struct step *s) {
        struct sq_query *query = sq_query(txn, other_sql, "iis", s->account.id, r->kept->id,
                                          r->kept->policy.scope);
        const bool taken = sq_query_next(query);

        if (taken)
                snprintf(s->other, sizeof s->other, "%s", sq_query_text(query, 0));
        sq_query_done(query);
        return taken;
}

/* Who asks for this account alone is told why he gets nothing. */
static int leave_to_other(const struct run *r, struct step *s, struct sq_error *err) {
        s->left_out = true;
        if (!r->how->account)
                return SQ_OK;
        sq_fail(err, SQ_ENOTFOUND,
                "account \"%.60s\" belongs to policy \"%.60s\" of this cluster, which had it"
                " first", s->account.name, s->other);
        sq_hint(err, "When that policy lets go of it, or is deleted, the next evaluation takes"
                     " it.");
        return SQ_ENOTFOUND;
}

static int evaluate(struct sq_txn *txn, struct run *r, const struct candidate *c,
                    struct step *s, struct sq_error *err) {
        int rc;

        s->planned = s->left_out = false;
        s->other[0] = '\0';
        s->account.id = c->id;
        snprintf(s->account.name, sizeof s->account.name, "%s", c->name);
        if (c->is_known && !r->how->keeps_known && !is_in_scope(r, c->name)) {
                s->left_out = r->differs = true;
                return r->looks ? SQ_OK
                                : sq_held_account_free(r->ledger, txn, r->kept, c->id, c->name,
                                                       r->moment.now, err);
        }
        rc = sq_held_account_read(txn, r->kept, &r->moment, &s->account, err);
        if (!rc && !s->account.is_known && is_taken(txn, r, s))
                return leave_to_other(r, s, err);
        if (!rc)
                rc = sq_evaluate(&r->kept->policy, &s->account.facts, &s->evaluation, err);
        if (rc) {
                sq_context(err, "account %.100s", c->name);
                return rc;
        }
        s->left_out = is_left_out(r, s);
        if (r->how->looks_back && !s->left_out)
                sq_rollup_read_lately(txn, sq_ledger_calendar(r->ledger), &r->moment, c->id,
                                      &s->evaluation.total, &s->lately);
        return s->left_out || r->how->mode == SQ_RUN_DRY ? SQ_OK : keep(txn, r, s, err);
}

/* The policy may have been changed or deleted while we came so far. */
static bool is_current(struct sq_txn *txn, const struct run *r) {
        struct sq_query *query =
                sq_query(txn, alive_sql, "ii", r->kept->id, r->kept->changed_at);
        const bool there = sq_query_next(query);

        sq_query_done(query);
        return there;
}

static int work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct run *r = context;
        int rc = SQ_OK;

        r->differs = false;
        if (!r->looks && !is_current(txn, r))
                return sq_txn_status(txn)
                               ? sq_txn_status(txn)
                               : sq_fail(err, SQ_ENOTFOUND,
                                         "policy \"%.60s\" has just been changed",
                                         r->kept->policy.name);
        for (size_t i = r->from; i < r->to && !rc; i++)
                rc = evaluate(txn, r, &r->item[i], &r->step[i - r->from], err);
        return rc;
}

/* --- all of them --------------------------------------------------------------------- */

static void renew_deadline(const struct run *r) {
        sq_store_set_deadline(sq_ledger_store(r->ledger), sq_monotonic_ns() + PATIENCE_NS);
}

static int run_step(struct run *r, struct sq_error *err) {
        struct sq_store *store = sq_ledger_store(r->ledger);

        int rc;

        renew_deadline(r);
        r->wrote = false;
        r->looks = r->how->mode != SQ_RUN_LOGGED;
        if (r->looks) {
                rc = sq_store_read(store, work, r, err);
                if (rc || r->how->mode == SQ_RUN_DRY || !r->differs)
                        return rc;
        }
        r->looks = false;
        r->wrote = true;
        renew_deadline(r);
        /* What a crash takes is evaluated again. */
        return sq_store_write(store, SQ_DURABLE_SOON, work, r, err);
}

static int run_all(struct run *r, sq_governed_fn tell, void *payload, struct sq_error *err) {
        int rc = SQ_OK;

        for (r->from = 0; r->from < r->n && !rc; r->from = r->to) {
                r->to = r->n - r->from > AT_ONCE ? r->from + AT_ONCE : r->n;
                if (r->wrote)
                        sq_store_give_way(sq_ledger_store(r->ledger));
                rc = run_step(r, err);
                for (size_t i = 0; i < r->to - r->from && !rc; i++) {
                        const struct step *s = &r->step[i];
                        const struct sq_governed governed = {
                                .account = &s->account,
                                .evaluation = &s->evaluation,
                                .planned = s->planned,
                                .moment = &r->moment,
                                .lately = r->how->looks_back ? &s->lately : NULL,
                        };

                        if (*s->other && r->how->left)
                                r->how->left(s->account.name, s->other, payload);
                        if (s->left_out)
                                continue;
                        r->fired = r->fired || (r->lowest.trillionths &&
                                                s->evaluation.percentage.allocated &&
                                                sq_percentage_reaches(
                                                        &s->evaluation.percentage, r->lowest));
                        if (tell)
                                tell(&governed, payload);
                }
        }
        return rc;
}

static int note_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct run *r = context;

        (void)err;
        sq_run(txn, evaluated_sql, "ii", r->moment.now, r->kept->id);
        /* Another run may have come before us, and said so. */
        if (sq_run(txn, fired_sql, "iiii", (int64_t)r->fired, r->moment.now, r->kept->id,
                   (int64_t)r->fired))
                sq_event_append(txn, SQ_EVENT_OF_FIRING, r->kept->id, 0, r->moment.now,
                                r->fired ? "the policy has fired"
                                         : "no account is at a threshold any more");
        return SQ_OK;
}

static struct sq_decimal lowest_threshold(const struct sq_policy *policy) {
        struct sq_decimal lowest = {0};

        for (size_t i = 0; i < policy->thresholds.n; i++) {
                const struct sq_threshold *t = &policy->thresholds.item[i];
                const struct sq_decimal percent = sq_threshold_percent(t, policy->grace_ratio);

                if (sq_policy_reacts(policy, t->reaction) &&
                    (!lowest.trillionths || percent.trillionths < lowest.trillionths))
                        lowest = percent;
        }
        return lowest;
}

bool sq_governed_course(const struct sq_kept_policy *kept, const struct sq_governed *governed,
                        struct sq_course *ret) {
        return governed->lately &&
               sq_course_make(&kept->policy, &governed->account->facts, governed->evaluation,
                              governed->lately, sq_moment_days_left(governed->moment), ret,
                              NULL) == SQ_OK;
}

int sq_govern(struct sq_ledger *ledger, const struct sq_kept_policy *kept,
              const struct sq_governing *how, sq_governed_fn tell, void *payload,
              struct sq_error *err) {
        struct run r = {.ledger = ledger, .kept = kept, .how = how,
                        .lowest = lowest_threshold(&kept->policy)};
        int rc;

        sq_moment_of(sq_ledger_calendar(ledger), &kept->policy, how->now, &r.moment);
        r.moment.policy_since = sq_calendar_day(sq_ledger_calendar(ledger), kept->created_at);
        renew_deadline(&r);
        rc = sq_store_read(sq_ledger_store(ledger), list, &r, err);
        if (!rc && how->account && !r.n)
                rc = sq_fail(err, SQ_ENOTFOUND,
                             "policy \"%.60s\" has no account \"%.60s\" with an allocation",
                             kept->policy.name, how->account);
        r.step = rc ? NULL : calloc(AT_ONCE, sizeof *r.step);
        if (!rc && !r.step)
                rc = sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!rc)
                rc = run_all(&r, tell, payload, err);
        for (size_t i = 0; r.step && i < AT_ONCE; i++)
                sq_held_account_clear(&r.step[i].account);
        if (!rc && how->mode != SQ_RUN_DRY && !how->account && !how->only_held) {
                renew_deadline(&r);
                rc = sq_store_write(sq_ledger_store(ledger), SQ_DURABLE_SOON, note_work, &r,
                                    err);
        }
        clear(&r);
        free(r.item);
        free(r.step);
        return rc;
}
