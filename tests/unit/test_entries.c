/* test_entries.c - the entries of a subject, told page by page */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/adjustment.h"
#include "ledger/history.h"
#include "ledger/refund.h"
#include "ledger/settlement.h"
#include "ledger/window_budget.h"

static const struct sq_actor root = {.name = "root", .reason = "ticket 7"};

/* What was told. */
struct told {
        int64_t n, first, last;
        int64_t disorder; /* entries that came too early or too late */
        bool older;
        int stop_after;
        char text[1000]; /* of the first ones */
};

static void add_text(struct told *told, const char *text) {
        const size_t n = strlen(told->text);

        snprintf(told->text + n, sizeof told->text - n, "%s", text);
}

static int note(const struct sq_entry *e, void *payload) {
        struct told *told = payload;
        char number[32];

        add_text(told, e->kind);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                snprintf(number, sizeof number, "%" PRId64, e->amounts.of[r].seconds);
                add_text(told, r == SQ_CPU ? ":" : "/");
                add_text(told, e->has[r] ? number : "");
        }
        add_text(told, " ");
        told->disorder += told->n && e->id <= told->last;
        told->first = told->n ? told->first : e->id;
        told->last = e->id;
        return ++told->n == told->stop_after ? 42 : 0;
}

static struct told tell(struct fixture *f, const struct sq_entry_filter *filter) {
        struct told told = {.text = ""};
        struct sq_error err;

        if (sq_entry_each(f->ledger, filter, note, &told, &told.older, &err))
                fail_msg("%s", err.text);
        assert_int_equal(told.disorder, 0);
        return told;
}

static struct sq_entry_filter of(enum sq_subject_kind kind, const char *name) {
        return (struct sq_entry_filter){.kind = kind, .name = name};
}

static void adjust(struct fixture *f, int64_t delta) {
        struct sq_adjusted adjusted;

        assert_int_equal(sq_adjust(f->ledger, SQ_USER, "alice", SQ_CPU, SQ_AMOUNT(delta),
                                   &root, &adjusted, NULL),
                         SQ_OK);
}

static void every_entry_of_a_subject_is_told_the_newest_last(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);
        const struct sq_entry_filter alice = of(SQ_USER, "alice");
        const struct sq_entry_filter physics = of(SQ_ACCOUNT, "physics");

        fixture_budget(f, SQ_USER, "alice", SQ_GPU, 600);
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 600);
        sq_tres_set(&run.tres, "gres/gpu", 1);
        assert_true(fixture_charge(f, &run).booked);
        adjust(f, -20);
        assert_string_equal(tell(f, &alice).text,
                            "open:-1/-1 budget:/600 charge:600/300 adjustment:-20/ ");
        assert_string_equal(tell(f, &physics).text, "open:-1/-1 charge:600/300 ");
        assert_false(tell(f, &alice).older);
}

/* "budget node month 600 " */
static int note_window(const struct sq_entry *e, void *payload) {
        struct told *told = payload;
        char text[128];

        snprintf(text, sizeof text, "%s%s %s %s %" PRId64 "; ", e->kind,
                 e->is_budget ? "!" : "", e->resource ? e->resource : "-",
                 e->resource ? sq_window_kind_word(e->window) : "-", e->amount.seconds);
        add_text(told, text);
        told->n++;
        return SQ_OK;
}

static void budgets_of_windows_tell_which_and_how_much(void **state) {
        struct fixture *f = *state;
        const struct sq_entry_filter alice = of(SQ_USER, "alice");
        const struct sq_window_budget set[] = {
                {.resource = "node", .window = SQ_WINDOW_MONTH, .limit = SQ_AMOUNT(600)},
                {.resource = "cpu", .window = SQ_WINDOW_YEAR, .limit = SQ_UNLIMITED},
                {.resource = "mem", .window = SQ_WINDOW_TOTAL, .limit = SQ_AMOUNT(0)},
                {.resource = "cpu", .window = SQ_WINDOW_TOTAL, .limit = SQ_AMOUNT(60)},
        };
        struct sq_adjusted adjusted;
        struct told told = {.text = ""};

        assert_int_equal(sq_window_budget_set(f->ledger, SQ_USER, "alice", set, 4, &root, NULL),
                         SQ_OK);
        assert_int_equal(sq_adjust_window(f->ledger, SQ_USER, "alice", "node", SQ_WINDOW_MONTH,
                                          SQ_AMOUNT(7), &root, &adjusted, NULL), SQ_OK);
        assert_int_equal(sq_window_budget_remove(f->ledger, SQ_USER, "alice", "node",
                                                 SQ_WINDOW_MONTH, &root, NULL), SQ_OK);
        assert_int_equal(sq_entry_each(f->ledger, &alice, note_window, &told, &told.older,
                                       NULL), SQ_OK);
        assert_string_equal(told.text, "open! - - 0; budget! node month 600;"
                                       " budget! cpu year -1; budget! mem total 0;"
                                       " budget! - - 0; adjustment node month 7;"
                                       " budget! node month -1; ");
}

