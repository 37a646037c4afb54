#include "governor/held_account.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/real.h"
#include "governor/outbox.h"
#include "governor/rollup.h"
#include "ledger/halt.h"

static const char state_sql[] =
        "SELECT paused_at, downscaled_at, blocked_at, percentage, reset_window, plan, window,"
        " limited FROM policy_account WHERE policy_id = ? AND account_id = ?" SQ_FOR_UPDATE;
static const char hold_sql[] =
        "SELECT s.halted, coalesce(h.level, 0) FROM subject s"
        " LEFT JOIN account_hold h ON h.account_id = s.id WHERE s.id = ?" SQ_FOR_UPDATE;
static const char reset_waits_sql[] =
        "SELECT 1 FROM outbox WHERE account_id = ? AND done_at IS NULL AND sent_at IS NULL"
        " AND superseded = 0 AND resets = 1 AND policy_id = ? AND window = ?";
static const char notified_sql[] =
        "SELECT threshold FROM notified WHERE policy_id = ? AND account_id = ? AND window = ?";
static const char allocation_sql[] =
        "SELECT resource, amount, first_day, last_day FROM allocation"
        " WHERE account_id = ? AND window_id = ? AND removed_by IS NULL ORDER BY id";
static const char update_sql[] =
        "UPDATE policy_account SET paused_at = ?, downscaled_at = ?, blocked_at = ?, halts = ?,"
        " percentage = ?, window = ?, next_day = ?, plan = ?, reset_window = ?, limited = ?,"
        " evaluated_at = ? WHERE policy_id = ? AND account_id = ?";
static const char insert_sql[] =
        "INSERT INTO policy_account (paused_at, downscaled_at, blocked_at, halts, percentage,"
        " window, next_day, plan, reset_window, limited, evaluated_at, policy_id, account_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
/* What a policy before has set and nobody has lifted. */
static const char inherited_sql[] =
        "SELECT lifts FROM outbox WHERE account_id = ? AND lifts <> ''"
        " AND coalesce(success, 0) = 0";
static const char limited_sql[] =
        "SELECT limited FROM policy_account WHERE policy_id = ? AND account_id = ?";
static const char drop_sql[] =
        "DELETE FROM policy_account WHERE policy_id = ? AND account_id = ?";
static const char members_sql[] =
        "SELECT a.account_id, s.name FROM policy_account a"
        " JOIN subject s ON s.id = a.account_id WHERE a.policy_id = ?";

void sq_held_account_clear(struct sq_held_account *account) {
        free(SQ_TAKE(account->plan));
}

static int read_state(struct sq_txn *txn, const struct sq_kept_policy *kept,
                      struct sq_held_account *a, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, state_sql, "ii", kept->id, a->id);
        const char *plan;

        a->facts.state = (struct sq_state){.hold = SQ_NORMAL};
        sq_limited_read("", &a->facts.limited);
        a->reset_window[0] = a->window[0] = '\0';
        snprintf(a->percentage, sizeof a->percentage, "0");
        sq_held_account_clear(a);
        a->is_known = sq_query_next(query);
        if (a->is_known) {
                a->facts.state.paused_at.trillionths = sq_query_int(query, 0);
                a->facts.state.downscaled_at.trillionths = sq_query_int(query, 1);
                a->facts.state.blocked_at.trillionths = sq_query_int(query, 2);
                snprintf(a->percentage, sizeof a->percentage, "%s", sq_query_text(query, 3));
                snprintf(a->reset_window, sizeof a->reset_window, "%s",
                         sq_query_text(query, 4));
                snprintf(a->window, sizeof a->window, "%s", sq_query_text(query, 6));
                sq_limited_read(sq_query_text(query, 7), &a->facts.limited);
                plan = sq_query_text(query, 5);
                a->plan = plan ? strdup(plan) : NULL;
                if (plan && !a->plan) {
                        sq_query_done(query);
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                }
        }
        sq_query_done(query);
        query = sq_query(txn, hold_sql, "i", a->id);
        if (sq_query_next(query)) {
                a->halted = sq_query_int(query, 0);
                a->facts.state.hold = (enum sq_level)sq_query_int(query, 1);
        }
        sq_query_done(query);
        return SQ_OK;
}

/* Its plan takes the place of the one that would have lifted them. */
static void inherit_limits(struct sq_txn *txn, struct sq_held_account *a) {
        struct sq_query *query = sq_query(txn, inherited_sql, "i", a->id);
        struct sq_limited limited;

        while (sq_query_next(query)) {
                sq_limited_read(sq_query_text(query, 0), &limited);
                for (int t = 0; t < SQ_LIMIT_TYPES; t++)
                        sq_limited_add(&a->facts.limited, (enum sq_limit_type)t,
                                       &limited.of[t]);
        }
        sq_query_done(query);
}

