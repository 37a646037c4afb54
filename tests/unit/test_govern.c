/* Policies that are kept, and evaluations of them against the ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "governor/allocation.h"
#include "governor/hold.h"
#include "governor/outbox.h"
#include "governor/record.h"
#include "governor/run.h"
#include "ledger/halt.h"
#include "policy_fixture.h"

/* 2026-01-15, 2026-02-15 and 2026-03-01, 12:00 UTC. */
#define JANUARY 1768478400
#define FEBRUARY 1771156800
#define MARCH 1772366400

/* 100 hours of node for each account that has none of its own. */
static struct sq_policy *node_policy(void) {
        struct sq_policy *p = policy_new();

        sq_quantities_set(&p->limits, "node", sq_quantity_from_hours(100));
        return p;
}

static struct sq_kept_policy *find(struct fixture *f, const char *which) {
        struct sq_kept_policy *kept = NULL;
        struct sq_error err = {0};

        if (sq_kept_policy_find(f->ledger, which, &kept, &err))
                fail_msg("%s", err.text);
        return kept;
}

/* The last account of a run, and how many there were. */
struct seen {
        size_t n, planned;
        struct sq_state previous, next;
        double percentage;
        bool changed, notified;
};

static void see(const struct sq_governed *g, void *payload) {
        struct seen *seen = payload;

        seen->n++;
        seen->planned += g->planned;
        seen->previous = g->evaluation->previous;
        seen->next = g->evaluation->next;
        seen->percentage = sq_percentage_double(&g->evaluation->percentage);
        seen->changed = g->evaluation->changed;
        seen->notified = g->evaluation->notify.n > 0;
}

static int try_run(struct fixture *f, struct sq_governing how, struct seen *seen,
                   struct sq_error *err) {
        struct sq_kept_policy *kept = find(f, "monthly");
        int rc;

        how.qos = (struct sq_qos_names){"normal", "slow", "paused"};
        rc = sq_govern(f->ledger, kept, &how, see, seen, err);
        free(kept);
        return rc;
}

static struct seen run_as(struct fixture *f, enum sq_run_mode mode, int64_t now) {
        struct seen seen = {0};
        struct sq_error err = {0};

        if (try_run(f, (struct sq_governing){.mode = mode, .now = now}, &seen, &err))
                fail_msg("%s", err.text);
        return seen;
}

static struct seen run(struct fixture *f, int64_t now) {
        return run_as(f, SQ_RUN_LOGGED, now);
}

static bool is_paused(struct seen seen) {
        return sq_state_is_paused(&seen.next);
}

static int64_t count(struct fixture *f, const char *table) {
        char sql[200];

        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
        return fixture_number(f, sql);
}

static int64_t halted(struct fixture *f) {
        return fixture_number(f, "SELECT sum(halted) FROM subject");
}

/* --- policies --------------------------------------------------------------------- */

static void a_policy_comes_back_as_it_was_kept(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();
        struct sq_kept_policy *kept, *same;

        p->grace_ratio.trillionths = 140000000000;
        create(f, p);
        kept = find(f, "monthly");
        assert_int_equal(kept->policy.grace_ratio.trillionths, 140000000000);
        assert_string_equal(kept->policy.scope, "c1");
        assert_string_equal(kept->created_by, "root");
        assert_false(kept->has_fired);
        same = find(f, kept->policy.uuid);
        assert_int_equal(same->id, kept->id);
        free(same);
        free(kept);
}

static void each_account_of_a_cluster_has_one_policy(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();
        char uuid[SQ_UUID_SIZE];
        struct sq_error err;

        create(f, node_policy());
        snprintf(p->name, sizeof p->name, "other");
        assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, &err), SQ_EEXIST);
        assert_non_null(strstr(err.text, "already exists for this offering"));
        snprintf(p->scope, sizeof p->scope, "c2");
        create(f, p);
}

static void policies_for_different_groups_stand_beside_each_other(void **state) {
        struct fixture *f = *state;
        const char *const groups[] = {"physics", "chemistry", "physics"};
        char uuid[SQ_UUID_SIZE];

        for (int i = 0; i < 3; i++) {
                struct sq_policy *p = node_policy();

                snprintf(p->name, sizeof p->name, "policy %d", i);
                p->apply_to_all = false;
                p->groups.n = 1;
                snprintf(p->groups.name[0], sizeof p->groups.name[0], "%s", groups[i]);
                assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, NULL),
                                 i < 2 ? SQ_OK : SQ_EEXIST);
                free(p);
        }
}