static void nobody_has_no_entries(void **state) {
        struct fixture *f = *state;
        const struct sq_entry_filter bob = of(SQ_USER, "bob");
        const struct sq_entry_filter account = of(SQ_ACCOUNT, "alice");

        assert_int_equal(tell(f, &bob).n, 0);
        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        assert_int_equal(tell(f, &bob).n, 0);
        assert_int_equal(tell(f, &account).n, 0);
}

/* The last entry, with texts of its own. */
struct kept {
        struct sq_entry entry;
        char user[64], account[64], state[64], cluster[64], reason[64], actor[64];
};

static const char *keep(const char *text, char *to) {
        return text ? (snprintf(to, 64, "%s", text), to) : NULL;
}

static int keep_entry(const struct sq_entry *e, void *payload) {
        struct kept *kept = payload;

        kept->entry = *e;
        kept->entry.user = keep(e->user, kept->user);
        kept->entry.account = keep(e->account, kept->account);
        kept->entry.state = keep(e->state, kept->state);
        kept->entry.cluster = keep(e->cluster, kept->cluster);
        kept->entry.reason = keep(e->reason, kept->reason);
        kept->entry.actor = keep(e->actor, kept->actor);
        return 0;
}

static struct kept last_of(struct fixture *f, const char *kind) {
        struct sq_entry_filter filter = of(SQ_USER, "alice");
        struct kept kept = {.user = ""};
        bool older;

        filter.entry_kind = kind;
        assert_int_equal(sq_entry_each(f->ledger, &filter, keep_entry, &kept, &older, NULL),
                         SQ_OK);
        return kept;
}

static void charges_and_corrections_tell_their_job(void **state) {
        struct fixture *f = *state;
        const struct sq_earlier_sizes none = {0};
        struct sq_run run = fixture_run(15, NULL, 2, 300);
        struct sq_settled settled;
        struct kept kept;

        run.array_job = 12;
        run.array_task = 3;
        assert_true(fixture_charge(f, &run).booked);
        kept = last_of(f, "charge");
        assert_int_equal(kept.entry.job_id, 15);
        assert_int_equal(kept.entry.array_job, 12);
        assert_int_equal(kept.entry.array_task, 3);
        assert_string_equal(kept.entry.state, "COMPLETED");
        assert_string_equal(kept.entry.cluster, "test");
        assert_string_equal(kept.entry.user, "alice");
        assert_string_equal(kept.entry.account, "physics");
        assert_string_equal(kept.entry.actor, "slurmctld");
        assert_null(kept.entry.reason);
        assert_false(kept.entry.is_budget);
        run.end_at -= 100;
        run.state = "TIMEOUT";
        assert_int_equal(sq_settle(f->ledger, &run, &none, true, &settled, NULL), SQ_OK);
        kept = last_of(f, "correction");
        assert_int_equal(kept.entry.job_id, 15);
        assert_string_equal(kept.entry.state, "TIMEOUT");
        assert_int_equal(kept.entry.amounts.of[SQ_CPU].seconds, -200);
}

static void what_people_did_tells_no_job_but_who_and_why(void **state) {
        struct fixture *f = *state;
        struct kept kept;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        adjust(f, 60);
        kept = last_of(f, "adjustment");
        assert_null(kept.entry.state);
        assert_int_equal(kept.entry.job_id, 0);
        assert_null(kept.entry.account);
        assert_string_equal(kept.entry.actor, "root");
        assert_string_equal(kept.entry.reason, "ticket 7");
        kept = last_of(f, "budget");
        assert_true(kept.entry.is_budget);
        assert_true(kept.entry.has[SQ_CPU]);
        assert_false(kept.entry.has[SQ_GPU]);
        assert_null(kept.entry.reason);
}

