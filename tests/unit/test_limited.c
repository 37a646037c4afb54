/* Limits that a policy set in Slurm, until they are lifted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "governor/allocation.h"
#include "governor/outbox.h"
#include "governor/record.h"
#include "governor/run.h"
#include "policy_fixture.h"

/* 2026-01-15 12:00 UTC. */
#define JANUARY 1768478400
#define DAY 86400

static void allocate(struct fixture *f, const char *tres, int64_t last_day) {
        const struct sq_allocation a = {.tres = tres, .window = SQ_WINDOW_MONTH,
                                        .amount = SQ_AMOUNT(100 * 3600), .last_day = last_day};

        assert_int_equal(sq_allocations_set(f->ledger, "physics", &a, 1, &actor, NULL), SQ_OK);
}

static struct sq_kept_policy *find(struct fixture *f) {
        struct sq_kept_policy *kept = NULL;

        assert_int_equal(sq_kept_policy_find(f->ledger, "monthly", &kept, NULL), SQ_OK);
        return kept;
}

static void run(struct fixture *f, int64_t now) {
        const struct sq_governing how = {.mode = SQ_RUN_QUIETLY, .now = now,
                                         .qos = {"normal", "slow", "paused"}};
        struct sq_kept_policy *kept = find(f);
        struct sq_error err = {0};

        if (sq_govern(f->ledger, kept, &how, NULL, NULL, &err))
                fail_msg("%s", err.text);
        free(kept);
}

static void report(struct fixture *f, bool success) {
        struct sq_kept_policy *kept = find(f);
        struct sq_plan_report r = {.success = success, .mode = "production",
                                   .error_message = success ? NULL : "slurmdbd is down"};
        char uuid[SQ_UUID_SIZE];

        assert_int_equal(sq_outbox_waiting(f->ledger, kept->id, "physics", uuid, NULL), SQ_OK);
        r.uuid = uuid;
        assert_int_equal(sq_outbox_report(f->ledger, &r, NULL), SQ_OK);
        free(kept);
}

static char newest[SQ_COMMAND_SIZE];

static int look(const struct sq_command_record *record, void *payload) {
        (void)payload;
        if (strcmp(record->kind, "limits") != 0)
                return 0;
        snprintf(newest, sizeof newest, "%s", strstr(record->command, " set ") + 5);
        return 1;
}

/* What the newest plan that has limits sets. */
static const char *limits(struct fixture *f) {
        const struct sq_record_filter filter = {.limit = 100};

        newest[0] = '\0';
        (void)sq_command_record_each(f->ledger, &filter, look, NULL, NULL);
        return newest;
}

static int64_t plans(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM outbox");
}

/* Two TRES, and the plan for them carried out. */
static void begin(struct fixture *f) {
        create(f, policy_new());
        allocate(f, "node", 99999999);
        allocate(f, "cpu", 20260120);
        run(f, JANUARY);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,cpu=7200");
        report(f, true);
}

static void a_tres_without_an_allocation_loses_its_limit(void **state) {
        struct fixture *f = *state;

        begin(f);
        run(f, JANUARY + 7 * DAY);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,cpu=-1");
        assert_int_equal(
                fixture_number(f, "SELECT json_extract(message, '$.settings.grp_tres_mins.cpu')"
                                  " FROM outbox ORDER BY id DESC LIMIT 1"),
                -1);
        report(f, true);
        /* It is not lifted once more, whatever else changes. */
        allocate(f, "mem", 99999999);
        run(f, JANUARY + 8 * DAY);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,mem=7200");
}

static void it_is_lifted_again_until_somebody_has_done_it(void **state) {
        struct fixture *f = *state;

        begin(f);
        run(f, JANUARY + 7 * DAY);
        report(f, false);
        run(f, JANUARY + 7 * DAY + 60);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,cpu=-1");
        assert_int_equal(plans(f), 3);
        run(f, JANUARY + 7 * DAY + 120);
        assert_int_equal(plans(f), 3);
}

static void a_newer_plan_that_replaces_one_lifts_it_too(void **state) {
        struct fixture *f = *state;

        begin(f);
        run(f, JANUARY + 7 * DAY);
        allocate(f, "mem", 99999999);
        run(f, JANUARY + 7 * DAY + 60);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,mem=7200,cpu=-1");
}

static void a_success_does_not_hide_what_another_plan_sets(void **state) {
        struct fixture *f = *state;
        char uuid[SQ_UUID_SIZE];
        struct sq_kept_policy *kept = find((begin(f), f));
        struct sq_plan_report r = {.uuid = uuid, .success = true, .mode = "production"};

        allocate(f, "mem", 20260121);
        run(f, JANUARY + 60);
        assert_int_equal(sq_outbox_waiting(f->ledger, kept->id, "physics", uuid, NULL), SQ_OK);
        fixture_sql(f, "UPDATE outbox SET sent_at = 1 WHERE done_at IS NULL");
        run(f, JANUARY + 7 * DAY); /* without cpu and mem, while that is under way */
        assert_int_equal(sq_outbox_report(f->ledger, &r, NULL), SQ_OK);
        report(f, false);
        run(f, JANUARY + 7 * DAY + 60);
        assert_string_equal(limits(f), "GrpTRESMins=node=7200,cpu=-1,mem=-1");
        free(kept);
}