static void a_deleted_policy_makes_room_for_another(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL),
                         SQ_ENOTFOUND);
        create(f, node_policy());
}

static void nobodys_change_is_lost_to_who_read_the_policy_before_it(void **state) {
        struct fixture *f = *state;
        struct sq_kept_policy *mine, *other;
        struct sq_error err = {0};

        create(f, policy_new());
        mine = find(f, "monthly");
        other = find(f, "monthly");
        mine->policy.grace_ratio = SQ_DECIMAL(1);
        other->policy.hysteresis = SQ_DECIMAL(5);
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", &mine->policy,
                                                mine->revision, &actor, NULL), SQ_OK);
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", &other->policy,
                                                other->revision, &actor, &err), SQ_EBUSY);
        assert_string_equal(err.text,
                            "policy \"monthly\" has just been changed by somebody else");
        free(mine);
        free(other);
        mine = find(f, "monthly");
        assert_true(mine->policy.grace_ratio.trillionths == SQ_DECIMAL_ONE);
        assert_int_equal(mine->policy.hysteresis.trillionths, 0);
        free(mine);
}

static void an_incomplete_policy_is_not_kept(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();
        char uuid[SQ_UUID_SIZE];

        p->apply_to_all = false;
        assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, NULL), SQ_EINVAL);
        free(p);
        assert_int_equal(count(f, "policy"), 0);
}

static void every_change_keeps_what_was_before_and_after(void **state) {
        struct fixture *f = *state;
        struct sq_kept_policy *kept;

        create(f, node_policy());
        kept = find(f, "monthly");
        kept->policy.grace_ratio.trillionths = 500000000000;
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", &kept->policy, 0, &actor,
                                                NULL),
                         SQ_OK);
        free(kept);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_int_equal(count(f, "entry WHERE kind = 'policy' AND reason = 'because'"), 3);
        assert_int_equal(count(f, "policy_change WHERE document_before IS NULL"), 1);
        assert_int_equal(count(f, "policy_change WHERE document_after IS NULL"), 1);
        assert_int_equal(
                count(f, "policy_change WHERE json_extract(document_before, '$.grace_ratio')"
                         " = 0.2 AND json_extract(document_after, '$.grace_ratio') = 0.5"),
                1);
}

/* --- evaluations ------------------------------------------------------------------ */

static void an_account_goes_from_nothing_to_paused_and_back(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        create(f, node_policy());
        use(f, "physics", 20260110, 79);
        seen = run(f, JANUARY);
        assert_false(seen.changed || seen.notified);
        use(f, "physics", 20260110, 1);
        seen = run(f, JANUARY);
        assert_true(seen.notified);
        assert_false(seen.changed);
        use(f, "physics", 20260111, 20);
        seen = run(f, JANUARY);
        assert_true(sq_state_is_downscaled(&seen.next));
        assert_false(sq_state_is_paused(&seen.next));
        assert_int_equal(halted(f), 0);
        use(f, "physics", 20260111, 20);
        seen = run(f, JANUARY);
        assert_true(sq_state_is_paused(&seen.next));
        assert_true(seen.percentage == 120.0);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        seen = run(f, FEBRUARY);
        assert_int_equal(sq_state_level(&seen.next), SQ_NORMAL);
        assert_int_equal(halted(f), 0);
}

static void a_correction_downwards_sets_an_account_free(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        run(f, JANUARY);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        use(f, "physics", 20260110, -31);
        assert_false(is_paused(run(f, JANUARY)));
        assert_int_equal(halted(f), 0);
}

static void the_same_again_plans_and_notifies_nothing(void **state) {
        struct fixture *f = *state;
        struct seen seen;

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        assert_int_equal(run(f, JANUARY).planned, 1);
        seen = run(f, JANUARY + 60);
        assert_int_equal(seen.planned, 0);
        assert_false(seen.changed || seen.notified);
        assert_int_equal(count(f, "outbox"), 1);
        assert_int_equal(count(f, "notified"), 1);
        assert_int_equal(count(f, "evaluation_log"), 2);
}

