/* test_doctor_policy.c - what is told about policies, and what they need of Slurm */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "doctor/policy.h"
#include "fixture.h"
#include "governor/kept_policy.h"
#include "ledger/window_budget.h"
#include "report_fixture.h"

/* Names of QoS as sacctmgr has said them, for a site with `lines` in its configuration. */
static struct sq_config *site(struct fixture *f, const char *qos, const char *lines) {
        struct sq_config *config = NULL;
        struct sq_error err = {.text = ""};
        char text[1000], path[128];
        FILE *file;

        snprintf(path, sizeof path, "%s/sacctmgr", f->directory);
        file = fopen(path, "we");
        assert_non_null(file);
        fprintf(file, "#!/bin/sh\n%s\n", qos);
        fclose(file);
        assert_int_equal(chmod(path, 0755), 0);
        snprintf(text, sizeof text,
                 "[store]\npath = %s\n[slurm]\nuser = %s\nsacctmgr = %s\n%s", f->path,
                 fixture_self(), path, lines);
        if (sq_config_parse(text, strlen(text), "f.conf", &config, &err))
                fail_msg("%s", err.text);
        return config;
}

#define SOME "printf 'normal\\nslow\\n'"
#define NAMES "[policy]\nqos_downscaled = slow\nqos_paused = stopped\n"

/* Pauses, and slows down. */
static struct sq_policy *policy(void) {
        struct sq_policy *p = malloc(sizeof *p);

        assert_non_null(p);
        sq_policy_init(p);
        snprintf(p->name, sizeof p->name, "monthly");
        snprintf(p->scope, sizeof p->scope, "c1");
        p->apply_to_all = true;
        p->actions = SQ_ACTION_PAUSE | SQ_ACTION_DOWNSCALE;
        return p;
}

static struct sq_settings *slurm(const char *tres) {
        struct sq_settings *settings = sq_settings_new();
        char line[200];

        assert_non_null(settings);
        snprintf(line, sizeof line, "AccountingStorageTRES = %s", tres);
        assert_int_equal(sq_settings_take(line, settings, NULL), SQ_OK);
        return settings;
}

static void look_at_new(const struct sq_policy *p, const struct sq_config *config,
                        const struct sq_settings *settings) {
        told[0] = '\0';
        sq_doctor_new_policy(p, config, settings, sq_monotonic_ns() + 20 * SQ_NS_PER_SECOND,
                             &report);
}

static void look(const struct sq_config *config, const struct sq_settings *settings) {
        told[0] = '\0';
        sq_doctor_policies(config, settings, &report);
}

static void is_told(const char *text) {
        if (!strstr(told, text))
                fail_msg("no \"%s\" in: %s", text, told);
}

static void a_qos_that_is_not_there_is_named_with_who_names_it(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = site(*state, SOME, NAMES);
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();

        look_at_new(p, config, NULL);
        assert_string_equal(told, "error policies: Slurm has no QoS \"stopped\", which"
                                  " policy.qos_paused names\n");
}

static void steps_of_a_ladder_and_lists_are_looked_for_too(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site(*state, SOME,
                     "[policy]\nqos_default = normal,High\nqos_downscaled = slow\n");
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();

        p->qos_strategy = SQ_QOS_PROGRESSIVE;
        p->thresholds.n = 2;
        for (size_t i = 0; i < 2; i++)
                p->thresholds.item[i] = (struct sq_threshold){
                        .reaction = SQ_DOWNSCALE, .percent = SQ_DECIMAL(90 + (int)i)};
        snprintf(p->thresholds.item[0].qos, SQ_QOS_NAME_SIZE, "SLOW");
        snprintf(p->thresholds.item[1].qos, SQ_QOS_NAME_SIZE, "slower");
        look_at_new(p, config, NULL);
        assert_string_equal(told, "error policies: Slurm has no QoS \"High\", which"
                                  " policy.qos_default names\n"
                                  "error policies: Slurm has no QoS \"slower\", which policy"
                                  " \"monthly\" names\n");
}

static void a_policy_without_qos_needs_none(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = site(*state, SOME, NAMES);
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();

        p->enforce = SQ_ENFORCE_SUBMIT;
        look_at_new(p, config, NULL);
        assert_string_equal(told, "");
}

static void what_can_have_no_effect_is_a_warning(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config = site(*state, SOME, "");
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();

        look_at_new(p, config, NULL);
        is_told("warning policies: accounts that policy \"monthly\" slows down keep their QoS:"
                " policy.qos_downscaled is empty\n");
        assert_null(strstr(told, "qos_paused")); /* submissions are refused */
        p->enforce = SQ_ENFORCE_QOS;
        p->actions = SQ_ACTION_PAUSE;
        look_at_new(p, config, NULL);
        is_told("warning policies: accounts that policy \"monthly\" pauses go on as before");
        assert_null(strstr(told, "qos_downscaled"));
        p->enforce = SQ_ENFORCE_SUBMIT;
        look_at_new(p, config, NULL);
        assert_string_equal(told, "");
}