static void an_account_without_any_allocation_has_no_limit_left(void **state) {
        struct fixture *f = *state;

        begin(f);
        assert_int_equal(sq_allocation_remove(f->ledger, 1, &actor, NULL), SQ_OK);
        run(f, JANUARY + 7 * DAY);
        assert_string_equal(limits(f), "GrpTRESMins=node=-1,cpu=-1");
}

static void another_type_of_limit_takes_the_place_of_the_first(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();

        begin(f);
        p->limit_type = SQ_MAX_TRES_MINS;
        assert_int_equal(sq_kept_policy_replace(f->ledger, "monthly", p, 0, &actor, NULL),
                         SQ_OK);
        free(p);
        run(f, JANUARY + 60);
        assert_string_equal(limits(f), "GrpTRESMins=node=-1,cpu=-1"
                                       " MaxTRESMins=node=7200,cpu=7200");
        report(f, true);
        run(f, JANUARY + 7 * DAY);
        assert_string_equal(limits(f), "MaxTRESMins=node=7200,cpu=-1");
}

static void who_deletes_the_policy_lifts_its_limits(void **state) {
        struct fixture *f = *state;

        begin(f);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_string_equal(limits(f), "GrpTRESMins=node=-1,cpu=-1");
        assert_int_equal(
                fixture_number(f, "SELECT json_extract(message, '$.plan') ="
                                  " '[\"limits\",\"qos\"]' AND"
                                  " json_extract(message, '$.settings.limit_type') ="
                                  " 'GrpTRESMins' AND json_extract(message,"
                                  " '$.settings.grp_tres_mins.node') = -1"
                                  " FROM outbox ORDER BY id DESC LIMIT 1"),
                1);
}

static void the_next_policy_lifts_what_the_one_before_has_left(void **state) {
        struct fixture *f = *state;

        begin(f);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_int_equal(sq_allocation_remove(f->ledger, 1, &actor, NULL), SQ_OK);
        create(f, policy_new());
        run(f, JANUARY + 60);
        assert_string_equal(limits(f), "GrpTRESMins=cpu=7200,node=-1");
        report(f, true);
        run(f, JANUARY + 7 * DAY);
        assert_string_equal(limits(f), "GrpTRESMins=cpu=-1");
}

static void a_policy_that_set_nothing_leaves_nothing_behind(void **state) {
        struct fixture *f = *state;
        struct sq_policy *p = policy_new();
        const int64_t before = plans(f);

        p->enforce = SQ_ENFORCE_SUBMIT;
        create(f, p);
        use(f, "physics", 20260110, 1);
        run(f, JANUARY);
        assert_int_equal(sq_kept_policy_delete(f->ledger, "monthly", &actor, NULL), SQ_OK);
        assert_int_equal(plans(f), before);
}

static void what_is_kept_is_read_as_it_was_written(void **state) {
        static const char *const texts[] = {
                "", "GrpTRESMins=cpu", "GrpTRESMins=cpu,gres/gpu:h100 GrpTRES=node",
                "MaxTRESMins=license/x@y"};
        struct sq_limited limited;
        char text[SQ_LIMITED_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                sq_limited_read(texts[i], &limited);
                assert_string_equal(sq_limited_text(&limited, text), texts[i]);
        }
        /* What nobody wrote does no harm. */
        sq_limited_read("Other=cpu,x GrpTRES= GrpTRESMins GrpTRESMins=,a,, = MaxTRESMins=b",
                        &limited);
        assert_string_equal(sq_limited_text(&limited, text), "GrpTRESMins=a MaxTRESMins=b");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)
        const struct CMUnitTest tests[] = {
                TEST(a_tres_without_an_allocation_loses_its_limit),
                TEST(it_is_lifted_again_until_somebody_has_done_it),
                TEST(a_newer_plan_that_replaces_one_lifts_it_too),
                TEST(a_success_does_not_hide_what_another_plan_sets),
                TEST(an_account_without_any_allocation_has_no_limit_left),
                TEST(another_type_of_limit_takes_the_place_of_the_first),
                TEST(who_deletes_the_policy_lifts_its_limits),
                TEST(the_next_policy_lifts_what_the_one_before_has_left),
                TEST(a_policy_that_set_nothing_leaves_nothing_behind),
                TEST(what_is_kept_is_read_as_it_was_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