static void the_timer_logs_only_what_changes(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        run_as(f, SQ_RUN_QUIETLY, JANUARY);
        run_as(f, SQ_RUN_QUIETLY, JANUARY + 60);
        use(f, "physics", 20260110, 1);
        run_as(f, SQ_RUN_QUIETLY, JANUARY + 120);
        assert_int_equal(count(f, "evaluation_log"), 1);
        assert_int_equal(count(f, "policy_account WHERE percentage = '131'"), 1);
        assert_int_equal(count(f, "event WHERE kind = 'slurm_policy_evaluation'"), 1);
}

static void somebody_is_notified_once_in_each_window(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 85);
        use(f, "physics", 20260210, 85);
        assert_true(run(f, JANUARY).notified);
        fixture_sql(f, "DELETE FROM evaluation_log");
        assert_false(run(f, JANUARY).notified);
        assert_true(run(f, FEBRUARY).notified);
        assert_int_equal(count(f, "notified WHERE sent_at IS NULL"), 2);
}

static void an_evaluation_never_takes_an_operators_hold(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 1);
        assert_int_equal(sq_hold_set(f->ledger, "physics", SQ_PAUSED, &actor, NULL), SQ_OK);
        assert_true(is_paused(run(f, JANUARY)));
        run(f, FEBRUARY);
        assert_int_equal(halted(f), SQ_HALT_OPERATOR);
        assert_int_equal(
                count(f, "outbox WHERE superseded = 0 AND"
                         " json_extract(message, '$.qos.name') = 'paused'"),
                1);
        assert_int_equal(sq_hold_set(f->ledger, "physics", SQ_NORMAL, &actor, NULL), SQ_OK);
        assert_int_equal(run(f, FEBRUARY).planned, 1);
        assert_int_equal(halted(f), 0);
}

static void a_policy_by_qos_only_does_not_refuse_jobs(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();

        p->enforce = SQ_ENFORCE_QOS;
        create(f, p);
        use(f, "physics", 20260110, 130);
        assert_true(is_paused(run(f, JANUARY)));
        assert_int_equal(halted(f), 0);
}

static void a_dry_run_changes_nothing(void **state) {
        struct fixture *f = *state;
        struct seen seen;
        int64_t before;

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        before = fixture_number(f, "SELECT total_changes()");
        seen = run_as(f, SQ_RUN_DRY, JANUARY);
        assert_int_equal(seen.n, 1);
        assert_true(sq_state_is_paused(&seen.next));
        assert_int_equal(fixture_number(f, "SELECT total_changes()"), before);
        assert_int_equal(count(f, "policy_account") + count(f, "outbox") +
                                 count(f, "evaluation_log") + count(f, "event"),
                         0);
        assert_int_equal(halted(f), 0);
}

static void the_policy_fires_and_stops_firing(void **state) {
        struct fixture *f = *state;
        struct sq_kept_policy *kept;

        create(f, node_policy());
        use(f, "physics", 20260110, 80);
        run(f, JANUARY);
        run(f, JANUARY + 60); /* notified already, and still above */
        kept = find(f, "monthly");
        assert_true(kept->has_fired);
        assert_int_equal(kept->fired_at, JANUARY);
        free(kept);
        run(f, FEBRUARY);
        kept = find(f, "monthly");
        assert_false(kept->has_fired);
        assert_int_equal(kept->fired_at, FEBRUARY);
        free(kept);
}

/* --- allocations -------------------------------------------------------------------- */

static void allocate(struct fixture *f, enum sq_window_kind window, int hours, int64_t first,
                     int64_t last) {
        const struct sq_allocation a = {.tres = "node", .window = window,
                                        .amount = SQ_AMOUNT(hours * 3600),
                                        .first_day = first, .last_day = last};

        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL), SQ_OK);
}

static void an_allocation_goes_before_the_policys_limits(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 100);
        allocate(f, SQ_WINDOW_MONTH, 200, 0, SQ_DAY_LAST);
        assert_true(run(f, JANUARY).percentage == 50.0);
        allocate(f, SQ_WINDOW_MONTH, 400, 20260201, SQ_DAY_LAST); /* not yet */
        allocate(f, SQ_WINDOW_YEAR, 400, 0, SQ_DAY_LAST);         /* another window */
        assert_true(run(f, JANUARY).percentage == 50.0);
        assert_int_equal(sq_allocation_remove(f->ledger, 1, &actor, NULL), SQ_OK);
        assert_true(run(f, JANUARY).percentage == 100.0);
        assert_int_equal(sq_allocation_remove(f->ledger, 1, &actor, NULL), SQ_ENOTFOUND);
        assert_int_equal(count(f, "entry WHERE kind = 'allocation' AND actor = 'root'"), 4);
}

