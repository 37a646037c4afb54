#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/simulation.h"

static struct sq_simulation *simulation;

/* The steps, as lines: "2026-02-03 proj1 2026-Q1 83.3 paused". */
static char lines[4096];

static void note(const struct sq_step *step, void *payload) {
        char date[SQ_DATE_SIZE], period[SQ_WINDOW_SIZE];
        size_t used = strlen(lines);

        assert_ptr_equal(payload, lines);
        snprintf(lines + used, sizeof lines - used, "%s %s %s %g %s%s\n",
                 sq_date_text(step->date, date), step->account,
                 sq_window_text(&step->facts->window, period),
                 sq_percentage_double(&step->evaluation->percentage),
                 sq_level_word(step->evaluation->qos),
                 step->evaluation->settings.reset_raw_usage ? " reset" : "");
}

static struct sq_quantities nodes(int64_t hours) {
        struct sq_quantities list = {.n = 0};

        assert_true(sq_quantities_set(&list, "node", sq_quantity_from_hours(hours)));
        return list;
}

static void begin(bool carryover) {
        struct sq_policy policy;

        sq_policy_init(&policy);
        policy.actions = SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE;
        policy.carryover_enabled = carryover;
        simulation = sq_simulation_new(&policy);
        assert_non_null(simulation);
}

static void account(const char *name, int64_t hours) {
        const struct sq_quantities list = nodes(hours);

        assert_int_equal(sq_simulation_add_account(simulation, name, &list, NULL), SQ_OK);
}

static void closed(void) {
        assert_int_equal(sq_simulation_close_accounts(simulation, NULL), SQ_OK);
}

static void add(enum sq_event_kind kind, const char *date, const char *name, int64_t hours,
                enum sq_level hold) {
        const struct sq_quantities list = nodes(hours);
        struct sq_event event = {.kind = kind, .account = SQ_EVERY_ACCOUNT, .hold = hold};

        assert_true(sq_date_parse(date, &event.date));
        assert_true(!name || sq_simulation_find(simulation, name, &event.account));
        if (kind == SQ_EVENT_USAGE || kind == SQ_EVENT_ALLOCATION)
                event.quantities = &list;
        assert_int_equal(sq_simulation_add_event(simulation, &event, NULL), SQ_OK);
}

static void used(const char *date, const char *name, int64_t hours) {
        add(SQ_EVENT_USAGE, date, name, hours, SQ_NORMAL);
}

static void allocated(const char *date, const char *name, int64_t hours) {
        add(SQ_EVENT_ALLOCATION, date, name, hours, SQ_NORMAL);
}

static void held(const char *date, const char *name, enum sq_level hold) {
        add(SQ_EVENT_HOLD, date, name, 0, hold);
}

static void evaluated(const char *date) {
        add(SQ_EVENT_EVALUATE, date, NULL, 0, SQ_NORMAL);
}

static void expect(const char *wanted) {
        lines[0] = '\0';
        assert_int_equal(sq_simulation_run(simulation, note, lines, NULL), SQ_OK);
        assert_string_equal(lines, wanted);
        /* And once more, from the beginning of time. */
        lines[0] = '\0';
        assert_int_equal(sq_simulation_run(simulation, note, lines, NULL), SQ_OK);
        assert_string_equal(lines, wanted);
}

static int done(void **state) {
        (void)state;
        sq_simulation_free(simulation);
        simulation = NULL;
        return 0;
}

static void usage_counts_in_the_window_of_its_day(void **state) {
        (void)state;
        begin(false);
        account("a", 100);
        closed();
        used("2026-01-31", "a", 60);
        used("2026-02-01", "a", 30);
        evaluated("2026-01-31");
        evaluated("2026-02-28");
        evaluated("2026-03-01");
        expect("2026-01-31 a 2026-01 60 normal reset\n"
               "2026-02-28 a 2026-02 30 normal reset\n"
               "2026-03-01 a 2026-03 0 normal reset\n");
}

static void days_come_in_their_order_and_one_days_events_in_theirs(void **state) {
        (void)state;
        begin(false);
        account("a", 100);
        closed();
        evaluated("2026-01-20");
        used("2026-01-10", "a", 50);
        evaluated("2026-01-10");
        used("2026-01-10", "a", 25);
        used("2026-01-21", "a", 25);
        expect("2026-01-10 a 2026-01 50 normal reset\n"
               "2026-01-20 a 2026-01 75 normal\n");
}