static void a_repair_is_of_the_budget_when_it_says_so(void **state) {
        struct fixture *f = *state;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        adjust(f, 60);
        fixture_sql(f, "UPDATE entry SET kind = 'repair', reason = 'consumed: x'"
                       " WHERE kind = 'adjustment'");
        assert_false(last_of(f, "repair").entry.is_budget);
        fixture_sql(f, "UPDATE entry SET reason = 'budget: x' WHERE kind = 'repair'");
        assert_true(last_of(f, "repair").entry.is_budget);
        fixture_sql(f, "UPDATE entry SET reason = NULL WHERE kind = 'repair'");
        assert_false(last_of(f, "repair").entry.is_budget);
}

static void an_entry_whose_charge_is_gone_is_told_without_it(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(12, NULL, 2, 300);
        struct kept kept;

        assert_true(fixture_charge(f, &run).booked);
        fixture_sql(f, "DELETE FROM charge");
        kept = last_of(f, "charge");
        assert_int_equal(kept.entry.amounts.of[SQ_CPU].seconds, 600);
        assert_null(kept.entry.state);
}

/* --- many ---------------------------------------------------------------------------- */

/* Entries of bob and, each `every`th, of alice; one second apart from 1700000000 on. */
static void fill(struct fixture *f, int n, int every) {
        char sql[1000];

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 600);
        fixture_budget(f, SQ_USER, "bob", SQ_CPU, 600);
        fixture_budget(f, SQ_ACCOUNT, "physics", SQ_CPU, 600);
        snprintf(sql, sizeof sql,
                 "INSERT INTO cluster (id, name) VALUES (1, 'test');"
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                 " WHERE i < %d)"
                 " INSERT INTO entry (id, at, kind, user_id, account_id, actor)"
                 " SELECT 1000 + i, 1700000000 + i, 'charge', CASE WHEN i %% %d THEN 2 ELSE 1"
                 " END, 3, 'slurmctld' FROM n;"
                 "INSERT INTO entry_line SELECT id, 1, 1, id FROM entry WHERE id > 1000;"
                 "INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts,"
                 " part, entry_id, start_at, end_at, state, resized) SELECT 1, 3000000 - id,"
                 " 0, -1, 0, 0, id, at, at, 'COMPLETED', 0 FROM entry WHERE id > 1000",
                 n, every);
        fixture_sql(f, sql);
}

static int check_job(const struct sq_entry *e, void *payload) {
        struct told *told = payload;

        if (strcmp(e->kind, "charge"))
                return 0;
        told->n++;
        told->disorder += !e->state || e->job_id != 3000000 - e->id;
        return 0;
}

static void entries_of_many_pages_come_all_and_once_with_their_jobs(void **state) {
        struct fixture *f = *state;
        const struct sq_entry_filter physics = of(SQ_ACCOUNT, "physics");
        const struct sq_entry_filter alice = of(SQ_USER, "alice");
        struct told told = {.text = ""};

        fill(f, 120000, 400);
        assert_int_equal(tell(f, &physics).n, 120000 + 2);
        assert_int_equal(tell(f, &alice).n, 300 + 2);
        assert_int_equal(
                sq_entry_each(f->ledger, &physics, check_job, &told, &told.older, NULL), SQ_OK);
        assert_int_equal(told.n, 120000);
        assert_int_equal(told.disorder, 0);
}

static void the_limit_leaves_out_the_oldest(void **state) {
        struct fixture *f = *state;
        struct sq_entry_filter alice = of(SQ_USER, "alice");
        struct told told;

        fill(f, 120000, 400);
        for (alice.limit = 1; alice.limit <= 300; alice.limit += 299) {
                told = tell(f, &alice);
                assert_int_equal(told.n, alice.limit);
                assert_int_equal(told.last, 121000);
                assert_int_equal(told.first, 121000 - 400 * (alice.limit - 1));
                assert_true(told.older);
        }
        alice.limit = 302; /* as many as there are */
        told = tell(f, &alice);
        assert_int_equal(told.n, 302);
        assert_false(told.older);
        alice.limit = 1000;
        assert_int_equal(tell(f, &alice).n, 302);
        alice.limit = 2;
        alice.entry_kind = "budget";
        told = tell(f, &alice);
        assert_int_equal(told.n, 1);
        assert_false(told.older);
}