static void the_allocation_of_the_window_before_is_carried_over(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();

        p->carryover_enabled = true; /* at most half */
        p->limits.n = 0;
        create(f, p);
        allocate(f, SQ_WINDOW_MONTH, 100, 0, SQ_DAY_LAST);
        use(f, "physics", 20260110, 70);
        use(f, "physics", 20260210, 65);
        assert_true(run(f, FEBRUARY).percentage == 50.0); /* of 100 and 30 */
}

static void an_account_that_is_new_has_nothing_carried_over(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();

        p->carryover_enabled = true;
        p->limits.n = 0;
        create(f, p);
        allocate(f, SQ_WINDOW_MONTH, 100, 20260201, SQ_DAY_LAST);
        use(f, "physics", 20260210, 65);
        assert_true(run(f, FEBRUARY).percentage == 65.0);
}

static void negative_allocations_and_days_in_the_wrong_order_are_refused(void **state) {
        struct fixture *f = *state;
        struct sq_allocation a = {.tres = "node", .window = SQ_WINDOW_MONTH,
                                  .amount = SQ_AMOUNT(-1), .last_day = SQ_DAY_LAST};

        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL),
                         SQ_EINVAL);
        a.amount = SQ_AMOUNT(1);
        a.first_day = 20260202;
        a.last_day = 20260201;
        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL),
                         SQ_EINVAL);
        assert_int_equal(count(f, "allocation"), 0);
}

/* --- plans -------------------------------------------------------------------------- */

static void report(struct fixture *f, bool success) {
        struct sq_plan_report r = {.success = success, .mode = "production",
                                   .error_message = success ? NULL : "slurmdbd is down"};
        char uuid[SQ_UUID_SIZE] = "";

        /* The newest that waits. */
        for (int i = 0; i < 36; i++) {
                char sql[200];

                snprintf(sql, sizeof sql,
                         "SELECT unicode(substr(uuid, %d, 1)) FROM outbox"
                         " WHERE done_at IS NULL AND superseded = 0 ORDER BY id DESC LIMIT 1",
                         i + 1);
                uuid[i] = (char)fixture_number(f, sql);
        }
        r.uuid = uuid;
        assert_int_equal(sq_outbox_report(f->ledger, &r, NULL), SQ_OK);
        assert_int_equal(sq_outbox_report(f->ledger, &r, NULL), SQ_ENOTFOUND);
}

static int64_t resets(struct fixture *f) {
        return count(f, "outbox WHERE resets = 1 AND superseded = 0");
}

static void usage_is_reset_once_in_a_window(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 10);
        run(f, JANUARY);
        assert_int_equal(resets(f), 1);
        report(f, true);
        use(f, "physics", 20260110, 100);
        assert_int_equal(run(f, JANUARY + 60).planned, 1);
        assert_int_equal(resets(f), 1);
        report(f, true);
        run(f, FEBRUARY);
        assert_int_equal(resets(f), 2);
}

static void a_reset_that_nobody_began_goes_into_the_newer_plan(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 10);
        run(f, JANUARY);
        use(f, "physics", 20260110, 100);
        run(f, JANUARY + 60);
        assert_int_equal(count(f, "outbox WHERE superseded = 1"), 1);
        assert_int_equal(resets(f), 1);
}

static void what_failed_is_asked_for_again(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 10);
        run(f, JANUARY);
        report(f, false);
        assert_int_equal(count(f, "command_history WHERE success = 0 AND error_message ="
                                  " 'slurmdbd is down' AND mode = 'production'"),
                         4);
        assert_int_equal(run(f, JANUARY + 60).planned, 1);
        assert_int_equal(count(f, "outbox WHERE resets = 1 AND done_at IS NULL"), 1);
        report(f, true);
        assert_int_equal(run(f, JANUARY + 120).planned, 0);
}

static int keep_command(const struct sq_command_record *record, void *payload) {
        snprintf(payload, 200, "%s %d", record->command, record->success);
        return 0;
}

