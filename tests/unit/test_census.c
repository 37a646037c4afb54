#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/census.h"
#include "ledger/spool.h"
#include "ledger/spool_depth.h"

static struct sq_census census(struct fixture *f) {
        struct sq_census census = {.schema = -1};

        assert_int_equal(sq_census_take(f->ledger, &census, NULL), SQ_OK);
        return census;
}

static void reservations_are_counted_once_whatever_their_rows(void **state) {
        struct fixture *f = *state;
        struct sq_claim claim = fixture_claim(UUID(1), 1, 60);
        struct sq_claim bound = fixture_claim(UUID(2), 1, 60);
        struct sq_verdict verdict;
        int rc;

        assert_int_equal(census(f).reservations, 0);
        assert_true(census(f).schema > 0);
        claim.tasks = 10;
        fixture_reserve(f, &claim);
        claim.seconds = 30;
        rc = sq_reserve_modified(f->ledger, &claim, 3, false, &verdict, NULL);
        assert_int_equal(rc, SQ_OK);
        assert_int_equal(fixture_number(f, "SELECT count(*) FROM reservation"), 2);
        assert_int_equal(census(f).reservations, 1);
        assert_int_equal(census(f).bound, 0);
        fixture_reserve(f, &bound);
        bound.cluster = "c";
        bound.job_id = 7;
        bound.submit_at = 1000;
        rc = sq_reserve_modified(f->ledger, &bound, SQ_NO_TASK, false, &verdict, NULL);
        assert_int_equal(rc, SQ_OK);
        assert_int_equal(census(f).reservations, 2);
        assert_int_equal(census(f).bound, 1);
        assert_int_equal(census(f).missing, 0);
        fixture_sql(f, "UPDATE binding SET missing_since = 5");
        assert_int_equal(census(f).missing, 1);
        assert_int_equal(census(f).subjects[SQ_USER], 1);
        assert_int_equal(census(f).subjects[SQ_ACCOUNT], 1);
}

struct seen {
        int n;
        int64_t drift, at;
        char first[16];
};

static int see(const char *cluster, const struct sq_comparison *c, void *payload) {
        struct seen *seen = payload;

        if (!seen->n++)
                snprintf(seen->first, sizeof seen->first, "%s", cluster);
        seen->drift += c->drift_total;
        seen->at = c->compared_at;
        return SQ_OK;
}

static void clusters_that_were_compared_are_told_by_name(void **state) {
        struct fixture *f = *state;
        struct seen seen = {0};

        assert_int_equal(sq_comparison_note(f->ledger, "b", 100, 90, 2, NULL), SQ_OK);
        assert_int_equal(sq_comparison_note(f->ledger, "a", 200, 90, 3, NULL), SQ_OK);
        assert_int_equal(sq_comparison_note(f->ledger, "a", 300, 90, 4, NULL), SQ_OK);
        assert_int_equal(sq_comparison_each(f->ledger, 10, see, &seen, NULL), SQ_OK);
        assert_int_equal(seen.n, 2);
        assert_int_equal(seen.drift, 9);
        assert_string_equal(seen.first, "a");
        assert_int_equal(seen.at, 100);
        seen = (struct seen){0};
        assert_int_equal(sq_comparison_each(f->ledger, 1, see, &seen, NULL), SQ_OK);
        assert_int_equal(seen.n, 1);
        assert_int_equal(seen.at, 300);
}

static struct sq_spool_depth depth(struct fixture *f) {
        struct sq_spool_depth depth = {.events.lines = -1};

        assert_int_equal(sq_spool_measure(f->directory, &depth, NULL), SQ_OK);
        return depth;
}

static void write_file(struct fixture *f, const char *name, const char *text, int times) {
        char path[128];
        FILE *file;

        snprintf(path, sizeof path, "%s/%s", f->directory, name);
        file = fopen(path, "we");
        assert_non_null(file);
        for (int i = 0; i < times; i++)
                assert_true(fputs(text, file) >= 0);
        assert_int_equal(fclose(file), 0);
}

static void what_waits_is_counted_and_what_is_done_is_not(void **state) {
        struct fixture *f = *state;

        assert_int_equal(depth(f).events.lines, 0);
        write_file(f, "events", "+a\n-b\n!c\n\n+d\n", 1);
        write_file(f, "questions", "+a\n+b", 1); /* the last one is being written */
        write_file(f, "rejected", "a\nb\nc\n", 1);
        assert_int_equal(depth(f).events.lines, 2);
        assert_int_equal(depth(f).events.bytes, 13);
        assert_int_equal(depth(f).questions.lines, 2);
        assert_int_equal(depth(f).rejected.lines, 3);
}

static void real_events_are_counted_until_they_are_booked(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled event = {.kind = SQ_SPOOL_RESERVE,
                                         .claim = fixture_claim(UUID(1), 1, 60)};
        struct sq_spool_report report;

        for (int i = 0; i < 3; i++)
                assert_int_equal(sq_spool_append(f->directory, &event, NULL), SQ_OK);
        assert_int_equal(depth(f).events.lines, 3);
        assert_int_equal(sq_spool_replay(f->directory, f->ledger, 2, NULL, NULL, &report, NULL),
                         SQ_OK);
        assert_int_equal(depth(f).events.lines, 1);
        assert_int_equal(sq_spool_replay(f->directory, f->ledger, 9, NULL, NULL, &report, NULL),
                         SQ_OK);
        assert_int_equal(depth(f).events.lines, 0);
}

static void lines_across_pieces_are_counted_once_and_long_files_are_estimated(void **state) {
        struct fixture *f = *state;

        write_file(f, "events", "+0123456789012\n", 100000); /* 1.5 MB, no power of 2 */
        assert_int_equal(depth(f).events.lines, 100000);
        write_file(f, "events", "+0123456789012\n", 1000000); /* 15 MB */
        assert_true(depth(f).events.lines > 999000 && depth(f).events.lines < 1001000);
}

static void what_is_no_file_is_an_error(void **state) {
        struct fixture *f = *state;
        struct sq_spool_depth depth;
        char path[128];

        snprintf(path, sizeof path, "%s/events", f->directory);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(sq_spool_measure(f->directory, &depth, NULL), SQ_EIO);
        assert_int_equal(rmdir(path), 0);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                CASE(reservations_are_counted_once_whatever_their_rows),
                CASE(clusters_that_were_compared_are_told_by_name),
                CASE(what_waits_is_counted_and_what_is_done_is_not),
                CASE(real_events_are_counted_until_they_are_booked),
                CASE(lines_across_pieces_are_counted_once_and_long_files_are_estimated),
                CASE(what_is_no_file_is_an_error),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