static void read_notified(struct sq_txn *txn, const struct sq_kept_policy *kept,
                          struct sq_held_account *a) {
        char window[SQ_WINDOW_SIZE];
        struct sq_query *query =
                sq_query(txn, notified_sql, "iis", kept->id, a->id,
                         sq_window_text(&a->facts.window, window));

        a->facts.notified.n = 0;
        while (sq_query_next(query))
                sq_notified_add(&a->facts.notified,
                                (struct sq_decimal){sq_query_int(query, 0)});
}

/* A reset that nobody has begun with yet belongs to every newer plan too, which takes the
 * place of the one that has it. */
static void read_reset(struct sq_txn *txn, const struct sq_kept_policy *kept,
                       struct sq_held_account *a) {
        char window[SQ_WINDOW_SIZE];
        struct sq_query *query;

        sq_window_text(&a->facts.window, window);
        a->reset_asked = !strcmp(a->reset_window, window);
        a->facts.reset_done = a->reset_asked;
        if (!a->reset_asked)
                return;
        query = sq_query(txn, reset_waits_sql, "iis", a->id, kept->id, window);
        a->facts.reset_done = !sq_query_next(query);
        sq_query_done(query);
}

static bool add_limits(const struct sq_quantities *limits, struct sq_quantities *base) {
        for (size_t i = 0; i < limits->n; i++)
                if (!sq_quantities_has(base, limits->item[i].name) &&
                    !sq_quantities_set(base, limits->item[i].name, limits->item[i].of))
                        return false;
        return true;
}

static bool read_base(struct sq_txn *txn, const struct sq_kept_policy *kept,
                      const struct sq_moment *moment, struct sq_held_account *a) {
        struct sq_query *query = sq_query(txn, allocation_sql, "ii", a->id,
                                          (int64_t)kept->policy.period);
        bool fits = true;

        a->facts.base.n = a->facts.previous_base.n = a->ended.n = 0;
        while (fits && sq_query_next(query)) {
                const char *tres = sq_query_text(query, 0);
                const struct sq_quantity amount =
                        sq_quantity_of(SQ_AMOUNT(sq_query_int(query, 1)));
                const int64_t first = sq_query_int(query, 2), last = sq_query_int(query, 3);

                if (first <= moment->day && moment->day <= last)
                        fits = sq_quantities_set(&a->facts.base, tres, amount);
                else
                        fits = sq_quantities_set(&a->ended, tres, sq_quantity_of(SQ_AMOUNT(0)));
                if (fits && moment->has_previous && first <= moment->previous_last &&
                    moment->previous_last <= last)
                        fits = sq_quantities_set(&a->facts.previous_base, tres, amount);
        }
        sq_query_done(query);
        fits = fits && add_limits(&kept->policy.limits, &a->facts.base);
        if (fits && moment->has_previous && moment->policy_since <= moment->previous_last)
                fits = add_limits(&kept->policy.limits, &a->facts.previous_base);
        return fits;
}

static bool take_usage(const char *tres, int64_t before, int64_t now, void *payload) {
        struct sq_facts *facts = payload;

        if (sq_quantities_has(&facts->base, tres) &&
            !sq_quantities_set(&facts->usage, tres, sq_quantity_of(SQ_AMOUNT(now))))
                return false;
        return !sq_quantities_has(&facts->previous_base, tres) ||
               sq_quantities_set(&facts->previous_usage, tres,
                                 sq_quantity_of(SQ_AMOUNT(before < 0 ? 0 : before)));
}

/* The window before is read only when something can be carried over from it. */
static bool read_usage(struct sq_txn *txn, const struct sq_kept_policy *kept,
                       const struct sq_moment *moment, struct sq_held_account *a) {
        const bool carries = moment->has_previous && a->facts.previous_base.n &&
                             sq_policy_carryover(&kept->policy).mode != SQ_CARRYOVER_NONE;

        a->facts.usage.n = a->facts.previous_usage.n = 0;
        return sq_rollup_read(txn, a->id,
                              carries ? moment->previous_first : moment->first_day,
                              moment->first_day, moment->last_day, take_usage, &a->facts);
}

int sq_held_account_read(struct sq_txn *txn, const struct sq_kept_policy *kept,
                         const struct sq_moment *moment, struct sq_held_account *a,
                         struct sq_error *err) {
        int rc;

        a->facts.window = moment->window;
        rc = read_state(txn, kept, a, err);
        if (rc)
                return rc;
        if (!a->is_known)
                inherit_limits(txn, a);
        sq_window_allowance_read(txn, a->id, kept->id, &a->allowance);
        read_notified(txn, kept, a);
        read_reset(txn, kept, a);
        if (!read_base(txn, kept, moment, a) || !read_usage(txn, kept, moment, a))
                return sq_fail(err, SQ_ERANGE, "account %.100s has too many TRES", a->name);
        return sq_txn_status(txn);
}