static void a_command_has_not_succeeded_before_it_ran(void **state) {
        struct fixture *f = *state;
        const struct sq_record_filter filter = {.limit = 1};
        char text[200] = "";

        create(f, node_policy());
        use(f, "physics", 20260110, 10);
        run(f, JANUARY);
        assert_int_equal(sq_command_record_each(f->ledger, &filter, keep_command, text, NULL),
                         SQ_OK);
        assert_string_equal(text, "sacctmgr --immediate modify account name=physics cluster=c1"
                                  " set RawUsage=0 -1");
}

/* --- whose accounts ------------------------------------------------------------------ */

static void an_account_that_leaves_the_groups_is_let_go_of(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();
        struct sq_kept_policy *kept;

        p->apply_to_all = false;
        p->groups.n = 1;
        snprintf(p->groups.name[0], sizeof p->groups.name[0], "phys*");
        create(f, p);
        use(f, "physics", 20260110, 130);
        use(f, "biology", 20260110, 130);
        assert_int_equal(run(f, JANUARY).n, 1);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        kept = find(f, "monthly");
        snprintf(kept->policy.groups.name[0], sizeof kept->policy.groups.name[0], "bio*");
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", &kept->policy, 0, &actor,
                                                NULL),
                         SQ_OK);
        free(kept);
        assert_int_equal(run(f, JANUARY).n, 1);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE name = 'physics'"),
                         0);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE name = 'biology'"),
                         SQ_HALT_POLICY);
}

static void deleting_the_policy_sets_its_accounts_free(void **state) {
        struct fixture *f = *state;

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        run(f, JANUARY);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_int_equal(halted(f), 0);
        assert_int_equal(count(f, "policy_account"), 0);
        assert_int_equal(count(f, "outbox WHERE superseded = 0 AND"
                                  " json_extract(message, '$.qos.level') = 'normal'"),
                         1);
        assert_int_equal(count(f, "evaluation_log"), 1);
}

static void one_account_may_be_evaluated_alone(void **state) {
        struct fixture *f = *state;
        struct seen seen = {0};

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        use(f, "biology", 20260110, 130);
        assert_int_equal(try_run(f, (struct sq_governing){.mode = SQ_RUN_LOGGED, .now = JANUARY,
                                                          .account = "biology"},
                                 &seen, NULL),
                         SQ_OK);
        assert_int_equal(seen.n, 1);
        assert_int_equal(halted(f), SQ_HALT_POLICY);
        assert_int_equal(try_run(f, (struct sq_governing){.mode = SQ_RUN_LOGGED, .now = JANUARY,
                                                          .account = "nobody"},
                                 &seen, NULL),
                         SQ_ENOTFOUND);
}

static void a_forced_reset_touches_only_those_that_have_recovered(void **state) {
        struct fixture *f = *state;
        struct seen seen = {0};

        create(f, node_policy());
        use(f, "physics", 20260110, 130);
        use(f, "biology", 20260110, 130);
        use(f, "geology", 20260110, 1);
        use(f, "biology", 20260210, 130);
        run(f, JANUARY);
        assert_int_equal(try_run(f, (struct sq_governing){.mode = SQ_RUN_LOGGED,
                                                          .now = FEBRUARY, .only_held = true},
                                 &seen, NULL),
                         SQ_OK);
        assert_int_equal(seen.n, 1);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE name = 'physics'"),
                         0);
        assert_int_equal(fixture_number(f, "SELECT halted FROM subject WHERE name = 'biology'"),
                         SQ_HALT_POLICY);
}

/* --- at the same time, and afterwards ------------------------------------------------- */

static int evaluate_elsewhere(void *payload) {
        struct fixture *f = payload;
        struct sq_governing how = {.mode = SQ_RUN_LOGGED, .now = JANUARY};
        struct sq_kept_policy *kept;
        int rc = sq_ledger_open(&f->options, fixture_patience(), &f->ledger, NULL);

        if (rc || sq_kept_policy_find(f->ledger, "monthly", &kept, NULL))
                return 1;
        how.qos = (struct sq_qos_names){"normal", "slow", "paused"};
        rc = sq_govern(f->ledger, kept, &how, NULL, NULL, NULL);
        free(kept);
        sq_ledger_close(f->ledger);
        return rc ? 1 : 0;
}