static void since_leaves_out_what_was_before(void **state) {
        struct fixture *f = *state;
        struct sq_entry_filter physics = of(SQ_ACCOUNT, "physics");
        struct told told;

        fill(f, 20000, 2);
        /* Made first, but now: that is after the others. */
        fixture_sql(f, "UPDATE entry SET at = 1600000000 WHERE id < 1000");
        physics.since = 1700000000 + 15000;
        told = tell(f, &physics);
        assert_int_equal(told.n, 5001);
        assert_int_equal(told.first, 16000);
        assert_false(told.older);
        physics.limit = 5000;
        told = tell(f, &physics);
        assert_int_equal(told.first, 16001);
        assert_true(told.older);
        physics.limit = 0;
        physics.since = 1700000000 + 20001;
        assert_int_equal(tell(f, &physics).n, 0);
        physics.since = 1;
        assert_int_equal(tell(f, &physics).n, 20002);
}

static void a_clock_that_was_set_back_hides_nothing(void **state) {
        struct fixture *f = *state;
        struct sq_entry_filter physics = of(SQ_ACCOUNT, "physics");

        fill(f, 20000, 2);
        fixture_sql(f, "UPDATE entry SET at = 1600000000 WHERE id < 1000;"
                       "UPDATE entry SET at = at - 3000 WHERE id > 12000");
        physics.since = 1700000000 + 10000;
        assert_int_equal(tell(f, &physics).n,
                         fixture_number(f, "SELECT count(*) FROM entry WHERE id > 1000"
                                           " AND at >= 1700010000"));
}

static void the_callback_can_stop_and_its_value_comes_back(void **state) {
        struct fixture *f = *state;
        const struct sq_entry_filter alice = of(SQ_USER, "alice");
        struct told told = {.stop_after = 257};
        bool older = true;

        fill(f, 2000, 2);
        assert_int_equal(sq_entry_each(f->ledger, &alice, note, &told, &older, NULL), 42);
        assert_int_equal(told.n, 257);
        fixture_budget(f, SQ_USER, "carol", SQ_CPU, 60); /* and the store goes on */
}

static int empty_log(const struct sq_entry *e, void *payload) {
        (void)e;
        /* Emptying fails while a picture is open. */
        return sq_store_checkpoint(sq_ledger_store(((struct fixture *)payload)->ledger),
                                   SQ_CHECKPOINT_EMPTY, NULL);
}

static void no_picture_is_open_while_somebody_reads(void **state) {
        struct fixture *f = *state;
        const struct sq_entry_filter alice = of(SQ_USER, "alice");
        bool older;

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, 60);
        assert_int_equal(sq_entry_each(f->ledger, &alice, empty_log, f, &older, NULL), SQ_OK);
}

static void only_kinds_that_subjects_have_are_known(void **state) {
        (void)state;
        assert_true(sq_entry_kind_is_known("charge"));
        assert_true(sq_entry_kind_is_known("repair"));
        assert_true(sq_entry_kind_is_known("hold"));
        assert_true(sq_entry_kind_is_known("allocation"));
        assert_false(sq_entry_kind_is_known("charges"));
        assert_false(sq_entry_kind_is_known("factor"));
        assert_false(sq_entry_kind_is_known(""));
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(every_entry_of_a_subject_is_told_the_newest_last),
                A_TEST(budgets_of_windows_tell_which_and_how_much),
                A_TEST(nobody_has_no_entries),
                A_TEST(charges_and_corrections_tell_their_job),
                A_TEST(what_people_did_tells_no_job_but_who_and_why),
                A_TEST(a_repair_is_of_the_budget_when_it_says_so),
                A_TEST(an_entry_whose_charge_is_gone_is_told_without_it),
                A_TEST(entries_of_many_pages_come_all_and_once_with_their_jobs),
                A_TEST(the_limit_leaves_out_the_oldest),
                A_TEST(since_leaves_out_what_was_before),
                A_TEST(a_clock_that_was_set_back_hides_nothing),
                A_TEST(the_callback_can_stop_and_its_value_comes_back),
                A_TEST(no_picture_is_open_while_somebody_reads),
                cmocka_unit_test(only_kinds_that_subjects_have_are_known),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