void sq_held_account_keep(struct sq_txn *txn, const struct sq_kept_policy *kept,
                          const struct sq_moment *moment, const struct sq_held_account *a,
                          const struct sq_evaluation *e, const char *plan,
                          const char *reset_window) {
        const bool halts = kept->policy.enforce != SQ_ENFORCE_QOS &&
                           (e->next.paused_at.trillionths || e->next.blocked_at.trillionths);
        const int64_t wanted = (a->halted & SQ_HALT_OPERATOR) | (halts ? SQ_HALT_POLICY : 0);
        char window[SQ_WINDOW_SIZE], percentage[SQ_REAL_SIZE], limited[SQ_LIMITED_SIZE];
        struct sq_limited limits = a->facts.limited;

        /* What the plan lifts is not lifted before somebody says so. */
        sq_limited_add(&limits, e->settings.limit_type, &e->settings.limits);
        sq_run(txn, a->is_known ? update_sql : insert_sql, "iiiississsiii",
               e->next.paused_at.trillionths, e->next.downscaled_at.trillionths,
               e->next.blocked_at.trillionths, (int64_t)halts,
               sq_real_text(sq_percentage_double(&e->percentage), percentage),
               sq_window_text(&moment->window, window), moment->next_day, plan, reset_window,
               sq_limited_text(&limits, limited), moment->now, kept->id, a->id);
        if (wanted != a->halted)
                sq_halt_settle(txn, a->id);
}

void sq_held_account_allow(const struct sq_ledger *ledger, const struct sq_kept_policy *kept,
                           const struct sq_moment *moment, const struct sq_held_account *a,
                           const struct sq_evaluation *e, struct sq_kept_allowance *ret) {
        const enum sq_window_kind window = (enum sq_window_kind)kept->policy.period;

        ret->allowance.n = 0;
        if (sq_window_allowance_fits(sq_ledger_calendar(ledger), window, sq_now(),
                                     moment->first_day))
                sq_allowance_make(&kept->policy, e->total.n ? &e->total : &a->ended,
                                  &ret->allowance);
        ret->window = ret->allowance.n ? window : (enum sq_window_kind)0;
}

bool sq_held_account_allows_other(const struct sq_held_account *a,
                                  const struct sq_kept_allowance *wanted) {
        return a->allowance.window != wanted->window ||
               !sq_allowance_equal(&a->allowance.allowance, &wanted->allowance);
}

int sq_held_account_free(struct sq_ledger *ledger, struct sq_txn *txn,
                         const struct sq_kept_policy *kept, int64_t account_id,
                         const char *name, int64_t now, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, hold_sql, "i", account_id);
        static const struct sq_allowance nothing;
        const enum sq_level level =
                sq_query_next(query) ? (enum sq_level)sq_query_int(query, 1) : SQ_NORMAL;
        struct sq_limited limited = {0};

        sq_query_done(query);
        query = sq_query(txn, limited_sql, "ii", kept->id, account_id);
        if (sq_query_next(query))
                sq_limited_read(sq_query_text(query, 0), &limited);
        sq_query_done(query);
        sq_run(txn, drop_sql, "ii", kept->id, account_id);
        sq_window_allowance_set(ledger, txn, account_id, kept->id, SQ_WINDOW_TOTAL, &nothing,
                                NULL);
        sq_halt_settle(txn, account_id);
        return sq_outbox_add_release(txn, kept, account_id, name, &limited, level, now, err);
}

struct member {
        int64_t id;
        char name[SQ_NAME_SIZE];
};

int sq_held_accounts_free_all(struct sq_ledger *ledger, struct sq_txn *txn,
                              const struct sq_kept_policy *kept, int64_t now,
                              struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct member *member = NULL;
        struct sq_query *query = sq_query(txn, members_sql, "i", kept->id);
        size_t n = 0, room = 0;
        int rc = SQ_OK;

        while (!rc && sq_query_next(query)) {
                if (!sq_grow(&member, n + 1, &room, sizeof *member)) {
                        rc = sq_fail(err, SQ_ENOMEM, "out of memory");
                        break;
                }
                member[n].id = sq_query_int(query, 0);
                snprintf(member[n++].name, sizeof member->name, "%s", sq_query_text(query, 1));
        }
        sq_query_done(query);
        for (size_t i = 0; i < n && !rc; i++)
                rc = sq_held_account_free(ledger, txn, kept, member[i].id, member[i].name, now,
                                          err);
        return rc;
}