static void evaluations_at_the_same_time_do_everything_once(void **state) {
        struct fixture *f = *state;
        pid_t child[4];
        char account[32];

        create(f, node_policy());
        for (int i = 0; i < 40; i++) {
                snprintf(account, sizeof account, "account%d", i);
                use(f, account, 20260110, 130);
        }
        fixture_close(f);
        for (int i = 0; i < 4; i++)
                child[i] = fixture_fork(evaluate_elsewhere, f);
        for (int i = 0; i < 4; i++)
                assert_int_equal(fixture_wait(child[i]), 0);
        fixture_open(f, SQ_STORE_PERSON);
        assert_int_equal(count(f, "outbox"), 40);
        assert_int_equal(count(f, "notified"), 40);
        assert_int_equal(count(f, "event WHERE kind = 'slurm_policy_evaluation'"), 40);
        assert_int_equal(halted(f), 40 * SQ_HALT_POLICY);
}

static void old_logs_go_and_those_of_the_window_stay(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = node_policy();
        int64_t dropped;

        p->period = SQ_WINDOW_QUARTER;
        create(f, p);
        use(f, "physics", 20260110, 130);
        run(f, JANUARY - 40 * 86400); /* in the quarter before */
        run(f, JANUARY);
        assert_int_equal(sq_records_clean(f->ledger, MARCH, 30, &dropped, NULL), SQ_OK);
        assert_int_equal(dropped, 1);
        assert_int_equal(count(f, "evaluation_log WHERE window = '2026-Q1'"), 1);
        assert_int_equal(count(f, "notified"), 1);
        assert_int_equal(sq_records_clean(f->ledger, MARCH + 40 * 86400, 30, &dropped, NULL),
                         SQ_OK);
        assert_int_equal(dropped, 1);
        assert_int_equal(count(f, "notified"), 0);
        assert_int_equal(count(f, "outbox WHERE superseded = 0"), 1); /* it waits */
}

static void a_damaged_policy_is_said_to_be_one(void **state) {
        static const char *const damage[] = {"{", "[]", "{\"grace_ratio\": 7000}"};
        struct fixture *f = *state;
        struct sq_kept_policy *kept = NULL;
        char sql[200];

        create(f, node_policy());
        for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
                snprintf(sql, sizeof sql, "UPDATE policy SET document = '%s'", damage[i]);
                fixture_sql(f, sql);
                assert_int_equal(sq_kept_policy_find(f->ledger, "monthly", &kept, NULL),
                                 SQ_ECORRUPT);
                assert_null(kept);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(a_policy_comes_back_as_it_was_kept),
                TEST(each_account_of_a_cluster_has_one_policy),
                TEST(policies_for_different_groups_stand_beside_each_other),
                TEST(a_deleted_policy_makes_room_for_another),
                TEST(nobodys_change_is_lost_to_who_read_the_policy_before_it),
                TEST(an_incomplete_policy_is_not_kept),
                TEST(a_damaged_policy_is_said_to_be_one),
                TEST(every_change_keeps_what_was_before_and_after),
                TEST(an_account_goes_from_nothing_to_paused_and_back),
                TEST(a_correction_downwards_sets_an_account_free),
                TEST(the_same_again_plans_and_notifies_nothing),
                TEST(the_timer_logs_only_what_changes),
                TEST(somebody_is_notified_once_in_each_window),
                TEST(an_evaluation_never_takes_an_operators_hold),
                TEST(a_policy_by_qos_only_does_not_refuse_jobs),
                TEST(a_dry_run_changes_nothing),
                TEST(the_policy_fires_and_stops_firing),
                TEST(an_allocation_goes_before_the_policys_limits),
                TEST(the_allocation_of_the_window_before_is_carried_over),
                TEST(an_account_that_is_new_has_nothing_carried_over),
                TEST(negative_allocations_and_days_in_the_wrong_order_are_refused),
                TEST(usage_is_reset_once_in_a_window),
                TEST(a_reset_that_nobody_began_goes_into_the_newer_plan),
                TEST(what_failed_is_asked_for_again),
                TEST(a_command_has_not_succeeded_before_it_ran),
                TEST(an_account_that_leaves_the_groups_is_let_go_of),
                TEST(deleting_the_policy_sets_its_accounts_free),
                TEST(one_account_may_be_evaluated_alone),
                TEST(a_forced_reset_touches_only_those_that_have_recovered),
                TEST(evaluations_at_the_same_time_do_everything_once),
                TEST(old_logs_go_and_those_of_the_window_stay),
        };

        setenv("TZ", "UTC0", 1);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
