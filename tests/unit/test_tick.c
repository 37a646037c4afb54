/* test_tick.c - what is done with all policies every few minutes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/config.h"
#include "governor/run.h"
#include "governor/tick.h"
#include "ledger/calendar.h"
#include "policy_fixture.h"

/* --- a site ------------------------------------------------------------------------- */

/* Of cluster c1 for all accounts, 100 node-hours each; of another one for those below an
 * account, which Slurm has to be asked for. */
static void create_for(struct fixture *f, const char *name, const char *cluster,
                       const char *group) {
        struct sq_policy *p = policy_new();

        snprintf(p->name, sizeof p->name, "%s", name);
        snprintf(p->scope, sizeof p->scope, "%s", cluster);
        p->apply_to_all = !group;
        if (group) {
                snprintf(p->groups.name[0], sizeof p->groups.name[0], "%s", group);
                p->groups.n = 1;
        }
        sq_quantities_set(&p->limits, "node", sq_quantity_from_hours(100));
        create(f, p);
}

static void use_today(struct fixture *f, const char *account, int hours) {
        use(f, account, sq_calendar_day(sq_ledger_calendar(f->ledger), sq_now()), hours);
}

/* What was told, and how it went. */
struct heard {
        size_t n, evaluations, firings;
        int then;                /* what the next one returns */
        struct fixture *another; /* who tells the same, at this moment */
        size_t others;
};

static int hear_other(const struct sq_event_record *record, void *payload) {
        (void)record;
        (*(size_t *)payload)++;
        return 0;
}

static int hear(const struct sq_event_record *record, void *payload) {
        struct heard *heard = payload;

        if (heard->then)
                return heard->then;
        heard->n++;
        heard->evaluations += !strcmp(record->kind, SQ_EVENT_OF_EVALUATION);
        heard->firings += !strcmp(record->kind, SQ_EVENT_OF_FIRING);
        if (heard->another)
                assert_int_equal(sq_event_tell(heard->another->ledger, sq_now(), hear_other,
                                               &heard->others, NULL), SQ_OK);
        return 0;
}

/* `sacctmgr` is run in its place, for who asks. */
static int tick_as(struct fixture *f, const char *sacctmgr, const bool *stop,
                   struct heard *heard, struct sq_error *err) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        struct sq_tick tick = {.tell = hear, .payload = heard, .stop = stop};
        char text[200];

        snprintf(text, sizeof text, "[slurm]\nsacctmgr = %s\n", sacctmgr);
        assert_int_equal(sq_config_parse(text, strlen(text), "test", &config, NULL), SQ_OK);
        tick.config = config;
        return sq_tick(f->ledger, &tick, err);
}

static struct heard tick(struct fixture *f) {
        struct heard heard = {0};
        struct sq_error err = {0};

        if (tick_as(f, "/nowhere/sacctmgr", NULL, &heard, &err))
                fail_msg("%s", err.text);
        return heard;
}

static int64_t number(struct fixture *f, const char *sql) {
        return fixture_number(f, sql);
}

static int64_t untold(struct fixture *f) {
        return number(f, "SELECT count(*) FROM event WHERE told <> 1");
}

static void say(struct fixture *f, int times) {
        while (times--)
                fixture_sql(f, "INSERT INTO event (at, kind, text)"
                               " VALUES (strftime('%s', 'now'), 'k', 't')");
}

/* In 1970. */
static void say_long_ago(struct fixture *f) {
        fixture_sql(f, "INSERT INTO event (at, kind, text) VALUES (1, 'k', 't')");
}

/* --- policies ----------------------------------------------------------------------- */

static void policies_are_evaluated_and_what_happened_is_told_once(void **state) {
        struct fixture *f = *state;
        struct heard heard;

        create_for(f, "monthly", "c1", NULL);
        use_today(f, "hpc", 130);
        heard = tick(f);
        assert_int_equal(heard.evaluations, 1);
        assert_int_equal(heard.firings, 1);
        assert_int_equal(number(f, "SELECT sum(halted) FROM subject"), 1);
        assert_int_equal(tick(f).n, 0);
        use_today(f, "bio", 10);
        assert_int_equal(tick(f).n, 0); /* it may go on */
        assert_int_equal(number(f, "SELECT count(*) FROM policy_account"), 2);
}