static void a_sacctmgr_that_does_not_answer_is_told_by_doctor_alone(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site(*state, "echo down >&2; exit 1", NAMES);
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();
        const struct sq_actor actor = {"root", "test"};
        struct fixture *f = *state;
        char uuid[SQ_UUID_SIZE];

        look_at_new(p, config, NULL);
        assert_string_equal(told, "");
        look(config, NULL);
        assert_string_equal(told, ""); /* nobody needs it */
        assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, NULL), SQ_OK);
        look(config, NULL);
        is_told("warning policies: could not ask which QoS there are: ");
}

static void a_tres_that_is_not_recorded_is_never_counted(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site(*state, SOME, "[policy]\nqos_downscaled = slow\n");
        SQ_CLEANUP(sq_settings_freep) struct sq_settings *settings =
                slurm("cpu,mem,gres/gpu,gres/gpu:a100");
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();
        const struct sq_actor actor = {"root", "test"};
        const struct sq_window_budget budgets[] = {
                {"license/abaqus", SQ_WINDOW_MONTH, {60}, false, {0}},
                {"gres/gpu:a100", SQ_WINDOW_MONTH, {60}, false, {0}},
                {"node", SQ_WINDOW_YEAR, {60}, false, {0}}};
        struct fixture *f = *state;

        assert_true(sq_quantities_set(&p->limits, "gres/gpu:h100", (struct sq_quantity){1}));
        assert_true(sq_quantities_set(&p->limits, "billing", (struct sq_quantity){1}));
        look_at_new(p, config, settings);
        assert_string_equal(told, "error accounting: slurmdbd does not record gres/gpu:h100,"
                                  " which policy \"monthly\" limits: nothing of it is ever"
                                  " counted\n"
                                  "ok policies: Slurm has every QoS that policies name\n");
        assert_int_equal(sq_window_budget_set(f->ledger, SQ_ACCOUNT, "physics", budgets, 3,
                                              &actor, NULL), SQ_OK);
        look(config, settings);
        assert_string_equal(told, "error accounting: slurmdbd does not record license/abaqus,"
                                  " which a budget limits: nothing of it is ever counted\n");
        look(config, NULL); /* slurmctld did not say */
        assert_string_equal(told, "");
}

static void a_policy_that_nobody_evaluates_is_an_error(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site(*state, SOME, "[policy]\nqos_downscaled = slow\n");
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();
        const struct sq_actor actor = {"root", "test"};
        struct fixture *f = *state;
        char uuid[SQ_UUID_SIZE];

        assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, NULL), SQ_OK);
        look(config, NULL);
        assert_string_equal(told, "ok policies: no policy waits for its evaluation\n"
                                  "ok policies: Slurm has every QoS that policies name\n");
        fixture_sql(f, "UPDATE policy SET created_at = 1, changed_at = 1");
        look(config, NULL);
        is_told("error policies: policy \"monthly\" has never been evaluated\n");
        fixture_sql(f, "UPDATE policy SET evaluated_at = strftime('%s', 'now') - 7200");
        look(config, NULL);
        is_told("error policies: policy \"monthly\" was evaluated 120 minutes ago");
}

static void a_site_whose_service_evaluates_seldom_wants_it_so(void **state) {
        SQ_CLEANUP(sq_config_freep) struct sq_config *config =
                site(*state, SOME, "[policy]\nqos_downscaled = slow\ntick_seconds = 3600\n");
        SQ_CLEANUP(sq_freep) struct sq_policy *p = policy();
        const struct sq_actor actor = {"root", "test"};
        struct fixture *f = *state;
        char uuid[SQ_UUID_SIZE];

        assert_int_equal(sq_kept_policy_create(f->ledger, p, &actor, uuid, NULL), SQ_OK);
        fixture_sql(f, "UPDATE policy SET changed_at = 1,"
                       " evaluated_at = strftime('%s', 'now') - 7200");
        look(config, NULL);
        is_told("ok policies: no policy waits for its evaluation\n");
        fixture_sql(f, "UPDATE policy SET evaluated_at = strftime('%s', 'now') - 10860");
        look(config, NULL);
        is_told("error policies: policy \"monthly\" was evaluated 181 minutes ago");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(
                        a_qos_that_is_not_there_is_named_with_who_names_it, fixture_start,
                        fixture_stop),
                cmocka_unit_test_setup_teardown(steps_of_a_ladder_and_lists_are_looked_for_too,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(a_policy_without_qos_needs_none, fixture_start,
                                                fixture_stop),
                cmocka_unit_test_setup_teardown(what_can_have_no_effect_is_a_warning,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(
                        a_sacctmgr_that_does_not_answer_is_told_by_doctor_alone, fixture_start,
                        fixture_stop),
                cmocka_unit_test_setup_teardown(a_tres_that_is_not_recorded_is_never_counted,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(a_policy_that_nobody_evaluates_is_an_error,
                                                fixture_start, fixture_stop),
                cmocka_unit_test_setup_teardown(
                        a_site_whose_service_evaluates_seldom_wants_it_so, fixture_start,
                        fixture_stop),
        };

        return cmocka_run_group_tests_name("doctor_policy", tests, NULL, NULL);
}