static void accounts_come_in_the_order_in_which_they_were_added(void **state) {
        (void)state;
        begin(false);
        account("b", 100);
        account("a", 200);
        closed();
        used("2026-01-01", "a", 100);
        evaluated("2026-01-02");
        expect("2026-01-02 b 2026-01 0 normal reset\n"
               "2026-01-02 a 2026-01 50 normal reset\n");
}

static void the_first_allocation_holds_from_the_beginning_of_time(void **state) {
        (void)state;
        begin(true);
        account("a", 100);
        closed();
        used("2026-01-01", "a", 75);
        evaluated("2026-01-02"); /* half of December's 100 came over */
        evaluated("2026-02-01"); /* 25 of January's are left */
        evaluated("2026-03-01");
        used("2026-03-01", "a", 75);
        evaluated("2026-03-01");
        expect("2026-01-02 a 2026-01 50 normal reset\n"
               "2026-02-01 a 2026-02 0 normal reset\n"
               "2026-03-01 a 2026-03 0 normal reset\n"
               "2026-03-01 a 2026-03 50 normal\n");
}

static void an_allocation_holds_from_its_day_and_carries_nothing_over_before(void **state) {
        (void)state;
        begin(true);
        account("new", 0);
        closed();
        allocated("2026-01-15", "new", 100);
        used("2026-01-16", "new", 50);
        evaluated("2026-01-14");
        evaluated("2026-01-16"); /* nothing came over */
        used("2026-02-01", "new", 75);
        evaluated("2026-02-01"); /* 50 did */
        expect("2026-01-14 new 2026-01 0 normal reset\n"
               "2026-01-16 new 2026-01 50 normal\n"
               "2026-02-01 new 2026-02 50 normal reset\n");
}

static void what_was_left_is_that_of_the_allocation_before(void **state) {
        (void)state;
        begin(true);
        account("a", 100);
        closed();
        used("2026-01-02", "a", 70);
        allocated("2026-02-01", "a", 470);
        used("2026-02-01", "a", 250);
        evaluated("2026-02-01"); /* 470 and 30 */
        expect("2026-02-01 a 2026-02 50 normal reset\n");
}

static void windows_without_events_lie_between(void **state) {
        (void)state;
        begin(true);
        account("a", 100);
        closed();
        used("2026-01-02", "a", 100);
        used("2026-03-02", "a", 75);
        evaluated("2026-03-02"); /* February had nothing used */
        expect("2026-03-02 a 2026-03 50 normal reset\n");
}

static void corrections_bring_an_account_back(void **state) {
        (void)state;
        begin(false);
        account("a", 100);
        closed();
        used("2026-01-02", "a", 130);
        evaluated("2026-01-02");
        used("2026-01-03", "a", -25);
        evaluated("2026-01-03");
        used("2026-01-04", "a", -10);
        evaluated("2026-01-04");
        expect("2026-01-02 a 2026-01 130 paused reset\n"
               "2026-01-03 a 2026-01 105 downscaled\n"
               "2026-01-04 a 2026-01 95 normal\n");
}

static void an_operators_hold_lasts_until_it_is_lifted(void **state) {
        (void)state;
        begin(false);
        account("a", 100);
        closed();
        held("2026-01-02", "a", SQ_PAUSED);
        evaluated("2026-01-02");
        evaluated("2026-02-02");
        held("2026-02-03", "a", SQ_DOWNSCALED);
        evaluated("2026-02-03");
        held("2026-02-04", "a", SQ_NORMAL);
        evaluated("2026-02-04");
        expect("2026-01-02 a 2026-01 0 paused reset\n"
               "2026-02-02 a 2026-02 0 paused reset\n"
               "2026-02-03 a 2026-02 0 downscaled\n"
               "2026-02-04 a 2026-02 0 normal\n");
}

static sq_int128 seen_in_all_windows;

/* The last step of a window has all of its usage: only those are added. */
static void add_up(const struct sq_step *step, void *payload) {
        (void)payload;
        seen_in_all_windows += sq_quantities_get(&step->facts->usage, "node").units;
}

static void no_usage_is_lost_or_counted_twice_when_windows_close(void **state) {
        uint64_t seed = 88172645463325252ULL;
        int64_t used_hours = 0;
        char date[SQ_DATE_SIZE];

        (void)state;
        begin(true);
        account("a", 100);
        closed();
        for (int i = 0; i < 2000; i++) {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                sq_date_text(sq_date_from_days(20000 + (int64_t)(seed % 1000)), date);
                used(date, "a", (int64_t)(seed >> 32) % 50 - 5);
                used_hours += (int64_t)(seed >> 32) % 50 - 5;
        }
        /* On the last day of each month, behind everything. */
        for (int64_t day = 20000; day < 21100; day++)
                if (sq_date_from_days(day + 1).day == 1)
                        evaluated(sq_date_text(sq_date_from_days(day), date));
        seen_in_all_windows = 0;
        assert_int_equal(sq_simulation_run(simulation, add_up, NULL, NULL), SQ_OK);
        assert_true(seen_in_all_windows == sq_quantity_from_hours(used_hours).units);
}