static void a_policy_that_fails_keeps_nothing_waiting(void **state) {
        struct fixture *f = *state;
        struct heard heard = {0};
        struct sq_error err = {0};

        create_for(f, "another", "c2", "science");
        create_for(f, "monthly", "c1", NULL);
        use_today(f, "hpc", 130);
        assert_int_equal(tick_as(f, "/nowhere/sacctmgr", NULL, &heard, &err), SQ_EIO);
        assert_non_null(strstr(err.text, "policy \"another\""));
        assert_int_equal(heard.evaluations, 1);
        assert_int_equal(number(f, "SELECT count(*) FROM policy WHERE evaluated_at > 0"), 1);
}

static void slurm_is_asked_once_for_each_cluster(void **state) {
        struct fixture *f = *state;
        struct heard heard = {0};
        char path[128], asked[128];
        FILE *file;
        int lines = 0;

        snprintf(path, sizeof path, "%s/sacctmgr", f->directory);
        snprintf(asked, sizeof asked, "%s/asked", f->directory);
        file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\necho asked >>%s\necho 'hpc|science'\n", asked);
        fclose(file);
        chmod(path, 0755);
        create_for(f, "a", "c1", "science");
        create_for(f, "b", "c1", "arts");
        create_for(f, "c", "c2", "science");
        use_today(f, "hpc", 130);
        assert_int_equal(tick_as(f, path, NULL, &heard, NULL), SQ_OK);
        assert_int_equal(heard.evaluations, 2);
        file = fopen(asked, "r");
        assert_non_null(file);
        for (int c = getc(file); c != EOF; c = getc(file))
                lines += c == '\n';
        fclose(file);
        assert_int_equal(lines, 2);
}

/* Both have read the policy before either has evaluated it. */
static void two_at_the_same_time_find_what_one_finds(void **state) {
        struct fixture *f = *state;
        struct sq_governing how = {.mode = SQ_RUN_QUIETLY, .now = sq_now(),
                                   .qos = {"normal", "slow", "paused"}};
        struct sq_kept_policy *kept = NULL;

        create_for(f, "monthly", "c1", NULL);
        use_today(f, "hpc", 130);
        assert_int_equal(sq_kept_policy_find(f->ledger, "monthly", &kept, NULL), SQ_OK);
        for (int i = 0; i < 2; i++)
                assert_int_equal(sq_govern(f->ledger, kept, &how, NULL, NULL, NULL), SQ_OK);
        free(kept);
        assert_int_equal(number(f, "SELECT count(*) FROM event"), 2);
        assert_int_equal(number(f, "SELECT count(*) FROM outbox"), 1);
        assert_int_equal(number(f, "SELECT count(*) FROM evaluation_log"), 1);
}

static void who_is_stopped_leaves_the_rest(void **state) {
        struct fixture *f = *state;
        struct heard heard = {0};
        const bool stop = true;

        create_for(f, "monthly", "c1", NULL);
        use_today(f, "hpc", 130);
        say(f, 1);
        assert_int_equal(tick_as(f, "/nowhere/sacctmgr", &stop, &heard, NULL), SQ_EBUSY);
        assert_int_equal(heard.n, 0);
        assert_int_equal(number(f, "SELECT count(*) FROM policy WHERE evaluated_at > 0"), 0);
        assert_int_equal(tick(f).n, 3);
}

/* --- telling ------------------------------------------------------------------------ */

static void many_events_are_told_each_once(void **state) {
        struct fixture *f = *state;

        fixture_sql(f, "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
                       " WHERE i < 1200) INSERT INTO event (at, kind, text)"
                       " SELECT i, 'k', 't' FROM c");
        assert_int_equal(tick(f).n, 1200);
        assert_int_equal(tick(f).n, 0);
}

