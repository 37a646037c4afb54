/* test_booked.c - whether a run is charged already, asked without changing anything */
#include "fixture.h"

static bool booked(struct fixture *f, const struct sq_run *run) {
        struct sq_error error;
        bool answer = false;

        assert_int_equal(sq_charge_is_booked(f->ledger, run, &answer, &error), SQ_OK);
        return answer;
}

static void nothing_is_booked_in_a_new_ledger(void **state) {
        struct fixture *f = *state;
        const struct sq_run run = fixture_run(1, NULL, 4, 300);

        assert_false(booked(f, &run));
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM cluster"), 0);
}

static void a_charge_is_booked_whoever_asks(void **state) {
        struct fixture *f = *state;
        struct sq_run run = fixture_run(1, NULL, 4, 300);

        fixture_charge(f, &run);
        assert_true(booked(f, &run));
        run.restarts = SQ_RESTARTS_UNKNOWN;
        run.tres = (struct sq_tres){0};
        run.user = run.account = NULL;
        assert_true(booked(f, &run));
}

static void another_key_is_another_run(void **state) {
        struct fixture *f = *state;
        struct sq_run first = fixture_run(1, NULL, 4, 300), run;

        first.array_task = 3;
        run = first;
        fixture_charge(f, &run);
        run.job_id = 2;
        assert_false(booked(f, &run));
        run = first, run.submit_at++;
        assert_false(booked(f, &run));
        run = first, run.array_task = 0;
        assert_false(booked(f, &run));
        run = first, run.restarts++;
        assert_false(booked(f, &run));
        run = first, run.cluster = "elsewhere";
        assert_false(booked(f, &run));
}

static void sizes_of_a_resized_job_are_booked_one_by_one(void **state) {
        struct fixture *f = *state;
        struct sq_run size = fixture_run(1, NULL, 4, 300), later, last;

        size.resized = size.goes_on = true;
        later = last = size;
        later.end_at += 100;
        last.end_at += 200;
        last.resized = last.goes_on = false;
        fixture_charge(f, &size);
        assert_true(booked(f, &size));
        assert_false(booked(f, &later));
        assert_false(booked(f, &last));
        fixture_charge(f, &last);
        assert_true(booked(f, &size));
        assert_true(booked(f, &later));
        assert_true(booked(f, &last));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(nothing_is_booked_in_a_new_ledger,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(a_charge_is_booked_whoever_asks, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(another_key_is_another_run, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(sizes_of_a_resized_job_are_booked_one_by_one,
                                                fixture_start, fixture_stop),
        };

        return cmocka_run_group_tests_name("booked", tests, NULL, NULL);
}