static void nobody_and_nothing_is_no_error(void **state) {
        (void)state;
        begin(false);
        closed();
        evaluated("2026-01-02");
        expect("");
}

static void names_must_be_names_and_different(void **state) {
        const struct sq_quantities list = nodes(1);
        struct sq_error err;

        (void)state;
        begin(false);
        assert_int_equal(sq_simulation_add_account(simulation, "", &list, &err), SQ_EINVAL);
        assert_int_equal(sq_simulation_add_account(simulation, "a\nb", &list, &err),
                         SQ_EINVAL);
        account("a", 1);
        account("b", 1);
        account("a", 1);
        assert_int_equal(sq_simulation_close_accounts(simulation, &err), SQ_EEXIST);
        assert_string_equal(err.text, "account \"a\" is there twice");
}

static void an_account_is_found_by_its_name(void **state) {
        char name[32];
        size_t place;

        (void)state;
        begin(false);
        for (int i = 0; i < 1000; i++) {
                snprintf(name, sizeof name, "acc%d", i * 7919 % 1000);
                account(name, 1);
        }
        closed();
        for (int i = 0; i < 1000; i++) {
                snprintf(name, sizeof name, "acc%d", i * 7919 % 1000);
                assert_true(sq_simulation_find(simulation, name, &place));
                assert_int_equal(place, i);
        }
        assert_false(sq_simulation_find(simulation, "acc1000", &place));
        assert_false(sq_simulation_find(simulation, "", &place));
}

static void too_many_steps_are_refused(void **state) {
        struct sq_event event = {.date = {2026, 1, 1}, .kind = SQ_EVENT_EVALUATE,
                                 .account = SQ_EVERY_ACCOUNT};
        char name[32];
        int rc = SQ_OK, n = 0;

        (void)state;
        begin(false);
        for (int i = 0; i < 10000; i++) {
                snprintf(name, sizeof name, "acc%d", i);
                account(name, 1);
        }
        closed();
        for (; rc == SQ_OK && n < 1000; n++)
                rc = sq_simulation_add_event(simulation, &event, NULL);
        assert_int_equal(rc, SQ_ERANGE);
        assert_int_equal(n, 501);
}

static void what_does_not_fit_names_event_and_account(void **state) {
        const struct sq_quantities list = nodes(SQ_HOURS_MOST);
        struct sq_policy policy;
        struct sq_event event = {.date = {2026, 1, 1}, .kind = SQ_EVENT_EVALUATE};
        struct sq_error err;

        (void)state;
        sq_policy_init(&policy);
        policy.grace_ratio = SQ_DECIMAL(1000);
        simulation = sq_simulation_new(&policy);
        assert_int_equal(sq_simulation_add_account(simulation, "a", &list, NULL), SQ_OK);
        closed();
        assert_int_equal(sq_simulation_add_event(simulation, &event, NULL), SQ_OK);
        assert_int_equal(sq_simulation_run(simulation, NULL, NULL, &err), SQ_ERANGE);
        assert_string_equal(err.text, "events[0]: account \"a\": the limits are more minutes"
                                      " than Slurm can count");
}

/* Each ends with its simulation freed. */
#define CASE(name) cmocka_unit_test_setup_teardown(name, NULL, done)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(usage_counts_in_the_window_of_its_day),
                CASE(days_come_in_their_order_and_one_days_events_in_theirs),
                CASE(accounts_come_in_the_order_in_which_they_were_added),
                CASE(the_first_allocation_holds_from_the_beginning_of_time),
                CASE(an_allocation_holds_from_its_day_and_carries_nothing_over_before),
                CASE(what_was_left_is_that_of_the_allocation_before),
                CASE(windows_without_events_lie_between),
                CASE(corrections_bring_an_account_back),
                CASE(an_operators_hold_lasts_until_it_is_lifted),
                CASE(no_usage_is_lost_or_counted_twice_when_windows_close),
                CASE(nobody_and_nothing_is_no_error),
                CASE(names_must_be_names_and_different),
                CASE(an_account_is_found_by_its_name),
                CASE(too_many_steps_are_refused),
                CASE(what_does_not_fit_names_event_and_account),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