static void what_another_is_telling_is_not_told_twice(void **state) {
        struct fixture *f = *state;
        struct fixture other = *f;
        struct heard heard = {.another = &other};

        other.ledger = NULL;
        fixture_open(&other, SQ_STORE_HOOK);
        say(f, 3);
        assert_int_equal(tick_as(f, "/nowhere/sacctmgr", NULL, &heard, NULL), SQ_OK);
        assert_int_equal(heard.n, 3);
        assert_int_equal(heard.others, 0);
        fixture_close(&other);
}

static void what_did_not_come_out_is_told_the_next_time(void **state) {
        struct fixture *f = *state;
        struct heard heard = {.then = SQ_EIO};
        struct sq_error err = {0};

        say(f, 2);
        assert_int_equal(tick_as(f, "/nowhere/sacctmgr", NULL, &heard, &err), SQ_EIO);
        assert_string_equal(err.text, "could not tell what has happened");
        assert_int_equal(untold(f), 2);
        assert_int_equal(tick(f).n, 2);
        assert_int_equal(untold(f), 0);
}

static void what_somebody_began_to_tell_who_died_is_told_later(void **state) {
        struct fixture *f = *state;

        say(f, 1);
        fixture_sql(f, "UPDATE event SET told = 30 - strftime('%s', 'now')");
        assert_int_equal(tick(f).n, 0);
        fixture_sql(f, "UPDATE event SET told = 700 - strftime('%s', 'now')");
        assert_int_equal(tick(f).n, 1);
        /* By a clock that was a year ahead. */
        fixture_sql(f, "UPDATE event SET told = -strftime('%s', 'now') - 31536000");
        assert_int_equal(tick(f).n, 1);
        assert_int_equal(tick(f).n, 0);
}

/* --- cleaning ----------------------------------------------------------------------- */

static void what_is_old_goes_once_a_day(void **state) {
        struct fixture *f = *state;

        create_for(f, "monthly", "c1", NULL);
        say_long_ago(f);
        tick(f);
        assert_int_equal(number(f, "SELECT count(*) FROM event WHERE at = 1"), 0);
        say_long_ago(f);
        tick(f);
        assert_int_equal(number(f, "SELECT count(*) FROM event WHERE at = 1"), 1);
        fixture_sql(f, "UPDATE policy SET evaluated_at = evaluated_at - 86400");
        tick(f);
        assert_int_equal(number(f, "SELECT count(*) FROM event WHERE at = 1"), 0);
}

static bool has_work(struct fixture *f) {
        bool has = false;

        assert_int_equal(sq_tick_has_work(f->ledger, &has, NULL), SQ_OK);
        return has;
}

static void where_nothing_ever_was_there_is_no_work(void **state) {
        struct fixture *f = *state;

        use_today(f, "hpc", 130);
        assert_false(has_work(f));
        say(f, 1);
        assert_true(has_work(f));
        fixture_sql(f, "DELETE FROM event");
        create_for(f, "monthly", "c1", NULL);
        assert_true(has_work(f));
        fixture_sql(f, "UPDATE policy SET deleted_at = 1");
        assert_false(has_work(f));
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(policies_are_evaluated_and_what_happened_is_told_once),
                A_TEST(a_policy_that_fails_keeps_nothing_waiting),
                A_TEST(slurm_is_asked_once_for_each_cluster),
                A_TEST(two_at_the_same_time_find_what_one_finds),
                A_TEST(who_is_stopped_leaves_the_rest),
                A_TEST(many_events_are_told_each_once),
                A_TEST(what_another_is_telling_is_not_told_twice),
                A_TEST(what_did_not_come_out_is_told_the_next_time),
                A_TEST(what_somebody_began_to_tell_who_died_is_told_later),
                A_TEST(what_is_old_goes_once_a_day),
                A_TEST(where_nothing_ever_was_there_is_no_work),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
