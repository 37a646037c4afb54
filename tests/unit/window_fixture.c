#include "window_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ledger/window_count.h"

void be_in(const char *zone) {
        assert_int_equal(setenv("TZ", zone, 1), 0);
        tzset();
}

int64_t at(int year, int month, int day, int hour, int minute) {
        struct tm tm = {.tm_year = year - 1900,
                        .tm_mon = month - 1,
                        .tm_mday = day,
                        .tm_hour = hour,
                        .tm_min = minute,
                        .tm_isdst = -1};

        return (int64_t)mktime(&tm);
}

void it_is(int64_t now) {
        sq_clock_set(now);
}

int window_start(void **state) {
        be_in(PARIS);
        it_is(at(2026, 3, 15, 12, 0));
        return fixture_start(state);
}

int window_stop(void **state) {
        it_is(0);
        return fixture_stop(state);
}

void set_budget(struct fixture *f, enum sq_subject_kind kind, const char *name,
                const char *resource, enum sq_window_kind window, int64_t seconds,
                const char *carryover) {
        struct sq_window_budget budget = {.resource = resource,
                                          .window = window,
                                          .limit = SQ_AMOUNT(seconds),
                                          .sets_carryover = carryover != NULL};
        const struct sq_actor actor = {.name = "test"};
        struct sq_error err = {.text = ""};

        if (carryover)
                assert_int_equal(sq_carryover_parse(carryover, &budget.carryover, NULL), SQ_OK);
        if (sq_window_budget_set(f->ledger, kind, name, &budget, 1, &actor, &err))
                fail_msg("%s", err.text);
}

void set_month(struct fixture *f, int64_t seconds, const char *carryover) {
        set_budget(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_MONTH, seconds, carryover);
}

struct wanted {
        const char *resource;
        enum sq_window_kind window;
        bool found;
        struct sq_window_balance balance;
};

static int look(const struct sq_window_standing *standing, void *payload) {
        struct wanted *wanted = payload;

        if (strcmp(standing->resource, wanted->resource) != 0 ||
            standing->balance.window != wanted->window)
                return 0;
        wanted->found = true;
        wanted->balance = standing->balance;
        return 0;
}

struct sq_window_balance standing(struct fixture *f, enum sq_subject_kind kind,
                                  const char *name, const char *resource,
                                  enum sq_window_kind window) {
        const struct sq_window_filter filter = {.kind = kind, .name = name};
        struct wanted wanted = {resource, window, false, {0}};

        assert_int_equal(sq_window_budget_each(f->ledger, &filter, look, &wanted, NULL), SQ_OK);
        if (!wanted.found)
                fail_msg("%s has no such budget of %s", name, resource);
        return wanted.balance;
}

struct sq_window_balance month(struct fixture *f) {
        return standing(f, SQ_ACCOUNT, "physics", "cpu", SQ_WINDOW_MONTH);
}

bool reserve(struct fixture *f, const char *uuid, int64_t cpus, int64_t seconds) {
        const struct sq_claim claim = fixture_claim(uuid, cpus, seconds);

        return fixture_reserve(f, &claim).accepted;
}

void charge(struct fixture *f, int64_t job_id, const char *uuid, int64_t cpus, int64_t from,
            int64_t to) {
        struct sq_run run = fixture_run(job_id, uuid, cpus, 1);

        run.submit_at = run.start_at = from;
        run.end_at = to;
        assert_true(fixture_charge(f, &run).booked);
}

int64_t closed(struct fixture *f, const char *column, int64_t first_day) {
        char sql[300];

        snprintf(sql, sizeof sql,
                 "SELECT %s FROM window_close WHERE first_day = %lld AND resource_id = 1"
                 " AND subject_id = (SELECT id FROM subject WHERE name = 'physics')",
                 column, (long long)first_day);
        return fixture_number(f, sql);
}

void touch(struct fixture *f) {
        const struct sq_actor actor = {.name = "test"};

        assert_int_equal(sq_budget_set(f->ledger, SQ_ACCOUNT, "physics", SQ_CPU, SQ_UNLIMITED,
                                       &actor, NULL),
                         SQ_OK);
}

void count(struct fixture *f) {
        int64_t n;

        assert_int_equal(sq_windows_count(f->ledger, &n, NULL), SQ_OK);
}
